//! Requests as OpenAI clients send them, and what of them a spec knows.

use crate::gateway::{catalogue::Material, error::ApiError};
use serde::Deserialize;
use serde_json::{Map, Number, Value};
use souk_primitives::{
    call::{CallBody, CallKind},
    views::SpecView,
};
use souk_sidecar::engine::ChatMessage;

/// Stop sequences at most, and tokens of one at most: what providers take.
const STOPS: usize = 16;
const STOP_TOKENS: usize = 64;

/// A whole number, and any number. `serde(flatten)` and untagged enums can't read plain numbers when any crate of the
/// build turns on serde_json's `arbitrary_precision`, as the SDK does; they can read a [`Number`].
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "Number")]
struct Whole(u32);

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "Number")]
struct Real(f64);

impl TryFrom<Number> for Whole {
    type Error = String;
    fn try_from(number: Number) -> Result<Self, String> {
        let whole = number.as_u64().and_then(|n| u32::try_from(n).ok());
        whole.map(Whole).ok_or_else(|| format!("{number} is not a whole number below 2^32"))
    }
}

impl TryFrom<Number> for Real {
    type Error = String;
    fn try_from(number: Number) -> Result<Self, String> {
        number.as_f64().map(Real).ok_or_else(|| format!("{number} is out of range"))
    }
}

