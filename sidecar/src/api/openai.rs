//! From what a client asks to a call of a model that is served here.

use super::error::ApiError;
use crate::{
    config::Limits,
    fields::{BadField, Fields, Input},
    runner::Runner,
};
use souk_primitives::call::{CallBody, CallKind};
use std::time::Duration;

/// Inputs of one embedding request at most.
const INPUTS: usize = 256;
/// Bytes of text that a token stands for at most, on average: words, code and runs of spaces stay below.
const BYTES_PER_TOKEN: usize = 32;

impl From<BadField> for ApiError {
    fn from(bad: BadField) -> Self {
        let error = ApiError::bad(bad.code, bad.message);
        match bad.param {
            Some(param) => error.of(param),
            None => error,
        }
    }
}

/// The content of a call and how the client wants it.
#[derive(Debug)]
pub struct Call {
    /// What is signed and run.
    pub body: CallBody,
    /// Tokens are sent as they come, gathered for so long; `None`: the whole answer at once.
    pub stream: Option<Duration>,
    /// Whether a stream ends with the usage.
    pub include_usage: bool,
}

fn ids(input: Input, runner: &dyn Runner) -> Result<Vec<u32>, ApiError> {
    match input {
        Input::Text(text) => {
            check_length(text.len(), runner)?;
            Ok(runner.tokenize(&text, true)?)
        }
        Input::Ids(ids) => Ok(ids),
    }
}

fn generation(
    mut fields: Fields,
    prompt_ids: Vec<u32>,
    runner: &dyn Runner,
    limits: &Limits,
) -> Result<Call, ApiError> {
    let gather = fields.gather()?;
    let options = fields.options()?;
    let stops = options.stops.ids(|text| runner.tokenize(text, false).map_err(ApiError::from))?;
    check_prompt(&prompt_ids, runner.info().max_context, true)?;
    Ok(Call {
        body: CallBody {
            kind: CallKind::Generate,
            prompt_ids,
            temperature_milli: options.temperature_milli,
            max_tokens: options.max_tokens.unwrap_or(limits.default_max_tokens),
            stops,
        },
        stream: options.stream.then_some(gather),
        include_usage: options.include_usage,
    })
}

fn generates(runner: &dyn Runner) -> Result<(), ApiError> {
    let info = runner.info();
    if info.kind == CallKind::Generate {
        return Ok(());
    }
    Err(ApiError::bad("wrong_model_kind", format!("{} makes embeddings, not text", info.name)).of("model"))
}

/// No text of so many bytes fits the context; it is not tokenized to find out.
fn check_length(bytes: usize, runner: &dyn Runner) -> Result<(), ApiError> {
    let most = (runner.info().max_context as usize).saturating_mul(BYTES_PER_TOKEN);
    if bytes <= most {
        return Ok(());
    }
    Err(ApiError::bad(
        "context_length_exceeded",
        format!("the prompt has {bytes} bytes, more than this model's context can hold"),
    ))
}

/// A prompt must be there and leave room for an answer.
fn check_prompt(ids: &[u32], max_context: u32, answer: bool) -> Result<(), ApiError> {
    if ids.is_empty() {
        return Err(ApiError::bad("empty_prompt", "the prompt is empty"));
    }
    let room = (max_context as usize).saturating_sub(usize::from(answer));
    if ids.len() > room {
        return Err(ApiError::bad(
            "context_length_exceeded",
            format!("the prompt has {} tokens, this model takes {room}", ids.len()),
        ));
    }
    Ok(())
}

/// `POST /v1/chat/completions`
pub fn chat(mut fields: Fields, runner: &dyn Runner, limits: &Limits) -> Result<Call, ApiError> {
    generates(runner)?;
    let messages = fields.messages()?;
    check_length(messages.iter().map(|message| message.content.len()).sum(), runner)?;
    let ids = runner.render(&messages)?;
    generation(fields, ids, runner, limits)
}

/// `POST /v1/completions`
pub fn completion(mut fields: Fields, runner: &dyn Runner, limits: &Limits) -> Result<Call, ApiError> {
    generates(runner)?;
    let ids = ids(fields.prompt()?, runner)?;
    generation(fields, ids, runner, limits)
}

/// `POST /v1/embeddings`: a call for each input.
pub fn embeddings(mut fields: Fields, runner: &dyn Runner) -> Result<Vec<CallBody>, ApiError> {
    let info = runner.info();
    if info.kind != CallKind::Embed {
        let message = format!("{} makes text, not embeddings", info.name);
        return Err(ApiError::bad("wrong_model_kind", message).of("model"));
    }
    let inputs = fields.inputs(INPUTS)?;
    fields.finish()?;
    inputs
        .into_iter()
        .map(|input| {
            let prompt_ids = ids(input, runner)?;
            check_prompt(&prompt_ids, info.max_context, false)?;
            Ok(CallBody {
                kind: CallKind::Embed,
                prompt_ids,
                temperature_milli: 0,
                max_tokens: 0,
                stops: Vec::new(),
            })
        })
        .collect()
}
