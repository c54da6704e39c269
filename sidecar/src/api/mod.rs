//! The public API: OpenAI's routes, paid by vouchers, and what consumers and committees need beside them.

mod answer;
mod asker;
mod bearer;
mod chat;
mod completions;
mod embeddings;
pub mod error;
mod evidence;
mod fetch;
mod limits;
mod material;
mod openai;
mod places;
mod purchases;
mod range;
mod service;
mod stream;
mod transcripts;

pub use bearer::Bearer;
pub use limits::RateLimiter;
pub use places::{Full, Place, Places};

use crate::{
    adversary::Cheat,
    chain::cache::Facts,
    chain::Chain,
    config::Config,
    ledger::Ledger,
    models::Models,
    sales::{SaleError, Shop},
    server::Peer,
    telemetry::Metrics,
};
use axum::{
    body::{Body, Bytes},
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
    Router,
};
use error::{ApiError, Code};
use souk_primitives::{sr25519, AccountId, ChannelId, Digest};
use sp_core::Pair;
use std::{sync::Arc, time::Duration};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower_http::catch_panic::CatchPanicLayer;
use transcripts::Transcripts;

/// Questions for transcripts a second of one key, on average.
const FETCH_RATE: f64 = 2.0;
/// Such questions in a burst: a member of several committees has one key.
const FETCH_BURST: u32 = 32;
/// Questions for a copy a second of one key, on average: chunks may be fetched one by one.
const COPY_RATE: f64 = 50.0;
/// Such questions in a burst.
const COPY_BURST: u32 = 200;
/// Questions how far a copy is, or for single chunks, a second of one key, on average.
const LOOK_RATE: f64 = 5.0;
/// Such questions in a burst.
const LOOK_BURST: u32 = 50;

/// Everything that a request can reach. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    config: Config,
    models: Models,
    ledger: Arc<Ledger>,
    facts: Facts,
    receipt_pair: Option<sr25519::Pair>,
    metrics: Metrics,
    rates: RateLimiter<ChannelId>,
    misses: RateLimiter<Peer>,
    fetches: RateLimiter<Digest>,
    copies: RateLimiter<Digest>,
    looks: RateLimiter<Digest>,
    transcripts: Transcripts,
    places: Places<AccountId>,
    shop: Option<Arc<Shop>>,
    tasks: TaskTracker,
    draining: CancellationToken,
    cancel: CancellationToken,
    cheat: Cheat,
}

impl App {
    /// Puts the parts together.
    pub fn new(
        config: Config,
        models: Models,
        ledger: Ledger,
        chain: Arc<dyn Chain>,
        receipt_pair: Option<sr25519::Pair>,
        shop: Option<Shop>,
        cheat: Cheat,
    ) -> Result<Self, prometheus::Error> {
        Ok(Self(Arc::new(Inner {
            rates: RateLimiter::new(config.limits.channel_rate, config.limits.channel_burst),
            misses: RateLimiter::new(config.limits.unknown_rate, config.limits.unknown_burst),
            fetches: RateLimiter::new(FETCH_RATE, FETCH_BURST),
            copies: RateLimiter::new(COPY_RATE, COPY_BURST),
            looks: RateLimiter::new(LOOK_RATE, LOOK_BURST),
            shop: shop.map(Arc::new),
            transcripts: Transcripts::default(),
            places: Places::new(config.limits.calls, config.limits.calls_per_consumer),
            models,
            ledger: Arc::new(ledger),
            facts: Facts::new(chain),
            receipt_pair,
            metrics: Metrics::new()?,
            tasks: TaskTracker::new(),
            draining: CancellationToken::new(),
            cancel: CancellationToken::new(),
            cheat,
            config,
        })))
    }

