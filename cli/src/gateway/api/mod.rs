//! The gateway's API: OpenAI's routes on localhost.
//!
//! It spends money for whoever can reach it, so it listens on localhost, answers only to a local `Host` (or an API key),
//! and takes only `application/json`: a web page can't reach it by a simple cross-origin request or a rebound name.

mod channels;
mod embeddings;
mod generate;
mod info;
mod openai;

use super::{call::Caller, catalogue::Catalogue, error::ApiError, Gateway};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{header, HeaderMap, StatusCode},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
    Router,
};
use souk_sidecar::fields::Fields;
use std::sync::Arc;

/// Largest body that is read.
const LARGEST_BODY: usize = 4 << 20;

/// Everything that a request can reach.
#[derive(Clone)]
pub struct App {
    gateway: Gateway,
    guard: Arc<Guard>,
}

/// Who may use the gateway.
#[derive(Clone, Default)]
pub struct Guard {
    /// A key that clients must send as `Authorization: Bearer`.
    pub api_key: Option<zeroize::Zeroizing<String>>,
    /// Further names under which it may be reached.
    pub hosts: Vec<String>,
}

impl App {
    /// The caller.
    pub fn caller(&self) -> &Arc<Caller> {
        &self.gateway.caller
    }

    /// What there is.
    pub fn catalogue(&self) -> &Arc<Catalogue> {
        &self.gateway.caller.catalogue
    }

    fn default_max_tokens(&self) -> u32 {
        self.gateway.caller.settings.default_max_tokens
    }
}

/// All routes.
pub fn router(gateway: Gateway, guard: Guard) -> Router {
    let app = App { gateway, guard: Arc::new(guard) };
    Router::new()
        .route("/v1/chat/completions", post(generate::chat))
        .route("/v1/completions", post(generate::completion))
        .route("/v1/embeddings", post(embeddings::create))
        .route("/v1/models", get(info::models))
        .route("/v1/models/{name}", get(info::model))
        .route("/souk/status", get(info::status))
        .route("/souk/channels/{id}/close", post(channels::close))
        .route("/souk/calls", get(info::calls))
        .route("/souk/calls/{id}", get(info::call))
        .layer(middleware::from_fn_with_state(app.clone(), admit))
        .route("/health", get(info::health))
        .fallback(|| async {
            ApiError::new(StatusCode::NOT_FOUND, "unknown_route", "no such route; the API is under /v1")
        })
        .method_not_allowed_fallback(|| async {
            ApiError::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                "this route takes another method",
            )
        })
        .with_state(app)
}

async fn admit(State(app): State<App>, request: Request, next: Next) -> Response {
    if let Err(error) = app.guard.check(request.headers()) {
        return error.into_response();
    }
    next.run(request).await
}

impl Guard {
    fn check(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        if let Some(key) = &self.api_key {
            let sent = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            let sent = sent.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
            // Digests have one length: comparing them tells nothing by time.
            let (a, b) = (
                sp_crypto_hashing::blake2_256(key.as_bytes()),
                sp_crypto_hashing::blake2_256(sent.as_bytes()),
            );
            if a.iter().zip(b).fold(0u8, |difference, (x, y)| difference | (x ^ y)) != 0 {
                let message = "this gateway asks for its API key";
                return Err(ApiError::new(StatusCode::UNAUTHORIZED, "invalid_api_key", message));
            }
        }
        let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or("localhost");
        let name = host.rsplit_once(':').map_or(host, |(name, port)| {
            if port.bytes().all(|b| b.is_ascii_digit()) {
                name
            } else {
                host
            }
        });
        let local = matches!(name, "localhost" | "127.0.0.1" | "[::1]");
        if !local && !self.hosts.iter().any(|known| known == name) {
            let message = "this gateway is reached as localhost; other names are given with --host-name";
            return Err(ApiError::new(StatusCode::FORBIDDEN, "unknown_host", message));
        }
        Ok(())
    }
}

/// Reads the fields of a JSON body.
async fn read_fields(headers: &HeaderMap, body: Body) -> Result<Fields, ApiError> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json") {
        return Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "send the body as application/json",
        ));
    }
    let bytes = axum::body::to_bytes(body, LARGEST_BODY).await.map_err(|_| {
        let message = format!("the body is over {} MiB or did not come whole", LARGEST_BODY >> 20);
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message)
    })?;
    Ok(Fields::parse(&bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(guard: &Guard, pairs: &[(&'static str, &str)]) -> Option<&'static str> {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        guard.check(&headers).err().map(|error| error.code)
    }

    #[test]
    fn only_local_names_should_be_answered() {
        let guard = Guard { api_key: None, hosts: vec!["box.lan".into()] };
        for good in ["localhost:8899", "127.0.0.1:8899", "[::1]:8899", "localhost", "box.lan:1"] {
            assert_eq!(check(&guard, &[("host", good)]), None, "{good}");
        }
        for bad in ["evil.example", "evil.example:8899", "127.0.0.1.evil.example"] {
            assert_eq!(check(&guard, &[("host", bad)]), Some("unknown_host"), "{bad}");
        }
    }

    #[test]
    fn api_key_should_be_asked_for_when_there_is_one() {
        let guard = Guard { api_key: Some("secret".to_string().into()), hosts: vec![] };
        assert_eq!(check(&guard, &[]), Some("invalid_api_key"));
        assert_eq!(check(&guard, &[("authorization", "Bearer wrong")]), Some("invalid_api_key"));
        assert_eq!(check(&guard, &[("authorization", "Bearer secret")]), None);
    }
}
