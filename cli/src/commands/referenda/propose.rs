//! Referenda that one begins: what is asked, and the deposits.

use super::{describe, ending, find, find_track};
use crate::{
    args::{Asked, SubmitArgs},
    commands::{afford, Context, Spends, ENVELOPE},
    failure::{Failure, Result},
    output::{hex0x, legible, outcome_json},
};
use serde_json::{json, Value};
use souk_client::{
    calls::{referenda, system, Call},
    keys, souk, Chain, Event, Keypair,
};
use souk_primitives::{
    views::{EnactmentView, ReferendumState, ReferendumView},
    Balance, Digest,
};

/// Asks the electorate for a call.
pub async fn submit(context: &Context, args: SubmitArgs) -> Result<()> {
    let pair = context.pair()?;
    let chain = context.chain().await?;
    let tracks = chain.tracks().await?;
    let track = find_track(&tracks, &args.track)?;
    let bytes = encoded(&chain, &args.asked).await?;
    let name = chain.name_of(&bytes).await?;

    let bytes_are = where_bytes_are(&chain, &bytes).await?;
    let mut calls = Vec::new();
    if bytes_are == Bytes::Brought {
        calls.push(referenda::note_preimage(bytes.clone()));
    }
    calls.push(referenda::submit(track.origin.clone(), &bytes, EnactmentView::After(args.after)));
    let submission: Balance = chain.constant("Referenda", "SubmissionDeposit").await?.unwrap_or(0);
    let mut deposits = submission;
    let mut needed = submission;
    if args.deposit {
        deposits = deposits.saturating_add(track.decision_deposit);
        let second = chain.fee(&referenda::place_decision_deposit(u32::MAX), ENVELOPE).await?;
        needed = deposits.saturating_add(second);
    }
    afford(&chain, &keys::account(&pair), &calls, needed, Spends::Locked).await?;
    let outcome = context.output.submit(&chain, &pair, system::all_of(calls)).await?;
    let submitted = outcome.events.iter().find_map(Event::submitted);
    let (index, on) = submitted.ok_or_else(|| Failure::new("the chain names no new referendum"))?;
    if on != track.id {
        return Err(Failure::new(format!(
            "referendum {index} was submitted on track {on}, not on {}",
            track.id
        )));
    }
    if args.deposit {
        place(context, &chain, &pair, index).await.map_err(|failure| Failure {
            message: format!(
                "referendum {index} was submitted, but its decision deposit was not put up ({failure}): `souk referenda deposit {index}` tries again"
            ),
            ..failure
        })?;
    }
    let digest = hex0x(&referenda::digest(&bytes));
    let mut value = outcome_json(&outcome);
    value["referendum"] = json!(index);
    value["track"] = json!(track.name);
    value["call"] = json!(name);
    value["digest"] = json!(digest);
    value["deposits"] = json!(deposits.to_string());
    value["decisionDeposit"] = json!(args.deposit);
    let stands = look(&chain, index).await;
    context.output.show(value, || {
        let asks = format!("referendum {index} asks for {} on the track {}", legible(&name), track.name);
        let deposits = format!(
            "{} are its deposits; {} of them, the submission's, come back only if it is approved or cancelled",
            souk(deposits),
            souk(submission)
        );
        let lines = [Some(asks), stands, Some(deposits), bytes_are.told(&digest)];
        lines.into_iter().flatten().collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

/// How a new referendum stands, if the node can be asked: it is submitted in any case.
async fn look(chain: &Chain, index: u32) -> Option<String> {
    let view = chain.referendum(index).await.ok()??;
    Some(describe(&view, chain.finalized().await.ok()?.number))
}

/// How the bytes of a call come to the chain.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bytes {
    /// In the referendum itself.
    Inside,
    /// As a preimage, for a deposit of their own.
    Brought,
    /// Somebody has brought them before.
    There,
}

impl Bytes {
    fn told(self, digest: &str) -> Option<String> {
        match self {
            Bytes::Inside => None,
            Bytes::Brought => Some(format!(
                "the call's bytes are on the chain for a deposit of their own: `souk referenda unnote {digest}` takes them back when it is over"
            )),
            Bytes::There => Some(
                "the call's bytes were on the chain before: whoever brought them may take them away until it is approved".into(),
            ),
        }
    }
}

async fn where_bytes_are(chain: &Chain, call: &[u8]) -> Result<Bytes> {
    if call.len() <= referenda::INLINE {
        return Ok(Bytes::Inside);
    }
    Ok(if chain.has_preimage(call).await? { Bytes::There } else { Bytes::Brought })
}

/// SCALE of the call that is asked for.
async fn encoded(chain: &Chain, asked: &Asked) -> Result<Vec<u8>> {
    if let Some(text) = &asked.text {
        return Ok(chain.encode(&system::remark(text.as_bytes())).await?);
    }
    if let Some(call) = &asked.call {
        return Ok(call.0.clone());
    }
    let path = asked.call_file.as_ref().ok_or_else(|| Failure::new("name what is asked for"))?;
    let bytes =
        std::fs::read(path).map_err(|e| Failure::new(format!("--call-file {}: {e}", path.display())))?;
    // As polkadot.js shows it, or the bytes themselves.
    let text = std::str::from_utf8(&bytes).ok().and_then(|text| text.trim().strip_prefix("0x"));
    match text.map(hex::decode) {
        None => Ok(bytes),
        Some(Ok(bytes)) => Ok(bytes),
        Some(Err(e)) => Err(Failure::new(format!("--call-file {}: {e}", path.display()))),
    }
}

async fn place(context: &Context, chain: &Chain, pair: &Keypair, index: u32) -> Result<Value> {
    let outcome = context.output.submit(chain, pair, referenda::place_decision_deposit(index)).await?;
    Ok(outcome_json(&outcome))
}

/// Puts up the decision deposit.
pub async fn deposit(context: &Context, index: u32) -> Result<()> {
    let pair = context.pair()?;
    let chain = context.chain().await?;
    let view = find(&chain, index).await?;
    let ReferendumState::Ongoing(open) = &view.state else {
        return Err(Failure::new(format!(
            "referendum {index} takes no deposit any more: it ended, {}",
            ending(&view.state)
        )));
    };
    if let Some(there) = &open.decision_deposit {
        return Err(Failure::new(format!(
            "{} has put up the decision deposit of referendum {index}",
            there.who
        )));
    }
    let needed = open.decision_deposit_needed;
    let call = referenda::place_decision_deposit(index);
    afford(&chain, &keys::account(&pair), &[call], needed, Spends::Locked).await?;
    let mut value = place(context, &chain, &pair, index).await?;
    value["referendum"] = json!(index);
    value["deposit"] = json!(needed.to_string());
    context.output.show(value, || {
        format!("{} put up for referendum {index} (souk referenda show {index})", souk(needed))
    });
    Ok(())
}

/// Takes the bytes of a call off the chain, and the deposit for them back.
pub async fn unnote(context: &Context, call: Digest) -> Result<()> {
    let pair = context.pair()?;
    let chain = context.chain().await?;
    let outcome = context.output.submit(&chain, &pair, referenda::unnote_preimage(call)).await?;
    context.output.show(outcome_json(&outcome), || {
        "the call's bytes are off the chain, and their deposit is free".into()
    });
    Ok(())
}

/// Has the deposits of an ended referendum returned.
pub async fn refund(context: &Context, index: u32) -> Result<()> {
    let pair = context.pair()?;
    let chain = context.chain().await?;
    refundable(&find(&chain, index).await?)?;
    // The view does not say which of the two it is: what is not there is refused alone.
    let calls: Vec<Call> =
        vec![referenda::refund_decision_deposit(index), referenda::refund_submission_deposit(index)];
    let outcome = context.output.submit(&chain, &pair, system::force_batch(calls)).await?;
    let refunded: Vec<_> = outcome.events.iter().filter_map(Event::refunded).collect();
    if refunded.is_empty() {
        return Err(Failure::new(format!("no deposit of referendum {index} was returned")));
    }
    let mut value = outcome_json(&outcome);
    value["referendum"] = json!(index);
    value["refunded"] = refunded
        .iter()
        .map(|(who, amount)| json!({ "who": who.to_string(), "amount": amount.to_string() }))
        .collect();
    context.output.show(value, || {
        let rows = refunded.iter().map(|(who, amount)| format!("{} back to {who}", souk(*amount)));
        rows.collect::<Vec<_>>().join("\n")
    });
    Ok(())
}

/// Whether a referendum has deposits that may be taken back.
fn refundable(view: &ReferendumView) -> Result<()> {
    let index = view.index;
    match &view.state {
        ReferendumState::Ongoing(_) => {
            Err(Failure::new(format!("referendum {index} is open: deposits come back when it has ended")))
        }
        _ if view.refundable.is_empty() => {
            Err(Failure::not_found(format!("referendum {index} has no deposit that may be taken back")))
        }
        _ => Ok(()),
    }
}
