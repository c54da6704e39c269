//! The gateway against providers that lie, fail and vanish: what is paid, what is not, and what a crash leaves.

use axum::{
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
    Json, Router,
};
use parking_lot::Mutex;
use serde_json::{json, Value};
use souk_cli::gateway::{
    call::{Done, Job, Piece},
    market::{Answer, DoubleReceipt, Market, Order},
    settings::Settings,
    store::CallState,
    wire, Gateway,
};
use souk_primitives::{
    call::{tokens_digest, CallBody, CallKind, Finish, Prices, Receipt, Request, Signed, Voucher},
    exposure::Chance,
    sr25519,
    verdict::Thresholds,
    views::{ChannelState, ChannelView, QuoteView, SpecView},
    AccountId, Balance, ChannelId, Digest, SpecId, SOUK,
};
use sp_core::Pair;
use std::{collections::HashMap, path::Path as FilePath, sync::Arc, time::Duration};

const GENESIS: Digest = [1; 32];
const SPEC: SpecId = [2; 32];
const ANSWER: [u32; 4] = [11, 12, 13, 14];
const PRICES: Prices = Prices { per_1k_input: 1_000_000, per_1k_output: 2_000_000 };

/// How a provider behaves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manner {
    Honest,
    ForgedSignature,
    WrongCharge,
    WrongDigest,
    /// Takes the call and hangs up without an answer, every time.
    HangsUp,
    /// Hangs up after two tokens, once; asked again, it gives what it had sent.
    CutsOff,
    /// Says that it is busy.
    Busy,
}

/// What was answered, by channel and number.
type Answers = HashMap<(ChannelId, u32), (Request, Receipt, Vec<u32>)>;

struct Provider {
    manner: Manner,
    key: sr25519::Pair,
    answers: Mutex<Answers>,
    voucher: Mutex<Option<Voucher>>,
    calls: Mutex<u32>,
}

async fn complete(State(me): State<Arc<Provider>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    *me.calls.lock() += 1;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_string);
    let (request, _): (Request, [u8; 64]) = wire::decode_signed(&text(wire::REQUEST).unwrap()).unwrap();
    if let Some(voucher) = text(wire::VOUCHER) {
        *me.voucher.lock() = wire::decode_signed::<Voucher>(&voucher).map(|(voucher, _)| voucher);
    }
    if me.manner == Manner::Busy {
        let body = json!({"error": {"code": "busy", "message": "busy"}});
        return (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response();
    }
    if me.manner == Manner::HangsUp {
        panic!("hangs up");
    }
    let key = (request.channel, request.seq);
    let known = me.answers.lock().get(&key).cloned();
    if let Some((before, ..)) = &known {
        assert_eq!(*before, request, "one sequence number, one request");
    }
    let (receipt, ids, cut) = match known {
        Some((_, receipt, ids)) => (receipt, ids, false),
        None => {
            let cut = me.manner == Manner::CutsOff;
            let ids = if cut { ANSWER[..2].to_vec() } else { ANSWER.to_vec() };
            let input = body["prompt"].as_array().unwrap().len() as u32;
            let mut receipt = Receipt {
                genesis: GENESIS,
                channel: request.channel,
                seq: request.seq,
                request_digest: request.request_digest,
                response_digest: tokens_digest(&ids),
                input_tokens: input,
                output_tokens: ids.len() as u32,
                charge: PRICES.charge(input, ids.len() as u32).unwrap(),
                finish: if cut { Finish::Cancelled } else { Finish::Stop },
            };
            match me.manner {
                Manner::WrongCharge => receipt.charge += 1,
                Manner::WrongDigest => receipt.response_digest = [9; 32],
                _ => {}
            }
            me.answers.lock().insert(key, (request, receipt.clone(), ids.clone()));
            (receipt, ids, cut)
        }
    };
    let signature = match me.manner {
        Manner::ForgedSignature => receipt.sign(&sr25519::Pair::from_seed(&[99; 32])).0,
        _ => receipt.sign(&me.key).0,
    };
    let mut lines: Vec<Result<String, std::io::Error>> = ids
        .iter()
        .map(|id| Ok(format!("data: {}\n\n", json!({"choices": [{"text": "x", "token_ids": [id]}]}))))
        .collect();
    if cut {
        lines.push(Err(std::io::Error::other("cut off")));
    } else {
        let receipt = json!({"object": "souk.receipt", "receipt": wire::encode_signed(&receipt, &signature)});
        lines.push(Ok(format!("data: {receipt}\n\ndata: [DONE]\n\n")));
    }
    Body::from_stream(futures::stream::iter(lines)).into_response()
}

