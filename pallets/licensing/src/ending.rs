//! How a purchase ends.

use crate::{
    pallet::*,
    types::{Purchase, Task},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_pallet_support::clock;
use souk_primitives::{
    close::CloseReason,
    complaint::{judge, Complaint, Judgement},
    purchase::Stage,
    AccountId, ListingId, PurchaseId,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_settle(who: AccountId, id: PurchaseId) -> DispatchResult {
        let purchase = Self::get(&id)?;
        let by_buyer = purchase.buyer == who;
        let reason = purchase.stage.settle(T::Clock::get(), by_buyer).map_err(Error::<T>::from)?;
        Self::finish(id, purchase, reason)
    }

    /// Whether the complaint was upheld; otherwise it was disproved.
    pub(crate) fn do_complain(
        buyer: AccountId,
        id: PurchaseId,
        complaint: &Complaint,
    ) -> Result<bool, DispatchError> {
        let mut purchase = Self::bought(&buyer, &id)?;
        purchase.stage.complain(T::Clock::get()).map_err(Error::<T>::from)?;
        let exchange = purchase.exchange(Self::genesis(), id).ok_or(Error::<T>::WrongStage)?;
        let reason = match judge(&exchange, complaint) {
            Judgement::Upheld(fault) => {
                purchase.fault = Some(fault);
                CloseReason::Cheated
            }
            Judgement::Disproved => CloseReason::Disproved,
            Judgement::Malformed => return Err(Error::<T>::MalformedComplaint.into()),
            Judgement::WrongSecret => return Err(Error::<T>::WrongSecret.into()),
        };
        Self::finish(id, purchase, reason)?;
        Ok(reason == CloseReason::Cheated)
    }

    pub(crate) fn do_expire(id: PurchaseId) -> DispatchResult {
        let purchase = Self::get(&id)?;
        let reason = purchase.stage.expire(T::Clock::get()).map_err(Error::<T>::from)?;
        Self::finish(id, purchase, reason)
    }

    /// Ends an open purchase: moves its money, issues its licence if it was paid, and lets it be forgotten later.
    pub(crate) fn finish(id: PurchaseId, mut purchase: Purchase, reason: CloseReason) -> DispatchResult {
        ensure!(!purchase.stage.is_ended(), Error::<T>::Ended);
        let now = T::Clock::get();
        let amounts = Self::distribute(id, &purchase, reason)?;
        Self::take_deadline(&id, &purchase);
        Self::close_at(purchase.listing, &purchase.buyer);
        purchase.stage = Stage::Ended { at: now, reason };
        Agenda::<T>::insert(clock::deadline(now, T::HistoryDepth::get()), Task::Forget(id), ());
        Purchases::<T>::insert(id, &purchase);
        Self::deposit_event(Event::PurchaseEnded {
            purchase: id,
            buyer: purchase.buyer.clone(),
            seller: purchase.seller.clone(),
            listing: purchase.listing,
            reason,
            fault: purchase.fault,
            amounts,
        });
        if matches!(reason, CloseReason::Delivered | CloseReason::Disproved) {
            Self::issue(id, &purchase, amounts.burnt);
        }
        Ok(())
    }

    /// Counts one open purchase of a listing less.
    fn close_at(listing: ListingId, buyer: &AccountId) {
        match OpenAt::<T>::get(listing, buyer).saturating_sub(1) {
            0 => OpenAt::<T>::remove(listing, buyer),
            open => OpenAt::<T>::insert(listing, buyer, open),
        }
    }

    /// Whether a purchase of the listing is open.
    pub fn has_open_purchases(listing: ListingId) -> bool {
        OpenAt::<T>::iter_key_prefix(listing).next().is_some()
    }
}
