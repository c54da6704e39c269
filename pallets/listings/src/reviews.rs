//! What those who paid think of a listing.

use crate::{
    pallet::{Config, Error, Event, Listings, Pallet, Payers, Reviewed, Reviews},
    ports::Payments,
    types::{Review, Subject},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_primitives::{rating::STARS, AccountId, Digest, ListingId};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_review(
        author: AccountId,
        id: ListingId,
        subject: Subject,
        stars: u8,
        digest: Digest,
    ) -> DispatchResult {
        let mut listing = Listings::<T>::get(id).ok_or(Error::<T>::NotFound)?;
        ensure!(STARS.contains(&stars), Error::<T>::BadStars);
        ensure!(listing.owner != author, Error::<T>::OwnListing);
        ensure!(!Reviewed::<T>::contains_key(subject), Error::<T>::AlreadyReviewed);
        let burnt = T::Payments::burnt(&author, id, &subject).unwrap_or(0);
        ensure!(burnt > 0, Error::<T>::NotAPayer);
        let given = Payers::<T>::get(id, &author);
        let weight = listing.rating.counts(burnt, given.unwrap_or(0));
        let number = listing.rating.reviews;
        listing.rating = listing.rating.with(stars, weight, given.is_none());
        Payers::<T>::insert(id, &author, given.unwrap_or(0).saturating_add(weight));
        Reviewed::<T>::insert(subject, ());
        Reviews::<T>::insert(
            id,
            number,
            Review {
                author: author.clone(),
                subject,
                stars,
                digest,
                weight,
                at: T::Clock::get(),
                answer: None,
            },
        );
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::Reviewed { listing: id, review: number, author, stars, digest, weight });
        Ok(())
    }

    pub(crate) fn do_answer(who: AccountId, id: ListingId, number: u32, digest: Digest) -> DispatchResult {
        Self::owned(&who, id)?;
        let mut review = Reviews::<T>::get(id, number).ok_or(Error::<T>::ReviewNotFound)?;
        ensure!(review.answer.is_none(), Error::<T>::AlreadyAnswered);
        review.answer = Some(digest);
        Reviews::<T>::insert(id, number, review);
        Self::deposit_event(Event::Answered { listing: id, review: number, digest });
        Ok(())
    }
}
