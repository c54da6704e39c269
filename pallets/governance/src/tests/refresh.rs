//! Votes follow stake: by call, and by the queue.

use crate::{mock::*, tracks::ids, *};
use frame_support::{
    assert_noop, assert_ok,
    dispatch::Pays,
    traits::{fungible::Inspect, tokens::Fortitude, tokens::Preservation},
    weights::Weight,
};
use pallet_conviction_voting::{AccountVote, Conviction::*, Voting as Record, VotingFor};
use souk_primitives::{Balance, SOUK};
use sp_runtime::{traits::Zero, DispatchError::BadOrigin, TokenError};

const ROOT: u16 = ids::ROOT;

fn refresh(who: u64, poll: impl Into<Option<u32>>) -> frame_support::dispatch::DispatchResultWithPostInfo {
    Governance::refresh_vote(signed(CLERK), who, ROOT, poll.into())
}

/// What `who` may transfer.
fn transferable(who: u64) -> Balance {
    Balances::reducible_balance(&who, Preservation::Expendable, Fortitude::Polite)
}

fn lowered(who: u64, poll: impl Into<Option<u32>>, from: Balance, to: Balance) -> Event<Test> {
    Event::VoteLowered { who, class: ROOT, poll: poll.into(), from, to }
}

fn delegated(who: u64) -> Balance {
    match VotingFor::<Test>::get(who, ROOT) {
        Record::Delegating(delegating) => delegating.balance,
        Record::Casting(_) => 0,
    }
}

#[test]
fn a_vote_should_fall_with_its_stake_and_money_stay_locked() {
    run(|| {
        warm(ALICE, 1_000 * SOUK - 10);
        let poll = poll();
        assert_ok!(vote(ALICE, poll, standard(true, Locked2x, 500 * SOUK)));
        assert_noop!(refresh(ALICE, poll), Error::<Test>::NothingToLower);
        // Half of it leaves, and would be free at once: the worst case.
        stake(Source::Bond, ALICE, 200 * SOUK);
        assert_eq!(tally(poll), (1_000 * SOUK, 0, 500 * SOUK));
        assert_eq!(refresh(ALICE, poll).unwrap().pays_fee, Pays::No);
        assert_eq!(tally(poll), (400 * SOUK, 0, 200 * SOUK));
        assert_eq!(events(), [lowered(ALICE, poll, 500 * SOUK, 200 * SOUK)]);
        assert_noop!(refresh(ALICE, poll), Error::<Test>::NothingToLower);
        // The lock is what it was: 200 of the 500 lie on stake.
        assert_eq!(transferable(ALICE), 500 * SOUK);
        // After the refresh it may be brought down to what votes, and no further.
        assert_ok!(Voting::unlock(signed(BOB), ROOT, ALICE));
        // All but the least that a hold needs beside it.
        assert_eq!(transferable(ALICE), 800 * SOUK - 1);
        stake(Source::Bond, ALICE, 0);
        assert_eq!(transferable(ALICE), 800 * SOUK);
        assert_ok!(refresh(ALICE, poll));
        assert_eq!(tally(poll), (0, 0, 0));
        assert!(matches!(VotingFor::<Test>::get(ALICE, ROOT), Record::Casting(c) if c.votes.is_empty()));
    });
}

#[test]
fn moved_money_should_not_vote_again() {
    run(|| {
        warm(ALICE, 900 * SOUK);
        let poll = poll();
        assert_ok!(vote(ALICE, poll, standard(true, Locked1x, 900 * SOUK)));
        stake(Source::Bond, ALICE, 0);
        // The vote's lock holds it as long as the vote counts.
        assert_noop!(Balances::transfer_allow_death(signed(ALICE), BOB, 200 * SOUK), TokenError::Frozen);
        next_block();
        assert_eq!(tally(poll), (0, 0, 0));
        assert_ok!(Voting::unlock(signed(ALICE), ROOT, ALICE));
        assert_ok!(Balances::transfer_allow_death(signed(ALICE), BOB, 900 * SOUK));
        // With BOB it is cold, in this era and the next.
        stake(Source::Bond, BOB, 1_800 * SOUK);
        for _ in 0..2 {
            assert!(vote(BOB, poll, standard(true, Locked1x, 1)).is_err());
            assert_eq!(tally(poll), (0, 0, 0));
            pass_eras(1);
        }
        assert_ok!(vote(BOB, poll, standard(true, Locked1x, 1_800 * SOUK)));
    });
}

