//! The whole way of an exam's money: from the commitment over the audits to the bond that grows, or is burnt.

use super::{books::Issuance, harness::*, market::*};
use crate::{
    configs::rewards::EpochMillis, parameters::bounded, Attestation, Balance, Compute, Governance, Rewards,
    Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin, Session, System,
};
use frame_support::{assert_noop, assert_ok, traits::Get};
use pallet_rewards::{exam::Stage, CurrentRound, Error, Event};
use souk_primitives::{
    exam,
    rewards::{commission, price_index, prorate},
    verdict::Report,
    views::ProviderStatus,
    BatchId,
};
use sp_runtime::{traits::Dispatchable, DispatchResult};

/// What the provider of the market claims, see [`serve`].
const CAPACITY: u32 = 40;

/// A chain whose money is followed block by block.
struct Chain {
    issuance: Issuance,
    /// Events of rewards and attestation so far.
    events: Vec<RuntimeEvent>,
}

impl Chain {
    fn close(&mut self) {
        close_block();
        self.issuance.read_block();
        self.events.extend(System::read_events_no_consensus().map(|record| record.event));
    }

    /// A block that has room for what `run` submits.
    fn block<R>(&mut self, run: impl FnOnce() -> R) -> R {
        if start_block() {
            self.close();
            start_block();
        }
        let result = run();
        self.close();
        result
    }

    /// Runs blocks until this is so.
    fn run_until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        for _ in 0..10 * epoch() {
            if is_so(self) {
                return;
            }
            start_block();
            self.close();
        }
        panic!("never: {what}");
    }

    fn rewards(&self) -> impl Iterator<Item = &Event<Runtime>> {
        self.events.iter().filter_map(|event| match event {
            RuntimeEvent::Rewards(event) => Some(event),
            _ => None,
        })
    }

    /// What transactions have burnt in these events: half of their fees.
    fn fees_burnt(&self) -> Balance {
        let half = |event: &RuntimeEvent| match event {
            RuntimeEvent::TransactionPayment(pallet_transaction_payment::Event::TransactionFeePaid {
                actual_fee,
                tip,
                ..
            }) => (actual_fee - tip) / 2,
            _ => 0,
        };
        self.events.iter().map(half).sum()
    }

    /// What an account was paid by its last claim, and whether it became bond.
    fn claimed(&self, name: &str) -> Option<(Balance, bool)> {
        self.rewards()
            .filter_map(|event| match event {
                Event::Claimed { account: who, amount, compounded } if *who == account(name) => {
                    Some((*amount, *compounded))
                }
                _ => None,
            })
            .last()
    }

    /// Has each audit of an exam reported so, in both rounds if need be, until the exam has ended.
    fn audit(&mut self, id: &BatchId, said: Report) {
        self.run_until("drawn", |_| !audits_of(id).is_empty());
        for _ in 0..10 * epoch() {
            let audits = audits_of(id);
            self.block(|| {
                for audit in audits {
                    for result in work(audit, |_| Some(said)) {
                        assert_eq!(result, Ok(Ok(())));
                    }
                }
            });
            if Rewards::exam_batch(id).is_none() {
                return;
            }
        }
        panic!("the exam never ended");
    }
}

/// What an exam of BOND can pay, when all epochs since the genesis are its.
fn cap() -> Balance {
    let millis = EpochMillis::get() * u64::from(CurrentRound::<Runtime>::get().span);
    prorate(BOND, bounded::YearlyCap::get().deconstruct(), millis)
}

fn pot() -> Balance {
    Attestation::pot(&spec().id())
}

fn is_open() -> bool {
    matches!(CurrentRound::<Runtime>::get().stage, Stage::Open { .. })
}

fn questions() -> u32 {
    exam::questions(CAPACITY, bounded::ExamSeconds::get())
}

/// Commits to answers of full length.
fn sit() -> DispatchResult {
    let (count, total) = (questions(), Balance::from(questions()) * 64);
    submit("Provider", pallet_rewards::Call::commit_exam { spec: spec().id(), root: [9; 32], total, count })
}

