//! What is minted, for whom, and how stakers get their part.

use super::{books::Issuance, harness::*, market::account, stakers::by};
use crate::{
    configs::emission::{EraAccount, StakersAccount, ROUNDING},
    constants::currency::{EXISTENTIAL_DEPOSIT, SOUK},
    genesis, AccountId, Balance, Balances, Rewards, Runtime, RuntimeEvent, Session, Staking, System,
};
use frame_support::{assert_noop, assert_ok};
use pallet_rewards::{ports::Stakers as _, types::Pot};
use pallet_staking::{RewardDestination, ValidatorPrefs};
use sp_runtime::Perbill;

fn worth(who: &AccountId) -> Balance {
    let data = frame_system::Account::<Runtime>::get(who).data;
    data.free + data.reserved
}

/// Runs blocks until a session begins, following the issuance.
fn run_sessions(until: u32, issuance: &mut Issuance) {
    while Session::current_index() < until {
        start_block();
        close_block();
        issuance.read_block();
    }
}

fn paid_to(who: &AccountId) -> Balance {
    System::read_events_no_consensus()
        .filter_map(|record| match record.event {
            RuntimeEvent::Staking(pallet_staking::Event::Rewarded { stash, amount, .. }) if stash == *who => {
                Some(amount)
            }
            _ => None,
        })
        .sum()
}

#[test]
fn each_budget_should_get_its_part_of_every_drop_and_nobody_else_mints() {
    for preset in [genesis::LOCAL, genesis::DEVELOPMENT] {
        at_genesis(preset).execute_with(|| {
            let mut issuance = Issuance::new();
            let pots = [
                StakersAccount::get(),
                Rewards::pot_account(Pot::Providers),
                Rewards::pot_account(Pot::Publishers),
            ];
            run_sessions(1, &mut issuance);
            let parts = pots.map(|pot| worth(&pot) - EXISTENTIAL_DEPOSIT);
            assert!(issuance.minted > 0);
            // Each drop is floored, so at most a unit of each is missing.
            for (part, percent) in parts.into_iter().zip([55, 25, 5]) {
                let exact = Perbill::from_percent(percent) * issuance.minted;
                assert!(part.abs_diff(exact) < 10, "{part} of {exact}");
            }
        });
    }
}

#[test]
fn stakers_should_be_paid_by_themselves_and_no_more_than_their_budget() {
    local().execute_with(|| {
        let nominator = account("Ferdie");
        assert_ok!(Staking::bond(by("Ferdie"), 50_000 * SOUK, RewardDestination::Stash));
        assert_ok!(Staking::nominate(by("Ferdie"), vec![account("Bob").into()]));
        let prefs = ValidatorPrefs { commission: Perbill::from_percent(10), blocked: false };
        assert_ok!(Staking::validate(by("Bob"), prefs));
        let mut issuance = Issuance::new();
        // Elected for era 2 at the latest, which ends with session 6.
        run_sessions(6, &mut issuance);
        let before = worth(&nominator);
        let mut rewarded = (0, 0);
        let mut settled = vec![];
        while Session::current_index() < 9 {
            start_block();
            close_block();
            issuance.read_block();
            rewarded.0 += paid_to(&nominator);
            rewarded.1 += paid_to(&account("Bob"));
            settled.extend(System::read_events_no_consensus().filter_map(|record| match record.event {
                RuntimeEvent::Rewards(pallet_rewards::Event::EraSettled { era, returned }) => {
                    Some((era, returned))
                }
                _ => None,
            }));
        }
        assert!(rewarded.0 > 0, "the nominator was paid");
        assert_eq!(worth(&nominator), before + rewarded.0);
        // A third of the stake behind Bob is the nominator's, less a tenth; Bob has the rest and the commission.
        assert!(rewarded.1 > 2 * rewarded.0, "{rewarded:?}");
        // What was returned is dust: the rounding that is kept back, and less than a unit for each payment.
        assert!(!settled.is_empty());
        for (era, returned) in settled {
            assert!(returned < SOUK / 1_000_000, "era {era} returned {returned}");
        }
        // After the last payout only what later eras are owed is left.
        let last = crate::configs::payouts::StakersPort::last_ended().unwrap();
        assert_eq!(pallet_rewards::Payouts::<Runtime>::get().era, last + 1);
        let left = worth(&EraAccount::get()) - EXISTENTIAL_DEPOSIT;
        assert!(left < SOUK / 1_000_000, "{left} units are left");
        super::books::check();
    });
}

