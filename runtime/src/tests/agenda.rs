//! Full agendas of the scheduler: what referenda need of it happens all the same.

use super::{harness::*, market::*};
use crate::{configs::agenda::PatientScheduler, BlockNumber, Runtime, RuntimeCall, Scheduler, System};
use codec::Encode;
use frame_support::{
    assert_ok,
    traits::{
        schedule::{
            v3::{Anon, Named},
            DispatchTime,
        },
        Bounded, Get,
    },
};
use pallet_referenda::{DecidingCount, ReferendumCount, ReferendumInfo, ReferendumInfoFor};
use pallet_scheduler::Agenda;

/// The track of root.
const ROOT: u16 = 0;

fn places() -> u32 {
    <Runtime as pallet_scheduler::Config>::MaxScheduledPerBlock::get()
}

fn remark() -> RuntimeCall {
    frame_system::Call::remark { remark: vec![] }.into()
}

fn inline(call: RuntimeCall) -> pallet_scheduler::BoundedCallOf<Runtime> {
    Bounded::Inline(call.encode().try_into().unwrap())
}

fn root() -> crate::OriginCaller {
    frame_system::RawOrigin::Root.into()
}

fn submission() -> pallet_referenda::Call<Runtime> {
    pallet_referenda::Call::submit {
        proposal_origin: Box::new(root()),
        proposal: inline(remark()),
        enactment_moment: DispatchTime::After(1),
    }
}

/// Fills the agenda of a block to the last place.
fn fill(block: BlockNumber) {
    let one = || {
        <Scheduler as Anon<_, _, _>>::schedule(DispatchTime::At(block), None, 200, root(), inline(remark()))
    };
    while one().is_ok() {}
    assert_eq!(taken(block), places());
}

fn taken(block: BlockNumber) -> u32 {
    Agenda::<Runtime>::decode_len(block).unwrap_or_default() as u32
}

fn ongoing(index: u32) -> Option<pallet_referenda::ReferendumStatusOf<Runtime, ()>> {
    match ReferendumInfoFor::<Runtime>::get(index) {
        Some(ReferendumInfo::Ongoing(status)) => Some(status),
        _ => None,
    }
}

/// A referendum of Eve's for root, with its deposit. In the current block.
fn asked() -> u32 {
    let index = ReferendumCount::<Runtime>::get();
    assert_ok!(submit("Eve", submission()));
    assert_ok!(submit("Eve", pallet_referenda::Call::place_decision_deposit { index }));
    index
}

#[test]
fn referenda_that_end_before_a_full_agenda_should_give_their_places_back() {
    local().execute_with(|| {
        open_block();
        let polls: Vec<_> = (0..10).map(|_| asked()).collect();
        close_block();
        blocks(5);
        assert_eq!(DecidingCount::<Runtime>::get(ROOT), 10, "the track is full");
        let end = ongoing(polls[0]).unwrap().alarm.expect("its end is known").0;
        fill(end + 1);
        blocks(end - System::block_number());
        assert!(polls.into_iter().all(|poll| ongoing(poll).is_none()), "they have ended");
        blocks(2);
        assert_eq!(DecidingCount::<Runtime>::get(ROOT), 0);
        open_block();
        let next = asked();
        close_block();
        blocks(5);
        assert!(ongoing(next).unwrap().deciding.is_some());
    });
}

#[test]
fn submissions_should_leave_half_of_an_agenda_to_others() {
    local().execute_with(|| {
        open_block();
        let first = ReferendumCount::<Runtime>::get();
        let polls = first..first + places() / 2 + 44;
        let calls = polls.clone().map(|_| submission().into()).collect();
        assert_ok!(submit("Eve", pallet_utility::Call::batch_all { calls }));
        let out = ongoing(first).unwrap().alarm.unwrap().0;
        assert_eq!((taken(out), taken(out + 1)), (places() / 2, 44));
        close_block();
        // A block more where one of them is a session's first, which has no room.
        blocks(out + 2 - System::block_number());
        let mut polls = polls;
        assert!(polls.all(|poll| ongoing(poll).is_none()), "all of them time out");
    });
}

#[test]
fn what_was_decided_should_go_to_the_next_block_with_room() {
    local().execute_with(|| {
        blocks(1);
        let due = System::block_number() + 5;
        fill(due);
        let id = [7; 32];
        let look = <Runtime as frame_system::Config>::DbWeight::get().reads(1);
        let before = System::block_weight().total();
        let enactment =
            PatientScheduler::schedule_named(id, DispatchTime::At(due), None, 63, root(), inline(remark()));
        assert_eq!(enactment.map(|(block, _)| block), Ok(due + 1));
        assert_eq!(System::block_weight().total(), before.saturating_add(look), "a second look is paid for");
        assert_eq!(<PatientScheduler as Named<_, _, _>>::next_dispatch_time(id), Ok(due + 1));
        assert_ok!(PatientScheduler::cancel_named(id));
        // Four blocks after this one's tasks: as the scheduler itself counts.
        let after =
            PatientScheduler::schedule_named(id, DispatchTime::After(4), None, 63, root(), inline(remark()));
        assert_eq!(after.map(|(block, _)| block), Ok(due + 1));
    });
}

#[test]
fn looks_at_referenda_should_take_half_and_what_frees_a_place_all() {
    local().execute_with(|| {
        blocks(1);
        let at = System::block_number() + 5;
        let scheduled = |call: pallet_referenda::Call<Runtime>| {
            let call = inline(call.into());
            <PatientScheduler as Anon<_, _, _>>::schedule(DispatchTime::At(at), None, 128, root(), call)
                .map(|(block, _)| block)
        };
        let look = || scheduled(pallet_referenda::Call::nudge_referendum { index: 0 });
        let free = || scheduled(pallet_referenda::Call::one_fewer_deciding { track: ROOT });
        for _ in 0..places() / 2 {
            assert_eq!(look(), Ok(at));
        }
        assert_eq!(look(), Ok(at + 1));
        for _ in places() / 2..places() {
            assert_eq!(free(), Ok(at));
        }
        assert_eq!(free(), Ok(at + 1));
    });
}
