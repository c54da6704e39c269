//! Idle blocks do what is due, in bounded steps, and nothing too early.

use crate::{mock::*, Agenda, AgendaCursor, Error, Purchases, PurchasesOf};
use frame_support::{assert_noop, assert_ok, traits::Hooks, weights::Weight};
use souk_primitives::{close::CloseReason, AccountId};

#[test]
fn idle_blocks_should_end_what_missed_its_deadline() {
    test(|| {
        let id = ordered();
        run_to(1 + DELIVERY);
        assert!(!Purchases::<Test>::get(id).unwrap().stage.is_ended());
        System::reset_events();
        next_block();
        assert_eq!(end().map(|(reason, _)| reason), Some(CloseReason::NotDelivered));
        assert_nothing_held();
        assert_noop!(Licensing::expire(signed(STRANGER), id), Error::<Test>::Ended);
    });
}

#[test]
fn what_has_ended_should_stay_readable_for_a_while() {
    test(|| {
        let id = ordered();
        honest(id).revealed();
        assert_ok!(settle(id));
        run_to(1 + HISTORY);
        assert!(Licensing::purchase_view(&id).is_some());
        run_to(2 + HISTORY);
        assert_eq!(Licensing::purchase_view(&id), None);
        assert_eq!((PurchasesOf::<Test>::iter().count(), Agenda::<Test>::iter().count()), (0, 0));
        // The licence outlives it.
        assert!(Licensing::licence_view(&id).is_some());
    });
}

#[test]
fn each_stage_should_move_the_deadline_on_the_agenda() {
    test(|| {
        let copy = honest(ordered());
        for step in [Made::offer, Made::accept, Made::reveal] {
            assert_ok!(step(&copy));
            check();
            assert_eq!(Agenda::<Test>::iter().count(), 1);
        }
    });
}

#[test]
fn a_block_should_do_a_bounded_part_and_the_next_ones_the_rest() {
    test(|| {
        // Forty purchases by as many buyers, all due in one block.
        for number in 0..40u8 {
            let who = AccountId::new([100 + number; 32]);
            assert_ok!(Balances::transfer_allow_death(signed(STRANGER), who.clone(), 2 * PRICE));
            Order { by: who, ..Order::number(number) }.done();
        }
        let open = || Purchases::<Test>::iter_values().filter(|purchase| !purchase.stage.is_ended()).count();
        set_now(2 + DELIVERY);
        let idle = |weight| {
            let used = Licensing::on_idle(1, weight);
            assert!(used.all_lte(weight));
        };
        // The cursor catches up with the empty blocks first.
        idle(Weight::zero());
        assert_eq!((open(), AgendaCursor::<Test>::get()), (40, 0));
        idle(Weight::MAX);
        assert_eq!(open(), 24);
        idle(Weight::MAX);
        idle(Weight::MAX);
        assert_eq!(open(), 0);
        assert_nothing_held();
    });
}
