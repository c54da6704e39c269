//! A referendum from its preimage to its enactment.

use anyhow::{ensure, Context, Result};
use codec::Compact;
use futures::future::try_join_all;
use souk_client::{calls::Call, Chain};
use souk_e2e::market::{
    program::Souk,
    register::{account, dev, send},
    storage::{self, key},
    Market,
};
use souk_primitives::{Balance, Digest};
use std::time::{Duration, Instant};

/// Who stakes and votes, with how much.
pub const VOTERS: [&str; 3] = ["//Alice", "//Bob", "//Charlie"];
/// Conviction of every vote: locked for twice the shortest time, counted twice.
const CONVICTION: u8 = 2;
/// How long a referendum may take on the fast clock.
const PATIENCE: Duration = Duration::from_secs(300);

/// Brings a call before the electorate on the root track with `souk`, and votes for it until it is approved. `passed` is
/// a value of the state that is there when the call has been dispatched. Gives the referendum's number.
pub async fn pass(market: &Market, chain: &Chain, call: &[u8], stake: Balance, passed: &[u8]) -> Result<u32> {
    // Anybody may propose and pay the deposits: neither of these is a voter.
    let (author, sponsor) = (Souk::dev(market, "//Eve"), Souk::dev(market, "//Ferdie"));
    let call = format!("0x{}", hex::encode(call));
    let submit = ["--json", "referenda", "submit", "--track", "root", "--call", &call];
    let submitted = author.own(&submit).await?.json()?;
    ensure!(submitted["track"] == "root", "{submitted}");
    let poll = u32::try_from(submitted["referendum"].as_u64().context("nothing was submitted")?)?;
    sponsor
        .own(&["referenda", "deposit", &poll.to_string()])
        .await?
        .tells("10000 SOUK put up for referendum")?;
    try_join_all(VOTERS.map(|voter| async move {
        let vote = Call::new("ConvictionVoting", "vote")
            .arg("poll_index", Compact(poll))
            // A standard vote: aye, with its conviction.
            .arg("vote", (0u8, 0x80 | CONVICTION, stake));
        send(chain, &dev(voter)?, vote).await
    }))
    .await?;
    println!("referendum {poll}: {} have voted", VOTERS.join(", "));
    let deadline = Instant::now() + PATIENCE;
    while storage_is_empty(chain, passed).await? {
        ensure!(Instant::now() < deadline, "referendum {poll} was not enacted within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    Ok(poll)
}

/// Both deposits of an approved referendum go back to who put them up.
pub async fn refund(market: &Market, poll: u32) -> Result<()> {
    let author = Souk::dev(market, "//Eve");
    let refunded = author.own(&["--json", "referenda", "refund", &poll.to_string()]).await?.json()?;
    let to: Vec<_> =
        refunded["refunded"].as_array().context("no list")?.iter().map(|one| one["who"].as_str()).collect();
    let expected = [account("//Ferdie")?.to_string(), account("//Eve")?.to_string()];
    ensure!(to == expected.each_ref().map(|who| Some(who.as_str())), "{refunded}");
    author
        .own(&["referenda", "refund", &poll.to_string()])
        .await?
        .says(5, &["no deposit that may be taken back"])
}

async fn storage_is_empty(chain: &Chain, key: &[u8]) -> Result<bool> {
    Ok(chain.storage_at(&chain.finalized().await?.hash, key).await?.is_none())
}

/// The call that lets anybody upgrade to the code of that hash.
pub fn authorise(code: &Digest) -> Vec<u8> {
    // `System.authorize_upgrade`: the call's indices are fixed in every runtime.
    [&[0u8, 9][..], code].concat()
}

/// Where the state says that an upgrade is authorised.
pub fn authorised() -> Vec<u8> {
    key("System", "AuthorizedUpgrade")
}

/// The hash that is authorised.
pub async fn authorised_code(chain: &Chain) -> Result<Digest> {
    let at = chain.finalized().await?.hash;
    let (hash, checked): (Digest, bool) =
        storage::read(chain, &at, &authorised()).await?.context("no upgrade is authorised")?;
    ensure!(checked, "the version of an authorised upgrade is not checked");
    Ok(hash)
}
