//! Errors at the edge, in the shape that OpenAI clients know.

use crate::{
    chain::ChainError,
    ledger::{LedgerError, Refusal, VoucherRefusal},
    runner::RunError,
};
use axum::{
    http::{header, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    Json,
};
use serde_json::{json, Value};

/// What a client is told when a call is not answered. Boxed: it travels through many results.
#[derive(Clone, Debug)]
pub struct ApiError(Box<Parts>);

/// The parts of an [`ApiError`].
#[derive(Clone, Debug)]
pub struct Parts {
    /// HTTP status.
    pub status: StatusCode,
    /// Machine-readable reason; also the label of the refusal metric.
    pub code: &'static str,
    /// What to do next, for people.
    pub message: String,
    /// The parameter at fault.
    pub param: Option<&'static str>,
    /// The quote of a 402.
    pub souk: Option<Value>,
    /// Receipt of a call that failed after it was bound.
    pub receipt: Option<String>,
    retry_after: Option<u32>,
    /// Bytes of what a range was asked of.
    length: Option<u64>,
}

impl std::ops::Deref for ApiError {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::ops::DerefMut for ApiError {
    fn deref_mut(&mut self) -> &mut Parts {
        &mut self.0
    }
}

impl ApiError {
    /// An error without extras.
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Box::new(Parts {
            status,
            code,
            message,
            param: None,
            souk: None,
            receipt: None,
            retry_after: None,
            length: None,
        }))
    }

    /// The request can't be understood or served as it is.
    pub fn bad(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// Names the parameter at fault.
    pub fn of(mut self, param: &'static str) -> Self {
        self.param = Some(param);
        self
    }

    /// A payment that is missing or short; the quote is added by the caller.
    pub fn payment(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYMENT_REQUIRED, code, message)
    }

    /// Nothing of that name.
    pub fn not_found(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, code, message)
    }

    /// A model that is not served here.
    pub fn unknown_model(name: &str) -> Self {
        Self::not_found("model_not_found", format!("the model {name:?} is not served here; see /v1/models"))
            .of("model")
    }

    /// Too many calls.
    pub fn busy(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message).after(2)
    }

    /// Something broke here.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal_error", message)
    }

    /// When to try again, in seconds.
    pub fn after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Says how many bytes there are.
    pub fn of_length(mut self, bytes: u64) -> Self {
        self.length = Some(bytes);
        self
    }

    /// Adds the quote.
    pub fn with_quote(mut self, quote: Value) -> Self {
        self.souk = Some(quote);
        self
    }

    /// Adds a receipt.
    pub fn with_receipt(mut self, receipt: Option<String>) -> Self {
        self.receipt = receipt;
        self
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
        let mut body = json!({
            "error": { "message": self.message, "type": kind, "param": self.param, "code": self.code }
        });
        if let (Some(souk), Some(map)) = (&self.souk, body.as_object_mut()) {
            map.insert("souk".into(), souk.clone());
        }
        body
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body())).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        let range = self.length.map(|bytes| HeaderValue::from_str(&format!("bytes */{bytes}")));
        if let Some(Ok(range)) = range {
            response.headers_mut().insert(header::CONTENT_RANGE, range);
        }
        if let Some(receipt) = self.receipt.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
            response.headers_mut().insert(HeaderName::from_static("x-souk-receipt"), receipt);
        }
        response.extensions_mut().insert(Code(self.code));
        response
    }
}

/// The error's code, for the metrics.
#[derive(Clone, Copy, Debug)]
pub struct Code(pub &'static str);

impl From<RunError> for ApiError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Busy => ApiError::busy(error.to_string()),
            RunError::BadInput(message) => ApiError::bad("invalid_input", message),
            RunError::Failed(_) => ApiError::internal(error.to_string()),
        }
    }
}

impl From<LedgerError> for ApiError {
    fn from(error: LedgerError) -> Self {
        tracing::error!(%error, "ledger failure");
        // Disk errors hold paths: the log is the place for them.
        ApiError::internal("the provider's ledger failed; nothing was charged")
    }
}

impl From<ChainError> for ApiError {
    fn from(error: ChainError) -> Self {
        tracing::warn!(%error, "chain not available");
        ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "chain_unavailable",
            "the provider can't reach its node; try again shortly",
        )
        .after(3)
    }
}

impl From<VoucherRefusal> for ApiError {
    fn from(refusal: VoucherRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            VoucherRefusal::WrongChain => ApiError::bad("wrong_chain", message),
            VoucherRefusal::WrongChannel => ApiError::bad("wrong_channel", message),
            VoucherRefusal::Signature => {
                ApiError::new(StatusCode::UNAUTHORIZED, "bad_voucher_signature", message)
            }
            VoucherRefusal::OverDeposit { .. } => ApiError::payment("voucher_over_deposit", message),
            VoucherRefusal::Unanswered { .. } => ApiError::bad("voucher_ahead", message),
            VoucherRefusal::Stale { .. } => ApiError::new(StatusCode::CONFLICT, "stale_voucher", message),
            VoucherRefusal::WrongTotal { .. } => ApiError::bad("voucher_wrong_total", message),
            VoucherRefusal::WrongRoot => ApiError::bad("voucher_wrong_root", message),
        }
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            Refusal::SeqTaken { .. } => ApiError::new(StatusCode::CONFLICT, "seq_taken", message),
            Refusal::InProgress { .. } => {
                ApiError::new(StatusCode::CONFLICT, "call_in_progress", message).after(1)
            }
            Refusal::SeqGap { .. } => ApiError::new(StatusCode::CONFLICT, "seq_gap", message),
            Refusal::Uncovered { .. } => ApiError::payment("voucher_short", message),
            Refusal::OverDeposit { .. } => ApiError::payment("over_deposit", message),
            Refusal::Voucher(refusal) => refusal.into(),
        }
    }
}
