//! Held equals owed, every deadline is on the agenda, every index is what it lists. See the crate's invariants.

use crate::{
    pallet::*,
    types::{StoredLicence, Task},
};
use alloc::{collections::BTreeMap, vec, vec::Vec};
use frame_support::{ensure, traits::fungible::InspectHold};
use souk_primitives::{
    licence::Grant, purchase::Stage, views::SolvencyRow, AccountId, Balance, BlockNumber, ListingId,
};
use sp_runtime::TryRuntimeError;

type Sums<Key> = BTreeMap<Key, Balance>;

fn add<Key: Ord>(sums: &mut Sums<Key>, key: Key, amount: Balance) {
    let sum = sums.entry(key).or_default();
    *sum = sum.saturating_add(amount);
}

impl<T: Config> Pallet<T> {
    /// What each buyer's and each seller's open purchases have on hold.
    fn owed() -> [Sums<AccountId>; 2] {
        let (mut stakes, mut bonds) = (Sums::new(), Sums::new());
        for purchase in Purchases::<T>::iter_values().filter(|purchase| !purchase.stage.is_ended()) {
            add(&mut stakes, purchase.buyer, purchase.price.saturating_add(purchase.deposit));
            add(&mut bonds, purchase.seller, purchase.bond);
        }
        [stakes, bonds]
    }

    fn held(reason: HoldReason, owners: &Sums<AccountId>) -> Balance {
        let reason = reason.into();
        owners.keys().fold(0, |sum, who| sum.saturating_add(T::Currency::balance_on_hold(&reason, who)))
    }

    /// What each announced store has on hold.
    fn stores() -> Sums<AccountId> {
        Stores::<T>::iter().map(|(seller, store)| (seller, store.deposit)).collect()
    }

    fn claims() -> Balance {
        Claims::<T>::iter_values().fold(0, |sum: Balance, kept| sum.saturating_add(kept))
    }

    fn pots() -> Balance {
        Pots::<T>::iter_values().fold(0, |sum: Balance, (pot, _)| sum.saturating_add(pot))
    }

    /// Held against owed, for each purpose. Walks all purchases: for runtime APIs, never for a block.
    pub fn solvency() -> Vec<SolvencyRow> {
        let row = |purpose: &str, held, owed| SolvencyRow {
            pallet: "licensing".into(),
            purpose: purpose.into(),
            held,
            owed,
        };
        let sum =
            |owed: &Sums<AccountId>| owed.values().fold(0, |sum: Balance, part| sum.saturating_add(*part));
        let ([stakes, bonds], stores) = (Self::owed(), Self::stores());
        vec![
            row("purchases", Self::held(HoldReason::Purchase, &stakes), sum(&stakes)),
            row("bonds", Self::held(HoldReason::Bond, &bonds), sum(&bonds)),
            row("stores", Self::held(HoldReason::Store, &stores), sum(&stores)),
            // Whatever else somebody sends to the claim account belongs to nobody.
            row("claims", Self::kept().min(Self::claims()), Self::claims()),
            row("metered", Self::kept().saturating_sub(Self::claims()).min(Self::pots()), Self::pots()),
        ]
    }

