//! A provider over HTTP that behaves as it is told, and keeps the rules of a real one: one request a number, no call
//! beyond four that no voucher covers, no voucher whose root is not over its own receipts. What breaks them is noted.

use crate::{
    market::{GENESIS, PRICES},
    support::voucher_pair,
};
use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
    Json, Router,
};
use futures::future::BoxFuture;
use parking_lot::Mutex;
use serde_json::{json, Value};
use souk_cli::gateway::wire;
use souk_primitives::{
    call::{receipt_leaf, tokens_digest, Finish, Receipt, Request, Signed, Voucher, MAX_IN_FLIGHT},
    sr25519, sumtree, ChannelId,
};
use sp_core::Pair;
use std::{collections::BTreeMap, sync::Arc};

pub const ANSWER: [u32; 4] = [11, 12, 13, 14];

/// How a provider behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    Honest,
    ForgedSignature,
    WrongCharge,
    WrongDigest,
    /// Counts a token more than it sent, and charges for it.
    LongAnswer,
    /// Counts a token more than the prompt has, and charges for it.
    LongPrompt,
    /// Takes the call and hangs up without an answer, every time.
    HangsUp,
    /// Hangs up after two tokens, once; asked again, it gives what it had sent.
    CutsOff,
    /// Ends each answer after two tokens, of its own will, and charges for them.
    EndsEarly,
    /// Says that it is busy.
    Busy,
    /// Whoever asks for a receipt again gets another one.
    TwoReceipts,
    /// Takes no vouchers on their own: a proxy in front of it fails.
    NoVouchers,
    /// Does not know the channel yet when the first two vouchers come.
    SlowNode,
}

/// When a test may look, or kill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// The request is here and not yet bound.
    Request,
    /// Two tokens of an answer are sent.
    Midstream,
    /// The receipt is sent.
    Receipt,
    /// A voucher came on its own.
    Voucher,
}

/// What is done at a moment; `true` ends the exchange there.
type Hook = Arc<dyn Fn(Moment) -> BoxFuture<'static, bool> + Send + Sync>;

#[derive(Clone)]
pub struct Answered {
    pub request: Request,
    pub receipt: Receipt,
    pub ids: Vec<u32>,
}

pub struct Provider {
    pub manner: Manner,
    pub key: sr25519::Pair,
    pub answers: Mutex<BTreeMap<(ChannelId, u32), Answered>>,
    /// The best voucher of each channel.
    pub vouchers: Mutex<BTreeMap<ChannelId, Voucher>>,
    pub calls: Mutex<u32>,
    pub posts: Mutex<u32>,
    pub hook: Mutex<Option<Hook>>,
    /// Rules that the gateway broke.
    pub wrongs: Mutex<Vec<String>>,
}

impl Provider {
    /// The best voucher of the only channel.
    pub fn voucher(&self) -> Option<Voucher> {
        self.vouchers.lock().values().next().cloned()
    }

    /// Fails when the gateway broke a rule.
    pub fn check(&self) {
        assert_eq!(*self.wrongs.lock(), Vec::<String>::new());
    }

    fn wrong(&self, what: String) {
        self.wrongs.lock().push(what);
    }

    async fn at(&self, moment: Moment) -> bool {
        let hook = self.hook.lock().clone();
        match hook {
            Some(hook) => hook(moment).await,
            None => false,
        }
    }

    /// Calls answered without a gap.
    fn prefix(&self, channel: &ChannelId) -> Vec<sumtree::Leaf> {
        let answers = self.answers.lock();
        (0..)
            .map_while(|seq| answers.get(&(*channel, seq)))
            .map(|a| receipt_leaf(&a.request, &a.receipt))
            .collect()
    }

    fn take_voucher(&self, text: &str) {
        let (voucher, signature) = wire::decode_signed::<Voucher>(text).unwrap();
        if !voucher.verify(&sr25519::Signature::from_raw(signature), &voucher_pair().public()) {
            return self.wrong(format!("a voucher with a bad signature: {voucher:?}"));
        }
        let leaves = self.prefix(&voucher.channel);
        let shape = leaves.get(..voucher.calls as usize).and_then(sumtree::shape);
        if shape.map(|shape| (shape.root, shape.total)) != Some((voucher.receipts_root, voucher.cumulative)) {
            return self.wrong(format!("a voucher over other receipts: {voucher:?}"));
        }
        let mut vouchers = self.vouchers.lock();
        if vouchers.get(&voucher.channel).is_none_or(|held| held.calls < voucher.calls) {
            vouchers.insert(voucher.channel, voucher);
        }
    }

    fn receipt(&self, request: &Request, input: u32, ids: &[u32], finish: Finish) -> Receipt {
        let mut receipt = Receipt {
            genesis: GENESIS,
            channel: request.channel,
            seq: request.seq,
            request_digest: request.request_digest,
            response_digest: tokens_digest(ids),
            input_tokens: input,
            output_tokens: ids.len() as u32,
            charge: 0,
            finish,
        };
        match self.manner {
            Manner::LongAnswer => receipt.output_tokens += 1,
            Manner::LongPrompt => receipt.input_tokens += 1,
            Manner::WrongDigest => receipt.response_digest = [9; 32],
            _ => {}
        }
        receipt.charge = PRICES.charge(receipt.input_tokens, receipt.output_tokens).unwrap();
        receipt.charge += u128::from(self.manner == Manner::WrongCharge);
        receipt
    }

    fn signed(&self, receipt: &Receipt) -> String {
        let key = match self.manner {
            Manner::ForgedSignature => &sr25519::Pair::from_seed(&[99; 32]),
            _ => &self.key,
        };
        wire::encode_signed(receipt, &receipt.sign(key).0)
    }
}

