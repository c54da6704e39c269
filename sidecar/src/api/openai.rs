//! Requests as OpenAI clients send them, and what of them a spec knows.

use super::error::ApiError;
use crate::{
    config::Limits,
    runner::{Message, RunError, Runner},
};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use souk_primitives::call::{CallBody, CallKind};

/// Stop sequences at most, and tokens of one at most.
const STOPS: usize = 16;
const STOP_TOKENS: usize = 64;
/// Inputs of one embedding request at most.
const INPUTS: usize = 256;

/// The fields of a request, taken one by one. (`serde(flatten)` and untagged enums can't read numbers when any crate of
/// the build turns on arbitrary precision in `serde_json`.)
pub struct Fields(Map<String, Value>);

impl Fields {
    /// From a body.
    pub fn parse(body: &[u8]) -> Result<Self, ApiError> {
        serde_json::from_slice(body).map(Fields).map_err(|error| malformed(&error.to_string()))
    }

    fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<Option<T>, ApiError> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|error| malformed(&format!("{name}: {error}")).of(name)),
        }
    }

    fn need<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, ApiError> {
        self.take(name)?.ok_or_else(|| malformed(&format!("{name} is missing")).of(name))
    }

    /// Name of the model.
    pub fn model(&mut self) -> Result<String, ApiError> {
        self.need("model")
    }

    /// Whether an embedding is wanted as base64.
    pub fn base64(&mut self) -> Result<bool, ApiError> {
        match self.take::<String>("encoding_format")?.as_deref() {
            None | Some("float") => Ok(false),
            Some("base64") => Ok(true),
            Some(_) => Err(ApiError::bad("unsupported_parameter", "encoding_format is float or base64")
                .of("encoding_format")),
        }
    }

    /// What is left must change nothing.
    fn finish(self) -> Result<(), ApiError> {
        refuse_unknown(&self.0)
    }
}

fn malformed(what: &str) -> ApiError {
    ApiError::bad("malformed_json", format!("the body: {what}"))
}

/// A prompt or an embedding's input.
enum Prompt {
    Text(String),
    Ids(Vec<u32>),
}

impl Prompt {
    fn ids(self, runner: &dyn Runner) -> Result<Vec<u32>, ApiError> {
        match self {
            Prompt::Text(text) => Ok(runner.tokenize(&text, true)?),
            Prompt::Ids(ids) => Ok(ids),
        }
    }
}

/// A text, its token ids, or a list of either.
fn prompts(value: Value, name: &'static str) -> Result<Vec<Prompt>, ApiError> {
    let bad = || malformed(&format!("{name} must be a text, token ids, or a list of either")).of(name);
    let ids = |value: Value| serde_json::from_value::<Vec<u32>>(value).map(Prompt::Ids).map_err(|_| bad());
    match value {
        Value::String(text) => Ok(vec![Prompt::Text(text)]),
        Value::Array(items) => match items.first() {
            Some(Value::Number(_)) => Ok(vec![ids(Value::Array(items))?]),
            _ => items
                .into_iter()
                .map(|item| match item {
                    Value::String(text) => Ok(Prompt::Text(text)),
                    list @ Value::Array(_) => ids(list),
                    _ => Err(bad()),
                })
                .collect(),
        },
        _ => Err(bad()),
    }
}

/// Parameters that say nothing here, with any value.
const IGNORED: [&str; 4] = ["user", "metadata", "store", "safety_identifier"];
/// Parameters that are known only with the value that changes nothing.
const NEUTRAL: [(&str, f64); 6] = [
    ("top_p", 1.0),
    ("n", 1.0),
    ("best_of", 1.0),
    ("presence_penalty", 0.0),
    ("frequency_penalty", 0.0),
    ("top_logprobs", 0.0),
];

