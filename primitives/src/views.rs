//! What runtime APIs and `souk_` RPC show: plain, complete, and the same for node, client and wallet.
//!
//! In JSON, amounts are decimal strings (a JavaScript number can't hold them), digests are `0x` hex, names camelCase.

use crate::{
    audit::Round,
    call::Prices,
    close::CloseReason,
    exposure::Chance,
    moderation::DelistReason,
    verdict::{Report, Verdict},
    AccountId, AuditId, Balance, BatchId, BlockNumber, ChannelId, Digest, ListingId, SpecId, VersionId,
};
use alloc::{boxed::Box, string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Serde adapters for JSON.
#[cfg(feature = "serde")]
pub mod json {
    /// Amounts as decimal strings.
    pub mod amount {
        use serde::{Deserialize, Deserializer, Serializer};

        /// Writes the decimal string.
        pub fn serialize<S: Serializer>(value: &u128, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_str(value)
        }

        /// Reads the decimal string.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
            alloc::string::String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
        }
    }

    /// Digests as `0x` hex.
    pub mod digest {
        use serde::{Deserializer, Serializer};

        /// Writes `0x` hex.
        pub fn serialize<S: Serializer>(value: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
            sp_core::bytes::serialize(value, serializer)
        }

        /// Reads hex of 32 bytes.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
            let mut out = [0u8; 32];
            sp_core::bytes::deserialize_check_len(
                deserializer,
                sp_core::bytes::ExpectedLen::Exact(&mut out),
            )?;
            Ok(out)
        }
    }

    /// Optional digests as `0x` hex or null.
    pub mod maybe_digest {
        use serde::{Deserialize, Deserializer, Serialize, Serializer};

        #[derive(Serialize, Deserialize)]
        struct Hex(#[serde(with = "super::digest")] [u8; 32]);

        /// Writes `0x` hex or null.
        pub fn serialize<S: Serializer>(value: &Option<[u8; 32]>, serializer: S) -> Result<S::Ok, S::Error> {
            value.map(Hex).serialize(serializer)
        }

        /// Reads hex of 32 bytes or null.
        pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<[u8; 32]>, D::Error> {
            Ok(Option::<Hex>::deserialize(deserializer)?.map(|hex| hex.0))
        }
    }
}

/// Declares a view: SCALE for runtime APIs, camelCase JSON for RPC.
macro_rules! view {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
        #[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }
    };
}

mod governance;
mod moderation;
mod referenda;
mod rewards;
mod sales;
mod stake;
pub use governance::*;
pub use moderation::*;
pub use referenda::*;
pub use rewards::*;
pub use sales::*;
pub use stake::*;

/// What is listed.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ListingKind {
    /// Weights of a model.
    Model,
    /// Data.
    Dataset,
    /// Something that is run for the buyer.
    Service,
    /// Code.
    Algorithm,
}

/// Whether a listing may be bought and served.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ListingStatus {
    /// On offer.
    Active,
    /// Taken off by its owner for now.
    Paused,
    /// Given up by its owner; what was sold lives on.
    Deprecated,
    /// Taken off by governance.
    Delisted {
        /// Why.
        reason: DelistReason,
    },
    /// A tombstone: roots, lineage and terms stay for those who hold licences, the text is gone.
    Retired,
}

view! {
    /// A listing.
    pub struct ListingView {
        /// Its number.
        pub id: ListingId,
        /// Who owns it.
        pub owner: AccountId,
        /// Model, dataset, service or algorithm.
        pub kind: ListingKind,
        /// Name, UTF-8.
        pub name: String,
        /// Summary, UTF-8.
        pub summary: String,
        /// Tags, UTF-8.
        pub tags: Vec<String>,
        /// Where a longer description is.
        pub card_uri: String,
        /// Its digest.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub card_digest: Digest,
        /// Whether it is on offer.
        pub status: ListingStatus,
        /// Its versions, oldest first.
        pub versions: Vec<VersionView>,
        /// Its offers, oldest first.
        pub offers: Vec<OfferView>,
        /// What it derives from.
        pub parents: Vec<LineageEdge>,
        /// Least royalty of what derives from it, in millionths.
        pub min_royalty: u32,
        /// What those who paid think of it.
        pub rating: RatingView,
        /// Deposit on hold, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub deposit: Balance,
    }
}

view! {
    /// A version of a listing.
    pub struct VersionView {
        /// Its number in the listing.
        pub version: VersionId,
        /// Root of the sum tree over its chunks.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub content_root: Digest,
        /// Bytes.
        pub size: u64,
        /// Chunks of 64 KiB.
        pub chunks: u32,
        /// Digest of its manifest.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub manifest: Digest,
        /// Block of publication.
        pub published_at: BlockNumber,
    }
}

