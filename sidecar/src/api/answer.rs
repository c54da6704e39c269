//! From a checked call to its answer: payment, binding, running, and the answer's form.

use super::{error::ApiError, openai::Call, stream, App, Place};
use crate::{
    adversary, blocking,
    calls::{self, Bound, Chunk, Ended, Paid, Work},
    ledger::StoredCall,
    payment::{self, encode_signed, Authorised, Known},
    runner::{Generation, Runner},
};
use axum::{
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    Json,
};
use serde_json::{json, Value};
use souk_primitives::{
    call::{CallBody, Finish, Signed},
    transcript::Answer,
    AccountId,
};
use std::sync::Arc;

/// Form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// A chat.
    Chat,
    /// A text completion.
    Text,
}

/// What every chunk and answer of one call repeats.
#[derive(Clone, Debug)]
pub struct Frame {
    /// Its form.
    pub style: Style,
    /// Its id.
    pub id: String,
    /// When it was made.
    pub created: u64,
    /// The model's name.
    pub model: String,
    /// Tokens of the prompt.
    pub input: u32,
}

/// Why an answer ended, in OpenAI's words.
pub fn finish_word(finish: Finish) -> &'static str {
    match finish {
        Finish::Stop => "stop",
        Finish::Length => "length",
        Finish::Cancelled => "cancelled",
        Finish::Error => "error",
    }
}

impl Frame {
    fn new(style: Style, runner: &Arc<dyn Runner>, body: &CallBody) -> Self {
        let prefix = if style == Style::Chat { "chatcmpl" } else { "cmpl" };
        Self {
            style,
            id: format!("{prefix}-{}", uuid::Uuid::new_v4().simple()),
            created: crate::ledger::unix_now(),
            model: runner.info().name.clone(),
            input: u32::try_from(body.prompt_ids.len()).unwrap_or(u32::MAX),
        }
    }

    /// Tokens, as OpenAI counts them.
    pub fn usage(&self, output: usize) -> Value {
        json!({
            "prompt_tokens": self.input,
            "completion_tokens": output,
            "total_tokens": self.input as usize + output,
        })
    }

    fn whole(&self, text: &str, ids: &[u32], finish: Finish) -> Value {
        let reason = finish_word(finish);
        let (object, choice) = match self.style {
            Style::Chat => (
                "chat.completion",
                json!({
                    "index": 0,
                    "message": { "role": "assistant", "content": text, "refusal": null },
                    "logprobs": null,
                    "finish_reason": reason,
                    "token_ids": ids,
                }),
            ),
            Style::Text => (
                "text_completion",
                json!({ "index": 0, "text": text, "logprobs": null, "finish_reason": reason, "token_ids": ids }),
            ),
        };
        json!({
            "id": self.id,
            "object": object,
            "created": self.created,
            "model": self.model,
            "choices": [choice],
            "usage": self.usage(ids.len()),
        })
    }
}

/// The model of this name.
pub fn runner(app: &App, name: &str) -> Result<Arc<dyn Runner>, ApiError> {
    app.models().named(name).cloned().ok_or_else(|| ApiError::unknown_model(name))
}

/// Who pays, before anything that the client wrote is worked on. `None`: an unpaid call that is allowed.
pub async fn payer(
    app: &App,
    runner: &Arc<dyn Runner>,
    headers: &HeaderMap,
) -> Result<Option<Known>, ApiError> {
    let channel = payment::channel_of(headers)?;
    let outcome = match payment::from_headers(headers)? {
        Some(payment) => payment::identify(app, payment).await.map(Some),
        None if app.config().server.open_access && channel.is_none() => return Ok(None),
        None => Err(ApiError::payment("payment_required", "sign a request with the channel's voucher key")),
    };
    match outcome {
        Err(error) => Err(quoted(app, runner, error, headers).await),
        ok => ok,
    }
}

/// Checks the payment of a call.
pub async fn pay(
    app: &App,
    runner: &Arc<dyn Runner>,
    body: &CallBody,
    payer: Option<Known>,
    headers: &HeaderMap,
) -> Result<Option<Authorised>, ApiError> {
    let Some(payer) = payer else { return Ok(None) };
    match payment::authorise(app, runner, body.clone(), payer).await {
        Err(error) => Err(quoted(app, runner, error, headers).await),
        ok => ok.map(Some),
    }
}

/// Reads what a client wrote: a template and a tokenizer may take their time.
pub async fn understand<T: Send + 'static>(
    runner: &Arc<dyn Runner>,
    read: impl FnOnce(&dyn Runner) -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let runner = runner.clone();
    blocking::at_once(move || read(runner.as_ref())).await
}

/// Adds the quote to a 402.
async fn quoted(app: &App, runner: &Arc<dyn Runner>, error: ApiError, headers: &HeaderMap) -> ApiError {
    if error.status != StatusCode::PAYMENT_REQUIRED {
        return error;
    }
    let channel = match payment::from_headers(headers) {
        Ok(Some(payment)) => Some(payment.request.0.channel),
        _ => payment::channel_of(headers).ok().flatten(),
    };
    let quote = payment::quote(app, Some(runner), channel).await;
    error.with_quote(quote)
}