    /// The configuration.
    pub fn config(&self) -> &Config {
        &self.0.config
    }
    /// The loaded models.
    pub fn models(&self) -> &Models {
        &self.0.models
    }
    /// The ledger.
    pub fn ledger(&self) -> &Arc<Ledger> {
        &self.0.ledger
    }
    /// Cached chain facts.
    pub fn facts(&self) -> &Facts {
        &self.0.facts
    }
    /// The chain.
    pub fn chain(&self) -> &Arc<dyn Chain> {
        self.0.facts.chain()
    }
    /// The key that signs receipts.
    pub fn receipt_pair(&self) -> Option<&sr25519::Pair> {
        self.0.receipt_pair.as_ref()
    }
    /// Its public part.
    pub fn receipt_key(&self) -> Option<Digest> {
        self.receipt_pair().map(|pair| pair.public().0)
    }
    /// Metrics.
    pub fn metrics(&self) -> &Metrics {
        &self.0.metrics
    }
    /// Tasks that must end before the process does.
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }
    /// How this provider cheats: not at all, but in the test-suite.
    pub fn cheat(&self) -> Cheat {
        self.0.cheat
    }
    /// Seconds that a client may leave a stream unread.
    pub fn write_timeout(&self) -> Duration {
        Duration::from_secs(self.0.config.limits.write_secs)
    }
    /// Seconds that one call may take.
    pub fn call_timeout(&self) -> Duration {
        Duration::from_secs(self.0.config.limits.call_secs)
    }
    /// Seconds that a client may take for the rest of a stream, once the model is done with it.
    pub fn drain_timeout(&self) -> Duration {
        Duration::from_secs(self.0.config.limits.drain_secs)
    }
    /// Calls that run, wait, or are being sent.
    pub fn running(&self) -> usize {
        self.0.places.calls()
    }
    /// Counts a call of a channel against its rate.
    pub fn rate(&self, channel: &ChannelId) -> Result<(), ApiError> {
        self.0.rates.take(channel).map_err(|seconds| {
            ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", "too many calls of this channel")
                .after(seconds)
        })
    }
    /// Counts a committee member's question for a transcript against its rate.
    pub fn fetch_rate(&self, key: &Digest) -> Result<(), ApiError> {
        self.0.fetches.take(key).map_err(|seconds| {
            let message = "too many questions for transcripts with this key";
            ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message).after(seconds)
        })
    }
    /// Counts a buyer's question for a copy against its rate; `is_look` for one that costs more than it brings.
    pub fn copy_rate(&self, key: &Digest, is_look: bool) -> Result<(), ApiError> {
        let looked = if is_look { self.0.looks.take(key) } else { Ok(()) };
        looked.and_then(|()| self.0.copies.take(key)).map_err(|seconds| {
            let message = "too many requests with this key; a whole copy can be fetched in one";
            ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message).after(seconds)
        })
    }
    /// What is sold, if this sidecar has a store.
    pub fn shop(&self) -> Option<&Arc<Shop>> {
        self.0.shop.as_ref()
    }
    /// Whether an open purchase needs a content, also one whose copy was not begun.
    pub async fn is_sold(&self, root: Digest) -> Result<bool, SaleError> {
        let Some(shop) = self.shop() else { return Ok(false) };
        if shop.vault().with(move |vault| vault.needs(&root)).await? {
            return Ok(true);
        }
        if self.chain().seller().is_none() {
            return Ok(false);
        }
        let sales = self.facts().sales().await?;
        Ok(sales.iter().any(|sale| sale.content_root == root && !sale.stage.is_ended()))
    }
    /// Transcripts that are being handed out.
    pub fn transcripts(&self) -> &Transcripts {
        &self.0.transcripts
    }
    /// A place for one more call of a consumer.
    pub fn place(&self, consumer: Option<&AccountId>) -> Result<Place<AccountId>, ApiError> {
        if self.0.draining.is_cancelled() {
            return Err(ApiError::busy("this provider is shutting down"));
        }
        self.0.places.take(consumer).map_err(|full| {
            ApiError::busy(match full {
                Full::Share => "this consumer has its share of the provider's places; wait for an answer",
                Full::All => "this provider is busy; try again shortly",
            })
        })
    }
    /// New calls are refused from now on.
    pub fn drain(&self) {
        self.0.draining.cancel();
    }
    /// Running calls end now, with receipts for what was sent.
    pub fn cancel(&self) {
        self.0.cancel.cancel();
    }
    /// Waits for [`App::cancel`].
    pub async fn cancelled(&self) {
        self.0.cancel.cancelled().await;
    }
}

