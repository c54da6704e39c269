//! Requests as OpenAI clients send them: what the sidecar and the gateway read, and refuse, in the same way.
//!
//! Fields are taken one by one; what is left at the end must change nothing. (`serde(flatten)` and untagged enums can't
//! read numbers when any crate of the build turns on arbitrary precision in `serde_json`, as the SDK does.)

use crate::{budget::stops_fit, runner::Message};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use souk_primitives::sampler::COLDEST_MILLI;
use std::time::Duration;

pub use crate::budget::{STOPS, STOP_TOKENS};

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

/// Longest time for which tokens are gathered: a client's patience with a silent provider is longer.
const MAX_GATHER_MS: u64 = 1_000;

/// Why a request can't be served as it is; always a 400.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadField {
    /// Machine-readable reason.
    pub code: &'static str,
    /// What to do next, for people.
    pub message: String,
    /// The parameter at fault.
    pub param: Option<&'static str>,
}

impl BadField {
    /// An error.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), param: None }
    }

    /// Names the parameter at fault.
    pub fn of(mut self, param: &'static str) -> Self {
        self.param = Some(param);
        self
    }

    /// A field is not of the kind that its route takes.
    fn invalid(what: &str) -> Self {
        Self::new("invalid_value", what)
    }
}

/// The fields of a request.
#[derive(Debug)]
pub struct Fields(Map<String, Value>);

/// A prompt or an embedding's input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// Text.
    Text(String),
    /// Token ids.
    Ids(Vec<u32>),
}

/// Where an answer stops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stops {
    /// Texts, which the model's tokenizer cuts.
    Texts(Vec<String>),
    /// Token ids (`souk_stops`): what is signed, whatever texts stand beside them.
    Ids(Vec<Vec<u32>>),
}

/// What a generation is asked with besides its prompt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Most tokens of the answer, at least 1 when given.
    pub max_tokens: Option<u32>,
    /// Temperature in thousandths: 0, or 100 to 2,000.
    pub temperature_milli: u16,
    /// Whether tokens are sent as they come.
    pub stream: bool,
    /// Whether a stream ends with the usage.
    pub include_usage: bool,
    /// Where it stops.
    pub stops: Stops,
}

impl Fields {
    /// From a body.
    pub fn parse(body: &[u8]) -> Result<Self, BadField> {
        serde_json::from_slice(body)
            .map(Fields)
            .map_err(|error| BadField::new("malformed_json", format!("the body: {error}")))
    }

