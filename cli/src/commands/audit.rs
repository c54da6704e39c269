//! `souk audit watch`.

use super::Context;
use crate::{
    args::Audit,
    failure::Result,
    output::{hex0x, short},
};
use futures::StreamExt;
use serde_json::{json, Value};
use souk_client::{souk, SoukEvent};
use souk_primitives::{AccountId, AuditId};
use std::collections::HashSet;

/// Runs it.
pub async fn run(context: &Context, Audit::Watch { provider, count }: Audit) -> Result<()> {
    let chain = context.chain().await?;
    let mut watched: HashSet<AuditId> = HashSet::new();
    for audit in chain.audits(true, 200).await? {
        if provider.as_ref().is_none_or(|wanted| *wanted == audit.provider) {
            watched.insert(audit.id);
        }
    }
    if !context.output.json {
        println!("{} audits are open; watching finalised blocks", watched.len());
    }
    let mut ended = 0;
    let mut blocks = chain.finalized_blocks();
    while let Some(block) = blocks.next().await {
        for event in chain.events(&block.hash).await?.iter().filter_map(|event| event.souk()) {
            let Some((audit, step, text)) = tell(&event) else { continue };
            if let SoukEvent::AuditDrawn { provider: drawn, .. } = &event {
                if provider.as_ref().is_none_or(|wanted| wanted == drawn) {
                    watched.insert(audit);
                }
            }
            if !watched.contains(&audit) {
                continue;
            }
            let value = json!({ "block": block.number, "audit": hex0x(&audit), "event": event.label().1, "detail": step });
            context.output.show(value, || format!("#{} {} {text}", block.number, short(&audit)));
            if matches!(event, SoukEvent::AuditEnded { .. }) {
                ended += 1;
                if count.is_some_and(|count| ended >= count) {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

/// The audit of an event, its facts, and a sentence.
fn tell(event: &SoukEvent) -> Option<(AuditId, Value, String)> {
    let who = |account: &AccountId| account.to_string();
    Some(match event {
        SoukEvent::AuditDrawn { audit, batch, provider, committee, point, round, commit_by, reveal_by } => {
            let members: Vec<String> = committee.iter().map(who).collect();
            let text = format!(
                "drawn ({round:?} round) for {provider}: point {} of the channel's value, committee {}",
                souk(*point),
                members.join(", ")
            );
            let facts = json!({
                "batch": hex0x(batch), "provider": who(provider), "committee": members, "point": point.to_string(),
                "round": round, "commitBy": commit_by, "revealBy": reveal_by,
            });
            (*audit, facts, text)
        }
        SoukEvent::ReportCommitted { audit, validator } => {
            (*audit, json!({ "validator": who(validator) }), format!("{validator} committed a sealed report"))
        }
        SoukEvent::ReportRevealed { audit, validator, report, verdict } => (
            *audit,
            json!({ "validator": who(validator), "report": report, "verdict": verdict }),
            format!(
                "{validator} revealed {}: {report:?}",
                verdict.map_or_else(|| "a report".into(), |verdict| format!("{verdict:?}"))
            ),
        ),
        SoukEvent::ReportPaid { audit, validator, amount } => (
            *audit,
            json!({ "validator": who(validator), "amount": amount.to_string() }),
            format!("{validator} was paid {}", souk(*amount)),
        ),
        SoukEvent::VerifierSilent { audit, validator } => {
            (*audit, json!({ "validator": who(validator) }), format!("{validator} said nothing and is not paid"))
        }
        SoukEvent::RedrawScheduled { audit, at } => {
            (*audit, json!({ "at": at }), format!("the committee decided nothing: drawn again in block {at}"))
        }
        SoukEvent::AuditEnded { audit, batch, reason } => (
            *audit,
            json!({ "batch": hex0x(batch), "reason": reason }),
            format!("ended: {reason:?}"),
        ),
        SoukEvent::FraudUpheld { audit, batch, provider, slashed, compensation, rewards } => (
            *audit,
            json!({
                "batch": hex0x(batch), "provider": who(provider), "slashed": slashed.to_string(),
                "compensation": compensation.to_string(), "rewards": rewards.to_string(),
            }),
            format!(
                "fraud of {provider} upheld: {} slashed, {} to the consumer beside the refund, {} to the reporters",
                souk(*slashed),
                souk(*compensation),
                souk(*rewards)
            ),
        ),
        _ => return None,
    })
}
