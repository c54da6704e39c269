//! What a verdict does in the real configuration: to the provider, to the validator that carries it, to the consumer.

use super::{harness::*, market::*};
use crate::{
    parameters::params, AccountId, Balance, Balances, Compute, Offences, Parameters, Runtime, RuntimeEvent,
    RuntimeOrigin, RuntimeParameters, Session, Staking,
};
use frame_support::{assert_ok, traits::Get};
use pallet_attestation::types::Stage;
use souk_primitives::{
    close::CloseReason,
    split,
    views::{BatchState, ProviderStatus},
};
use sp_runtime::Permill;

fn money(name: &str) -> Balance {
    let who = account(name);
    let data = frame_system::Account::<Runtime>::get(who).data;
    data.free + data.reserved
}

fn stake(name: &str) -> Balance {
    Staking::slashable_balance_of(&account(name))
}

/// What everybody has.
fn purses() -> Vec<Balance> {
    ["Provider", "Consumer", "Alice", "Bob", "Charlie", "Dave"].map(money).to_vec()
}

/// Runs until a slash of era 0 that is deferred by one era was applied.
fn run_to_the_slash() {
    run_blocks_to(6 * epoch());
    assert!(Session::current_index() >= 5);
}

#[test]
fn an_upheld_fraud_should_cost_the_provider_and_as_much_its_validator() {
    with_provider(|| {
        without_emission();
        let (line, batch) = settled_batch("Provider", 5_000, 0);
        let value = line.cumulative();
        let slash = 3 * value;
        let (before, issuance, staked) = (purses(), Balances::total_issuance(), stake("Alice"));
        convict_or_clear(&batch, invalid());
        assert_eq!(end_of(&batch), Some(CloseReason::Fraud));

        let parts = split::slash(slash, value, split::CONVICTING);
        assert_eq!(parts.consumer, value / 10);
        let after = purses();
        // The pending value went back, and the slash came out of the bond.
        assert_eq!(after[0], before[0] - value - slash);
        assert_eq!(after[1], before[1] + value + parts.consumer);
        assert_eq!(after[2], before[2]);
        for member in 3..6 {
            assert_eq!(after[member], before[member], "no pot yet, and no share of the slash");
        }
        let burnt = slash - parts.consumer;
        assert_eq!(issuance - Balances::total_issuance(), burnt);
        assert_eq!(Compute::active_bond(&account("Provider")), BOND - slash);
        let view = Compute::provider_view(&account("Provider")).unwrap();
        assert_eq!((view.status, view.exposure), (ProviderStatus::Jailed, 0));

        // The validator: reported, not disabled, slashed an era later for what its provider lost, all of it burnt.
        assert_eq!(pallet_offences::Reports::<Runtime>::iter().count(), 1);
        assert_eq!(Session::disabled_validators(), Vec::<u32>::new());
        assert_eq!(stake("Alice"), staked);
        let issuance = Balances::total_issuance();
        run_to_the_slash();
        assert_eq!(stake("Alice"), staked - slash);
        assert_eq!(money("Alice"), after[2] - slash);
        assert_eq!(Balances::total_issuance(), issuance - slash);
        for other in ["Bob", "Charlie", "Dave"] {
            assert_eq!(stake(other), staked);
        }
        assert!(Session::validators().contains(&account("Alice")));
        assert_eq!(Session::disabled_validators(), Vec::<u32>::new());
    });
}

#[test]
fn a_validator_should_lose_no_more_than_the_parameters_share() {
    with_provider(|| {
        without_emission();
        let share =
            params::audit::Parameters::FraudShare(params::audit::FraudShare, Some(Permill::from_parts(100)));
        assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), RuntimeParameters::Audit(share)));
        let (line, batch) = settled_batch("Provider", 5_000, 0);
        let staked = stake("Alice");
        convict_or_clear(&batch, invalid());
        run_to_the_slash();
        let most = staked / 10_000;
        assert!(most < 3 * line.cumulative());
        assert_eq!(stake("Alice"), staked - most);
    });
}

#[test]
fn by_default_one_percent_is_the_most() {
    use pallet_attestation::OffenceSink;
    local().execute_with(|| {
        without_emission();
        open_market();
        let staked = stake("Alice");
        // A slash that no bond of this market could pay.
        crate::configs::ports::FraudReports::report(&account("Alice"), &[1; 32], 0, staked);
        // Nothing lost, nothing shared; and one that carries no stake is no harm.
        crate::configs::ports::FraudReports::report(&account("Bob"), &[2; 32], 0, 0);
        crate::configs::ports::FraudReports::report(&account("Eve"), &[3; 32], 0, staked);
        assert_eq!(Session::disabled_validators(), Vec::<u32>::new());
        run_to_the_slash();
        assert_eq!(stake("Alice"), staked - staked / 100);
        assert_eq!(stake("Bob"), staked);
    });
}

