//! What is stored of providers, specs and verifiers, and the pure rules about it.

use crate::bond::Bond;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::{traits::ConstU32, BoundedVec};
use scale_info::TypeInfo;
use souk_pallet_support::clock;
use souk_primitives::{
    call::Prices,
    endpoint::Endpoint,
    rate::{shift, Record},
    spec::Spec,
    views::ProviderStatus,
    AccountId, Balance, BlockNumber, Digest, SpecId,
};

/// What a provider runs on, UTF-8.
pub type Hardware = BoundedVec<u8, ConstU32<128>>;
/// Most specs that a provider serves.
pub const MAX_SERVING: u32 = 32;
/// [`MAX_SERVING`] as a bound.
pub type MaxServing = ConstU32<MAX_SERVING>;
/// Most specs that a verifier is registered for.
pub const MAX_VERIFIED: u32 = 64;
/// [`MAX_VERIFIED`] as a bound.
pub type MaxVerified = ConstU32<MAX_VERIFIED>;
/// Most verifiers of a spec.
pub const MAX_SEATS: u32 = 128;
/// [`MAX_SEATS`] as a bound.
pub type MaxSeats = ConstU32<MAX_SEATS>;

/// Answers over which a verifier's outvoted ones are counted.
pub const ANSWER_WINDOW: u32 = 20;
/// So many outvoted answers within [`ANSWER_WINDOW`] cost the seat.
pub const MAX_OUTVOTED: u32 = 3;

/// Life of a provider.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub enum Status {
    /// Waits for its validator.
    Pending,
    /// Serves.
    Active,
    /// Takes no new channels; open ones finish.
    Draining {
        /// Last live block before its bond may be withdrawn.
        until: BlockNumber,
    },
    /// Convicted of fraud.
    Jailed {
        /// Last live block before what is left of its bond may be withdrawn.
        until: BlockNumber,
    },
}

impl Status {
    /// The validator accepted. `None` unless it waited for that.
    pub fn accepted(self) -> Option<Self> {
        matches!(self, Status::Pending).then_some(Status::Active)
    }

    /// It leaves. `None` unless it serves.
    pub fn draining(self, until: BlockNumber) -> Option<Self> {
        matches!(self, Status::Active).then_some(Status::Draining { until })
    }

    /// It was convicted. `None` if it was convicted before: one stay in jail is enough.
    pub fn jailed(self, until: BlockNumber) -> Option<Self> {
        (!self.is_jailed()).then_some(Status::Jailed { until })
    }

    /// Whether it was convicted.
    pub fn is_jailed(self) -> bool {
        matches!(self, Status::Jailed { .. })
    }

    /// Whether its time allows that the whole bond is withdrawn.
    pub fn may_leave(self, now: BlockNumber) -> bool {
        match self {
            Status::Pending => true,
            Status::Active => false,
            Status::Draining { until } | Status::Jailed { until } => clock::is_over(now, until),
        }
    }
}

impl From<Status> for ProviderStatus {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => ProviderStatus::Pending,
            Status::Active => ProviderStatus::Active,
            Status::Draining { until } => ProviderStatus::Draining { until },
            Status::Jailed { .. } => ProviderStatus::Jailed,
        }
    }
}

/// A provider.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Provider {
    /// Stash of the validator whose sidecar it is.
    pub validator: AccountId,
    /// Its state.
    pub status: Status,
    /// Where it answers.
    pub endpoint: Endpoint,
    /// What it runs on.
    pub hardware: Hardware,
    /// sr25519 key that signs its receipts.
    pub receipt_key: Digest,
    /// Its X25519 key.
    pub seal_key: Digest,
    /// Its bond, on hold at its account.
    pub bond: Bond,
    /// Channels that are open, or have batches that are.
    pub obligations: u32,
    /// Specs that it serves.
    pub serving: BoundedVec<SpecId, MaxServing>,
}

/// What a provider offers on one spec, and its record there.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Serving {
    /// Its prices, for channels that are opened from now on.
    pub prices: Prices,
    /// Tokens a second that it claims.
    pub capacity: u32,
    /// Live block in which the provider last set these.
    pub since: BlockNumber,
    /// What its audits gave so far.
    pub record: Record,
}

/// Doubts that an offer ended with.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Doubt {
    /// A record of nothing else.
    pub record: Record,
    /// Last live block in which they count.
    pub until: BlockNumber,
}

/// Governance's word that a spec's thresholds tell honest answers from others.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Calibration {
    /// Flat fee per audit report, in units.
    pub report_fee: Balance,
    /// Live block of the acceptance.
    pub accepted_at: BlockNumber,
}