/// What chat and text completions share.
#[derive(Debug, Deserialize)]
pub struct Common {
    /// Name of the model.
    pub model: String,
    max_tokens: Option<Whole>,
    max_completion_tokens: Option<Whole>,
    temperature: Option<Real>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
    stop: Option<OneOrMany<String>>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Debug, Default, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

/// One value or a list.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

/// A chat.
#[derive(Debug, Deserialize)]
pub struct ChatRequest {
    messages: Vec<Message>,
    /// The rest.
    #[serde(flatten)]
    pub common: Common,
}

#[derive(Debug, Deserialize)]
struct Message {
    role: String,
    content: Option<Content>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

#[derive(Debug, Deserialize)]
struct Part {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
}

/// A text completion.
#[derive(Debug, Deserialize)]
pub struct CompletionRequest {
    prompt: Input,
    /// The rest.
    #[serde(flatten)]
    pub common: Common,
}

/// An embedding.
#[derive(Debug, Deserialize)]
pub struct EmbeddingRequest {
    /// Name of the model.
    pub model: String,
    input: Input,
    encoding_format: Option<String>,
    #[serde(flatten)]
    other: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Input {
    Text(String),
    Ids(Vec<Whole>),
    Texts(Vec<String>),
    ManyIds(Vec<Vec<Whole>>),
}

fn plain(ids: Vec<Whole>) -> Vec<u32> {
    ids.into_iter().map(|id| id.0).collect()
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

/// Parameters that say nothing about the answer, with any value.
const IGNORED: [&str; 6] =
    ["user", "metadata", "store", "safety_identifier", "service_tier", "prompt_cache_key"];
/// Parameters that are known only with the value that changes nothing.
const NEUTRAL: [(&str, f64); 7] = [
    ("top_p", 1.0),
    ("n", 1.0),
    ("best_of", 1.0),
    ("presence_penalty", 0.0),
    ("frequency_penalty", 0.0),
    ("top_logprobs", 0.0),
    ("logprobs", 0.0),
];

/// Refuses whatever would change the answer and is not part of the spec.
fn refuse_unknown(other: &Map<String, Value>) -> Result<(), ApiError> {
    for (name, value) in other {
        let neutral = match value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(items) => items.is_empty(),
            Value::Object(items) => {
                items.is_empty() || (name == "response_format" && items.get("type") == Some(&"text".into()))
            }
            Value::Number(number) => {
                NEUTRAL.iter().any(|(known, neutral)| known == name && number.as_f64() == Some(*neutral))
            }
            Value::String(text) => {
                text.is_empty() || (name == "tool_choice" && (text == "none" || text == "auto"))
            }
            Value::Bool(true) => name == "parallel_tool_calls",
        };
        if !neutral && !IGNORED.contains(&name.as_str()) {
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

impl Common {
    fn wanted(
        self,
        prompt_ids: Vec<u32>,
        spec: &SpecView,
        material: &Material,
        default_max_tokens: u32,
    ) -> Result<Wanted, ApiError> {
        refuse_unknown(&self.other)?;
        let room = room_for_answer(&prompt_ids, spec, material)?;
        let asked = self.max_completion_tokens.or(self.max_tokens).map(|tokens| tokens.0);
        if asked == Some(0) {
            return Err(ApiError::bad("invalid_max_tokens", "max_tokens must be at least 1").of("max_tokens"));
        }
        let temperature = self.temperature.map_or(1.0, |temperature| temperature.0);
        if !(0.0..=2.0).contains(&temperature) {
            let message = "temperature must be from 0 to 2";
            return Err(ApiError::bad("invalid_temperature", message).of("temperature"));
        }
        let texts = match self.stop {
            None => Vec::new(),
            Some(OneOrMany::One(text)) => vec![text],
            Some(OneOrMany::Many(texts)) => texts,
        };
        let stops: Vec<Vec<u32>> = texts
            .iter()
            .map(|text| material.renderer.stop_ids(text))
            .collect::<Result<_, _>>()
            .map_err(|e| ApiError::bad("invalid_stop", e.to_string()).of("stop"))?;
        if stops.len() > STOPS || stops.iter().any(|stop| stop.len() > STOP_TOKENS) {
            let message = format!("at most {STOPS} stop sequences of at most {STOP_TOKENS} tokens are known");
            return Err(ApiError::bad("invalid_stop", message).of("stop"));
        }
        Ok(Wanted {
            body: CallBody {
                kind: CallKind::Generate,
                prompt_ids,
                temperature_milli: (temperature * 1_000.0).round() as u16,
                // Never more than fits: the charge that is reserved stays small.
                max_tokens: asked.unwrap_or(default_max_tokens).min(room),
                stops,
            },
            stream: self.stream.unwrap_or(false),
            include_usage: self.stream_options.unwrap_or_default().include_usage,
        })
    }
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

fn needs_text(spec: &SpecView, material: &Material) -> Result<(), ApiError> {
    if material.is_embedding() {
        let message = format!("{} makes embeddings, not text", spec.model);
        return Err(ApiError::bad("wrong_model_kind", message).of("model"));
    }
    Ok(())
}

impl ChatRequest {
    /// The call that this is; the prompt is rendered here, with the template that the manifest names.
    pub fn wanted(self, spec: &SpecView, material: &Material, default_max: u32) -> Result<Wanted, ApiError> {
        needs_text(spec, material)?;
        let messages: Vec<ChatMessage> =
            self.messages.into_iter().map(Message::read).collect::<Result<_, ApiError>>()?;
        let ids = material
            .renderer
            .chat_ids(&messages)
            .map_err(|e| ApiError::bad("invalid_messages", e.to_string()).of("messages"))?;
        self.common.wanted(ids, spec, material, default_max)
    }
}

impl Message {
    fn read(self) -> Result<ChatMessage, ApiError> {
        let role = match self.role.as_str() {
            "developer" | "system" => "system",
            "user" => "user",
            "assistant" => "assistant",
            other => {
                let message = format!("the role {other:?} is not known");
                return Err(ApiError::bad("unsupported_role", message).of("messages"));
            }
        };
        for (name, value) in &self.other {
            let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            if !empty && name != "name" && name != "refusal" {
                let message = format!("{name} in a message is not known");
                return Err(ApiError::bad("unsupported_content", message).of("messages"));
            }
        }
        let content = match self.content {
            None => String::new(),
            Some(Content::Text(text)) => text,
            Some(Content::Parts(parts)) => parts
                .into_iter()
                .map(|part| match (part.kind.as_str(), part.text) {
                    ("text", Some(text)) => Ok(text),
                    (kind, _) => {
                        let message = format!("content of type {kind:?} is not known; only text is");
                        Err(ApiError::bad("unsupported_content", message).of("messages"))
                    }
                })
                .collect::<Result<_, _>>()?,
        };
        Ok(ChatMessage { role: role.into(), content })
    }
}

impl CompletionRequest {
    /// The call that this is.
    pub fn wanted(self, spec: &SpecView, material: &Material, default_max: u32) -> Result<Wanted, ApiError> {
        needs_text(spec, material)?;
        let mut prompts = self.prompt.ids(material)?;
        let ids = match (prompts.pop(), prompts.is_empty()) {
            (Some(ids), true) => ids,
            _ => return Err(ApiError::bad("unsupported_parameter", "one prompt a call").of("prompt")),
        };
        self.common.wanted(ids, spec, material, default_max)
    }
}

impl Input {
    fn ids(self, material: &Material) -> Result<Vec<Vec<u32>>, ApiError> {
        let text_ids = |text: &String| {
            material.renderer.text_ids(text).map_err(|e| ApiError::bad("invalid_input", e.to_string()))
        };
        match self {
            Input::Text(text) => Ok(vec![text_ids(&text)?]),
            Input::Texts(texts) => texts.iter().map(text_ids).collect(),
            Input::Ids(ids) => Ok(vec![plain(ids)]),
            Input::ManyIds(many) => Ok(many.into_iter().map(plain).collect()),
        }
    }
}

impl EmbeddingRequest {
    /// The calls that this is, one for each input, and whether vectors are wanted in base64.
    pub fn wanted(self, spec: &SpecView, material: &Material) -> Result<(Vec<CallBody>, bool), ApiError> {
        if !material.is_embedding() {
            let message = format!("{} makes text, not embeddings", spec.model);
            return Err(ApiError::bad("wrong_model_kind", message).of("model"));
        }
        let base64 = match self.encoding_format.as_deref() {
            None | Some("float") => false,
            Some("base64") => true,
            Some(_) => {
                let message = "encoding_format is float or base64";
                return Err(ApiError::bad("unsupported_parameter", message).of("encoding_format"));
            }
        };
        let mut other = self.other;
        // Asking for the length that the vectors have anyway changes nothing.
        if other.get("dimensions").and_then(Value::as_u64) == Some(material.manifest.dimensions.into()) {
            other.remove("dimensions");
        }
        refuse_unknown(&other)?;
        let inputs = self.input.ids(material)?;
        if inputs.is_empty() || inputs.len() > 64 {
            return Err(ApiError::bad("invalid_input", "1 to 64 inputs a call").of("input"));
        }
        let context = spec.max_context.min(material.manifest.max_context) as usize;
        if let Some(long) = inputs.iter().find(|ids| ids.is_empty() || ids.len() > context) {
            let message = format!("an input has {} tokens; 1 to {context} are possible", long.len());
            return Err(ApiError::bad("context_length_exceeded", message).of("input"));
        }
        let body = |prompt_ids| CallBody {
            kind: CallKind::Embed,
            prompt_ids,
            temperature_milli: 0,
            max_tokens: 0,
            stops: Vec::new(),
        };
        Ok((inputs.into_iter().map(body).collect(), base64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn parameters_that_change_the_answer_should_be_refused() {
        for bad in [
            json!({"top_p": 0.5}),
            json!({"n": 2}),
            json!({"tools": [{"type": "function"}]}),
            json!({"logit_bias": {"1": 2}}),
            json!({"logprobs": true}),
            json!({"seed": 7}),
            json!({"response_format": {"type": "json_object"}}),
            json!({"echo": true}),
            json!({"suffix": "x"}),
        ] {
            let error = refuse_unknown(bad.as_object().unwrap()).unwrap_err();
            assert_eq!(error.code, "unsupported_parameter", "{bad}");
        }
        let good = json!({
            "top_p": 1, "n": 1, "tools": [], "logit_bias": {}, "logprobs": false, "user": "me", "seed": null,
            "response_format": {"type": "text"}, "presence_penalty": 0.0, "tool_choice": "none",
        });
        assert!(refuse_unknown(good.as_object().unwrap()).is_ok());
    }

    #[test]
    fn message_should_be_text_of_a_known_role() {
        let read = |value: Value| serde_json::from_value::<Message>(value).unwrap().read();
        assert_eq!(
            read(json!({"role": "developer", "content": "x"})).unwrap(),
            ChatMessage::new("system", "x")
        );
        let parts = json!({"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]});
        assert_eq!(read(parts).unwrap().content, "ab");
        let image = json!({"role": "user", "content": [{"type": "image_url"}]});
        assert_eq!(read(image).unwrap_err().code, "unsupported_content");
        assert_eq!(read(json!({"role": "tool", "content": "x"})).unwrap_err().code, "unsupported_role");
        let call = json!({"role": "assistant", "content": null, "tool_calls": [{"id": "1"}]});
        assert_eq!(read(call).unwrap_err().code, "unsupported_content");
    }
}
