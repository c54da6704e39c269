//! Bad input gets a clear error and costs nothing.

use super::support::*;
use serde_json::{json, Value};
use souk_primitives::{call::Voucher, close::CloseReason, views::ChannelState};
use sp_core::Pair;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

async fn post(bench: &Bench, path: &str, body: Value) -> (u16, String, Value) {
    refusal(bench.http.post(bench.url(path)).json(&body).send().await.unwrap()).await
}

fn nothing_happened(bench: &Bench) {
    let state = bench.sidecar.app().ledger().state(&bench.channel);
    assert_eq!((state.next_seq, state.answered_value, state.running), (0, 0, 0));
}

#[tokio::test]
async fn malformed_requests_should_be_told_why() {
    let bench = Bench::start_with(Duration::ZERO, |config| config.server.open_access = true).await;
    let raw = |body: &'static str| bench.http.post(bench.url("/v1/chat/completions")).body(body).send();
    assert_eq!(refusal(raw("{\"model\":").await.unwrap()).await.1, "malformed_json");
    assert_eq!(refusal(raw("").await.unwrap()).await.1, "malformed_json");
    assert_eq!(refusal(raw("{}").await.unwrap()).await.1, "missing_required_parameter");
    let chat = |change: Value| {
        let mut body =
            json!({"model": "fake", "messages": [{"role": "user", "content": "hi"}], "max_tokens": 2});
        for (name, value) in change.as_object().unwrap() {
            body[name] = value.clone();
        }
        body
    };
    for (change, status, code) in [
        (json!({"model": "other"}), 404, "model_not_found"),
        (json!({"messages": []}), 400, "empty_prompt"),
        (json!({"messages": [{"role": "user", "content": "x".repeat(64)}]}), 400, "context_length_exceeded"),
        (json!({"messages": [{"role": "tool", "content": "x"}]}), 400, "unsupported_role"),
        (
            json!({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}),
            400,
            "unsupported_content",
        ),
        (json!({"temperature": 2.1}), 400, "invalid_temperature"),
        (json!({"temperature": -1}), 400, "invalid_temperature"),
        (json!({"max_tokens": 0}), 400, "invalid_max_tokens"),
        (json!({"max_tokens": -5}), 400, "invalid_value"),
        (json!({"top_p": 0.9}), 400, "unsupported_parameter"),
        (json!({"tools": [{"type": "function"}]}), 400, "unsupported_parameter"),
        (json!({"stop": ""}), 400, "invalid_stop"),
    ] {
        let (got, reason, body) = post(&bench, "/v1/chat/completions", chat(change.clone())).await;
        assert_eq!((got, reason.as_str()), (status, code), "{change} {body}");
    }
    let (status, _, _) = post(&bench, "/v1/embeddings", json!({"model": "fake", "input": "x"})).await;
    assert_eq!(status, 400);
    assert_eq!(post(&bench, "/v1/nothing", json!({})).await.0, 404);
    let wrong_method = bench.http.get(bench.url("/v1/completions")).send().await.unwrap();
    assert_eq!(refusal(wrong_method).await.0, 405);
    // And the good one is answered.
    let good =
        bench.http.post(bench.url("/v1/chat/completions")).json(&chat(json!({}))).send().await.unwrap();
    assert_eq!(good.status(), 200);
    assert_eq!(
        bench.http.get(bench.url("/metrics")).send().await.unwrap().status(),
        404,
        "not for strangers"
    );
    let metrics = format!("http://{}/metrics", bench.sidecar.metrics_address.unwrap());
    let metrics = bench.http.get(metrics).send().await.unwrap().text().await.unwrap();
    assert!(metrics.contains("souk_refused_total{reason=\"model_not_found\"} 1"), "{metrics}");
}

#[tokio::test]
async fn huge_body_should_be_refused_by_its_size() {
    let bench = Bench::start().await;
    let response =
        bench.http.post(bench.url("/v1/completions")).body(vec![b' '; 200_000]).send().await.unwrap();
    let (status, code, _) = refusal(response).await;
    assert_eq!((status, code.as_str()), (413, "body_too_large"));
}

