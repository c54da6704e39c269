//! A sidecar on a free port with a fake model and a fake chain, and a consumer with its keys.

use crate::{
    chain::fake::{consumer, FakeChain, GENESIS, RECEIPT_URI, SEED, SPEC},
    config::{Config, Model},
    models::Models,
    payment::{decode_signed, encode_signed, RECEIPT},
    runner::{Event, Generation, Measured, Message, ModelInfo, RunError, Runner},
    server::{self, Sidecar},
};
use base64::{engine::general_purpose::STANDARD, Engine};
use codec::Encode;
use futures::future::BoxFuture;
use serde_json::{json, Value};
use souk_primitives::{
    call::{CallBody, CallKind, Finish, Receipt, Request, Signed, Voucher},
    fetch::Fetch,
    hash, sumtree,
    views::SpecView,
    ChannelId, Digest,
};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

pub const MANIFEST: Digest = [0xaa; 32];
pub const CONTEXT: u32 = 64;
const END: u32 = 2;
/// Tokens are ten more than a byte.
const VOCAB: u32 = 266;

/// A model whose tokens are hashes of seed, prompt and position: deterministic, and different for any other input.
pub struct FakeModel {
    pub info: ModelInfo,
    pub pause: Duration,
}

pub fn model(pause: Duration) -> Arc<FakeModel> {
    let info = ModelInfo {
        name: "fake".into(),
        kind: CallKind::Generate,
        max_context: CONTEXT,
        manifest_digest: MANIFEST,
        end_tokens: vec![END],
        vocab: VOCAB,
    };
    Arc::new(FakeModel { info, pause })
}

pub fn token(call: &Generation, at: usize) -> u32 {
    let prompt: Vec<u8> = call.prompt.iter().flat_map(|id| id.to_le_bytes()).collect();
    let temperature = call.temperature_milli.to_le_bytes();
    10 + u32::from(hash(&[&call.seed, &prompt, &temperature, &(at as u64).to_le_bytes()])[0])
}

impl Runner for FakeModel {
    fn info(&self) -> &ModelInfo {
        &self.info
    }
    fn render(&self, messages: &[Message]) -> Result<Vec<u32>, RunError> {
        self.tokenize(&messages.iter().map(|m| m.content.as_str()).collect::<String>(), true)
    }
    fn tokenize(&self, text: &str, _: bool) -> Result<Vec<u32>, RunError> {
        Ok(text.bytes().map(u32::from).collect())
    }
    fn detokenize(&self, ids: &[u32]) -> String {
        ids.iter().map(|id| format!("{id} ")).collect()
    }
    fn generate(&self, call: Generation) -> Result<mpsc::Receiver<Event>, RunError> {
        let (out, events) = mpsc::channel(4);
        let (pause, broken) = (self.pause, call.prompt.first() == Some(&u32::from(b'!')));
        tokio::spawn(async move {
            for at in 0..call.max_tokens as usize {
                if !pause.is_zero() {
                    tokio::time::sleep(pause).await;
                }
                if broken && at == 1 {
                    let _ = out.send(Event::Failed("a broken prompt".into())).await;
                    return;
                }
                let id = token(&call, at);
                if out.send(Event::Token { id, text: format!("{id} ") }).await.is_err() {
                    return;
                }
            }
            let _ = out.send(Event::End { finish: Finish::Length, text: String::new() }).await;
        });
        Ok(events)
    }
    fn measure(&self, call: Generation, answer: Vec<u32>) -> BoxFuture<'static, Result<Measured, RunError>> {
        Box::pin(async move {
            let wrong = answer.iter().enumerate().filter(|(at, id)| **id != token(&call, *at)).count() as u32;
            let n = answer.len() as u32;
            let margin = (5_000_000 * wrong).checked_div(n).unwrap_or(0);
            Ok(Measured { n, mean_margin: margin, max_window: margin, max_margin: 0, exact: 1_000 })
        })
    }
    fn embed(&self, _: Digest, ids: Vec<u32>) -> BoxFuture<'static, Result<Vec<f32>, RunError>> {
        Box::pin(async move { Ok(vec![ids.len() as f32, 0.1]) })
    }
    fn manifest(&self) -> Vec<u8> {
        b"{}".to_vec()
    }
    fn blob(&self, _: &Digest) -> Option<bytes::Bytes> {
        None
    }
}

