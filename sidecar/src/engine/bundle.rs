//! Tokenizer bundle: everything that turns messages into token ids, in one file with one digest.
//!
//! The bundle doesn't depend on how the weights are stored. Provider, gateway and verifier read the same bytes, so they
//! render the same ids; a manifest names it by digest.

use super::{
    error::{EngineError, Result},
    manifest::Digest,
};
use candle_core::quantized::gguf_file::{Content, Value};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sp_crypto_hashing::blake2_256;
use std::path::Path;

/// Everything that turns messages into token ids.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenizerBundle {
    /// Version of this layout: 1.
    pub format: u8,
    /// The tokenizer, in the JSON of the `tokenizers` library.
    pub tokenizer: String,
    /// Jinja template for chats; models without one can only complete text.
    pub chat_template: Option<String>,
    /// Beginning-of-sequence token.
    pub bos: Option<u32>,
    /// Tokens that end an answer.
    pub eos: Vec<u32>,
    /// Whether plain text starts with `bos`.
    pub add_bos: bool,
    /// Whether plain text gets the tokenizer's own special tokens around it (`[CLS]` and `[SEP]` of an encoder).
    pub add_special_tokens: bool,
}

impl TokenizerBundle {
    /// Canonical bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        // A struct of strings and numbers always serialises.
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Digest of the canonical bytes.
    pub fn digest(&self) -> Digest {
        Digest(blake2_256(&self.to_bytes()))
    }

    /// Reads a bundle; with `expected`, only the one of that digest.
    pub fn from_bytes(bytes: &[u8], expected: Option<&Digest>) -> Result<Self> {
        if let Some(expected) = expected {
            expected.check("the tokenizer bundle", bytes)?;
        }
        let bundle: Self =
            serde_json::from_slice(bytes).map_err(|e| EngineError::Tokenizer(e.to_string()))?;
        match bundle.format {
            1 => Ok(bundle),
            other => Err(EngineError::Unsupported(format!(
                "tokenizer bundle of format {other}: update the software"
            ))),
        }
    }

    /// From the metadata of a GGUF file.
    pub fn from_gguf(content: &Content, path: &Path) -> Result<Self> {
        let meta = Metadata { content, path };
        let model = meta.string("tokenizer.ggml.model")?;
        if model != "gpt2" {
            return Err(EngineError::Unsupported(format!(
                "{}: tokenizer model {model:?} is not supported, only byte-level BPE (gpt2)",
                path.display()
            )));
        }
        let pre_tokenizer = pre_tokenizer(meta.string("tokenizer.ggml.pre")?, path)?;
        let tokens = meta.strings("tokenizer.ggml.tokens")?;
        let merges = meta.strings("tokenizer.ggml.merges")?;
        let types = meta.numbers("tokenizer.ggml.token_type")?;
        if types.len() != tokens.len() {
            return Err(EngineError::format(path, "there are not as many token types as tokens"));
        }
        let vocab: serde_json::Map<_, _> =
            tokens.iter().enumerate().map(|(id, token)| (token.to_string(), json!(id))).collect();
        if vocab.len() != tokens.len() {
            return Err(EngineError::format(path, "a token is in the vocabulary twice"));
        }
        let merges = merges
            .iter()
            .map(|merge| merge.split_once(' ').map(|(a, b)| json!([a, b])))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| EngineError::format(path, "a merge is not a pair"))?;
        // Types of GGUF: 3 control, 4 user defined. Both are matched before anything is split.
        let added: Vec<_> = tokens
            .iter()
            .zip(&types)
            .enumerate()
            .filter(|(_, (_, kind))| matches!(kind, 3 | 4))
            .map(|(id, (token, kind))| {
                json!({
                    "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false,
                    "normalized": false, "special": *kind == 3,
                })
            })
            .collect();
        let byte_level =
            json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
        let description = json!({
            "version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": null,
            "pre_tokenizer": pre_tokenizer, "post_processor": byte_level, "decoder": byte_level,
            "model": {
                "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": false,
                "vocab": vocab, "merges": merges,
            },
        });
        Ok(TokenizerBundle {
            format: 1,
            tokenizer: normalised(description.to_string().as_bytes())?,
            chat_template: meta.string("tokenizer.chat_template").ok().map(str::to_string),
            bos: meta.number("tokenizer.ggml.bos_token_id").ok(),
            eos: vec![meta.number("tokenizer.ggml.eos_token_id")?],
            add_bos: meta.flag("tokenizer.ggml.add_bos_token").unwrap_or(false),
            add_special_tokens: false,
        })
    }

    /// From a Hugging Face folder: `tokenizer.json`, and for a chat model `tokenizer_config.json` and
    /// `generation_config.json` or `config.json` with the end-of-sequence ids.
    pub fn from_hf(folder: &Path, encoder: bool) -> Result<Self> {
        let path = folder.join("tokenizer.json");
        let bytes = std::fs::read(&path).map_err(EngineError::io(&path))?;
        let json_of = |name: &str| -> serde_json::Value {
            let text = std::fs::read(folder.join(name)).unwrap_or_default();
            serde_json::from_slice(&text).unwrap_or_default()
        };
        let settings = json_of("tokenizer_config.json");
        let ids = |value: &serde_json::Value| -> Vec<u32> {
            let one = value.as_u64().into_iter();
            let many = value.as_array().into_iter().flatten().filter_map(|v| v.as_u64());
            one.chain(many).filter_map(|id| u32::try_from(id).ok()).collect()
        };
        let mut eos = ids(&json_of("generation_config.json")["eos_token_id"]);
        if eos.is_empty() {
            eos = ids(&json_of("config.json")["eos_token_id"]);
        }
        if eos.is_empty() && !encoder {
            let what = "neither generation_config.json nor config.json names an eos_token_id";
            return Err(EngineError::format(folder, what));
        }
        let template = settings["chat_template"].as_str().map(str::to_string);
        let template = template.or_else(|| std::fs::read_to_string(folder.join("chat_template.jinja")).ok());
        Ok(TokenizerBundle {
            format: 1,
            tokenizer: normalised(&bytes)?,
            chat_template: template,
            bos: ids(&json_of("config.json")["bos_token_id"]).first().copied(),
            eos,
            add_bos: settings["add_bos_token"].as_bool().unwrap_or(false),
            add_special_tokens: encoder,
        })
    }
}

