//! Shapes and constants of a llama-architecture model, from GGUF metadata or a Hugging Face `config.json`.
//!
//! Whatever would change the numbers and is not implemented (scaled RoPE, biases, other activations) is refused here:
//! an engine that guesses is slashed for it.

use super::error::{EngineError, Result};
use candle_core::quantized::gguf_file::{Content, Value};
use serde::Deserialize;
use std::path::Path;

/// Constants of a llama-architecture model.
#[derive(Clone, Debug, PartialEq)]
pub struct LlamaConfig {
    /// Entries of the vocabulary.
    pub vocab: usize,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width of the feed-forward layers.
    pub ffn: usize,
    /// Number of blocks.
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    /// Key and value heads; divides `heads`.
    pub kv_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Epsilon of the RMS norms.
    pub rms_eps: f32,
    /// Base of the rotary embedding.
    pub rope_theta: f32,
    /// Tokens that the model was trained for.
    pub max_context: usize,
    /// Whether rotary pairs are neighbours (GGUF permutes the weights so) or half a head apart (Hugging Face).
    pub rope_interleaved: bool,
}

impl LlamaConfig {
    /// From GGUF metadata.
    pub fn from_gguf(content: &Content, path: &Path) -> Result<Self> {
        let bad = |what: String| EngineError::format(path, what);
        let get = |key: &str| content.metadata.get(key).ok_or_else(|| bad(format!("metadata lacks {key}")));
        let number = |key: &str| -> Result<usize> {
            let value = get(key)?.to_u64().map_err(|e| bad(format!("{key}: {e}")))?;
            usize::try_from(value).map_err(|_| bad(format!("{key} is absurd: {value}")))
        };
        let float = |key: &str| -> Result<f32> { get(key)?.to_f32().map_err(|e| bad(format!("{key}: {e}"))) };
        let architecture = gguf_architecture(content, path)?;
        if architecture != "llama" {
            return Err(EngineError::Unsupported(format!(
                "{}: architecture {architecture:?} is not supported, only llama is",
                path.display()
            )));
        }
        let scaling = content.metadata.get("llama.rope.scaling.type");
        if scaling.is_some_and(|v| !matches!(v, Value::String(s) if s == "none"))
            || content.tensor_infos.contains_key("rope_freqs.weight")
        {
            return Err(EngineError::Unsupported(format!(
                "{}: scaled rotary embeddings are not supported",
                path.display()
            )));
        }
        let heads = number("llama.attention.head_count")?;
        let hidden = number("llama.embedding_length")?;
        let rope_dims = number("llama.rope.dimension_count").ok();
        let vocab = match content.tensor_infos.get("token_embd.weight") {
            Some(info) => info.shape.dims().first().copied().unwrap_or(0),
            None => return Err(bad("tensor token_embd.weight is missing".into())),
        };
        let head_dim = match number("llama.attention.key_length") {
            Ok(width) => width,
            Err(_) => hidden.checked_div(heads).unwrap_or(0),
        };
        if rope_dims.is_some_and(|dims| dims != head_dim) {
            return Err(EngineError::Unsupported(format!(
                "{}: partial rotary embeddings are not supported",
                path.display()
            )));
        }
        let config = LlamaConfig {
            vocab,
            hidden,
            ffn: number("llama.feed_forward_length")?,
            layers: number("llama.block_count")?,
            heads,
            kv_heads: number("llama.attention.head_count_kv").unwrap_or(heads),
            head_dim,
            rms_eps: float("llama.attention.layer_norm_rms_epsilon")?,
            rope_theta: float("llama.rope.freq_base").unwrap_or(10_000.0),
            max_context: number("llama.context_length")?,
            rope_interleaved: true,
        };
        config.checked(path)
    }

