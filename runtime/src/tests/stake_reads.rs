//! What clients read of stake and votes, against what the pallets then do.

use super::{harness::*, market::account, stakers::by};
use crate::{
    constants::{currency::SOUK, time::SLOT_MILLIS},
    referenda_api, stake_api, AccountId, Balance, BlockNumber, ConvictionVoting, Governance, OriginCaller,
    Referenda, Runtime, RuntimeCall, Staking, System,
};
use codec::{Decode, Encode};
use frame_support::{
    assert_noop, assert_ok,
    traits::{schedule::DispatchTime, Bounded},
};
use pallet_conviction_voting::{AccountVote, Conviction, Vote};
use pallet_governance::Tracks;
use pallet_referenda::TracksInfo;
use pallet_staking::RewardDestination;
use souk_primitives::views::{Ballot, OngoingView, PayeeView, Phase, ReferendumState, StakingRole};

fn open(index: u32) -> OngoingView {
    match referenda_api::referendum(index).unwrap().state {
        ReferendumState::Ongoing(open) => *open,
        ended => panic!("{ended:?}"),
    }
}

fn standard(aye: bool, conviction: Conviction, balance: u128) -> AccountVote<u128> {
    AccountVote::Standard { vote: Vote { aye, conviction }, balance }
}

#[test]
fn stake_should_be_told_until_it_is_free() {
    local().execute_with(|| {
        blocks(3);
        let bob = account("Bob");
        assert_ok!(Staking::bond(by("Consumer"), 100 * SOUK, RewardDestination::Stash));
        assert_ok!(Staking::nominate(by("Consumer"), vec![bob.clone().into()]));
        assert_ok!(Staking::unbond(by("Consumer"), 40 * SOUK));
        let view = stake_api::stake(account("Consumer"));
        let bond = view.bond.unwrap();
        assert_eq!((bond.total, bond.active, bond.withdrawable), (100 * SOUK, 60 * SOUK, 0));
        assert_eq!(bond.role, StakingRole::Nominator { targets: vec![bob] });
        assert_eq!(bond.payee, PayeeView::Stash);
        let [chunk] = bond.unlocking.as_slice() else { panic!("{:?}", bond.unlocking) };
        assert_eq!((chunk.amount, chunk.era), (40 * SOUK, view.era.bonding));
        assert!(view.pool.is_none());
        assert_eq!(view.era.millis, 120_000);
        let due = chunk.at.unwrap();

        // All that is said to be free can be withdrawn, and nothing before.
        while stake_api::stake(account("Consumer")).bond.unwrap().withdrawable == 0 {
            assert_ok!(Staking::withdraw_unbonded(by("Consumer"), 0));
            assert_eq!(stake_api::stake(account("Consumer")).bond.unwrap().total, 100 * SOUK);
            blocks(5);
        }
        // When it was said to be, give or take the blocks that sessions begin late by.
        let late = pallet_timestamp::Now::<Runtime>::get().abs_diff(due);
        assert!(late <= 10 * SLOT_MILLIS, "{late}");
        assert_ok!(Staking::withdraw_unbonded(by("Consumer"), 0));
        let bond = stake_api::stake(account("Consumer")).bond.unwrap();
        assert_eq!((bond.total, bond.withdrawable, bond.unlocking.len()), (60 * SOUK, 0, 0));

        let all = stake_api::validators(None, 200);
        assert_eq!(all.len(), 4);
        assert!(all.iter().all(|one| one.elected && one.stake.min(one.own) >= 100_000 * SOUK));
        let rest = stake_api::validators(Some(all[1].account.clone()), 200);
        assert_eq!(rest, all[2..]);
    });
}

#[test]
fn emission_should_be_told_to_the_last_share() {
    local().execute_with(|| {
        blocks(10);
        let view = stake_api::emission();
        assert_eq!(view.issuance, pallet_balances::TotalIssuance::<Runtime>::get());
        assert_eq!(view.budgets.iter().map(|budget| budget.share).sum::<u32>(), 1_000_000);
        let keys: Vec<&str> = view.budgets.iter().map(|budget| budget.key.as_str()).collect();
        assert_eq!(keys, ["stakers", "providers", "publishers", "treasury"]);
        assert_eq!(view.staked, 400_000 * SOUK);
        assert!(view.yearly > 0 && view.last > 0);
    });
}