pub struct Bench {
    pub dir: tempfile::TempDir,
    pub chain: Arc<FakeChain>,
    pub sidecar: Sidecar,
    pub models: Models,
    pub http: reqwest::Client,
    pub channel: ChannelId,
}

pub fn config(dir: &std::path::Path) -> Config {
    let mut config = Config { dev: true, data_dir: dir.to_path_buf(), ..Config::default() };
    config.server.listen = ([127, 0, 0, 1], 0).into();
    config.server.shutdown_secs = 0;
    config.server.metrics = Some(([127, 0, 0, 1], 0).into());
    config.keys.receipt = Some(RECEIPT_URI.into());
    config.limits.body_bytes = 100_000;
    config.limits.body_secs = 1;
    config.limits.header_secs = 1;
    config.limits.write_secs = 1;
    config.models = vec![Model { name: "fake".into(), path: "fake".into(), manifest: None }];
    config
}

pub fn spec_view() -> SpecView {
    SpecView {
        id: SPEC,
        listing: 0,
        version: 0,
        model: "fake".into(),
        manifest_digest: MANIFEST,
        numeric_class: souk_primitives::spec::NumericClass::F32,
        max_context: CONTEXT,
        thresholds: souk_primitives::verdict::Thresholds::F32,
        audited: true,
        verifiers: 3,
        report_fee: 1,
        pot: 0,
    }
}

impl Bench {
    pub async fn start() -> Bench {
        Self::start_with(Duration::ZERO, |_| {}).await
    }

    pub async fn start_with(pause: Duration, change: impl FnOnce(&mut Config)) -> Bench {
        let mut models = Models::default();
        models.add(model(pause));
        Self::start_models(models, spec_view(), change).await
    }

    pub async fn start_models(models: Models, spec: SpecView, change: impl FnOnce(&mut Config)) -> Bench {
        let dir = tempfile::tempdir().unwrap();
        let chain = Arc::new(FakeChain::default());
        chain.specs.lock().insert(SPEC, spec);
        let channel = chain.open_channel(10_000);
        let mut config = config(dir.path());
        change(&mut config);
        let sidecar = server::start(config, models.clone(), chain.clone()).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Bench { dir, chain, sidecar, models, http, channel }
    }

    /// Stops and starts again on the same databases.
    pub async fn restart(self) -> Bench {
        let Bench { dir, chain, sidecar, models, http, channel } = self;
        let config = sidecar.app().config().clone();
        sidecar.shutdown().await;
        let sidecar = server::start(config, models.clone(), chain.clone()).await.unwrap();
        Bench { dir, chain, sidecar, models, http, channel }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.sidecar.address)
    }

    pub fn order(&self, seq: u32, prompt: &[u32], max_tokens: u32) -> Order {
        let body = CallBody {
            kind: CallKind::Generate,
            prompt_ids: prompt.to_vec(),
            temperature_milli: 800,
            max_tokens,
            stops: vec![],
        };
        let request = Request {
            genesis: GENESIS,
            channel: self.channel,
            seq,
            seed: SEED,
            request_digest: body.digest(),
            max_charge: 500,
            blinding: [seq as u8; 32],
        };
        Order { body, request, voucher: None, stream: false, gather_ms: 0, signer: consumer() }
    }

    /// A voucher for what the provider says is answered.
    pub async fn voucher(&self) -> Voucher {
        let state: Value = self
            .http
            .get(self.url(&format!("/v1/channels/0x{}", hex::encode(self.channel))))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        let expected = &state["voucher_expected"];
        let mut root = [0; 32];
        hex::decode_to_slice(&expected["receipts_root"].as_str().unwrap()[2..], &mut root).unwrap();
        Voucher {
            genesis: GENESIS,
            channel: self.channel,
            cumulative: expected["cumulative"].as_str().unwrap().parse().unwrap(),
            calls: expected["calls"].as_u64().unwrap() as u32,
            receipts_root: root,
        }
    }

    /// Hands a voucher over on its own.
    pub async fn hand(&self, voucher: &Voucher) -> reqwest::Response {
        let signer = self.order(0, &[1], 1).signer;
        let header = crate::payment::encode_signed(voucher, &voucher.sign(&signer).0);
        self.http.post(self.url("/v1/vouchers")).header("x-souk-voucher", header).send().await.unwrap()
    }

    pub async fn send(&self, order: &Order) -> reqwest::Response {
        order.request_to(&self.http, &self.url("/v1/completions")).send().await.unwrap()
    }

    /// Sends and expects an answer.
    pub async fn answered(&self, order: &Order) -> (Value, Receipt) {
        let response = self.send(order).await;
        assert_eq!(response.status(), 200, "{:?}", response.text().await);
        let receipt = receipt_of(&response);
        (response.json().await.unwrap(), receipt)
    }

    /// Sends and expects a refusal: status and code.
    pub async fn refused(&self, order: &Order) -> (u16, String, Value) {
        refusal(self.send(order).await).await
    }
}

