//! One cheat against one consumer: it has a few batches to be convicted in.

use super::{prompt, CHANCES, PATIENCE};
use anyhow::{bail, Context, Result};
use souk_client::{keys, souk, Chain};
use souk_e2e::market::{
    consumer::{body, Consumer},
    models::CHAT,
    register, story,
};
use souk_primitives::{close::CloseReason, views::ProviderStatus, SpecId, SOUK};
use souk_sidecar::engine::PromptRenderer;

/// Whether a batch that ended so leaves a cheat another chance: nothing was found, or too few auditors were in time to
/// convict anybody, as happens on a machine that is short of cores.
fn may_go_on(ended: &story::Ended) -> bool {
    match ended.reason {
        CloseReason::Valid | CloseReason::Doubtful | CloseReason::Unaudited => true,
        // It takes two verdicts to convict.
        CloseReason::Disputed => ended.verdicts.len() < 2,
        _ => false,
    }
}

/// Buys from a cheat until it is convicted, and checks who has the money then.
pub async fn convict(chain: &Chain, renderer: &PromptRenderer, cheat: &str, spec: SpecId) -> Result<String> {
    let uri = super::uri(cheat);
    let pair = register::dev(&super::consumer_uri(&uri, 0))?;
    let consumer_account = keys::account(&pair);
    let provider = register::account(&uri)?;
    let mut consumer = Consumer::open(chain, &pair, &uri, spec, 20 * SOUK).await?;
    let bond = chain.provider(&provider).await?.context("no provider")?.bond;
    let mut told = Vec::new();
    for i in 0..CHANCES {
        let from = chain.finalized().await?.number;
        let before = chain.balance(&consumer_account).await?;
        // The dearest call alone is a lie of its own; the others are short and honest.
        if cheat == "dearest" {
            consumer.call(CHAT, &body(prompt(renderer, i + 100)?, 8, 800)).await?;
        }
        let order = body(prompt(renderer, i)?, 48, 800);
        // A careless consumer: a limit above the price leaves room for a lie about the count.
        let most = consumer.price(&order)?.saturating_mul(2);
        consumer.fill_batch(CHAT, &order, most).await?;
        let ended = story::follow(chain, consumer.last()?, from, PATIENCE, &|_| {}).await?;
        told.push(super::summary(&ended));
        if !matches!(ended.reason, CloseReason::Fraud | CloseReason::Withheld) {
            if i + 1 < CHANCES && may_go_on(&ended) {
                continue;
            }
            bail!("{cheat} ended as {}", told.join("; "));
        }
        let view = chain.provider(&provider).await?.context("no provider")?;
        if view.status != ProviderStatus::Jailed || view.bond >= bond || ended.paid != 0 {
            bail!("{cheat} was not punished: {:?}, bond {}", view.status, souk(view.bond));
        }
        // The refund came back into what the consumer owns, with a compensation on top.
        let after = chain.balance(&consumer_account).await?;
        let (had, has) = (before.free + before.held, after.free + after.held);
        if has <= had {
            bail!("the consumer was not compensated: {} before, {} after", souk(had), souk(has));
        }
        break;
    }
    Ok(format!("{uri}: {}", told.join("; ")))
}