#[tokio::test]
async fn slow_clients_should_be_cut_off() {
    let bench = Bench::start().await;
    // A body that never comes.
    let mut slow = tokio::net::TcpStream::connect(bench.sidecar.address).await.unwrap();
    slow.write_all(b"POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 50\r\n\r\n{").await.unwrap();
    let mut answer = vec![0; 1_000];
    let n = tokio::time::timeout(Duration::from_secs(5), slow.read(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer[..n]).to_string();
    assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("slow_client"), "{answer}");
    // A head that never ends.
    let mut slower = tokio::net::TcpStream::connect(bench.sidecar.address).await.unwrap();
    slower.write_all(b"POST /v1/completions HTTP/1.1\r\nhost:").await.unwrap();
    let mut rest = Vec::new();
    tokio::time::timeout(Duration::from_secs(5), slower.read_to_end(&mut rest)).await.unwrap().unwrap();
}

#[tokio::test]
async fn unpaid_call_should_get_a_quote() {
    let bench = Bench::start().await;
    let body = json!({"model": "fake", "prompt": "hi", "max_tokens": 2});
    let (status, code, body) = post(&bench, "/v1/completions", body).await;
    assert_eq!((status, code.as_str()), (402, "payment_required"));
    assert_eq!(body["error"]["type"], "payment_required");
    let souk = &body["souk"];
    assert_eq!(souk["prices"]["per_1k_output"], "2000");
    assert_eq!(souk["genesis"], format!("0x{}", "01".repeat(32)));
    assert_eq!(souk["channel"], Value::Null);
    // With the channel named, the quote says how far it is.
    let order = bench.order(0, &[1], 2);
    let response = bench
        .http
        .post(bench.url("/v1/completions"))
        .json(&order.json())
        .header(
            "x-souk-channel",
            base64::Engine::encode(&base64::engine::general_purpose::STANDARD, bench.channel),
        )
        .send()
        .await
        .unwrap();
    let (status, _, body) = refusal(response).await;
    assert_eq!((status, &body["souk"]["channel"]["next_seq"]), (402, &0.into()));
}

#[tokio::test]
async fn orders_that_are_not_right_should_be_refused_for_their_reason() {
    let bench = Bench::start().await;
    let good = bench.order(0, &[1, 2, 3], 5);
    let changed = |change: &dyn Fn(&mut Order)| {
        let mut order = good.clone();
        change(&mut order);
        order
    };
    type Change<'a> = (&'a dyn Fn(&mut Order), u16, &'a str);
    let cases: [Change<'_>; 9] = [
        (&|o| o.request.genesis = [9; 32], 400, "wrong_chain"),
        (&|o| o.request.channel = [9; 32], 402, "unknown_channel"),
        (&|o| o.request.seed = [9; 32], 400, "other_seed"),
        (&|o| o.signer = Pair::from_seed(&[77; 32]), 401, "bad_request_signature"),
        (&|o| o.body.max_tokens = 6, 400, "digest_mismatch"),
        (&|o| o.body.temperature_milli = 700, 400, "digest_mismatch"),
        (&|o| o.request.max_charge = 2, 402, "max_charge_too_low"),
        (&|o| o.request.max_charge = 10_001, 402, "over_deposit"),
        (&|o| o.request.max_charge = 1_000_001, 402, "over_exposure"),
    ];
    for (change, status, code) in cases {
        let (got, reason, body) = bench.refused(&changed(change)).await;
        assert_eq!((got, reason.as_str()), (status, code), "{body}");
        assert_eq!(body.get("souk").is_some(), status == 402, "{body}");
    }
    nothing_happened(&bench);
    // Inside the window of calls in flight, numbers may come in any order.
    bench.answered(&bench.order(3, &[1], 2)).await;
}

