//! `accept_calibration`, `revoke_calibration`, and when a spec is audited.

use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{DispatchError::BadOrigin, Permill};

#[test]
fn calibration_should_be_governances() {
    run(|| {
        let spec = registered_spec(1);
        assert_noop!(Compute::accept_calibration(signed(&PUBLISHER), spec, 50), BadOrigin);
        assert_noop!(Compute::revoke_calibration(signed(&PUBLISHER), spec), BadOrigin);
        assert_noop!(
            Compute::accept_calibration(RuntimeOrigin::root(), [0; 32], 50),
            Error::<Test>::NotFound
        );
        assert_noop!(Compute::revoke_calibration(RuntimeOrigin::root(), [0; 32]), Error::<Test>::NotFound);
        assert_noop!(Compute::revoke_calibration(RuntimeOrigin::root(), spec), Error::<Test>::NotCalibrated);
        assert_eq!(Compute::report_fee(&spec), 0);
        assert_ok!(Compute::accept_calibration(RuntimeOrigin::root(), spec, 50));
        assert_last(Event::CalibrationAccepted { spec, report_fee: 50 });
        assert_eq!(Compute::report_fee(&spec), 50);
        assert_ok!(Compute::accept_calibration(RuntimeOrigin::root(), spec, 60));
        assert_eq!(Compute::report_fee(&spec), 60);
        assert_ok!(Compute::revoke_calibration(RuntimeOrigin::root(), spec));
        assert_last(Event::CalibrationRevoked { spec });
        assert_eq!(Compute::report_fee(&spec), 0);
        assert_money(&PUBLISHER, ENDOWED - 500, 500);
    });
}

#[test]
fn a_spec_should_be_audited_iff_calibrated_with_enough_verifiers() {
    run(|| {
        let spec = serving();
        for i in 0..3 {
            assert!(!Compute::spec_is_audited(&spec));
            assert_ok!(Compute::register_verifier(signed(&ver(i)), spec, 100));
        }
        assert!(!Compute::spec_is_audited(&spec));
        assert_ok!(Compute::accept_calibration(RuntimeOrigin::root(), spec, 50));
        assert!(Compute::spec_is_audited(&spec));
        assert!(Compute::terms(&PROVIDER, &spec).unwrap().audited);
        assert_ok!(Compute::revoke_calibration(RuntimeOrigin::root(), spec));
        assert!(!Compute::spec_is_audited(&spec));
    });
}

#[test]
fn a_spec_should_need_a_share_of_the_active_stake() {
    run(|| {
        let spec = serving();
        audited(spec, 3);
        // They have exactly half of the stake.
        StakeShare::set(Permill::from_percent(50));
        assert!(Compute::spec_is_audited(&spec));
        StakeShare::set(Permill::from_parts(500_001));
        assert!(!Compute::spec_is_audited(&spec));
    });
}

#[test]
fn a_providers_own_verifiers_should_not_count_for_it() {
    run(|| {
        let spec = serving();
        audited(spec, 2);
        assert_ok!(Compute::register_verifier(signed(&VAL), spec, 100));
        // Three verifiers, but one is the provider's own validator.
        assert!(Compute::spec_is_audited(&spec));
        assert!(!Compute::is_audited_for(&PROVIDER, &spec));
        assert!(Compute::is_audited_for(&CONSUMER, &spec));
        assert!(!Compute::terms(&PROVIDER, &spec).unwrap().audited);
        assert_ok!(Compute::register_verifier(signed(&ver(2)), spec, 100));
        assert!(Compute::is_audited_for(&PROVIDER, &spec));
    });
}

#[test]
fn a_verifier_should_not_take_a_provider_off_what_is_audited() {
    run(|| {
        let spec = serving();
        audited(spec, 3);
        // One that has the provider, or its validator, act for it sits on no committee of theirs. It made that link alone.
        for own in [PROVIDER, VAL] {
            Proxies::set(vec![(own, ver(0))]);
            assert!(Compute::is_linked(&PROVIDER, &ver(0)));
            assert!(Compute::is_audited_for(&PROVIDER, &spec));
            assert!(Compute::terms(&PROVIDER, &spec).unwrap().audited);
        }
    });
}

#[test]
fn a_provider_should_not_link_a_verifier_to_itself() {
    run(|| {
        let spec = serving();
        audited(spec, 3);
        // Nobody needs a verifier's consent to name it as a proxy.
        Proxies::set((0..3).flat_map(|i| [(ver(i), PROVIDER), (ver(i), VAL)]).collect());
        assert!((0..3).all(|i| !Compute::is_linked(&PROVIDER, &ver(i))));
        assert!(Compute::is_audited_for(&PROVIDER, &spec));
        assert!(Compute::terms(&PROVIDER, &spec).unwrap().audited);
    });
}
