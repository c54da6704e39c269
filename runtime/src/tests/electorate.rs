//! Who may vote with what, on the real runtime: stake that is at work, and was for a whole era.

use super::{harness::*, market::account, shop::*, stakers::*};
use crate::{
    configs::staking::{ElectionLimits, MAX_CANDIDATES, MAX_VOTERS},
    constants::currency::SOUK,
    genesis,
    parameters::bounded,
    AccountId, Balance, Balances, ConvictionVoting, Governance, NominationPools, Runtime, RuntimeCall,
    RuntimeHoldReason, RuntimeOrigin, Staking,
};
use frame_election_provider_support::ElectionDataProvider;
use frame_support::{
    assert_noop, assert_ok,
    traits::{
        fungible::{Inspect, InspectHold, MutateHold},
        tokens::{Fortitude, Preservation},
        Get, InspectLockableCurrency,
    },
};
use pallet_conviction_voting::{AccountVote, Conviction, Vote};
use pallet_governance::{electorate::VOTE_LOCK, origins::Origin, tracks::ids};
use pallet_referenda::{ReferendumInfo, ReferendumInfoFor};
use pallet_staking::{RewardDestination, ValidatorPrefs};
use souk_pallet_support::money;
use sp_runtime::{traits::Dispatchable, Perbill};

#[test]
fn those_who_validate_from_the_first_block_should_vote_from_the_first_block() {
    local().execute_with(|| {
        blocks(1);
        for name in ["Alice", "Bob", "Charlie", "Dave"] {
            assert_eq!(power(name), 100_000 * SOUK);
        }
        assert_eq!(power("Ferdie"), 0, "money alone does not vote");
    });
}

#[test]
fn a_bond_should_vote_after_a_whole_era_of_work() {
    local().execute_with(|| {
        blocks(1);
        assert_ok!(Staking::bond(by("Ferdie"), 500 * SOUK, RewardDestination::Stash));
        run_sessions(5);
        assert_eq!(power("Ferdie"), 0, "it idles");
        assert_ok!(Staking::nominate(by("Ferdie"), vec![account("Bob").into()]));
        let poll = ask("Eve");
        assert_noop!(
            ConvictionVoting::vote(by("Ferdie"), poll, aye(SOUK)),
            pallet_conviction_voting::Error::<Runtime>::InsufficientFunds
        );
        run_sessions(4);
        assert_eq!(power("Ferdie"), 500 * SOUK);
        // More is cold; what leaves does not vote.
        assert_ok!(Staking::bond_extra(by("Ferdie"), 300 * SOUK));
        assert_eq!(power("Ferdie"), 500 * SOUK);
        assert_ok!(Staking::unbond(by("Ferdie"), 600 * SOUK));
        assert_eq!(power("Ferdie"), 200 * SOUK);
        assert_ok!(Staking::rebond(by("Ferdie"), 600 * SOUK));
        assert_eq!(power("Ferdie"), 200 * SOUK, "what fell is as cold as what is new");
        run_sessions(4);
        assert_eq!(power("Ferdie"), 800 * SOUK);
        // Chilled, it is nobody's stake; and coming back is as good as new.
        assert_ok!(Staking::chill(by("Ferdie")));
        assert_eq!(power("Ferdie"), 0);
        assert_ok!(Staking::nominate(by("Ferdie"), vec![account("Bob").into()]));
        assert_eq!(power("Ferdie"), 0);
    });
}

#[test]
fn a_pools_members_should_vote_and_its_account_should_not() {
    local().execute_with(|| {
        blocks(1);
        let (root, pool) = (account("Eve"), 1);
        assert_ok!(NominationPools::create(
            by("Eve"),
            100 * SOUK,
            root.clone().into(),
            root.clone().into(),
            root.into()
        ));
        assert_ok!(NominationPools::nominate(by("Eve"), pool, vec![account("Bob")]));
        assert_ok!(NominationPools::join(by("Ferdie"), 40 * SOUK, pool));
        assert_eq!((power("Eve"), power("Ferdie")), (0, 0));
        run_sessions(4);
        assert_eq!((power("Eve"), power("Ferdie")), (100 * SOUK, 40 * SOUK));
        let pools = NominationPools::generate_bonded_account(pool);
        assert_eq!(Governance::power(&pools), 0);
        assert_ok!(NominationPools::unbond(by("Ferdie"), account("Ferdie").into(), 15 * SOUK));
        assert_eq!(power("Ferdie"), 25 * SOUK);
        // In and out again within an era is not warm.
        assert_ok!(NominationPools::bond_extra(
            by("Ferdie"),
            pallet_nomination_pools::BondExtra::FreeBalance(15 * SOUK)
        ));
        assert_eq!(power("Ferdie"), 25 * SOUK);
        // Who stakes in a pool can't stake alone with it, and the other way round.
        assert_noop!(
            Staking::bond(by("Ferdie"), SOUK, RewardDestination::Stash),
            pallet_staking::Error::<Runtime>::Restricted
        );
        assert_noop!(
            NominationPools::join(by("Bob"), SOUK, pool),
            pallet_nomination_pools::Error::<Runtime>::Restricted
        );
    });
}

