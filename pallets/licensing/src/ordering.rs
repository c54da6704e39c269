//! How a purchase begins.

use crate::{
    pallet::*,
    ports::{Catalogue, Version},
    types::{Cut, Order, Purchase, Task},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_pallet_support::clock;
use souk_primitives::{
    close::CloseReason,
    deal,
    exchange::{check_public_key, purchase_id},
    licence::Offer,
    purchase::{Refusal, Stage},
    views::ListingStatus,
    AccountId, BlockNumber, Digest, PurchaseId,
};
use sp_runtime::DispatchError;

impl<T> From<Refusal> for Error<T> {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::WrongStage => Error::WrongStage,
            Refusal::TooLate => Error::TooLate,
            Refusal::TooEarly => Error::TooEarly,
            Refusal::Ended => Error::Ended,
        }
    }
}

impl<T: Config> Pallet<T> {
    pub(crate) fn do_purchase(buyer: AccountId, order: Order) -> DispatchResult {
        let (seller, offer, version) = Self::check_order(&buyer, &order)?;
        let instant = version.size == 0;
        if !instant {
            check_public_key(&order.buyer_key).map_err(|_| Error::<T>::WeakKey)?;
            ensure!(!UsedKeys::<T>::contains_key(order.buyer_key), Error::<T>::KeyUsed);
            UsedKeys::<T>::insert(order.buyer_key, ());
        }
        let now = T::Clock::get();
        let deliver_by = clock::deadline(now, offer.deliver_within.min(T::MaxDelivery::get()));
        let purchase = Purchase {
            buyer,
            seller,
            listing: order.listing,
            version: order.version,
            offer: order.offer,
            grant: offer.grant,
            purpose: order.purpose,
            terms_digest: order.terms_digest,
            transferable: offer.transferable,
            seats: offer.seats,
            price: offer.price,
            // Without a copy there is nothing to complain about.
            deposit: if instant { 0 } else { deal::complaint_deposit(offer.price) },
            bond: 0,
            cut: Cut {
                protocol: T::ProtocolFee::get(),
                parents: version.parents,
                referral: offer.referral,
                referrer: order.referrer,
            },
            content_root: order.content_root,
            size: version.size,
            buyer_key: order.buyer_key,
            copy: None,
            sealed_key: None,
            ordered_at: now,
            cancel_from: clock::deadline(now, T::CancelAfter::get()),
            stage: Stage::Ordered { deliver_by },
            fault: None,
        };
        let id = Self::open(&purchase, deliver_by)?;
        if instant {
            Self::finish(id, purchase, CloseReason::Delivered)?;
        }
        Ok(())
    }

    /// Checks all that the buyer relies on.
    fn check_order(buyer: &AccountId, order: &Order) -> Result<(AccountId, Offer, Version), DispatchError> {
        let status = T::Catalogue::status(order.listing).ok_or(Error::<T>::ListingNotFound)?;
        ensure!(status == ListingStatus::Active, Error::<T>::NotForSale);
        let seller = T::Catalogue::owner(order.listing).ok_or(Error::<T>::ListingNotFound)?;
        ensure!(seller != *buyer, Error::<T>::OwnListing);
        let offer = T::Catalogue::offer(order.listing, order.offer).ok_or(Error::<T>::OfferNotFound)?;
        ensure!(offer.digest() == order.offer_digest, Error::<T>::OfferChanged);
        ensure!(offer.terms.digest == order.terms_digest, Error::<T>::TermsChanged);
        ensure!(offer.purposes.allow(order.purpose), Error::<T>::PurposeNotAllowed);
        let version =
            T::Catalogue::version(order.listing, order.version).ok_or(Error::<T>::VersionNotFound)?;
        ensure!(version.content_root == order.content_root, Error::<T>::ContentChanged);
        let outsider = order.referrer.as_ref().is_none_or(|who| who != buyer && *who != seller);
        ensure!(outsider, Error::<T>::BadReferrer);
        Ok((seller, offer, version))
    }

    /// Puts the money on hold and stores the purchase.
    fn open(purchase: &Purchase, deliver_by: BlockNumber) -> Result<PurchaseId, DispatchError> {
        let Purchase { buyer, seller, listing, .. } = purchase;
        let open = OpenAt::<T>::get(listing, buyer);
        ensure!(open < T::MaxOpen::get(), Error::<T>::TooManyOpen);
        OpenAt::<T>::insert(listing, buyer, open.saturating_add(1));
        let stake = purchase.price.checked_add(purchase.deposit).ok_or(Error::<T>::Overflow)?;
        Self::hold(HoldReason::Purchase, buyer, stake)?;
        let count = PurchaseCount::<T>::get();
        PurchaseCount::<T>::put(count.checked_add(1).ok_or(Error::<T>::Overflow)?);
        let id = purchase_id(&frame_system::Pallet::<T>::parent_hash().0, buyer, count);
        for party in [buyer, seller] {
            PurchasesOf::<T>::insert(party, id, ());
        }
        Agenda::<T>::insert(deliver_by, Task::Deadline(id), ());
        Purchases::<T>::insert(id, purchase);
        Self::deposit_event(Event::Ordered {
            purchase: id,
            buyer: buyer.clone(),
            seller: seller.clone(),
            listing: *listing,
            version: purchase.version,
            offer: purchase.offer,
            purpose: purchase.purpose,
            terms_digest: purchase.terms_digest,
            price: purchase.price,
            deposit: purchase.deposit,
            deliver_by,
        });
        Ok(id)
    }

    pub(crate) fn do_cancel(buyer: AccountId, id: PurchaseId) -> DispatchResult {
        let purchase = Self::bought(&buyer, &id)?;
        let reason =
            purchase.stage.cancel(T::Clock::get(), purchase.cancel_from).map_err(Error::<T>::from)?;
        Self::finish(id, purchase, reason)
    }

    /// The purchase, or the error that there is none.
    pub(crate) fn get(id: &PurchaseId) -> Result<Purchase, Error<T>> {
        Purchases::<T>::get(id).ok_or(Error::<T>::PurchaseNotFound)
    }

    /// The purchase, if `who` buys.
    pub(crate) fn bought(who: &AccountId, id: &PurchaseId) -> Result<Purchase, Error<T>> {
        let purchase = Self::get(id)?;
        ensure!(purchase.buyer == *who, Error::<T>::NotBuyer);
        Ok(purchase)
    }

    /// The purchase, if `who` sells.
    pub(crate) fn sold(who: &AccountId, id: &PurchaseId) -> Result<Purchase, Error<T>> {
        let purchase = Self::get(id)?;
        ensure!(purchase.seller == *who, Error::<T>::NotSeller);
        Ok(purchase)
    }

    /// The chain's genesis hash, part of what the chunks are bound to.
    pub(crate) fn genesis() -> Digest {
        frame_system::Pallet::<T>::block_hash(frame_system::pallet_prelude::BlockNumberFor::<T>::default()).0
    }
}
