//! Checks of the books: everything settled was paid once, what is held is owed, and no money appeared or went away.

use super::{
    node::rpc,
    register::account,
    storage::{self, blake2, key},
    story,
};
use anyhow::{bail, ensure, Context, Result};
use serde_json::json;
use souk_client::Chain;
use souk_primitives::{views::ChannelView, AccountId, Balance, Digest};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Keys that one answer has at most.
const PAGE: usize = 1_000;

/// Waits until everything of //Consumer that is settled has ended, then checks that it was paid once, and that held is
/// owed.
pub async fn check(chain: &Chain, patience: Duration) -> Result<()> {
    let consumer = account("//Consumer")?;
    let deadline = Instant::now() + patience;
    let channels: Vec<ChannelView> = loop {
        let channels = chain.channels(&consumer, 50).await?;
        if channels.iter().all(|channel| channel.open_batches == 0) {
            break channels;
        }
        ensure!(Instant::now() < deadline, "batches are still open");
        tokio::time::sleep(Duration::from_secs(2)).await;
    };
    for channel in &channels {
        ensure!(channel.settled <= channel.deposit, "more was settled than paid in");
        let batches = chain.batches(channel.id).await?;
        let mut end = 0;
        let mut sorted: Vec<_> = batches.iter().map(|batch| (batch.from, batch.value)).collect();
        sorted.sort();
        for (from, value) in sorted {
            // Batches follow each other without gap or overlap: nothing was settled twice.
            ensure!(
                from == end,
                "channel {}: a batch starts at {from}, not {end}",
                story::short(&channel.id)
            );
            end = from + value;
        }
        ensure!(end == channel.settled, "batches and settled value differ");
    }
    for row in chain.solvency().await? {
        if row.held != row.owed {
            bail!("{} {}: {} held, {} owed", row.pallet, row.purpose, row.held, row.owed);
        }
    }
    Ok(())
}

/// What every account has in a block's state, free and on hold, by a walk over all of them.
pub async fn accounts(port: u16, chain: &Chain, at: &Digest) -> Result<BTreeMap<AccountId, Balance>> {
    let (prefix, hash) = (hex(&key("System", "Account")), hex(at));
    let mut all = BTreeMap::new();
    let mut last: Option<String> = None;
    loop {
        let page = rpc(port, "state_getKeysPaged", json!([prefix, PAGE, last, hash])).await?;
        let page: Vec<String> = serde_json::from_value(page)?;
        let Some(end) = page.last() else { return Ok(all) };
        last = Some(end.clone());
        for text in page {
            let key = ::hex::decode(text.trim_start_matches("0x"))?;
            let who: [u8; 32] = key[key.len().saturating_sub(32)..].try_into().context("a short key")?;
            all.insert(who.into(), under(chain, at, &key).await?);
        }
    }
}

/// What one account has in a block's state, free and on hold.
pub async fn owned(chain: &Chain, at: &Digest, who: &AccountId) -> Result<Balance> {
    under(chain, at, &blake2("System", "Account", who.as_ref())).await
}

async fn under(chain: &Chain, at: &Digest, key: &[u8]) -> Result<Balance> {
    // Four counters; free, reserved, frozen; flags.
    type Info = ([u32; 4], [Balance; 3], Balance);
    let info: Option<Info> = storage::read(chain, at, key).await?;
    let (_, [free, reserved, _], _) = info.context("an account without a value")?;
    Ok(free + reserved)
}

/// Checks that the accounts of a block's state hold all that was ever issued, and gives them.
pub async fn check_issuance(port: u16, chain: &Chain, at: &Digest) -> Result<BTreeMap<AccountId, Balance>> {
    let all = accounts(port, chain, at).await?;
    let issued: Option<Balance> = storage::read(chain, at, &key("Balances", "TotalIssuance")).await?;
    let sum: Balance = all.values().sum();
    ensure!(issued == Some(sum), "{issued:?} was issued, and the accounts have {sum}");
    Ok(all)
}

fn hex(bytes: &[u8]) -> String {
    format!("0x{}", ::hex::encode(bytes))
}