#[test]
fn a_vote_should_fall_with_the_stake_behind_it_and_the_money_should_stay() {
    local().execute_with(|| {
        blocks(1);
        let poll = ask("Eve");
        assert_ok!(ConvictionVoting::vote(by("Bob"), poll, aye(100_000 * SOUK)));
        assert_eq!(ayes(poll), 100_000 * SOUK);
        assert_ok!(Staking::unbond(by("Bob"), 60_000 * SOUK));
        // An idle block lowers it.
        blocks(2);
        assert_eq!(ayes(poll), 40_000 * SOUK);
        assert!(Balances::usable_balance(account("Bob")) <= 900_000 * SOUK, "it is still bonded");
    });
}

#[test]
fn what_has_decided_a_poll_should_stay_when_its_stake_is_withdrawn() {
    const VOTED: Balance = 100 * SOUK;
    local().execute_with(|| {
        blocks(1);
        let _ = Balances::force_set_balance(RuntimeOrigin::root(), account("Voter").into(), VOTED + 2 * SOUK);
        assert_ok!(Staking::bond(by("Voter"), VOTED, RewardDestination::Stash));
        assert_ok!(Staking::nominate(by("Voter"), vec![account("Bob").into()]));
        run_sessions(4);
        let poll = ask("Eve");
        let vote = Vote { aye: false, conviction: Conviction::Locked6x };
        assert_ok!(ConvictionVoting::vote(by("Voter"), poll, AccountVote::Standard { vote, balance: VOTED }));
        while !matches!(ReferendumInfoFor::<Runtime>::get(poll), Some(ReferendumInfo::Rejected(..))) {
            blocks(1);
        }
        // Its side has won. Out of the bond, and out of the vote, as soon as both may be.
        assert_ok!(Staking::chill(by("Voter")));
        assert_ok!(Staking::unbond(by("Voter"), VOTED));
        let class = ids::PARAMETERS;
        assert_ok!(ConvictionVoting::remove_vote(by("Voter"), Some(class), poll));
        let give = || Balances::transfer_allow_death(by("Voter"), account("Eve").into(), VOTED / 2);
        while Balances::balance_on_hold(&pallet_staking::HoldReason::Staking.into(), &account("Voter")) > 0 {
            assert!(give().is_err());
            assert_ok!(Staking::withdraw_unbonded(by("Voter"), 0));
            blocks(1);
        }
        assert_ok!(ConvictionVoting::unlock(by("Alice"), class, account("Voter").into()));
        assert!(give().is_err(), "its conviction locks it");
        // The lock of its conviction is over.
        run_sessions(20);
        assert_ok!(ConvictionVoting::unlock(by("Alice"), class, account("Voter").into()));
        assert_ok!(give());
    });
}

#[test]
fn production_should_be_governed_from_its_first_block() {
    production().execute_with(|| {
        blocks(1);
        let all = ["Alice", "Bob", "Charlie", "Dave"].map(power);
        assert_eq!(all, [100_000 * SOUK; 4]);
        let poll = ask("Eve");
        assert_ok!(ConvictionVoting::vote(by("Alice"), poll, aye(all[0])));
        assert_eq!(ayes(poll), all[0]);
        assert_eq!(pallet_sudo::Key::<Runtime>::get(), None);
    });
}

#[test]
fn an_election_should_look_at_those_with_the_most_stake() {
    local().execute_with(|| {
        blocks(1);
        let room = MAX_VOTERS - pallet_staking::Validators::<Runtime>::count();
        let voter = |index: u32| AccountId::from(souk_primitives::hash(&[b"voter", &index.to_le_bytes()]));
        // One too many; the first of them has least.
        for index in 0..=room {
            let _ = Balances::force_set_balance(RuntimeOrigin::root(), voter(index).into(), 1_000 * SOUK);
            let (who, stake) =
                (RuntimeOrigin::signed(voter(index)), if index == 0 { SOUK } else { 500 * SOUK });
            assert_ok!(Staking::bond(who.clone(), stake, RewardDestination::Stash));
            assert_ok!(Staking::nominate(who, vec![account("Bob").into()]));
        }
        let seen = Staking::electing_voters(ElectionLimits::get().voters, 0).unwrap();
        assert_eq!(seen.len(), MAX_VOTERS as usize);
        assert!(seen.iter().all(|(who, ..)| *who != voter(0)));
        assert!((1..=room).all(|index| seen.iter().any(|(who, ..)| *who == voter(index))));
    });
}

