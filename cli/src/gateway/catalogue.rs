//! What can be asked for, from whom, and what is needed to render prompts for it.

use super::{endpoint, error::ApiError, market::Market, settings::Settings};
use axum::http::StatusCode;
use parking_lot::Mutex;
use souk_primitives::{
    call::Prices,
    views::{QuoteView, SpecView},
    Balance, Digest, SpecId,
};
use souk_sidecar::engine::{self, Manifest, ModelKind, PromptRenderer, TokenizerBundle};
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long specs and quotes are good for: about two blocks.
const FRESH: Duration = Duration::from_secs(6);
/// How old specs may be that a client is refused by.
const REFUSED_FRESH: Duration = Duration::from_millis(500);
/// Largest manifest and tokenizer bundle that are read.
const LARGEST: usize = 64 << 20;

/// What renders prompts of a spec.
pub struct Material {
    /// The manifest that the spec names.
    pub manifest: Manifest,
    /// Tokenizer and template.
    pub renderer: Arc<PromptRenderer>,
}

impl Material {
    /// Whether it makes embeddings.
    pub fn is_embedding(&self) -> bool {
        self.manifest.kind == ModelKind::Embedding
    }
}

/// Reads of the market, cached.
pub struct Catalogue {
    market: Arc<dyn Market>,
    settings: Settings,
    http: reqwest::Client,
    /// Folder of fetched material, by digest.
    folder: PathBuf,
    specs: Mutex<Option<(Instant, Vec<SpecView>)>>,
    quotes: Mutex<HashMap<SpecId, (Instant, Vec<QuoteView>)>>,
    material: Mutex<HashMap<Digest, Arc<Material>>>,
    fetching: tokio::sync::Mutex<()>,
}

/// What a consumer asks for, for finding a provider.
#[derive(Clone, Copy, Debug)]
pub struct Need {
    /// Tokens of the prompt.
    pub input: u32,
    /// Most tokens of the answer.
    pub output: u32,
}

impl Catalogue {
    /// An empty cache.
    pub fn new(market: Arc<dyn Market>, settings: Settings, http: reqwest::Client, folder: PathBuf) -> Self {
        Self {
            market,
            settings,
            http,
            folder,
            specs: Mutex::new(None),
            quotes: Mutex::default(),
            material: Mutex::default(),
            fetching: tokio::sync::Mutex::new(()),
        }
    }

    /// All specs.
    pub async fn specs(&self) -> Result<Vec<SpecView>, ApiError> {
        self.specs_since(FRESH).await
    }

    /// All specs as they were at most `age` ago.
    async fn specs_since(&self, age: Duration) -> Result<Vec<SpecView>, ApiError> {
        if let Some((at, specs)) = &*self.specs.lock() {
            if at.elapsed() < age {
                return Ok(specs.clone());
            }
        }
        let specs = self.market.specs().await?;
        *self.specs.lock() = Some((Instant::now(), specs.clone()));
        Ok(specs)
    }

    /// Who serves a spec.
    pub async fn quotes(&self, spec: SpecId) -> Result<Vec<QuoteView>, ApiError> {
        if let Some((at, quotes)) = self.quotes.lock().get(&spec) {
            if at.elapsed() < FRESH {
                return Ok(quotes.clone());
            }
        }
        let quotes = self.market.quotes(spec).await?;
        self.quotes.lock().insert(spec, (Instant::now(), quotes.clone()));
        Ok(quotes)
    }

    /// The spec that a client means: by the model's name, or by the spec's id. Of several, one that is audited and
    /// served comes first. A name is refused only after a look at what the chain says now: a spec may have been
    /// registered, or become audited, since it was last read.
    pub async fn named(&self, model: &str) -> Result<SpecView, ApiError> {
        match self.named_since(model, FRESH).await {
            Err(refusal) if refusal.status.is_client_error() => self.named_since(model, REFUSED_FRESH).await,
            answer => answer,
        }
    }

