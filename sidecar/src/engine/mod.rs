//! The engine: runs a model for those who pay, and again for those who check.
//!
//! - [`LocalModel`] reads a GGUF file or a Hugging Face folder and derives its [`Manifest`] and [`TokenizerBundle`]; the
//!   manifest's digest is what a spec on the chain names.
//! - [`PromptRenderer`] turns messages into token ids. It needs the bundle only, so a gateway renders the very ids that
//!   it signs.
//! - [`Engine`] holds the weights and one thread. [`Engine::generate`] streams tokens chosen by Sampler V1;
//!   [`Engine::verify`] measures the margins of an answer in one teacher-forced pass; [`Engine::embed`] computes
//!   embeddings. Callers take turns by key ([`scheduler`]).
//!
//! The reference arithmetic (numeric class `f32`) is: weights dequantised to f32, f32 activations, logits to f64 in the
//! sampler.

pub mod bert;
pub mod bundle;
pub mod config;
mod error;
mod generate;
mod llama;
mod local;
pub mod manifest;
pub mod model;
pub mod prompt;
pub mod scheduler;
pub mod shares;
pub mod stats;
#[cfg(feature = "adversary")]
pub mod tamper;
mod verify;
pub mod weights;

pub use bert::compare;
pub use bundle::TokenizerBundle;
pub use error::{EngineError, Result};
pub use generate::{EndCheck, Ending, GenEvent, GenRequest, Generation};
pub use local::LocalModel;
pub use manifest::{Digest, Manifest, ModelKind, WeightsFile};
pub use prompt::{ChatMessage, PromptRenderer, StreamDecoder};
pub use scheduler::{Key, Limits, Load, AUDIT_KEY, EXAM_KEY};
pub use shares::{Sittings, EXAM_SHARE};
pub use stats::Totals;
pub use verify::{Verification, VerifyRequest};

use bert::{Bert, EmbedJob};
use candle_core::Device;
use generate::GenerateJob;
use local::Backend;
use model::TokenModel;
use scheduler::Scheduler;
use stats::Counters;
use std::{path::PathBuf, sync::Arc};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use verify::VerifyJob;

/// Where the arithmetic happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DeviceChoice {
    /// The processor.
    #[default]
    Cpu,
    /// A CUDA device by number; builds with the feature `cuda`.
    #[cfg(feature = "cuda")]
    Cuda(usize),
    /// A Metal device by number; builds with the feature `metal`.
    #[cfg(feature = "metal")]
    Metal(usize),
}

impl DeviceChoice {
    fn open(self) -> Result<Device> {
        match self {
            DeviceChoice::Cpu => Ok(Device::Cpu),
            #[cfg(feature = "cuda")]
            DeviceChoice::Cuda(number) => Ok(Device::new_cuda(number)?),
            #[cfg(feature = "metal")]
            DeviceChoice::Metal(number) => Ok(Device::new_metal(number)?),
        }
    }
}

impl std::str::FromStr for DeviceChoice {
    type Err = EngineError;

    /// `cpu`, `cuda`, `cuda:1`, `metal`, … as far as this build has them.
    fn from_str(text: &str) -> Result<Self> {
        let (kind, number) = text.split_once(':').unwrap_or((text, "0"));
        let number: usize = number
            .parse()
            .map_err(|_| EngineError::Request(format!("{text:?} is no device: try cpu or cuda:0")))?;
        match (kind, number) {
            ("cpu", 0) => Ok(DeviceChoice::Cpu),
            #[cfg(feature = "cuda")]
            ("cuda", number) => Ok(DeviceChoice::Cuda(number)),
            #[cfg(feature = "metal")]
            ("metal", number) => Ok(DeviceChoice::Metal(number)),
            _ => Err(EngineError::Unsupported(format!("this build has no device {text:?}"))),
        }
    }
}

/// How to load a model.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// Folder of dequantised weights; made when missing.
    pub cache_dir: PathBuf,
    /// Cores for the arithmetic; 0 leaves it to `RAYON_NUM_THREADS`, or all of them.
    pub threads: usize,
    /// Where the arithmetic happens.
    pub device: DeviceChoice,
    /// Limits of the queue.
    pub limits: Limits,
    /// Exams that go on: the same for all engines that share a device.
    pub sittings: Sittings,
    /// How to cheat.
    #[cfg(feature = "adversary")]
    pub tamper: tamper::Tamper,
}

impl LoadOptions {
    /// Defaults, with a folder for dequantised weights.
    pub fn new(cache_dir: impl Into<PathBuf>) -> Self {
        LoadOptions {
            cache_dir: cache_dir.into(),
            threads: 0,
            device: DeviceChoice::default(),
            limits: Limits::default(),
            sittings: Sittings::default(),
            #[cfg(feature = "adversary")]
            tamper: tamper::Tamper::default(),
        }
    }
}

enum Model {
    Tokens(Arc<dyn TokenModel>),
    Embedding(Arc<Bert>),
}

/// A loaded model with its thread. Dropping it waits for the calls in progress.
pub struct Engine {
    model: Model,
    manifest: Manifest,
    renderer: Arc<PromptRenderer>,
    scheduler: Scheduler,
    counters: Arc<Counters>,
}

