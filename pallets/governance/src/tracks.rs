//! On which conditions a referendum passes: thirteen tracks, each with its periods, curves and deposit.
//!
//! The reasons for the numbers are in `docs/governance.md`; a test there computes the cost of an attack from them.
//!
//! ## Periods
//!
//! A poll may be voted in from its submission to its end. For every track and every [`Timing`] that is
//!
//! > prepare + undeciding timeout + decision + confirm < bonding period
//!
//! so that stake which voted can't be unbonded, moved and voted with again in the same poll. A chain whose bonding
//! period is shorter than production's is a test chain: there all tracks have the same periods, as parts of its
//! bonding period, so that a person can watch a referendum from submission to enactment.
//!
//! A referendum in a track's queue does not time out; the queue is for what comes after `max_deciding` others, each
//! with a decision deposit. What votes twice there is stopped by the lock on the voter's money and by
//! [`refresh`](crate::refresh), not by the bonding period.

use crate::{origins::Origin, timing::Timing, ChainTiming, Config};
use alloc::borrow::Cow;
use core::marker::PhantomData;
use frame_support::traits::{CallerTrait, Get, OriginTrait};
use frame_system::pallet_prelude::BlockNumberFor;
use pallet_referenda::{Curve, Track, TrackInfo, TracksInfo};
use souk_primitives::{Balance, SOUK};
use sp_runtime::{str_array, FixedI64, SaturatedConversion};

/// Ids of the tracks.
#[allow(missing_docs)]
pub mod ids {
    pub const ROOT: u16 = 0;
    pub const WHITELISTED: u16 = 1;
    pub const STAKING_ADMIN: u16 = 2;
    pub const TREASURER: u16 = 10;
    pub const SMALL_SPENDER: u16 = 11;
    pub const MEDIUM_SPENDER: u16 = 12;
    pub const BIG_SPENDER: u16 = 13;
    pub const PARAMETERS: u16 = 20;
    pub const MARKETPLACE_ADMIN: u16 = 21;
    pub const MODERATOR: u16 = 22;
    pub const EMERGENCY: u16 = 30;
    pub const CANCELLER: u16 = 31;
    pub const KILLER: u16 = 32;
}

const MINUTES: u32 = 20;
const HOURS: u32 = 60 * MINUTES;
const DAYS: u32 = 24 * HOURS;

/// How long a referendum takes on a track, in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Periods {
    /// From submission to the earliest start of the decision.
    pub prepare: u32,
    /// Within which the curves fall.
    pub decision: u32,
    /// For which both curves must stay met.
    pub confirm: u32,
    /// From approval to the earliest enactment.
    pub enactment: u32,
}

/// What all tracks share, in blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From submission to the end of a referendum without a decision deposit.
    pub undeciding: u32,
    /// For which a vote with the least conviction is locked after its side won. At least as long as any enactment.
    pub lock: u32,
}

/// A track, with the periods of production.
pub struct Plan {
    /// Its id.
    pub id: u16,
    /// Its name, at most 25 bytes.
    pub name: &'static str,
    /// Most referenda that are decided at a time.
    pub deciding: u32,
    /// Decision deposit in units.
    pub deposit: Balance,
    /// Periods with a bonding period of a week.
    pub periods: Periods,
    /// Least share of ayes among the votes, conviction counted, over the decision period.
    pub approval: Curve,
    /// Least share of the active issuance that votes aye or abstains, conviction not counted, over that period.
    pub support: Curve,
}

const fn periods(prepare: u32, decision: u32, confirm: u32, enactment: u32) -> Periods {
    Periods { prepare, decision, confirm, enactment }
}

/// In thousandths.
const fn mille(x: u128) -> FixedI64 {
    FixedI64::from_rational(x, 1_000)
}

/// Falls from one to a half, and is at 80 % after a seventh of the period: for what can't be undone.
const STRICT_APPROVAL: Curve = Curve::make_reciprocal(1, 7, mille(800), mille(500), mille(1_000));
/// Falls in a line from one to a half in 60 % of the period.
const PLAIN_APPROVAL: Curve = Curve::make_linear(3, 5, mille(500), mille(1_000));
/// Falls in a line from 80 % to a half in 40 % of the period: for small and frequent matters.
const LIGHT_APPROVAL: Curve = Curve::make_linear(2, 5, mille(500), mille(800));
/// Quick for a crowd, and never under three fifths: for what is decided within hours.
const QUICK_APPROVAL: Curve = Curve::make_reciprocal(1, 12, mille(750), mille(600), mille(1_000));

