use super::support::*;
use crate::{chain::fake::PRICES, payment::decode_signed};
use serde_json::Value;
use souk_primitives::call::{check_receipt, tokens_digest, Finish, Receipt, Voucher};
use std::time::Duration;

#[tokio::test]
async fn paid_call_should_be_answered_with_a_receipt_that_checks_out() {
    let bench = Bench::start().await;
    let order = bench.order(0, &[1, 2, 3], 5);
    let (answer, receipt) = bench.answered(&order).await;
    let ids: Vec<u32> = serde_json::from_value(answer["choices"][0]["token_ids"].clone()).unwrap();
    assert_eq!(ids.len(), 5);
    assert_eq!(receipt.response_digest, tokens_digest(&ids));
    assert_eq!((receipt.input_tokens, receipt.output_tokens, receipt.finish), (3, 5, Finish::Length));
    assert_eq!(receipt.charge, 3 + 10);
    assert_eq!(check_receipt(&order.request, &receipt, &PRICES), Ok(()));
    assert_eq!(answer["usage"]["total_tokens"], 8);
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
}

#[tokio::test]
async fn retry_should_give_the_same_receipt_bytes_also_after_a_restart() {
    let bench = Bench::start().await;
    let order = bench.order(0, &[1, 2, 3], 5);
    let first = bench.send(&order).await;
    let header = first.headers()["x-souk-receipt"].clone();
    let body: Value = first.json().await.unwrap();
    let again = bench.send(&order).await;
    assert_eq!(again.headers()["x-souk-receipt"], header);
    let bench = bench.restart().await;
    let later = bench.send(&order).await;
    assert_eq!(later.headers()["x-souk-receipt"], header);
    let later: Value = later.json().await.unwrap();
    assert_eq!(later["choices"][0]["token_ids"], body["choices"][0]["token_ids"]);
    let receipt: Value = fetched(&bench, 0, Some(&order)).await.json().await.unwrap();
    assert_eq!(receipt["receipt"], header.to_str().unwrap());
}

