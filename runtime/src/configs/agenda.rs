//! The scheduler as referenda use it: patient where it has to be.
//!
//! `pallet-referenda` drops what the scheduler answers. An agenda that is full would swallow an approved call, or the call
//! by which a referendum that ended gives its place on the track back, for ever; and anybody fills an agenda with
//! submissions, since each of them sets an alarm in the block in which it times out. So alarms take one half of an
//! agenda only, and what finds no room goes to a later block. No referendum minds being looked at a few blocks late.

use crate::{BlockNumber, Runtime, RuntimeCall, Scheduler, System};
use codec::Decode;
use frame_support::{
    dispatch::DispatchClass,
    traits::{
        schedule::{
            v3::{Anon, Named, TaskName},
            DispatchTime, Period, Priority,
        },
        Bounded, Get,
    },
};
use pallet_scheduler::{Agenda, TaskAddress};
use sp_runtime::{traits::BlakeTwo256, DispatchError};

type Call = Bounded<RuntimeCall, BlakeTwo256>;
type Origin = crate::OriginCaller;

/// Blocks that are looked at for a place.
const REACH: BlockNumber = 16;

/// The scheduler, for referenda.
pub struct PatientScheduler;

impl PatientScheduler {
    /// The first block from `when` on in whose agenda fewer than `places` are taken, if one of the next has any. Weight
    /// of looking further than the first, which the scheduler's own look repeats, goes to the block.
    fn room(when: DispatchTime<BlockNumber>, places: u32) -> DispatchTime<BlockNumber> {
        let asked = match when {
            DispatchTime::At(block) => block,
            // As the scheduler counts: the tasks of this block have run already.
            DispatchTime::After(blocks) => System::block_number().saturating_add(blocks).saturating_add(1),
        };
        let taken = |block: &BlockNumber| Agenda::<Runtime>::decode_len(block).unwrap_or_default();
        let found = (asked..asked.saturating_add(REACH))
            .find(|block| u32::try_from(taken(block)).is_ok_and(|taken| taken < places));
        let further = found.map_or(REACH, |block| block.saturating_sub(asked));
        if further > 0 {
            let weight = <Runtime as frame_system::Config>::DbWeight::get().reads(further.into());
            System::register_extra_weight_unchecked(weight, DispatchClass::Mandatory);
        }
        DispatchTime::At(found.unwrap_or(asked))
    }

    /// What a call may take of an agenda: all of it, but for the looks at a referendum, which everybody can set for a
    /// deposit.
    fn places(call: &Call) -> u32 {
        let all = <Runtime as pallet_scheduler::Config>::MaxScheduledPerBlock::get();
        let Bounded::Inline(bytes) = call else { return all };
        match RuntimeCall::decode(&mut &bytes[..]) {
            Ok(RuntimeCall::Referenda(pallet_referenda::Call::nudge_referendum { .. })) => all / 2,
            _ => all,
        }
    }
}

impl Anon<BlockNumber, RuntimeCall, Origin> for PatientScheduler {
    type Address = TaskAddress<BlockNumber>;
    type Hasher = BlakeTwo256;

    fn schedule(
        when: DispatchTime<BlockNumber>,
        maybe_periodic: Option<Period<BlockNumber>>,
        priority: Priority,
        origin: Origin,
        call: Call,
    ) -> Result<Self::Address, DispatchError> {
        let when = Self::room(when, Self::places(&call));
        <Scheduler as Anon<_, _, _>>::schedule(when, maybe_periodic, priority, origin, call)
    }

    fn cancel(address: Self::Address) -> Result<(), DispatchError> {
        <Scheduler as Anon<_, _, _>>::cancel(address)
    }

    fn reschedule(
        address: Self::Address,
        when: DispatchTime<BlockNumber>,
    ) -> Result<Self::Address, DispatchError> {
        <Scheduler as Anon<_, _, _>>::reschedule(address, when)
    }

    fn next_dispatch_time(address: Self::Address) -> Result<BlockNumber, DispatchError> {
        <Scheduler as Anon<_, _, _>>::next_dispatch_time(address)
    }
}

impl Named<BlockNumber, RuntimeCall, Origin> for PatientScheduler {
    type Address = TaskAddress<BlockNumber>;
    type Hasher = BlakeTwo256;

    fn schedule_named(
        id: TaskName,
        when: DispatchTime<BlockNumber>,
        maybe_periodic: Option<Period<BlockNumber>>,
        priority: Priority,
        origin: Origin,
        call: Call,
    ) -> Result<Self::Address, DispatchError> {
        let when = Self::room(when, <Runtime as pallet_scheduler::Config>::MaxScheduledPerBlock::get());
        <Scheduler as Named<_, _, _>>::schedule_named(id, when, maybe_periodic, priority, origin, call)
    }

    fn cancel_named(id: TaskName) -> Result<(), DispatchError> {
        <Scheduler as Named<_, _, _>>::cancel_named(id)
    }

    fn reschedule_named(
        id: TaskName,
        when: DispatchTime<BlockNumber>,
    ) -> Result<Self::Address, DispatchError> {
        <Scheduler as Named<_, _, _>>::reschedule_named(id, when)
    }

    fn next_dispatch_time(id: TaskName) -> Result<BlockNumber, DispatchError> {
        <Scheduler as Named<_, _, _>>::next_dispatch_time(id)
    }
}
