//! The money rules against the real balances pallet.

#![allow(missing_docs)]

use crate::{
    clock, money,
    watched::{HoldWatch, Watched},
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    assert_noop, assert_ok, derive_impl, parameter_types,
    traits::{
        fungible::{Inspect, InspectHold, MutateFreeze, MutateHold},
        VariantCount,
    },
};
use scale_info::TypeInfo;
use sp_runtime::{BuildStorage, TokenError};

#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum Reason {
    Bond,
}

impl VariantCount for Reason {
    const VARIANT_COUNT: u32 = 1;
}

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
    type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
    type ExistentialDeposit = frame_support::traits::ConstU64<10>;
    type RuntimeHoldReason = Reason;
    type RuntimeFreezeReason = Reason;
    type FreezeIdentifier = Reason;
    type MaxFreezes = frame_support::traits::ConstU32<1>;
}

const ANNE: u64 = 1;
const BEN: u64 = 2;
const NOBODY: u64 = 9;

parameter_types! {
    /// Of whom a hold changed, and what it is.
    pub static Heard: Vec<(u64, u64)> = Vec::new();
}

pub struct Ear;
impl HoldWatch<u64> for Ear {
    fn changed(who: &u64) {
        Heard::mutate(|heard| heard.push((*who, held(*who))));
    }
}

type Money = Watched<Balances, Ear>;

fn externalities() -> sp_io::TestExternalities {
    RuntimeGenesisConfig {
        balances: pallet_balances::GenesisConfig {
            balances: vec![(ANNE, 1_000), (BEN, 500)],
            ..Default::default()
        },
        ..Default::default()
    }
    .build_storage()
    .unwrap()
    .into()
}

fn held(who: u64) -> u64 {
    Balances::balance_on_hold(&Reason::Bond, &who)
}

fn hold(who: u64, amount: u64) -> frame_support::dispatch::DispatchResult {
    money::hold_free::<Balances, u64>(&Reason::Bond, &who, amount)
}

#[test]
fn hold_free_should_leave_the_existential_deposit() {
    externalities().execute_with(|| {
        assert_noop!(hold(ANNE, 991), TokenError::FundsUnavailable);
        assert_ok!(hold(ANNE, 990));
        assert_eq!((Balances::balance(&ANNE), held(ANNE)), (10, 990));
        assert_ok!(hold(ANNE, 0));
        assert_noop!(hold(ANNE, 1), TokenError::FundsUnavailable);
    });
}

#[test]
fn hold_free_should_not_take_frozen_money_and_pay_held_should_not_mind_it() {
    externalities().execute_with(|| {
        assert_ok!(Balances::set_freeze(&Reason::Bond, &ANNE, 700));
        assert_noop!(hold(ANNE, 301), TokenError::FundsUnavailable);
        assert_ok!(hold(ANNE, 300));
        // A lock on more than what is left: the debt is paid all the same.
        assert_ok!(Balances::set_freeze(&Reason::Bond, &ANNE, 1_000));
        assert_ok!(money::pay_held::<Balances, u64>(&Reason::Bond, &ANNE, &BEN, 300));
        assert_eq!((held(ANNE), Balances::balance(&BEN)), (0, 800));
    });
}

#[test]
fn pay_held_should_move_exactly_the_amount_or_nothing() {
    externalities().execute_with(|| {
        assert_ok!(hold(ANNE, 100));
        assert_noop!(
            money::pay_held::<Balances, u64>(&Reason::Bond, &ANNE, &BEN, 101),
            TokenError::FundsUnavailable
        );
        assert_noop!(
            money::pay_held::<Balances, u64>(&Reason::Bond, &ANNE, &NOBODY, 9),
            TokenError::CannotCreate
        );
        assert_ok!(money::pay_held::<Balances, u64>(&Reason::Bond, &ANNE, &NOBODY, 0));
        assert_ok!(money::pay_held::<Balances, u64>(&Reason::Bond, &ANNE, &NOBODY, 10));
        assert_ok!(money::pay_held::<Balances, u64>(&Reason::Bond, &ANNE, &ANNE, 90));
        assert_eq!((Balances::balance(&ANNE), held(ANNE), Balances::balance(&NOBODY)), (990, 0, 10));
    });
}