#[test]
fn a_small_lowering_should_pay_for_what_it_was() {
    run(|| {
        // Two voters with small stakes, one of whom delegates: what is undone is always the whole delegation.
        for who in [ALICE, BOB] {
            warm(who, 1_000);
        }
        let polls = [poll(), poll(), poll()];
        for poll in polls {
            assert_ok!(vote(BOB, poll, standard(true, Locked1x, 1_000)));
        }
        assert_ok!(Voting::delegate(signed(ALICE), ROOT, BOB, Locked1x, 1_000));
        let lower_to = |left: Balance| {
            stake(Source::Bond, ALICE, left);
            refresh(ALICE, Option::None).unwrap()
        };
        let done = lower_to(991);
        assert_eq!(done.pays_fee, Pays::Yes);
        // It weighs what three votes do, not what there may be.
        let weight = done.actual_weight.unwrap();
        assert_eq!(weight, Pallet::<Test>::weight_of_delegation(3));
        assert!(weight.all_lt(Pallet::<Test>::weight_of_delegation(Pallet::<Test>::most_votes())));
        assert_eq!(lower_to(100).pays_fee, Pays::Yes, "a delegation weighs what its target voted");
        stake(Source::Bond, BOB, 901);
        assert_eq!(refresh(BOB, polls[0]).unwrap().pays_fee, Pays::Yes);
        stake(Source::Bond, BOB, 810);
        let done = refresh(BOB, polls[0]).unwrap();
        assert_eq!(done.pays_fee, Pays::No);
        assert_eq!(done.actual_weight, Some(Pallet::<Test>::weight_of_vote()));
    });
}

#[test]
fn an_idle_block_should_count_the_votes_that_there_are() {
    run(|| {
        for who in [ALICE, BOB] {
            warm(who, 1_000);
        }
        let polls = [poll(), poll()];
        for poll in polls {
            assert_ok!(vote(BOB, poll, standard(true, Locked1x, 1_000)));
        }
        assert_ok!(Voting::delegate(signed(ALICE), ROOT, BOB, Locked1x, 1_000));
        stake(Source::Bond, ALICE, 400);
        // Enough for two votes, not for as many as there may be.
        let power = <() as weights::WeightInfo>::power();
        let room = Pallet::<Test>::weight_of_delegation(2).saturating_add(power.saturating_mul(4));
        assert!(!room.all_gte(Pallet::<Test>::weight_of_delegation(Pallet::<Test>::most_votes())));
        Idle::set(room);
        next_block();
        assert_eq!((delegated(ALICE), Stale::<Test>::count()), (400, 0));
    });
}

#[test]
fn a_voter_slashed_in_mid_vote_should_lose_votes_by_the_queue() {
    run(|| {
        warm(ALICE, 900 * SOUK);
        let polls = [poll(), poll(), poll()];
        for poll in polls {
            assert_ok!(vote(ALICE, poll, standard(false, Locked3x, 900 * SOUK)));
        }
        slash(Source::Bond, ALICE, 300 * SOUK);
        // Nobody told the book; the slash itself queues.
        Governance::enqueue(&ALICE);
        Governance::enqueue(&ALICE);
        assert_eq!(Stale::<Test>::count(), 1);
        next_block();
        for poll in polls {
            assert_eq!(tally(poll), (0, 1_800 * SOUK, 0));
        }
        assert_eq!(Stale::<Test>::count(), 0);
        assert_eq!(events().len(), 3);
    });
}

