//! Test validators and accounts, derived from well-known secrets: anyone can sign for them.

use crate::{
    constants::currency::SOUK,
    genesis::{compute, pools, rewards, BABE_EPOCH_CONFIG},
    parameters::Overrides,
    AccountId, Balance, BalancesConfig, GovernanceConfig, RuntimeGenesisConfig, SessionConfig, SessionKeys,
    StakingConfig, SudoConfig, TechnicalCommitteeConfig,
};
use alloc::{format, vec::Vec};
use frame_support::build_struct_json_patch;
use pallet_governance::Timing;
use pallet_staking::StakerStatus;
use serde_json::Value;
use sp_core::{ed25519, sr25519, Pair};
use sp_runtime::Perbill;

/// What each well-known account owns.
const ENDOWMENT: Balance = 1_000_000 * SOUK;
/// What each validator bonds of it.
const STAKE: Balance = 100_000 * SOUK;

/// Accounts of a test network beside its validators: who publishes, provides and consumes, and spare ones.
const ACCOUNTS: &[&str] =
    &["Publisher", "Provider", "Consumer", "Alice", "Bob", "Charlie", "Dave", "Eve", "Ferdie"];

/// A validator with its stash and its session keys.
pub(crate) struct Validator {
    /// The account that bonds, and its own controller.
    pub stash: AccountId,
    /// Its session keys.
    pub keys: SessionKeys,
}

impl Validator {
    /// The validator whose keys are all derived from `//name`, as `--alice` and the like insert them.
    pub fn well_known(name: &str) -> Self {
        let key = pair::<sr25519::Pair>(name).public();
        Self {
            stash: account(name),
            keys: SessionKeys {
                babe: key.into(),
                grandpa: pair::<ed25519::Pair>(name).public().into(),
                authority_discovery: key.into(),
                attestation: key.into(),
                im_online: key.into(),
            },
        }
    }
}

/// The account of `//name`.
pub(super) fn account(name: &str) -> AccountId {
    pair::<sr25519::Pair>(name).public().0.into()
}

/// The key pair of `//name`.
fn pair<P: Pair>(name: &str) -> P {
    P::from_string(&format!("//{name}"), None).expect("a derivation path of letters is valid; qed")
}

/// The patch of a test network with these validators: fast clock, Alice as sudo, well-known accounts endowed.
pub(super) fn test_network(names: &[&str]) -> Value {
    let validators: Vec<Validator> = names.iter().map(|name| Validator::well_known(name)).collect();
    let count = validators.len() as u32;
    let balances: Vec<(AccountId, Balance)> =
        ACCOUNTS.iter().map(|name| (account(name), ENDOWMENT)).collect();

    build_struct_json_patch!(RuntimeGenesisConfig {
        balances: BalancesConfig { balances },
        babe: pallet_babe::GenesisConfig { epoch_config: BABE_EPOCH_CONFIG },
        compute: compute(),
        governance: GovernanceConfig { timing: Timing::FAST, parameters: Overrides::fast() },
        session: SessionConfig {
            keys: validators
                .iter()
                .map(|v| (v.stash.clone(), v.stash.clone(), v.keys.clone()))
                .collect::<Vec<_>>(),
        },
        staking: StakingConfig {
            validator_count: count,
            minimum_validator_count: 1,
            slash_reward_fraction: Perbill::from_percent(10),
            min_validator_bond: SOUK,
            min_nominator_bond: SOUK,
            stakers: validators
                .iter()
                .map(|v| (v.stash.clone(), v.stash.clone(), STAKE, StakerStatus::<AccountId>::Validator))
                .collect::<Vec<_>>(),
        },
        nomination_pools: pools(SOUK, SOUK),
        rewards: rewards(),
        technical_committee: TechnicalCommitteeConfig {
            members: validators.iter().map(|v| v.stash.clone()).collect::<Vec<_>>(),
        },
        sudo: SudoConfig { key: Some(account("Alice")) },
    })
}
