//! What a real network starts from: the production clock, no sudo, nobody endowed. It is governed from its first block.
//!
//! It names no validators, so it does not start by itself: a patch adds `balances.balances`, `session.keys`,
//! `staking.stakers`, `staking.validatorCount` and `technicalCommittee.members` (see `docs/chain-spec.md`).

use super::{compute, pools, rewards, BABE_EPOCH_CONFIG};
use crate::{
    constants::currency::SOUK, parameters::Overrides, AccountId, GovernanceConfig, RuntimeGenesisConfig,
    StakingConfig, SudoConfig,
};
use frame_support::build_struct_json_patch;
use pallet_governance::Timing;
use serde_json::Value;
use sp_runtime::Perbill;

/// The patch.
pub(super) fn patch() -> Value {
    build_struct_json_patch!(RuntimeGenesisConfig {
        babe: pallet_babe::GenesisConfig { epoch_config: BABE_EPOCH_CONFIG },
        compute: compute(),
        governance: GovernanceConfig { timing: Timing::PRODUCTION, parameters: Overrides::default() },
        staking: StakingConfig {
            minimum_validator_count: 4,
            slash_reward_fraction: Perbill::from_percent(10),
            min_validator_bond: 10_000 * SOUK,
            min_nominator_bond: 100 * SOUK,
        },
        nomination_pools: pools(10 * SOUK, 1_000 * SOUK),
        rewards: rewards(),
        sudo: SudoConfig { key: None::<AccountId> },
    })
}