async fn receipt(State(me): State<Arc<Provider>>, Path((channel, seq)): Path<(String, u32)>) -> Response {
    let mut id = [0; 32];
    hex::decode_to_slice(channel, &mut id).unwrap();
    match me.answers.lock().get(&(id, seq)) {
        Some((_, receipt, _)) => {
            let text = wire::encode_signed(receipt, &receipt.sign(&me.key).0);
            Json(json!({"object": "souk.receipt", "receipt": text})).into_response()
        }
        None => (StatusCode::NOT_FOUND, Json(json!({"error": {"code": "unknown_call"}}))).into_response(),
    }
}

async fn voucher(State(me): State<Arc<Provider>>, headers: HeaderMap) -> Json<Value> {
    let text = headers.get(wire::VOUCHER).unwrap().to_str().unwrap();
    *me.voucher.lock() = wire::decode_signed::<Voucher>(text).map(|(voucher, _)| voucher);
    Json(json!({}))
}

async fn provider(seed: u8, manner: Manner) -> (Arc<Provider>, String) {
    let me = Arc::new(Provider {
        manner,
        key: sr25519::Pair::from_seed(&[seed; 32]),
        answers: Mutex::default(),
        voucher: Mutex::default(),
        calls: Mutex::new(0),
    });
    let router = Router::new()
        .route("/v1/completions", post(complete))
        .route("/v1/receipts/{channel}/{seq}", get(receipt))
        .route("/v1/vouchers", post(voucher))
        .with_state(me.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (me, url)
}

/// A chain on which everything is final at once.
#[derive(Default)]
struct FakeMarket {
    quotes: Vec<QuoteView>,
    receipt_keys: HashMap<AccountId, Digest>,
    channels: Mutex<HashMap<ChannelId, ChannelView>>,
}

impl Market for FakeMarket {
    fn genesis(&self) -> Digest {
        GENESIS
    }
    fn account(&self) -> AccountId {
        AccountId::new([5; 32])
    }
    fn specs(&self) -> Answer<'_, Vec<SpecView>> {
        Box::pin(async { Ok(vec![spec()]) })
    }
    fn quotes(&self, _: SpecId) -> Answer<'_, Vec<QuoteView>> {
        Box::pin(async { Ok(self.quotes.clone()) })
    }
    fn channel(&self, id: ChannelId) -> Answer<'_, Option<ChannelView>> {
        Box::pin(async move { Ok(self.channels.lock().get(&id).cloned()) })
    }
    fn mine(&self) -> Answer<'_, Vec<ChannelView>> {
        Box::pin(async { Ok(self.channels.lock().values().cloned().collect()) })
    }
    fn live_block(&self) -> Answer<'_, u32> {
        Box::pin(async { Ok(1) })
    }
    fn open(&self, order: Order) -> Answer<'_, ChannelId> {
        Box::pin(async move {
            let mut channels = self.channels.lock();
            let id = [100 + channels.len() as u8; 32];
            let view = ChannelView {
                id,
                consumer: self.account(),
                funder: self.account(),
                receipt_key: self.receipt_keys[&order.provider],
                provider: order.provider,
                spec: order.spec,
                deposit: order.deposit,
                settled: 0,
                settled_calls: 0,
                per_1k_input: order.prices.per_1k_input,
                per_1k_output: order.prices.per_1k_output,
                voucher_key: order.voucher_key,
                seed: Some([7; 32]),
                opened_at: 1,
                expires: order.blocks,
                state: ChannelState::Open,
                audited: true,
                open_batches: 0,
            };
            channels.insert(id, view);
            Ok(id)
        })
    }
    fn top_up(&self, channel: ChannelId, amount: Balance) -> Answer<'_, ()> {
        Box::pin(async move {
            self.channels.lock().get_mut(&channel).unwrap().deposit += amount;
            Ok(())
        })
    }
    fn close(&self, _: ChannelId) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }
    fn report(&self, _: DoubleReceipt) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }
}

fn spec() -> SpecView {
    SpecView {
        id: SPEC,
        listing: 0,
        version: 0,
        model: "demo".into(),
        manifest_digest: [3; 32],
        numeric_class: souk_primitives::spec::NumericClass::F32,
        max_context: 100,
        thresholds: Thresholds::F32,
        audited: true,
        verifiers: 3,
        report_fee: 0,
        pot: 0,
    }
}

