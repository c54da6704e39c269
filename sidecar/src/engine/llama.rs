//! Forward pass of the llama architecture on candle's operations: RMS norm, rotary embedding, grouped-query attention
//! with a cache, SwiGLU. Unlike the ready-made ones it returns logits for every position when asked, which is what a
//! teacher-forced check needs.

#[cfg(feature = "adversary")]
use super::tamper::Tamper;
use super::{
    config::LlamaConfig,
    error::{EngineError, Result},
    model::{Sequence, Step, TokenModel, Want},
    weights::Weights,
};
use candle_core::{DType, Device, Tensor};
use candle_nn::{kv_cache::KvCache, ops, rotary_emb};
use rayon::prelude::*;
use std::sync::Arc;

struct Layer {
    attn_norm: Tensor,
    /// Query, key and value projections in one, `[(heads + 2 kv_heads) * head_dim, hidden]`.
    qkv: Tensor,
    out: Tensor,
    ffn_norm: Tensor,
    /// Gate and up projections in one, `[2 ffn, hidden]`.
    gate_up: Tensor,
    down: Tensor,
}

/// A llama-architecture model in f32.
pub struct Llama {
    config: LlamaConfig,
    embed: Tensor,
    layers: Vec<Layer>,
    norm: Tensor,
    head: Tensor,
    cos: Tensor,
    sin: Tensor,
    device: Device,
}

/// Names of the tensors: GGUF's or Hugging Face's.
struct Names {
    hf: bool,
}

impl Names {
    fn layer(&self, index: usize, part: &str) -> String {
        if !self.hf {
            return format!("blk.{index}.{part}.weight");
        }
        let part = match part {
            "attn_norm" => "input_layernorm",
            "attn_q" => "self_attn.q_proj",
            "attn_k" => "self_attn.k_proj",
            "attn_v" => "self_attn.v_proj",
            "attn_output" => "self_attn.o_proj",
            "ffn_norm" => "post_attention_layernorm",
            "ffn_gate" => "mlp.gate_proj",
            "ffn_up" => "mlp.up_proj",
            "ffn_down" => "mlp.down_proj",
            other => other,
        };
        format!("model.layers.{index}.{part}.weight")
    }

    fn global(&self, part: &str) -> &'static str {
        match (self.hf, part) {
            (false, "embed") => "token_embd.weight",
            (false, "norm") => "output_norm.weight",
            (false, _) => "output.weight",
            (true, "embed") => "model.embed_tokens.weight",
            (true, "norm") => "model.norm.weight",
            (true, _) => "lm_head.weight",
        }
    }
}

/// Reads tensors, through the adversary's hands where a test wants that.
struct Loader<'a> {
    weights: &'a Weights,
    device: &'a Device,
    #[cfg(feature = "adversary")]
    tamper: Tamper,
}

impl Loader<'_> {
    /// Stacks matrices of `columns` columns on top of each other.
    fn matrix(&self, parts: &[(String, usize)], columns: usize) -> Result<Tensor> {
        let mut values = Vec::new();
        let mut rows = 0usize;
        for (name, part_rows) in parts {
            let mut part = self.weights.values(name, &[*part_rows, columns])?;
            #[cfg(feature = "adversary")]
            self.tamper.matrix(&mut part, columns);
            rows = rows.saturating_add(*part_rows);
            if values.is_empty() {
                values = part;
            } else {
                values.append(&mut part);
            }
        }
        Ok(Tensor::from_vec(values, (rows, columns), self.device)?)
    }

    fn vector(&self, name: &str, len: usize) -> Result<Tensor> {
        Ok(Tensor::from_vec(self.weights.values(name, &[len])?, len, self.device)?)
    }
}