    /// Checks the invariants.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        let [stakes, bonds] = Self::owed();
        for (reason, owed, message) in [
            (HoldReason::Purchase, stakes, "licensing: a buyer's hold is not what its purchases owe"),
            (HoldReason::Bond, bonds, "licensing: a seller's hold is not its bonds"),
            (HoldReason::Store, Self::stores(), "licensing: a seller's hold is not its store's deposit"),
        ] {
            let reason = reason.into();
            for (who, amount) in owed {
                ensure!(T::Currency::balance_on_hold(&reason, &who) == amount, message);
            }
        }
        let owed = Self::claims().saturating_add(Self::pots());
        ensure!(Self::kept() >= owed, "licensing: the claim account owes more than it has");
        Self::check_agenda()?;
        Self::check_purchases()?;
        Self::check_licences()
    }

    fn check_agenda() -> Result<(), TryRuntimeError> {
        let on = |at: BlockNumber, task: Task| Agenda::<T>::contains_key(at, task);
        let (mut expected, cursor) = (0usize, AgendaCursor::<T>::get());
        for (id, purchase) in Purchases::<T>::iter() {
            let listed = match (purchase.stage, purchase.stage.deadline()) {
                (Stage::Ended { .. }, _) => {
                    Agenda::<T>::iter_keys().any(|(_, task)| task == Task::Forget(id))
                }
                (_, Some(by)) => on(by, Task::Deadline(id)),
                _ => false,
            };
            ensure!(listed, "licensing: a purchase is not on the agenda");
            expected = expected.saturating_add(1);
        }
        for (id, stored) in Licences::<T>::iter() {
            if let Some(last) = stored.licence.expires_at {
                ensure!(
                    on(Self::lapses_at(last), Task::Lapse(id)),
                    "licensing: a lease is not on the agenda"
                );
                expected = expected.saturating_add(1);
            }
        }
        for (id, (pot, at)) in Pots::<T>::iter() {
            ensure!(pot > 0 && on(at, Task::Payout(id)), "licensing: a pot is not on the agenda");
            expected = expected.saturating_add(1);
        }
        ensure!(Agenda::<T>::iter_keys().count() == expected, "licensing: the agenda lists something else");
        ensure!(
            Agenda::<T>::iter_keys().all(|(at, _)| at >= cursor),
            "licensing: something on the agenda was passed by"
        );
        Ok(())
    }

    fn check_purchases() -> Result<(), TryRuntimeError> {
        let (mut open, mut parties) = (BTreeMap::<(ListingId, AccountId), u32>::new(), 0usize);
        for (id, purchase) in Purchases::<T>::iter() {
            for party in [&purchase.buyer, &purchase.seller] {
                ensure!(PurchasesOf::<T>::contains_key(party, id), "licensing: a purchase is not listed");
            }
            parties = parties.saturating_add(2);
            if !purchase.stage.is_ended() {
                let count = open.entry((purchase.listing, purchase.buyer)).or_default();
                *count = count.saturating_add(1);
            }
        }
        ensure!(PurchasesOf::<T>::iter_keys().count() == parties, "licensing: a purchase is listed too long");
        for (listing, buyer, count) in OpenAt::<T>::iter() {
            ensure!(
                open.remove(&(listing, buyer)) == Some(count),
                "licensing: open purchases are miscounted"
            );
        }
        ensure!(open.is_empty(), "licensing: an open purchase is not counted");
        Ok(())
    }

    fn check_licences() -> Result<(), TryRuntimeError> {
        let (mut licences, mut uses) = (0usize, 0usize);
        for (id, StoredLicence { licence, .. }) in Licences::<T>::iter() {
            ensure!(LicencesAt::<T>::contains_key(licence.listing, id), "licensing: a licence is not listed");
            let users = Seats::<T>::get(id);
            let taken = u32::try_from(users.len()).unwrap_or(u32::MAX).saturating_add(1);
            ensure!(taken <= licence.seats, "licensing: a licence has more users than seats");
            for user in users.iter().chain([&licence.holder]) {
                let listed = Usable::<T>::contains_key((user, licence.listing, id));
                ensure!(listed, "licensing: who may use something is not listed");
                uses = uses.saturating_add(1);
            }
            licences = licences.saturating_add(1);
        }
        ensure!(LicencesAt::<T>::iter_keys().count() == licences, "licensing: a licence is listed too long");
        ensure!(Usable::<T>::iter_keys().count() == uses, "licensing: a use right is listed too long");
        for (provider, listing, id) in Metered::<T>::iter() {
            let counts = Licences::<T>::get(id).is_some_and(|StoredLicence { licence, .. }| {
                licence.holder == provider
                    && licence.listing == listing
                    && matches!(licence.grant, Grant::Metered { .. })
            });
            ensure!(counts, "licensing: a metered licence is not what it is listed as");
        }
        Ok(())
    }
}
