//! Eras, stakes and slashes of a block's state.

use super::storage::{blake2, key, read, twox};
use anyhow::{Context, Result};
use codec::{Compact, Decode};
use souk_client::Chain;
use souk_primitives::{AccountId, Balance, Digest};
use std::time::Duration;

/// A slash that waits for its era.
#[derive(Clone, Debug, Decode)]
pub struct Unapplied {
    /// The offender.
    pub validator: AccountId,
    /// What it loses.
    pub own: Balance,
    /// What its nominators lose.
    pub others: Vec<(AccountId, Balance)>,
    /// Who reported the offence.
    pub reporters: Vec<AccountId>,
    /// Their share of it.
    pub payout: Balance,
}

/// The start of `pallet_staking::StakingLedger`.
#[derive(Decode)]
struct Ledger {
    _stash: AccountId,
    _total: Compact<Balance>,
    active: Compact<Balance>,
}

/// The era that runs.
pub async fn active_era(chain: &Chain, at: &Digest) -> Result<u32> {
    let era: Option<(u32, Option<u64>)> = read(chain, at, &key("Staking", "ActiveEra")).await?;
    Ok(era.context("no era is active")?.0)
}

/// For how long it has run.
pub async fn era_age(chain: &Chain, at: &Digest) -> Result<Duration> {
    let era: Option<(u32, Option<u64>)> = read(chain, at, &key("Staking", "ActiveEra")).await?;
    // Its start is noted at the end of its first block.
    let start = era.context("no era is active")?.1.unwrap_or_default();
    let now: u64 = read(chain, at, &key("Timestamp", "Now")).await?.unwrap_or_default();
    Ok(Duration::from_millis(now.saturating_sub(start)))
}

/// What a staker has bonded and not unbonded.
pub async fn active_stake(chain: &Chain, at: &Digest, stash: &AccountId) -> Result<Balance> {
    let bytes = chain.storage_at(at, &blake2("Staking", "Ledger", stash.as_ref())).await?;
    let bytes = bytes.context("the account has no ledger")?;
    Ok(Ledger::decode(&mut bytes.as_slice()).context("a ledger of another shape")?.active.0)
}

/// What a validator had of its own at stake in an era.
pub async fn exposed(chain: &Chain, at: &Digest, era: u32, stash: &AccountId) -> Result<Balance> {
    let who: &[u8] = stash.as_ref();
    let mut key = twox("Staking", "ErasStakersOverview", &era.to_le_bytes());
    key.extend(sp_crypto_hashing::twox_64(who));
    key.extend(who);
    // With its nominators', its own, how many they are and in how many pages.
    let overview: Option<(Compact<Balance>, Compact<Balance>, u32, u32)> = read(chain, at, &key).await?;
    Ok(overview.context("it was no validator of that era")?.1 .0)
}

/// The slashes that the start of an era applies.
pub async fn unapplied(chain: &Chain, at: &Digest, era: u32) -> Result<Vec<Unapplied>> {
    let key = twox("Staking", "UnappliedSlashes", &era.to_le_bytes());
    Ok(read(chain, at, &key).await?.unwrap_or_default())
}

/// The validators that may not author in this session.
pub async fn disabled(chain: &Chain, at: &Digest) -> Result<Vec<AccountId>> {
    let all: Vec<AccountId> = read(chain, at, &key("Session", "Validators")).await?.unwrap_or_default();
    // Places in that list, each with the offence's severity in billionths.
    let places: Vec<(u32, u32)> =
        read(chain, at, &key("Session", "DisabledValidators")).await?.unwrap_or_default();
    places
        .iter()
        .map(|(place, _)| all.get(*place as usize).cloned().context("a disabled validator without a place"))
        .collect()
}