/// Binds a paid call.
pub async fn bind(
    app: &App,
    runner: &Arc<dyn Runner>,
    paid: Authorised,
    headers: &HeaderMap,
) -> Result<Bound, ApiError> {
    match calls::bind(app, paid).await {
        Err(error) => Err(quoted(app, runner, error, headers).await),
        ok => ok,
    }
}

/// A place is taken before anything is bound: a busy provider leaves no trace. An answer that is there needs none.
pub fn place(app: &App, call: Option<&Authorised>) -> Result<Option<Place<AccountId>>, ApiError> {
    let repeated = call.is_some_and(|call| {
        let request = &call.order.request;
        app.ledger().is_answered(&request.channel, request.seq)
    });
    if repeated {
        return Ok(None);
    }
    app.place(call.map(|call| &call.view.consumer)).map(Some)
}

/// Runs a generation and answers in the wanted form.
pub async fn generate(
    app: App,
    runner: Arc<dyn Runner>,
    call: Call,
    payer: Option<Known>,
    headers: &HeaderMap,
    style: Style,
) -> Result<Response, ApiError> {
    let Call { body, stream, include_usage } = call;
    let frame = Frame::new(style, &runner, &body);
    let authorised = pay(&app, &runner, &body, payer, headers).await?;
    let place = place(&app, authorised.as_ref())?;
    let mut generation = Generation {
        prompt: body.prompt_ids.clone(),
        temperature_milli: body.temperature_milli,
        max_tokens: body.max_tokens,
        stops: body.stops.clone(),
        seed: rand::random(),
        client: [0; 32],
    };
    let paid: Option<Paid> = match authorised {
        None => None,
        Some(authorised) => {
            generation.seed = authorised.seed;
            generation.max_tokens = authorised.limit;
            generation.client = authorised.order.request.channel;
            match bind(&app, &runner, authorised, headers).await? {
                Bound::Run(paid) => Some(*paid),
                Bound::Answered(stored) => {
                    return repeat(&app, &runner, frame, *stored, stream.is_some(), include_usage)
                }
            }
        }
    };
    let mut chunks = calls::start(&app, Work { runner, generation, paid, streaming: stream, place });
    if stream.is_some() {
        return Ok(stream::respond(app, frame, chunks, include_usage));
    }
    match chunks.recv().await {
        Some(Chunk::End(Ended { finish, ids, tail, receipt })) => {
            Ok(with_receipt(Json(frame.whole(&tail, &ids, finish)).into_response(), receipt))
        }
        Some(Chunk::Failed(error)) => Err(error),
        _ => Err(ApiError::internal("the call's task failed")),
    }
}

/// Adds the receipt's header.
pub fn with_receipt(mut response: Response, receipt: Option<String>) -> Response {
    if let Some(value) = receipt.and_then(|text| HeaderValue::from_str(&text).ok()) {
        response.headers_mut().insert(HeaderName::from_static(payment::RECEIPT), value);
    }
    response
}

/// The receipt of a stored call as clients get it.
pub fn stored_receipt(app: &App, stored: &StoredCall) -> Option<String> {
    let (receipt, signature) = stored.receipt.as_ref()?;
    if let (Some(other), Some(pair)) = (adversary::repeated(app.cheat(), receipt), app.receipt_pair()) {
        return Some(encode_signed(&other, &other.sign(pair).0));
    }
    Some(encode_signed(receipt, signature))
}

/// Why a call that was answered before can't be answered again.
pub fn unrepeatable(app: &App, stored: &StoredCall) -> Option<ApiError> {
    let receipt = stored_receipt(app, stored);
    if stored.receipt.as_ref().is_some_and(|(receipt, _)| receipt.finish == Finish::Error) {
        let message = "this call failed and was closed at zero charge; use the next sequence number";
        return Some(
            ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "call_failed", message).with_receipt(receipt),
        );
    }
    stored.answer.is_none().then(|| {
        let message = "the answer is no longer kept; its receipt is";
        ApiError::new(StatusCode::GONE, "answer_pruned", message).with_receipt(receipt)
    })
}

/// Answers again what was answered before: the same tokens, the same receipt bytes.
fn repeat(
    app: &App,
    runner: &Arc<dyn Runner>,
    frame: Frame,
    stored: StoredCall,
    streaming: bool,
    include_usage: bool,
) -> Result<Response, ApiError> {
    if let Some(error) = unrepeatable(app, &stored) {
        return Err(error);
    }
    let receipt = stored_receipt(app, &stored);
    let finish = stored.receipt.as_ref().map_or(Finish::Error, |(receipt, _)| receipt.finish);
    let Some(Answer::Tokens(ids)) = stored.answer else {
        return Err(ApiError::bad("wrong_endpoint", "this call was an embedding"));
    };
    let text = runner.detokenize(&ids);
    if !streaming {
        return Ok(with_receipt(Json(frame.whole(&text, &ids, finish)).into_response(), receipt));
    }
    Ok(stream::repeat(frame, text, ids, finish, receipt, include_usage))
}
