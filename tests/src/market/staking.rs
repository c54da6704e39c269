//! Eras, stakes and slashes of a block's state.

use super::storage::{blake2, key, read, twox, whole};
use anyhow::{bail, ensure, Context, Result};
use codec::{Compact, Decode};
use futures::StreamExt;
use souk_client::Chain;
use souk_primitives::{AccountId, Balance, Digest};
use std::time::{Duration, Instant};

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

/// What the chain does with a validator that is away for a session, while no more than a tenth of all are: it says so, in
/// the events of a finalised block after `from`, and takes nothing of it, neither stake nor slots. Gives that block.
pub async fn reported_offline(chain: &Chain, from: u32, who: &AccountId, patience: Duration) -> Result<u32> {
    let deadline = Instant::now() + patience;
    let mut blocks = chain.blocks_after(Some(from));
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(Some(head)) = tokio::time::timeout(left, blocks.next()).await else {
            bail!("nobody was reported offline within {patience:?}");
        };
        let (mut offline, mut offence) = (Vec::new(), false);
        for event in chain.events(&head.hash).await? {
            match (&*event.pallet, &*event.name) {
                ("ImOnline", "SomeOffline") => offline = whole::<Vec<AccountId>>(&event.fields)?,
                ("Offences", "Offence") => offence |= event.fields.starts_with(b"im-online:offlin"),
                ("Staking", "Slashed") => bail!("somebody was slashed in block {}", head.number),
                _ => {}
            }
        }
        if offline.is_empty() {
            continue;
        }
        ensure!(offline == [who.clone()] && offence, "{offline:?} were reported in block {}", head.number);
        ensure!(!disabled(chain, &head.hash).await?.contains(who), "who was merely away may author no more");
        let era = active_era(chain, &head.hash).await?;
        for later in era..=era + 2 {
            let waiting = unapplied(chain, &head.hash, later).await?;
            ensure!(waiting.iter().all(|slash| slash.own == 0), "a slash waits: {waiting:?}");
        }
        return Ok(head.number);
    }
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
