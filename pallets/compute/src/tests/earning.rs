//! Bonds that grow by rewards, capacity that was shown.

use crate::{mock::*, Error, Event, Servings};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::call::Prices;

#[test]
fn the_bond_should_count_only_while_its_provider_serves() {
    run(|| {
        assert_eq!(Compute::serving_bond(&PROVIDER), 0);
        serving();
        assert_eq!(Compute::serving_bond(&PROVIDER), BOND);
        assert_ok!(Compute::drain(signed(&PROVIDER)));
        assert_eq!(Compute::serving_bond(&PROVIDER), 0);
    });
}

#[test]
fn rewards_should_become_bond() {
    run(|| {
        serving();
        assert_ok!(Compute::compound(&PROVIDER, 7));
        assert_eq!(Compute::serving_bond(&PROVIDER), BOND + 7);
        assert_money(&PROVIDER, ENDOWED - BOND - 7, BOND + 7);
        assert_noop!(Compute::compound(&PROVIDER, ENDOWED), Error::<Test>::InsufficientFree);
        // What is claimed for one that leaves, by whomever, is its money.
        assert_ok!(Compute::drain(signed(&PROVIDER)));
        assert_noop!(Compute::compound(&PROVIDER, 7), Error::<Test>::NotActive);
        assert_noop!(Compute::compound(&CONSUMER, 7), Error::<Test>::NotFound);
    });
}

#[test]
fn capacity_should_fall_to_what_was_shown_and_never_rise() {
    run(|| {
        let spec = serving();
        let capacity = || Servings::<Test>::get(spec, PROVIDER).unwrap().capacity;
        let claimed = capacity();
        Compute::lower_capacity(&PROVIDER, &spec, claimed + 1);
        assert_eq!(capacity(), claimed);
        Compute::lower_capacity(&PROVIDER, &spec, claimed - 1);
        let prices = Prices { per_1k_input: 10, per_1k_output: 20 };
        assert_last(Event::Serving { provider: PROVIDER, spec, prices, capacity: claimed - 1 });
        Compute::lower_capacity(&PROVIDER, &spec, 0);
        assert_eq!(capacity(), 1);
    });
}
