use crate::{mock::*, CurrentRound, Error, Event, Exams, Sittings};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult, traits::fungible::Mutate};
use souk_primitives::{
    batch::{Batch, BatchKind},
    call::Prices,
    close::CloseReason,
    exam,
    exposure::Chance,
    rewards::{prorate, REFERENCE_WEIGHT},
    Balance, SOUK,
};

const TOTAL: Balance = QUESTIONS as Balance * 64;

fn commit_with(total: Balance, count: u32) -> DispatchResult {
    Rewards::commit_exam(signed(&PROVIDER), SPEC, [9; 32], total, count)
}

/// What BOND earns at 10 % a year in two epochs of a day.
fn cap() -> Balance {
    prorate(BOND, 100_000, 2 * 86_400_000)
}

#[test]
fn commit_should_make_a_batch_that_is_audited_for_certain() {
    test(|| {
        let (round, drawn) = open_exam();
        assert_eq!(round, 2);
        events();
        assert_ok!(commit(&PROVIDER));
        let id = exam::exam_id(round, &drawn, &PROVIDER, &SPEC);
        let batch = Batch {
            id,
            channel: id,
            provider: PROVIDER,
            consumer: Rewards::account(),
            funder: Rewards::account(),
            spec: SPEC,
            from: 0,
            value: TOTAL,
            root: [9; 32],
            total: TOTAL,
            count: QUESTIONS,
            chance: Chance::ONE,
            exposure: 3 * cap(),
            audited: true,
            committed_at: System::block_number(),
            kind: BatchKind::Exam,
        };
        assert_eq!(Rewards::exam_batch(&id).as_ref(), Some(&batch));
        assert_eq!(Committed::get(), [batch]);
        // The reports are paid for.
        assert_eq!((Rewards::exam_prepaid(&id), Rewards::exam_prepaid(&[1; 32])), (COST, 0));
        assert_eq!((free(&PROVIDER), free(&AUDIT_POT)), (RICH - COST, ED + COST));
        assert_eq!(
            (CurrentRound::<Test>::get().open, Sittings::<Test>::get(SPEC, PROVIDER)),
            (1, Some(round))
        );
        let committed = Event::ExamCommitted {
            exam: id,
            provider: PROVIDER,
            spec: SPEC,
            count: QUESTIONS,
            total: TOTAL,
            exposure: 3 * cap(),
        };
        assert_eq!(events(), [committed]);
    });
}

#[test]
fn the_slash_should_be_at_most_the_bond() {
    test(|| {
        YearlyCap::set(&sp_runtime::Permill::one());
        Bonds::insert(PROVIDER, (VALIDATOR, SOUK, true));
        open_exam();
        assert_ok!(commit(&PROVIDER));
        // Three times two days of the year's bond is less than all of it.
        assert_eq!(Committed::get()[0].exposure, 3 * prorate(SOUK, 1_000_000, 2 * 86_400_000));
        CurrentRound::<Test>::mutate(|round| round.span = 200);
        assert_ok!(commit(&RIVAL));
        assert_eq!(Committed::get()[1].exposure, BOND);
    });
}

#[test]
fn there_should_be_a_time_for_it() {
    test(|| {
        assert_noop!(commit(&PROVIDER), Error::<Test>::ExamNotOpen);
        end_epoch();
        end_epoch();
        next_block();
        assert_noop!(commit(&PROVIDER), Error::<Test>::ExamNotOpen);
        open_exam();
        let opened = Now::get();
        while Now::get() < opened + WINDOW {
            next_block();
        }
        // The last live block is in time.
        assert_ok!(commit(&PROVIDER));
        next_block();
        assert_noop!(commit(&RIVAL), Error::<Test>::ExamOver);
    });
}

#[test]
fn only_an_active_provider_of_the_spec_should_sit() {
    test(|| {
        open_exam();
        assert_noop!(commit(&STRANGER), Error::<Test>::NotServing);
        Bonds::insert(PROVIDER, (VALIDATOR, BOND, false));
        assert_noop!(commit(&PROVIDER), Error::<Test>::NotServing);
        Bonds::insert(PROVIDER, (VALIDATOR, BOND, true));
        Offers::remove((PROVIDER, SPEC));
        assert_noop!(commit(&PROVIDER), Error::<Test>::NotServing);
        assert_noop!(
            Rewards::commit_exam(RuntimeOrigin::root(), SPEC, [9; 32], TOTAL, QUESTIONS),
            sp_runtime::DispatchError::BadOrigin
        );
    });
}

#[test]
fn what_is_offered_should_stand_when_the_exam_begins() {
    test(|| {
        open_exam();
        let began = CurrentRound::<Test>::get().began;
        // In the block in which it began, or later: what can be done is known by then.
        for since in [began, began + 1, Now::get()] {
            Since::insert((PROVIDER, SPEC), since);
            assert_noop!(commit(&PROVIDER), Error::<Test>::OfferChanged);
            let paper = &Rewards::exam_view(&PROVIDER).papers[0];
            assert_eq!(paper.refusal.as_deref(), Some("OfferChanged"));
        }
        Since::insert((PROVIDER, SPEC), began - 1);
        assert_ok!(commit(&PROVIDER));
    });
}