/// Refuses whatever would change the answer and is not part of the spec.
fn refuse_unknown(other: &Map<String, Value>) -> Result<(), ApiError> {
    for (name, value) in other {
        let empty = match value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(items) => {
                items.is_empty() || (name == "response_format" && items.get("type") == Some(&"text".into()))
            }
            Value::Number(number) => {
                NEUTRAL.iter().any(|(known, neutral)| known == name && number.as_f64() == Some(*neutral))
            }
            Value::String(text) => text.is_empty() || text == "none" || text == "auto",
            Value::Bool(true) => false,
        };
        if !empty && !IGNORED.contains(&name.as_str()) {
            return Err(ApiError::bad(
                "unsupported_parameter",
                format!(
                    "{name} is not part of what the providers of this market are checked for; leave it out"
                ),
            ));
        }
    }
    Ok(())
}

/// The content of a call and how the client wants it.
#[derive(Debug)]
pub struct Call {
    /// What is signed and run.
    pub body: CallBody,
    /// Whether tokens are sent as they come.
    pub stream: bool,
    /// Whether a stream ends with the usage.
    pub include_usage: bool,
}

fn generation(
    mut fields: Fields,
    prompt_ids: Vec<u32>,
    runner: &dyn Runner,
    limits: &Limits,
) -> Result<Call, ApiError> {
    let max_tokens = match fields.take::<u32>("max_completion_tokens")? {
        Some(newer) => {
            fields.take::<u32>("max_tokens")?;
            newer
        }
        None => fields.take("max_tokens")?.unwrap_or(limits.default_max_tokens),
    };
    let temperature: f64 = fields.take("temperature")?.unwrap_or(1.0);
    let stream = fields.take("stream")?.unwrap_or(false);
    let options: Map<String, Value> = fields.take("stream_options")?.unwrap_or_default();
    let stops = stops(&mut fields, runner)?;
    fields.finish()?;
    check_prompt(&prompt_ids, runner.info().max_context, true)?;
    if max_tokens == 0 {
        return Err(ApiError::bad("invalid_max_tokens", "max_tokens must be at least 1").of("max_tokens"));
    }
    if !(0.0..=2.0).contains(&temperature) {
        return Err(ApiError::bad("invalid_temperature", "temperature must be from 0 to 2").of("temperature"));
    }
    Ok(Call {
        body: CallBody {
            kind: CallKind::Generate,
            prompt_ids,
            temperature_milli: (temperature * 1_000.0).round() as u16,
            max_tokens,
            stops,
        },
        stream,
        include_usage: options.get("include_usage") == Some(&Value::Bool(true)),
    })
}

fn generates(runner: &dyn Runner) -> Result<(), ApiError> {
    let info = runner.info();
    if info.kind == CallKind::Generate {
        return Ok(());
    }
    Err(ApiError::bad("wrong_model_kind", format!("{} makes embeddings, not text", info.name)).of("model"))
}

fn stops(fields: &mut Fields, runner: &dyn Runner) -> Result<Vec<Vec<u32>>, ApiError> {
    let texts = match fields.take::<Value>("stop")? {
        None => Vec::new(),
        Some(Value::String(text)) => vec![text],
        Some(list) => serde_json::from_value(list)
            .map_err(|_| malformed("stop must be a text or a list of texts").of("stop"))?,
    };
    let stops: Vec<Vec<u32>> = match fields.take("souk_stops")? {
        // What is signed are the ids; the texts beside them are only for people.
        Some(ids) => ids,
        None => texts.iter().map(|text| runner.tokenize(text, false)).collect::<Result<_, RunError>>()?,
    };
    let fits = |stop: &Vec<u32>| (1..=STOP_TOKENS).contains(&stop.len());
    if stops.len() > STOPS || !stops.iter().all(fits) {
        return Err(ApiError::bad(
            "invalid_stop",
            format!("at most {STOPS} stop sequences of 1 to {STOP_TOKENS} tokens are known"),
        )
        .of("stop"));
    }
    Ok(stops)
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
    let messages: Vec<Map<String, Value>> = fields.need("messages")?;
    if messages.is_empty() {
        return Err(ApiError::bad("empty_prompt", "a chat needs at least one message").of("messages"));
    }
    let messages: Vec<Message> = messages.into_iter().map(message).collect::<Result<_, ApiError>>()?;
    let ids = runner.render(&messages)?;
    generation(fields, ids, runner, limits)
}

