//! How money moves. A price is held at the buyer, a bond at the seller; nothing is ever in between.

use crate::{
    pallet::*,
    ports::{Catalogue, Trades},
    types::{Amounts, Cut, Purchase},
};
use frame_support::{
    dispatch::DispatchResult,
    ensure,
    storage::with_storage_layer,
    traits::{
        fungible::{Inspect, Mutate},
        tokens::Preservation,
        Get,
    },
};
use souk_pallet_support::money;
use souk_primitives::{close::CloseReason, deal, AccountId, Balance, PurchaseId};
use sp_runtime::{traits::AccountIdConversion, DispatchError};

impl<T: Config> Pallet<T> {
    /// Puts free money on hold.
    pub(crate) fn hold(reason: HoldReason, who: &AccountId, amount: Balance) -> DispatchResult {
        ensure!(amount == 0 || money::free::<T::Currency, _>(who) >= amount, Error::<T>::InsufficientFree);
        money::hold_free::<T::Currency, _>(&reason.into(), who, amount)
    }

    pub(crate) fn release(reason: HoldReason, who: &AccountId, amount: Balance) -> DispatchResult {
        if amount == 0 {
            return Ok(());
        }
        money::release::<T::Currency, _>(&reason.into(), who, amount)
    }

    /// Moves all money of a purchase to where its end says. What it returns adds up to what was on hold.
    pub(crate) fn distribute(
        id: PurchaseId,
        purchase: &Purchase,
        reason: CloseReason,
    ) -> Result<Amounts, DispatchError> {
        let Purchase { buyer, seller, price, deposit, bond, .. } = purchase;
        let mut amounts = Amounts::default();
        match reason {
            CloseReason::Delivered => {
                amounts = Self::pay_price(id, buyer, seller, *price, &purchase.cut)?;
                amounts.refunded = *deposit;
                amounts.bond_returned = *bond;
            }
            CloseReason::Disproved => {
                amounts = Self::pay_price(id, buyer, seller, *price, &purchase.cut)?;
                Self::pay_or_keep(buyer, seller, *deposit)?;
                amounts.forfeited = *deposit;
                amounts.bond_returned = *bond;
            }
            CloseReason::Rejected | CloseReason::NotAccepted => {
                let split = deal::unaccepted(*price, *deposit, *bond);
                for (reason, who) in [(HoldReason::Purchase, buyer), (HoldReason::Bond, seller)] {
                    money::burn_held::<T::Currency, _>(&reason.into(), who, split.burnt)?;
                }
                amounts.refunded = split.refund;
                amounts.bond_returned = split.bond;
                amounts.burnt = split.burnt.saturating_mul(2);
            }
            CloseReason::NotRevealed | CloseReason::Cheated => {
                money::pay_held::<T::Currency, _>(&HoldReason::Bond.into(), seller, buyer, *bond)?;
                amounts.compensation = *bond;
                amounts.refunded = price.saturating_add(*deposit);
            }
            // No copy was offered: no bond.
            _ => amounts.refunded = price.saturating_add(*deposit),
        }
        Self::release(HoldReason::Purchase, buyer, amounts.refunded)?;
        Self::release(HoldReason::Bond, seller, amounts.bond_returned)?;
        Ok(amounts)
    }

    /// Pays a price out of what the buyer has on hold. Whatever a payee can't take is kept for it.
    pub(crate) fn pay_price(
        id: PurchaseId,
        buyer: &AccountId,
        seller: &AccountId,
        price: Balance,
        cut: &Cut,
    ) -> Result<Amounts, DispatchError> {
        let split = cut.settle(price);
        let mut amounts = Amounts { burnt: split.burnt, treasury: split.treasury, ..Amounts::default() };
        let hold = HoldReason::Purchase.into();
        let treasury = T::Treasury::get();
        let paid =
            with_storage_layer(|| money::pay_held::<T::Currency, _>(&hold, buyer, &treasury, split.treasury));
        if paid.is_err() {
            amounts.burnt = amounts.burnt.saturating_add(split.treasury);
            amounts.treasury = 0;
        }
        money::burn_held::<T::Currency, _>(&hold, buyer, amounts.burnt)?;
        amounts.paid = split.owner;
        for (parent, royalty) in cut.parents.iter().zip(split.royalties) {
            match T::Catalogue::owner(parent.listing) {
                Some(owner) if royalty > 0 => {
                    Self::pay_or_keep(buyer, &owner, royalty)?;
                    amounts.royalties = amounts.royalties.saturating_add(royalty);
                    let listing = parent.listing;
                    Self::deposit_event(Event::RoyaltyPaid { purchase: id, listing, owner, amount: royalty });
                }
                // A parent outlives its children; if one did not, the seller would get its part.
                _ => amounts.paid = amounts.paid.saturating_add(royalty),
            }
        }
        match &cut.referrer {
            Some(referrer) => {
                Self::pay_or_keep(buyer, referrer, split.referral)?;
                amounts.referral = split.referral;
            }
            None => amounts.paid = amounts.paid.saturating_add(split.referral),
        }
        Self::pay_or_keep(buyer, seller, amounts.paid)?;
        T::Trades::sold(seller, split.burnt);
        Ok(amounts)
    }

    /// Pays out of what the buyer has on hold. What the payee can't take goes to the claim account and is kept there for
    /// it; if even that does not exist, it is burnt.
    fn pay_or_keep(buyer: &AccountId, payee: &AccountId, amount: Balance) -> DispatchResult {
        let hold = HoldReason::Purchase.into();
        let pay = |to: &AccountId| {
            with_storage_layer(|| money::pay_held::<T::Currency, _>(&hold, buyer, to, amount))
        };
        if pay(payee).is_ok() {
            return Ok(());
        }
        // An account that this payment made would owe all of its balance, and could not pay the last of it.
        let claims = Self::claim_account();
        let exists = T::Currency::total_balance(&claims) >= T::Currency::minimum_balance();
        if !exists || pay(&claims).is_err() {
            return money::burn_held::<T::Currency, _>(&hold, buyer, amount);
        }
        Claims::<T>::mutate(payee, |kept| *kept = kept.saturating_add(amount));
        Self::deposit_event(Event::ShareKept { owner: payee.clone(), amount });
        Ok(())
    }

    /// Account that keeps shares for who could not take them. Beyond those it has the existential deposit.
    pub fn claim_account() -> AccountId {
        T::PalletId::get().into_account_truncating()
    }

    pub(crate) fn do_claim(owner: AccountId) -> DispatchResult {
        let amount = Claims::<T>::take(&owner);
        ensure!(amount > 0, Error::<T>::NothingToClaim);
        T::Currency::transfer(&Self::claim_account(), &owner, amount, Preservation::Preserve)?;
        Self::deposit_event(Event::ShareClaimed { owner, amount });
        Ok(())
    }

    /// What the claim account has beyond its existential deposit.
    pub(crate) fn kept() -> Balance {
        T::Currency::total_balance(&Self::claim_account()).saturating_sub(T::Currency::minimum_balance())
    }
}
