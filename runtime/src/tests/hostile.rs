//! Ways in which a provider could keep its money, or its judges away, and a verifier or a publisher take somebody else's,
//! in the real configuration.

use super::{harness::*, market::*};
use crate::{
    constants::currency::SOUK, filters::ProxyType, Balance, Balances, Compute, Runtime, RuntimeEvent,
};
use frame_support::{assert_ok, traits::Get};
use souk_primitives::{close::CloseReason, verdict::Report, AccountId, BatchId};

/// `who` names `delegate` as its proxy, in the current block.
fn name_proxy(who: &str, delegate: AccountId) -> sp_runtime::DispatchResult {
    let delegate = delegate.into();
    submit(who, pallet_proxy::Call::add_proxy { delegate, proxy_type: ProxyType::Staking, delay: 1_000 })
}

#[test]
fn a_provider_should_not_keep_verifiers_off_its_committees() {
    with_provider(|| {
        // As many delegates as an account may have: all honest verifiers first, then anybody.
        let most: u32 = <Runtime as pallet_proxy::Config>::MaxProxies::get();
        let others = (0u8..100).map(|i| AccountId::new([i + 100; 32]));
        let named: Vec<_> =
            ["Bob", "Charlie", "Dave"].map(account).into_iter().chain(others.take(32)).collect();
        open_block();
        for who in ["Provider", "Alice"] {
            for delegate in named.iter().take(most as usize) {
                assert_ok!(name_proxy(who, delegate.clone()));
            }
        }
        close_block();
        let spec = spec().id();
        assert!(Compute::is_audited_for(&account("Provider"), &spec));
        let (_, batch) = settled_batch("Provider", 1_000, 0);
        for audit in run_to_draw(&batch) {
            let seats = pallet_attestation::Audits::<Runtime>::get(audit).unwrap().seats;
            assert_eq!(seats.len(), 3, "the three honest ones");
            assert!(seats.iter().all(|seat| seat.validator != account("Alice")));
        }
    });
}

#[test]
fn a_verifier_that_names_the_provider_should_not_judge_it() {
    with_provider(|| {
        open_block();
        assert_ok!(name_proxy("Bob", account("Provider")));
        assert_ok!(name_proxy("Charlie", account("Alice")));
        close_block();
        for (verifier, linked) in [("Alice", true), ("Bob", true), ("Charlie", true), ("Dave", false)] {
            assert_eq!(Compute::is_linked(&account("Provider"), &account(verifier)), linked, "{verifier}");
        }
    });
}

/// Has all members of a batch's audits find its answer valid, but for one.
fn contradict(batch: &BatchId, who: &str, said: Report) {
    for audit in run_to_draw(batch) {
        for _ in 0..2 {
            open_block();
            for result in work(audit, |member| Some(if *member == account(who) { said } else { valid() })) {
                assert_eq!(result, Ok(Ok(())));
            }
            close_block();
        }
    }
}

#[test]
fn one_verifiers_doubts_should_not_end_an_offer() {
    with_provider(|| {
        for _ in 0..4 {
            let (_, batch) = settled_batch("Provider", 1_000, 0);
            contradict(&batch, "Dave", doubtful());
            assert_eq!(end_of(&batch), Some(CloseReason::Valid));
        }
        let record = Compute::record(&account("Provider"), &spec().id());
        assert_eq!((record.doubts(), record.certain_left), (0, 0));
        assert!(record.ok > 0);
    });
}

#[test]
fn a_verifier_that_accuses_alone_should_lose_its_seat_in_spite_of_true_reports() {
    with_provider(|| {
        let spec = spec().id();
        let has_seat = || Compute::verifiers(&spec).iter().any(|(who, _)| *who == account("Dave"));
        let mut accusations = 0;
        while has_seat() {
            let (_, batch) = settled_batch("Provider", 1_000, 0);
            convict_or_clear(&batch, valid());
            let (_, batch) = settled_batch("Provider", 1_000, 0);
            contradict(&batch, "Dave", invalid());
            assert_eq!(end_of(&batch), Some(CloseReason::Disputed));
            accusations += 1;
            assert!(accusations <= 3);
        }
        open_block();
        let again = pallet_compute::Call::register_verifier { spec, bond: 0 };
        assert_eq!(submit("Dave", again), Err(pallet_compute::Error::<Runtime>::Barred.into()));
        close_block();
    });
}

#[test]
fn a_publisher_should_not_remove_the_spec_under_an_open_channel() {
    with_provider(|| {
        let (line, batch) = settled_batch("Provider", 1_000, 0);
        convict_or_clear(&batch, valid());
        let spec = spec().id();
        let remove = || submit("Publisher", pallet_compute::Call::remove_spec { spec });
        open_block();
        assert_ok!(submit("Provider", pallet_compute::Call::stop_serving { spec }));
        // The channel has expired, long ago, and nobody closed it.
        let retention: u32 = <Runtime as pallet_compute::Config>::SpecRetention::get();
        pallet_governance::LiveBlocks::<Runtime>::mutate(|live| *live += retention + 1);
        assert_eq!(remove(), Err(pallet_compute::Error::<Runtime>::SpecInUse.into()));
        let close = pallet_channels::Call::close_by_provider { channel: line.id, last: None };
        assert_ok!(submit("Provider", close));
        assert_ok!(remove());
        close_block();
    });
}

fn free(name: &str) -> Balance {
    Balances::free_balance(account(name))
}

/// What the provider has in its bond, and how much of it is exposed.
fn bond() -> (Balance, Balance) {
    let who = account("Provider");
    (Compute::active_bond(&who), Compute::exposed(&who))
}

/// Has a friend report two receipts for the first call of a channel. Returns what was slashed.
fn report_twice(line: &Line) -> Balance {
    let (first, second) = line.double(0);
    open_block();
    let call =
        pallet_channels::Call::report_double_receipt { first: Box::new(first), second: Box::new(second) };
    assert_ok!(submit("Eve", call));
    let slashed = last_event(|event| match event {
        RuntimeEvent::Channels(pallet_channels::Event::DoubleReceipt { slashed, .. }) => Some(slashed),
        _ => None,
    });
    close_block();
    slashed.unwrap()
}

#[test]
fn a_friends_report_should_rescue_nothing_of_what_is_exposed() {
    with_provider(|| {
        // Three batches at q = 1 expose all of the bond.
        let lines: Vec<_> = [33_330, 33_330, 33_330]
            .map(|tokens| settled_batch("Provider", tokens, 0).0)
            .into_iter()
            .collect();
        let (active, exposed) = bond();
        assert!(active - exposed < SOUK, "{active} {exposed}");
        let (consumer, friend, issuance) = (free("Consumer"), free("Eve"), Balances::total_issuance());
        let slashed = report_twice(&lines[0]);
        assert_eq!(slashed, active);
        assert_eq!(bond().0, 0);
        // All but the fee of the report: what was free at most changed hands, the rest is burnt.
        let paid = (free("Consumer") - consumer) + free("Eve").saturating_sub(friend);
        assert!(paid <= active - exposed, "{paid}");
        assert!(issuance - Balances::total_issuance() >= exposed);
    });
}

#[test]
fn a_double_receipt_should_pay_by_its_charge() {
    with_provider(|| {
        let (line, batch) = settled_batch("Provider", 1_000, 0);
        convict_or_clear(&batch, valid());
        let charge = line.cumulative();
        let consumer = free("Consumer");
        assert_eq!(report_twice(&line), 30 * charge);
        assert_eq!(free("Consumer") - consumer, charge / 10);
        assert_eq!(bond().0, BOND - 30 * charge);
    });
}
