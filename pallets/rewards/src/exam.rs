//! When an exam is: one block is drawn for all specs, some VRFs after it are mixed, and then the papers are known.
//!
//! ```text
//!         epoch due          hit             MIX VRFs          the window is over and
//!  Waiting ─────> Rolling ─────────> Mixing ─────────> Open ──── all exams have ended ───> Waiting
//!                                                               (at the end of an epoch)
//! ```
//!
//! The pure part is [`Stage::step`].

use crate::{pallet::*, types::RoundBook};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{
    traits::{ConstU32, Get},
    BoundedVec,
};
use scale_info::TypeInfo;
use souk_pallet_support::clock;
use souk_primitives::{
    exam::{drawn, hits, MIX},
    rewards, Balance, BlockNumber, Digest,
};

/// An exam that was put off covers the time since the one before it, but at most this many times the usual: nobody loses
/// by audits that others draw out, and nobody is paid for a halt.
const MAX_PUT_OFF: u32 = 4;

/// How far an exam is.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub enum Stage {
    /// None is going on.
    #[default]
    Waiting,
    /// Each block may be drawn, the last one surely is.
    Rolling {
        /// The last one, a live block.
        until: BlockNumber,
    },
    /// A block was drawn; VRFs after it are gathered.
    Mixing {
        /// Those so far.
        vrfs: BoundedVec<Digest, ConstU32<MIX>>,
    },
    /// The papers are known; their answers are committed, and then audited.
    Open {
        /// From which every paper follows.
        drawn: Digest,
        /// Last live block in which answers are committed.
        by: BlockNumber,
        /// Last block for it as blocks are counted: while the live ones stand still, everybody may work on its paper for
        /// as long as it likes, so that answers which come later show nothing.
        last: BlockNumber,
    },
}

impl Stage {
    /// What the parent block's VRF makes of it, in live block `now` that is really block `real`.
    pub fn step(
        self,
        vrf: &Digest,
        epoch: u32,
        (now, real): (BlockNumber, BlockNumber),
        window: BlockNumber,
    ) -> Self {
        match self {
            Stage::Rolling { until } => {
                let left = until.saturating_sub(now).saturating_add(1);
                if hits(vrf, epoch, left) {
                    Stage::Mixing { vrfs: BoundedVec::new() }
                } else {
                    Stage::Rolling { until }
                }
            }
            Stage::Mixing { mut vrfs } => {
                // Full is what it can't be: it opens with the last one.
                let _ = vrfs.try_push(*vrf);
                if vrfs.is_full() {
                    let [by, last] = [now, real].map(|now| clock::deadline(now, window));
                    Stage::Open { drawn: drawn(&vrfs), by, last }
                } else {
                    Stage::Mixing { vrfs }
                }
            }
            other => other,
        }
    }
}

/// The exam that is going on, or the last one.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Round {
    /// Epoch in which it began; its name.
    pub epoch: u32,
    /// Epochs that it covers: those since the last one began.
    pub span: u32,
    /// Live block in which it began: an offer that was changed since does not count for it.
    pub began: BlockNumber,
    /// How far it is.
    pub stage: Stage,
    /// Committed exams that have not ended.
    pub open: u32,
}

impl<T: Config> Pallet<T> {
    /// One block of the exam. Without a VRF nothing happens: never a draw from zeros.
    pub(crate) fn step_round() -> bool {
        let round = CurrentRound::<T>::get();
        if !matches!(round.stage, Stage::Rolling { .. } | Stage::Mixing { .. }) {
            return false;
        }
        let Some(vrf) = T::Beacon::get() else { return false };
        let (epoch, now) = (round.epoch, (T::Clock::get(), Self::block()));
        let stage = round.stage.step(&vrf, epoch, now, T::ExamWindow::get());
        if let Stage::Open { drawn, by, .. } = stage {
            Self::deposit_event(Event::ExamOpened { epoch, drawn, commit_by: by });
        }
        CurrentRound::<T>::put(Round { stage, ..round });
        true
    }