fn message(mut fields: Map<String, Value>) -> Result<Message, ApiError> {
    let role = match fields.remove("role") {
        Some(Value::String(role)) => role,
        _ => return Err(malformed("a message needs its role").of("messages")),
    };
    if !["system", "developer", "user", "assistant"].contains(&role.as_str()) {
        let message = format!("the role {role:?} is not known");
        return Err(ApiError::bad("unsupported_role", message).of("messages"));
    }
    let role = if role == "developer" { "system".into() } else { role };
    let content = match fields.remove("content") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(Value::Array(parts)) => parts.iter().map(text_of).collect::<Result<_, ApiError>>()?,
        Some(_) => return Err(malformed("a message's content is text").of("messages")),
    };
    Ok(Message { role, content })
}

fn text_of(part: &Value) -> Result<&str, ApiError> {
    match (part.get("type").and_then(Value::as_str), part.get("text").and_then(Value::as_str)) {
        (Some("text"), Some(text)) => Ok(text),
        (kind, _) => {
            let message = format!("content of type {:?} is not known", kind.unwrap_or_default());
            Err(ApiError::bad("unsupported_content", message).of("messages"))
        }
    }
}

/// `POST /v1/completions`
pub fn completion(mut fields: Fields, runner: &dyn Runner, limits: &Limits) -> Result<Call, ApiError> {
    generates(runner)?;
    let prompts = prompts(fields.need("prompt")?, "prompt")?;
    let Ok([prompt]) = <[Prompt; 1]>::try_from(prompts) else {
        return Err(ApiError::bad("unsupported_parameter", "one prompt a call").of("prompt"));
    };
    let ids = prompt.ids(runner)?;
    generation(fields, ids, runner, limits)
}

/// `POST /v1/embeddings`: a call for each input.
pub fn embeddings(mut fields: Fields, runner: &dyn Runner) -> Result<Vec<CallBody>, ApiError> {
    let info = runner.info();
    if info.kind != CallKind::Embed {
        let message = format!("{} makes text, not embeddings", info.name);
        return Err(ApiError::bad("wrong_model_kind", message).of("model"));
    }
    let inputs = prompts(fields.need("input")?, "input")?;
    fields.finish()?;
    if inputs.is_empty() || inputs.len() > INPUTS {
        return Err(ApiError::bad("invalid_input", format!("1 to {INPUTS} inputs a call")).of("input"));
    }
    inputs
        .into_iter()
        .map(|input| {
            let prompt_ids = input.ids(runner)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn other(value: Value) -> Result<(), ApiError> {
        refuse_unknown(value.as_object().unwrap())
    }

    #[test]
    fn parameters_that_change_the_answer_should_be_refused() {
        for bad in [
            json!({"top_p": 0.5}),
            json!({"n": 2}),
            json!({"tools": [{}]}),
            json!({"logit_bias": {"1": 2}}),
            json!({"logprobs": true}),
            json!({"seed": 7}),
            json!({"response_format": {"type": "json_object"}}),
            json!({"presence_penalty": 0.1}),
        ] {
            assert_eq!(other(bad.clone()).unwrap_err().code, "unsupported_parameter", "{bad}");
        }
        for good in [
            json!({"top_p": 1, "n": 1, "tools": [], "logit_bias": {}, "logprobs": false, "user": "me"}),
            json!({"response_format": {"type": "text"}, "presence_penalty": 0.0, "logprobs": null, "tool_choice": "none"}),
        ] {
            assert!(other(good).is_ok());
        }
    }
}