    /// A field that may be missing or null.
    pub fn take<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<Option<T>, BadField> {
        match self.0.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|error| BadField::invalid(&format!("{name}: {error}")).of(name)),
        }
    }

    /// A field that must be there.
    pub fn need<T: DeserializeOwned>(&mut self, name: &'static str) -> Result<T, BadField> {
        self.take(name)?
            .ok_or_else(|| BadField::new("missing_required_parameter", format!("{name} is missing")).of(name))
    }

    /// Name of the model.
    pub fn model(&mut self) -> Result<String, BadField> {
        self.need("model")
    }

    /// Whether an embedding is wanted as base64.
    pub fn base64(&mut self) -> Result<bool, BadField> {
        match self.take::<String>("encoding_format")?.as_deref() {
            None | Some("float") => Ok(false),
            Some("base64") => Ok(true),
            Some(_) => Err(BadField::new("unsupported_parameter", "encoding_format is float or base64")
                .of("encoding_format")),
        }
    }

    /// The messages of a chat: at least one.
    pub fn messages(&mut self) -> Result<Vec<Message>, BadField> {
        let messages: Vec<Map<String, Value>> = self.need("messages")?;
        if messages.is_empty() {
            return Err(BadField::new("empty_prompt", "a chat needs at least one message").of("messages"));
        }
        messages.into_iter().map(message).collect()
    }

    /// The one prompt of a completion.
    pub fn prompt(&mut self) -> Result<Input, BadField> {
        let [prompt] = <[Input; 1]>::try_from(inputs(self.need("prompt")?, "prompt")?)
            .map_err(|_| BadField::new("unsupported_parameter", "one prompt a call").of("prompt"))?;
        Ok(prompt)
    }

    /// The inputs of an embedding, 1 to `most`.
    pub fn inputs(&mut self, most: usize) -> Result<Vec<Input>, BadField> {
        let inputs = inputs(self.need("input")?, "input")?;
        if inputs.is_empty() || inputs.len() > most {
            return Err(BadField::new("invalid_input", format!("1 to {most} inputs a call")).of("input"));
        }
        Ok(inputs)
    }

    /// For how long the tokens of a stream may be gathered (`souk_gather_ms`): a client that shows nothing before the end
    /// spares both sides an event for each token.
    pub fn gather(&mut self) -> Result<Duration, BadField> {
        let millis: u64 = self.take("souk_gather_ms")?.unwrap_or(0);
        if millis > MAX_GATHER_MS {
            let message = format!("souk_gather_ms is at most {MAX_GATHER_MS}");
            return Err(BadField::invalid(&message).of("souk_gather_ms"));
        }
        Ok(Duration::from_millis(millis))
    }

    /// What a generation is asked with, and nothing else: the last thing to be read.
    pub fn options(mut self) -> Result<Options, BadField> {
        let older = self.take::<u32>("max_tokens")?;
        let max_tokens = self.take::<u32>("max_completion_tokens")?.or(older);
        let temperature: f64 = self.take("temperature")?.unwrap_or(1.0);
        let stream = self.take("stream")?.unwrap_or(false);
        let more: Map<String, Value> = self.take("stream_options")?.unwrap_or_default();
        let stops = self.stops()?;
        self.finish()?;
        if max_tokens == Some(0) {
            return Err(BadField::new("invalid_max_tokens", "max_tokens must be at least 1").of("max_tokens"));
        }
        let temperature_milli = (temperature * 1_000.0).round() as u16;
        let too_cold = (1..COLDEST_MILLI).contains(&temperature_milli);
        if !(0.0..=2.0).contains(&temperature) || too_cold {
            let message = "temperature must be 0, or from 0.1 to 2";
            return Err(BadField::new("invalid_temperature", message).of("temperature"));
        }
        Ok(Options {
            max_tokens,
            temperature_milli,
            stream,
            include_usage: more.get("include_usage") == Some(&Value::Bool(true)),
            stops,
        })
    }

    fn stops(&mut self) -> Result<Stops, BadField> {
        let texts = match self.take::<Value>("stop")? {
            None => Vec::new(),
            Some(Value::String(text)) => vec![text],
            Some(list) => serde_json::from_value(list)
                .map_err(|_| BadField::invalid("stop must be a text or a list of texts").of("stop"))?,
        };
        Ok(match self.take("souk_stops")? {
            Some(ids) => Stops::Ids(ids),
            None => Stops::Texts(texts),
        })
    }

    /// What is left must change nothing.
    pub fn finish(self) -> Result<(), BadField> {
        for (name, value) in &self.0 {
            if !IGNORED.contains(&name.as_str()) && !is_neutral(name, value) {
                let message = format!(
                    "{name} is not part of what the providers of this market are checked for; leave it out"
                );
                return Err(BadField::new("unsupported_parameter", message));
            }
        }
        Ok(())
    }
}

impl Stops {
    /// As token ids, checked.
    pub fn ids<E: From<BadField>>(
        self,
        tokenize: impl Fn(&str) -> Result<Vec<u32>, E>,
    ) -> Result<Vec<Vec<u32>>, E> {
        let stops = match self {
            Stops::Ids(ids) => ids,
            Stops::Texts(texts) => texts.iter().map(|text| tokenize(text)).collect::<Result<_, E>>()?,
        };
        if !stops_fit(&stops) {
            let message = format!("at most {STOPS} stop sequences of 1 to {STOP_TOKENS} tokens are known");
            return Err(BadField::new("invalid_stop", message).of("stop").into());
        }
        Ok(stops)
    }
}