#[test]
fn a_purchase_from_a_friend_should_not_shed_the_lock_of_a_vote() {
    const VOTED: Balance = 100 * SOUK;
    let own = |name: &str| {
        let payable = [pallet_licensing::HoldReason::Purchase, pallet_licensing::HoldReason::Bond];
        let held = payable.map(|reason| Balances::balance_on_hold(&reason.into(), &account(name)));
        wealth(name) - held.iter().sum::<Balance>()
    };
    let transferable =
        |name: &str| Balances::reducible_balance(&account(name), Preservation::Expendable, Fortitude::Polite);
    with_shop(|| {
        // Has little more than what it votes with.
        let _ = Balances::force_set_balance(RuntimeOrigin::root(), account("Voter").into(), 102 * SOUK);
        assert_ok!(Staking::bond(by("Voter"), VOTED, RewardDestination::Stash));
        assert_ok!(Staking::nominate(by("Voter"), vec![account("Bob").into()]));
        run_sessions(4);
        let (class, six) = (ids::PARAMETERS, Conviction::Locked6x);
        assert_ok!(ConvictionVoting::delegate(by("Voter"), class, account("Bob").into(), six, VOTED));
        // As if the poll had been won: locked for 32 periods from now.
        assert_ok!(ConvictionVoting::undelegate(by("Voter"), class));
        assert_ok!(Staking::chill(by("Voter")));
        assert_ok!(Staking::unbond(by("Voter"), VOTED));
        blocks(100);
        assert_ok!(Staking::withdraw_unbonded(by("Voter"), 0));
        assert_ok!(ConvictionVoting::unlock(by("Alice"), class, account("Voter").into()));
        // It stakes nothing any more, and borrows as much from a friend as it buys for.
        assert_ok!(Balances::transfer_keep_alive(by("Alice"), account("Voter").into(), 110 * SOUK));
        let purchase = ordered("Voter", 0);
        assert!(own("Voter") >= VOTED && own("Voter") - transferable("Voter") >= VOTED);
        assert!(Balances::transfer_allow_death(by("Voter"), account("Eve").into(), VOTED).is_err());
        let friend = wealth("Ferdie");
        deliver("Voter", &copy(purchase));
        assert_ok!(in_block("Voter", pallet_licensing::Call::settle { purchase }));
        assert!(wealth("Ferdie") > friend, "paid, whatever lock there is");
        let before = wealth("Voter");
        assert_ok!(Balances::transfer_all(by("Voter"), account("Eve").into(), false));
        assert!(wealth("Voter") >= VOTED && wealth("Voter") < before, "the rest is free");
    });
}

#[test]
fn every_payable_hold_should_lie_under_no_vote() {
    fn follows<C>(reason: impl Into<RuntimeHoldReason>)
    where
        C: MutateHold<AccountId>
            + InspectHold<AccountId, Reason = RuntimeHoldReason>
            + Inspect<AccountId, Balance = Balance>,
    {
        let (reason, bob) = (reason.into(), account("Bob"));
        let lock = || Balances::balance_locked(VOTE_LOCK, &bob);
        assert_eq!(lock(), SOUK);
        assert_ok!(money::hold_free::<C, _>(&reason, &bob, 5 * SOUK));
        assert_eq!(lock(), 6 * SOUK, "{reason:?}");
        assert_ok!(money::pay_held::<C, _>(&reason, &bob, &account("Eve"), 2 * SOUK));
        assert_eq!(lock(), 4 * SOUK, "{reason:?}");
        assert_ok!(money::release::<C, _>(&reason, &bob, 3 * SOUK));
        assert_eq!(lock(), SOUK, "{reason:?}");
        // Who has not voted is left alone.
        assert_ok!(money::hold_free::<C, _>(&reason, &account("Alice"), SOUK));
        assert_eq!(Balances::balance_locked(VOTE_LOCK, &account("Alice")), 0);
    }
    local().execute_with(|| {
        blocks(1);
        let poll = ask("Eve");
        assert_ok!(ConvictionVoting::vote(by("Bob"), poll, aye(SOUK)));
        use pallet_channels::HoldReason::{Channel, Pending};
        use pallet_licensing::HoldReason::{Bond, Purchase, Store};
        use pallet_listings::HoldReason::{Appeal, Listing, Moderator};
        for reason in [Channel, Pending] {
            follows::<<Runtime as pallet_channels::Config>::Currency>(reason);
        }
        for reason in [Bond, Purchase, Store] {
            follows::<<Runtime as pallet_licensing::Config>::Currency>(reason);
        }
        for reason in [Appeal, Listing, Moderator] {
            follows::<<Runtime as pallet_listings::Config>::Currency>(reason);
        }
    });
}