#[test]
fn one_audit_should_be_reported_once() {
    use sp_staking::offence::ReportOffence;
    with_provider(|| {
        without_emission();
        let (_, batch) = settled_batch("Provider", 1_000, 0);
        convict_or_clear(&batch, invalid());
        let audit = audits_of(&batch)[0];
        let known =
            <Offences as ReportOffence<AccountId, _, crate::configs::ports::ProviderFraud>>::is_known_offence(
                &[(account("Alice"), ())],
                &audit,
            );
        assert!(known);
    });
}

#[test]
fn the_third_doubtful_batch_should_take_the_provider_off_the_spec() {
    with_provider(|| {
        without_emission();
        let who = account("Provider");
        let mut channel = None;
        for doubts in 1..=3 {
            let (line, batch) = settled_batch("Provider", 1_000, 0);
            let before = money("Provider");
            convict_or_clear(&batch, doubtful());
            assert_eq!(end_of(&batch), Some(CloseReason::Doubtful));
            // Paid: but for 1 % to the protocol, half of it burnt, and 2 % for audits.
            assert_eq!(before - money("Provider"), line.cumulative() / 100 + line.cumulative() / 50);
            let view = Compute::provider_view(&who).unwrap();
            assert_eq!(view.serving.first().map(|serving| serving.doubts), (doubts < 3).then_some(doubts));
            channel = Some(line);
        }
        let view = Compute::provider_view(&who).unwrap();
        assert_eq!((view.status, view.bond), (ProviderStatus::Active, BOND));
        open_block();
        assert_eq!(serve("Provider"), Err(pallet_compute::Error::<Runtime>::TooManyDoubts.into()));
        let refused = Order::new("Consumer", "Provider", crate::constants::currency::SOUK).open();
        assert_eq!(refused.err(), Some(pallet_compute::Error::<Runtime>::NotServing.into()));
        close_block();

        // What is open goes on, audited for certain, and ends as it deserves.
        let mut line = channel.unwrap();
        open_block();
        assert!(line.call(500));
        assert_ok!(line.settle(2));
        let committed = last_event(|event| match event {
            RuntimeEvent::Channels(pallet_channels::Event::BatchCommitted { batch, chance, .. }) => {
                Some((batch, chance))
            }
            _ => None,
        });
        close_block();
        let (batch, chance) = committed.unwrap();
        assert_eq!(chance, souk_primitives::exposure::Chance::ONE);
        convict_or_clear(&batch, valid());
        assert_eq!(end_of(&batch), Some(CloseReason::Valid));

        // It may come back after the unbonding period.
        blocks(<Runtime as pallet_compute::Config>::UnbondingPeriod::get());
        open_block();
        assert_ok!(serve("Provider"));
        close_block();
    });
}

#[test]
fn a_channels_notice_should_delay_its_releases() {
    with_provider(|| {
        without_emission();
        // A record that is audited one time in ten.
        let who = account("Provider");
        Compute::mutate_record(&who, &spec().id(), |record| record.ok = 1_000_000);
        for notice in [0, 10] {
            let waiting = (0..200).find_map(|_| {
                let (_, batch) = settled_batch("Provider", 100, notice);
                let settled = live();
                blocks(5);
                match pallet_attestation::Batches::<Runtime>::get(batch).unwrap().stage {
                    Stage::Waiting { .. } => Some((batch, settled)),
                    _ => None,
                }
            });
            let (batch, settled) = waiting.expect("nine of ten are not drawn");
            let release_at = settled + 20 + notice;
            assert_eq!(
                pallet_attestation::Pallet::<Runtime>::batch_state(&batch),
                BatchState::Waiting { release_at }
            );
            blocks(release_at - 1 - live());
            assert_eq!(end_of(&batch), None);
            blocks(1);
            assert_eq!(end_of(&batch), Some(CloseReason::NotDrawn));
        }
        open_block();
        let order = Order { notice: 11, ..Order::new("Consumer", "Provider", BOND) };
        assert_eq!(order.open().err(), Some(pallet_channels::Error::<Runtime>::NoticeTooLong.into()));
        close_block();
    });
}