#[test]
fn a_page_that_was_paid_by_hand_should_not_be_paid_again() {
    local().execute_with(|| {
        let mut issuance = Issuance::new();
        // The first block of the session in which an era ends is full: nobody was paid yet.
        run_sessions(4, &mut issuance);
        let era = crate::configs::payouts::StakersPort::last_ended().unwrap();
        let promised = pallet_staking::ErasValidatorReward::<Runtime>::get(era).unwrap();
        assert!(promised > 0);
        assert_eq!(pallet_rewards::Payouts::<Runtime>::get().era, era, "it waits for an idle block");
        let before = worth(&account("Alice"));
        start_block();
        assert_ok!(Staking::payout_stakers_by_page(by("Eve"), account("Alice"), era, 0));
        let paid = worth(&account("Alice")) - before;
        assert!(paid > promised / 5 && paid < promised / 3, "{paid} of {promised}");
        close_block();
        issuance.read_block();
        run_sessions(5, &mut issuance);
        assert_eq!(worth(&account("Alice")), before + paid);
        assert_noop!(
            Staking::payout_stakers_by_page(by("Eve"), account("Alice"), era, 0).map_err(|error| error.error),
            pallet_staking::Error::<Runtime>::AlreadyClaimed
        );
    });
}

#[test]
fn closing_an_era_should_leave_all_that_later_ones_are_owed() {
    local().execute_with(|| {
        let mut issuance = Issuance::new();
        run_sessions(4, &mut issuance);
        let era = crate::configs::payouts::StakersPort::last_ended().unwrap();
        assert_eq!(pallet_rewards::Payouts::<Runtime>::get().era, era, "it waits for an idle block");
        let promised = pallet_staking::ErasValidatorReward::<Runtime>::get(era).unwrap();
        crate::configs::payouts::StakersPort::close(era.checked_sub(1).unwrap());
        // With what is kept for the rounding of its payments.
        assert_eq!(worth(&EraAccount::get()) - EXISTENTIAL_DEPOSIT, promised + ROUNDING);
    });
}

#[test]
fn what_a_validator_that_left_would_have_got_should_return_to_the_stakers() {
    local().execute_with(|| {
        let mut issuance = Issuance::new();
        run_sessions(4, &mut issuance);
        let era = crate::configs::payouts::StakersPort::last_ended().unwrap();
        let promised = pallet_staking::ErasValidatorReward::<Runtime>::get(era).unwrap();
        // As if Dave had left staking before the page was paid.
        let dave = account("Dave");
        let ledger = pallet_staking::Ledger::<Runtime>::take(&dave);
        let had = worth(&StakersAccount::get());
        let mut returned = None;
        while returned.is_none() {
            start_block();
            close_block();
            issuance.read_block();
            returned = System::read_events_no_consensus().find_map(|record| match record.event {
                RuntimeEvent::Rewards(pallet_rewards::Event::EraSettled { era: settled, returned }) => {
                    (settled == era).then_some(returned)
                }
                _ => None,
            });
        }
        let returned = returned.unwrap();
        assert!(returned > promised / 5 && returned < promised / 3, "{returned} of {promised}");
        assert!(worth(&StakersAccount::get()) >= had + returned);
        // Bonded again, it comes too late: what was its own is everybody's.
        pallet_staking::Ledger::<Runtime>::set(&dave, ledger);
        assert_noop!(
            Staking::payout_stakers_by_page(by("Eve"), dave, era, 0).map_err(|error| error.error),
            pallet_staking::Error::<Runtime>::AlreadyClaimed
        );
        assert_eq!(Balances::total_issuance(), issuance.first + issuance.minted - issuance.burnt);
    });
}
