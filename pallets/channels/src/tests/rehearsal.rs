//! The migrations of the upgrade rehearsal, before and after.

use crate::{
    mock::*,
    rehearsal::{Note, SumDeposits, FROM, TO},
    Channels, ChannelsBefore, DepositsTo, Pallet,
};
use frame_support::{
    migrations::{MultiStepMigrator, SteppedMigration},
    traits::{GetStorageVersion, Hooks, OnRuntimeUpgrade, StorageVersion},
    weights::WeightMeter,
};
use souk_primitives::{AccountId, Balance, BlockNumber};
use std::collections::BTreeMap;

/// What the migrated map has to hold.
fn expected() -> BTreeMap<AccountId, Balance> {
    let mut sums = BTreeMap::new();
    for channel in Channels::<Test>::iter_values() {
        *sums.entry(channel.provider).or_default() += channel.deposit;
    }
    sums
}

#[test]
fn note_should_run_once_and_move_the_storage_version() {
    test(|| {
        for _ in 0..3 {
            open();
        }
        StorageVersion::new(FROM).put::<Pallet<Test>>();
        Note::<Test>::on_runtime_upgrade();
        assert_eq!(ChannelsBefore::<Test>::get(), 3);
        assert_eq!(Pallet::<Test>::on_chain_storage_version(), StorageVersion::new(TO));
        open();
        Note::<Test>::on_runtime_upgrade();
        assert_eq!(ChannelsBefore::<Test>::get(), 3);
    });
}

#[test]
fn sum_should_visit_every_channel_once_whatever_the_blocks() {
    test(|| {
        for _ in 0..3 {
            open();
        }
        let before: Vec<_> = Channels::<Test>::iter().collect();
        let mut cursor = None;
        let mut steps = 0;
        loop {
            cursor = SumDeposits::<Test>::step(cursor, &mut WeightMeter::new()).unwrap();
            if cursor.is_none() {
                break;
            }
            steps += 1;
        }
        assert_eq!(steps, 3);
        assert_eq!(DepositsTo::<Test>::iter().collect::<BTreeMap<_, _>>(), expected());
        assert_eq!(Channels::<Test>::iter().collect::<Vec<_>>(), before);
    });
}

#[test]
#[cfg(not(feature = "runtime-benchmarks"))]
fn sum_should_take_a_block_for_each_channel_and_run_once() {
    /// Blocks from an upgrade until transactions are taken again.
    fn upgrade() -> u32 {
        <Migrations as Hooks<BlockNumber>>::on_runtime_upgrade();
        let mut blocks = 0;
        while <Migrations as MultiStepMigrator>::ongoing() {
            System::set_block_number(System::block_number() + 1);
            <Migrations as MultiStepMigrator>::step();
            blocks += 1;
        }
        blocks
    }
    test(|| {
        for _ in 0..3 {
            open();
        }
        assert_eq!(upgrade(), 4);
        assert_eq!(DepositsTo::<Test>::iter().collect::<BTreeMap<_, _>>(), expected());
        // The next upgrade finds that it was done.
        assert_eq!(upgrade(), 1);
        assert_eq!(DepositsTo::<Test>::iter().collect::<BTreeMap<_, _>>(), expected());
    });
}

/// The checks that `Executive::try_runtime_upgrade` makes, and that they find what is wrong.
#[cfg(feature = "try-runtime")]
mod checks {
    use super::*;

    #[test]
    fn the_note_should_pass_its_checks_and_nothing_else_should() {
        test(|| {
            open();
            StorageVersion::new(FROM).put::<Pallet<Test>>();
            let before = Note::<Test>::pre_upgrade().unwrap();
            Note::<Test>::on_runtime_upgrade();
            Note::<Test>::post_upgrade(before.clone()).unwrap();
            ChannelsBefore::<Test>::put(2);
            assert!(Note::<Test>::post_upgrade(before).is_err());
        });
    }

    #[test]
    fn the_sums_should_pass_their_checks_and_nothing_else_should() {
        test(|| {
            open();
            let before = SumDeposits::<Test>::pre_upgrade().unwrap();
            assert!(SumDeposits::<Test>::post_upgrade(before.clone()).is_err(), "nothing is added up yet");
            let mut cursor = None;
            loop {
                cursor = SumDeposits::<Test>::step(cursor, &mut WeightMeter::new()).unwrap();
                if cursor.is_none() {
                    break;
                }
            }
            SumDeposits::<Test>::post_upgrade(before).unwrap();
            assert!(SumDeposits::<Test>::pre_upgrade().is_err(), "it would be done twice");
        });
    }
}
