//! The models that the market serves: the test models that `scripts/fetch-models.sh` pins by digest.

use anyhow::{bail, Context, Result};
use souk_primitives::{call::Prices, rewards::price_index, verdict::Thresholds, Balance, Digest, SOUK};
use souk_sidecar::engine::{LocalModel, ModelKind};
use std::path::PathBuf;

/// A model of the local market.
#[derive(Clone, Debug)]
pub struct Model {
    /// Name of its listing, and what OpenAI clients ask for.
    pub name: &'static str,
    /// The GGUF file or the folder that the sidecar opens.
    pub path: PathBuf,
    /// The file of weights, whose chunks are listed.
    pub content: PathBuf,
    /// Its manifest as it is published.
    pub manifest_bytes: Vec<u8>,
    /// Digest of its manifest.
    pub manifest: Digest,
    /// Most tokens of prompt and answer.
    pub max_context: u32,
    /// Thresholds of its spec.
    pub thresholds: Thresholds,
    /// The demo provider's prices.
    pub prices: Prices,
    /// The spec's reference price, up to which capacity is rewarded; only a model that makes text sits exams.
    pub reference: Option<Balance>,
}

/// The chat model.
pub const CHAT: &str = "smollm2-135m-instruct";
/// The embedding model.
pub const EMBEDDER: &str = "all-minilm-l6-v2";

/// Folder of what outlives a checkout, as the scripts have it.
pub fn cache() -> Result<PathBuf> {
    Ok(match std::env::var_os("SOUK_CACHE") {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache/souk"),
    })
}

/// Folder of the test models.
fn folder() -> Result<PathBuf> {
    match std::env::var_os("SOUK_MODELS") {
        Some(folder) => Ok(folder.into()),
        None => Ok(cache()?.join("models")),
    }
}

/// Folder of the dequantised weights, half a gigabyte: one for every sidecar of every market, and for the engine's tests.
pub fn weights() -> Result<PathBuf> {
    Ok(folder()?.join("f32"))
}

/// The chat model and the embedding model.
pub fn test_models() -> Result<Vec<Model>> {
    let folder = folder()?;
    let chat = folder.join("smollm2-135m-instruct/model.gguf");
    let embedder = folder.join("all-minilm-l6-v2");
    Ok(vec![
        model(CHAT, chat.clone(), chat, Prices { per_1k_input: SOUK, per_1k_output: 4 * SOUK })?,
        model(
            EMBEDDER,
            embedder.clone(),
            embedder.join("model.safetensors"),
            Prices { per_1k_input: SOUK / 2, per_1k_output: 0 },
        )?,
    ])
}

fn model(name: &'static str, path: PathBuf, content: PathBuf, prices: Prices) -> Result<Model> {
    if !content.is_file() {
        bail!("{} is missing: scripts/fetch-models.sh fetches the test models", content.display());
    }
    let local = LocalModel::open(&path).with_context(|| format!("open {}", path.display()))?;
    let manifest = local.manifest();
    let thresholds = match manifest.kind {
        ModelKind::Chat => Thresholds::F32,
        ModelKind::Embedding => Thresholds::EMBEDDING_F32,
    };
    // A third more than the index of the demo provider's prices leaves room for a dearer one.
    let reference = (manifest.kind == ModelKind::Chat).then(|| price_index(&prices).saturating_mul(4) / 3);
    Ok(Model {
        name,
        path,
        content,
        manifest_bytes: manifest.to_bytes(),
        manifest: manifest.digest().0,
        max_context: manifest.max_context,
        thresholds,
        prices,
        reference,
    })
}