/// The library's own JSON of a tokenizer, without padding or truncation: lengths are checked, never cut silently.
fn normalised(description: &[u8]) -> Result<String> {
    let fail = |e: tokenizers::Error| EngineError::Tokenizer(e.to_string());
    let mut tokenizer = tokenizers::Tokenizer::from_bytes(description).map_err(fail)?;
    tokenizer.with_padding(None);
    tokenizer.with_truncation(None).map_err(fail)?;
    tokenizer.to_string(false).map_err(fail)
}

/// How a `pre` of llama.cpp splits text. An unknown one is refused: guessing gives wrong ids without any error.
fn pre_tokenizer(name: &str, path: &Path) -> Result<serde_json::Value> {
    let byte_level =
        json!({"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true});
    match name {
        "smollm" => Ok(json!({
            "type": "Sequence",
            "pretokenizers": [{"type": "Digits", "individual_digits": true}, byte_level],
        })),
        "gpt-2" => Ok(byte_level),
        other => Err(EngineError::Unsupported(format!(
            "{}: pre-tokenizer {other:?} is not supported; use the model's Hugging Face folder, whose tokenizer.json says \
             how to split",
            path.display()
        ))),
    }
}

struct Metadata<'a> {
    content: &'a Content,
    path: &'a Path,
}

impl<'a> Metadata<'a> {
    fn get(&self, key: &str) -> Result<&'a Value> {
        self.content
            .metadata
            .get(key)
            .ok_or_else(|| EngineError::format(self.path, format!("metadata lacks {key}")))
    }

    fn wrong(&self, key: &str) -> EngineError {
        EngineError::format(self.path, format!("metadata {key} has the wrong type"))
    }

    fn string(&self, key: &str) -> Result<&'a str> {
        self.get(key)?.to_string().map(String::as_str).map_err(|_| self.wrong(key))
    }

    fn flag(&self, key: &str) -> Result<bool> {
        self.get(key)?.to_bool().map_err(|_| self.wrong(key))
    }

    fn number(&self, key: &str) -> Result<u32> {
        self.get(key)?.to_u32().map_err(|_| self.wrong(key))
    }

    fn strings(&self, key: &str) -> Result<Vec<&'a str>> {
        let values = self.get(key)?.to_vec().map_err(|_| self.wrong(key))?;
        values.iter().map(|v| v.to_string().map(String::as_str).map_err(|_| self.wrong(key))).collect()
    }

    fn numbers(&self, key: &str) -> Result<Vec<i32>> {
        let values = self.get(key)?.to_vec().map_err(|_| self.wrong(key))?;
        values.iter().map(|v| v.to_i32().map_err(|_| self.wrong(key))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unknown_pre_tokenizer_should_be_refused() {
        let error = pre_tokenizer("llama-bpe", Path::new("m.gguf")).unwrap_err().to_string();
        assert!(error.contains("llama-bpe"), "{error}");
    }

    #[test]
    fn foreign_bundle_should_be_refused_by_its_digest() {
        let bundle = TokenizerBundle {
            format: 1,
            tokenizer: "{}".into(),
            chat_template: None,
            bos: None,
            eos: vec![2],
            add_bos: false,
            add_special_tokens: false,
        };
        let bytes = bundle.to_bytes();
        assert_eq!(TokenizerBundle::from_bytes(&bytes, Some(&bundle.digest())).unwrap(), bundle);
        assert!(TokenizerBundle::from_bytes(&bytes, Some(&Digest([0; 32]))).is_err());
        let newer = TokenizerBundle { format: 2, ..bundle };
        assert!(TokenizerBundle::from_bytes(&newer.to_bytes(), None).is_err());
    }
}