impl Engine {
    /// Loads a model; seconds for a small one, and longer the first time.
    pub fn load(local: &LocalModel, options: &LoadOptions) -> Result<Self> {
        let model = match local.load(options)? {
            Backend::Llama(model) => Model::Tokens(model),
            Backend::Bert(model) => Model::Embedding(model),
        };
        Self::assemble(model, local.manifest().clone(), local.bundle().clone(), options)
    }

    /// An engine over another implementation of [`TokenModel`].
    pub fn with_model(
        model: Arc<dyn TokenModel>,
        manifest: Manifest,
        bundle: TokenizerBundle,
        options: &LoadOptions,
    ) -> Result<Self> {
        Self::assemble(Model::Tokens(model), manifest, bundle, options)
    }

    fn assemble(
        model: Model,
        manifest: Manifest,
        bundle: TokenizerBundle,
        options: &LoadOptions,
    ) -> Result<Self> {
        let renderer = Arc::new(PromptRenderer::new(bundle)?);
        let scheduler = Scheduler::start(
            &manifest.architecture,
            options.threads,
            options.limits,
            options.sittings.clone(),
        )?;
        Ok(Engine { model, manifest, renderer, scheduler, counters: Arc::default() })
    }

    /// What this engine runs.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Renders prompts for this model.
    pub fn renderer(&self) -> &Arc<PromptRenderer> {
        &self.renderer
    }

    /// Tokens served so far.
    pub fn totals(&self) -> Totals {
        self.counters.totals()
    }

    /// Jobs waiting and in progress.
    pub fn queue(&self) -> Load {
        self.scheduler.load()
    }

    /// Token ids that the model knows; none for a model that makes embeddings.
    pub fn vocab(&self) -> usize {
        match &self.model {
            Model::Tokens(model) => model.vocab(),
            Model::Embedding(_) => 0,
        }
    }

    /// Takes no more calls; those in progress finish.
    pub fn close(&self) {
        self.scheduler.close();
    }

    fn tokens(&self) -> Result<&Arc<dyn TokenModel>> {
        match &self.model {
            Model::Tokens(model) => Ok(model),
            Model::Embedding(_) => Err(EngineError::Request("this model makes embeddings, not text".into())),
        }
    }

    /// Queues an answer.
    pub fn generate(&self, request: GenRequest) -> Result<Generation> {
        let model = self.tokens()?.clone();
        let (prompt, context) = (request.prompt_ids.len(), self.context(&model));
        if prompt == 0 {
            return Err(EngineError::Request("the prompt is empty".into()));
        }
        if prompt >= context {
            return Err(EngineError::ContextFull { prompt, context });
        }
        if request.max_tokens == 0 {
            return Err(EngineError::Request("max_tokens must be at least 1".into()));
        }
        check_vocabulary(&request.prompt_ids, model.vocab())?;
        let ending = Ending::new(&self.manifest.eos, &request.stops, request.max_tokens, prompt, context);
        // One place for every token and one for the end: the engine never waits for a slow reader.
        let (sender, events) = mpsc::channel(ending.limit().saturating_add(1));
        let cancel = CancellationToken::new();
        let key = request.key;
        let job = GenerateJob {
            model,
            request,
            ending,
            events: sender,
            cancel: cancel.clone(),
            counters: self.counters.clone(),
            sequence: None,
            fed: 0,
            output: Vec::new(),
        };
        self.scheduler.submit(key, Box::new(job))?;
        Ok(Generation { events, cancel })
    }

    /// Checks an answer: one pass over prompt and answer, in turn with everybody else under `key`.
    pub async fn verify(&self, key: Key, request: VerifyRequest) -> Result<Verification> {
        let model = self.tokens()?.clone();
        check_vocabulary(&request.prompt_ids, model.vocab())?;
        let (reply, answer) = oneshot::channel();
        let context = self.context(&model);
        let job = VerifyJob::new(model, request, &self.manifest.eos, context, self.counters.clone(), reply)?;
        self.scheduler.submit(key, Box::new(job))?;
        answer.await.map_err(|_| EngineError::Dropped("the engine stopped or failed".into()))?
    }

    /// The embedding of a tokenised text.
    pub async fn embed(&self, key: Key, ids: Vec<u32>) -> Result<Vec<f32>> {
        let Model::Embedding(model) = &self.model else {
            return Err(EngineError::Request("this model generates text, not embeddings".into()));
        };
        model.check(&ids)?;
        let (reply, answer) = oneshot::channel();
        let job = EmbedJob { model: model.clone(), ids, counters: self.counters.clone(), reply: Some(reply) };
        self.scheduler.submit(key, Box::new(job))?;
        answer.await.map_err(|_| EngineError::Dropped("the engine stopped or failed".into()))?
    }

    fn context(&self, model: &Arc<dyn TokenModel>) -> usize {
        model.max_context().min(self.manifest.max_context as usize)
    }
}

fn check_vocabulary(ids: &[u32], vocab: usize) -> Result<()> {
    match ids.iter().find(|id| **id as usize >= vocab) {
        Some(id) => {
            Err(EngineError::Request(format!("token id {id} is outside of the vocabulary of {vocab}")))
        }
        None => Ok(()),
    }
}