fn is_neutral(name: &str, value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::Bool(true) => name == "parallel_tool_calls",
        Value::Array(items) => items.is_empty(),
        Value::Object(items) => {
            items.is_empty() || (name == "response_format" && items.get("type") == Some(&"text".into()))
        }
        Value::Number(number) => {
            NEUTRAL.iter().any(|(known, neutral)| *known == name && number.as_f64() == Some(*neutral))
        }
        Value::String(text) => {
            text.is_empty() || (name == "tool_choice" && (text == "none" || text == "auto"))
        }
    }
}

/// A text, its token ids, or a list of either.
fn inputs(value: Value, name: &'static str) -> Result<Vec<Input>, BadField> {
    let bad =
        || BadField::invalid(&format!("{name} must be a text, token ids, or a list of either")).of(name);
    let ids = |value: Value| serde_json::from_value::<Vec<u32>>(value).map(Input::Ids).map_err(|_| bad());
    match value {
        Value::String(text) => Ok(vec![Input::Text(text)]),
        Value::Array(items) => match items.first() {
            Some(Value::Number(_)) => Ok(vec![ids(Value::Array(items))?]),
            _ => items
                .into_iter()
                .map(|item| match item {
                    Value::String(text) => Ok(Input::Text(text)),
                    list @ Value::Array(_) => ids(list),
                    _ => Err(bad()),
                })
                .collect(),
        },
        _ => Err(bad()),
    }
}

