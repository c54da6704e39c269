//! The upgrade from the last release, tried on a busy chain with every check there is.

use super::{harness::*, market::*};
use crate::{
    configs::staking::MAX_CANDIDATES, constants::currency::SOUK, genesis, AccountId, Compute, Executive,
    Runtime, RuntimeHoldReason,
};
use codec::Encode;
use frame_support::{
    assert_ok,
    storage::{with_transaction, TransactionOutcome},
    traits::{
        fungible::MutateHold, tokens::Precision, Get, GetStorageVersion, OnRuntimeUpgrade, StorageVersion,
        UpgradeCheckSelect,
    },
};
use frame_system::LastRuntimeUpgrade;
use pallet_compute::{Classes, Specs};
use pallet_staking::{ChillThreshold, MaxValidatorsCount};
use souk_primitives::{
    spec::{NumericClass, Spec},
    verdict::Thresholds,
};
use sp_runtime::{DispatchError, TryRuntimeError};

/// The runtime before this one.
const LAST_RELEASE: u32 = 1;

/// Runs a test on a market with an open channel and a batch on its way: this release's genesis, with what its migrations
/// change as the last release had it.
fn on_the_last_release(test: impl FnOnce()) {
    local().execute_with(|| {
        open_market();
        open_block();
        assert_ok!(provide("Provider", "Alice"));
        close_block();
        settled_batch("Provider", 200, 0);
        blocks(3);

        StorageVersion::new(1).put::<Compute>();
        let _ = Classes::<Runtime>::clear(u32::MAX, None);
        ChillThreshold::<Runtime>::kill();
        MaxValidatorsCount::<Runtime>::put(300);
        LastRuntimeUpgrade::<Runtime>::mutate(|last| {
            last.as_mut().expect("the runtime ran").spec_version = LAST_RELEASE.into();
        });
        test();
    });
}

fn tried() -> Result<(), TryRuntimeError> {
    Executive::try_runtime_upgrade(UpgradeCheckSelect::All).map(|_| ())
}

/// What the migrations alone say of the state.
fn migrated() -> Result<(), TryRuntimeError> {
    <crate::migrations::InTheBlock as OnRuntimeUpgrade>::try_on_runtime_upgrade(true).map(|_| ())
}

fn classes() -> Vec<(NumericClass, Thresholds)> {
    let mut stored: Vec<_> =
        Classes::<Runtime>::iter().map(|(class, _, thresholds)| (class, thresholds)).collect();
    stored.sort_by_key(Encode::encode);
    stored
}

#[test]
fn the_upgrade_should_pass_every_check_of_every_pallet() {
    on_the_last_release(|| {
        let weight = Executive::try_runtime_upgrade(UpgradeCheckSelect::All).unwrap();
        assert!(weight.ref_time() > 0);
        assert_eq!(Compute::on_chain_storage_version(), StorageVersion::new(2));
        let mut expected = genesis::Classes::get();
        expected.sort_by_key(Encode::encode);
        assert_eq!(classes(), expected);
        // It ran: once more, there is nothing to do.
        assert_ok!(tried());
    });
}

#[test]
fn the_first_block_after_the_upgrade_should_run_its_migrations() {
    on_the_last_release(|| {
        assert_eq!(classes(), []);
        open_block();
        assert_eq!(classes().len(), genesis::Classes::get().len());
        assert_eq!(MaxValidatorsCount::<Runtime>::get(), Some(MAX_CANDIDATES));
        assert!(ChillThreshold::<Runtime>::exists());
        // Who publishes goes on as before.
        let spec = Spec { max_context: 1_024, ..spec() };
        assert_ok!(submit("Publisher", pallet_compute::Call::register_spec { spec }));
        close_block();
        let now = LastRuntimeUpgrade::<Runtime>::get().unwrap().spec_version.0;
        assert_eq!(now, crate::VERSION.spec_version);
        assert!(now > LAST_RELEASE);
        super::books::check();
    });
}

#[test]
fn an_upgrade_without_its_migration_should_be_found() {
    on_the_last_release(|| {
        // No migration starts from here.
        StorageVersion::new(0).put::<Compute>();
        assert!(tried().is_err());
    });
}

#[test]
fn an_accepted_spec_that_the_upgrade_leaves_without_a_class_should_be_found() {
    on_the_last_release(|| {
        let mut entry = Specs::<Runtime>::take(spec().id()).unwrap();
        entry.spec.numeric_class = NumericClass::Bf16;
        let accepted = entry.calibration.take();
        assert!(accepted.is_some());
        let id = entry.spec.id();
        let moved = |stored| {
            Specs::<Runtime>::insert(id, stored);
            with_transaction(|| TransactionOutcome::Rollback(Ok::<_, DispatchError>(migrated()))).unwrap()
        };
        // Anybody could have registered that.
        assert_ok!(moved(entry.clone()));
        let found = moved(pallet_compute::types::SpecEntry { calibration: accepted, ..entry }).unwrap_err();
        assert!(format!("{found:?}").contains("no class"), "{found:?}");
    });
}

#[test]
fn what_does_not_decode_after_an_upgrade_should_be_found() {
    on_the_last_release(|| {
        sp_io::storage::set(&Specs::<Runtime>::hashed_key_for([0; 32]), &[1, 2, 3]);
        assert!(tried().is_err());
    });
}

#[test]
fn broken_books_after_an_upgrade_should_be_found() {
    on_the_last_release(|| {
        let reason = RuntimeHoldReason::Compute(pallet_compute::HoldReason::ProviderBond);
        let provider: AccountId = account("Provider");
        assert_ok!(crate::Balances::release(&reason, &provider, SOUK, Precision::Exact));
        assert!(tried().is_err());
        assert_eq!(Compute::do_try_state(), Err("compute: a hold is not what is owed".into()));
    });
}
