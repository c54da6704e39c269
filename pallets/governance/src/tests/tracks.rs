//! Periods, curves and the origins' tracks.

use crate::{
    mock::*,
    origins::*,
    tracks::{ids, Limits, Tracks, UndecidingTimeout, VoteLockingPeriod, PLANS},
    Timing,
};
use frame_support::traits::{EnsureOrigin, Get, OriginTrait};
use pallet_referenda::TracksInfo;
use proptest::prelude::*;
use souk_primitives::SOUK;
use sp_runtime::Perbill;

type Info = Tracks<Test>;

fn assert_polls_end_before_unbonding(timing: Timing) {
    let limits = Limits::on(&timing);
    for plan in &PLANS {
        let periods = plan.periods_on(&timing);
        let longest = [periods.prepare, limits.undeciding, periods.decision, periods.confirm]
            .into_iter()
            .map(u64::from)
            .sum::<u64>();
        assert!(longest < timing.bonding_slots(), "{} takes {longest} blocks", plan.name);
        assert!(periods.enactment <= limits.lock, "{}: winners are free before the enactment", plan.name);
        assert!(periods.confirm < periods.decision);
    }
}

#[test]
fn every_poll_should_end_before_what_voted_is_unbonded() {
    assert_polls_end_before_unbonding(Timing::PRODUCTION);
    assert_polls_end_before_unbonding(Timing::FAST);
}

proptest! {
    #[test]
    fn every_valid_clock_should_end_polls_before_unbonding(
        epoch_slots in 4u64..400,
        sessions_per_era in 1u32..50,
        bonding_eras in 1u32..60,
    ) {
        let timing = Timing { epoch_slots, sessions_per_era, bonding_eras, slash_defer_eras: 0 };
        prop_assume!(timing.is_valid());
        assert_polls_end_before_unbonding(timing);
    }
}

#[test]
fn a_fast_chain_should_decide_within_a_minute() {
    externalities(Timing::FAST, Overrides::default()).execute_with(|| {
        for track in Info::tracks() {
            let info = &track.info;
            assert_eq!((info.prepare_period, info.decision_period), (2, 20));
            assert_eq!((info.confirm_period, info.min_enactment_period), (4, 2));
        }
        assert_eq!(UndecidingTimeout::<Test>::get(), 40);
        assert_eq!(VoteLockingPeriod::<Test>::get(), 10);
    });
}

#[test]
fn production_should_give_days_for_what_matters_most() {
    sp_io::TestExternalities::default().execute_with(|| {
        let root = Info::info(ids::ROOT).unwrap();
        assert_eq!((root.decision_period, root.confirm_period), (115_200, 28_800));
        assert_eq!(Info::info(ids::EMERGENCY).unwrap().min_enactment_period, 20);
        assert_eq!(UndecidingTimeout::<Test>::get(), 28_800);
        assert_eq!(VoteLockingPeriod::<Test>::get(), 201_600);
        assert!(Info::info(3).is_none());
    });
}

#[test]
fn tracks_should_be_sorted_and_named() {
    sp_io::TestExternalities::default().execute_with(|| {
        Info::check_integrity().unwrap();
        let ids: Vec<u16> = Info::track_ids().collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(ids, Info::tracks().map(|track| track.id).collect::<Vec<_>>());
        for plan in &PLANS {
            let info = Info::info(plan.id).unwrap();
            let name = String::from_utf8(info.name.to_vec()).unwrap();
            assert_eq!(name.trim_end_matches('\0'), plan.name);
            assert!(info.max_deciding > 0 && info.decision_deposit >= 100 * SOUK);
        }
    });
}

#[test]
fn curves_should_fall_and_never_below_a_majority() {
    let at = |i: u32| Perbill::from_rational(i, 1_000);
    for plan in &PLANS {
        for curve in [&plan.approval, &plan.support] {
            for i in 0..1_000 {
                assert!(curve.threshold(at(i)) >= curve.threshold(at(i + 1)), "{} at {i}", plan.name);
            }
        }
        assert!(
            plan.approval.threshold(at(1_000)) >= Perbill::from_rational(4_999u32, 10_000),
            "{}",
            plan.name
        );
        // Nobody passes anything with a handful of units because the others slept.
        assert!(plan.support.threshold(at(1_000)) >= Perbill::from_rational(4u32, 1_000), "{}", plan.name);
    }
}

#[test]
fn larger_spends_should_need_more() {
    let plan = |id| PLANS.iter().find(|plan| plan.id == id).unwrap();
    let tiers = [ids::SMALL_SPENDER, ids::MEDIUM_SPENDER, ids::BIG_SPENDER, ids::TREASURER].map(plan);
    for pair in tiers.windows(2) {
        for i in [50, 100, 250, 500, 750, 900, 1_000] {
            let x = Perbill::from_rational(i, 1_000u32);
            assert!(pair[0].support.threshold(x) <= pair[1].support.threshold(x), "{} at {i}", pair[1].name);
        }
        assert!(pair[0].deposit < pair[1].deposit);
    }
    let amounts = [Origin::SmallSpender, Origin::MediumSpender, Origin::BigSpender, Origin::Treasurer];
    assert!(amounts.windows(2).all(|pair| pair[0].may_spend() < pair[1].may_spend()));
}

#[test]
fn track_for_should_map_every_origin() {
    let track = |origin: RuntimeOrigin| Info::track_for(origin.caller());
    assert_eq!(track(RuntimeOrigin::root()), Ok(ids::ROOT));
    assert_eq!(track(RuntimeOrigin::none()), Err(()));
    assert_eq!(track(RuntimeOrigin::signed(ALICE)), Err(()));
    for origin in Origin::ALL {
        assert_eq!(track(origin.into()), Ok(origin.track()));
    }
    let mut ids: Vec<u16> = Origin::ALL.map(Origin::track).to_vec();
    ids.insert(0, ids::ROOT);
    assert_eq!(ids, PLANS.iter().map(|plan| plan.id).collect::<Vec<_>>());
}

#[test]
fn each_ensure_should_let_its_own_origin_pass_only() {
    fn passes<E: EnsureOrigin<RuntimeOrigin>>(origin: Origin) -> bool {
        E::try_origin(origin.into()).is_ok()
    }
    for origin in Origin::ALL {
        let let_in = [
            passes::<EnsureWhitelisted>(origin),
            passes::<EnsureStakingAdmin>(origin),
            passes::<EnsureTreasurer>(origin),
            passes::<EnsureSmallSpender>(origin),
            passes::<EnsureMediumSpender>(origin),
            passes::<EnsureBigSpender>(origin),
            passes::<EnsureParameterAdmin>(origin),
            passes::<EnsureMarketplaceAdmin>(origin),
            passes::<EnsureModerator>(origin),
            passes::<EnsureEmergency>(origin),
            passes::<EnsureCanceller>(origin),
            passes::<EnsureKiller>(origin),
        ];
        assert_eq!(let_in, Origin::ALL.map(|other| other == origin));
    }
    assert!(EnsureEmergency::try_origin(RuntimeOrigin::root()).is_err());
    assert!(EnsureEmergency::try_origin(RuntimeOrigin::signed(ALICE)).is_err());
}

#[test]
fn spender_should_say_how_much() {
    for origin in Origin::ALL {
        assert_eq!(Spender::try_origin(RuntimeOrigin::from(origin)).ok(), origin.may_spend());
    }
    assert_eq!(Spender::try_origin(RuntimeOrigin::root()).ok(), Some(u128::MAX));
    assert!(Spender::try_origin(RuntimeOrigin::signed(ALICE)).is_err());
}