#[tokio::test]
async fn seq_should_be_refused_when_taken_or_far_ahead() {
    let bench = Bench::start().await;
    let ahead = bench.refused(&bench.order(4, &[1], 2)).await;
    assert_eq!((ahead.0, ahead.1.as_str()), (409, "seq_gap"));
    nothing_happened(&bench);
    bench.answered(&bench.order(0, &[1], 2)).await;
    let taken = bench.refused(&bench.order(0, &[2], 2)).await;
    assert_eq!((taken.0, taken.1.as_str()), (409, "seq_taken"));
}

#[tokio::test]
async fn bad_vouchers_should_be_refused_and_change_nothing() {
    let bench = Bench::start().await;
    bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    let good = bench.voucher().await;
    for (voucher, status, code) in [
        (Voucher { genesis: [9; 32], ..good.clone() }, 400, "wrong_chain"),
        (Voucher { channel: [9; 32], ..good.clone() }, 400, "wrong_channel"),
        (Voucher { cumulative: 99_999, ..good.clone() }, 402, "voucher_over_deposit"),
        (Voucher { calls: 2, ..good.clone() }, 400, "voucher_ahead"),
        (Voucher { cumulative: 12, ..good.clone() }, 400, "voucher_wrong_total"),
        (Voucher { receipts_root: [9; 32], ..good.clone() }, 400, "voucher_wrong_root"),
    ] {
        let (got, reason, body) = bench.refused(&bench.order(1, &[1], 2).with_voucher(voucher)).await;
        assert_eq!((got, reason.as_str()), (status, code), "{body}");
    }
    // Forged: right content, wrong key. The request beside it is signed rightly.
    let order = bench.order(1, &[1], 2);
    let forger = souk_primitives::sr25519::Pair::from_seed(&[77; 32]);
    use souk_primitives::call::Signed;
    let forged = crate::payment::encode_signed(&good, &good.sign(&forger).0);
    let request =
        order.request_to(&bench.http, &bench.url("/v1/completions")).header("x-souk-voucher", forged);
    assert_eq!(refusal(request.send().await.unwrap()).await.1, "bad_voucher_signature");
    let state = bench.sidecar.app().ledger().state(&bench.channel);
    assert_eq!((state.covered, state.next_seq), (0, 1));
}

#[tokio::test]
async fn channel_that_can_not_pay_should_be_refused() {
    let bench = Bench::start().await;
    let order = bench.order(0, &[1], 2);
    let with = |change: fn(&mut souk_primitives::views::ChannelView)| {
        bench.chain.with_channel(bench.channel, change);
    };
    let reason = || async { bench.refused(&order).await.1 };
    with(|view| view.state = ChannelState::Closing { until: 99, reason: CloseReason::ByConsumer });
    next_block(&bench).await;
    assert_eq!(reason().await, "channel_closing");
    with(|view| (view.state, view.expires) = (ChannelState::Open, 1));
    next_block(&bench).await;
    assert_eq!(reason().await, "channel_expired");
    with(|view| (view.expires, view.seed) = (u32::MAX, None));
    next_block(&bench).await;
    assert_eq!(reason().await, "channel_not_ready");
    with(|view| (view.seed, view.notice) = (Some(crate::chain::fake::SEED), 1_201));
    next_block(&bench).await;
    assert_eq!(reason().await, "notice_too_long");
    with(|view| view.notice = 1_200);
    with(|view| view.provider = souk_primitives::AccountId::new([55; 32]));
    next_block(&bench).await;
    assert_eq!(reason().await, "other_provider");
    nothing_happened(&bench);
}