/// The routes.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/v1/chat/completions", post(chat::create))
        .route("/v1/completions", post(completions::create))
        .route("/v1/embeddings", post(embeddings::create))
        .route("/v1/models", get(service::models))
        .route("/v1/models/{name}", get(service::model))
        .route("/v1/receipts/{channel}/{seq}", get(evidence::receipt))
        .route("/v1/vouchers", post(evidence::voucher))
        .route("/v1/channels/{id}", get(evidence::channel))
        .route("/v1/transcripts/{audit}", get(evidence::transcript))
        .route("/v1/purchases/{id}", get(purchases::show))
        .route("/v1/purchases/{id}/digests/plain", get(purchases::plain_digests))
        .route("/v1/purchases/{id}/digests/encrypted", get(purchases::encrypted_digests))
        .route("/v1/purchases/{id}/copy", get(purchases::copy))
        .route("/v1/purchases/{id}/chunks/{index}", get(purchases::chunk))
        .route("/v1/manifests/{digest}", get(material::manifest))
        .route("/v1/blobs/{digest}", get(material::blob))
        .route("/health", get(service::health))
        .fallback(|| async { ApiError::not_found("not_found", "no such route") })
        .method_not_allowed_fallback(|| async {
            ApiError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this route has another method",
            )
        })
        .layer(middleware::from_fn_with_state(app.clone(), count_refusals))
        .layer(middleware::from_fn(asker::remember))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(
            tower_http::cors::CorsLayer::permissive()
                .expose_headers(purchases::EXPOSED.map(axum::http::HeaderName::from_static)),
        )
        .with_state(app)
}

/// The routes of the connections that are kept free for committees.
pub fn reserved(app: App) -> Router {
    Router::new()
        .route("/v1/transcripts/{audit}", get(evidence::transcript))
        .fallback(|| async { ApiError::busy("this provider has too many connections; try again shortly") })
        .layer(middleware::from_fn(asker::remember))
        .layer(CatchPanicLayer::custom(panicked))
        .with_state(app)
}

/// The metrics, on a listener of their own.
pub fn metrics(app: App) -> Router {
    Router::new()
        .route("/metrics", get(service::metrics))
        .fallback(|| async { ApiError::not_found("not_found", "no such route") })
        .with_state(app)
}

fn panicked(_: Box<dyn std::any::Any + Send>) -> Response {
    ApiError::internal("the provider failed on this request").into_response()
}

async fn count_refusals(State(app): State<App>, request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if let Some(Code(code)) = response.extensions().get() {
        app.metrics().refused(code);
    }
    response
}

/// Reads a body within its limits of size and time.
async fn read_body(app: &App, body: Body) -> Result<Bytes, ApiError> {
    let limits = &app.config().limits;
    let read = axum::body::to_bytes(body, limits.body_bytes);
    match tokio::time::timeout(Duration::from_secs(limits.body_secs), read).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) => {
            use std::error::Error;
            let too_large =
                error.source().is_some_and(|source| source.to_string().contains("length limit exceeded"));
            Err(if too_large {
                let most = limits.body_bytes;
                ApiError::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "body_too_large",
                    format!("a request may have {most} bytes"),
                )
            } else {
                ApiError::bad("incomplete_body", "the request's body broke off")
            })
        }
        Err(_) => Err(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "slow_client",
            format!("the body did not arrive in {} seconds", limits.body_secs),
        )),
    }
}

/// 32 bytes of hex in a path.
pub(crate) fn path_digest(text: &str) -> Result<Digest, ApiError> {
    let mut digest = [0; 32];
    hex::decode_to_slice(text.trim_start_matches("0x"), &mut digest)
        .map_err(|_| ApiError::bad("malformed_id", "an id is 32 bytes of hex"))?;
    Ok(digest)
}