    async fn named_since(&self, model: &str, age: Duration) -> Result<SpecView, ApiError> {
        let unknown = || {
            ApiError::new(
                StatusCode::NOT_FOUND,
                "model_not_found",
                format!("the model {model:?} is not on the market; see /v1/models"),
            )
            .of("model")
        };
        let mut found: Vec<SpecView> = self
            .specs_since(age)
            .await?
            .into_iter()
            .filter(|spec| spec.model == model || format!("0x{}", hex::encode(spec.id)) == model)
            .collect();
        // Nobody owns a name: among audited specs, who listed first has it, and a later listing can't take it over.
        let first = found.iter().map(|spec| (!spec.audited, spec.listing)).min();
        found.retain(|spec| Some((!spec.audited, spec.listing)) == first);
        let mut ranked = Vec::new();
        for spec in found {
            ranked.push((!self.quotes(spec.id).await?.is_empty(), spec.version, spec));
        }
        let (_, _, spec) =
            ranked.into_iter().max_by_key(|(served, version, _)| (*served, *version)).ok_or_else(unknown)?;
        if !spec.audited && !self.settings.allow_unaudited {
            return Err(ApiError::bad(
                "unaudited",
                format!(
                    "{model:?} is not audited, so nobody checks its answers; allow it with --allow-unaudited"
                ),
            )
            .of("model"));
        }
        Ok(spec)
    }

    /// Providers of a spec within the consumer's limits, with what the call may cost at most: cheapest first, better
    /// record first among equals.
    pub async fn offers(&self, spec: &SpecView, need: Need) -> Result<Vec<(QuoteView, Balance)>, ApiError> {
        let quotes = self.quotes(spec.id).await?;
        if quotes.is_empty() {
            return Err(ApiError::unavailable(
                "no_provider",
                format!("nobody serves {:?} at the moment", spec.model),
            ));
        }
        let mut why = None;
        let mut offers = Vec::new();
        for quote in quotes {
            match self.within_limits(&quote, spec, need) {
                Ok(charge) => offers.push((quote, charge)),
                Err(error) => why = Some(error),
            }
        }
        offers.sort_by_key(|(quote, charge)| {
            (*charge, std::cmp::Reverse(quote.record), quote.provider.clone())
        });
        match (offers.is_empty(), why) {
            (true, Some(error)) => Err(error),
            _ => Ok(offers),
        }
    }

    fn within_limits(&self, quote: &QuoteView, spec: &SpecView, need: Need) -> Result<Balance, ApiError> {
        let settings = &self.settings;
        let over = |what: String| ApiError::new(StatusCode::PAYMENT_REQUIRED, "over_limit", what);
        let prices = Prices { per_1k_input: quote.per_1k_input, per_1k_output: quote.per_1k_output };
        if prices.per_1k_input > settings.max_price_input || prices.per_1k_output > settings.max_price_output
        {
            return Err(over(format!(
                "every provider of {:?} is dearer than the limits of this gateway (--max-price-input, --max-price-output)",
                spec.model
            )));
        }
        if quote.record < settings.min_record {
            return Err(over(format!(
                "no provider of {:?} has the record that --min-record asks for",
                spec.model
            )));
        }
        let charge = prices
            .charge(need.input, need.output)
            .filter(|charge| *charge <= settings.max_charge)
            .ok_or_else(|| {
                let limit = souk_client::souk(settings.max_charge);
                over(match prices.affordable_output(need.input, settings.max_charge) {
                    Some(most) if most > 0 => format!(
                        "the call could cost more than {limit} (--max-charge): for this prompt that pays for at most {most} max_tokens"
                    ),
                    _ => format!("the prompt alone costs more than {limit} (--max-charge)"),
                })
            })?;
        if spec.audited && charge > quote.room {
            return Err(ApiError::unavailable(
                "over_exposure",
                "the bonds of the providers do not cover such a call at the moment; ask for fewer max_tokens",
            ));
        }
        Ok(charge.max(1))
    }

