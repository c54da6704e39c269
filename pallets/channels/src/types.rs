//! What the pallet stores and what its calls take.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use souk_primitives::{
    batch::Batch,
    call::{Prices, Receipt, Request, Voucher, MAX_IN_FLIGHT},
    close::CloseReason,
    sr25519::Signature,
    views::ChannelState,
    AccountId, Balance, BatchId, BlockNumber, ChannelId, Digest, SpecId,
};

/// A channel: a deposit out of which one consumer pays one provider for calls on one spec.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Channel {
    /// Who is served, and who is compensated for fraud.
    pub consumer: AccountId,
    /// Who paid the deposit: gets the rest and every refund, and is the only one who may top up.
    pub funder: AccountId,
    /// Who serves.
    pub provider: AccountId,
    /// What is run.
    pub spec: SpecId,
    /// Everything that was paid in, in units.
    pub deposit: Balance,
    /// What was settled so far: released, pending, queued or refunded. Never above the deposit.
    pub settled: Balance,
    /// Calls that were settled so far.
    pub settled_calls: u32,
    /// Prices as they were at `open`.
    pub prices: Prices,
    /// Key (sr25519) that signs requests and vouchers.
    pub voucher_key: Digest,
    /// Key (sr25519) that signs receipts, as it was at `open`.
    pub receipt_key: Digest,
    /// Block in which it was opened (real blocks: the beacon counts those).
    pub opened_at: BlockNumber,
    /// Last live block in which only the consumer may start closing it.
    pub expires: BlockNumber,
    /// Live blocks by which the consumer delays the release of batches, to force audits.
    pub notice: BlockNumber,
    /// Whether the spec was audited at `open`.
    pub audited: bool,
    /// Burnt of the fees of its released batches: what a review of it weighs by.
    pub burnt: Balance,
    /// Whether `settle_last` was used: no voucher is accepted after it.
    pub last_calls_settled: bool,
    /// Open batches and queued increments: the channel is remembered until there are none.
    pub open_batches: u32,
    /// Its state.
    pub state: ChannelState,
}

impl Channel {
    /// What is still on hold for it.
    pub fn rest(&self) -> Balance {
        match self.state {
            ChannelState::Closed { .. } => 0,
            _ => self.deposit.saturating_sub(self.settled),
        }
    }
}

/// A consumer's limit for one provider.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Limit {
    /// Most that the deposits of its channels may add up to.
    pub max_amount: Balance,
    /// Most channels that are not closed.
    pub max_channels: u32,
}

/// What a consumer has with one provider in channels that are not closed.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Usage {
    /// Sum of the deposits.
    pub amount: Balance,
    /// Number of channels.
    pub channels: u32,
}

/// What a provider has open: how many batches, and its queue of increments that wait for room.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Lane {
    /// Open batches.
    pub open_batches: u32,
    /// First index of the queue.
    pub head: u32,
    /// Index after the queue's last.
    pub tail: u32,
}

impl Lane {
    /// Whether increments wait.
    pub fn is_queued(&self) -> bool {
        self.head < self.tail
    }

    /// Whether nothing is open.
    pub fn is_idle(&self) -> bool {
        self.open_batches == 0 && !self.is_queued()
    }
}

/// An increment of a channel, or what is left of it in the queue.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Increment {
    /// Its channel.
    pub channel: ChannelId,
    /// The channel's settled value after it: names its batches, since it never repeats.
    pub cumulative: Balance,
    /// Value that has not become a batch yet.
    pub left: Balance,
    /// Where that value starts in the tree.
    pub from: Balance,
    /// Root of the tree of receipts.
    pub root: Digest,
    /// The tree's total.
    pub total: Balance,
    /// The tree's number of leaves.
    pub count: u32,
    /// Whether it is audited for certain, whatever the provider's record.
    pub certain: bool,
    /// Number of its next slice.
    pub slice: u32,
}

/// A batch that ended; readable until it is forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct EndedBatch {
    /// The batch.
    pub batch: Batch,
    /// Block in which it ended.
    pub at: BlockNumber,
    /// Why.
    pub reason: CloseReason,
}

/// What the channels that were opened in one block share.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct OpeningBlock {
    /// The VRF from which their seeds come, once it is known.
    pub vrf: Option<Digest>,
    /// How many of them are still remembered.
    pub channels: u32,
}

/// What is forgotten once `HistoryDepth` blocks have passed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub enum Memory {
    /// A closed channel without open batches.
    Channel(ChannelId),
    /// An ended batch.
    Batch(BatchId),
}

/// First index of a queue, and the index after its last.
pub type Span = (u64, u64);

/// By seq, the charge for which a double receipt was slashed so far.
pub type Doubles = BoundedVec<(u32, Balance), ConstU32<MAX_DOUBLES>>;

/// Most seqs of one channel for which double receipts are reported.
pub const MAX_DOUBLES: u32 = 8;

/// A voucher with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct SignedVoucher {
    /// The voucher.
    pub voucher: Voucher,
    /// By the channel's voucher key.
    pub signature: Signature,
}

/// A receipt with its signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct SignedReceipt {
    /// The receipt.
    pub receipt: Receipt,
    /// By the channel's receipt key.
    pub signature: Signature,
}

/// A call that no voucher covers: what was ordered and what was answered.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct SignedCall {
    /// The request.
    pub request: Request,
    /// By the channel's voucher key.
    pub request_signature: Signature,
    /// The receipt.
    pub receipt: Receipt,
    /// By the channel's receipt key.
    pub receipt_signature: Signature,
}

/// The calls that no voucher covers: at most those in flight.
pub type LastCalls = BoundedVec<SignedCall, ConstU32<MAX_IN_FLIGHT>>;

/// What a consumer or its funder asks for in `open`.
#[derive(Clone, Debug)]
pub struct Order {
    /// Who serves.
    pub provider: AccountId,
    /// What is run.
    pub spec: SpecId,
    /// What is paid in.
    pub deposit: Balance,
    /// Highest prices that are accepted.
    pub max_prices: Prices,
    /// Key that signs requests and vouchers.
    pub voucher_key: Digest,
    /// Last live block of the channel.
    pub expires: BlockNumber,
    /// Whether a spec that nobody audits is fine.
    pub allow_unaudited: bool,
    /// Delay of releases.
    pub notice: BlockNumber,
}
