//! Embeddings: the BERT encoder in f32 with mean pooling and L2 norm, as sentence-transformers runs it.

use super::{
    error::{EngineError, Result},
    scheduler::{Job, Progress},
    stats::Counters,
    weights::Weights,
};
use candle_core::{Device, Tensor};
use candle_nn::ops;
use serde::Deserialize;
use std::{path::Path, sync::Arc};
use tokio::sync::oneshot;

/// Shapes and constants, from `config.json`.
#[derive(Clone, Debug, Deserialize)]
pub struct BertConfig {
    model_type: String,
    vocab_size: usize,
    hidden_size: usize,
    intermediate_size: usize,
    num_hidden_layers: usize,
    num_attention_heads: usize,
    max_position_embeddings: usize,
    type_vocab_size: usize,
    layer_norm_eps: f32,
    hidden_act: String,
    #[serde(default = "absolute")]
    position_embedding_type: String,
}

fn absolute() -> String {
    "absolute".into()
}

impl BertConfig {
    /// Reads `config.json`; refuses what this engine would compute differently.
    pub fn from_hf(text: &str, path: &Path) -> Result<Self> {
        let config: Self = serde_json::from_str(text).map_err(|e| EngineError::format(path, e))?;
        let known = config.model_type == "bert"
            && config.hidden_act == "gelu"
            && config.position_embedding_type == "absolute"
            && config.num_attention_heads > 0
            && config.hidden_size.is_multiple_of(config.num_attention_heads);
        known.then_some(config).ok_or_else(|| {
            EngineError::Unsupported(format!(
                "{}: only BERT encoders with gelu and absolute positions are supported",
                path.display()
            ))
        })
    }

    /// Length of an embedding.
    pub fn dimensions(&self) -> usize {
        self.hidden_size
    }

    /// Most positions.
    pub fn positions(&self) -> usize {
        self.max_position_embeddings
    }
}

struct Linear {
    weight: Tensor,
    bias: Tensor,
}

impl Linear {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(x.matmul(&self.weight.t()?)?.broadcast_add(&self.bias)?)
    }
}

struct Norm {
    weight: Tensor,
    bias: Tensor,
    eps: f32,
}

impl Norm {
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(ops::layer_norm(&x.contiguous()?, &self.weight, &self.bias, self.eps)?)
    }
}

struct Block {
    query: Linear,
    key: Linear,
    value: Linear,
    attention_out: Linear,
    attention_norm: Norm,
    inner: Linear,
    outer: Linear,
    norm: Norm,
}

/// A BERT encoder.
pub struct Bert {
    config: BertConfig,
    words: Tensor,
    positions: Tensor,
    /// The first row of the token types: everything is one sentence.
    kind: Tensor,
    norm: Norm,
    blocks: Vec<Block>,
    device: Device,
    max_tokens: usize,
}

impl Bert {
    /// Copies the weights to the device. `max_tokens` is the longest input that the model was made for.
    pub fn load(config: BertConfig, weights: &Weights, device: &Device, max_tokens: usize) -> Result<Self> {
        let prefix = if weights.has("bert.embeddings.word_embeddings.weight") { "bert." } else { "" };
        let tensor = |name: &str, shape: &[usize]| -> Result<Tensor> {
            Ok(Tensor::from_vec(weights.values(&format!("{prefix}{name}"), shape)?, shape, device)?)
        };
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let linear = |name: &str, outputs: usize, inputs: usize| -> Result<Linear> {
            Ok(Linear {
                weight: tensor(&format!("{name}.weight"), &[outputs, inputs])?,
                bias: tensor(&format!("{name}.bias"), &[outputs])?,
            })
        };
        let norm = |name: &str| -> Result<Norm> {
            Ok(Norm {
                weight: tensor(&format!("{name}.weight"), &[hidden])?,
                bias: tensor(&format!("{name}.bias"), &[hidden])?,
                eps: config.layer_norm_eps,
            })
        };
        let blocks = (0..config.num_hidden_layers)
            .map(|i| {
                let at = |part: &str| format!("encoder.layer.{i}.{part}");
                Ok(Block {
                    query: linear(&at("attention.self.query"), hidden, hidden)?,
                    key: linear(&at("attention.self.key"), hidden, hidden)?,
                    value: linear(&at("attention.self.value"), hidden, hidden)?,
                    attention_out: linear(&at("attention.output.dense"), hidden, hidden)?,
                    attention_norm: norm(&at("attention.output.LayerNorm"))?,
                    inner: linear(&at("intermediate.dense"), wide, hidden)?,
                    outer: linear(&at("output.dense"), hidden, wide)?,
                    norm: norm(&at("output.LayerNorm"))?,
                })
            })
            .collect::<Result<_>>()?;
        let kinds = tensor("embeddings.token_type_embeddings.weight", &[config.type_vocab_size, hidden])?;
        Ok(Bert {
            words: tensor("embeddings.word_embeddings.weight", &[config.vocab_size, hidden])?,
            positions: tensor(
                "embeddings.position_embeddings.weight",
                &[config.max_position_embeddings, hidden],
            )?,
            kind: kinds.narrow(0, 0, 1)?,
            norm: norm("embeddings.LayerNorm")?,
            blocks,
            device: device.clone(),
            max_tokens: max_tokens.min(config.max_position_embeddings),
            config,
        })
    }

