//! From what a client asks to calls of a model on the market. Prompts are rendered here.

use crate::gateway::{catalogue::Material, error::ApiError};
use souk_primitives::{
    call::{CallBody, CallKind},
    views::SpecView,
};
use souk_sidecar::{
    engine::ChatMessage,
    fields::{BadField, Fields, Input},
};

/// Inputs of one embedding request at most: each is a paid call.
const INPUTS: usize = 64;

impl From<BadField> for ApiError {
    fn from(bad: BadField) -> Self {
        let error = ApiError::bad(bad.code, bad.message);
        match bad.param {
            Some(param) => error.of(param),
            None => error,
        }
    }
}

/// A call as it is understood.
#[derive(Debug)]
pub struct Wanted {
    /// What is signed and run.
    pub body: CallBody,
    /// Whether tokens are sent as they come.
    pub stream: bool,
    /// Whether a stream ends with the usage.
    pub include_usage: bool,
}

fn ids(input: Input, material: &Material) -> Result<Vec<u32>, ApiError> {
    match input {
        Input::Text(text) => {
            material.renderer.text_ids(&text).map_err(|e| ApiError::bad("invalid_input", e.to_string()))
        }
        Input::Ids(ids) => Ok(ids),
    }
}

fn generation(
    fields: Fields,
    prompt_ids: Vec<u32>,
    spec: &SpecView,
    material: &Material,
    default_max_tokens: u32,
) -> Result<Wanted, ApiError> {
    let options = fields.options()?;
    let stop_ids = |text: &str| {
        material.renderer.stop_ids(text).map_err(|e| ApiError::bad("invalid_stop", e.to_string()).of("stop"))
    };
    let stops = options.stops.ids(stop_ids)?;
    let room = room_for_answer(&prompt_ids, spec, material)?;
    Ok(Wanted {
        body: CallBody {
            kind: CallKind::Generate,
            prompt_ids,
            temperature_milli: options.temperature_milli,
            // Never more than fits: the charge that is reserved stays small.
            max_tokens: options.max_tokens.unwrap_or(default_max_tokens).min(room),
            stops,
        },
        stream: options.stream,
        include_usage: options.include_usage,
    })
}

/// Tokens that the context leaves for an answer.
fn room_for_answer(ids: &[u32], spec: &SpecView, material: &Material) -> Result<u32, ApiError> {
    if ids.is_empty() {
        return Err(ApiError::bad("empty_prompt", "the prompt is empty"));
    }
    let context = spec.max_context.min(material.manifest.max_context);
    u32::try_from(ids.len())
        .ok()
        .and_then(|used| context.checked_sub(used))
        .filter(|room| *room > 0)
        .ok_or_else(|| {
            ApiError::bad(
                "context_length_exceeded",
                format!(
                    "the prompt has {} tokens, and this model's context is {context} for prompt and answer",
                    ids.len()
                ),
            )
            .of("messages")
        })
}

fn generates(spec: &SpecView, material: &Material) -> Result<(), ApiError> {
    if material.is_embedding() {
        let message = format!("{} makes embeddings, not text", spec.model);
        return Err(ApiError::bad("wrong_model_kind", message).of("model"));
    }
    Ok(())
}

/// `POST /v1/chat/completions`: the prompt is rendered with the template that the manifest names.
pub fn chat(
    mut fields: Fields,
    spec: &SpecView,
    material: &Material,
    default_max: u32,
) -> Result<Wanted, ApiError> {
    generates(spec, material)?;
    let messages: Vec<ChatMessage> = fields
        .messages()?
        .into_iter()
        .map(|message| ChatMessage::new(message.role, message.content))
        .collect();
    let ids = material
        .renderer
        .chat_ids(&messages)
        .map_err(|e| ApiError::bad("invalid_messages", e.to_string()).of("messages"))?;
    generation(fields, ids, spec, material, default_max)
}

/// `POST /v1/completions`
pub fn completion(
    mut fields: Fields,
    spec: &SpecView,
    material: &Material,
    default_max: u32,
) -> Result<Wanted, ApiError> {
    generates(spec, material)?;
    let ids = ids(fields.prompt()?, material)?;
    generation(fields, ids, spec, material, default_max)
}

/// `POST /v1/embeddings`: a call for each input, and whether vectors are wanted in base64.
pub fn embeddings(
    mut fields: Fields,
    spec: &SpecView,
    material: &Material,
) -> Result<(Vec<CallBody>, bool), ApiError> {
    if !material.is_embedding() {
        let message = format!("{} makes text, not embeddings", spec.model);
        return Err(ApiError::bad("wrong_model_kind", message).of("model"));
    }
    let base64 = fields.base64()?;
    // Asking for the length that the vectors have anyway changes nothing.
    let dimensions = material.manifest.dimensions;
    if fields.take::<u32>("dimensions")?.is_some_and(|wanted| wanted != dimensions) {
        let message = format!("the vectors of {} have {dimensions} dimensions", spec.model);
        return Err(ApiError::bad("unsupported_parameter", message).of("dimensions"));
    }
    let inputs = fields.inputs(INPUTS)?;
    fields.finish()?;
    let context = spec.max_context.min(material.manifest.max_context) as usize;
    let bodies = inputs.into_iter().map(|input| {
        let prompt_ids = ids(input, material)?;
        if prompt_ids.is_empty() || prompt_ids.len() > context {
            let message = format!("an input has {} tokens; 1 to {context} are possible", prompt_ids.len());
            return Err(ApiError::bad("context_length_exceeded", message).of("input"));
        }
        Ok(CallBody {
            kind: CallKind::Embed,
            prompt_ids,
            temperature_milli: 0,
            max_tokens: 0,
            stops: Vec::new(),
        })
    });
    Ok((bodies.collect::<Result<_, _>>()?, base64))
}
