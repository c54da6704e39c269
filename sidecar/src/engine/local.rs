//! Models on disk: a GGUF file, or a Hugging Face folder of a llama or BERT model.

use super::{
    bert::{Bert, BertConfig},
    bundle::TokenizerBundle,
    config::{gguf_architecture, LlamaConfig},
    error::{EngineError, Result},
    llama::Llama,
    manifest::{Digest, Manifest, ModelKind, WeightsFile},
    weights::{dequantised, digest_file, Weights},
    LoadOptions,
};
use candle_core::{quantized::gguf_file::Content, Device};
use std::{
    fs::File,
    io::BufReader,
    path::{Path, PathBuf},
    sync::Arc,
};

/// What computes.
#[derive(Clone)]
pub(super) enum Backend {
    Llama(Arc<Llama>),
    Bert(Arc<Bert>),
}

enum Shape {
    /// A GGUF file.
    Gguf(PathBuf, LlamaConfig),
    /// A folder with safetensors.
    Llama(Vec<PathBuf>, LlamaConfig),
    /// A folder with safetensors of an encoder.
    Bert(Vec<PathBuf>, BertConfig),
}

/// A model on disk: read enough to say what it is, not yet loaded.
pub struct LocalModel {
    shape: Shape,
    manifest: Manifest,
    bundle: TokenizerBundle,
}

impl LocalModel {
    /// Reads a GGUF file, a folder that holds one as `model.gguf`, or a Hugging Face folder. Hashes all weights.
    pub fn open(path: &Path) -> Result<Self> {
        let inner = path.join("model.gguf");
        if inner.is_file() {
            return Self::open_gguf(&inner);
        }
        if path.is_dir() {
            return Self::open_folder(path);
        }
        Self::open_gguf(path)
    }

    /// What a spec names by digest.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The tokenizer bundle that the manifest names.
    pub fn bundle(&self) -> &TokenizerBundle {
        &self.bundle
    }

    fn open_gguf(path: &Path) -> Result<Self> {
        let file = File::open(path).map_err(EngineError::io(path))?;
        let content = Content::read(&mut BufReader::new(file)).map_err(|e| EngineError::format(path, e))?;
        let architecture = gguf_architecture(&content, path)?.to_string();
        let config = LlamaConfig::from_gguf(&content, path)?;
        let bundle = TokenizerBundle::from_gguf(&content, path)?;
        let files = [path.to_owned()];
        let manifest = manifest(ModelKind::Chat, &architecture, config.max_context, 0, &bundle, &files)?;
        Ok(LocalModel { shape: Shape::Gguf(path.to_owned(), config), manifest, bundle })
    }

    fn open_folder(folder: &Path) -> Result<Self> {
        let path = folder.join("config.json");
        let text = std::fs::read_to_string(&path).map_err(EngineError::io(&path))?;
        let value: serde_json::Value =
            serde_json::from_str(&text).map_err(|e| EngineError::format(&path, e))?;
        let files = safetensors_of(folder)?;
        match value["model_type"].as_str() {
            Some("bert") => {
                let config = BertConfig::from_hf(&text, &path)?;
                let bundle = TokenizerBundle::from_hf(folder, true)?;
                let context = max_sequence(folder).unwrap_or(config.positions()).min(config.positions());
                let manifest =
                    manifest(ModelKind::Embedding, "bert", context, config.dimensions(), &bundle, &files)?;
                Ok(LocalModel { shape: Shape::Bert(files, config), manifest, bundle })
            }
            _ => {
                let config = LlamaConfig::from_hf(&text, &path)?;
                let bundle = TokenizerBundle::from_hf(folder, false)?;
                let manifest = manifest(ModelKind::Chat, "llama", config.max_context, 0, &bundle, &files)?;
                Ok(LocalModel { shape: Shape::Llama(files, config), manifest, bundle })
            }
        }
    }

    /// Copies the weights to the device.
    pub(super) fn load(&self, options: &LoadOptions) -> Result<Backend> {
        let device = options.device.open()?;
        let llama = |config: &LlamaConfig, weights: Weights, device: &Device| -> Result<Backend> {
            Ok(Backend::Llama(Arc::new(Llama::load(
                config.clone(),
                &weights,
                device,
                #[cfg(feature = "adversary")]
                options.tamper,
            )?)))
        };
        match &self.shape {
            Shape::Gguf(path, config) => {
                let digest = self.manifest.weights.first().map(|file| file.digest.0).unwrap_or_default();
                llama(config, dequantised(path, &digest, &options.cache_dir)?, &device)
            }
            Shape::Llama(files, config) => llama(config, Weights::open(files)?, &device),
            Shape::Bert(files, config) => {
                let weights = Weights::open(files)?;
                let longest = self.manifest.max_context as usize;
                Ok(Backend::Bert(Arc::new(Bert::load(config.clone(), &weights, &device, longest)?)))
            }
        }
    }
}

fn manifest(
    kind: ModelKind,
    architecture: &str,
    context: usize,
    dimensions: usize,
    bundle: &TokenizerBundle,
    files: &[PathBuf],
) -> Result<Manifest> {
    let weights = files
        .iter()
        .map(|path| {
            let (digest, bytes) = digest_file(path)?;
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            Ok(WeightsFile { name, bytes, digest: Digest(digest) })
        })
        .collect::<Result<_>>()?;
    Ok(Manifest {
        format: 1,
        kind,
        architecture: architecture.into(),
        reference_dtype: "f32".into(),
        max_context: u32::try_from(context).unwrap_or(u32::MAX),
        eos: bundle.eos.clone(),
        dimensions: u32::try_from(dimensions).unwrap_or(u32::MAX),
        weights,
        tokenizer: bundle.digest(),
    })
}

/// All `model*.safetensors` of a folder, by name.
fn safetensors_of(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(folder).map_err(EngineError::io(folder))?;
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(EngineError::io(folder))?.path();
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with("model") && name.ends_with(".safetensors") {
            files.push(path);
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(EngineError::format(folder, "neither model.gguf nor model*.safetensors is there"));
    }
    Ok(files)
}

/// Longest input that a sentence-transformers model was made for.
fn max_sequence(folder: &Path) -> Option<usize> {
    let text = std::fs::read(folder.join("sentence_bert_config.json")).ok()?;
    let value: serde_json::Value = serde_json::from_slice(&text).ok()?;
    usize::try_from(value["max_seq_length"].as_u64()?).ok()
}
