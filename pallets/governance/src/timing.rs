//! The consensus clock of a chain and the `Get`s that the runtime hands to the consensus and staking pallets.

use crate::{ChainTiming, Config};
use codec::{Decode, Encode, MaxEncodedLen};
use core::marker::PhantomData;
use frame_support::traits::Get;
use frame_system::pallet_prelude::BlockNumberFor;
use scale_info::TypeInfo;
use serde::{Deserialize, Serialize};
use sp_runtime::SaturatedConversion;

/// The fewest slots an epoch may have: BABE needs a block in an epoch to announce the next one.
pub const MIN_EPOCH_SLOTS: u64 = 4;

/// The fewest slots of a bonding period: a referendum has to fit into it ([`tracks`](crate::tracks)).
pub const MIN_BONDING_SLOTS: u64 = 12;

/// The consensus clock of a chain, fixed at genesis.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen, TypeInfo, Serialize, Deserialize,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Timing {
    /// Slots in an epoch; an epoch is a session.
    pub epoch_slots: u64,
    /// Sessions in a staking era.
    pub sessions_per_era: u32,
    /// Eras that stake stays bonded, and slashable, after `unbond`.
    pub bonding_eras: u32,
    /// Eras between an offence and its slash, in which governance may cancel it.
    pub slash_defer_eras: u32,
}

impl Timing {
    /// Sessions of 10 minutes, eras of 6 hours, a week of bonding: with 3 s slots.
    pub const PRODUCTION: Self =
        Self { epoch_slots: 200, sessions_per_era: 36, bonding_eras: 28, slash_defer_eras: 7 };

    /// Sessions of a minute, eras of two: what `development` and `local` run on.
    pub const FAST: Self =
        Self { epoch_slots: 20, sessions_per_era: 2, bonding_eras: 2, slash_defer_eras: 1 };

    /// Whether a chain can run on this clock.
    pub fn is_valid(&self) -> bool {
        self.epoch_slots >= MIN_EPOCH_SLOTS
            && self.sessions_per_era >= 1
            && self.bonding_eras >= 1
            && self.slash_defer_eras < self.bonding_eras
            && self.bonding_slots() >= MIN_BONDING_SLOTS
    }

    /// Sessions in the bonding period.
    pub const fn bonding_sessions(&self) -> u64 {
        (self.bonding_eras as u64).saturating_mul(self.sessions_per_era as u64)
    }

    /// Slots in the bonding period.
    pub const fn bonding_slots(&self) -> u64 {
        self.bonding_sessions().saturating_mul(self.epoch_slots)
    }
}

impl Default for Timing {
    fn default() -> Self {
        Self::PRODUCTION
    }
}

/// Slots in an epoch.
pub struct EpochSlots<T>(PhantomData<T>);
impl<T: Config> Get<u64> for EpochSlots<T> {
    fn get() -> u64 {
        ChainTiming::<T>::get().epoch_slots
    }
}

/// Sessions in an era.
pub struct SessionsPerEra<T>(PhantomData<T>);
impl<T: Config> Get<u32> for SessionsPerEra<T> {
    fn get() -> u32 {
        ChainTiming::<T>::get().sessions_per_era
    }
}

/// Eras that stake stays bonded.
pub struct BondingEras<T>(PhantomData<T>);
impl<T: Config> Get<u32> for BondingEras<T> {
    fn get() -> u32 {
        ChainTiming::<T>::get().bonding_eras
    }
}

/// Eras by which a slash is deferred.
pub struct SlashDeferEras<T>(PhantomData<T>);
impl<T: Config> Get<u32> for SlashDeferEras<T> {
    fn get() -> u32 {
        ChainTiming::<T>::get().slash_defer_eras
    }
}

/// The bonding period in blocks: a slot has one block, since every slot has an author.
pub struct BondingBlocks<T>(PhantomData<T>);
impl<T: Config> Get<BlockNumberFor<T>> for BondingBlocks<T> {
    fn get() -> BlockNumberFor<T> {
        ChainTiming::<T>::get().bonding_slots().saturated_into()
    }
}

/// For how many blocks an equivocation report stays valid in the pool: the offender's stake is slashable as long.
pub struct OffenceLongevity<T>(PhantomData<T>);
impl<T: Config> Get<u64> for OffenceLongevity<T> {
    fn get() -> u64 {
        ChainTiming::<T>::get().bonding_slots()
    }
}

/// GRANDPA set ids to remember, so that an equivocation anywhere in the bonding period finds its session.
pub struct SetIdSessionEntries<T>(PhantomData<T>);
impl<T: Config> Get<u64> for SetIdSessionEntries<T> {
    fn get() -> u64 {
        ChainTiming::<T>::get().bonding_sessions()
    }
}
