//! How a copy changes hands: offered, accepted, its key revealed.

use crate::{
    pallet::*,
    types::{Offered, Purchase, Task},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_primitives::{
    deal,
    exchange::{check_public_key, ephemeral_key, SealedKey},
    purchase::Stage,
    AccountId, BlockNumber, PurchaseId,
};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_offer_copy(seller: AccountId, id: PurchaseId, copy: Offered) -> DispatchResult {
        let mut purchase = Self::sold(&seller, &id)?;
        let window = deal::window(T::AcceptWindow::get(), purchase.size);
        let stage = purchase.stage.offer_copy(T::Clock::get(), window).map_err(Error::<T>::from)?;
        purchase.bond = deal::seller_bond(purchase.price, T::ComplaintFee::get());
        Self::hold(HoldReason::Bond, &seller, purchase.bond)?;
        purchase.copy = Some(copy);
        let bond = purchase.bond;
        let accept_by = Self::advance(id, purchase, stage);
        Self::deposit_event(Event::CopyOffered { purchase: id, copy, bond, accept_by });
        Ok(())
    }

    pub(crate) fn do_accept_copy(buyer: AccountId, id: PurchaseId, copy: Offered) -> DispatchResult {
        let purchase = Self::bought(&buyer, &id)?;
        let stage =
            purchase.stage.accept_copy(T::Clock::get(), T::RevealWindow::get()).map_err(Error::<T>::from)?;
        ensure!(purchase.copy == Some(copy), Error::<T>::CopyMismatch);
        let reveal_by = Self::advance(id, purchase, stage);
        Self::deposit_event(Event::CopyAccepted { purchase: id, reveal_by });
        Ok(())
    }

    pub(crate) fn do_reveal_key(seller: AccountId, id: PurchaseId, sealed_key: SealedKey) -> DispatchResult {
        let mut purchase = Self::sold(&seller, &id)?;
        let window = deal::window(T::ComplainWindow::get(), purchase.size);
        let stage = purchase.stage.reveal_key(T::Clock::get(), window).map_err(Error::<T>::from)?;
        // A weak key would seal to everybody, and could not open for the buyer.
        check_public_key(&ephemeral_key(&sealed_key)).map_err(|_| Error::<T>::WeakKey)?;
        purchase.sealed_key = Some(sealed_key);
        let complain_by = Self::advance(id, purchase, stage);
        Self::deposit_event(Event::KeyRevealed { purchase: id, sealed_key, complain_by });
        Ok(())
    }

    pub(crate) fn do_reject_copy(buyer: AccountId, id: PurchaseId) -> DispatchResult {
        let purchase = Self::bought(&buyer, &id)?;
        let reason = purchase.stage.reject_copy(T::Clock::get()).map_err(Error::<T>::from)?;
        Self::finish(id, purchase, reason)
    }

    /// Moves a purchase to its next stage, and its deadline on the agenda. Returns the deadline.
    fn advance(id: PurchaseId, mut purchase: Purchase, stage: Stage) -> BlockNumber {
        Self::take_deadline(&id, &purchase);
        purchase.stage = stage;
        let by = stage.deadline().unwrap_or_default();
        Agenda::<T>::insert(by, Task::Deadline(id), ());
        Purchases::<T>::insert(id, purchase);
        by
    }

    /// Takes the deadline of a purchase off the agenda.
    pub(crate) fn take_deadline(id: &PurchaseId, purchase: &Purchase) {
        if let Some(by) = purchase.stage.deadline() {
            Agenda::<T>::remove(by, Task::Deadline(*id));
        }
    }
}
