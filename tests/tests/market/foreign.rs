//! subxt, straight at the node: metadata, constants, storage, runtime API, transactions, events, refusals.

use anyhow::{ensure, Context, Result};
use subxt::{
    dynamic::{self, Value},
    OnlineClient, PolkadotConfig,
};
use subxt_signer::sr25519::dev;

/// What a program that knows nothing of ours can do with the chain.
pub async fn works_with_subxt(url: &str) -> Result<()> {
    let api = OnlineClient::<PolkadotConfig>::from_insecure_url(url).await?;
    let at = api.at_current_block().await?;

    let time: u64 = at.constants().entry(dynamic::constant::<u64>("Babe", "ExpectedBlockTime"))?;
    ensure!(time == 3_000, "a block every {time} ms");
    let provider = souk_e2e::market::register::account("//Provider")?;
    let key: [u8; 32] = provider.into();
    let stored = at
        .storage()
        .fetch(dynamic::storage::<([u8; 32],), Value>("Compute", "Providers"), (key,))
        .await?
        .decode()?;
    ensure!(stored.to_string().contains("endpoint"), "the provider in storage: {stored}");
    let live: u32 =
        at.runtime_apis().call(dynamic::runtime_api_call::<_, u32>("SoukApi", "live_block", ())).await?;
    ensure!(live > 0, "no live block");

    let remark = dynamic::transaction("System", "remark_with_event", vec![Value::from_bytes("from subxt")]);
    let events = at
        .transactions()
        .sign_and_submit_then_watch_default(&remark, &dev::bob())
        .await?
        .wait_for_finalized_success()
        .await?;
    let mut names = Vec::new();
    for event in events.iter() {
        let event = event?;
        names.push(format!("{}.{}", event.pallet_name(), event.event_name()));
    }
    ensure!(names.iter().any(|name| name == "System.Remarked"), "events: {names:?}");

    let nowhere = dynamic::transaction(
        "Channels",
        "top_up",
        vec![Value::from_bytes([9u8; 32]), Value::u128(1_000_000_000_000)],
    );
    let refusal = api
        .at_current_block()
        .await?
        .transactions()
        .sign_and_submit_then_watch_default(&nowhere, &dev::bob())
        .await?
        .wait_for_finalized_success()
        .await
        .err()
        .context("a top-up of no channel was accepted")?;
    ensure!(refusal.to_string().contains("ChannelNotFound"), "{refusal}");
    Ok(())
}
