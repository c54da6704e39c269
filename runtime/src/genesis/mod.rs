//! Genesis presets.
//!
//! | preset | validators | sudo | clock and windows |
//! | --- | --- | --- | --- |
//! | `development` | Alice | Alice | fast |
//! | `local` | Alice, Bob, Charlie, Dave | Alice | fast |
//! | `production` | none: a patch names them | none | production |
//!
//! A preset is a patch over the runtime's default genesis; `souk-node chain-spec` merges another patch over it and
//! writes a chain specification.

mod development;
mod local;
mod production;
mod validators;

#[cfg(test)]
pub(crate) use validators::Validator;

use crate::{
    configs::emission::{StakersBudget, TreasuryBudget},
    Balance, ComputeConfig, NominationPoolsConfig, RewardsConfig,
};
use alloc::{vec, vec::Vec};
use frame_support::traits::Get;
use serde_json::Value;
use souk_primitives::{spec::NumericClass, verdict::Thresholds};
use sp_consensus_babe::{AllowedSlots, BabeEpochConfiguration};
use sp_genesis_builder::PresetId;
use sp_runtime::Perbill;

/// Name of the preset of a single validator on a developer's machine.
pub const DEVELOPMENT: &str = "development";
/// Name of the preset of the smallest network that survives the loss of a validator.
pub const LOCAL: &str = "local";
/// Name of the preset that a real network starts from.
pub const PRODUCTION: &str = "production";

/// How BABE gives out slots. Every slot has an author whose block carries a VRF output: the beacon needs one of each
/// block, which plain secondary slots would not give.
pub const BABE_EPOCH_CONFIG: BabeEpochConfiguration = BabeEpochConfiguration {
    c: crate::constants::time::PRIMARY_PROBABILITY,
    allowed_slots: AllowedSlots::PrimaryAndSecondaryVRFSlots,
};

/// The patch of the preset `id`, as JSON.
pub fn preset(id: &PresetId) -> Option<Vec<u8>> {
    let patch: Value = match id.as_str() {
        DEVELOPMENT => development::patch(),
        LOCAL => local::patch(),
        PRODUCTION => production::patch(),
        _ => return None,
    };
    serde_json::to_vec(&patch).ok()
}

/// The names of the presets.
pub fn names() -> Vec<PresetId> {
    vec![DEVELOPMENT.into(), LOCAL.into(), PRODUCTION.into()]
}

/// The least that a validator keeps of what its nominators earn, so that no one can outbid honest work with none.
const MIN_COMMISSION: Perbill = Perbill::from_percent(5);

/// Who gets which part of what is minted.
fn rewards() -> RewardsConfig {
    let parts = [
        (StakersBudget::KEY, 55),
        (pallet_rewards::PROVIDERS, 25),
        (pallet_rewards::PUBLISHERS, 5),
        (TreasuryBudget::KEY, 15),
    ];
    let allocation = parts.map(|(key, percent)| (key.to_vec(), Perbill::from_percent(percent))).to_vec();
    RewardsConfig { allocation, min_commission: MIN_COMMISSION, ..Default::default() }
}

/// The class whose engine is there from the start, for tokens and for vectors; see
/// `docs/decisions/0004-thresholds-of-the-f32-class.md`. Governance registers others.
pub struct Classes;
impl Get<Vec<(NumericClass, Thresholds)>> for Classes {
    fn get() -> Vec<(NumericClass, Thresholds)> {
        vec![(NumericClass::F32, Thresholds::F32), (NumericClass::F32, Thresholds::EMBEDDING_F32)]
    }
}

/// With those classes.
fn compute() -> ComputeConfig {
    ComputeConfig { classes: Classes::get(), ..Default::default() }
}

/// Pools with these least bonds, and no other limit than those: the SDK's own are sixteen pools of thirty-two members.
fn pools(min_join_bond: Balance, min_create_bond: Balance) -> NominationPoolsConfig {
    NominationPoolsConfig {
        min_join_bond,
        min_create_bond,
        max_pools: None,
        max_members: None,
        max_members_per_pool: None,
        ..Default::default()
    }
}
