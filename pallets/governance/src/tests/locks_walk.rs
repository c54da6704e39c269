//! Whatever an account does with its votes, its stake and its money in the market: what it voted with stays with it
//! until it is unlocked, and everything payable is paid.

use crate::{mock::*, ports::Payable, ports::Voter, tracks::ids, *};
use frame_support::traits::{fungible::Inspect, fungible::InspectHold};
use pallet_conviction_voting::Conviction;
use proptest::prelude::*;
use souk_pallet_support::money;
use souk_primitives::Balance;

#[derive(Clone, Debug)]
enum Step {
    Stake(Balance),
    Slash(Balance),
    Vote(usize, u8, Balance),
    Remove(usize),
    Delegate(usize, u8, Balance),
    Undelegate(usize),
    Unlock(usize),
    Hold(Balance),
    Pay(Balance),
    Burn(Balance),
    Release(Balance),
    Give(Balance),
    Get(Balance),
    Send(Balance),
    Lend(Balance),
    Blocks(u64),
}

const CLASSES: [u16; 2] = [ids::ROOT, ids::PARAMETERS];

fn step() -> impl Strategy<Value = Step> {
    let amount = || prop_oneof![Just(1u128), 1u128..1_500, Just(400u128), Just(Balance::MAX)];
    let class = || 0usize..2;
    prop_oneof![
        6 => amount().prop_map(Step::Stake),
        1 => amount().prop_map(Step::Slash),
        6 => (class(), 0u8..7, amount()).prop_map(|(c, v, a)| Step::Vote(c, v, a)),
        2 => class().prop_map(Step::Remove),
        3 => (class(), 0u8..7, amount()).prop_map(|(c, v, a)| Step::Delegate(c, v, a)),
        2 => class().prop_map(Step::Undelegate),
        3 => class().prop_map(Step::Unlock),
        6 => amount().prop_map(Step::Hold),
        4 => amount().prop_map(Step::Pay),
        1 => amount().prop_map(Step::Burn),
        3 => amount().prop_map(Step::Release),
        1 => amount().prop_map(Step::Give),
        1 => amount().prop_map(Step::Get),
        5 => amount().prop_map(Step::Send),
        3 => amount().prop_map(Step::Lend),
        2 => (1u64..12).prop_map(Step::Blocks),
    ]
}

fn held(who: u64) -> Balance {
    MarketHolds::payable(&who)
}

fn total(who: u64) -> Balance {
    Balances::total_balance(&who)
}

/// Most that ALICE could have at stake.
fn room() -> Balance {
    total(ALICE) - held(ALICE) - 1
}

/// Takes a step; refusals are part of the walk, but not of what is owed. Returns what was slashed.
fn take(step: Step, polls: &[u32; 2]) -> Balance {
    let conviction = |level: u8| Conviction::try_from(level).unwrap();
    let power = || Governance::power(&ALICE);
    // Of what there is, so that a step seldom comes to nothing.
    let part = |amount: Balance, all: Balance| amount.min(all);
    match step {
        Step::Stake(amount) => stake(Source::Bond, ALICE, part(amount, room())),
        Step::Slash(amount) => {
            let amount = part(amount, Balances::balance_on_hold(&Reason::Stake, &ALICE));
            slash(Source::Bond, ALICE, amount);
            Governance::note_stake(Source::Bond, &ALICE, Balances::balance_on_hold(&Reason::Stake, &ALICE));
            return amount;
        }
        Step::Vote(class, level, amount) => {
            let _ = vote(ALICE, polls[class], standard(true, conviction(level), part(amount, power())));
        }
        Step::Remove(class) => {
            let _ = Voting::remove_vote(signed(ALICE), Some(CLASSES[class]), polls[class]);
        }
        Step::Delegate(class, level, amount) => {
            let amount = part(amount, power());
            let _ = Voting::delegate(signed(ALICE), CLASSES[class], BOB, conviction(level), amount);
        }
        Step::Undelegate(class) => {
            let _ = Voting::undelegate(signed(ALICE), CLASSES[class]);
        }
        Step::Unlock(class) => Voting::unlock(signed(BOB), CLASSES[class], ALICE).unwrap(),
        Step::Hold(amount) => {
            let free = money::free::<MarketMoney, u64>(&ALICE);
            hold(ALICE, part(amount, free)).unwrap();
            assert!(hold(ALICE, free + 1).is_err());
        }
        Step::Pay(amount) => pay(ALICE, BOB, part(amount, held(ALICE))).unwrap(),
        Step::Burn(amount) => {
            money::burn_held::<MarketMoney, u64>(&Reason::Market, &ALICE, part(amount, held(ALICE))).unwrap()
        }
        Step::Release(amount) => {
            let (free, amount) = (money::free::<MarketMoney, u64>(&ALICE), part(amount, held(ALICE)));
            money::release::<MarketMoney, u64>(&Reason::Market, &ALICE, amount).unwrap();
            // It was free money, and is: all of it where slashes left the lock more than there is to lock.
            assert!(money::free::<MarketMoney, u64>(&ALICE) <= free + amount);
        }
        Step::Give(amount) => {
            let amount = part(amount, held(ALICE));
            money::move_held::<MarketMoney, u64>(&Reason::Market, &ALICE, &BOB, amount).unwrap()
        }
        Step::Get(amount) => {
            let amount = part(amount, held(BOB));
            money::move_held::<MarketMoney, u64>(&Reason::Market, &BOB, &ALICE, amount).unwrap()
        }
        Step::Send(amount) => {
            let amount = part(amount, Balances::balance(&ALICE));
            let _ = Balances::transfer_keep_alive(signed(ALICE), BOB, amount);
        }
        Step::Lend(amount) => {
            Balances::transfer_keep_alive(signed(CLERK), ALICE, part(amount, 1_000)).unwrap()
        }
        Step::Blocks(count) => {
            for _ in 0..count {
                next_block();
            }
            pass_eras(1);
        }
    }
    0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_but_a_slash_should_take_what_was_voted_with(steps in prop::collection::vec(step(), 1..80)) {
        run(|| {
            // As poor as the amounts are, so that everything is often at stake.
            Balances::force_set_balance(RuntimeOrigin::root(), ALICE, 1_000).unwrap();
            let polls = [
                poll(),
                submit(Origin::ParameterAdmin, frame_system::Call::remark { remark: vec![] }),
            ];
            warm(ALICE, 900);
            let mut slashed = 0;
            for step in steps {
                slashed += take(step, &polls);
                Governance::try_locks().unwrap();
                let voted = VotingPower::<Test>::voted(&ALICE);
                let own = total(ALICE) - held(ALICE);
                assert!(own + slashed >= voted, "{own} and {slashed} slashed of {voted}");
            }
        });
    }
}
