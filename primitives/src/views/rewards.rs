//! Views of rewards: what an account has earned, the exam, the budgets.

use super::json;
use crate::{AccountId, Balance, BatchId, BlockNumber, Digest, SpecId};
use alloc::{string::String, vec::Vec};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

view! {
    /// What an account has earned, in all its roles.
    pub struct RewardsView {
        /// Whose.
        pub account: AccountId,
        /// The running epoch.
        pub epoch: u32,
        /// What a claim would pay now, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub accrued: Balance,
        /// What the running epoch, and an exam whose audits go on, will add if they ended now: an estimate.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub pending: Balance,
        /// Credits of the running epoch, for calls served or published and for sales: most that they can pay.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub credits: Balance,
        /// Points of exams that are not paid yet.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub points: Balance,
        /// What the account lacks to exist after a claim; zero when it can be paid.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub missing: Balance,
        /// Whether claims become bond.
        pub compound: bool,
        /// Last epoch in which the oldest part of it can be claimed, if there is any.
        pub expires_epoch: Option<u32>,
    }
}

/// How far an exam is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ExamPhase {
    /// None is going on.
    Waiting,
    /// Any block may be drawn.
    Rolling,
    /// A block was drawn; the VRFs after it are mixed.
    Mixing,
    /// Papers are known and answers are committed.
    Open,
    /// The answers are audited.
    Closed,
}

view! {
    /// The exam that is going on, and the papers of one provider.
    pub struct ExamView {
        /// Epoch in which it began: its name.
        pub epoch: u32,
        /// How far it is.
        pub phase: ExamPhase,
        /// From which the papers follow, once they are known.
        #[cfg_attr(feature = "serde", serde(with = "json::maybe_digest"))]
        pub drawn: Option<Digest>,
        /// Last live block in which answers are committed.
        pub commit_by: Option<BlockNumber>,
        /// Exams that are being audited, of all providers.
        pub audited: u32,
        /// The provider's papers, one for each spec that it serves. Empty before they are known.
        pub papers: Vec<PaperView>,
    }
}

view! {
    /// A provider's paper on one spec.
    pub struct PaperView {
        /// The spec.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub spec: SpecId,
        /// Id of the exam.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub exam: BatchId,
        /// From which its questions follow.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub paper: Digest,
        /// How many there are.
        pub questions: u32,
        /// Most tokens of an answer.
        pub max_tokens: u32,
        /// Whether its answers were committed.
        pub committed: bool,
        /// What the reports of its audits cost: prepaid by `commit_exam`, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub cost: Balance,
        /// Most that this exam can pay, on all specs together.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub cap: Balance,
        /// Why the provider may not sit it: the name of `commit_exam`'s error.
        pub refusal: Option<String>,
    }
}

view! {
    /// A budget of the emission that this chain pays rewards from.
    pub struct BudgetView {
        /// Its key.
        pub key: String,
        /// Its account.
        pub account: AccountId,
        /// What is there, beyond the existential deposit.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub balance: Balance,
        /// What of it is promised or has accrued.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub owed: Balance,
        /// What the running epoch can pay, before what drips in until it ends.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub free: Balance,
        /// Credits of the running epoch.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub credits: Balance,
        /// Points of exams that are not paid yet.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub points: Balance,
    }
}
