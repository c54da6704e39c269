//! A provider that signs two receipts for one call: whoever has both takes them to the chain.

use super::prompt;
use anyhow::{ensure, Context, Result};
use souk_client::{
    calls::channels::{report_double_receipt, SignedReceipt},
    keys, souk, Chain, SoukEvent,
};
use souk_e2e::market::{
    consumer::{body, header, Consumer},
    models::CHAT,
    register,
};
use souk_primitives::{views::ProviderStatus, SpecId, SOUK};
use souk_sidecar::engine::PromptRenderer;

/// Asks twice for one call, reports what came, and checks the slash; one receipt reported twice is refused.
pub async fn report(chain: &Chain, renderer: &PromptRenderer, cheat: &str, spec: SpecId) -> Result<String> {
    let uri = super::uri(cheat);
    let pair = register::dev(&super::consumer_uri(&uri, 0))?;
    let provider = register::account(&uri)?;
    let consumer = Consumer::open(chain, &pair, &uri, spec, 20 * SOUK).await?;
    let body = body(prompt(renderer, 0)?, 32, 800);
    let most = consumer.price(&body)?;
    let request = header(&consumer.request(&body, most), &consumer.key);
    let mut receipts = Vec::new();
    for _ in 0..2 {
        let reply = consumer.send(CHAT, &body, &request, None).await?;
        let (receipt, signature) = reply.receipt.with_context(|| format!("no receipt: {}", reply.body))?;
        receipts.push(SignedReceipt { receipt, signature });
    }
    let [first, second] =
        <[SignedReceipt; 2]>::try_from(receipts).map_err(|_| anyhow::anyhow!("two receipts"))?;
    ensure!(first.receipt != second.receipt, "the cheat gave the same receipt twice");

    let bond = chain.provider(&provider).await?.context("no provider")?.bond;
    let same = chain.submit(&pair, report_double_receipt(first.clone(), first.clone())).await;
    ensure!(same.is_err(), "one receipt was taken for two");
    ensure!(
        chain.provider(&provider).await?.context("no provider")?.bond == bond,
        "a refused report took money"
    );

    let before = chain.balance(&keys::account(&pair)).await?;
    let outcome = chain.submit(&pair, report_double_receipt(first, second)).await?;
    let slashed = outcome
        .souk_events()
        .find_map(|event| match event {
            SoukEvent::DoubleReceipt { slashed, .. } => Some(slashed),
            _ => None,
        })
        .context("no DoubleReceipt event")?;
    let view = chain.provider(&provider).await?.context("no provider")?;
    ensure!(
        slashed > 0 && view.status == ProviderStatus::Jailed && view.bond == bond - slashed,
        "{} was taken, and the provider is {:?} with {}",
        souk(slashed),
        view.status,
        souk(view.bond)
    );
    let after = chain.balance(&keys::account(&pair)).await?;
    ensure!(after.free > before.free, "who reported it has less than before");
    Ok(format!("{uri}: {} of the bond were taken", souk(slashed)))
}
