//! `POST /v1/completions`: what gateways use, with the token ids of the prompt that they rendered and signed.

use super::{
    answer::{self, Style},
    error::ApiError,
    openai, read_body, App,
};
use crate::fields::Fields;
use axum::{body::Body, extract::State, http::HeaderMap, response::Response};

/// Completes a text.
pub async fn create(State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    let mut fields = Fields::parse(&read_body(&app, body).await?)?;
    let runner = answer::runner(&app, &fields.model()?)?;
    let payer = answer::payer(&app, &runner, &headers).await?;
    let limits = app.config().limits.clone();
    let call = answer::understand(&runner, move |runner| openai::completion(fields, runner, &limits)).await?;
    answer::generate(app, runner, call, payer, &headers, Style::Text).await
}