fn error(status: StatusCode, code: &str) -> Response {
    (status, Json(json!({"error": {"code": code, "message": code}}))).into_response()
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

async fn complete(State(me): State<Arc<Provider>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    *me.calls.lock() += 1;
    let (request, _): (Request, _) = wire::decode_signed(text(&headers, wire::REQUEST).unwrap()).unwrap();
    if let Some(voucher) = text(&headers, wire::VOUCHER) {
        me.take_voucher(voucher);
    }
    match me.manner {
        Manner::Busy => return error(StatusCode::SERVICE_UNAVAILABLE, "busy"),
        Manner::HangsUp => panic!("hangs up"),
        _ => {}
    }
    let key = (request.channel, request.seq);
    let known = me.answers.lock().get(&key).cloned();
    let (answered, fresh) = match known {
        Some(answered) => {
            if answered.request != request {
                me.wrong(format!("another request for number {}", request.seq));
            }
            (answered, false)
        }
        None => {
            if me.at(Moment::Request).await {
                return error(StatusCode::BAD_GATEWAY, "gone");
            }
            let covered = me.vouchers.lock().get(&request.channel).map_or(0, |voucher| voucher.calls);
            if request.seq >= covered + MAX_IN_FLIGHT {
                me.wrong(format!("number {} with {covered} calls covered", request.seq));
            }
            let input = body["prompt"].as_array().unwrap().len() as u32;
            let (ids, finish) = match me.manner {
                Manner::EndsEarly => (&ANSWER[..2], Finish::Cancelled),
                _ => (&ANSWER[..], Finish::Stop),
            };
            let receipt = me.receipt(&request, input, ids, finish);
            (Answered { request: request.clone(), receipt, ids: ids.to_vec() }, true)
        }
    };
    let input = answered.request.clone();
    let events = async_stream::stream! {
        let Answered { mut receipt, mut ids, .. } = answered;
        let chunk = |id: u32| format!("data: {}\n\n", json!({"choices": [{"text": "x", "token_ids": [id]}]}));
        let mut cut = false;
        for (at, id) in ids.clone().into_iter().enumerate() {
            yield Ok(chunk(id));
            if at == 1 && fresh && (me.manner == Manner::CutsOff || me.at(Moment::Midstream).await) {
                // As a sidecar whose client went away: paid for what was sent.
                ids.truncate(2);
                receipt = me.receipt(&input, receipt.input_tokens, &ids, Finish::Cancelled);
                cut = true;
                break;
            }
        }
        if fresh {
            let answered = Answered { request: input, receipt: receipt.clone(), ids };
            me.answers.lock().insert(key, answered);
        }
        if cut {
            yield Err(std::io::Error::other("cut off"));
            return;
        }
        let last = json!({"object": "souk.receipt", "receipt": me.signed(&receipt)});
        yield Ok(format!("data: {last}\n\n"));
        if fresh {
            me.at(Moment::Receipt).await;
        }
        yield Ok("data: [DONE]\n\n".to_string());
    };
    Body::from_stream(events).into_response()
}

fn id(text: &str) -> ChannelId {
    let mut id = [0; 32];
    hex::decode_to_slice(text, &mut id).unwrap();
    id
}

async fn receipt(State(me): State<Arc<Provider>>, Path((channel, seq)): Path<(String, u32)>) -> Response {
    match me.answers.lock().get(&(id(&channel), seq)) {
        Some(answered) => {
            let mut receipt = answered.receipt.clone();
            if me.manner == Manner::TwoReceipts {
                receipt.output_tokens += 1;
                receipt.charge = PRICES.charge(receipt.input_tokens, receipt.output_tokens).unwrap();
            }
            Json(json!({"object": "souk.receipt", "receipt": me.signed(&receipt)})).into_response()
        }
        None => error(StatusCode::NOT_FOUND, "unknown_call"),
    }
}

async fn channel(State(me): State<Arc<Provider>>, Path(channel): Path<String>) -> Json<Value> {
    let next = me.prefix(&id(&channel)).len();
    Json(json!({ "next_seq": next }))
}

async fn voucher(State(me): State<Arc<Provider>>, headers: HeaderMap) -> Response {
    let posts = {
        let mut posts = me.posts.lock();
        *posts += 1;
        *posts
    };
    match me.manner {
        Manner::NoVouchers => return StatusCode::BAD_GATEWAY.into_response(),
        Manner::SlowNode if posts <= 2 => return error(StatusCode::PAYMENT_REQUIRED, "unknown_channel"),
        _ => {}
    }
    me.take_voucher(text(&headers, wire::VOUCHER).unwrap());
    if me.at(Moment::Voucher).await {
        return StatusCode::BAD_GATEWAY.into_response();
    }
    Json(json!({})).into_response()
}

pub async fn start(seed: u8, manner: Manner) -> (Arc<Provider>, String) {
    let me = Arc::new(Provider {
        manner,
        key: sr25519::Pair::from_seed(&[seed; 32]),
        answers: Mutex::default(),
        vouchers: Mutex::default(),
        calls: Mutex::new(0),
        posts: Mutex::new(0),
        hook: Mutex::default(),
        wrongs: Mutex::default(),
    });
    let router = Router::new()
        .route("/v1/completions", post(complete))
        .route("/v1/receipts/{channel}/{seq}", get(receipt))
        .route("/v1/channels/{channel}", get(channel))
        .route("/v1/vouchers", post(voucher))
        .with_state(me.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (me, url)
}