/// Runs a test on a market whose provider's exam is open.
fn with_exam(test: impl FnOnce(&mut Chain)) {
    with_provider(|| {
        let mut chain = Chain { issuance: Issuance::new(), events: Vec::new() };
        let reference =
            pallet_rewards::Call::set_reference { spec: spec().id(), price_index: price_index(&PRICES) };
        chain.block(|| {
            assert_ok!(RuntimeCall::from(reference).dispatch(RuntimeOrigin::root()));
            assert_ok!(submit("Provider", pallet_rewards::Call::set_compound { compound: true }));
        });
        chain.run_until("an exam", |_| is_open());
        test(&mut chain);
    });
}

/// With the exam committed to. The test gets its id.
fn with_sitting(test: impl FnOnce(&mut Chain, BatchId)) {
    with_exam(|chain| {
        let (before, cost) = (pot(), prepaid());
        chain.block(|| {
            assert_ok!(sit());
        });
        let id = chain.rewards().find_map(|event| match event {
            Event::ExamCommitted { exam, .. } => Some(*exam),
            _ => None,
        });
        let id = id.unwrap();
        assert_eq!((pot(), Rewards::exam_prepaid(&id)), (before + cost, cost));
        assert_eq!(Compute::exposed(&account("Provider")), 3 * cap());
        super::books::check();
        test(chain, id);
    });
}

fn prepaid() -> Balance {
    Rewards::exam_view(&account("Provider")).papers[0].cost
}

#[test]
fn a_passed_exam_should_become_bond_and_vote() {
    with_sitting(|chain, id| {
        let cap = cap();
        let (part, own) = commission(cap, bounded::Commission::get().deconstruct());
        assert!(part > 0 && own > part);
        chain.audit(&id, valid());
        assert_eq!(Compute::exposed(&account("Provider")), 0);
        let passed = |event: &Event<Runtime>| matches!(event, Event::ExamPassed { points, capacity, .. } if *points > 0 && *capacity == CAPACITY);
        assert!(chain.rewards().any(passed));
        let settled = |event: &Event<Runtime>| match event {
            Event::ExamSettled { promised, .. } => Some(*promised),
            _ => None,
        };
        chain.run_until("settled", |chain| chain.rewards().any(|event| settled(event).is_some()));
        assert_eq!(chain.rewards().find_map(settled), Some(cap), "one provider, ample money: its cap");

        chain.block(|| {
            assert_ok!(submit("Provider", pallet_rewards::Call::claim {}));
        });
        assert_eq!(chain.claimed("Provider"), Some((own, true)));
        chain.block(|| {
            assert_ok!(submit("Alice", pallet_rewards::Call::claim {}));
        });
        assert_eq!(chain.claimed("Alice"), Some((part, false)));
        let provider = account("Provider");
        assert_eq!(
            (Compute::active_bond(&provider), Compute::serving_bond(&provider)),
            (BOND + own, BOND + own)
        );
        assert_eq!(pallet_rewards::Owed::<Runtime>::get(pallet_rewards::types::Pot::Providers), 0);
        // After an era it votes.
        assert!(Governance::power(&provider) <= BOND);
        let session = Session::current_index();
        chain.run_until("warm", |_| Session::current_index() >= session + 7);
        assert_eq!(Governance::power(&provider), BOND + own);
    });
}

#[test]
fn a_provider_that_leaves_should_be_paid_what_it_has_earned() {
    with_sitting(|chain, id| {
        chain.audit(&id, valid());
        let settled = |event: &Event<Runtime>| matches!(event, Event::ExamSettled { .. });
        chain.run_until("settled", |chain| chain.rewards().any(settled));
        chain.block(|| {
            assert_ok!(submit("Provider", pallet_compute::Call::drain {}));
        });
        let bond = Compute::active_bond(&account("Provider"));
        let (_, own) = commission(cap(), bounded::Commission::get().deconstruct());
        chain.block(|| {
            assert_ok!(submit("Provider", pallet_rewards::Call::claim {}));
        });
        // It had asked for its claims to become bond: they would wait with the bond to be free.
        assert_eq!(chain.claimed("Provider"), Some((own, false)));
        assert_eq!(Compute::active_bond(&account("Provider")), bond);
    });
}

