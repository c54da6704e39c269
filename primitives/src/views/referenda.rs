//! Views of referenda, of the tracks that they run on, and of votes.

use super::json;
use crate::{AccountId, Balance, BlockNumber, Digest};
use alloc::{boxed::Box, string::String, vec::Vec};
use codec::{Decode, Encode};
use scale_info::TypeInfo;

view! {
    /// A track: on which conditions a referendum passes.
    pub struct TrackView {
        /// Its number.
        pub id: u16,
        /// Its name.
        pub name: String,
        /// SCALE of the origin that its referenda speak as: the first argument of `Referenda.submit`.
        #[cfg_attr(feature = "serde", serde(with = "sp_core::bytes"))]
        pub origin: Vec<u8>,
        /// Referenda that are being decided on it.
        pub deciding: u32,
        /// Most of them at a time.
        pub max_deciding: u32,
        /// Referenda that wait for a place.
        pub queued: u32,
        /// Deposit without which nothing is decided, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub decision_deposit: Balance,
        /// Blocks from submission to the earliest start of the decision.
        pub prepare: BlockNumber,
        /// Blocks in which the demands fall to their least.
        pub decision: BlockNumber,
        /// Blocks for which both demands must stay met.
        pub confirm: BlockNumber,
        /// Blocks from approval to the earliest enactment.
        pub enactment: BlockNumber,
    }
}

view! {
    /// Money that somebody has put up.
    pub struct DepositView {
        /// Who.
        pub who: AccountId,
        /// In units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub amount: Balance,
    }
}

view! {
    /// What is asked.
    pub struct ProposalView {
        /// Digest of the call, `blake2_256`.
        #[cfg_attr(feature = "serde", serde(with = "json::digest"))]
        pub digest: Digest,
        /// Bytes of the call.
        pub length: u32,
        /// What would be called, as `Pallet.call`; none while nobody has brought the preimage, or when it is no call.
        pub call: Option<String>,
    }
}

/// When an approved call runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum EnactmentView {
    /// In this block, or later if the track asks for more time.
    At(BlockNumber),
    /// So many blocks after the approval, or more if the track asks for more.
    After(BlockNumber),
}

/// How far a referendum is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Phase {
    /// Nobody has put up the decision deposit.
    NoDeposit {
        /// The block in which it ends without a decision.
        until: BlockNumber,
    },
    /// Has its deposit, and waits for the track's period of preparation.
    Preparing {
        /// The block in which that is over.
        until: BlockNumber,
    },
    /// Waits for a place on the track.
    Queued,
    /// Is decided; the demands of support or of approval are not met.
    Deciding {
        /// Since this block.
        since: BlockNumber,
        /// The block in which it is rejected.
        until: BlockNumber,
    },
    /// Both demands are met.
    Confirming {
        /// Decided since this block.
        since: BlockNumber,
        /// The block in which it is approved if they stay met.
        until: BlockNumber,
    },
}

impl Phase {
    /// The block in which something happens by itself. None in a queue.
    pub fn until(&self) -> Option<BlockNumber> {
        match *self {
            Phase::Queued => None,
            Phase::NoDeposit { until }
            | Phase::Preparing { until }
            | Phase::Deciding { until, .. }
            | Phase::Confirming { until, .. } => Some(until),
        }
    }
}

view! {
    /// How the votes stand.
    pub struct TallyView {
        /// Votes for it, conviction counted, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub ayes: Balance,
        /// Votes against it, conviction counted, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub nays: Balance,
        /// Stake that votes for it or abstains, conviction not counted, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub support: Balance,
        /// Ayes among ayes and nays, in millionths.
        pub approval: u32,
        /// What the track asks for now, in millionths. Before the decision begins: what it will ask for then.
        pub approval_needed: u32,
        /// Support among all that may vote, in millionths.
        pub turnout: u32,
        /// What the track asks for now, in millionths. Before the decision begins: what it will ask for then.
        pub turnout_needed: u32,
    }
}

