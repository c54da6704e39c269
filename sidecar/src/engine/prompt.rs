//! From messages to token ids and from token ids back to text.

use super::{
    bundle::TokenizerBundle,
    error::{EngineError, Result},
};
use minijinja::{context, syntax::SyntaxConfig, Environment, ErrorKind, Value};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokenizers::Tokenizer;

/// One message of a chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// Its text.
    pub content: String,
}

impl ChatMessage {
    /// A message of `role`.
    pub fn new(role: impl Into<String>, content: impl Into<String>) -> Self {
        ChatMessage { role: role.into(), content: content.into() }
    }

    fn value(&self) -> Value {
        Value::from_pairs([("role", self.role.as_str()), ("content", self.content.as_str())])
    }
}

const TEMPLATE: &str = "chat";

/// Renders prompts; made from a bundle alone, so a gateway needs no weights.
pub struct PromptRenderer {
    tokenizer: Arc<Tokenizer>,
    templates: Environment<'static>,
    bundle: TokenizerBundle,
}

impl PromptRenderer {
    /// Reads the tokenizer and compiles the template.
    pub fn new(bundle: TokenizerBundle) -> Result<Self> {
        let tokenizer =
            Tokenizer::from_bytes(&bundle.tokenizer).map_err(|e| EngineError::Tokenizer(e.to_string()))?;
        let mut templates = Environment::new();
        // As Hugging Face's `apply_chat_template` sets it up.
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        templates.set_syntax(syntax.map_err(template_error)?);
        templates.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        templates.add_function("raise_exception", |message: String| -> Result<String, minijinja::Error> {
            Err(minijinja::Error::new(ErrorKind::InvalidOperation, message))
        });
        if let Some(template) = &bundle.chat_template {
            templates.add_template_owned(TEMPLATE, template.clone()).map_err(template_error)?;
        }
        Ok(PromptRenderer { tokenizer: Arc::new(tokenizer), templates, bundle })
    }

    /// The bundle that this renderer was made from.
    pub fn bundle(&self) -> &TokenizerBundle {
        &self.bundle
    }

    /// Text of a chat with the start of the assistant's turn.
    pub fn chat_text(&self, messages: &[ChatMessage]) -> Result<String> {
        if messages.is_empty() {
            return Err(EngineError::Request("a chat needs at least one message".into()));
        }
        let template = self.templates.get_template(TEMPLATE).map_err(|_| {
            EngineError::Request("this model has no chat template: use the completions endpoint".into())
        })?;
        let name = |id: Option<u32>| id.and_then(|id| self.tokenizer.id_to_token(id)).unwrap_or_default();
        template
            .render(context! {
                messages => messages.iter().map(ChatMessage::value).collect::<Vec<_>>(),
                add_generation_prompt => true,
                bos_token => name(self.bundle.bos),
                eos_token => name(self.bundle.eos.first().copied()),
            })
            .map_err(template_error)
    }

    /// Token ids of a chat. Special tokens in the text of a message count as such, as in every engine of the kind: who
    /// passes on the text of strangers has to filter it.
    pub fn chat_ids(&self, messages: &[ChatMessage]) -> Result<Vec<u32>> {
        self.encode(&self.chat_text(messages)?, false)
    }

    /// Token ids of plain text.
    pub fn text_ids(&self, text: &str) -> Result<Vec<u32>> {
        let mut ids = self.encode(text, self.bundle.add_special_tokens)?;
        if let (true, Some(bos)) = (self.bundle.add_bos, self.bundle.bos) {
            ids.insert(0, bos);
        }
        Ok(ids)
    }

    /// Token ids of a stop string. An answer is only stopped where it is cut into tokens in the same way.
    pub fn stop_ids(&self, stop: &str) -> Result<Vec<u32>> {
        match self.encode(stop, false)? {
            ids if ids.is_empty() => Err(EngineError::Request("a stop sequence must not be empty".into())),
            ids => Ok(ids),
        }
    }

    fn encode(&self, text: &str, special: bool) -> Result<Vec<u32>> {
        let encoding =
            self.tokenizer.encode_fast(text, special).map_err(|e| EngineError::Tokenizer(e.to_string()))?;
        Ok(encoding.get_ids().to_vec())
    }

    /// Text of an answer, without special tokens.
    pub fn decode(&self, ids: &[u32]) -> Result<String> {
        self.tokenizer.decode(ids, true).map_err(|e| EngineError::Tokenizer(e.to_string()))
    }

    /// A decoder for a stream of tokens.
    pub fn decoder(&self) -> StreamDecoder {
        StreamDecoder { tokenizer: self.tokenizer.clone(), ids: Vec::new(), shown: 0, settled: 0 }
    }
}

fn template_error(error: minijinja::Error) -> EngineError {
    // The alternate form has the cause (a template's own message) in it.
    EngineError::Template(error.detail().map_or_else(|| error.to_string(), str::to_string))
}

/// Turns tokens into text piece by piece; a character whose bytes are spread over tokens comes out whole.
pub struct StreamDecoder {
    tokenizer: Arc<Tokenizer>,
    /// Tokens since the last point where text and tokens met.
    ids: Vec<u32>,
    /// How many of them have been shown.
    settled: usize,
    /// Bytes of their text that have been shown.
    shown: usize,
}

/// Tokens after which an unfinished character is given up: no character has more bytes than this.
const LONGEST_CHARACTER: usize = 4;

impl StreamDecoder {
    /// Text that `id` completes; empty while a character is unfinished.
    pub fn push(&mut self, id: u32) -> Result<String> {
        self.ids.push(id);
        let text = self.text()?;
        let waiting = self.ids.len().saturating_sub(self.settled);
        if text.ends_with(char::REPLACEMENT_CHARACTER) && waiting <= LONGEST_CHARACTER {
            return Ok(String::new());
        }
        let new = text.get(self.shown..).unwrap_or_default().to_string();
        // The last settled tokens stay as context, since decoding can depend on what stands before.
        self.ids.drain(..self.settled);
        self.settled = self.ids.len();
        self.shown = self.text()?.len();
        Ok(new)
    }

    /// What is left at the end of an answer: an unfinished character as its replacement.
    pub fn finish(mut self) -> Result<String> {
        let text = self.text()?;
        self.ids.clear();
        Ok(text.get(self.shown..).unwrap_or_default().to_string())
    }

    fn text(&self) -> Result<String> {
        self.tokenizer.decode(&self.ids, true).map_err(|e| EngineError::Tokenizer(e.to_string()))
    }
}