#[test]
fn who_can_not_be_hired_should_not_sit() {
    test(|| {
        open_exam();
        let began = CurrentRound::<Test>::get().began;
        Shut::insert(SPEC, began - 1);
        assert_noop!(commit(&PROVIDER), Error::<Test>::NotForHire);
        // Whoever closes it once the exam goes on keeps nobody from it.
        Shut::insert(SPEC, began);
        assert_ok!(commit(&PROVIDER));
    });
}

#[test]
fn a_clock_that_stands_still_should_give_nobody_more_time() {
    test(|| {
        open_exam();
        for _ in 0..WINDOW {
            System::set_block_number(System::block_number() + 1);
        }
        // Live blocks are left, but the papers have been known for all of the window.
        assert_ok!(commit(&PROVIDER));
        System::set_block_number(System::block_number() + 1);
        assert_noop!(commit(&RIVAL), Error::<Test>::ExamOver);
        assert_eq!(Rewards::exam_view(&RIVAL).phase, souk_primitives::views::ExamPhase::Closed);
        Rewards::exam_released(&exam_of(&PROVIDER, &SPEC), CloseReason::Valid);
        end_epoch();
        assert!(CurrentRound::<Test>::get().stage == crate::exam::Stage::Waiting);
    });
}

#[test]
fn only_audited_specs_with_a_reference_should_have_exams() {
    test(|| {
        open_exam();
        Unaudited::insert(SPEC, ());
        assert_noop!(commit(&PROVIDER), Error::<Test>::NotAudited);
        Unaudited::remove(SPEC);
        assert_ok!(Rewards::set_reference(RuntimeOrigin::root(), SPEC, 0));
        assert_noop!(commit(&PROVIDER), Error::<Test>::NoReference);
    });
}

#[test]
fn a_price_should_be_fair() {
    test(|| {
        open_exam();
        assert_ok!(Rewards::set_reference(RuntimeOrigin::root(), SPEC, INDEX - 1));
        assert_noop!(commit(&PROVIDER), Error::<Test>::PriceAboveReference);
        assert_ok!(Rewards::set_reference(RuntimeOrigin::root(), SPEC, INDEX));
        let cheap = Prices { per_1k_input: SOUK, per_1k_output: SOUK };
        let traded = |value| Rewards::trade_released(&RIVAL, &SPEC, cheap, value, 0, CloseReason::Valid);
        // Less than the reference weighs says nothing.
        traded(REFERENCE_WEIGHT - 1);
        assert_eq!(Rewards::price_limit(&SPEC), Some(INDEX));
        traded(1);
        assert_noop!(commit(&PROVIDER), Error::<Test>::PriceAboveMedian);
        let limit = Rewards::price_limit(&SPEC).unwrap();
        let fair = Prices { per_1k_input: limit, per_1k_output: limit };
        Offers::insert((PROVIDER, SPEC), (fair, CAPACITY));
        assert_ok!(commit(&PROVIDER));
    });
}

#[test]
fn answers_should_be_committed_once() {
    test(|| {
        open_exam();
        assert_ok!(commit(&PROVIDER));
        assert_noop!(commit(&PROVIDER), Error::<Test>::AlreadyCommitted);
        // Not even when its audits are over already.
        Rewards::exam_released(&Committed::get()[0].id, souk_primitives::close::CloseReason::Valid);
        assert_noop!(commit(&PROVIDER), Error::<Test>::AlreadyCommitted);
    });
}

#[test]
fn the_tree_should_have_the_papers_questions() {
    test(|| {
        open_exam();
        assert_noop!(commit_with(TOTAL, QUESTIONS - 1), Error::<Test>::WrongCount);
        assert_noop!(commit_with(TOTAL, QUESTIONS + 1), Error::<Test>::WrongCount);
        assert_noop!(commit_with(TOTAL + 1, QUESTIONS), Error::<Test>::WrongTotal);
        assert_noop!(commit_with(QUESTIONS as Balance - 1, QUESTIONS), Error::<Test>::WrongTotal);
        assert_ok!(commit_with(QUESTIONS as Balance, QUESTIONS));
    });
}

#[test]
fn the_reports_should_be_affordable() {
    test(|| {
        open_exam();
        Balances::set_balance(&PROVIDER, COST + ED - 1);
        assert_noop!(commit(&PROVIDER), Error::<Test>::InsufficientFree);
        Balances::set_balance(&PROVIDER, COST + ED);
        assert_ok!(commit(&PROVIDER));
        assert_eq!(free(&PROVIDER), ED);
    });
}

#[test]
fn what_the_audits_refuse_should_leave_no_trace() {
    test(|| {
        open_exam();
        AuditsFull::put(true);
        assert_noop!(commit(&PROVIDER), sp_runtime::DispatchError::Other("audits are full"));
        assert_eq!((free(&PROVIDER), Exams::<Test>::iter().count()), (RICH, 0));
    });
}