/// A market with these providers; the first is asked first.
async fn market(manners: &[Manner]) -> (Arc<FakeMarket>, Vec<Arc<Provider>>) {
    let mut market = FakeMarket::default();
    let mut providers = Vec::new();
    for (i, manner) in manners.iter().enumerate() {
        let seed = 20 + i as u8;
        let (me, endpoint) = provider(seed, *manner).await;
        let account = AccountId::new([seed; 32]);
        market.receipt_keys.insert(account.clone(), me.key.public().0);
        market.quotes.push(QuoteView {
            provider: account,
            endpoint,
            per_1k_input: PRICES.per_1k_input,
            per_1k_output: PRICES.per_1k_output,
            chance: Chance::ONE,
            room: 1_000 * SOUK,
            record: 0,
            audited: true,
        });
        providers.push(me);
    }
    (Arc::new(market), providers)
}

async fn gateway(market: &Arc<FakeMarket>, folder: &FilePath) -> Gateway {
    let settings =
        Settings { private_endpoints: true, idle: Duration::from_millis(200), ..Settings::default() };
    let pair = sr25519::Pair::from_seed(&[42; 32]);
    Gateway::start(market.clone(), pair, settings, folder).await.unwrap()
}

fn job(id: &str, live: bool) -> Job {
    let body = CallBody {
        kind: CallKind::Generate,
        prompt_ids: vec![1, 2, 3],
        temperature_milli: 0,
        max_tokens: 8,
        stops: vec![],
    };
    Job { id: id.into(), spec: spec(), body, live }
}

/// The answer, with the tokens that were passed on before it.
async fn ask(gateway: &Gateway, job: Job) -> (Vec<u32>, Result<Done, String>) {
    let mut pieces = gateway.caller.start(job);
    let mut ids = Vec::new();
    loop {
        match pieces.recv().await {
            Some(Piece::Tokens(new)) => ids.extend(new),
            Some(Piece::Done(done)) => return (ids, Ok(*done)),
            Some(Piece::Failed(error)) => return (ids, Err(error.message)),
            None => return (ids, Err("lost".into())),
        }
    }
}

fn paid(gateway: &Gateway, id: &str) -> u128 {
    let calls = gateway.caller.store.job(id).unwrap();
    calls
        .iter()
        .filter(|call| call.state == CallState::Answered)
        .filter_map(|call| call.receipt.as_ref())
        .map(|(receipt, _)| receipt.charge)
        .sum()
}