impl Llama {
    /// Copies the weights to the device.
    pub fn load(
        config: LlamaConfig,
        weights: &Weights,
        device: &Device,
        #[cfg(feature = "adversary")] tamper: Tamper,
    ) -> Result<Self> {
        let names = Names { hf: !weights.has("token_embd.weight") };
        let load = Loader {
            weights,
            device,
            #[cfg(feature = "adversary")]
            tamper,
        };
        let LlamaConfig { hidden, ffn, head_dim, vocab, .. } = config;
        let (q, kv) = (config.heads * head_dim, config.kv_heads * head_dim);
        let mut layers = Vec::with_capacity(config.layers);
        for i in 0..config.layers {
            #[cfg(feature = "adversary")]
            if tamper == Tamper::SkipLayer(i) {
                continue;
            }
            let part = |name: &str, rows: usize| (names.layer(i, name), rows);
            layers.push(Layer {
                attn_norm: load.vector(&names.layer(i, "attn_norm"), hidden)?,
                qkv: load.matrix(&[part("attn_q", q), part("attn_k", kv), part("attn_v", kv)], hidden)?,
                out: load.matrix(&[part("attn_output", hidden)], q)?,
                ffn_norm: load.vector(&names.layer(i, "ffn_norm"), hidden)?,
                gate_up: load.matrix(&[part("ffn_gate", ffn), part("ffn_up", ffn)], hidden)?,
                down: load.matrix(&[part("ffn_down", hidden)], ffn)?,
            });
        }
        let embed = load.matrix(&[(names.global("embed").into(), vocab)], hidden)?;
        let head_name = names.global("head");
        let head = match weights.has(head_name) {
            true => load.matrix(&[(head_name.into(), vocab)], hidden)?,
            // Tied embeddings.
            false => embed.clone(),
        };
        let norm = load.vector(names.global("norm"), hidden)?;
        let (cos, sin) = rotary_tables(&config, device)?;
        Ok(Llama { config, embed, layers, norm, head, cos, sin, device: device.clone() })
    }

    fn forward(
        &self,
        ids: &[u32],
        start: usize,
        caches: &mut [KvCache],
        want: Want,
        hidden_of: Option<usize>,
    ) -> Result<Step> {
        let count = ids.len();
        let ids = Tensor::new(ids, &self.device)?;
        let mut x = self.embed.index_select(&ids, 0)?;
        let cos = self.cos.narrow(0, start, count)?;
        let sin = self.sin.narrow(0, start, count)?;
        let mask = self.mask(count, start)?;
        for (layer, cache) in self.layers.iter().zip(caches) {
            x = self.block(layer, &x, &cos, &sin, mask.as_ref(), cache)?;
        }
        let hidden = match hidden_of {
            Some(index) => Some(self.finish(&x.narrow(0, index, 1)?)?.flatten_all()?.to_vec1()?),
            None => None,
        };
        let rows = match want {
            Want::Nothing => return Ok(Step { logits: Vec::new(), hidden }),
            Want::Last => x.narrow(0, count - 1, 1)?,
            Want::All => x,
        };
        let logits = linear(&self.finish(&rows)?, &self.head)?.flatten_all()?.to_vec1()?;
        Ok(Step { logits, hidden })
    }

    fn finish(&self, x: &Tensor) -> Result<Tensor> {
        Ok(ops::rms_norm(&x.contiguous()?, &self.norm, self.config.rms_eps)?)
    }

    /// 0 where a position may look, minus infinity where it may not; none is needed for a single token.
    fn mask(&self, count: usize, start: usize) -> Result<Option<Tensor>> {
        if count == 1 {
            return Ok(None);
        }
        let length = start + count;
        let values: Vec<f32> = (0..count)
            .flat_map(|i| (0..length).map(move |j| if j <= start + i { 0.0 } else { f32::NEG_INFINITY }))
            .collect();
        Ok(Some(Tensor::from_vec(values, (count, length), &self.device)?))
    }

    fn block(
        &self,
        layer: &Layer,
        x: &Tensor,
        cos: &Tensor,
        sin: &Tensor,
        mask: Option<&Tensor>,
        cache: &mut KvCache,
    ) -> Result<Tensor> {
        let eps = self.config.rms_eps;
        let normed = ops::rms_norm(x, &layer.attn_norm, eps)?;
        let x = (x + self.attention(layer, &normed, cos, sin, mask, cache)?)?;
        let normed = ops::rms_norm(&x, &layer.ffn_norm, eps)?;
        let inner = ops::swiglu(&linear(&normed, &layer.gate_up)?)?;
        Ok((x + linear(&inner, &layer.down)?)?)
    }