#[test]
fn a_voter_slashed_in_mid_vote_should_lose_votes_by_a_call() {
    run(|| {
        warm(ALICE, 900 * SOUK);
        let poll = poll();
        assert_ok!(vote(ALICE, poll, standard(true, None, 900 * SOUK)));
        slash(Source::Bond, ALICE, 300 * SOUK);
        assert_noop!(Governance::refresh_vote(RuntimeOrigin::root(), ALICE, ROOT, Some(poll)), BadOrigin);
        assert_noop!(refresh(ALICE, poll + 1), Error::<Test>::NothingToLower);
        assert_noop!(refresh(ALICE, Option::None), Error::<Test>::NothingToLower);
        assert_noop!(refresh(BOB, poll), Error::<Test>::NothingToLower);
        assert_ok!(refresh(ALICE, poll));
        assert_eq!(tally(poll), (60 * SOUK, 0, 600 * SOUK));
    });
}

#[test]
fn split_votes_should_keep_their_proportions() {
    run(|| {
        warm(ALICE, 600 * SOUK);
        warm(BOB, 600 * SOUK);
        let poll = poll();
        let split = AccountVote::Split { aye: 400 * SOUK, nay: 200 * SOUK };
        let abstain = AccountVote::SplitAbstain { aye: 100 * SOUK, nay: 200 * SOUK, abstain: 300 * SOUK };
        assert_ok!(vote(ALICE, poll, split));
        assert_ok!(vote(BOB, poll, abstain));
        assert_eq!(tally(poll), (50 * SOUK, 40 * SOUK, 800 * SOUK));
        for who in [ALICE, BOB] {
            stake(Source::Bond, who, 300 * SOUK);
        }
        next_block();
        assert_eq!(tally(poll), (25 * SOUK, 20 * SOUK, 400 * SOUK));
    });
}

#[test]
fn a_slashed_delegator_should_delegate_what_is_left() {
    run(|| {
        warm(ALICE, 600 * SOUK);
        warm(BOB, 100 * SOUK);
        let poll = poll();
        assert_ok!(vote(BOB, poll, standard(true, Locked1x, 100 * SOUK)));
        assert_ok!(Voting::delegate(signed(ALICE), ROOT, BOB, Locked2x, 600 * SOUK));
        assert_eq!(tally(poll), (1_300 * SOUK, 0, 700 * SOUK));
        slash(Source::Bond, ALICE, 200 * SOUK);
        assert_noop!(refresh(ALICE, poll), Error::<Test>::NothingToLower);
        assert_eq!(refresh(ALICE, Option::None).unwrap().pays_fee, Pays::Yes);
        assert_eq!(tally(poll), (900 * SOUK, 0, 500 * SOUK));
        assert_eq!(events(), [lowered(ALICE, Option::None, 600 * SOUK, 400 * SOUK)]);
        // The old amount stays locked for as long as the conviction says.
        assert_ok!(Voting::unlock(signed(ALICE), ROOT, ALICE));
        let locks = pallet_conviction_voting::ClassLocksFor::<Test>::get(ALICE);
        assert_eq!(locks.to_vec(), [(ROOT, 600 * SOUK)]);
        // All of it, by the queue.
        stake(Source::Bond, ALICE, 0);
        next_block();
        assert_eq!(tally(poll), (100 * SOUK, 0, 100 * SOUK));
        assert_eq!(delegated(ALICE), 0);
    });
}

#[test]
fn a_slashed_delegate_should_keep_what_others_trust_it_with() {
    run(|| {
        warm(ALICE, 100 * SOUK);
        warm(BOB, 100 * SOUK);
        let poll = poll();
        assert_ok!(vote(BOB, poll, standard(false, Locked1x, 100 * SOUK)));
        assert_ok!(Voting::delegate(signed(ALICE), ROOT, BOB, Locked1x, 100 * SOUK));
        stake(Source::Bond, BOB, 0);
        next_block();
        assert_eq!(tally(poll), (0, 100 * SOUK, 0));
        assert_eq!(events(), [lowered(BOB, poll, 100 * SOUK, 0)]);
        assert_noop!(refresh(BOB, poll), Error::<Test>::NothingToLower);
    });
}

