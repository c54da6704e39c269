//! Payment of a call: what the headers carry, and everything that is checked before a call is bound.

use crate::{
    api::{error::ApiError, App},
    budget,
    ledger::Order,
    runner::Runner,
};
use axum::http::{HeaderMap, StatusCode};
use base64::{engine::general_purpose::STANDARD, Engine};
use codec::{Decode, Encode};
use serde_json::{json, Value};
use souk_primitives::{
    call::{CallBody, Request, Signed, Voucher},
    sampler, sr25519,
    views::{ChannelState, ChannelView},
    ChannelId, Digest, SpecId,
};
use std::sync::Arc;

/// Header of the channel id.
pub const CHANNEL: &str = "x-souk-channel";
/// Header of the signed request.
pub const REQUEST: &str = "x-souk-request";
/// Header of the signed voucher.
pub const VOUCHER: &str = "x-souk-voucher";
/// Header of the signed receipt.
pub const RECEIPT: &str = "x-souk-receipt";
/// Header of a signed fetch.
pub const FETCH: &str = "x-souk-fetch";

/// What came with a call.
#[derive(Clone, Debug)]
pub struct Payment {
    /// The order with its signature.
    pub request: (Request, [u8; 64]),
    /// The voucher with its signature.
    pub voucher: Option<(Voucher, [u8; 64])>,
}

/// A call that may be bound.
pub struct Authorised {
    /// For the ledger.
    pub order: Order,
    /// The channel.
    pub view: ChannelView,
    /// Most tokens of the answer.
    pub limit: u32,
    /// Seed of the call's noise.
    pub seed: Digest,
}

/// base64 of SCALE ‖ signature.
pub fn encode_signed(value: &impl Encode, signature: &[u8; 64]) -> String {
    let mut bytes = value.encode();
    bytes.extend_from_slice(signature);
    STANDARD.encode(bytes)
}

/// Reads base64 of SCALE ‖ signature; nothing may be left over.
pub fn decode_signed<T: Decode>(text: &str) -> Option<(T, [u8; 64])> {
    let bytes = STANDARD.decode(text.trim()).ok()?;
    let (value, signature) = bytes.split_last_chunk::<64>()?;
    let mut rest = value;
    let value = T::decode(&mut rest).ok()?;
    rest.is_empty().then_some((value, *signature))
}

fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, ApiError> {
    headers.get(name).map(|value| value.to_str().map_err(|_| malformed(name, "is not text"))).transpose()
}

fn malformed(name: &'static str, what: &str) -> ApiError {
    ApiError::bad("malformed_header", format!("the header {name} {what}")).of(name)
}

/// The channel that the headers name.
pub fn channel_of(headers: &HeaderMap) -> Result<Option<ChannelId>, ApiError> {
    header(headers, CHANNEL)?
        .map(|text| {
            STANDARD
                .decode(text.trim())
                .ok()
                .and_then(|bytes| ChannelId::try_from(bytes).ok())
                .ok_or_else(|| malformed(CHANNEL, "must be base64 of 32 bytes"))
        })
        .transpose()
}

/// The voucher that the headers carry.
pub fn voucher_of(headers: &HeaderMap) -> Result<Option<(Voucher, [u8; 64])>, ApiError> {
    header(headers, VOUCHER)?
        .map(|text| {
            decode_signed(text)
                .ok_or_else(|| malformed(VOUCHER, "must be base64 of SCALE(Voucher) and its signature"))
        })
        .transpose()
}

/// The payment that the headers carry: `None` when there is no signed request at all.
pub fn from_headers(headers: &HeaderMap) -> Result<Option<Payment>, ApiError> {
    let channel = channel_of(headers)?;
    let voucher = voucher_of(headers)?;
    let Some(text) = header(headers, REQUEST)? else { return Ok(None) };
    let request: (Request, [u8; 64]) = decode_signed(text)
        .ok_or_else(|| malformed(REQUEST, "must be base64 of SCALE(Request) and its signature"))?;
    match channel {
        Some(channel) if channel != request.0.channel => {
            Err(ApiError::bad("wrong_channel", "x-souk-channel and x-souk-request name different channels"))
        }
        _ => Ok(Some(Payment { request, voucher })),
    }
}