view! {
    /// A spec.
    pub struct SpecView {
        /// Its id.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub id: SpecId,
        /// Listing of the model.
        pub listing: ListingId,
        /// Its version.
        pub version: VersionId,
        /// Name of the listing, as OpenAI clients call the model.
        pub model: String,
        /// Digest of the manifest.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub manifest_digest: Digest,
        /// Numeric class.
        pub numeric_class: crate::spec::NumericClass,
        /// Most tokens of prompt and answer.
        pub max_context: u32,
        /// Thresholds of the verdict rule.
        pub thresholds: crate::verdict::Thresholds,
        /// Whether batches on it are audited.
        pub audited: bool,
        /// Registered verifiers.
        pub verifiers: u32,
        /// Flat fee per audit report.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub report_fee: Balance,
        /// Prepaid audit fees.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub pot: Balance,
    }
}

/// Life of a provider.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ProviderStatus {
    /// Waits for its validator.
    Pending,
    /// Serves.
    Active,
    /// Takes no new channels.
    Draining {
        /// When its bond may be withdrawn, if nothing is open.
        until: BlockNumber,
    },
    /// Convicted of fraud.
    Jailed,
}

view! {
    /// A provider's offer on one spec.
    pub struct ServingView {
        /// The spec.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub spec: SpecId,
        /// Units per 1,000 tokens of prompt.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub per_1k_input: Balance,
        /// Units per 1,000 tokens of answer.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub per_1k_output: Balance,
        /// Tokens a second that it claims.
        pub capacity: u32,
        /// Audited Valid batches, in thousandths.
        pub record: u64,
        /// Doubtful ones among its last twenty audited batches: the third takes it off the spec.
        pub doubts: u32,
        /// Chance that its next batch is audited.
        pub chance: Chance,
    }
}

view! {
    /// A provider.
    pub struct ProviderView {
        /// Its account.
        pub account: AccountId,
        /// Stash of the validator whose sidecar it is.
        pub validator: AccountId,
        /// Its state.
        pub status: ProviderStatus,
        /// Where it answers.
        pub endpoint: String,
        /// Key that signs its receipts.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub receipt_key: Digest,
        /// Its X25519 key.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub seal_key: Digest,
        /// What it runs on.
        pub hardware: String,
        /// Bond on hold.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub bond: Balance,
        /// Exposure of its open batches.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub exposure: Balance,
        /// What it serves.
        pub serving: Vec<ServingView>,
    }
}

view! {
    /// What a consumer would pay, and whom.
    pub struct QuoteView {
        /// The provider.
        pub provider: AccountId,
        /// Where it answers.
        pub endpoint: String,
        /// Units per 1,000 tokens of prompt.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub per_1k_input: Balance,
        /// Units per 1,000 tokens of answer.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub per_1k_output: Balance,
        /// Chance that a batch is audited now.
        pub chance: Chance,
        /// Most value that its bond leaves room for.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub room: Balance,
        /// Audited Valid batches, in thousandths.
        pub record: u64,
        /// Whether batches on the spec are audited.
        pub audited: bool,
    }
}

/// Life of a channel.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ChannelState {
    /// Pays for calls.
    Open,
    /// In the grace period.
    Closing {
        /// Last block in which the provider may settle.
        until: BlockNumber,
        /// Why it closes.
        reason: CloseReason,
    },
    /// Nothing more is settled; it stays readable while batches are open and for a while after.
    Closed {
        /// When it closed.
        at: BlockNumber,
        /// Why.
        reason: CloseReason,
    },
}

view! {
    /// A channel.
    pub struct ChannelView {
        /// Its id.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub id: ChannelId,
        /// Who is served.
        pub consumer: AccountId,
        /// Who paid the deposit and gets the rest back.
        pub funder: AccountId,
        /// Who serves.
        pub provider: AccountId,
        /// What is run.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub spec: SpecId,
        /// Everything that was paid in, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub deposit: Balance,
        /// Value settled so far (released, pending or refunded).
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub settled: Balance,
        /// Calls settled so far.
        pub settled_calls: u32,
        /// Units per 1,000 tokens of prompt.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub per_1k_input: Balance,
        /// Units per 1,000 tokens of answer.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub per_1k_output: Balance,
        /// Key that signs requests and vouchers.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub voucher_key: Digest,
        /// Key that signs receipts, as it was at `open`.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub receipt_key: Digest,
        /// Seed of the noise, once the next block's VRF is known.
        #[cfg_attr(feature = "serde", serde(with = "json::maybe_digest"))]
        pub seed: Option<Digest>,
        /// When it was opened.
        pub opened_at: BlockNumber,
        /// Live block after which anyone may start closing it.
        pub expires: BlockNumber,
        /// Its state.
        pub state: ChannelState,
        /// Whether its batches are audited.
        pub audited: bool,
        /// Open batches.
        pub open_batches: u32,
        /// Live blocks by which its consumer delays the release of batches that are not drawn. The provider did not
        /// agree to it: one that finds it too long does not serve the channel.
        pub notice: BlockNumber,
    }
}