#[test]
fn a_track_should_name_the_origin_that_it_takes() {
    local().execute_with(|| {
        for track in referenda_api::tracks() {
            let origin = OriginCaller::decode(&mut track.origin.as_slice()).unwrap();
            let takes = <Tracks<Runtime> as TracksInfo<Balance, BlockNumber>>::track_for(&origin);
            assert_eq!(takes, Ok(track.id), "{}", track.name);
        }
    });
}

#[test]
fn a_referendum_should_be_told_from_its_submission_to_its_last_lock() {
    local().execute_with(|| {
        blocks(3);
        let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
        let proposal = Bounded::Inline(call.encode().try_into().unwrap());
        let origin = Box::new(frame_system::RawOrigin::<AccountId>::Root.into());
        assert_ok!(Referenda::submit(by("Alice"), origin, proposal, DispatchTime::After(1)));
        let view = open(0);
        assert_eq!(view.proposal.call.as_deref(), Some("System.remark"));
        assert_eq!(view.track_name, "root");
        let Phase::NoDeposit { until } = view.phase else { panic!("{:?}", view.phase) };
        assert!(until > System::block_number());

        assert_ok!(Referenda::place_decision_deposit(by("Alice"), 0));
        assert!(matches!(open(0).phase, Phase::Preparing { .. }));
        let power = Governance::power(&account("Bob"));
        assert_ok!(ConvictionVoting::vote(by("Bob"), 0, standard(true, Conviction::Locked2x, power)));
        let nay = 50_000 * SOUK;
        assert_ok!(ConvictionVoting::vote(by("Charlie"), 0, standard(false, Conviction::Locked3x, nay)));
        blocks(4);
        let view = open(0);
        let Phase::Deciding { until, .. } = view.phase else { panic!("{:?}", view.phase) };
        assert_eq!((view.tally.ayes, view.tally.nays, view.tally.support), (2 * power, 3 * nay, power));
        assert_eq!(
            view.tally.approval,
            u32::try_from(2 * power * 1_000_000 / (2 * power + 3 * nay)).unwrap()
        );
        assert!(view.tally.turnout < view.tally.turnout_needed);
        assert_eq!(view.approved_at, None);
        assert_eq!(referenda_api::referenda(true, None, 10).len(), 1);
        assert!(referenda_api::referenda(true, Some(0), 10).is_empty());

        // It ends when it was said to.
        run_blocks_to(until - 1);
        assert!(matches!(open(0).phase, Phase::Deciding { .. }));
        blocks(2);
        let ended = referenda_api::referendum(0).unwrap();
        let ReferendumState::Rejected { at } = ended.state else { panic!("{:?}", ended.state) };
        assert!((until..=until + 1).contains(&at));
        assert!(referenda_api::referenda(true, None, 10).is_empty());
        assert_eq!(referenda_api::referenda(false, None, 10), std::slice::from_ref(&ended));
        // Of a rejected one, the decision deposit comes back and the submission's does not.
        assert_eq!(ended.refundable.len(), 1);
        assert_ok!(Referenda::refund_decision_deposit(by("Alice"), 0));
        assert!(referenda_api::referendum(0).unwrap().refundable.is_empty());

        // The loser's vote is free at once, the winner's until the block that was named.
        let [bob] = &referenda_api::votes(account("Bob"))[..] else { panic!() };
        assert_eq!((bob.votes[0].ongoing, bob.votes[0].locked_until, bob.locked), (false, None, power));
        let [charlie] = &referenda_api::votes(account("Charlie"))[..] else { panic!() };
        let ballot = Ballot::Standard { aye: false, conviction: 3, amount: nay };
        assert_eq!(charlie.votes[0].ballot, ballot);
        let until = charlie.votes[0].locked_until.unwrap();
        let remove =
            || ConvictionVoting::remove_other_vote(by("Eve"), account("Charlie").into(), charlie.track, 0);
        run_blocks_to(until - 1);
        assert_noop!(remove(), pallet_conviction_voting::Error::<Runtime>::NoPermissionYet);
        blocks(1);
        assert_eq!(referenda_api::votes(account("Charlie"))[0].votes[0].locked_until, None);
        assert_ok!(remove());
        assert_ok!(ConvictionVoting::unlock(by("Charlie"), charlie.track, account("Charlie").into()));
        assert!(referenda_api::votes(account("Charlie")).is_empty());
    });
}