#[test]
fn release_burn_and_move_should_act_on_exactly_the_amount() {
    externalities().execute_with(|| {
        assert_ok!(hold(ANNE, 100));
        assert!(money::release::<Balances, u64>(&Reason::Bond, &ANNE, 101).is_err());
        assert!(money::burn_held::<Balances, u64>(&Reason::Bond, &ANNE, 101).is_err());
        assert_ok!(money::release::<Balances, u64>(&Reason::Bond, &ANNE, 40));
        assert_ok!(money::burn_held::<Balances, u64>(&Reason::Bond, &ANNE, 20));
        assert_ok!(money::move_held::<Balances, u64>(&Reason::Bond, &ANNE, &BEN, 40));
        assert_eq!((Balances::balance(&ANNE), held(ANNE)), (940, 0));
        assert_eq!((Balances::balance(&BEN), held(BEN)), (500, 40));
        assert_eq!(Balances::total_issuance(), 1_480);
    });
}

#[test]
fn slash_held_should_pay_in_order_and_burn_the_rest() {
    externalities().execute_with(|| {
        assert_ok!(hold(ANNE, 100));
        // NOBODY can't exist with 5: its share is burnt, the slash goes on.
        let taken =
            money::slash_held::<Balances, u64>(&Reason::Bond, &ANNE, 60, &[(NOBODY, 5), (BEN, 30)]).unwrap();
        assert_eq!((taken, held(ANNE), Balances::balance(&BEN)), (60, 40, 530));
        assert_eq!(Balances::total_issuance(), 1_470);
        // More than there is: what is left goes to the payees in their order.
        let taken =
            money::slash_held::<Balances, u64>(&Reason::Bond, &ANNE, 60, &[(BEN, 35), (BEN, 35)]).unwrap();
        assert_eq!((taken, held(ANNE), Balances::balance(&BEN)), (40, 0, 570));
        assert_eq!(Balances::total_issuance(), 1_470);
    });
}

/// Does everything that can be done with a hold; returns the events, what everybody has and what there is.
fn acts_with<F>() -> (Vec<RuntimeEvent>, [(u64, u64); 3], u64)
where
    F: MutateHold<u64> + InspectHold<u64, Reason = Reason> + Inspect<u64, Balance = u64>,
{
    const BOND: Reason = Reason::Bond;
    externalities().execute_with(|| {
        System::set_block_number(1);
        assert_ok!(money::hold_free::<F, u64>(&BOND, &ANNE, 500));
        assert_ok!(money::release::<F, u64>(&BOND, &ANNE, 50));
        assert_ok!(money::pay_held::<F, u64>(&BOND, &ANNE, &BEN, 60));
        assert_ok!(money::move_held::<F, u64>(&BOND, &ANNE, &BEN, 70));
        assert_ok!(money::burn_held::<F, u64>(&BOND, &ANNE, 80));
        assert_ok!(money::slash_held::<F, u64>(&BOND, &ANNE, 90, &[(BEN, 10), (NOBODY, 1)]));
        let events = System::events().into_iter().map(|record| record.event).collect();
        let money = [ANNE, BEN, NOBODY].map(|who| (Balances::balance(&who), held(who)));
        (events, money, Balances::total_issuance())
    })
}

#[test]
fn a_watched_currency_should_tell_of_every_hold_and_do_the_same() {
    Heard::take();
    let seen = acts_with::<Money>();
    // Payments to a free balance are changes of one hold, moves of two.
    let heard = [
        (ANNE, 500),
        (ANNE, 450),
        (ANNE, 390),
        (ANNE, 320),
        (BEN, 70),
        (ANNE, 240),
        (ANNE, 230),
        (ANNE, 150),
    ];
    assert_eq!(Heard::take(), heard);
    assert_eq!(seen, acts_with::<Balances>());
    assert!(Heard::take().is_empty());
}

#[test]
fn in_each_block_exactly_one_of_call_and_sweep_should_be_allowed() {
    let deadline = clock::deadline(10, 5);
    for now in 10..20 {
        assert_ne!(clock::in_time(now, deadline), clock::is_over(now, deadline));
    }
    assert!(clock::in_time(15, deadline) && clock::is_over(16, deadline));
    assert_eq!(clock::deadline(u32::MAX, 5), u32::MAX);
}
