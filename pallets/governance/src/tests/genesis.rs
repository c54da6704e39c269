//! Genesis writes the clock and the parameters; the `Get`s read them.

use crate::{mock::*, *};
use frame_support::traits::Get;

#[test]
fn getters_should_give_production_when_genesis_wrote_nothing() {
    sp_io::TestExternalities::default().execute_with(|| {
        assert_eq!(EpochSlots::<Test>::get(), 200);
        assert_eq!(SessionsPerEra::<Test>::get(), 36);
        assert_eq!(BondingEras::<Test>::get(), 28);
        assert_eq!(SlashDeferEras::<Test>::get(), 7);
        assert_eq!(BondingBlocks::<Test>::get(), 201_600);
        assert_eq!(SetIdSessionEntries::<Test>::get(), 28 * 36);
    });
}

#[test]
fn getters_should_give_what_genesis_wrote() {
    externalities(Timing::FAST, Overrides::default()).execute_with(|| {
        assert_eq!(EpochSlots::<Test>::get(), 20);
        assert_eq!(SessionsPerEra::<Test>::get(), 2);
        assert_eq!(BondingEras::<Test>::get(), 2);
        assert_eq!(SlashDeferEras::<Test>::get(), 1);
        assert_eq!(BondingBlocks::<Test>::get(), 80);
        assert_eq!(OffenceLongevity::<Test>::get(), 80);
        assert_eq!(SetIdSessionEntries::<Test>::get(), 4);
    });
}

#[test]
fn genesis_should_write_named_parameters_and_no_others() {
    use params::audit;
    externalities(Timing::FAST, Overrides { window: Some(4) }).execute_with(|| {
        assert_eq!(<audit::Window as Get<u32>>::get(), 4);
        assert_eq!(<audit::Commit as Get<u32>>::get(), 20);
        assert_eq!(pallet_parameters::Parameters::<Test>::iter().count(), 1);
    });
}

#[test]
#[should_panic(expected = "invalid timing in genesis")]
fn genesis_should_refuse_slashes_that_outlive_the_bond() {
    let _ = externalities(Timing { slash_defer_eras: 2, ..Timing::FAST }, Overrides::default());
}

#[test]
fn validity_should_refuse_a_clock_that_stands_still() {
    assert!(Timing::PRODUCTION.is_valid());
    assert!(Timing::FAST.is_valid());
    assert!(!Timing { epoch_slots: 3, ..Timing::FAST }.is_valid());
    assert!(!Timing { sessions_per_era: 0, ..Timing::FAST }.is_valid());
    assert!(!Timing { bonding_eras: 0, slash_defer_eras: 0, ..Timing::FAST }.is_valid());
}

#[test]
fn live_blocks_should_stand_still_while_halted() {
    use frame_support::traits::Hooks;
    sp_io::TestExternalities::default().execute_with(|| {
        Governance::on_initialize(1);
        Governance::on_initialize(2);
        assert_eq!(LiveBlock::<Test>::get(), 2);
        Halted::set(true);
        Governance::on_initialize(3);
        assert_eq!(LiveBlock::<Test>::get(), 2);
        Halted::set(false);
        Governance::on_initialize(4);
        assert_eq!(LiveBlock::<Test>::get(), 3);
    });
}