/// A registered spec.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct SpecEntry {
    /// The spec.
    pub spec: Spec,
    /// Who paid the deposit.
    pub depositor: AccountId,
    /// The deposit.
    pub deposit: Balance,
    /// Whether governance accepted its calibration.
    pub calibration: Option<Calibration>,
    /// Providers that serve it.
    pub servers: u32,
    /// Channels on it that are open, or have batches that are.
    pub channels: u32,
    /// Once it was served and nobody serves it any more: last live block in which channels may still need it.
    pub kept_until: Option<BlockNumber>,
}

/// A validator that audits.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Verifier {
    /// Its bond, on hold at its account.
    pub bond: Balance,
    /// Specs for which it has a seat.
    pub specs: BoundedVec<SpecId, MaxVerified>,
    /// Specs whose seat it lost for being outvoted, with the last live block in which it gets none there. The bond
    /// stays for as long.
    pub barred: BoundedVec<(SpecId, BlockNumber), MaxVerified>,
}

impl Verifier {
    /// Drops the bars that are over, and says whether one on `spec` is not.
    pub fn is_barred(&mut self, spec: &SpecId, now: BlockNumber) -> bool {
        self.barred.retain(|(_, until)| clock::in_time(now, *until));
        self.barred.iter().any(|(barred, _)| barred == spec)
    }

    /// Whether it has no room for one more seat, or for the bar that may follow it.
    pub fn is_full(&self) -> bool {
        let taken = self.specs.len().saturating_add(self.barred.len());
        u32::try_from(taken).map_or(true, |taken| taken >= MAX_VERIFIED)
    }
}

/// A verifier's registration for one spec.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Seat {
    /// Stash of the validator.
    pub stash: AccountId,
    /// Last live block in which it is drawn, if it gave notice.
    pub leaves: Option<BlockNumber>,
    /// Audits that it let pass since it last reported.
    pub silence: u32,
    /// Its last [`ANSWER_WINDOW`] answers, one bit each: bit 0 is the latest, a set bit was outvoted.
    pub answers: u32,
}

impl Seat {
    /// A fresh registration.
    pub fn new(stash: AccountId) -> Self {
        Self { stash, leaves: None, silence: 0, answers: 0 }
    }

    /// Notes one more answer. Returns whether it was outvoted once too often.
    pub fn answer(&mut self, outvoted: bool) -> bool {
        self.answers = shift(self.answers, ANSWER_WINDOW, outvoted);
        self.answers.count_ones() >= MAX_OUTVOTED
    }

    /// Whether its notice is over.
    pub fn has_left(&self, now: BlockNumber) -> bool {
        self.leaves.is_some_and(|leaves| clock::is_over(now, leaves))
    }
}

/// Seats of a spec.
pub type Seats = BoundedVec<Seat, MaxSeats>;

/// What a channel needs to know of a provider, fixed when it is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Prices.
    pub prices: Prices,
    /// sr25519 key that signs receipts.
    pub receipt_key: Digest,
    /// Whether batches are audited by verifiers that are not linked to the provider.
    pub audited: bool,
}

/// What a provider offers on one spec now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Its prices.
    pub prices: Prices,
    /// Tokens a second that it claims.
    pub capacity: u32,
    /// Live block in which it last set these.
    pub since: BlockNumber,
}

/// What others need to know of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderFacts {
    /// Stash of the validator whose sidecar it is.
    pub validator: AccountId,
    /// sr25519 key that signs receipts.
    pub receipt_key: Digest,
    /// Its state.
    pub status: Status,
    /// Where it answers.
    pub endpoint: Endpoint,
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn status_should_only_go_forward() {
        let (drain, jail) = (Status::Draining { until: 5 }, Status::Jailed { until: 7 });
        assert_eq!(Status::Pending.accepted(), Some(Status::Active));
        for other in [Status::Active, drain, jail] {
            assert_eq!(other.accepted(), None);
        }
        assert_eq!(Status::Active.draining(5), Some(drain));
        for other in [Status::Pending, drain, jail] {
            assert_eq!(other.draining(9), None);
        }
        for other in [Status::Pending, Status::Active, drain] {
            assert_eq!(other.jailed(7), Some(jail));
        }
        assert_eq!(jail.jailed(9), None);
        assert!(Status::Pending.may_leave(0) && !Status::Active.may_leave(u32::MAX));
        assert!(!drain.may_leave(5) && drain.may_leave(6) && !jail.may_leave(7) && jail.may_leave(8));
    }
}
