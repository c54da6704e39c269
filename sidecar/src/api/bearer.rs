//! The private APIs on the loopback listener: each wants a bearer token of its own.

use super::error::ApiError;
use crate::secrets::Secret;
use axum::{
    extract::{Request, State},
    http::{header, StatusCode},
    middleware::{self, Next},
    response::Response,
    Router,
};

/// Who may ask.
#[derive(Clone)]
pub struct Bearer(Secret);

impl Bearer {
    /// Lets only requests with the token through to the routes.
    pub fn guard(routes: Router, token: Secret) -> Router {
        routes.layer(middleware::from_fn_with_state(Self(token), authenticate))
    }
}

async fn authenticate(
    State(bearer): State<Bearer>,
    request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let offered = request
        .headers()
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    match offered {
        Some(token) if bearer.0.matches(token.trim()) => Ok(next.run(request).await),
        _ => Err(ApiError::new(StatusCode::UNAUTHORIZED, "bad_token", "this API needs its bearer token")),
    }
}
