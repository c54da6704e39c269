//! What is sold: offers are made and withdrawn, never changed.

use crate::{
    pallet::{Config, Error, Event, Listings, Offers, Pallet},
    types::{StoredOffer, MAX_OFFERS},
};
use codec::Encode;
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_primitives::{
    licence::{BadOffer, Offer},
    AccountId, Balance, ListingId, OfferId,
};

impl<T> From<BadOffer> for Error<T> {
    fn from(bad: BadOffer) -> Self {
        match bad {
            BadOffer::Purposes => Error::BadPurposes,
            BadOffer::Seats => Error::BadSeats,
            BadOffer::Period => Error::BadPeriod,
            BadOffer::Metered => Error::BadMetered,
            BadOffer::Referral => Error::ReferralTooHigh,
            BadOffer::Delivery => Error::NoDelivery,
            BadOffer::Terms => Error::NotUtf8,
        }
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_add_offer(who: AccountId, id: ListingId, offer: Offer) -> DispatchResult {
        let mut listing = Self::kept(&who, id)?;
        offer.check().map_err(Error::<T>::from)?;
        ensure!(listing.offers < MAX_OFFERS, Error::<T>::TooManyOffers);
        let number = listing.next_offer;
        listing.next_offer = number.checked_add(1).ok_or(Error::<T>::TooManyOffers)?;
        listing.offers = listing.offers.saturating_add(1);
        let deposit = Self::offer_deposit(&offer);
        Self::hold(&who, deposit)?;
        listing.deposit.offers = listing.deposit.offers.saturating_add(deposit);
        let digest = offer.digest();
        Offers::<T>::insert(id, number, StoredOffer { offer, deposit });
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::OfferAdded { listing: id, offer: number, digest, deposit });
        Ok(())
    }

    pub(crate) fn do_withdraw_offer(who: AccountId, id: ListingId, number: OfferId) -> DispatchResult {
        let mut listing = Self::owned(&who, id)?;
        let StoredOffer { deposit, .. } = Offers::<T>::take(id, number).ok_or(Error::<T>::OfferNotFound)?;
        Self::release(&who, deposit)?;
        listing.offers = listing.offers.saturating_sub(1);
        listing.deposit.offers = listing.deposit.offers.saturating_sub(deposit);
        Listings::<T>::insert(id, listing);
        Self::deposit_event(Event::OfferWithdrawn { listing: id, offer: number, deposit });
        Ok(())
    }

    fn offer_deposit(offer: &Offer) -> Balance {
        let bytes = Balance::try_from(offer.encoded_size()).unwrap_or(Balance::MAX);
        T::OfferDeposit::get().saturating_add(T::ByteDeposit::get().saturating_mul(bytes))
    }
}