#[test]
fn an_appeal_should_wait_longer_than_the_referendum_that_decides_it() {
    use pallet_governance::{Tracks, UndecidingTimeout};
    use pallet_referenda::TracksInfo;
    for mut chain in [at_genesis(genesis::DEVELOPMENT), local(), production()] {
        chain.execute_with(|| {
            let track = Tracks::<Runtime>::info(ids::MARKETPLACE_ADMIN).unwrap();
            let waiting = track.prepare_period.max(UndecidingTimeout::<Runtime>::get());
            let poll = waiting + track.decision_period + track.confirm_period + track.min_enactment_period;
            assert!(poll < bounded::AppealWindow::get(), "{poll}");
        });
    }
}

#[test]
fn no_crowd_of_candidates_should_stop_the_elections() {
    local().execute_with(|| {
        blocks(1);
        let prefs = || ValidatorPrefs { commission: Perbill::from_percent(5), blocked: false };
        let candidate =
            |index: u32| AccountId::from(souk_primitives::hash(&[b"candidate", &index.to_le_bytes()]));
        let stand = |index: u32| {
            let who = candidate(index);
            let _ = Balances::force_set_balance(RuntimeOrigin::root(), who.clone().into(), 10 * SOUK);
            let by = RuntimeOrigin::signed(who);
            assert_ok!(Staking::bond(by.clone(), 2 * SOUK, RewardDestination::Stash));
            Staking::validate(by, prefs())
        };
        let room = MAX_CANDIDATES - pallet_staking::Validators::<Runtime>::count();
        for index in 0..room {
            assert_ok!(stand(index));
        }
        assert_eq!(stand(room), Err(pallet_staking::Error::<Runtime>::TooManyValidators.into()));
        let era = pallet_staking::ActiveEra::<Runtime>::get().unwrap().index;
        run_sessions(6);
        assert!(pallet_staking::ActiveEra::<Runtime>::get().unwrap().index >= era + 2);

        // Root asks for more, and anybody makes room for those who have it.
        let chill = || Staking::chill_other(by("Eve"), candidate(0));
        assert_noop!(chill(), pallet_staking::Error::<Runtime>::CannotChillOther);
        use pallet_staking::ConfigOp::{Noop, Set};
        assert_ok!(Staking::set_staking_configs(
            RuntimeOrigin::root(),
            Noop,
            Set(3 * SOUK),
            Noop,
            Noop,
            Noop,
            Noop,
            Noop,
        ));
        assert_ok!(chill());
        assert_ok!(Staking::bond(by("Eve"), 3 * SOUK, RewardDestination::Stash));
        assert_ok!(Staking::validate(by("Eve"), prefs()));
    });
}

#[test]
fn a_track_should_not_do_what_only_root_may() {
    local().execute_with(|| {
        blocks(1);
        let era = pallet_staking::ActiveEra::<Runtime>::get().unwrap().index;
        let slash = RuntimeCall::Staking(pallet_staking::Call::manual_slash {
            validator_stash: account("Bob"),
            era,
            slash_fraction: Perbill::one(),
        });
        let approve = RuntimeCall::Bounties(pallet_bounties::Call::approve_bounty { bounty_id: 0 });
        let filtered: sp_runtime::DispatchError = frame_system::Error::<Runtime>::CallFiltered.into();
        let refused = |call: RuntimeCall, origin: Origin| {
            let result = call.dispatch(RuntimeOrigin::from(origin));
            assert_eq!(result.map(|_| ()).map_err(|error| error.error), Err(filtered));
        };
        refused(slash.clone(), Origin::StakingAdmin);
        refused(approve.clone(), Origin::BigSpender);
        refused(approve.clone(), Origin::Treasurer);
        // Nor in a batch.
        let batch = RuntimeCall::Utility(pallet_utility::Call::batch_all { calls: vec![slash.clone()] });
        let result = batch.dispatch(RuntimeOrigin::from(Origin::StakingAdmin));
        assert_eq!(result.map(|_| ()).map_err(|error| error.error), Err(filtered));
        assert_ok!(slash.dispatch(RuntimeOrigin::root()).map(|_| ()).map_err(|error| error.error));
    });
}