/// A payment by the owner of an open channel. Only for such a call is a text worth reading.
#[derive(Clone, Debug)]
pub struct Known {
    payment: Payment,
    view: ChannelView,
}

/// Who pays: the request is signed by the voucher key of a channel with this provider.
pub async fn identify(app: &App, payment: Payment) -> Result<Known, ApiError> {
    let (request, signature) = &payment.request;
    if request.genesis != app.chain().genesis() {
        return Err(ApiError::bad("wrong_chain", "the request is signed for another chain"));
    }
    let view = channel(app, request.channel).await?;
    let key = sr25519::Public::from_raw(view.voucher_key);
    if !request.verify(&sr25519::Signature::from_raw(*signature), &key) {
        return Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            "bad_request_signature",
            "the request is not signed by the channel's voucher key",
        ));
    }
    app.rate(&request.channel)?;
    Ok(Known { payment, view })
}

/// Everything that can be known about a paid call before it is bound.
pub async fn authorise(
    app: &App,
    runner: &Arc<dyn Runner>,
    body: CallBody,
    Known { payment, view }: Known,
) -> Result<Authorised, ApiError> {
    let (request, request_signature) = payment.request;
    let answered = app.ledger().is_answered(&request.channel, request.seq);
    match view.state {
        // A call that was answered before the channel closed can still be fetched again.
        _ if answered => {}
        ChannelState::Open => {}
        _ => return Err(ApiError::payment("channel_closing", "the channel is closing; open another")),
    }
    let live = app.facts().head().await?.live;
    if live > view.expires && !answered {
        return Err(ApiError::payment(
            "channel_expired",
            format!("the channel expired at block {}", view.expires),
        ));
    }
    let longest = app.config().settlement.max_notice;
    if view.notice > longest && !answered {
        return Err(ApiError::payment(
            "notice_too_long",
            format!(
                "the channel delays payments by {} blocks, this provider takes at most {longest}; open another",
                view.notice
            ),
        ));
    }
    let Some(seed) = view.seed else {
        let message = "the channel's seed is not final yet; try again in a few seconds";
        return Err(ApiError::new(StatusCode::CONFLICT, "channel_not_ready", message).after(3));
    };
    if request.seed != seed {
        return Err(ApiError::bad("other_seed", "the request carries another seed than the channel"));
    }
    let max_context = check_spec(app, runner, view.spec).await?;
    if request.request_digest != body.digest() {
        return Err(ApiError::bad(
            "digest_mismatch",
            "the signed request_digest is not the digest of this prompt, temperature, max_tokens and stops",
        ));
    }
    let prices = view.prices();
    let limit = budget::output_limit(&body, max_context, &prices, request.max_charge).ok_or_else(|| {
        let input = body.prompt_ids.len();
        ApiError::payment(
            "max_charge_too_low",
            format!(
                "max_charge {} does not pay for {input} tokens of prompt and an answer",
                request.max_charge
            ),
        )
    })?;
    if view.audited && !answered {
        check_room(app, &view, request.max_charge).await?;
    }
    let state = app.ledger().state(&request.channel);
    if !answered && view.settled_calls > state.covered && view.settled > state.covered_value {
        tracing::error!(channel = %hex::encode(view.id), "the chain has settled more than the ledger knows");
        return Err(ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "ledger_behind",
            "the provider's ledger lacks calls of this channel; open another",
        ));
    }
    Ok(Authorised {
        seed: sampler::call_seed(&seed, request.seq, &request.request_digest),
        order: Order {
            request,
            request_signature,
            body,
            deposit: view.deposit,
            voucher_key: view.voucher_key,
            voucher: payment.voucher,
        },
        view,
        limit,
    })
}

/// A channel with this provider.
pub async fn channel(app: &App, id: ChannelId) -> Result<ChannelView, ApiError> {
    let unknown = || {
        ApiError::payment(
            "unknown_channel",
            format!("no final channel 0x{} with this provider", hex::encode(id)),
        )
    };
    let view = app.channel(id).await?.ok_or_else(unknown)?;
    if app.chain().provider() != Some(view.provider.clone()) {
        return Err(ApiError::bad("other_provider", "the channel is with another provider"));
    }
    if app.receipt_key() != Some(view.receipt_key) {
        return Err(ApiError::bad(
            "other_receipt_key",
            "the channel was opened with another receipt key of this provider; open another",
        ));
    }
    Ok(view)
}