#[test]
fn false_answers_should_burn_the_fine_and_nothing_else() {
    with_sitting(|chain, id| {
        let (fine, before, provider) = (3 * cap(), pot(), account("Provider"));
        let burnt = chain.issuance.burnt;
        chain.events.clear();
        chain.audit(&id, invalid());
        assert_eq!(Compute::active_bond(&provider), BOND - fine);
        assert_eq!(Compute::exposed(&provider), 0);
        assert_eq!(chain.issuance.burnt - burnt, fine + chain.fees_burnt());
        // The audits were prepaid, and no customer pays for them; the provider goes on serving, and shows less.
        assert!(pot() < before && pot() + 3 * REPORT_FEE * audits_of(&id).len() as Balance >= before);
        let view = Compute::provider_view(&provider).unwrap();
        assert_eq!((view.status, view.serving[0].capacity), (ProviderStatus::Active, 1));
        assert_eq!(pallet_offences::Reports::<Runtime>::iter().count(), 0);
        let round = CurrentRound::<Runtime>::get().epoch;
        chain.run_until("over", |_| !is_open());
        assert!(pallet_rewards::Rounds::<Runtime>::get(round).is_none(), "nobody has points");
    });
}

#[test]
fn withheld_answers_should_leave_the_pot_no_smaller() {
    with_sitting(|chain, id| {
        let provider = account("Provider");
        let cost = Rewards::exam_prepaid(&id);
        let before = pot() - cost;
        let burnt = chain.issuance.burnt;
        chain.events.clear();
        chain.audit(&id, Report::Unavailable);
        // Both committees of the audit that failed first were paid, and of the others those that had reported.
        let audits = audits_of(&id).len() as Balance;
        let taken = BOND - Compute::active_bond(&provider);
        assert!(taken >= 6 * REPORT_FEE - cost && taken <= 6 * REPORT_FEE * audits - cost, "{taken}");
        assert_eq!(pot(), before, "not a unit of it was the consumers'");
        assert_eq!(chain.issuance.burnt - burnt, chain.fees_burnt(), "moved, not burnt");
        assert_eq!(Compute::exposed(&provider), 0);
        let view = Compute::provider_view(&provider).unwrap();
        assert_eq!((view.status, view.serving[0].capacity), (ProviderStatus::Active, 1));
    });
}

#[test]
fn who_changes_its_offer_during_an_exam_should_not_sit_it() {
    with_exam(|chain| {
        let paper = || Rewards::exam_view(&account("Provider")).papers[0].refusal.clone();
        assert_eq!(paper(), None);
        // The same again is no change.
        chain.block(|| {
            assert_ok!(serve("Provider"));
        });
        assert_eq!(paper(), None);
        chain.block(|| {
            let cheaper = pallet_compute::Call::serve {
                spec: spec().id(),
                price_per_1k_input: PRICES.per_1k_input,
                price_per_1k_output: PRICES.per_1k_output - 1,
                capacity: CAPACITY,
            };
            assert_ok!(submit("Provider", cheaper));
            assert_eq!(sit(), Err(Error::<Runtime>::OfferChanged.into()));
        });
        assert_eq!(paper().as_deref(), Some("OfferChanged"));
        // It stands for the next one.
        chain.run_until("over", |_| !is_open());
        chain.run_until("the next", |_| is_open());
        assert_eq!(paper(), None);
    });
}

#[test]
fn who_can_not_be_hired_should_not_sit() {
    with_exam(|_| {
        let paper = || Rewards::exam_view(&account("Provider")).papers[0].refusal.clone();
        // As if Alice had left the set.
        let alice = account("Alice");
        pallet_session::Validators::<Runtime>::mutate(|all| all.retain(|stash| *stash != alice));
        assert_eq!(paper().as_deref(), Some("NotForHire"));
        let (who, total) = (RuntimeOrigin::signed(account("Provider")), Balance::from(questions()));
        assert_noop!(
            Rewards::commit_exam(who, spec().id(), [9; 32], total, questions()),
            Error::<Runtime>::NotForHire
        );
        pallet_session::Validators::<Runtime>::append(alice);
        assert_eq!(paper(), None);
    });
}