    /// Whether answers may be committed now.
    pub(crate) fn is_in_time(by: BlockNumber, last: BlockNumber) -> bool {
        clock::in_time(T::Clock::get(), by) && clock::in_time(Self::block(), last)
    }

    /// Whether the exam that began in an epoch still goes on.
    pub(crate) fn is_round_open(epoch: u32) -> bool {
        let round = CurrentRound::<T>::get();
        round.stage != Stage::Waiting && round.epoch == epoch
    }

    /// Fixes what the points of an exam are worth, once nobody can commit to it and all its audits have ended.
    pub(crate) fn end_round(budget: Balance) {
        let mut round = CurrentRound::<T>::get();
        let Stage::Open { by, last, .. } = round.stage else { return };
        if round.open > 0 || Self::is_in_time(by, last) {
            return;
        }
        let mut book = Rounds::<T>::get(round.epoch).unwrap_or_default();
        let promised = book.fix(budget);
        Self::owe(crate::types::Pot::Providers, promised);
        let RoundBook { availability, .. } = book;
        Self::put_round(round.epoch, book);
        round.stage = Stage::Waiting;
        Self::deposit_event(Event::ExamSettled {
            epoch: round.epoch,
            budget,
            points: availability.points,
            promised,
        });
        CurrentRound::<T>::put(round);
    }

    /// Begins an exam in the epoch that begins, if one is due and none goes on.
    pub(crate) fn begin_round(epoch: u32) {
        let last = CurrentRound::<T>::get();
        let every = T::ExamEvery::get();
        let is_due = every > 0 && epoch >= last.epoch.saturating_add(every);
        if last.stage != Stage::Waiting || !is_due {
            return;
        }
        // The first half of the epoch: answers and audits need the other one.
        let blocks = T::EpochBlocks::get().checked_div(2).unwrap_or(0).max(1);
        let began = T::Clock::get();
        let until = clock::deadline(began, blocks);
        let span = epoch.saturating_sub(last.epoch).min(every.saturating_mul(MAX_PUT_OFF));
        CurrentRound::<T>::put(Round { epoch, span, began, stage: Stage::Rolling { until }, open: 0 });
    }

    /// Most that a bond can earn by an exam that covers `span` epochs.
    pub(crate) fn cap(bond: Balance, span: u32) -> Balance {
        let millis = T::MillisPerEpoch::get().saturating_mul(span.into());
        rewards::prorate(bond, T::YearlyCap::get().deconstruct(), millis)
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_last_block_should_surely_be_drawn_and_the_papers_come_after_four_more() {
        let vrf = |n: u32| souk_primitives::hash(&[&n.to_le_bytes()]);
        for epoch in 0..50 {
            let mut stage = Stage::Rolling { until: 20 };
            let mut now = 10;
            while matches!(stage, Stage::Rolling { .. }) {
                stage = stage.step(&vrf(now), epoch, (now, now + 7), 10);
                assert!(now <= 20);
                now += 1;
            }
            for seen in 0..MIX {
                let Stage::Mixing { vrfs } = &stage else { panic!("{stage:?}") };
                assert_eq!(vrfs.len() as u32, seen);
                stage = stage.step(&vrf(now), epoch, (now, now + 7), 10);
                now += 1;
            }
            let mixed: Vec<_> = (now - MIX..now).map(vrf).collect();
            let open = Stage::Open { drawn: drawn(&mixed), by: now + 9, last: now + 16 };
            assert_eq!(stage, open);
            assert_eq!(stage.step(&vrf(now), epoch, (now, now + 7), 10), open);
        }
    }

    #[test]
    fn a_draw_that_was_postponed_should_hit_with_the_next_vrf() {
        let stage = Stage::Rolling { until: 5 };
        assert!(matches!(stage.step(&[7; 32], 1, (9, 9), 10), Stage::Mixing { .. }));
    }
}
