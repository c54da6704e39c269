//! What the pallet keeps.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use souk_primitives::{
    audit::Round, close::CloseReason, sumtree::Shape, verdict::Report, AccountId, AuditId, Balance, BatchId,
    BlockNumber, ChannelId, Digest, SpecId,
};

/// Most seats of a committee, whatever the parameter says.
pub const MAX_SEATS: u32 = 32;
/// Most audits that one window draws for a batch. At `q = 1` one is expected, and five or more come in less than one
/// window of two hundred; a point more would only add cost.
pub const MAX_AUDITS: u32 = 4;
/// Most commits or reveals in one submission.
pub const MAX_ITEMS: u32 = 16;
/// Blocks whose VRF is kept.
pub const RING: BlockNumber = 256;

/// What is known of one block, for the draws.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, MaxEncodedLen)]
pub struct BeaconEntry {
    /// The block.
    pub block: BlockNumber,
    /// Its VRF; `None` when it carried none.
    pub vrf: Option<Digest>,
    /// Who made it.
    pub author: Option<AccountId>,
}

/// Where a batch stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, MaxEncodedLen)]
pub enum Stage {
    /// Waits for the window that begins after `from` (a real block).
    Drawing {
        /// Last block before the window.
        from: BlockNumber,
    },
    /// No block hit it, or its spec is not audited: paid at `release_at` (a live block).
    Waiting {
        /// When it is paid.
        release_at: BlockNumber,
        /// With which reason.
        reason: CloseReason,
    },
    /// At least one audit is open.
    Audited,
    /// It ended.
    Ended {
        /// When (live block).
        at: BlockNumber,
        /// Why.
        reason: CloseReason,
    },
}

/// A committed batch, from its settlement until `HistoryDepth` blocks after its end.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, MaxEncodedLen)]
pub struct Tracked {
    /// Who served.
    pub provider: AccountId,
    /// Session of the settlement, in which an offence is reported.
    pub session: u32,
    /// Live block of the settlement.
    pub committed_at: BlockNumber,
    /// Where it stands.
    pub stage: Stage,
    /// Its audits.
    pub audits: BoundedVec<AuditId, ConstU32<MAX_AUDITS>>,
}

/// A member's seat, with the key that it had at the draw: session keys rotate, seats do not.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, MaxEncodedLen)]
pub struct Seat {
    /// Stash of the validator.
    pub validator: AccountId,
    /// Its attestation key at the draw.
    pub key: Digest,
    /// Its sealed report.
    pub commitment: Option<Digest>,
    /// The opened report.
    pub report: Option<Report>,
}

impl Seat {
    /// An empty seat.
    pub fn new(validator: AccountId, key: Digest) -> Self {
        Self { validator, key, commitment: None, report: None }
    }
}

/// Seats of a committee.
pub type Seats = BoundedVec<Seat, ConstU32<MAX_SEATS>>;

/// State of an audit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, MaxEncodedLen)]
pub enum Phase {
    /// A committee works on it.
    Open,
    /// The first committee decided nothing: another one is drawn at that live block.
    Redrawing {
        /// When.
        at: BlockNumber,
        /// Last real block before the window that it is drawn from.
        from: BlockNumber,
    },
    /// It ended.
    Ended {
        /// Why.
        reason: CloseReason,
    },
}

/// What may happen to an audit in a certain live block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Members commit.
    Commit,
    /// Members that committed reveal.
    Reveal,
    /// Nobody can add anything: it is decided.
    Decide,
    /// It waits for its second committee.
    Redraw,
    /// It ended.
    Closed,
}

/// One audit of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, MaxEncodedLen)]
pub struct Audit {
    /// The batch.
    pub batch: BatchId,
    /// Its channel; an exam's own id.
    pub channel: ChannelId,
    /// Who served.
    pub provider: AccountId,
    /// What was run.
    pub spec: SpecId,
    /// The committed tree of receipts, or of answers.
    pub shape: Shape,
    /// The drawn point in the channel's cumulative value.
    pub point: Balance,
    /// Round.
    pub round: Round,
    /// Real block of the draw of this round's committee.
    pub drawn_at: BlockNumber,
    /// Last live block for commits.
    pub commit_by: BlockNumber,
    /// Last live block for reveals.
    pub reveal_by: BlockNumber,
    /// The committee.
    pub seats: Seats,
    /// Reports of the first committee that were paid when it had decided nothing.
    pub paid: u32,
    /// Its state.
    pub phase: Phase,
}

impl Audit {
    /// What may happen in the live block `now`. Commits end early when every seat has one; the audit is decided as
    /// soon as no seat is left that could still reveal.
    pub fn step(&self, now: BlockNumber) -> Step {
        match self.phase {
            Phase::Ended { .. } => Step::Closed,
            Phase::Redrawing { .. } => Step::Redraw,
            Phase::Open => {
                let all_committed = self.seats.iter().all(|s| s.commitment.is_some());
                let may_reveal = self.seats.iter().any(|s| s.commitment.is_some() && s.report.is_none());
                if !all_committed && now <= self.commit_by {
                    Step::Commit
                } else if may_reveal && now <= self.reveal_by {
                    Step::Reveal
                } else {
                    Step::Decide
                }
            }
        }
    }

    /// Whether it has not ended.
    pub fn is_open(&self) -> bool {
        !matches!(self.phase, Phase::Ended { .. })
    }

    /// Whether it waits for its second committee; its seats are those of the first one.
    pub fn is_redrawing(&self) -> bool {
        matches!(self.phase, Phase::Redrawing { .. })
    }

    /// Reports that were paid, or are when its batch ends.
    pub fn reports(&self) -> u32 {
        if self.is_redrawing() {
            return self.paid;
        }
        let last = self.seats.iter().filter(|s| s.report.is_some()).count();
        self.paid.saturating_add(u32::try_from(last).unwrap_or(u32::MAX))
    }

    /// Why it ended, if it did.
    pub fn outcome(&self) -> Option<CloseReason> {
        match self.phase {
            Phase::Ended { reason } => Some(reason),
            _ => None,
        }
    }

    /// The seat of a validator.
    pub fn seat(&self, validator: &AccountId) -> Option<&Seat> {
        self.seats.iter().find(|s| s.validator == *validator)
    }
}

/// How a batch ends whose audits have all ended without an upheld fraud: by the worst of their outcomes. An audit that
/// decided nothing doesn't spoil another one's `Valid`.
pub fn worst(outcomes: impl IntoIterator<Item = CloseReason>) -> CloseReason {
    let rank = |reason: &CloseReason| match reason {
        CloseReason::Fraud => 6,
        CloseReason::Withheld => 5,
        CloseReason::Disputed => 4,
        CloseReason::BadRequest => 3,
        CloseReason::Doubtful => 2,
        CloseReason::Valid => 1,
        _ => 0,
    };
    outcomes.into_iter().max_by_key(rank).unwrap_or(CloseReason::Unaudited)
}

/// The two clocks of the agenda.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub enum Queue {
    /// Real blocks, which the beacon counts.
    Draws,
    /// Live blocks, which deadlines count.
    Deadlines,
    /// Live blocks: what is forgotten, when a block has nothing better to do.
    Memories,
}

/// Something that is due in a certain block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo, MaxEncodedLen)]
pub enum Task {
    /// Draw a batch.
    Draw(BatchId),
    /// Pay a batch that was not drawn.
    Release(BatchId),
    /// Decide an audit if nobody can add anything.
    Decide(AuditId),
    /// Draw the second committee of an audit.
    Redraw(AuditId),
    /// Forget an ended batch and its audits.
    Forget(BatchId),
}