    /// Longest input.
    pub fn max_tokens(&self) -> usize {
        self.max_tokens
    }

    /// Refuses inputs that can't be embedded.
    pub fn check(&self, ids: &[u32]) -> Result<()> {
        if ids.is_empty() {
            return Err(EngineError::Request("the input is empty".into()));
        }
        if ids.len() > self.max_tokens {
            return Err(EngineError::ContextFull { prompt: ids.len(), context: self.max_tokens });
        }
        match ids.iter().find(|id| **id as usize >= self.config.vocab_size) {
            Some(id) => Err(EngineError::Request(format!("token id {id} is outside of the vocabulary"))),
            None => Ok(()),
        }
    }

    /// The embedding of a tokenised text: a unit vector.
    pub fn embed(&self, ids: &[u32]) -> Result<Vec<f32>> {
        self.check(ids)?;
        let count = ids.len();
        let words = self.words.index_select(&Tensor::new(ids, &self.device)?, 0)?;
        let mut x = (words + self.positions.narrow(0, 0, count)?)?.broadcast_add(&self.kind)?;
        x = self.norm.forward(&x)?;
        for block in &self.blocks {
            x = self.block(block, &x, count)?;
        }
        let mean = x.mean(0)?;
        let length = mean.sqr()?.sum_all()?.sqrt()?;
        Ok(mean.broadcast_div(&length)?.to_vec1()?)
    }

    fn block(&self, block: &Block, x: &Tensor, count: usize) -> Result<Tensor> {
        let heads = self.config.num_attention_heads;
        let width = self.config.hidden_size / heads;
        let split = |x: Tensor| -> Result<Tensor> {
            Ok(x.reshape((count, heads, width))?.transpose(0, 1)?.contiguous()?)
        };
        let (q, k, v) =
            (split(block.query.forward(x)?)?, split(block.key.forward(x)?)?, split(block.value.forward(x)?)?);
        let scores = (q.matmul(&k.transpose(1, 2)?)? * (width as f64).powf(-0.5))?;
        let mixed = ops::softmax_last_dim(&scores)?.matmul(&v)?;
        let mixed = mixed.transpose(0, 1)?.reshape((count, heads * width))?;
        let x = block.attention_norm.forward(&(block.attention_out.forward(&mixed)? + x)?)?;
        let inner = block.inner.forward(&x)?.gelu_erf()?;
        block.norm.forward(&(block.outer.forward(&inner)? + x)?)
    }
}

/// Relative L2 error and cosine of a claimed vector, in millionths: what the report on an embedding says.
///
/// A vector of another length or with numbers that are none has the largest error and cosine 0.
pub fn compare(reference: &[f32], claimed: &[f32]) -> (u32, u32) {
    let sound = reference.len() == claimed.len() && claimed.iter().all(|v| v.is_finite());
    if !sound {
        return (u32::MAX, 0);
    }
    let (mut dot, mut reference_sq, mut claimed_sq, mut error_sq) = (0f64, 0f64, 0f64, 0f64);
    for (a, b) in reference.iter().zip(claimed) {
        let (a, b) = (f64::from(*a), f64::from(*b));
        dot += a * b;
        reference_sq += a * a;
        claimed_sq += b * b;
        error_sq += (a - b) * (a - b);
    }
    // Casts saturate at 0 and at the largest number.
    let relative = if reference_sq > 0.0 { libm::sqrt(error_sq / reference_sq) } else { f64::INFINITY };
    let norms = libm::sqrt(reference_sq * claimed_sq);
    let cosine = if norms > 0.0 { dot / norms } else { 0.0 };
    ((relative * 1e6) as u32, (cosine * 1e6).min(1e6) as u32)
}

pub(super) struct EmbedJob {
    pub model: Arc<Bert>,
    pub ids: Vec<u32>,
    pub counters: Arc<Counters>,
    pub reply: Option<oneshot::Sender<Result<Vec<f32>>>>,
}

impl Job for EmbedJob {
    fn step(&mut self) -> Progress {
        if let Some(reply) = self.reply.take().filter(|reply| !reply.is_closed()) {
            self.counters.embedded_tokens(self.ids.len());
            let _ = reply.send(self.model.embed(&self.ids));
        }
        Progress::Finished
    }
}

#[cfg(test)]
mod tests {
    use super::compare;

    #[test]
    fn compare_should_measure_error_and_angle() {
        assert_eq!(compare(&[0.6, 0.8], &[0.6, 0.8]), (0, 1_000_000));
        assert_eq!(compare(&[1.0, 0.0], &[0.0, 1.0]), (1_414_213, 0));
        assert_eq!(compare(&[1.0, 0.0], &[-1.0, 0.0]), (2_000_000, 0));
        assert_eq!(compare(&[1.0, 0.0], &[1.0]), (u32::MAX, 0));
        assert_eq!(compare(&[1.0, 0.0], &[f32::NAN, 0.0]), (u32::MAX, 0));
        assert_eq!(compare(&[1.0, 0.0], &[0.0, 0.0]), (1_000_000, 0));
    }
}
