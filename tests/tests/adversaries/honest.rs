//! One honest provider, many channels side by side, at least fifty audited batches: nothing happens to it.

use super::{honest_batches, prompt, HONEST_CHANNELS, PATIENCE};
use anyhow::{bail, ensure, Context, Result};
use souk_client::Chain;
use souk_e2e::market::{
    consumer::{body, Consumer},
    models::CHAT,
    register, story,
};
use souk_primitives::{close::CloseReason, views::ProviderStatus, SpecId, SOUK};
use souk_sidecar::engine::PromptRenderer;
use std::time::Duration;

/// Between the first calls of two channels, so that the committees' work is spread.
const STAGGER: Duration = Duration::from_secs(4);

/// Fills every channel with batches and checks that all were audited, found valid and paid.
pub async fn serve(chain: &Chain, renderer: &PromptRenderer, spec: SpecId) -> Result<String> {
    let uri = super::uri(super::HONEST);
    let provider = register::account(&uri)?;
    let bond = chain.provider(&provider).await?.context("no provider")?.bond;
    let channels = futures::future::try_join_all((0..HONEST_CHANNELS).map(|i| async move {
        tokio::time::sleep(STAGGER * i).await;
        fill(chain, renderer, &uri_of(i), spec, i as usize).await.with_context(|| format!("channel {i}"))
    }))
    .await?;
    let audited: usize = channels.into_iter().sum();
    ensure!(audited >= 50, "only {audited} batches were audited");
    let view = chain.provider(&provider).await?.context("no provider")?;
    ensure!(view.status == ProviderStatus::Active && view.bond == bond, "an honest provider was punished");
    Ok(format!("{uri}: {audited} audited batches, all valid"))
}

fn uri_of(channel: u32) -> String {
    super::consumer_uri(&super::uri(super::HONEST), channel)
}

/// One channel: its batches one after the other. Gives how many of them were audited.
async fn fill(
    chain: &Chain,
    renderer: &PromptRenderer,
    consumer: &str,
    spec: SpecId,
    channel: usize,
) -> Result<usize> {
    let pair = register::dev(consumer)?;
    let mut consumer = Consumer::open(chain, &pair, &super::uri(super::HONEST), spec, 20 * SOUK).await?;
    let mut audited = 0;
    for i in 0..honest_batches() {
        let from = chain.finalized().await?.number;
        let topic = channel * honest_batches() + i;
        let max_tokens = 32 + (topic % 17) as u32;
        let order = body(prompt(renderer, topic)?, max_tokens, 800);
        consumer.fill_batch(CHAT, &order, consumer.price(&order)?).await?;
        let ended = story::follow(chain, consumer.last()?, from, PATIENCE, &|_| {}).await?;
        if ended.reason != CloseReason::Valid || ended.refunded != 0 || ended.paid == 0 {
            bail!("an honest batch ended as {}", super::summary(&ended));
        }
        audited += usize::from(!ended.verdicts.is_empty());
    }
    Ok(audited)
}