async fn until(what: &str, mut is: impl FnMut() -> bool) {
    for _ in 0..150 {
        if is() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never: {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn honest_calls_should_be_answered_and_covered_by_one_voucher() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    let gateway = gateway(&market, folder.path()).await;
    for i in 0..6 {
        let (ids, done) = ask(&gateway, job(&format!("call-{i}"), true)).await;
        assert_eq!((ids, done.unwrap().ids), (ANSWER.to_vec(), ANSWER.to_vec()));
    }
    let each = PRICES.charge(3, 4).unwrap();
    until("the idle voucher", || {
        providers[0].voucher.lock().as_ref().is_some_and(|v| (v.calls, v.cumulative) == (6, 6 * each))
    })
    .await;
    assert_eq!(market.channels.lock().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_receipt_should_never_be_paid() {
    for manner in [Manner::ForgedSignature, Manner::WrongCharge, Manner::WrongDigest] {
        let folder = tempfile::tempdir().unwrap();
        let (market, providers) = market(&[manner, Manner::Honest]).await;
        let gateway = gateway(&market, folder.path()).await;
        let (_, done) = ask(&gateway, job("a", false)).await;
        assert_eq!(done.unwrap().provider, AccountId::new([21; 32]), "the honest one answers");
        assert_eq!(paid(&gateway, "a"), PRICES.charge(3, 4).unwrap(), "one call, one payment");
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        assert!(providers[0].voucher.lock().is_none(), "the liar gets no voucher");
        let retired = gateway.caller.pool.books().iter().filter(|book| book.retired.is_some()).count();
        assert_eq!(retired, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn provider_that_fails_before_it_answers_should_be_replaced() {
    for manner in [Manner::HangsUp, Manner::Busy] {
        let folder = tempfile::tempdir().unwrap();
        let (market, providers) = market(&[manner, Manner::Honest]).await;
        let gateway = gateway(&market, folder.path()).await;
        let (ids, done) = ask(&gateway, job("a", true)).await;
        assert_eq!((ids, done.unwrap().provider), (ANSWER.to_vec(), AccountId::new([21; 32])));
        assert!(*providers[0].calls.lock() >= 1);
        assert_eq!(paid(&gateway, "a"), PRICES.charge(3, 4).unwrap());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn stream_that_is_cut_should_be_paid_for_what_was_sent() {
    let folder = tempfile::tempdir().unwrap();
    let (market, _) = market(&[Manner::CutsOff, Manner::Honest]).await;
    let gateway = gateway(&market, folder.path()).await;
    let (ids, done) = ask(&gateway, job("a", true)).await;
    assert_eq!(ids, ANSWER[..2], "what came was passed on, and nothing is told twice");
    assert!(done.is_err());
    assert_eq!(paid(&gateway, "a"), PRICES.charge(3, 2).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn late_charge_for_a_call_answered_elsewhere_should_not_be_paid() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::HangsUp, Manner::Honest]).await;
    let gateway = gateway(&market, folder.path()).await;
    ask(&gateway, job("a", true)).await.1.unwrap();
    let lost = gateway.caller.store.unresolved().unwrap().remove(0);
    assert_eq!(lost.state, CallState::GivenUp);
    let late = Receipt {
        genesis: GENESIS,
        channel: lost.request.channel,
        seq: lost.request.seq,
        request_digest: lost.request.request_digest,
        response_digest: tokens_digest(&ANSWER),
        input_tokens: 3,
        output_tokens: 4,
        charge: PRICES.charge(3, 4).unwrap(),
        finish: Finish::Stop,
    };
    let key = (lost.request.channel, lost.request.seq);
    providers[0].answers.lock().insert(key, (lost.request, late, ANSWER.to_vec()));
    until("the late receipt is refused", || gateway.caller.store.unresolved().unwrap().is_empty()).await;
    assert_eq!(paid(&gateway, "a"), PRICES.charge(3, 4).unwrap());
    assert!(providers[0].voucher.lock().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn restart_should_go_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    {
        let gateway = gateway(&market, folder.path()).await;
        for i in 0..3 {
            ask(&gateway, job(&format!("before-{i}"), true)).await.1.unwrap();
        }
        gateway.shut_down().await;
    }
    // The provider asserts that no number is used for another request.
    tokio::time::sleep(Duration::from_millis(200)).await;
    let gateway = gateway(&market, folder.path()).await;
    for i in 0..3 {
        ask(&gateway, job(&format!("after-{i}"), true)).await.1.unwrap();
    }
    until("the voucher covers both lives", || {
        providers[0].voucher.lock().as_ref().is_some_and(|voucher| voucher.calls == 6)
    })
    .await;
    assert_eq!(market.channels.lock().len(), 1, "the channel is used again");
}

#[tokio::test(flavor = "multi_thread")]
async fn receipt_lost_in_a_crash_should_be_recovered() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    {
        let gateway = gateway(&market, folder.path()).await;
        ask(&gateway, job("a", true)).await.1.unwrap();
        gateway.shut_down().await;
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    // As if the process had died between the answer and its receipt.
    let body = job("a", true).body;
    let db = rusqlite::Connection::open(folder.path().join("gateway.db")).unwrap();
    db.execute(
        "UPDATE calls SET state = 0, receipt = NULL, receipt_sig = NULL, charged = 0, body = ?1",
        [codec::Encode::encode(&body)],
    )
    .unwrap();
    drop(db);
    let gateway = gateway(&market, folder.path()).await;
    until("the receipt is there again", || paid(&gateway, "a") == PRICES.charge(3, 4).unwrap()).await;
    assert_eq!(providers[0].answers.lock().len(), 1, "nothing was run twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_calls_should_never_share_a_number() {
    let folder = tempfile::tempdir().unwrap();
    let (market, providers) = market(&[Manner::Honest]).await;
    let gateway = gateway(&market, folder.path()).await;
    let calls = (0..40).map(|i| {
        let gateway = gateway.clone();
        async move { ask(&gateway, job(&format!("p-{i}"), true)).await.1.map(|done| done.ids) }
    });
    for ids in futures::future::join_all(calls).await {
        assert_eq!(ids.unwrap(), ANSWER);
    }
    assert_eq!(providers[0].answers.lock().len(), 40);
}