#[test]
fn loops_of_delegations_should_give_nobody_more() {
    run(|| {
        for who in [ALICE, BOB, CAROL] {
            stake(Source::Bond, who, 100 * SOUK);
        }
        pass_eras(2);
        let poll = poll();
        let all = |who, to| Voting::delegate(signed(who), ROOT, to, Locked1x, 100 * SOUK);
        assert_ok!(all(ALICE, BOB));
        assert_ok!(all(BOB, CAROL));
        assert_ok!(all(CAROL, ALICE));
        // Nobody in the loop can vote, and nothing reaches a poll.
        for who in [ALICE, BOB, CAROL] {
            assert!(vote(who, poll, standard(true, Locked1x, 1)).is_err());
        }
        assert_eq!(tally(poll), (0, 0, 0));
        // One steps out: its own and what was given to it directly, and no second level.
        assert_ok!(Voting::undelegate(signed(BOB), ROOT));
        assert_ok!(vote(BOB, poll, standard(true, Locked1x, 100 * SOUK)));
        assert_eq!(tally(poll), (200 * SOUK, 0, 200 * SOUK));
        // A vote of one's own and a delegation of the same stake exclude each other.
        assert!(all(BOB, CAROL).is_err());
    });
}

#[test]
fn votes_in_ended_polls_should_stay_as_they_are() {
    run(|| {
        warm(ALICE, 900 * SOUK);
        let poll = poll();
        assert_ok!(vote(ALICE, poll, standard(true, Locked1x, 900 * SOUK)));
        // Without a decision deposit it times out.
        run_to(45);
        assert!(Referenda::ensure_ongoing(poll).is_err());
        stake(Source::Bond, ALICE, 0);
        assert_noop!(refresh(ALICE, poll), Error::<Test>::NothingToLower);
        next_block();
        assert_eq!(Stale::<Test>::count(), 0);
        assert!(events().is_empty());
    });
}

#[test]
fn the_queue_should_take_voters_only_and_not_too_many() {
    run(|| {
        MaxStale::set(1);
        for who in [ALICE, BOB, CAROL] {
            stake(Source::Bond, who, 100);
        }
        pass_eras(2);
        let poll = poll();
        stake(Source::Bond, CAROL, 50);
        assert_eq!(Stale::<Test>::count(), 0);
        for who in [ALICE, BOB] {
            assert_ok!(vote(who, poll, standard(true, Locked1x, 100)));
            // More stake makes nothing stale.
            stake(Source::Bond, who, 150);
        }
        assert_eq!(Stale::<Test>::count(), 0);
        stake(Source::Bond, ALICE, 50);
        stake(Source::Bond, BOB, 50);
        assert_eq!(Stale::<Test>::iter_keys().collect::<Vec<_>>(), [ALICE]);
        assert_eq!(events(), [Event::QueueFull { who: BOB }]);
        next_block();
        assert_eq!(tally(poll), (150, 0, 150));
        assert_ok!(refresh(BOB, poll));
        assert_eq!(tally(poll), (100, 0, 100));
    });
}

#[test]
fn a_small_idle_block_should_go_on_where_the_last_one_stopped() {
    run(|| {
        warm(ALICE, 100);
        let polls: Vec<u32> = (0..4).map(|_| poll()).collect();
        for poll in &polls {
            assert_ok!(vote(ALICE, *poll, standard(true, Locked1x, 100)));
        }
        stake(Source::Bond, ALICE, 40);
        Idle::set(Weight::zero());
        next_block();
        assert_eq!((tally(polls[0]).0, Stale::<Test>::count()), (100, 1));
        // Room for one vote a block, or two.
        let one = Pallet::<Test>::weight_of_vote();
        Idle::set(one.saturating_mul(2).saturating_add(<() as weights::WeightInfo>::power()));
        let mut blocks = 0;
        while !Stale::<Test>::count().is_zero() {
            let before = polls.iter().filter(|poll| tally(**poll).0 == 40).count();
            next_block();
            blocks += 1;
            let after = polls.iter().filter(|poll| tally(**poll).0 == 40).count();
            assert!((before..=before + 2).contains(&after));
            assert!(blocks < 8, "it never ends");
        }
        assert!(blocks > 1);
        assert!(polls.iter().all(|poll| tally(*poll).0 == 40));
    });
}
