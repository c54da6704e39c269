//! What a real network starts from: the production clock, no sudo, nobody endowed.
//!
//! It names no validators, so it does not start by itself: a patch adds `balances.balances`, `session.keys`,
//! `staking.stakers` and `staking.validatorCount` (see `docs/chain-spec.md`).

use super::BABE_EPOCH_CONFIG;
use crate::{
    configs::governance::TreasuryAccount,
    constants::currency::{EXISTENTIAL_DEPOSIT, SOUK},
    parameters::Overrides,
    AccountId, BalancesConfig, GovernanceConfig, RuntimeGenesisConfig, StakingConfig, SudoConfig,
};
use alloc::vec;
use frame_support::build_struct_json_patch;
use pallet_governance::Timing;
use serde_json::Value;
use sp_runtime::Perbill;

/// The patch.
pub(super) fn patch() -> Value {
    build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig { balances: vec![(TreasuryAccount::get(), EXISTENTIAL_DEPOSIT)] },
        babe: pallet_babe::GenesisConfig { epoch_config: BABE_EPOCH_CONFIG },
        governance: GovernanceConfig { timing: Timing::PRODUCTION, parameters: Overrides::default() },
        staking: StakingConfig {
            minimum_validator_count: 4,
            slash_reward_fraction: Perbill::from_percent(10),
            min_validator_bond: 10_000 * SOUK,
            min_nominator_bond: 100 * SOUK,
        },
        sudo: SudoConfig { key: None::<AccountId> },
    })
}
