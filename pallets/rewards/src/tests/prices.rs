use crate::{mock::*, Error, Event, References, Trades};
use frame_support::{assert_noop, assert_ok};
use souk_primitives::{call::Prices, close::CloseReason, rewards::REFERENCE_WEIGHT, Balance, SOUK};

/// Calls worth `value` at this price for prompts and answers alike.
fn traded(price: Balance, value: Balance) {
    let prices = Prices { per_1k_input: price, per_1k_output: price };
    Rewards::trade_released(&PROVIDER, &SPEC, prices, value, 0, CloseReason::NotDrawn);
}

/// The floor of the bucket of a price.
fn floor(price: Balance) -> Balance {
    souk_primitives::rewards::bucket_floor(souk_primitives::rewards::bucket(price))
}

fn median() -> Balance {
    Rewards::median_price(&SPEC, INDEX)
}

#[test]
fn median_should_weigh_trades_by_value_and_limit_prices() {
    test(|| {
        assert_eq!((median(), Rewards::price_limit(&SPEC)), (INDEX, Some(INDEX)));
        // What stands for the reference is above all of these.
        traded(SOUK, REFERENCE_WEIGHT + 60 * SOUK);
        traded(2 * SOUK, 30 * SOUK);
        assert_eq!(median(), floor(SOUK));
        traded(2 * SOUK, 40 * SOUK);
        assert_eq!(median(), floor(2 * SOUK));
        assert_eq!(Rewards::price_limit(&SPEC), Some(floor(2 * SOUK) * 5 / 4));
    });
}

#[test]
fn dust_should_leave_the_limit_where_it_is() {
    test(|| {
        for _ in 0..100 {
            traded(INDEX / 4, SOUK / 10);
        }
        assert_eq!((median(), Rewards::price_limit(&SPEC)), (INDEX, Some(INDEX)));
    });
}

#[test]
fn only_the_last_ten_epochs_should_count() {
    test(|| {
        traded(SOUK, REFERENCE_WEIGHT + 60 * SOUK);
        end_epoch();
        traded(2 * SOUK, 50 * SOUK);
        for _ in 0..8 {
            end_epoch();
        }
        assert_eq!(median(), floor(SOUK));
        end_epoch();
        assert_eq!(median(), INDEX, "too little is left");
        // Its place in the ring is used again.
        traded(SOUK / 2, REFERENCE_WEIGHT);
        assert_eq!(median(), floor(2 * SOUK));
        end_epoch();
        assert_eq!(median(), floor(SOUK / 2));
        next_block();
        next_block();
        assert_eq!(Trades::<Test>::iter_prefix(SPEC).count(), 1);
    });
}

#[test]
fn a_spec_without_reference_should_keep_no_prices() {
    test(|| {
        assert_ok!(Rewards::set_reference(RuntimeOrigin::root(), SPEC, 0));
        assert_eq!(events(), [Event::ReferenceSet { spec: SPEC, price: 0 }]);
        traded(SOUK, 60 * SOUK);
        assert_eq!(Trades::<Test>::iter().count(), 0);
        assert_eq!((References::<Test>::get(SPEC), Rewards::price_limit(&SPEC)), (None, None));
    });
}

#[test]
fn reference_should_be_set_by_its_origin_for_a_spec_that_there_is() {
    test(|| {
        assert_noop!(Rewards::set_reference(signed(&OWNER), SPEC, 5), sp_runtime::DispatchError::BadOrigin);
        let root = RuntimeOrigin::root;
        assert_noop!(Rewards::set_reference(root(), OTHER_SPEC, 5), Error::<Test>::SpecNotFound);
        assert_ok!(Rewards::set_reference(root(), SPEC, 5));
        assert_eq!(References::<Test>::get(SPEC), Some(5));
        assert_eq!(events(), [Event::ReferenceSet { spec: SPEC, price: 5 }]);
        // Of one that is gone, it can still be taken away.
        Owners::remove(SPEC);
        assert_ok!(Rewards::set_reference(root(), SPEC, 0));
    });
}