/// The channel's spec must be the model that was asked for. Gives the spec's context.
async fn check_spec(app: &App, runner: &Arc<dyn Runner>, spec: SpecId) -> Result<u32, ApiError> {
    let spec =
        app.facts().spec(spec).await?.ok_or_else(|| ApiError::internal("the channel's spec is unknown"))?;
    if spec.manifest_digest != runner.info().manifest_digest {
        return Err(ApiError::bad("other_model", format!("the channel pays for the model {:?}", spec.model))
            .of("model"));
    }
    Ok(spec.max_context.min(runner.info().max_context))
}

async fn check_room(app: &App, view: &ChannelView, max_charge: u128) -> Result<(), ApiError> {
    let quotes = app.facts().quotes().await?;
    let Some(quote) = quotes.iter().find(|quote| quote.spec == view.spec) else {
        return Err(ApiError::payment(
            "not_serving",
            "this provider does not serve the channel's spec any more",
        ));
    };
    if max_charge > quote.room {
        return Err(ApiError::payment(
            "over_exposure",
            format!(
                "max_charge {max_charge} is over the {} units that the provider's bond covers",
                quote.room
            ),
        ));
    }
    Ok(())
}

/// The `souk` part of a 402: what to pay, where, and how far the channel is.
pub async fn quote(app: &App, runner: Option<&Arc<dyn Runner>>, channel: Option<ChannelId>) -> Value {
    use sp_core::crypto::Ss58Codec;
    let view = match channel {
        Some(id) => app.facts().channel(id).await.ok().flatten(),
        None => None,
    };
    let quotes = app.facts().quotes().await.unwrap_or_default();
    let mut offer = None;
    for quote in &quotes {
        let spec = app.facts().spec(quote.spec).await.ok().flatten();
        if let (Some(spec), Some(runner)) = (spec, runner) {
            if spec.manifest_digest == runner.info().manifest_digest {
                offer = Some(quote);
            }
        }
    }
    let prices = view.as_ref().map(|view| view.prices()).or(offer.map(|quote| quote.prices));
    let spec = view.as_ref().map(|view| view.spec).or(offer.map(|quote| quote.spec));
    json!({
        "provider": app.chain().provider().map(|account| account.to_ss58check()),
        "genesis": hex0x(&app.chain().genesis()),
        "spec": spec.map(|id| hex0x(&id)),
        "max_notice": app.config().settlement.max_notice,
        "prices": prices.map(|prices| json!({
            "per_1k_input": prices.per_1k_input.to_string(),
            "per_1k_output": prices.per_1k_output.to_string(),
        })),
        "channel": view.map(|view| channel_json(app, &view)),
    })
}

/// How far a channel is, as 402 bodies and `/v1/channels` show it.
pub fn channel_json(app: &App, view: &ChannelView) -> Value {
    let state = app.ledger().state(&view.id);
    json!({
        "id": hex0x(&view.id),
        "seed": view.seed.map(|seed| hex0x(&seed)),
        "settled": view.settled.to_string(),
        "deposit": view.deposit.to_string(),
        "next_seq": state.next_seq,
        "running": state.running,
        "covered_calls": state.covered,
        "answered_value": state.answered_value.to_string(),
        "voucher_expected": {
            "calls": state.expected.count,
            "cumulative": state.expected.total.to_string(),
            "receipts_root": hex0x(&state.expected.root),
        },
    })
}

/// `0x` hex.
pub fn hex0x(bytes: &[u8]) -> String {
    format!("0x{}", hex::encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signed_header_should_round_trip_and_refuse_anything_else() {
        let voucher =
            Voucher { genesis: [1; 32], channel: [2; 32], cumulative: 3, calls: 4, receipts_root: [5; 32] };
        let text = encode_signed(&voucher, &[6; 64]);
        assert_eq!(decode_signed::<Voucher>(&text), Some((voucher.clone(), [6; 64])));
        assert_eq!(decode_signed::<Voucher>("?"), None);
        assert_eq!(decode_signed::<Voucher>(&STANDARD.encode([1; 63])), None);
        let mut longer = voucher.encode();
        longer.push(0);
        longer.extend([6; 64]);
        assert_eq!(decode_signed::<Voucher>(&STANDARD.encode(longer)), None);
    }
}
