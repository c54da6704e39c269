//! Whatever stake, votes, delegations and eras do: once it was refreshed, a tally counts nobody's stake twice, and none
//! that is not there.

use crate::{mock::*, tracks::ids::ROOT, *};
use frame_support::{traits::Hooks, weights::Weight};
use pallet_conviction_voting::{AccountVote, Conviction, Voting as Record, VotingFor};
use proptest::prelude::*;
use souk_primitives::Balance;

const PEOPLE: [u64; 4] = [ALICE, BOB, CAROL, DAVE];

#[derive(Clone, Debug)]
enum Step {
    Stake(Source, u64, Balance),
    Slash(Source, u64, Balance),
    Era,
    Block,
    Vote(u64, usize, bool, u8, Balance),
    Split(u64, usize, Balance, Balance, Balance),
    Remove(u64, usize),
    Delegate(u64, u64, u8, Balance),
    Undelegate(u64),
    Refresh(u64, Option<usize>),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || prop::sample::select(PEOPLE.to_vec());
    let source = || prop::sample::select(Source::ALL.to_vec());
    // Few, so that an amount is often all of a power.
    let amount = || prop::sample::select(vec![0u128, 1, 99, 100, 200, 300]);
    let poll = || 0usize..2;
    prop_oneof![
        4 => (source(), who(), amount()).prop_map(|(s, w, a)| Step::Stake(s, w, a)),
        1 => (source(), who(), amount()).prop_map(|(s, w, a)| Step::Slash(s, w, a)),
        3 => Just(Step::Era),
        1 => Just(Step::Block),
        5 => (who(), poll(), any::<bool>(), 0u8..7, amount()).prop_map(|(w, p, y, c, a)| Step::Vote(w, p, y, c, a)),
        2 => (who(), poll(), amount(), amount(), amount()).prop_map(|(w, p, a, n, b)| Step::Split(w, p, a, n, b)),
        1 => (who(), poll()).prop_map(|(w, p)| Step::Remove(w, p)),
        3 => (who(), who(), 0u8..7, amount()).prop_map(|(w, t, c, a)| Step::Delegate(w, t, c, a)),
        1 => who().prop_map(Step::Undelegate),
        2 => (who(), prop::option::of(poll())).prop_map(|(w, p)| Step::Refresh(w, p)),
    ]
}

/// Most steps are refused; the walk goes on.
fn take(step: Step, polls: &[u32]) {
    let conviction = |level: u8| Conviction::try_from(level).unwrap();
    match step {
        Step::Stake(source, who, amount) => stake(source, who, amount),
        Step::Slash(source, who, amount) => {
            let left = <Script as ports::Stakes<u64>>::active(source, &who).saturating_sub(amount);
            stake_silently(source, who, left);
            // A slash is told to the queue; whether the book hears of it is another matter.
            Governance::enqueue(&who);
            if amount % 2 == 1 {
                Governance::note_stake(source, &who, left);
            }
        }
        Step::Era => pass_eras(1),
        // The polls must not end under the walk.
        Step::Block if System::block_number() > 35 => {}
        Step::Block => next_block(),
        Step::Vote(who, poll, aye, level, amount) => {
            let _ = vote(who, polls[poll], standard(aye, conviction(level), amount));
        }
        Step::Split(who, poll, aye, nay, abstain) => {
            let _ = vote(who, polls[poll], AccountVote::SplitAbstain { aye, nay, abstain });
        }
        Step::Remove(who, poll) => {
            let _ = Voting::remove_vote(signed(who), Some(ROOT), polls[poll]);
        }
        Step::Delegate(who, to, level, amount) => {
            let _ = Voting::delegate(signed(who), ROOT, to, conviction(level), amount);
        }
        Step::Undelegate(who) => {
            let _ = Voting::undelegate(signed(who), ROOT);
        }
        Step::Refresh(who, poll) => {
            let _ = Governance::refresh_vote(signed(CLERK), who, ROOT, poll.map(|poll| polls[poll]));
        }
    }
}

/// Ayes, nays and support of one standard vote.
fn worth(aye: bool, conviction: Conviction, balance: Balance) -> (Balance, Balance, Balance) {
    let votes = conviction.votes(balance).votes;
    if aye {
        (votes, 0, balance)
    } else {
        (0, votes, 0)
    }
}

/// Counts a poll anew from every account's record, each account once, and checks that none has more in it than its
/// power.
fn recount(poll: u32) -> (Balance, Balance, Balance) {
    let cast = |who: u64| match VotingFor::<Test>::get(who, ROOT) {
        Record::Casting(casting) => {
            casting.votes.into_iter().find(|(index, _)| *index == poll).map(|(_, vote)| vote)
        }
        Record::Delegating(_) => None,
    };
    let parts = PEOPLE.into_iter().map(|who| {
        let (balance, part) = match (VotingFor::<Test>::get(who, ROOT), cast(who)) {
            (Record::Delegating(given), _) => match cast(given.target) {
                Some(AccountVote::Standard { vote, .. }) => {
                    (given.balance, worth(vote.aye, given.conviction, given.balance))
                }
                _ => (given.balance, (0, 0, 0)),
            },
            (_, Some(AccountVote::Standard { vote, balance })) => {
                (balance, worth(vote.aye, vote.conviction, balance))
            }
            (_, Some(AccountVote::SplitAbstain { aye, nay, abstain })) => {
                (aye + nay + abstain, (aye / 10, nay / 10, aye + abstain))
            }
            (_, Some(AccountVote::Split { .. })) => unreachable!("nobody votes so here"),
            (_, None) => (0, (0, 0, 0)),
        };
        assert!(balance <= Governance::power(&who), "{who} votes with more than it has");
        let (ayes, nays, support) = part;
        assert!(ayes + nays <= 6 * Governance::power(&who) && support <= Governance::power(&who));
        part
    });
    parts.fold((0, 0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1, sum.2 + part.2))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_refreshed_tally_should_count_each_stake_once(steps in prop::collection::vec(step(), 1..60)) {
        run(|| {
            let polls = [poll(), poll()];
            for who in PEOPLE {
                stake(Source::Bond, who, 200);
            }
            pass_eras(2);
            for step in steps {
                take(step, &polls);
                // What left or was slashed was told or queued, so an idle block is enough.
                Governance::on_idle(System::block_number(), Weight::MAX);
                assert_eq!(Stale::<Test>::count(), 0);
                for poll in polls {
                    assert_eq!(tally(poll), recount(poll));
                }
            }
            let powers: Balance = PEOPLE.iter().map(Governance::power).sum();
            for poll in polls {
                let (ayes, nays, support) = tally(poll);
                assert!(ayes + nays <= 6 * powers && support <= powers);
            }
            Governance::do_try_state().unwrap();
        });
    }
}
