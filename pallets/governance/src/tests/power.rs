//! What stake counts, and since when.

use crate::{mock::*, *};
use frame_support::{assert_noop, assert_ok};
use pallet_conviction_voting::Conviction::*;
use souk_primitives::{views::VotingPowerView, SOUK};

type Refused = pallet_conviction_voting::Error<Test>;

#[test]
fn money_should_give_no_power() {
    run(|| {
        let poll = poll();
        assert_eq!(Governance::power(&ALICE), 0);
        assert_noop!(vote(ALICE, poll, standard(true, None, 1)), Refused::InsufficientFunds);
        assert_noop!(Voting::delegate(signed(ALICE), 0, BOB, Locked1x, 1), Refused::InsufficientFunds);
        // An empty vote is no vote.
        assert_ok!(vote(ALICE, poll, standard(true, Locked6x, 0)));
        assert_eq!(tally(poll), (0, 0, 0));
    });
}

#[test]
fn stake_of_genesis_should_be_warm() {
    externalities(Timing::FAST, Overrides::default()).execute_with(|| {
        Governance::note_stake(Source::Bond, &ALICE, 70);
        stake_silently(Source::Bond, ALICE, 70);
        assert_eq!(Governance::power(&ALICE), 70);
        // Only then.
        System::set_block_number(1);
        stake(Source::Bond, BOB, 70);
        assert_eq!(Governance::power(&BOB), 0);
    });
}

#[test]
fn stake_should_count_from_the_era_after_a_whole_one() {
    run(|| {
        let poll = poll();
        stake(Source::Bond, ALICE, 100 * SOUK);
        // The rest of this era, and the next one.
        for _ in 0..2 {
            assert_eq!(Governance::power(&ALICE), 0);
            assert_noop!(vote(ALICE, poll, standard(true, None, 1)), Refused::InsufficientFunds);
            pass_eras(1);
        }
        assert_eq!(Governance::power(&ALICE), 100 * SOUK);
        assert_noop!(vote(ALICE, poll, standard(true, None, 100 * SOUK + 1)), Refused::InsufficientFunds);
        assert_ok!(vote(ALICE, poll, standard(true, Locked2x, 100 * SOUK)));
        assert_eq!(tally(poll), (200 * SOUK, 0, 100 * SOUK));
    });
}

#[test]
fn flash_staking_before_a_vote_should_fail() {
    run(|| {
        warm(ALICE, 10 * SOUK);
        let poll = poll();
        // Much more, for one vote: not in this era, and the old part counts as before.
        stake(Source::Bond, ALICE, 900 * SOUK);
        assert_noop!(vote(ALICE, poll, standard(true, Locked1x, 900 * SOUK)), Refused::InsufficientFunds);
        assert_ok!(vote(ALICE, poll, standard(true, Locked1x, 10 * SOUK)));
        // Out before it is warm, and back in: as if it had never been there.
        stake(Source::Bond, ALICE, 0);
        pass_eras(1);
        stake(Source::Bond, ALICE, 900 * SOUK);
        pass_eras(1);
        assert_eq!(Governance::power(&ALICE), 0);
    });
}

#[test]
fn a_fall_that_nobody_told_should_not_keep_stake_warm() {
    run(|| {
        stake(Source::Pool, ALICE, 100);
        pass_eras(2);
        assert_eq!(Governance::power(&ALICE), 100);
        stake_silently(Source::Pool, ALICE, 0);
        assert_eq!(Governance::power(&ALICE), 0);
        pass_eras(5);
        // The one who tells the rise knows what was there before.
        stake_silently(Source::Pool, ALICE, 100);
        Governance::note_change(Source::Pool, &ALICE, 0, 100);
        assert_eq!(Governance::power(&ALICE), 0);
        pass_eras(2);
        assert_eq!(Governance::power(&ALICE), 100);
    });
}

#[test]
fn three_sources_should_add_up() {
    run(|| {
        stake(Source::Bond, ALICE, 100);
        pass_eras(1);
        stake(Source::Pool, ALICE, 20);
        pass_eras(1);
        stake(Source::Provider, ALICE, 3);
        let view = Governance::power_view(&ALICE);
        let expected = VotingPowerView {
            bond: 100,
            pool: 20,
            provider: 3,
            power: 100,
            warming: 23,
            era: 2,
            more_in: Some(3),
        };
        assert_eq!(view, expected);
        let mut seen = Vec::new();
        for _ in 0..3 {
            seen.push((Governance::power(&ALICE), Governance::power_view(&ALICE).more_in));
            pass_eras(1);
        }
        assert_eq!(seen, [(100, Some(3)), (120, Some(4)), (123, Option::None)]);
        stake(Source::Pool, ALICE, 0);
        assert_eq!(Governance::power(&ALICE), 103);
        assert!(!Book::<Test>::contains_key(Source::Pool, ALICE));
    });
}
