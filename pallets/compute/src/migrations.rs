//! From storage version 1 to 2: classes came in, so a chain from before has none.

use crate::pallet::{Config, Pallet};
use alloc::vec::Vec;
use core::marker::PhantomData;
use frame_support::{
    migrations::VersionedMigration,
    traits::{Get, UncheckedOnRuntimeUpgrade},
    weights::Weight,
};
use souk_primitives::{spec::NumericClass, verdict::Thresholds};

/// Registers the classes that a new network has from its genesis, once.
pub type ToClasses<T, C> =
    VersionedMigration<1, 2, AddClasses<T, C>, Pallet<T>, <T as frame_system::Config>::DbWeight>;

/// Registers the classes that `C` names.
pub struct AddClasses<T, C>(PhantomData<(T, C)>);

impl<T: Config, C: Get<Vec<(NumericClass, Thresholds)>>> UncheckedOnRuntimeUpgrade for AddClasses<T, C> {
    fn on_runtime_upgrade() -> Weight {
        let mut weight = Weight::zero();
        for (class, thresholds) in C::get() {
            // An unsound one is refused: the checks below would find it missing.
            let _ = Pallet::<T>::do_register_class(class, thresholds);
            weight.saturating_accrue(T::DbWeight::get().writes(1));
        }
        weight
    }

    #[cfg(feature = "try-runtime")]
    fn pre_upgrade() -> Result<Vec<u8>, sp_runtime::TryRuntimeError> {
        let none = crate::Classes::<T>::iter().next().is_none();
        frame_support::ensure!(none, "compute: there are classes before there can be any");
        Ok(checks::specs::<T>())
    }

    #[cfg(feature = "try-runtime")]
    fn post_upgrade(before: Vec<u8>) -> Result<(), sp_runtime::TryRuntimeError> {
        checks::after::<T>(C::get(), &before)
    }
}

/// What must hold after the upgrade.
#[cfg(feature = "try-runtime")]
mod checks {
    use crate::pallet::{Classes, Config, Pallet, Specs};
    use alloc::vec::Vec;
    use codec::Encode;
    use frame_support::ensure;
    use souk_primitives::{spec::NumericClass, verdict::Thresholds};
    use sp_runtime::TryRuntimeError;

    /// All specs, encoded.
    pub fn specs<T: Config>() -> Vec<u8> {
        Specs::<T>::iter().collect::<Vec<_>>().encode()
    }

    pub fn after<T: Config>(
        classes: Vec<(NumericClass, Thresholds)>,
        before: &[u8],
    ) -> Result<(), TryRuntimeError> {
        ensure!(specs::<T>() == before, "compute: a spec changed");
        let stored = classes.iter().all(|(class, thresholds)| {
            Classes::<T>::get(class, thresholds.answers()).as_ref() == Some(thresholds)
        });
        ensure!(stored, "compute: a class is missing");
        // Else its calibration could never be accepted again: register its class by the same upgrade. Specs that nobody
        // has accepted lose nothing, and anybody may have registered one.
        let mut accepted = Specs::<T>::iter_values().filter(|entry| entry.calibration.is_some());
        let known = accepted.all(|entry| Pallet::<T>::ensure_within_class(&entry.spec).is_ok());
        ensure!(known, "compute: an accepted spec is of no class, or looser than its class");
        Ok(())
    }
}