const ROOT_SUPPORT: Curve = Curve::make_linear(1, 1, mille(50), mille(500));
const WHITELISTED_SUPPORT: Curve = Curve::make_reciprocal(1, 12, mille(150), mille(40), mille(500));
const STAKING_SUPPORT: Curve = Curve::make_reciprocal(2, 5, mille(60), mille(20), mille(500));
const TREASURER_SUPPORT: Curve = Curve::make_linear(1, 1, mille(30), mille(500));
const SMALL_SUPPORT: Curve = Curve::make_reciprocal(2, 7, mille(15), mille(5), mille(250));
const MEDIUM_SUPPORT: Curve = Curve::make_reciprocal(3, 7, mille(25), mille(10), mille(500));
const BIG_SUPPORT: Curve = Curve::make_reciprocal(4, 7, mille(40), mille(20), mille(500));
const PARAMETERS_SUPPORT: Curve = Curve::make_reciprocal(1, 4, mille(100), mille(30), mille(500));
const MARKETPLACE_SUPPORT: Curve = Curve::make_reciprocal(2, 5, mille(30), mille(10), mille(500));
const MODERATOR_SUPPORT: Curve = Curve::make_reciprocal(1, 4, mille(30), mille(10), mille(250));
const EMERGENCY_SUPPORT: Curve = Curve::make_reciprocal(1, 24, mille(150), mille(50), mille(500));
const CANCELLER_SUPPORT: Curve = Curve::make_reciprocal(1, 7, mille(50), mille(10), mille(500));
const KILLER_SUPPORT: Curve = Curve::make_reciprocal(1, 7, mille(100), mille(20), mille(500));

/// Every track, sorted by id.
pub static PLANS: [Plan; 13] = [
    Plan {
        id: ids::ROOT,
        name: "root",
        deciding: 10,
        deposit: 10_000 * SOUK,
        periods: periods(2 * HOURS, 4 * DAYS, DAYS, DAYS),
        approval: STRICT_APPROVAL,
        support: ROOT_SUPPORT,
    },
    Plan {
        id: ids::WHITELISTED,
        name: "whitelisted",
        deciding: 20,
        deposit: 2_000 * SOUK,
        periods: periods(30 * MINUTES, 2 * DAYS, HOURS, 10 * MINUTES),
        approval: STRICT_APPROVAL,
        support: WHITELISTED_SUPPORT,
    },
    Plan {
        id: ids::STAKING_ADMIN,
        name: "staking_admin",
        deciding: 20,
        deposit: 2_000 * SOUK,
        periods: periods(2 * HOURS, 3 * DAYS, 6 * HOURS, 10 * MINUTES),
        approval: PLAIN_APPROVAL,
        support: STAKING_SUPPORT,
    },
    Plan {
        id: ids::TREASURER,
        name: "treasurer",
        deciding: 10,
        deposit: 2_000 * SOUK,
        periods: periods(2 * HOURS, 4 * DAYS, DAYS, DAYS),
        approval: STRICT_APPROVAL,
        support: TREASURER_SUPPORT,
    },
    Plan {
        id: ids::SMALL_SPENDER,
        name: "small_spender",
        deciding: 50,
        deposit: 100 * SOUK,
        periods: periods(2 * HOURS, 3 * DAYS, 6 * HOURS, 6 * HOURS),
        approval: LIGHT_APPROVAL,
        support: SMALL_SUPPORT,
    },
    Plan {
        id: ids::MEDIUM_SPENDER,
        name: "medium_spender",
        deciding: 50,
        deposit: 300 * SOUK,
        periods: periods(2 * HOURS, 3 * DAYS, 12 * HOURS, 12 * HOURS),
        approval: PLAIN_APPROVAL,
        support: MEDIUM_SUPPORT,
    },
    Plan {
        id: ids::BIG_SPENDER,
        name: "big_spender",
        deciding: 20,
        deposit: 1_000 * SOUK,
        periods: periods(2 * HOURS, 4 * DAYS, DAYS, DAYS),
        approval: PLAIN_APPROVAL,
        support: BIG_SUPPORT,
    },
    Plan {
        id: ids::PARAMETERS,
        name: "parameters",
        deciding: 20,
        deposit: 2_000 * SOUK,
        periods: periods(2 * HOURS, 4 * DAYS, 12 * HOURS, 6 * HOURS),
        approval: STRICT_APPROVAL,
        support: PARAMETERS_SUPPORT,
    },
    Plan {
        id: ids::MARKETPLACE_ADMIN,
        name: "marketplace_admin",
        deciding: 50,
        deposit: 500 * SOUK,
        periods: periods(2 * HOURS, 3 * DAYS, 6 * HOURS, HOURS),
        approval: PLAIN_APPROVAL,
        support: MARKETPLACE_SUPPORT,
    },
    Plan {
        id: ids::MODERATOR,
        name: "moderator",
        deciding: 50,
        deposit: 500 * SOUK,
        periods: periods(HOURS, 2 * DAYS, 3 * HOURS, 10 * MINUTES),
        approval: PLAIN_APPROVAL,
        support: MODERATOR_SUPPORT,
    },
    Plan {
        id: ids::EMERGENCY,
        name: "emergency",
        deciding: 10,
        deposit: 5_000 * SOUK,
        periods: periods(5 * MINUTES, DAYS, 5 * MINUTES, MINUTES),
        approval: QUICK_APPROVAL,
        support: EMERGENCY_SUPPORT,
    },
    Plan {
        id: ids::CANCELLER,
        name: "canceller",
        deciding: 50,
        deposit: 2_000 * SOUK,
        periods: periods(30 * MINUTES, 2 * DAYS, HOURS, MINUTES),
        approval: PLAIN_APPROVAL,
        support: CANCELLER_SUPPORT,
    },
    Plan {
        id: ids::KILLER,
        name: "killer",
        deciding: 50,
        deposit: 5_000 * SOUK,
        periods: periods(30 * MINUTES, 2 * DAYS, HOURS, MINUTES),
        approval: STRICT_APPROVAL,
        support: KILLER_SUPPORT,
    },
];