fn message(mut fields: Map<String, Value>) -> Result<Message, BadField> {
    let unsupported =
        |what: String| BadField::new("unsupported_content", format!("{what} is not known")).of("messages");
    let role = match fields.remove("role") {
        Some(Value::String(role)) => role,
        _ => {
            return Err(BadField::new("missing_required_parameter", "a message needs its role").of("messages"))
        }
    };
    let role = match role.as_str() {
        "developer" | "system" => "system",
        "user" => "user",
        "assistant" => "assistant",
        other => {
            let message = format!("the role {other:?} is not known");
            return Err(BadField::new("unsupported_role", message).of("messages"));
        }
    };
    let content = match fields.remove("content") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text,
        Some(Value::Array(parts)) => parts
            .iter()
            .map(|part| {
                match (part.get("type").and_then(Value::as_str), part.get("text").and_then(Value::as_str)) {
                    (Some("text"), Some(text)) => Ok(text),
                    (kind, _) => Err(unsupported(format!("content of type {:?}", kind.unwrap_or_default()))),
                }
            })
            .collect::<Result<_, _>>()?,
        Some(_) => return Err(BadField::invalid("a message's content is text").of("messages")),
    };
    // A name says nothing to the template; tool calls and the like would be lost without a word.
    for (name, value) in &fields {
        let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
        if !empty && name != "name" && name != "refusal" {
            return Err(unsupported(format!("{name} in a message")));
        }
    }
    Ok(Message { role: role.into(), content })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        Fields(value.as_object().unwrap().clone())
    }

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
            json!({"presence_penalty": 0.1}),
            json!({"echo": true}),
            json!({"suffix": "x"}),
            json!({"something_else": "auto"}),
        ] {
            assert_eq!(fields(bad.clone()).finish().unwrap_err().code, "unsupported_parameter", "{bad}");
        }
        let good = json!({
            "top_p": 1, "n": 1, "tools": [], "logit_bias": {}, "logprobs": false, "user": "me", "seed": null,
            "response_format": {"type": "text"}, "presence_penalty": 0.0, "tool_choice": "none",
            "parallel_tool_calls": true, "service_tier": "auto",
        });
        assert_eq!(fields(good).finish(), Ok(()));
    }

    #[test]
    fn options_should_be_read_or_named() {
        let read = |value: Value| fields(value).options();
        let options = read(json!({
            "max_tokens": 5, "max_completion_tokens": 7, "temperature": 0.25, "stream": true, "stop": "x",
            "stream_options": {"include_usage": true},
        }));
        let expected = Options {
            max_tokens: Some(7),
            temperature_milli: 250,
            stream: true,
            include_usage: true,
            stops: Stops::Texts(vec!["x".into()]),
        };
        assert_eq!(options, Ok(expected));
        assert_eq!(read(json!({})).map(|o| (o.max_tokens, o.temperature_milli)), Ok((None, 1_000)));
        for (temperature, milli) in [(0.0, 0), (0.0001, 0), (0.1, 100), (2.0, 2_000)] {
            let read = read(json!({ "temperature": temperature }));
            assert_eq!(read.map(|o| o.temperature_milli), Ok(milli), "{temperature}");
        }
        let ids = read(json!({"stop": ["a"], "souk_stops": [[1, 2]]})).unwrap().stops;
        assert_eq!(ids, Stops::Ids(vec![vec![1, 2]]));
        for (bad, code, param) in [
            (json!({"max_tokens": 0}), "invalid_max_tokens", "max_tokens"),
            (json!({"max_tokens": -5}), "invalid_value", "max_tokens"),
            (json!({"max_tokens": 1.5}), "invalid_value", "max_tokens"),
            (json!({"temperature": 2.1}), "invalid_temperature", "temperature"),
            (json!({"temperature": 0.001}), "invalid_temperature", "temperature"),
            (json!({"temperature": 0.099}), "invalid_temperature", "temperature"),
            (json!({"temperature": "hot"}), "invalid_value", "temperature"),
            (json!({"stop": 7}), "invalid_value", "stop"),
        ] {
            let error = read(bad.clone()).unwrap_err();
            assert_eq!((error.code, error.param), (code, Some(param)), "{bad}");
        }
    }

    #[test]
    fn stops_should_have_1_to_64_tokens() {
        let cut = |text: &str| Ok::<Vec<u32>, BadField>(text.bytes().map(u32::from).collect());
        let texts = |texts: &[&str]| Stops::Texts(texts.iter().map(ToString::to_string).collect());
        assert_eq!(texts(&["ab", "c"]).ids(cut), Ok(vec![vec![97, 98], vec![99]]));
        for bad in [texts(&[""]), texts(&["x"; 17]), texts(&[&"x".repeat(65)]), Stops::Ids(vec![vec![]])] {
            assert_eq!(bad.ids(cut).unwrap_err().code, "invalid_stop");
        }
    }

    #[test]
    fn prompt_should_be_one_text_or_its_ids() {
        let read = |value: Value| fields(json!({ "prompt": value })).prompt();
        assert_eq!(read(json!("a")), Ok(Input::Text("a".into())));
        assert_eq!(read(json!([1, 2])), Ok(Input::Ids(vec![1, 2])));
        assert_eq!(read(json!(["a"])), Ok(Input::Text("a".into())));
        assert_eq!(read(json!([[3]])), Ok(Input::Ids(vec![3])));
        assert_eq!(read(json!(["a", "b"])).unwrap_err().code, "unsupported_parameter");
        assert_eq!(read(json!([1, -2])).unwrap_err().code, "invalid_value");
        assert_eq!(read(json!({})).unwrap_err().param, Some("prompt"));
    }

    #[test]
    fn message_should_be_text_of_a_known_role() {
        let read =
            |value: Value| fields(json!({ "messages": [value] })).messages().map(|mut all| all.remove(0));
        let system = read(json!({"role": "developer", "content": "x", "name": "me"})).unwrap();
        assert_eq!((system.role.as_str(), system.content.as_str()), ("system", "x"));
        let parts = json!({"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]});
        assert_eq!(read(parts).unwrap().content, "ab");
        for (bad, code) in [
            (json!({"role": "user", "content": [{"type": "image_url"}]}), "unsupported_content"),
            (json!({"role": "tool", "content": "x"}), "unsupported_role"),
            (
                json!({"role": "assistant", "content": null, "tool_calls": [{"id": "1"}]}),
                "unsupported_content",
            ),
            (json!({"content": "x"}), "missing_required_parameter"),
            (json!({"role": "user", "content": 7}), "invalid_value"),
        ] {
            assert_eq!(read(bad.clone()).unwrap_err().code, code, "{bad}");
        }
    }
}
