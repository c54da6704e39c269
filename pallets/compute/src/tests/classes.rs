//! `register_class`, `remove_class`, and what a class refuses.

use crate::{mock::*, Classes, Error, Event};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{
    spec::{
        NumericClass::{Bf16, F32},
        Spec,
    },
    verdict::{Answers, Bound, Thresholds},
};
use sp_runtime::{DispatchError::BadOrigin, DispatchResult};

/// A bit looser than `Thresholds::F32`, and only for long answers.
fn looser() -> Thresholds {
    let Thresholds::Tokens { mut bounds, window, margin } = Thresholds::F32 else { unreachable!() };
    bounds[3].valid += 1;
    Thresholds::Tokens { bounds, window, margin }
}

fn root() -> RuntimeOrigin {
    RuntimeOrigin::root()
}

fn register(spec: &Spec) -> DispatchResult {
    Compute::register_spec(signed(&PUBLISHER), spec.clone())
}

#[test]
fn classes_should_be_governances() {
    run(|| {
        let publisher = || signed(&PUBLISHER);
        assert_noop!(Compute::register_class(publisher(), Bf16, looser()), BadOrigin);
        assert_noop!(Compute::remove_class(publisher(), F32, Answers::Tokens), BadOrigin);
        assert_noop!(Compute::remove_class(root(), Bf16, Answers::Tokens), Error::<Test>::UnknownClass);
        assert_noop!(Compute::remove_class(root(), F32, Answers::Embedding), Error::<Test>::UnknownClass);
        assert_ok!(Compute::register_class(root(), Bf16, looser()));
        assert_last(Event::ClassRegistered { class: Bf16, thresholds: looser() });
        assert_ok!(Compute::remove_class(root(), Bf16, Answers::Tokens));
        assert_last(Event::ClassRemoved { class: Bf16, answers: Answers::Tokens });
        // The other class is as genesis made it.
        assert_eq!(Classes::<Test>::iter_values().collect::<Vec<_>>(), [Thresholds::F32]);
    });
}

#[test]
fn a_class_should_need_sound_thresholds() {
    run(|| {
        let bound = Bound { from: 0, valid: 2, slash: 1 };
        for thresholds in [
            Thresholds::Tokens { bounds: [bound; 4], window: bound, margin: 1 },
            Thresholds::Embedding { max_l2: 1, min_cosine: 1_000_001 },
        ] {
            assert_noop!(Compute::register_class(root(), F32, thresholds), Error::<Test>::UnsoundSpec);
        }
    });
}

#[test]
fn a_spec_should_name_a_class_that_is_known_for_such_answers() {
    run(|| {
        let bf16 = Spec { numeric_class: Bf16, ..spec_with(1) };
        let vectors = Spec { thresholds: Thresholds::EMBEDDING_F32, ..spec_with(1) };
        for (spec, class) in [(bf16, Bf16), (vectors, F32)] {
            assert_noop!(register(&spec), Error::<Test>::UnknownClass);
            assert_ok!(Compute::register_class(root(), class, spec.thresholds));
            assert_ok!(register(&spec));
        }
    });
}

#[test]
fn a_spec_should_be_no_looser_than_its_class() {
    run(|| {
        let spec = Spec { thresholds: looser(), ..spec_with(1) };
        assert_noop!(register(&spec), Error::<Test>::LooserThanClass);
        assert_ok!(Compute::register_class(root(), F32, looser()));
        assert_ok!(register(&spec));
        // A stricter one is the publisher's choice.
        assert_ok!(register(&spec_with(1)));
    });
}

#[test]
fn a_stricter_class_should_refuse_calibrations_and_leave_specs_alone() {
    run(|| {
        assert_ok!(Compute::register_class(root(), F32, looser()));
        let spec = Spec { thresholds: looser(), ..spec_with(1) };
        assert_ok!(register(&spec));
        let accept = |fee| Compute::accept_calibration(root(), spec.id(), fee);
        assert_ok!(accept(50));
        assert_ok!(Compute::register_class(root(), F32, Thresholds::F32));
        assert_eq!(Compute::report_fee(&spec.id()), 50);
        assert_noop!(accept(60), Error::<Test>::LooserThanClass);
        assert_ok!(Compute::remove_class(root(), F32, Answers::Tokens));
        assert_noop!(accept(60), Error::<Test>::UnknownClass);
        assert_ok!(Compute::revoke_calibration(root(), spec.id()));
        assert_eq!(Compute::spec(&spec.id()), Some(spec));
    });
}