    /// From the text of a Hugging Face `config.json`.
    pub fn from_hf(text: &str, path: &Path) -> Result<Self> {
        let hf: HfConfig = serde_json::from_str(text).map_err(|e| EngineError::format(path, e))?;
        let refuse =
            |what: &str| EngineError::Unsupported(format!("{}: {what} is not supported", path.display()));
        if hf.model_type != "llama" {
            return Err(refuse(&format!("model_type {:?}", hf.model_type)));
        }
        if hf.attention_bias || hf.mlp_bias {
            return Err(refuse("a bias in attention or feed-forward layers"));
        }
        if hf.rope_scaling.is_some_and(|v| !v.is_null()) {
            return Err(refuse("rope_scaling"));
        }
        let rope = hf.rope_parameters.unwrap_or_default();
        if rope.rope_type.as_deref().is_some_and(|kind| kind != "default") {
            return Err(refuse("scaled rotary embedding"));
        }
        if hf.hidden_act != "silu" {
            return Err(refuse(&format!("activation {:?}", hf.hidden_act)));
        }
        let config = LlamaConfig {
            vocab: hf.vocab_size,
            hidden: hf.hidden_size,
            ffn: hf.intermediate_size,
            layers: hf.num_hidden_layers,
            heads: hf.num_attention_heads,
            kv_heads: hf.num_key_value_heads.unwrap_or(hf.num_attention_heads),
            head_dim: hf.head_dim.unwrap_or(hf.hidden_size.checked_div(hf.num_attention_heads).unwrap_or(0)),
            rms_eps: hf.rms_norm_eps,
            rope_theta: hf.rope_theta.or(rope.rope_theta).unwrap_or(10_000.0),
            max_context: hf.max_position_embeddings,
            rope_interleaved: false,
        };
        config.checked(path)
    }

    /// Refuses shapes that the forward pass would trip over.
    fn checked(self, path: &Path) -> Result<Self> {
        let sane =
            [self.vocab, self.hidden, self.ffn, self.layers, self.heads, self.kv_heads, self.max_context]
                .iter()
                .all(|n| (1..=1 << 24).contains(n))
                && (2..=4096).contains(&self.head_dim)
                && self.head_dim.is_multiple_of(2)
                && self.heads.is_multiple_of(self.kv_heads)
                && self.rms_eps.is_finite()
                && self.rope_theta > 0.0;
        sane.then(|| self.clone())
            .ok_or_else(|| EngineError::format(path, format!("shapes do not fit together: {self:?}")))
    }

    /// Query heads per key head.
    pub fn group(&self) -> usize {
        self.heads / self.kv_heads
    }
}

/// Name of the architecture of a GGUF file.
pub fn gguf_architecture<'a>(content: &'a Content, path: &Path) -> Result<&'a str> {
    match content.metadata.get("general.architecture") {
        Some(Value::String(name)) => Ok(name),
        _ => Err(EngineError::format(path, "metadata lacks general.architecture")),
    }
}

#[derive(Deserialize)]
struct HfConfig {
    model_type: String,
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    num_key_value_heads: Option<usize>,
    head_dim: Option<usize>,
    rms_norm_eps: f32,
    rope_theta: Option<f32>,
    rope_scaling: Option<serde_json::Value>,
    rope_parameters: Option<HfRope>,
    max_position_embeddings: usize,
    #[serde(default = "silu")]
    hidden_act: String,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
}

#[derive(Deserialize, Default)]
struct HfRope {
    rope_theta: Option<f32>,
    rope_type: Option<String>,
}

fn silu() -> String {
    "silu".into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"{"model_type":"llama","vocab_size":100,"hidden_size":64,"intermediate_size":128,
        "num_hidden_layers":2,"num_attention_heads":4,"num_key_value_heads":2,"rms_norm_eps":1e-5,
        "rope_theta":10000.0,"max_position_embeddings":256,"hidden_act":"silu"}"#;

    #[test]
    fn hf_config_should_be_read() {
        let config = LlamaConfig::from_hf(CONFIG, Path::new("config.json")).unwrap();
        assert_eq!((config.head_dim, config.group(), config.rope_interleaved), (16, 2, false));
    }

    #[test]
    fn what_would_change_the_numbers_should_be_refused() {
        for (from, to) in [
            ("\"llama\"", "\"mistral\""),
            ("\"silu\"", "\"gelu\""),
            ("\"rope_theta\":10000.0", "\"rope_scaling\":{\"factor\":2.0}"),
            ("\"rope_theta\":10000.0", "\"rope_parameters\":{\"rope_type\":\"llama3\"}"),
            ("\"num_key_value_heads\":2", "\"num_key_value_heads\":3"),
            ("\"num_attention_heads\":4", "\"num_attention_heads\":0"),
            ("\"hidden_act\"", "\"attention_bias\":true,\"hidden_act\""),
        ] {
            let text = CONFIG.replace(from, to);
            assert_ne!(text, CONFIG);
            assert!(LlamaConfig::from_hf(&text, Path::new("config.json")).is_err(), "{to}");
        }
    }
}