/// Blocks of the bonding period, when it is shorter than production's: on a test chain.
fn short_bonding(timing: &Timing) -> Option<u32> {
    let slots = timing.bonding_slots();
    (slots < Timing::PRODUCTION.bonding_slots()).then(|| slots.saturated_into())
}

impl Plan {
    /// Its periods on a chain with that clock.
    pub fn periods_on(&self, timing: &Timing) -> Periods {
        match short_bonding(timing) {
            None => self.periods,
            Some(bonding) => Periods {
                prepare: (bonding / 40).max(1),
                decision: (bonding / 4).max(1),
                confirm: (bonding / 20).max(1),
                enactment: (bonding / 40).max(1),
            },
        }
    }

    fn info<Moment: From<u32>>(&self, timing: &Timing) -> TrackInfo<Balance, Moment> {
        let Periods { prepare, decision, confirm, enactment } = self.periods_on(timing);
        TrackInfo {
            name: str_array(self.name),
            max_deciding: self.deciding,
            decision_deposit: self.deposit,
            prepare_period: prepare.into(),
            decision_period: decision.into(),
            confirm_period: confirm.into(),
            min_enactment_period: enactment.into(),
            min_approval: self.approval.clone(),
            min_support: self.support.clone(),
        }
    }
}

impl Limits {
    /// What all tracks share on a chain with that clock.
    pub fn on(timing: &Timing) -> Self {
        match short_bonding(timing) {
            // A conviction that costs a staker something is at least as long as unbonding.
            None => Self { undeciding: DAYS, lock: 7 * DAYS },
            Some(bonding) => Self { undeciding: bonding / 2, lock: (bonding / 8).max(1) },
        }
    }
}

/// The tracks of this chain, for `pallet-referenda`.
pub struct Tracks<T>(PhantomData<T>);

impl<T: Config> TracksInfo<Balance, BlockNumberFor<T>> for Tracks<T>
where
    for<'a> &'a <T::RuntimeOrigin as OriginTrait>::PalletsOrigin: TryInto<&'a Origin>,
{
    type Id = u16;
    type RuntimeOrigin = <T::RuntimeOrigin as OriginTrait>::PalletsOrigin;

    fn tracks() -> impl Iterator<Item = Cow<'static, Track<u16, Balance, BlockNumberFor<T>>>> {
        let timing = ChainTiming::<T>::get();
        PLANS.iter().map(move |plan| Cow::Owned(Track { id: plan.id, info: plan.info(&timing) }))
    }

    fn track_for(origin: &Self::RuntimeOrigin) -> Result<u16, ()> {
        if origin.is_root() {
            return Ok(ids::ROOT);
        }
        origin.try_into().map(|origin: &Origin| origin.track()).map_err(|_| ())
    }

    fn track_ids() -> impl Iterator<Item = u16> {
        PLANS.iter().map(|plan| plan.id)
    }

    fn info(id: u16) -> Option<Cow<'static, TrackInfo<Balance, BlockNumberFor<T>>>> {
        let plan = PLANS.iter().find(|plan| plan.id == id)?;
        Some(Cow::Owned(plan.info(&ChainTiming::<T>::get())))
    }
}

/// Blocks from submission to the end of a referendum without a decision deposit.
pub struct UndecidingTimeout<T>(PhantomData<T>);
impl<T: Config> Get<BlockNumberFor<T>> for UndecidingTimeout<T> {
    fn get() -> BlockNumberFor<T> {
        Limits::on(&ChainTiming::<T>::get()).undeciding.into()
    }
}

/// Blocks for which a vote with the least conviction is locked after its side won.
pub struct VoteLockingPeriod<T>(PhantomData<T>);
impl<T: Config> Get<BlockNumberFor<T>> for VoteLockingPeriod<T> {
    fn get() -> BlockNumberFor<T> {
        Limits::on(&ChainTiming::<T>::get()).lock.into()
    }
}
