//! Who watches bonds hears of each change, and of nothing else.

use crate::mock::*;
use frame_support::assert_ok;

/// What was told since the last time, all of it about PROVIDER.
#[track_caller]
fn assert_told(active: &[u128]) {
    let told: Vec<_> = active.iter().map(|active| (PROVIDER, *active)).collect();
    assert_eq!(Watched::take(), told);
    if let Some(last) = active.last() {
        assert_eq!(Compute::serving_bond(&PROVIDER), *last);
    }
}

#[test]
fn a_bond_should_count_while_its_provider_serves() {
    run(|| {
        register(&PROVIDER, BOND).unwrap();
        assert_eq!(Compute::serving_bond(&PROVIDER), 0);
        assert_ok!(Compute::bond_extra(signed(&PROVIDER), 10));
        // Not accepted yet: whatever is told is nothing.
        assert_told(&[0]);
        assert_ok!(Compute::accept_sidecar(signed(&VAL), PROVIDER));
        assert_told(&[BOND + 10]);
        assert_ok!(Compute::bond_extra(signed(&PROVIDER), 5));
        assert_ok!(Compute::unbond_some(signed(&PROVIDER), 15));
        assert_told(&[BOND + 15, BOND]);
        assert_eq!(Compute::slash(&PROVIDER, 100, &[]), 100);
        assert_told(&[BOND - 100]);
        assert_ok!(Compute::add_exposure(&PROVIDER, 10));
        Compute::free_exposure(&PROVIDER, 10);
        assert_ok!(Compute::rotate_receipt_key(signed(&PROVIDER), [9; 32]));
        assert_told(&[]);
        assert_ok!(Compute::drain(signed(&PROVIDER)));
        assert_told(&[0]);
        Now::set(1_000);
        assert_ok!(Compute::withdraw(signed(&PROVIDER)));
        assert_told(&[0]);
    });
}

#[test]
fn a_convict_should_not_vote_with_what_is_left() {
    run(|| {
        active();
        assert_told(&[BOND]);
        Compute::jail(&PROVIDER);
        assert_told(&[0]);
        // A later slash of what is left changes nothing that counts.
        assert_eq!(Compute::slash(&PROVIDER, 10, &[]), 10);
        assert_told(&[0]);
    });
}
