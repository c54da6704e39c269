//! Nomination pools: what a pool earns and loses, to the member it belongs to.

use super::{books::Issuance, harness::*, market::account, stakers::*};
use crate::{
    configs::staking::PoolSlashReward, constants::currency::SOUK, Balance, Balances, NominationPools,
    Runtime, RuntimeEvent, RuntimeHoldReason, Session, Staking, System,
};
use frame_support::{assert_noop, assert_ok, dispatch::Pays, traits::fungible::InspectHold};
use pallet_nomination_pools::{Call, Error};
use sp_runtime::{DispatchResult, Perbill};

const POOL: u32 = 1;
/// What Eve, who made the pool, and Ferdie, who joined it, have in it.
const EVES: Balance = 100_000 * SOUK;
const FERDIES: Balance = 40_000 * SOUK;

/// A chain with a pool on it that backs Bob, whose money is followed block by block.
struct Chain {
    issuance: Issuance,
    /// What the pool has earned.
    earned: Balance,
}

impl Chain {
    /// A block in which `run` happens.
    fn block<R>(&mut self, run: impl FnOnce() -> R) -> R {
        start_block();
        let result = run();
        close_block();
        self.issuance.read_block();
        let account = NominationPools::generate_bonded_account(POOL);
        self.earned += System::read_events_no_consensus()
            .filter_map(|record| match record.event {
                RuntimeEvent::Staking(pallet_staking::Event::Rewarded { stash, amount, .. })
                    if stash == account =>
                {
                    Some(amount)
                }
                _ => None,
            })
            .sum::<Balance>();
        result
    }

    fn run_to_session(&mut self, session: u32) {
        while Session::current_index() < session {
            self.block(|| ());
        }
    }

    /// `//name` asks for what it unbonded just now, in each block, until it is free.
    fn withdraw_when_free(&mut self, name: &str) {
        let free_from = planned() + 2;
        while planned() < free_from {
            self.block(|| {
                let early = Err(Error::<Runtime>::CannotWithdrawAny.into());
                assert_eq!(withdraw(name), if planned() < free_from { early } else { Ok(()) });
            });
        }
    }

    fn run_to_era(&mut self, until: u32) {
        while era() < until {
            self.block(|| ());
        }
    }
}

fn with_pool(test: impl FnOnce(&mut Chain)) {
    local().execute_with(|| {
        let mut chain = Chain { issuance: Issuance::new(), earned: 0 };
        chain.block(|| {
            let eve = account("Eve");
            let roles = || eve.clone().into();
            assert_ok!(NominationPools::create(by("Eve"), EVES, roles(), roles(), roles()));
            assert_ok!(NominationPools::nominate(by("Eve"), POOL, vec![account("Bob")]));
            assert_ok!(NominationPools::join(by("Ferdie"), FERDIES, POOL));
        });
        test(&mut chain);
        super::books::check();
        assert_eq!(
            Balances::total_issuance(),
            chain.issuance.first + chain.issuance.minted - chain.issuance.burnt
        );
    });
}

fn worth(name: &str) -> Balance {
    let data = frame_system::Account::<Runtime>::get(account(name)).data;
    data.free + data.reserved
}

/// What of an account is on hold for the pool.
fn held(name: &str) -> Balance {
    let reason: RuntimeHoldReason = pallet_delegated_staking::HoldReason::StakingDelegation.into();
    Balances::balance_on_hold(&reason, &account(name))
}

fn leave(name: &str, points: Balance) {
    assert_ok!(NominationPools::unbond(by(name), account(name).into(), points));
}

fn withdraw(name: &str) -> DispatchResult {
    let call = Call::withdraw_unbonded { member_account: account(name).into(), num_slashing_spans: 0 };
    dispatch(call, by(name))
}

/// The era that is planned: by it stake comes free.
fn planned() -> u32 {
    pallet_staking::CurrentEra::<Runtime>::get().unwrap()
}

