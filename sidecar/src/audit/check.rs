//! What the transcript of a call must say by itself, before the model is asked. Pure.

use crate::{
    budget,
    engine::{EndCheck, Ending},
    runner::{Generation, ModelInfo},
};
use souk_primitives::{
    call::{check_receipt, CallKind, ReceiptMismatch},
    sampler, sr25519,
    sumtree::Shape,
    transcript::{Answer, NotOpened, Transcript},
    verdict::{accounting_faults, Faults},
    views::ChannelView,
    AuditId, Balance, Digest,
};

/// Whether the transcript opens the drawn point of the committed tree: all that was signed and committed fits.
pub fn examine(
    shape: &Shape,
    point: Balance,
    channel: &ChannelView,
    transcript: &Transcript,
) -> Result<(), NotOpened> {
    transcript.opens(
        shape,
        point,
        &sr25519::Public::from_raw(channel.voucher_key),
        &sr25519::Public::from_raw(channel.receipt_key),
    )
}

/// Everything about the call that is wrong without asking the model. `context` is the most tokens of prompt and answer.
pub fn accounting(
    genesis: &Digest,
    channel: &ChannelView,
    transcript: &Transcript,
    context: u32,
    info: &ModelInfo,
) -> Faults {
    let Transcript { request, receipt, body, answer, .. } = transcript;
    let mut faults = Faults::default();
    if request.genesis != *genesis || request.channel != channel.id {
        faults = faults.and(Faults::OTHER_REQUEST);
    }
    if channel.seed != Some(request.seed) {
        faults = faults.and(Faults::FOREIGN_SEED);
    }
    let prices = channel.prices();
    match check_receipt(request, receipt, &prices) {
        Ok(()) => {}
        Err(ReceiptMismatch::OtherCall) => faults = faults.and(Faults::OTHER_REQUEST),
        Err(ReceiptMismatch::WrongCharge | ReceiptMismatch::OverMaxCharge) => {
            faults = faults.and(Faults::CHARGE)
        }
    }
    let input = count(body.prompt_ids.len());
    let limit = budget::output_limit(body, context, &prices, request.max_charge);
    if is_oversized(transcript, context) {
        // No API of the market takes such a call, and looking closer costs whatever its author likes.
        return faults.and(Faults::OVERRUN);
    }
    match (body.kind, answer) {
        (CallKind::Generate, Answer::Tokens(ids)) => {
            let ending = Ending::new(
                &info.end_tokens,
                &body.stops,
                limit.unwrap_or(0),
                body.prompt_ids.len(),
                context as usize,
            );
            let end = ending.check(ids, receipt.finish);
            if end == EndCheck::Overrun {
                faults = faults.and(Faults::OVERRUN);
            }
            faults.and(accounting_faults(receipt, input, count(ids.len()), end == EndCheck::Consistent))
        }
        (CallKind::Embed, Answer::Vector(_)) => {
            if limit.is_none() {
                faults = faults.and(Faults::OVERRUN);
            }
            let fits = receipt.finish == souk_primitives::call::Finish::Stop;
            faults.and(accounting_faults(receipt, input, 0, fits))
        }
        // A vector for a question, or the other way round.
        _ => faults.and(Faults::FINISH),
    }
    .and(if body.kind == info.kind { Faults::default() } else { Faults::OVERRUN })
}

/// Whether a call is larger than any that a provider may take: then it is at fault whatever the model says.
fn is_oversized(transcript: &Transcript, context: u32) -> bool {
    let answered = match &transcript.answer {
        Answer::Tokens(ids) => ids.len(),
        Answer::Vector(_) => 0,
    };
    let body = &transcript.body;
    !budget::stops_fit(&body.stops) || body.prompt_ids.len().saturating_add(answered) > context as usize
}

/// The generation that the provider had to run.
pub fn generation(audit: AuditId, transcript: &Transcript) -> Generation {
    let body = &transcript.body;
    let request = &transcript.request;
    Generation {
        prompt: body.prompt_ids.clone(),
        temperature_milli: body.temperature_milli,
        max_tokens: body.max_tokens,
        stops: body.stops.clone(),
        seed: sampler::call_seed(&request.seed, request.seq, &request.request_digest),
        client: audit,
    }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