view! {
    /// A referendum in which one may vote.
    pub struct OngoingView {
        /// Its track.
        pub track: u16,
        /// The track's name.
        pub track_name: String,
        /// What is asked.
        pub proposal: ProposalView,
        /// When an approved call runs.
        pub enactment: EnactmentView,
        /// Block of its submission.
        pub submitted_at: BlockNumber,
        /// Who submitted it, and with what deposit.
        pub submission: DepositView,
        /// Who put up the decision deposit, if anybody did.
        pub decision_deposit: Option<DepositView>,
        /// What that deposit is, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub decision_deposit_needed: Balance,
        /// How far it is.
        pub phase: Phase,
        /// How the votes stand.
        pub tally: TallyView,
        /// The block in which it would be approved if no vote came or went any more. None when it would not be, and while
        /// nobody can tell: without its decision deposit, and in the queue.
        pub approved_at: Option<BlockNumber>,
    }
}

/// How a referendum stands, or how it ended.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum ReferendumState {
    /// One may vote in it.
    Ongoing(Box<OngoingView>),
    /// Passed.
    Approved {
        /// In this block.
        at: BlockNumber,
    },
    /// Did not pass.
    Rejected {
        /// In this block.
        at: BlockNumber,
    },
    /// Ended by the cancellers; its deposits come back.
    Cancelled {
        /// In this block.
        at: BlockNumber,
    },
    /// Never had its decision deposit.
    TimedOut {
        /// In this block.
        at: BlockNumber,
    },
    /// Ended by the killers; its deposits are burnt.
    Killed {
        /// In this block.
        at: BlockNumber,
    },
}

view! {
    /// A referendum, open or ended.
    pub struct ReferendumView {
        /// Its number.
        pub index: u32,
        /// How it stands.
        pub state: ReferendumState,
        /// Deposits that may be taken back, of an ended one.
        pub refundable: Vec<DepositView>,
    }
}

/// What an account says in a referendum. Amounts are in units.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Ballot {
    /// Yes or no.
    Standard {
        /// Yes.
        aye: bool,
        /// 0 to 6.
        conviction: u8,
        /// With so much.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        amount: Balance,
    },
    /// Some for each side, without conviction.
    Split {
        /// Yes.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        aye: Balance,
        /// No.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        nay: Balance,
        /// Neither.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        abstain: Balance,
    },
}

impl Ballot {
    /// What it votes with altogether, in units: what is locked for it.
    pub fn amount(&self) -> Balance {
        match *self {
            Ballot::Standard { amount, .. } => amount,
            Ballot::Split { aye, nay, abstain } => aye.saturating_add(nay).saturating_add(abstain),
        }
    }
}

view! {
    /// An account's vote in one referendum.
    pub struct VoteView {
        /// The referendum.
        pub referendum: u32,
        /// What it says.
        pub ballot: Ballot,
        /// Whether the referendum is still open.
        pub ongoing: bool,
        /// The block with which an ended referendum's lock is over; none without one.
        pub locked_until: Option<BlockNumber>,
    }
}

view! {
    /// Where an account's votes of one track go.
    pub struct DelegationView {
        /// To whom.
        pub to: AccountId,
        /// With what, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub amount: Balance,
        /// 0 to 6.
        pub conviction: u8,
    }
}

view! {
    /// What an account does on one track.
    pub struct TrackVotesView {
        /// The track.
        pub track: u16,
        /// Its name.
        pub name: String,
        /// Its votes, by the number of the referendum. None while it delegates.
        pub votes: Vec<VoteView>,
        /// Its delegation to somebody else.
        pub delegation: Option<DelegationView>,
        /// Stake that others delegate to it, conviction not counted, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub received: Balance,
        /// What votes and delegations of this track keep locked, in units. Locks of tracks overlap.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub locked: Balance,
        /// Lock of votes and delegations that were taken back.
        pub prior: Option<PriorLockView>,
    }
}

view! {
    /// A lock that votes and delegations left behind.
    pub struct PriorLockView {
        /// In units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub amount: Balance,
        /// The block with which it is over.
        pub until: BlockNumber,
    }
}