/// The header of a signed request for `resource`.
pub fn signed_fetch(
    signer: &sp_core::sr25519::Pair,
    resource: Digest,
    change: impl FnOnce(&mut Fetch),
) -> String {
    let mut fetch = Fetch { genesis: GENESIS, resource, expires: u32::MAX };
    change(&mut fetch);
    let key = sp_core::Pair::public(signer);
    STANDARD.encode([&fetch.encode()[..], &fetch.sign(signer).0, &key.0].concat())
}

pub async fn refusal(response: reqwest::Response) -> (u16, String, Value) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    assert!(body["error"]["message"].is_string(), "{body}");
    (status, body["error"]["code"].as_str().unwrap().to_string(), body)
}

pub fn receipt_of(response: &reqwest::Response) -> Receipt {
    let text = response.headers()[RECEIPT].to_str().unwrap();
    let (receipt, signature): (Receipt, _) = decode_signed(text).unwrap();
    let key = sp_core::Pair::public(&crate::chain::fake::receipt_pair());
    assert!(receipt.verify(&souk_primitives::sr25519::Signature::from_raw(signature), &key));
    receipt
}

#[derive(Clone)]
pub struct Order {
    pub body: CallBody,
    pub request: Request,
    pub voucher: Option<Voucher>,
    pub stream: bool,
    pub gather_ms: u64,
    pub signer: souk_primitives::sr25519::Pair,
}

impl Order {
    pub fn json(&self) -> Value {
        json!({
            "model": "fake",
            "prompt": self.body.prompt_ids,
            "temperature": f64::from(self.body.temperature_milli) / 1_000.0,
            "max_tokens": self.body.max_tokens,
            "souk_stops": self.body.stops,
            "stream": self.stream,
            "souk_gather_ms": self.gather_ms,
        })
    }

    pub fn request_to(&self, http: &reqwest::Client, url: &str) -> reqwest::RequestBuilder {
        let signature = self.request.sign(&self.signer).0;
        let mut request = http
            .post(url)
            .json(&self.json())
            .header("x-souk-channel", STANDARD.encode(self.request.channel))
            .header("x-souk-request", encode_signed(&self.request, &signature));
        if let Some(voucher) = &self.voucher {
            request = request.header("x-souk-voucher", encode_signed(voucher, &voucher.sign(&self.signer).0));
        }
        request
    }

    pub fn with_voucher(mut self, voucher: Voucher) -> Self {
        self.voucher = Some(voucher);
        self
    }
}

/// The events of a stream, without the last `[DONE]`.
pub fn events(text: &str) -> Vec<Value> {
    let lines: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(lines.last(), Some(&"[DONE]"), "{text}");
    lines[..lines.len() - 1].iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

pub fn leaves(pairs: &[(Request, Receipt)]) -> sumtree::Shape {
    let leaves: Vec<_> = pairs.iter().map(|(q, r)| souk_primitives::call::receipt_leaf(q, r)).collect();
    sumtree::shape(&leaves).unwrap()
}

/// Waits until something happened.
pub async fn until(what: &str, condition: impl Fn() -> bool) {
    for _ in 0..300 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{what} did not happen");
}
