//! Money that the electorate spends: it moves, whole, and nothing is minted for it.

use super::{harness::*, market::account};
use crate::{
    configs::{
        democracy::{BountyDeposit, BountyPayoutDelay, BountyUpdatePeriod, PayoutPeriod, SpendPeriod},
        governance::TreasuryAccount,
    },
    constants::currency::SOUK,
    AccountId, Balance, Balances, BlockNumber, Bounties, Runtime, RuntimeOrigin, System, Treasury,
};
use frame_support::{
    assert_noop, assert_ok,
    traits::{
        fungible::{Inspect, Mutate},
        Hooks,
    },
};
use pallet_bounties::BountyStatus;
use pallet_governance::Origin;
use sp_runtime::DispatchResult;

type Refusal = pallet_treasury::Error<Runtime>;

/// What is in the treasury.
const FUNDS: Balance = 50_000 * SOUK;

/// Runs the test with money in the treasury, and checks that none came into being or was lost.
fn with_funds(test: impl FnOnce()) {
    local().execute_with(|| {
        System::set_block_number(1);
        Balances::set_balance(&TreasuryAccount::get(), FUNDS);
        let before = Balances::total_issuance();
        test();
        assert_eq!(Balances::total_issuance(), before);
    });
}

fn at(number: BlockNumber) {
    System::set_block_number(number);
    Treasury::on_initialize(number);
}

fn worth(who: &AccountId) -> Balance {
    Balances::total_balance(who)
}

fn spend(origin: impl Into<RuntimeOrigin>, amount: Balance) -> DispatchResult {
    Treasury::spend(origin.into(), Box::new(()), amount, Box::new(account("Eve")), None)
}

fn anyone() -> RuntimeOrigin {
    RuntimeOrigin::signed(account("Consumer"))
}

#[test]
fn approved_spend_should_be_paid_once_to_whom_it_names() {
    with_funds(|| {
        let before = worth(&account("Eve"));
        assert_ok!(spend(Origin::SmallSpender, 1_000 * SOUK));
        // Approved is not paid: anybody asks for it, and at once.
        assert_eq!(worth(&account("Eve")), before);
        assert_ok!(Treasury::payout(anyone(), 0));
        assert_eq!(worth(&account("Eve")), before + 1_000 * SOUK);
        assert_eq!(worth(&TreasuryAccount::get()), FUNDS - 1_000 * SOUK);
        assert_noop!(Treasury::payout(anyone(), 0), Refusal::AlreadyAttempted);
        // What is paid from an account is final, so the entry can go.
        assert_ok!(Treasury::check_status(anyone(), 0));
        assert_noop!(Treasury::payout(anyone(), 0), Refusal::InvalidIndex);
    });
}

#[test]
fn tier_should_be_refused_more_than_its_limit() {
    with_funds(|| {
        for (origin, most) in [
            (Origin::SmallSpender, 1_000 * SOUK),
            (Origin::MediumSpender, 10_000 * SOUK),
            (Origin::BigSpender, 100_000 * SOUK),
            (Origin::Treasurer, 1_000_000 * SOUK),
        ] {
            assert_noop!(spend(origin, most + 1), Refusal::InsufficientPermission);
            assert_ok!(spend(origin, most));
        }
        let admin = RuntimeOrigin::from(Origin::MarketplaceAdmin);
        assert_noop!(spend(admin, 1), sp_runtime::DispatchError::BadOrigin);
    });
}

#[test]
fn spend_that_the_treasury_cannot_pay_should_wait_and_then_lapse() {
    with_funds(|| {
        assert_ok!(spend(Origin::BigSpender, 100_000 * SOUK));
        assert_noop!(Treasury::payout(anyone(), 0), Refusal::PayoutError);
        // It is there when the money is.
        assert_ok!(spend(Origin::Treasurer, 1));
        let more = 100_000 * SOUK;
        assert_ok!(Balances::transfer_keep_alive(
            RuntimeOrigin::signed(account("Alice")),
            TreasuryAccount::get().into(),
            more
        ));
        assert_ok!(Treasury::payout(anyone(), 0));
        System::set_block_number(2 + PayoutPeriod::get());
        assert_noop!(Treasury::payout(anyone(), 1), Refusal::SpendExpired);
        assert_eq!(worth(&TreasuryAccount::get()), FUNDS + more - 100_000 * SOUK);
    });
}

#[test]
fn bounty_should_pay_curator_and_finder_and_give_the_deposit_back() {
    with_funds(|| {
        let (value, fee) = (10_000 * SOUK, 500 * SOUK);
        let [proposer, curator, finder] = ["Publisher", "Ferdie", "Eve"].map(account);
        let [by_proposer, by_curator] = [&proposer, &curator].map(|who| RuntimeOrigin::signed(who.clone()));
        let before = [&proposer, &curator, &finder].map(worth);
        assert_ok!(Bounties::propose_bounty(by_proposer, value, b"a second implementation".to_vec()));
        assert!(Balances::reserved_balance(&proposer) >= BountyDeposit::get());
        assert_ok!(Bounties::approve_bounty_with_curator(
            RuntimeOrigin::root(),
            0,
            curator.clone().into(),
            fee
        ));
        // Funded with the next spending period, and the deposit is given back.
        at(SpendPeriod::get());
        assert_eq!(Balances::reserved_balance(&proposer), 0);
        assert_eq!(worth(&TreasuryAccount::get()), FUNDS - value);
        assert_ok!(Bounties::accept_curator(by_curator.clone(), 0));
        assert!(Balances::reserved_balance(&curator) > 0);
        assert_ok!(Bounties::award_bounty(by_curator, 0, finder.clone().into()));
        let early = pallet_bounties::Error::<Runtime>::Premature;
        assert_noop!(Bounties::claim_bounty(anyone(), 0), early);
        at(SpendPeriod::get() + BountyPayoutDelay::get());
        assert_ok!(Bounties::claim_bounty(anyone(), 0));
        let after = [&proposer, &curator, &finder].map(worth);
        assert_eq!(after, [before[0], before[1] + fee, before[2] + value - fee]);
        assert_eq!(Balances::reserved_balance(&curator), 0);
        assert_eq!(worth(&Bounties::bounty_account_id(0)), 0);
    });
}

#[test]
fn curator_that_lets_its_bounty_lie_should_lose_its_deposit_to_the_treasury() {
    with_funds(|| {
        let curator = account("Ferdie");
        let propose = Bounties::propose_bounty(
            RuntimeOrigin::signed(account("Publisher")),
            10_000 * SOUK,
            b"an explorer".to_vec(),
        );
        assert_ok!(propose);
        let named = Bounties::approve_bounty_with_curator(
            RuntimeOrigin::root(),
            0,
            curator.clone().into(),
            500 * SOUK,
        );
        assert_ok!(named);
        at(SpendPeriod::get());
        assert_ok!(Bounties::accept_curator(RuntimeOrigin::signed(curator.clone()), 0));
        let deposit = Balances::reserved_balance(&curator);
        let (owned, treasury) = (worth(&curator), worth(&TreasuryAccount::get()));
        at(SpendPeriod::get() + BountyUpdatePeriod::get() + 1);
        assert_ok!(Bounties::unassign_curator(anyone(), 0));
        assert_eq!(worth(&curator), owned - deposit);
        assert_eq!(worth(&TreasuryAccount::get()), treasury + deposit);
        let status = pallet_bounties::Bounties::<Runtime>::get(0).unwrap().get_status();
        assert_eq!(status, BountyStatus::Funded);
    });
}