#[test]
fn a_pools_reward_should_be_its_members_by_their_parts() {
    with_pool(|chain| {
        // Its first era is paid.
        while chain.earned == 0 {
            chain.block(|| ());
        }
        let (before, earned) = (["Eve", "Ferdie"].map(worth), chain.earned);
        // Nobody is paid before asking, and anybody may ask for another.
        chain.block(|| {
            assert_ok!(NominationPools::claim_payout(by("Ferdie")));
        });
        chain.block(|| {
            assert_ok!(NominationPools::claim_payout_other(by("Alice"), account("Eve")));
        });
        let [eve, ferdie] = ["Eve", "Ferdie"].map(worth);
        for (paid, points) in [(eve - before[0], EVES), (ferdie - before[1], FERDIES)] {
            let part = earned * points / (EVES + FERDIES);
            assert!(paid > 0 && paid <= part && part - paid <= 1, "{paid} of {part}");
        }
        // Once.
        chain.block(|| {
            assert_ok!(NominationPools::claim_payout(by("Ferdie")));
        });
        assert_eq!(worth("Ferdie"), ferdie);
    });
}

#[test]
fn a_pools_slash_should_reach_each_member_and_the_rest_be_free_again() {
    with_pool(|chain| {
        chain.run_to_session(4);
        let offence = era();
        offend(&account("Bob"), Perbill::from_percent(25));
        assert_eq!(NominationPools::api_pool_pending_slash(POOL), 0);
        chain.run_to_era(offence + 2);
        let lost = FERDIES / 4;
        assert_eq!(NominationPools::api_pool_pending_slash(POOL), (EVES + FERDIES) / 4);
        assert_eq!(NominationPools::api_member_pending_slash(account("Ferdie")), lost);
        // What is lost is on hold until somebody brings it up, who gets a part of it and pays no fee.
        assert_eq!(held("Ferdie"), FERDIES);
        let (before, burnt) = (["Ferdie", "Consumer"].map(worth), chain.issuance.burnt);
        let done = chain.block(|| NominationPools::apply_slash(by("Consumer"), account("Ferdie").into()));
        assert_eq!(done.unwrap().pays_fee, Pays::No);
        let found = PoolSlashReward::get() * lost;
        assert!(found > 0);
        assert_eq!(["Ferdie", "Consumer"].map(worth), [before[0] - lost, before[1] + found]);
        assert_eq!(chain.issuance.burnt - burnt, lost - found);
        assert_eq!(held("Ferdie"), FERDIES - lost);
        chain.block(|| {
            assert_noop!(
                NominationPools::apply_slash(by("Consumer"), account("Ferdie").into())
                    .map_err(|refused| refused.error),
                Error::<Runtime>::NothingToSlash
            );
        });
        assert_eq!(NominationPools::api_member_pending_slash(account("Eve")), EVES / 4);

        // Ferdie leaves with what is left.
        let whole = chain.block(|| {
            assert_ok!(NominationPools::claim_payout(by("Ferdie")));
            leave("Ferdie", FERDIES);
            worth("Ferdie")
        });
        chain.withdraw_when_free("Ferdie");
        assert_eq!((held("Ferdie"), worth("Ferdie")), (0, whole));
        assert_eq!(Balances::usable_balance(account("Ferdie")), whole);
        assert!(!pallet_nomination_pools::PoolMembers::<Runtime>::contains_key(account("Ferdie")));
        // Eve has lost a quarter, and so may never be paid it.
        assert_eq!(NominationPools::api_member_total_balance(account("Eve")), EVES - EVES / 4);
    });
}

#[test]
fn who_leaves_a_pool_after_an_offence_should_lose_no_less() {
    with_pool(|chain| {
        // The second session of an era, so that what leaves now is on hold until after the slash.
        chain.run_to_session(5);
        let offence = era();
        offend(&account("Bob"), Perbill::from_percent(25));
        chain.block(|| {
            assert_ok!(NominationPools::claim_payout(by("Ferdie")));
            leave("Ferdie", FERDIES);
        });
        assert_eq!(power("Ferdie"), 0);
        let (member, whole) = (account("Ferdie"), worth("Ferdie"));
        let bob = Staking::slashable_balance_of(&account("Bob"));
        let burnt = chain.issuance.burnt;
        // It is applied with the withdrawal, if nobody was faster.
        chain.withdraw_when_free("Ferdie");
        assert_eq!(era(), offence + 2);
        assert_eq!((held("Ferdie"), worth("Ferdie")), (0, whole - FERDIES / 4));
        assert_eq!(Balances::usable_balance(&member), whole - FERDIES / 4);
        // Bob's own part was burnt as well, of what it had at stake when it offended.
        let own = chain.issuance.burnt - burnt - FERDIES / 4;
        assert!(own >= 100_000 * SOUK / 4 && own <= bob / 4, "{own}");
        assert_eq!(NominationPools::api_member_pending_slash(account("Eve")), EVES / 4);
    });
}
