//! `POST /v1/chat/completions`

use super::{
    answer::{self, Style},
    error::ApiError,
    openai, read_body, App,
};
use crate::fields::Fields;
use axum::{body::Body, extract::State, http::HeaderMap, response::Response};

/// Answers a chat.
pub async fn create(State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    let mut fields = Fields::parse(&read_body(&app, body).await?)?;
    let runner = answer::runner(&app, &fields.model()?)?;
    let payer = answer::payer(&app, &runner, &headers).await?;
    let limits = app.config().limits.clone();
    let call = answer::understand(&runner, move |runner| openai::chat(fields, runner, &limits)).await?;
    answer::generate(app, runner, call, payer, &headers, Style::Chat).await
}
