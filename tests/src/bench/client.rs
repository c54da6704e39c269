//! An OpenAI client with a stopwatch.

use crate::market::models::CHAT;
use anyhow::{bail, ensure, Context, Result};
use futures::StreamExt;
use serde_json::{json, Value};
use std::time::{Duration, Instant};

/// An OpenAI API.
#[derive(Clone)]
pub struct Api {
    http: reqwest::Client,
    base: String,
}

/// A complete answer.
#[derive(Clone, Debug)]
pub struct Whole {
    /// Milliseconds from sending the request to having read the answer.
    pub millis: f64,
    /// The text.
    pub text: String,
    /// Tokens of the answer.
    pub tokens: u64,
}

impl Api {
    /// The API at `base`, such as `http://127.0.0.1:8899/v1`.
    pub fn new(base: impl Into<String>) -> Result<Self> {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(300)).build()?;
        Ok(Api { http, base: base.into() })
    }

    fn post(&self, question: &str, max_tokens: u32, stream: bool) -> reqwest::RequestBuilder {
        let mut body = json!({
            "model": CHAT,
            "messages": [{ "role": "user", "content": question }],
            "temperature": 0,
            "max_tokens": max_tokens,
        });
        if stream {
            body["stream"] = true.into();
        }
        self.http.post(format!("{}/chat/completions", self.base)).json(&body)
    }

    /// Asks greedily and waits for the whole answer.
    pub async fn whole(&self, question: &str, max_tokens: u32) -> Result<Whole> {
        let began = Instant::now();
        let answer = self.post(question, max_tokens, false).send().await?;
        let status = answer.status();
        let body: Value = answer.json().await?;
        let millis = began.elapsed().as_secs_f64() * 1e3;
        ensure!(status.is_success(), "{} answered {status}: {body}", self.base);
        Ok(Whole {
            millis,
            text: body["choices"][0]["message"]["content"].as_str().context("no text")?.into(),
            tokens: body["usage"]["completion_tokens"].as_u64().context("no usage")?,
        })
    }

    /// Asks greedily with streaming. Milliseconds to the first text.
    pub async fn first(&self, question: &str, max_tokens: u32) -> Result<f64> {
        let began = Instant::now();
        let answer = self.post(question, max_tokens, true).send().await?;
        let status = answer.status();
        if !status.is_success() {
            bail!("{} answered {status}: {}", self.base, answer.text().await?);
        }
        let mut stream = answer.bytes_stream();
        let (mut buffer, mut first) = (Vec::new(), None);
        while let Some(bytes) = stream.next().await {
            buffer.extend_from_slice(&bytes?);
            while let Some(end) = buffer.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = buffer.drain(..=end).collect();
                let line = String::from_utf8_lossy(&line);
                let Some(data) = line.trim().strip_prefix("data:").map(str::trim) else { continue };
                if data == "[DONE]" {
                    return first.context("a stream without text");
                }
                let value: Value = serde_json::from_str(data)?;
                ensure!(value.get("error").is_none(), "the stream broke off: {value}");
                let text = value["choices"][0]["delta"]["content"].as_str().unwrap_or_default();
                if !text.is_empty() {
                    first.get_or_insert_with(|| began.elapsed().as_secs_f64() * 1e3);
                }
            }
        }
        bail!("the stream ended without [DONE]")
    }
}