/// State of a batch.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all_fields = "camelCase")
)]
pub enum BatchState {
    /// Its window is not over.
    Committed,
    /// No block hit it: paid after the release window.
    Waiting {
        /// When it is released.
        release_at: BlockNumber,
    },
    /// At least one audit is open.
    Drawn {
        /// Open audits.
        audits: u32,
    },
    /// It ended.
    Ended {
        /// When.
        at: BlockNumber,
        /// Why.
        reason: CloseReason,
    },
}

view! {
    /// A settled increment of a channel.
    pub struct BatchView {
        /// Its id.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub id: BatchId,
        /// Its channel.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub channel: ChannelId,
        /// Who served.
        pub provider: AccountId,
        /// Who was served.
        pub consumer: AccountId,
        /// Value, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub value: Balance,
        /// Cumulative value before it.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub from: Balance,
        /// Block of its settlement.
        pub committed_at: BlockNumber,
        /// Audit chance, fixed then.
        pub chance: Chance,
        /// Exposure of the provider's bond.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub exposure: Balance,
        /// Its state.
        pub state: BatchState,
    }
}

view! {
    /// A seat in a committee.
    pub struct SeatView {
        /// Stash of the validator.
        pub validator: AccountId,
        /// Its attestation key at the draw.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub key: Digest,
        /// Whether it committed.
        pub committed: bool,
        /// Its report, once revealed.
        pub report: Option<Report>,
        /// What the rule makes of it.
        pub verdict: Option<Verdict>,
    }
}

view! {
    /// An audit.
    pub struct AuditView {
        /// Its id.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub id: AuditId,
        /// Its batch.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub batch: BatchId,
        /// The batch's channel; an exam's own id.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub channel: ChannelId,
        /// Who served.
        pub provider: AccountId,
        /// Where it answers.
        pub endpoint: String,
        /// What was run.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub spec: SpecId,
        /// Root of the tree of receipts, or of answers.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub root: Digest,
        /// Its total.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub total: Balance,
        /// Its number of leaves.
        pub count: u32,
        /// The drawn point in the channel's cumulative value, or in the exam's tokens.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub point: Balance,
        /// Round.
        pub round: Round,
        /// Block of the draw.
        pub drawn_at: BlockNumber,
        /// Live block until which reports are committed.
        pub commit_by: BlockNumber,
        /// Live block until which they are revealed.
        pub reveal_by: BlockNumber,
        /// The committee.
        pub seats: Vec<SeatView>,
        /// Why it ended, if it did.
        pub outcome: Option<CloseReason>,
    }
}

view! {
    /// What the checks of an exam's answer need.
    pub struct ExamSubject {
        /// Epoch of the exam.
        pub epoch: u32,
        /// The paper that was set, see [`crate::exam::paper`].
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub paper: Digest,
    }
}

/// What an audited batch commits to, with the facts that its checks need.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "camelCase"))]
pub enum AuditSubject {
    /// Calls of this channel.
    Call(Box<ChannelView>),
    /// Answers to an exam.
    Exam(ExamSubject),
}

view! {
    /// What a validator's off-chain worker asks its sidecar to do: an open audit with a seat of that validator.
    pub struct AuditTask {
        /// The audit.
        pub audit: AuditView,
        /// What is audited.
        pub subject: AuditSubject,
        /// The spec.
        pub spec_view: SpecView,
        /// Current live block.
        pub now: BlockNumber,
    }
}

view! {
    /// Held against owed, for one pallet and purpose.
    pub struct SolvencyRow {
        /// Pallet.
        pub pallet: String,
        /// Purpose of the hold.
        pub purpose: String,
        /// Sum of the holds.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub held: Balance,
        /// Sum of what state says is owed.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub owed: Balance,
    }
}

impl ChannelView {
    /// Its prices.
    pub fn prices(&self) -> Prices {
        Prices { per_1k_input: self.per_1k_input, per_1k_output: self.per_1k_output }
    }
}