/// Asks for a receipt, showing an order.
async fn fetched(bench: &Bench, seq: u32, shown: Option<&Order>) -> reqwest::Response {
    use souk_primitives::call::Signed;
    let url = bench.url(&format!("/v1/receipts/{}/{seq}", hex::encode(bench.channel)));
    let mut request = bench.http.get(url);
    if let Some(order) = shown {
        let signature = order.request.sign(&order.signer).0;
        request = request.header("x-souk-request", crate::payment::encode_signed(&order.request, &signature));
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn receipts_should_be_shown_to_their_consumer_only() {
    let bench = Bench::start().await;
    let order = bench.order(0, &[1, 2, 3], 5);
    bench.answered(&order).await;
    let mut guess = order.clone();
    guess.request.blinding = [9; 32];
    let mut stranger = bench.order(1, &[1], 2);
    stranger.signer = sp_core::Pair::from_seed(&[77; 32]);
    for (seq, shown) in [(0, None), (0, Some(&guess)), (1, Some(&order)), (1, Some(&stranger))] {
        let (status, code, _) = refusal(fetched(&bench, seq, shown).await).await;
        assert_eq!((status, code.as_str()), (401, "bad_request_signature"), "{seq}");
    }
    assert_eq!(fetched(&bench, 0, Some(&order)).await.status(), 200);
    let (status, code, _) = refusal(fetched(&bench, 1, Some(&bench.order(1, &[1], 2))).await).await;
    assert_eq!((status, code.as_str()), (404, "unknown_call"));
}

#[tokio::test]
async fn stream_should_end_with_the_receipt_over_exactly_its_tokens() {
    let bench = Bench::start().await;
    let mut order = bench.order(0, &[1, 2, 3], 6);
    order.stream = true;
    let events = events(&bench.send(&order).await.text().await.unwrap());
    let ids: Vec<u32> = events
        .iter()
        .filter_map(|event| event["choices"][0]["token_ids"].as_array())
        .flatten()
        .map(|id| id.as_u64().unwrap() as u32)
        .collect();
    assert_eq!(ids.len(), 6);
    let last = events.last().unwrap();
    assert_eq!(last["object"], "souk.receipt");
    let (receipt, _): (Receipt, _) = decode_signed(last["receipt"].as_str().unwrap()).unwrap();
    assert_eq!(receipt.response_digest, tokens_digest(&ids));
    // The same call without a stream is a retry of it: same tokens, same receipt.
    order.stream = false;
    let (answer, again) = bench.answered(&order).await;
    assert_eq!(again, receipt);
    assert_eq!(answer["choices"][0]["token_ids"], serde_json::json!(ids));
}

#[tokio::test]
async fn tokens_of_a_stream_should_be_gathered_for_who_asks_for_it() {
    let bench = Bench::start_with(Duration::from_millis(20), |_| {}).await;
    let mut order = bench.order(0, &[1, 2, 3], 20);
    (order.stream, order.gather_ms) = (true, 150);
    let events = events(&bench.send(&order).await.text().await.unwrap());
    let parts: Vec<Vec<u32>> = events
        .iter()
        .filter_map(|event| serde_json::from_value(event["choices"][0]["token_ids"].clone()).ok())
        .filter(|ids: &Vec<u32>| !ids.is_empty())
        .collect();
    assert_eq!(parts[0].len(), 1, "the first token goes at once: {parts:?}");
    assert!((2..12).contains(&parts.len()), "{parts:?}");
    let (receipt, _): (Receipt, _) =
        decode_signed(events.last().unwrap()["receipt"].as_str().unwrap()).unwrap();
    assert_eq!((receipt.output_tokens, receipt.response_digest), (20, tokens_digest(&parts.concat())));
    let mut long = bench.order(1, &[1, 2, 3], 2);
    (long.stream, long.gather_ms) = (true, 1_001);
    let (status, code, _) = refusal(bench.send(&long).await).await;
    assert_eq!((status, code.as_str()), (400, "invalid_value"));
}

#[tokio::test]
async fn client_that_leaves_a_stream_should_pay_for_the_tokens_sent() {
    use futures::StreamExt;
    let bench = Bench::start_with(Duration::from_millis(30), |_| {}).await;
    let mut order = bench.order(0, &[1, 2, 3], 50);
    order.stream = true;
    let mut stream = bench.send(&order).await.bytes_stream();
    let mut seen = String::new();
    while seen.matches("token_ids").count() < 3 {
        seen += std::str::from_utf8(&stream.next().await.unwrap().unwrap()).unwrap();
    }
    drop(stream);
    let receipt = loop {
        if let Some((receipt, _)) =
            bench.sidecar.app().ledger().call(&bench.channel, 0).unwrap().unwrap().receipt
        {
            break receipt;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(receipt.finish, Finish::Cancelled);
    assert!((3..10).contains(&receipt.output_tokens), "{receipt:?}");
    assert_eq!(check_receipt(&order.request, &receipt, &PRICES), Ok(()));
    // What was sent can be fetched again, with the same receipt.
    order.stream = false;
    let (answer, again) = bench.answered(&order).await;
    assert_eq!(again, receipt);
    let ids: Vec<u32> = serde_json::from_value(answer["choices"][0]["token_ids"].clone()).unwrap();
    assert_eq!(receipt.response_digest, tokens_digest(&ids));
}

#[tokio::test]
async fn client_that_leaves_without_a_stream_should_pay_for_what_was_made_for_it() {
    let bench = Bench::start_with(Duration::from_millis(30), |_| {}).await;
    let order = bench.order(0, &[1, 2, 3], 50);
    // It leaves while the model works, which was no less work for that.
    let left = tokio::time::timeout(Duration::from_millis(300), bench.send(&order)).await;
    assert!(left.is_err(), "the answer takes longer");
    let receipt = loop {
        let call = bench.sidecar.app().ledger().call(&bench.channel, 0).unwrap();
        if let Some((receipt, _)) = call.and_then(|call| call.receipt) {
            break receipt;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!((receipt.finish, receipt.input_tokens), (Finish::Cancelled, 3));
    assert!((3..30).contains(&receipt.output_tokens), "{receipt:?}");
    assert_eq!(receipt.charge, PRICES.charge(3, receipt.output_tokens).unwrap());
    assert_eq!(check_receipt(&order.request, &receipt, &PRICES), Ok(()));
    // The model does not go on to the end (50 × 30 ms): its place is free at once.
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(bench.sidecar.app().running(), 0);
}

#[tokio::test]
async fn owner_should_find_the_best_voucher_of_a_channel() {
    let bench = Bench::start().await;
    let state = || async {
        let url = bench.url(&format!("/v1/channels/{}", hex::encode(bench.channel)));
        bench.http.get(url).send().await.unwrap().json::<Value>().await.unwrap()
    };
    let (_, receipt) = bench.answered(&bench.order(0, &[1, 2, 3], 5)).await;
    assert_eq!(state().await["voucher"], Value::Null);
    let mut next = bench.order(1, &[1], 2);
    next.voucher = Some(bench.voucher().await);
    bench.answered(&next).await;
    let shown = state().await;
    let (voucher, _): (Voucher, _) = decode_signed(shown["voucher"].as_str().unwrap()).unwrap();
    assert_eq!((voucher.calls, voucher.cumulative), (1, receipt.charge));
}

#[tokio::test]
async fn client_that_reads_nothing_should_end_its_call() {
    use tokio::io::AsyncWriteExt;
    let bench = Bench::start_with(Duration::from_millis(1), |config| {
        config.server.open_access = true;
        config.limits.calls = 1;
    })
    .await;
    // A client that never reads its (short) stream only fills the socket's buffers: its call still ends by itself. What
    // must not happen is that it keeps its place for good.
    let mut idle = tokio::net::TcpStream::connect(bench.sidecar.address).await.unwrap();
    let body = br#"{"model":"fake","prompt":"hi","max_tokens":40,"stream":true}"#;
    let head = format!("POST /v1/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", body.len());
    idle.write_all(head.as_bytes()).await.unwrap();
    idle.write_all(body).await.unwrap();
    tokio::time::sleep(Duration::from_millis(800)).await;
    let answer = bench
        .http
        .post(bench.url("/v1/completions"))
        .json(&serde_json::json!({"model": "fake", "prompt": "hi", "max_tokens": 2}))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 200);
}

#[tokio::test]
async fn long_answer_should_be_paid_however_long_it_takes() {
    let bench = Bench::start_with(Duration::from_millis(200), |config| config.limits.call_secs = 1).await;
    for (seq, stream) in [(0, false), (1, true)] {
        let mut order = bench.order(seq, &[1, 2], 8);
        order.stream = stream;
        assert!(!bench.send(&order).await.text().await.unwrap().contains("too long"));
        let stored = bench.sidecar.app().ledger().call(&bench.channel, seq).unwrap().unwrap();
        let receipt = stored.receipt.unwrap().0;
        assert_eq!((receipt.finish, receipt.output_tokens), (Finish::Length, 8));
        assert_eq!(receipt.charge, PRICES.charge(2, 8).unwrap());
    }
}

#[tokio::test]
async fn call_that_the_provider_gives_up_should_cost_nothing() {
    let bench = Bench::start_with(Duration::from_millis(1_500), |config| config.limits.call_secs = 1).await;
    for (seq, stream) in [(0, false), (1, true)] {
        let mut order = bench.order(seq, &[1, 2], 40);
        order.stream = stream;
        let text = bench.send(&order).await.text().await.unwrap();
        assert!(text.contains("too long"), "{text}");
        let stored = bench.sidecar.app().ledger().call(&bench.channel, seq).unwrap().unwrap();
        let receipt = stored.receipt.unwrap().0;
        assert_eq!((receipt.finish, receipt.charge), (Finish::Error, 0));
    }
}

/// A model that is done at once, and a client that reads nothing of what it said.
#[tokio::test]
async fn client_that_reads_slowly_should_hold_no_place_and_be_cut_off() {
    use crate::calls::{start, Chunk, Work};
    let bench = Bench::start_with(Duration::ZERO, |config| {
        config.limits.calls = 1;
        config.limits.write_secs = 60;
        config.limits.drain_secs = 1;
    })
    .await;
    let app = bench.sidecar.app();
    let generation = crate::runner::Generation {
        prompt: vec![1],
        temperature_milli: 800,
        max_tokens: 40,
        stops: vec![],
        seed: [1; 32],
        client: [0; 32],
    };
    let runner = bench.models.named("fake").unwrap().clone();
    let place = Some(app.place(None).unwrap());
    let mut chunks =
        start(app, Work { runner, generation, paid: None, streaming: Some(Duration::ZERO), place });
    assert!(matches!(chunks.recv().await, Some(Chunk::Tokens { .. })));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(app.place(None).is_ok(), "the model is free for others");
    assert_eq!(app.running(), 1, "and the call is not over");
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    let mut rest = Vec::new();
    while let Some(chunk) = chunks.recv().await {
        rest.push(chunk);
    }
    let Some(Chunk::End(ended)) = rest.pop() else { panic!("{rest:?}") };
    assert_eq!(ended.finish, Finish::Cancelled);
    assert!(ended.ids.len() < 5, "only what it was sent counts");
}

#[tokio::test]
async fn failed_call_should_get_a_zero_charge_receipt_so_that_no_seq_is_missing() {
    let bench = Bench::start().await;
    let broken = bench.order(0, &[u32::from(b'!')], 5);
    let response = bench.send(&broken).await;
    assert_eq!(response.status(), 500);
    let receipt = receipt_of(&response);
    assert_eq!((receipt.charge, receipt.finish, receipt.output_tokens), (0, Finish::Error, 0));
    bench.answered(&bench.order(1, &[1], 2)).await;
    assert_eq!(bench.voucher().await.calls, 2);
}

#[tokio::test]
async fn shutdown_should_close_running_calls_with_their_receipts() {
    let bench = Bench::start_with(Duration::from_millis(50), |_| {}).await;
    let mut order = bench.order(0, &[1, 2], 40);
    order.stream = true;
    let response = bench.send(&order).await;
    let reading = tokio::spawn(response.text());
    tokio::time::sleep(Duration::from_millis(250)).await;
    let bench = bench.restart().await;
    let text = reading.await.unwrap().unwrap();
    let last = events(&text).pop().unwrap();
    let (receipt, _): (Receipt, _) = decode_signed(last["receipt"].as_str().unwrap()).unwrap();
    // The consumer did not cancel: it owes nothing for half an answer.
    assert_eq!((receipt.finish, receipt.charge), (Finish::Error, 0));
    let stored = bench.sidecar.app().ledger().call(&bench.channel, 0).unwrap().unwrap();
    assert_eq!(stored.receipt.unwrap().0, receipt);
}

#[tokio::test]
async fn answer_should_stop_where_the_money_ends() {
    let bench = Bench::start().await;
    let mut order = bench.order(0, &[1, 2, 3], 40);
    order.request.max_charge = 3 + 2 * 7 + 1;
    let (_, receipt) = bench.answered(&order).await;
    assert_eq!((receipt.output_tokens, receipt.charge, receipt.finish), (7, 17, Finish::Length));
}

#[tokio::test]
async fn vouchers_should_free_the_window_one_call_at_a_time() {
    let bench = Bench::start().await;
    for seq in 0..4 {
        bench.answered(&bench.order(seq, &[1, 2, 3], 5)).await;
    }
    let (status, code, body) = bench.refused(&bench.order(4, &[1, 2, 3], 5)).await;
    assert_eq!((status, code.as_str()), (402, "voucher_short"));
    let expected = &body["souk"]["channel"]["voucher_expected"];
    assert_eq!((&expected["calls"], &expected["cumulative"]), (&4.into(), &"52".into()));
    let voucher = bench.voucher().await;
    bench.answered(&bench.order(4, &[1, 2, 3], 5).with_voucher(voucher.clone())).await;
    // The same voucher covers three more, then it is short again.
    for seq in 5..8 {
        bench.answered(&bench.order(seq, &[1, 2, 3], 5).with_voucher(voucher.clone())).await;
    }
    let replayed = bench.order(8, &[1, 2, 3], 5).with_voucher(voucher);
    assert_eq!(bench.refused(&replayed).await.1, "voucher_short");
}

#[tokio::test]
async fn four_calls_at_once_should_all_be_answered() {
    let bench = Bench::start_with(Duration::from_millis(5), |_| {}).await;
    let orders: Vec<_> = (0..4).map(|seq| bench.order(seq, &[seq, 2, 3], 5)).collect();
    let answers = futures::future::join_all(orders.iter().map(|order| bench.answered(order))).await;
    let pairs: Vec<_> = orders
        .iter()
        .zip(&answers)
        .map(|(order, (_, receipt))| (order.request.clone(), receipt.clone()))
        .collect();
    let voucher = bench.voucher().await;
    assert_eq!(voucher.shape(), leaves(&pairs));
}

#[tokio::test]
async fn voucher_should_be_taken_on_its_own() {
    let bench = Bench::start().await;
    bench.answered(&bench.order(0, &[1], 2)).await;
    let order = bench.order(1, &[1], 2).with_voucher(bench.voucher().await);
    let state: Value = bench.hand(order.voucher.as_ref().unwrap()).await.json().await.unwrap();
    assert_eq!(state["covered_calls"], 1);
    let wrong = Voucher { receipts_root: [9; 32], ..order.voucher.clone().unwrap() };
    assert_eq!(refusal(bench.hand(&wrong).await).await.1, "voucher_wrong_root");
    bench.answered(&bench.order(1, &[1], 2)).await;
    bench.hand(&bench.voucher().await).await;
    let (status, code, _) = refusal(bench.hand(order.voucher.as_ref().unwrap()).await).await;
    assert_eq!((status, code.as_str()), (409, "stale_voucher"));
}
