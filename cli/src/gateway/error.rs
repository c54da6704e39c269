//! Errors at the edge, in the shape that OpenAI clients know.

use axum::{
    http::{header, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    Json,
};
use serde_json::{json, Value};

/// What a client is told when a call is not answered.
#[derive(Clone, Debug)]
pub struct ApiError {
    /// HTTP status.
    pub status: StatusCode,
    /// Machine-readable reason.
    pub code: &'static str,
    /// What to do next, for people.
    pub message: String,
    /// The parameter at fault.
    pub param: Option<&'static str>,
}

impl ApiError {
    /// An error.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), param: None }
    }

    /// The request can't be served as it is.
    pub fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// Names the parameter at fault.
    pub fn of(mut self, param: &'static str) -> Self {
        self.param = Some(param);
        self
    }

    /// Providers or chain can't serve it now.
    pub fn unavailable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code, message)
    }

    /// Something broke here.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
    }

    /// The body, which streams carry too.
    pub fn body(&self) -> Value {
        let kind = match self.status {
            StatusCode::PAYMENT_REQUIRED => "payment_required",
            StatusCode::UNAUTHORIZED => "authentication_error",
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            status if status.is_server_error() => "server_error",
            _ => "invalid_request_error",
        };
        json!({ "error": { "message": self.message, "type": kind, "param": self.param, "code": self.code } })
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        if matches!(self.status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

impl From<souk_client::Error> for ApiError {
    fn from(error: souk_client::Error) -> Self {
        ApiError::unavailable("chain_unavailable", error.to_string())
    }
}

/// Code of the error when another process has the store.
pub const STORE_IN_USE: &str = "store_in_use";

impl From<super::store::StoreError> for ApiError {
    fn from(error: super::store::StoreError) -> Self {
        if matches!(error, super::store::StoreError::InUse) {
            return ApiError::new(StatusCode::CONFLICT, STORE_IN_USE, error.to_string());
        }
        tracing::error!(%error, "store failure");
        // Disk errors hold paths: the log is the place for them.
        ApiError::internal("the gateway's store failed; nothing more is signed until it works again")
    }
}
