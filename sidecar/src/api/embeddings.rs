//! `POST /v1/embeddings`

use super::{
    answer::{self, stored_receipt, unrepeatable, with_receipt},
    error::ApiError,
    openai, read_body, App,
};
use crate::{
    calls::{self, Bound},
    fields::Fields,
};
use axum::{
    body::Body,
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
    Json,
};
use base64::{engine::general_purpose::STANDARD, Engine};
use serde_json::{json, Value};
use souk_primitives::transcript::Answer;

/// Embeds one text, or without payment several.
pub async fn create(State(app): State<App>, headers: HeaderMap, body: Body) -> Result<Response, ApiError> {
    let mut fields = Fields::parse(&read_body(&app, body).await?)?;
    let model = fields.model()?;
    let runner = answer::runner(&app, &model)?;
    let base64 = fields.base64()?;
    let payer = answer::payer(&app, &runner, &headers).await?;
    let bodies = answer::understand(&runner, move |runner| openai::embeddings(fields, runner)).await?;
    let tokens: usize = bodies.iter().map(|body| body.prompt_ids.len()).sum();
    let Some(first) = bodies.first() else { return Err(ApiError::bad("invalid_input", "no input")) };
    let authorised = answer::pay(&app, &runner, first, payer, &headers).await?;
    let mut vectors = Vec::new();
    let mut receipt = None;
    match authorised {
        Some(_) if bodies.len() > 1 => {
            return Err(ApiError::bad("unsupported_parameter", "a paid call embeds one input").of("input"));
        }
        Some(authorised) => {
            let place = answer::place(&app, Some(&authorised))?;
            let body = authorised.order.body.clone();
            match answer::bind(&app, &runner, authorised, &headers).await? {
                Bound::Answered(stored) => {
                    if let Some(error) = unrepeatable(&app, &stored) {
                        return Err(error);
                    }
                    receipt = stored_receipt(&app, &stored);
                    match stored.answer {
                        Some(Answer::Vector(bits)) => {
                            vectors.push(bits.into_iter().map(f32::from_bits).collect())
                        }
                        _ => return Err(ApiError::bad("wrong_endpoint", "this call was a generation")),
                    }
                }
                Bound::Run(paid) => {
                    let (vector, signed) =
                        calls::embed(&app, runner.clone(), body, Some(*paid), place).await?;
                    vectors.push(vector);
                    receipt = signed;
                }
            }
        }
        None => {
            for body in bodies {
                let place = answer::place(&app, None)?;
                vectors.push(calls::embed(&app, runner.clone(), body, None, place).await?.0);
            }
        }
    }
    let data: Vec<Value> = vectors
        .iter()
        .enumerate()
        .map(|(index, vector): (usize, &Vec<f32>)| {
            let embedding = if base64 {
                let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
                json!(STANDARD.encode(bytes))
            } else {
                json!(vector)
            };
            json!({ "object": "embedding", "index": index, "embedding": embedding })
        })
        .collect();
    let answer = json!({
        "object": "list",
        "data": data,
        "model": runner.info().name,
        "usage": { "prompt_tokens": tokens, "total_tokens": tokens },
    });
    Ok(with_receipt(Json(answer).into_response(), receipt))
}
