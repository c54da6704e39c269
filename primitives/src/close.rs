//! Why an obligation ended. Every end carries one of these in its event and stays readable for `HistoryDepth` blocks.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Why a batch, an audit, a channel or a purchase ended.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum CloseReason {
    /// Batch: its window passed without a hit; paid.
    NotDrawn,
    /// Batch or audit: the committee found the answer honest; paid.
    Valid,
    /// Batch or audit: close to the bound; paid, no record.
    Doubtful,
    /// Batch or audit: fraud was upheld; refunded and slashed.
    Fraud,
    /// Batch or audit: the evidence was withheld twice; refunded and slashed.
    Withheld,
    /// Batch or audit: a single verifier objected, or alone got no evidence twice; refunded, nobody slashed.
    Disputed,
    /// Batch or audit: the consumer's own request was unusable; refunded.
    BadRequest,
    /// Batch or audit: nobody could audit it; paid, no record, no rewards.
    Unaudited,
    /// Audit: another audit of the same batch had ended it.
    Superseded,
    /// Channel: the provider closed it.
    ByProvider,
    /// Channel: the consumer closed it and the grace period passed.
    ByConsumer,
    /// Channel: it expired and the grace period passed.
    Expired,
    /// Purchase: the buyer has what was listed, or did not complain in time; paid, licence issued.
    Delivered,
    /// Purchase: the buyer gave up waiting for a copy; refunded.
    Cancelled,
    /// Purchase: no copy in time; refunded.
    NotDelivered,
    /// Purchase: the buyer did not want the copy; refunded, handling burnt from both.
    Rejected,
    /// Purchase: the copy was not accepted in time; refunded, handling burnt from both.
    NotAccepted,
    /// Purchase: no key in time; refunded, the seller's bond to the buyer.
    NotRevealed,
    /// Purchase: a complaint was upheld; refunded, the seller's bond to the buyer.
    Cheated,
    /// Purchase: a complaint was disproved; paid, licence issued, the complaint deposit to the seller.
    Disproved,
}