    /// Manifest, tokenizer and template of a spec: from memory, from the disk, or from any provider, by digest.
    pub async fn material(&self, spec: &SpecView) -> Result<Arc<Material>, ApiError> {
        let digest = spec.manifest_digest;
        if let Some(material) = self.material.lock().get(&digest) {
            return Ok(material.clone());
        }
        // One fetch at a time: the others find it in memory.
        let _turn = self.fetching.lock().await;
        if let Some(material) = self.material.lock().get(&digest) {
            return Ok(material.clone());
        }
        let bytes = self.fetch(spec.id, "manifests", digest).await?;
        let bad = |e: engine::EngineError| ApiError::unavailable("bad_material", e.to_string());
        let manifest = Manifest::from_bytes(&bytes, Some(&engine::Digest(digest))).map_err(bad)?;
        let bytes = self.fetch(spec.id, "blobs", manifest.tokenizer.0).await?;
        let bundle = TokenizerBundle::from_bytes(&bytes, Some(&manifest.tokenizer)).map_err(bad)?;
        let renderer = tokio::task::spawn_blocking(move || PromptRenderer::new(bundle))
            .await
            .map_err(|_| ApiError::internal("the tokenizer can't be built"))?
            .map_err(bad)?;
        let material = Arc::new(Material { manifest, renderer: Arc::new(renderer) });
        self.material.lock().insert(digest, material.clone());
        Ok(material)
    }

    async fn fetch(&self, spec: SpecId, kind: &str, digest: Digest) -> Result<Vec<u8>, ApiError> {
        let name = hex::encode(digest);
        let path = self.folder.join(&name);
        if let Ok(bytes) = tokio::fs::read(&path).await {
            if sp_crypto_hashing::blake2_256(&bytes) == digest {
                return Ok(bytes);
            }
        }
        let mut last = ApiError::unavailable("no_provider", "nobody serves this model at the moment");
        for quote in self.quotes(spec).await? {
            match self.fetch_from(&quote, kind, &name, digest).await {
                Ok(bytes) => {
                    self.keep(&path, &bytes).await;
                    return Ok(bytes);
                }
                Err(why) => {
                    tracing::warn!(provider = %quote.provider, kind, why, "no material from a provider");
                    last = ApiError::unavailable(
                        "bad_material",
                        format!("no provider hands over the {kind} by digest: {why}"),
                    );
                }
            }
        }
        Err(last)
    }

    async fn fetch_from(
        &self,
        quote: &QuoteView,
        kind: &str,
        name: &str,
        digest: Digest,
    ) -> Result<Vec<u8>, String> {
        use futures::StreamExt;
        let base =
            endpoint::checked(&quote.endpoint, self.settings.private_endpoints).map_err(|e| e.to_string())?;
        let response = self
            .http
            .get(format!("{base}/v1/{kind}/{name}"))
            .timeout(Duration::from_secs(120))
            .send()
            .await
            .map_err(|e| e.without_url().to_string())?;
        if !response.status().is_success() {
            return Err(format!("it answered {}", response.status()));
        }
        let mut bytes = Vec::new();
        let mut body = response.bytes_stream();
        while let Some(chunk) = body.next().await {
            bytes.extend_from_slice(&chunk.map_err(|e| e.without_url().to_string())?);
            if bytes.len() > LARGEST {
                return Err("it is too large".into());
            }
        }
        match sp_crypto_hashing::blake2_256(&bytes) == digest {
            true => Ok(bytes),
            false => Err("it has another digest".into()),
        }
    }

    /// Keeps fetched bytes; a gateway without a disk to spare still works.
    async fn keep(&self, path: &std::path::Path, bytes: &[u8]) {
        let part = path.with_extension(format!("part{}", std::process::id()));
        let kept = async {
            tokio::fs::create_dir_all(&self.folder).await?;
            tokio::fs::write(&part, bytes).await?;
            tokio::fs::rename(&part, path).await
        };
        if let Err(error) = kept.await {
            tracing::warn!(%error, "can't keep fetched material");
        }
    }
}
