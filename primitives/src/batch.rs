//! A batch: one settled increment of a channel, the unit of pending money and of audits. An exam is a batch as well: it
//! is drawn and checked like one, but what its end means is another matter.

use crate::{
    exposure::Chance, sumtree::Shape, AccountId, Balance, BatchId, BlockNumber, ChannelId, Digest, SpecId,
};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// What a batch commits to.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub enum BatchKind {
    /// Paid calls of a channel.
    Call,
    /// Answers to an exam, see [`crate::exam`]: its id and its channel are the exam's, amounts are tokens, nobody was
    /// served, and its exposure is the fine for a false answer.
    Exam,
}

/// Facts of a batch, fixed when it is committed.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Batch {
    /// Its id, see [`crate::call::batch_id`].
    pub id: BatchId,
    /// Channel that it settles.
    pub channel: ChannelId,
    /// Who served.
    pub provider: AccountId,
    /// Who was served: gets the compensation.
    pub consumer: AccountId,
    /// Who paid: gets a refund.
    pub funder: AccountId,
    /// What was run.
    pub spec: SpecId,
    /// Cumulative value of the channel before this batch.
    pub from: Balance,
    /// Its value, at least 1.
    pub value: Balance,
    /// Root of the voucher's tree of receipts.
    pub root: Digest,
    /// Its total.
    pub total: Balance,
    /// Its number of receipts.
    pub count: u32,
    /// Audit chance.
    pub chance: Chance,
    /// Exposure of the provider's bond, and the slash for fraud.
    pub exposure: Balance,
    /// Whether the spec was audited when the channel was opened.
    pub audited: bool,
    /// Block of the commitment (real blocks: the beacon counts those).
    pub committed_at: BlockNumber,
    /// Paid calls or an exam.
    pub kind: BatchKind,
}

impl Batch {
    /// The tree that its points open.
    pub fn shape(&self) -> Shape {
        Shape { root: self.root, total: self.total, count: self.count }
    }
}
