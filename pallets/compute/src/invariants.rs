//! What must be true after every block.

use crate::pallet::{
    Classes, Config, Doubted, HoldReason, Pallet, Providers, Seats, Servings, Specs, SpecsOf, Verifiers,
};
use alloc::{collections::BTreeMap, vec::Vec};
use frame_support::{ensure, traits::fungible::InspectHold};
use souk_primitives::{views::SolvencyRow, AccountId, Balance};
use sp_runtime::TryRuntimeError;

/// What is owed to each account.
type Owed = BTreeMap<AccountId, Balance>;

impl<T: Config> Pallet<T> {
    fn owed() -> [(HoldReason, &'static str, Owed); 3] {
        let mut deposits = Owed::new();
        for entry in Specs::<T>::iter_values() {
            let sum = deposits.entry(entry.depositor).or_default();
            *sum = sum.saturating_add(entry.deposit);
        }
        [
            (
                HoldReason::ProviderBond,
                "ProviderBond",
                Providers::<T>::iter().map(|(who, provider)| (who, provider.bond.total())).collect(),
            ),
            (
                HoldReason::VerifierBond,
                "VerifierBond",
                Verifiers::<T>::iter().map(|(who, verifier)| (who, verifier.bond)).collect(),
            ),
            (HoldReason::SpecDeposit, "SpecDeposit", deposits),
        ]
    }

    /// Held against owed. Walks all providers, verifiers and specs: for runtime APIs, never for a block.
    pub fn solvency() -> Vec<SolvencyRow> {
        Self::owed()
            .into_iter()
            .map(|(reason, purpose, owed)| SolvencyRow {
                pallet: "Compute".into(),
                purpose: purpose.into(),
                held: owed
                    .keys()
                    .map(|who| T::Currency::balance_on_hold(&reason.into(), who))
                    .fold(0, Balance::saturating_add),
                owed: owed.values().copied().fold(0, Balance::saturating_add),
            })
            .collect()
    }

    /// Checks the invariants of the crate's documentation.
    pub fn do_try_state() -> Result<(), TryRuntimeError> {
        for (reason, _, owed) in Self::owed() {
            for (who, owed) in owed {
                let held = T::Currency::balance_on_hold(&reason.into(), &who);
                ensure!(held == owed, "compute: a hold is not what is owed");
            }
        }
        Self::try_providers()?;
        Self::try_specs()?;
        Self::try_verifiers()
    }

    fn try_providers() -> Result<(), TryRuntimeError> {
        for (who, provider) in Providers::<T>::iter() {
            ensure!(
                provider.status.is_jailed() || provider.bond.exposure <= provider.bond.active,
                "compute: a provider's exposure is over its active bond"
            );
            ensure!(
                provider.serving.iter().all(|spec| Servings::<T>::contains_key(spec, &who)),
                "compute: a served spec has no offer"
            );
        }
        for (spec, who, serving) in Servings::<T>::iter() {
            ensure!(!serving.record.is_out(), "compute: a provider serves in spite of its doubts");
            let listed = Providers::<T>::get(who).is_some_and(|provider| provider.serving.contains(&spec));
            ensure!(listed, "compute: an offer is of no provider");
            ensure!(Specs::<T>::contains_key(spec), "compute: an offer is on no spec");
        }
        let needless = Doubted::<T>::iter_values().any(|doubt| doubt.record.doubts() == 0);
        ensure!(!needless, "compute: no doubts are kept as if they were some");
        Ok(())
    }

    fn try_specs() -> Result<(), TryRuntimeError> {
        for (_, answers, thresholds) in Classes::<T>::iter() {
            let sound = thresholds.is_sound() && thresholds.answers() == answers;
            ensure!(sound, "compute: a class has thresholds that can't judge");
        }
        let mut counts = BTreeMap::<_, u32>::new();
        for (id, entry) in Specs::<T>::iter() {
            ensure!(entry.spec.id() == id, "compute: a spec is not what its id says");
            let servers = Servings::<T>::iter_key_prefix(id).count();
            ensure!(usize::try_from(entry.servers) == Ok(servers), "compute: a spec miscounts its servers");
            let count = counts.entry(entry.spec.listing).or_default();
            *count = count.saturating_add(1);
        }
        let stored: BTreeMap<_, u32> = SpecsOf::<T>::iter().collect();
        ensure!(stored == counts, "compute: a listing miscounts its specs");
        Ok(())
    }

    fn try_verifiers() -> Result<(), TryRuntimeError> {
        for (stash, verifier) in Verifiers::<T>::iter() {
            let seated = |spec| Seats::<T>::get(spec).iter().any(|seat| seat.stash == stash);
            ensure!(verifier.specs.iter().all(seated), "compute: a verifier lists a spec without a seat");
        }
        for (spec, seats) in Seats::<T>::iter() {
            ensure!(Specs::<T>::contains_key(spec), "compute: seats of no spec");
            for seat in seats {
                let listed = Verifiers::<T>::get(seat.stash).is_some_and(|v| v.specs.contains(&spec));
                ensure!(listed, "compute: a seat of no verifier");
            }
        }
        Ok(())
    }
}
