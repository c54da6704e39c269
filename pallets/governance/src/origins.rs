//! Who a referendum speaks as: one origin for each track but the first, whose origin is root.
//!
//! An origin says what its track may do and no more, so that a track with a low bar can't do what needs a high one. The
//! runtime hands the `Ensure…` types to the pallets that ask for an origin; `EitherOf<EnsureRoot<_>, _>` lets root do it
//! as well.

use crate::tracks::ids;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::{EnsureOrigin, OriginTrait};
use scale_info::TypeInfo;
use souk_primitives::{Balance, SOUK};

/// An origin that only a referendum has.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub enum Origin {
    /// May dispatch, as root, a call that was whitelisted.
    Whitelisted,
    /// May cancel slashes, and set the least commission of validators and the limits of pools.
    StakingAdmin,
    /// May spend up to [`spending::TREASURER`] and manage the treasury.
    Treasurer,
    /// May spend up to [`spending::SMALL`].
    SmallSpender,
    /// May spend up to [`spending::MEDIUM`].
    MediumSpender,
    /// May spend up to [`spending::BIG`].
    BigSpender,
    /// May change parameters.
    ParameterAdmin,
    /// May register classes, accept and revoke calibrations, set reference prices, decide appeals and relist.
    MarketplaceAdmin,
    /// May delist.
    Moderator,
    /// May enter and leave safe mode, pause calls and hold the clock of deadlines.
    Emergency,
    /// May cancel referenda; deposits are returned.
    Canceller,
    /// May kill referenda; deposits are lost.
    Killer,
}

impl Origin {
    /// Every origin, in the order of their tracks.
    pub const ALL: [Self; 12] = [
        Self::Whitelisted,
        Self::StakingAdmin,
        Self::Treasurer,
        Self::SmallSpender,
        Self::MediumSpender,
        Self::BigSpender,
        Self::ParameterAdmin,
        Self::MarketplaceAdmin,
        Self::Moderator,
        Self::Emergency,
        Self::Canceller,
        Self::Killer,
    ];

    /// The track that a referendum with this origin is decided on.
    pub const fn track(self) -> u16 {
        match self {
            Self::Whitelisted => ids::WHITELISTED,
            Self::StakingAdmin => ids::STAKING_ADMIN,
            Self::Treasurer => ids::TREASURER,
            Self::SmallSpender => ids::SMALL_SPENDER,
            Self::MediumSpender => ids::MEDIUM_SPENDER,
            Self::BigSpender => ids::BIG_SPENDER,
            Self::ParameterAdmin => ids::PARAMETERS,
            Self::MarketplaceAdmin => ids::MARKETPLACE_ADMIN,
            Self::Moderator => ids::MODERATOR,
            Self::Emergency => ids::EMERGENCY,
            Self::Canceller => ids::CANCELLER,
            Self::Killer => ids::KILLER,
        }
    }

    /// Most units that it may spend from the treasury with one call; `None` for one that may not spend.
    pub const fn may_spend(self) -> Option<Balance> {
        match self {
            Self::SmallSpender => Some(spending::SMALL),
            Self::MediumSpender => Some(spending::MEDIUM),
            Self::BigSpender => Some(spending::BIG),
            Self::Treasurer => Some(spending::TREASURER),
            _ => None,
        }
    }
}

/// Most units that one spend from the treasury may take, by origin.
pub mod spending {
    use super::{Balance, SOUK};

    /// Of the small spender.
    pub const SMALL: Balance = 1_000 * SOUK;
    /// Of the medium spender.
    pub const MEDIUM: Balance = 10_000 * SOUK;
    /// Of the big spender.
    pub const BIG: Balance = 100_000 * SOUK;
    /// Of the treasurer.
    pub const TREASURER: Balance = 1_000_000 * SOUK;
}

/// The origin of this pallet, if `outer` is one.
fn of<O: OriginTrait>(outer: &O) -> Option<Origin>
where
    for<'a> &'a O::PalletsOrigin: TryInto<&'a Origin>,
{
    outer.caller().try_into().ok().copied()
}

/// Lets the origin of track `TRACK` pass.
pub struct EnsureTrack<const TRACK: u16>;

impl<const TRACK: u16, O> EnsureOrigin<O> for EnsureTrack<TRACK>
where
    O: OriginTrait + From<Origin>,
    for<'a> &'a O::PalletsOrigin: TryInto<&'a Origin>,
{
    type Success = ();

    fn try_origin(outer: O) -> Result<(), O> {
        match of(&outer) {
            Some(origin) if origin.track() == TRACK => Ok(()),
            _ => Err(outer),
        }
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin() -> Result<O, ()> {
        Origin::ALL.into_iter().find(|origin| origin.track() == TRACK).map(O::from).ok_or(())
    }
}

/// Lets [`Origin::Whitelisted`] pass.
pub type EnsureWhitelisted = EnsureTrack<{ ids::WHITELISTED }>;
/// Lets [`Origin::StakingAdmin`] pass.
pub type EnsureStakingAdmin = EnsureTrack<{ ids::STAKING_ADMIN }>;
/// Lets [`Origin::Treasurer`] pass.
pub type EnsureTreasurer = EnsureTrack<{ ids::TREASURER }>;
/// Lets [`Origin::SmallSpender`] pass.
pub type EnsureSmallSpender = EnsureTrack<{ ids::SMALL_SPENDER }>;
/// Lets [`Origin::MediumSpender`] pass.
pub type EnsureMediumSpender = EnsureTrack<{ ids::MEDIUM_SPENDER }>;
/// Lets [`Origin::BigSpender`] pass.
pub type EnsureBigSpender = EnsureTrack<{ ids::BIG_SPENDER }>;
/// Lets [`Origin::ParameterAdmin`] pass.
pub type EnsureParameterAdmin = EnsureTrack<{ ids::PARAMETERS }>;
/// Lets [`Origin::MarketplaceAdmin`] pass.
pub type EnsureMarketplaceAdmin = EnsureTrack<{ ids::MARKETPLACE_ADMIN }>;
/// Lets [`Origin::Moderator`] pass.
pub type EnsureModerator = EnsureTrack<{ ids::MODERATOR }>;
/// Lets [`Origin::Emergency`] pass.
pub type EnsureEmergency = EnsureTrack<{ ids::EMERGENCY }>;
/// Lets [`Origin::Canceller`] pass.
pub type EnsureCanceller = EnsureTrack<{ ids::CANCELLER }>;
/// Lets [`Origin::Killer`] pass.
pub type EnsureKiller = EnsureTrack<{ ids::KILLER }>;

/// Lets everyone pass who may spend from the treasury, and says how many units at most: [`Origin::may_spend`], and
/// without a bound for root.
pub struct Spender;

impl<O> EnsureOrigin<O> for Spender
where
    O: OriginTrait + From<Origin>,
    for<'a> &'a O::PalletsOrigin: TryInto<&'a Origin>,
{
    type Success = Balance;

    fn try_origin(outer: O) -> Result<Balance, O> {
        if outer.as_system_ref().is_some_and(|system| system.is_root()) {
            return Ok(Balance::MAX);
        }
        of(&outer).and_then(Origin::may_spend).ok_or(outer)
    }

    #[cfg(feature = "runtime-benchmarks")]
    fn try_successful_origin() -> Result<O, ()> {
        Ok(O::root())
    }
}
