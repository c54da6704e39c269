use crate::{mock::*, SeedAt, Unseeded};
use frame_support::traits::{Get, Hooks};
use souk_primitives::hash;

fn seed(id: &[u8; 32]) -> Option<[u8; 32]> {
    Souk::channel_view(id).unwrap().seed
}

#[test]
fn seed_should_come_from_the_vrf_of_the_block_after() {
    test(|| {
        run_to(5);
        let (first, second) = (open(), open());
        next_block();
        assert_eq!((seed(&first), seed(&second)), (None, None));
        next_block();
        // Block 7 knows the VRF of 6, the block after 5.
        assert_eq!(seed(&first), Some(hash(&[&vrf_of(6), &first])));
        assert_eq!(seed(&second), Some(hash(&[&vrf_of(6), &second])));
        assert_ne!(seed(&first), seed(&second));
        let fixed = seed(&first);
        run_to(12);
        assert_eq!(seed(&first), fixed);
        assert!(Unseeded::<Test>::get().is_empty());
    });
}

#[test]
fn seed_should_wait_for_a_vrf_that_is_missing() {
    test(|| {
        let id = open();
        for number in 2..6 {
            System::set_block_number(number);
            assert_eq!(ParentVrfOutput::get(), None);
            Souk::on_initialize(number);
            assert_eq!(seed(&id), None);
        }
        next_block();
        assert_eq!(seed(&id), Some(hash(&[&vrf_of(5), &id])));
    });
}

#[test]
fn channels_of_different_blocks_should_have_different_vrfs() {
    test(|| {
        let first = open();
        next_block();
        let second = open();
        next_block();
        assert_eq!((seed(&first).is_some(), seed(&second)), (true, None));
        next_block();
        assert_eq!(seed(&second), Some(hash(&[&vrf_of(3), &second])));
        assert_eq!(SeedAt::<Test>::iter().count(), 2);
    });
}