    fn attention(
        &self,
        layer: &Layer,
        x: &Tensor,
        cos: &Tensor,
        sin: &Tensor,
        mask: Option<&Tensor>,
        cache: &mut KvCache,
    ) -> Result<Tensor> {
        let LlamaConfig { heads, kv_heads, head_dim, .. } = self.config;
        let group = self.config.group();
        let count = x.dim(0)?;
        let qkv = x
            .matmul(&layer.qkv.t()?)?
            .reshape((1, count, heads + 2 * kv_heads, head_dim))?
            .transpose(1, 2)?;
        let q = self.rotate(&qkv.narrow(1, 0, heads)?.contiguous()?, cos, sin)?;
        let k = self.rotate(&qkv.narrow(1, heads, kv_heads)?.contiguous()?, cos, sin)?;
        let v = qkv.narrow(1, heads + kv_heads, kv_heads)?.contiguous()?;
        let (k, v) = cache.append(&k, &v)?;
        let length = k.dim(2)?;
        // Heads of one group lie beside each other, so they stack into the rows of one product per key head.
        let q = q.reshape((1, kv_heads, group * count, head_dim))?;
        let mut scores = (q.matmul(&k.transpose(2, 3)?)? * (head_dim as f64).powf(-0.5))?;
        if let Some(mask) = mask {
            scores = scores.reshape((kv_heads, group, count, length))?.broadcast_add(mask)?;
            scores = scores.reshape((1, kv_heads, group * count, length))?;
        }
        let mixed = ops::softmax_last_dim(&scores)?.matmul(&v)?;
        let mixed =
            mixed.reshape((heads, count, head_dim))?.transpose(0, 1)?.reshape((count, heads * head_dim))?;
        linear(&mixed, &layer.out)
    }

    fn rotate(&self, x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
        Ok(match self.config.rope_interleaved {
            true => rotary_emb::rope_i(x, cos, sin)?,
            false => rotary_emb::rope(x, cos, sin)?,
        })
    }
}

/// Weights below this size are read faster than a second thread wakes up.
const WORTH_SHARING: usize = 1 << 20;

/// `x · weightᵀ`. A product with a single row is bound by reading the weight, and candle does it on one thread: here
/// the rows of a large weight are shared out. Each output is the same dot product either way.
fn linear(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    let (rows, threads) = (weight.dim(0)?, rayon::current_num_threads());
    if x.dim(0)? > 1 || threads < 2 || weight.elem_count() < WORTH_SHARING || !x.device().is_cpu() {
        return Ok(x.matmul(&weight.t()?)?);
    }
    let piece = rows.div_ceil(threads).max(1);
    let parts = (0..rows.div_ceil(piece))
        .into_par_iter()
        .with_max_len(1)
        .map(|i| {
            let start = i * piece;
            x.matmul(&weight.narrow(0, start, piece.min(rows - start))?.t()?)
        })
        .collect::<candle_core::Result<Vec<_>>>()?;
    Ok(Tensor::cat(&parts, 1)?)
}

/// Cosines and sines of every position, `[max_context, head_dim / 2]`.
fn rotary_tables(config: &LlamaConfig, device: &Device) -> Result<(Tensor, Tensor)> {
    let frequencies: Vec<f32> = (0..config.head_dim)
        .step_by(2)
        .map(|i| config.rope_theta.powf(i as f32 / config.head_dim as f32).recip())
        .collect();
    let frequencies = Tensor::new(frequencies, device)?.unsqueeze(0)?;
    let positions =
        Tensor::arange(0u32, config.max_context as u32, device)?.to_dtype(DType::F32)?.unsqueeze(1)?;
    let angles = positions.matmul(&frequencies)?;
    Ok((angles.cos()?, angles.sin()?))
}

struct LlamaSequence {
    model: Arc<Llama>,
    caches: Vec<KvCache>,
    len: usize,
    capacity: usize,
}

impl TokenModel for Llama {
    fn vocab(&self) -> usize {
        self.config.vocab
    }

    fn max_context(&self) -> usize {
        self.config.max_context
    }

    fn start(self: Arc<Self>, capacity: usize) -> Result<Box<dyn Sequence>> {
        let capacity = capacity.clamp(1, self.config.max_context);
        // Zeroed pages cost nothing until they are written to.
        let caches = self.layers.iter().map(|_| KvCache::new(2, capacity)).collect();
        Ok(Box::new(LlamaSequence { model: self, caches, len: 0, capacity }))
    }
}

impl Sequence for LlamaSequence {
    fn feed(&mut self, ids: &[u32], want: Want, hidden_of: Option<usize>) -> Result<Step> {
        let (vocab, end) = (self.model.config.vocab, self.len.saturating_add(ids.len()));
        if let Some(id) = ids.iter().find(|id| **id as usize >= vocab) {
            return Err(EngineError::Request(format!(
                "token id {id} is outside of the vocabulary of {vocab}"
            )));
        }
        if end > self.capacity {
            return Err(EngineError::ContextFull { prompt: end, context: self.capacity });
        }
        if ids.is_empty() || hidden_of.is_some_and(|index| index >= ids.len()) {
            return Err(EngineError::Request("nothing to feed".into()));
        }
        let step = self.model.forward(ids, self.len, &mut self.caches, want, hidden_of)?;
        self.len = end;
        Ok(step)
    }
}