async fn next_block(bench: &Bench) {
    let before = bench.sidecar.app().facts().head().await.unwrap().number;
    while bench.sidecar.app().facts().head().await.unwrap().number == before {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn rate_of_a_channel_should_be_limited() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        config.limits.channel_rate = 0.1;
        config.limits.channel_burst = 2;
    })
    .await;
    bench.answered(&bench.order(0, &[1], 2)).await;
    bench.answered(&bench.order(1, &[1], 2)).await;
    let response = bench.send(&bench.order(2, &[1], 2)).await;
    assert!(response.headers().contains_key("retry-after"));
    let (status, code, _) = refusal(response).await;
    assert_eq!((status, code.as_str()), (429, "rate_limited"));
}

#[tokio::test]
async fn consumer_should_have_its_share_of_the_places() {
    let bench =
        Bench::start_with(Duration::from_millis(100), |config| config.limits.calls_per_consumer = 1).await;
    // Another channel of the same consumer, and one of somebody else.
    let (own, other) = (bench.chain.open_channel(10_000), bench.chain.open_channel(10_000));
    bench.chain.with_channel(other, |view| view.consumer = souk_primitives::AccountId::new([9; 32]));
    let on = |channel, seq| {
        let mut order = bench.order(seq, &[1], 8);
        order.request.channel = channel;
        order
    };
    let (first, second, third) = (on(bench.channel, 0), on(own, 0), on(other, 0));
    let (first, ..) = tokio::join!(bench.send(&first), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let (status, code, _) = bench.refused(&second).await;
        assert_eq!((status, code.as_str()), (503, "busy"));
        bench.answered(&third).await;
    });
    assert_eq!(first.status(), 200);
    bench.answered(&second).await;
}

#[tokio::test]
async fn questions_for_nothing_should_be_limited_and_asked_once() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        config.limits.unknown_rate = 0.01;
        config.limits.unknown_burst = 3;
    })
    .await;
    let from = |ip: &str| {
        reqwest::Client::builder()
            .no_proxy()
            .local_address(ip.parse::<std::net::IpAddr>().unwrap())
            .build()
            .unwrap()
    };
    let ask = |http: &reqwest::Client, id: [u8; 32]| {
        http.get(bench.url(&format!("/v1/channels/{}", hex::encode(id)))).send()
    };
    let curious = from("127.0.0.2");
    for i in 0..3 {
        assert_eq!(refusal(ask(&curious, [i; 32]).await.unwrap()).await.1, "unknown_channel");
    }
    let limited = ask(&curious, [7; 32]).await.unwrap();
    assert!(limited.headers().contains_key("retry-after"));
    assert_eq!(refusal(limited).await.1, "rate_limited");
    // Others don't suffer, and knowing a channel costs nothing.
    for _ in 0..10 {
        assert_eq!(ask(&from("127.0.0.3"), bench.channel).await.unwrap().status(), 200);
    }
    let paid = bench.order(0, &[1], 2);
    bench.answered(&paid).await;
}

#[tokio::test]
async fn busy_provider_should_refuse_before_it_binds() {
    let bench = Bench::start_with(Duration::from_millis(100), |config| config.limits.calls = 1).await;
    let before = bench.order(0, &[1], 1);
    bench.answered(&before).await;
    let (first, second) = (bench.order(1, &[1], 10), bench.order(2, &[1], 2));
    let (first, second) = tokio::join!(bench.send(&first), async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        bench.answered(&before).await;
        bench.refused(&second).await
    });
    assert_eq!(first.status(), 200);
    assert_eq!((second.0, second.1.as_str()), (503, "busy"));
    assert_eq!(bench.sidecar.app().ledger().state(&bench.channel).next_seq, 2);
}

#[tokio::test]
async fn node_that_is_down_should_be_told_and_recover() {
    let bench = Bench::start().await;
    bench.chain.set_down(true);
    let fresh = Bench { channel: [200; 32], ..bench };
    let (status, code, _) = fresh.refused(&fresh.order(0, &[1], 2)).await;
    assert_eq!((status, code.as_str()), (503, "chain_unavailable"));
    fresh.chain.set_down(false);
    let bench = Bench { channel: [100; 32], ..fresh };
    bench.answered(&bench.order(0, &[1], 2)).await;
}
