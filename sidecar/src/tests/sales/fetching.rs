use super::*;
use base64::{engine::general_purpose::STANDARD, Engine};
use codec::Decode;
use souk_primitives::{close::CloseReason, content::leaf, sumtree::Node, Balance};

async fn offered(bench: &Bench, file: &[u8]) -> (PurchaseId, Content) {
    let content = bench.bring(file).await;
    let id = bench.order_copy(&content);
    bench.until_offered(id).await;
    (id, content)
}

#[tokio::test]
async fn any_range_should_be_that_part_of_the_copy() {
    let bench = Bench::seller().await;
    let (id, _) = offered(&bench, &bytes(5, SIZE)).await;
    let whole = bench.fetch(id, "/copy").await;
    let stride = CHUNK as usize + 16;
    let segment = 64 * stride;
    for (from, to) in [
        (0, 1),
        (0, stride),
        (stride - 1, stride + 1),
        (segment - 3, segment + 5),
        (5, 2 * segment + 9),
        (whole.len() - 40, whole.len()),
    ] {
        let range = format!("bytes={from}-{}", to - 1);
        let response = bench.fetch_as(&buyer(), id, "/copy").header("range", range).send().await.unwrap();
        assert_eq!(response.status(), 206);
        let said = format!("bytes {from}-{}/{}", to - 1, whole.len());
        assert_eq!(response.headers()["content-range"].to_str().unwrap(), said);
        assert_eq!(response.content_length(), Some((to - from) as u64));
        assert!(response.bytes().await.unwrap() == whole[from..to], "{from}..{to}");
    }
    // What broke off goes on, but not from another copy.
    let rest =
        bench.fetch_as(&buyer(), id, "/copy").header("range", "bytes=100-").header("if-range", "\"other\"");
    assert_eq!(rest.send().await.unwrap().status(), 200);
    let beyond =
        bench.fetch_as(&buyer(), id, "/copy").header("range", "bytes=99999999-").send().await.unwrap();
    assert_eq!(beyond.headers()["content-range"].to_str().unwrap(), format!("bytes */{}", whole.len()));
    assert_eq!(refusal(beyond).await.0, 416);
    for path in ["/digests/plain", "/digests/encrypted"] {
        let list = bench.fetch(id, path).await;
        let part =
            bench.fetch_as(&buyer(), id, path).header("range", "bytes=2000-2100").send().await.unwrap();
        assert!(part.bytes().await.unwrap() == list[2000..=2100]);
    }
}

#[tokio::test]
async fn single_chunks_should_come_with_their_proofs() {
    let bench = Bench::seller().await;
    let (id, content) = offered(&bench, &bytes(6, SIZE)).await;
    let root = bench.chain.with_purchase(id, |view| view.ciphertext_root.unwrap());
    let whole = bench.fetch(id, "/copy").await;
    for index in [0, 1, 63, 64, 127, 128, 131] {
        let response = bench.fetch_as(&buyer(), id, &format!("/chunks/{index}")).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let proof = STANDARD.decode(response.headers()["x-souk-proof"].to_str().unwrap()).unwrap();
        let proof = Vec::<(Digest, Balance)>::decode(&mut &proof[..]).unwrap();
        let proof: Vec<Node> = proof.into_iter().map(|(hash, sum)| Node { hash, sum }).collect();
        let chunk = response.bytes().await.unwrap();
        let at = index as usize * (CHUNK as usize + 16);
        assert!(chunk == whole[at..at + chunk.len()]);
        souk_primitives::sumtree::verify(&content.encrypted(root), index, &leaf(&chunk), &proof).unwrap();
    }
    let none = bench.fetch_as(&buyer(), id, "/chunks/132").send().await.unwrap();
    assert_eq!(refusal(none).await.1, "unknown_chunk");
}

#[tokio::test]
async fn only_the_buyer_should_be_served() {
    let bench = Bench::seller().await;
    let (id, content) = offered(&bench, &bytes(7, 100_000)).await;
    let path = |id: PurchaseId| bench.url(&format!("/v1/purchases/{}/copy", hex::encode(id)));
    let with = |id, header: String| bench.http.get(path(id)).header(crate::payment::FETCH, header).send();
    let code = |response| async { refusal(response).await.1 };
    let stranger = bench.fetch_as(&consumer(), id, "/copy").send().await.unwrap();
    assert_eq!(stranger.status(), 403);
    assert_eq!(code(bench.http.get(path(id)).send().await.unwrap()).await, "malformed_header");
    let resource = purchase_resource(&id);
    let other = signed_fetch(&buyer(), purchase_resource(&[1; 32]), |_| {});
    assert_eq!(with(id, other).await.unwrap().status(), 403);
    let expired = signed_fetch(&buyer(), resource, |fetch| fetch.expires = 1);
    assert_eq!(with(id, expired).await.unwrap().status(), 403);
    let elsewhere = signed_fetch(&buyer(), resource, |fetch| fetch.genesis = [0; 32]);
    assert_eq!(with(id, elsewhere).await.unwrap().status(), 403);
    let unknown = bench.fetch_as(&buyer(), [1; 32], "/copy").send().await.unwrap();
    assert_eq!(code(unknown).await, "unknown_purchase");
    let foreign = bench.order_copy(&content);
    bench.chain.with_purchase(foreign, |view| view.seller = AccountId::new([3; 32]));
    let foreign = bench.fetch_as(&buyer(), foreign, "/copy").send().await.unwrap();
    assert_eq!(code(foreign).await, "unknown_purchase");
    // What ended without being paid is not served any more.
    bench
        .chain
        .with_purchase(id, |view| view.stage = Stage::Ended { at: 1, reason: CloseReason::NotAccepted });
    let over = |path| bench.fetch_as(&buyer(), id, path).send();
    until("the next block", || bench.sidecar.app().shop().unwrap().vault().copy(&id).unwrap().unwrap().ended)
        .await;
    assert_eq!(code(over("/copy").await.unwrap()).await, "purchase_over");
    assert_eq!(code(over("").await.unwrap()).await, "purchase_over");
}

fn consumer() -> sr25519::Pair {
    crate::chain::fake::consumer()
}

#[tokio::test]
async fn state_should_be_told() {
    let bench = Bench::seller().await;
    let (id, content) = offered(&bench, &bytes(8, SIZE)).await;
    let shown: Value = serde_json::from_slice(&bench.fetch(id, "").await).unwrap();
    let view = bench.chain.with_purchase(id, |view| view.clone());
    let expected = json!({
        "purchase": hex::encode(id),
        "state": "ready",
        "progress": { "chunks_done": content.chunks(), "chunks": content.chunks() },
        "size": content.size(),
        "chunks": content.chunks(),
        "ciphertext_root": hex::encode(view.ciphertext_root.unwrap()),
        "key_commitment": hex::encode(view.key_commitment.unwrap()),
    });
    assert_eq!(shown, expected);
}

#[tokio::test]
async fn damage_should_break_the_stream_off_and_never_be_served() {
    let bench = Bench::seller().await;
    let file = bytes(9, SIZE);
    let (id, _) = offered(&bench, &file).await;
    let whole = bench.fetch(id, "/copy").await;
    let (name, part) = segments_of(&file)[1];
    let path = bench.dir.path().join("objects/segments").join(hex::encode(name));
    let mut damaged = part.to_vec();
    damaged[100] ^= 1;
    std::fs::write(&path, &damaged).unwrap();
    let response = bench.fetch_as(&buyer(), id, "/copy").send().await.unwrap();
    assert!(response.bytes().await.is_err());
    let at = 64 * (CHUNK as usize + 16);
    let before = bench.fetch_as(&buyer(), id, "/copy").header("range", format!("bytes=0-{}", at - 1));
    assert!(before.send().await.unwrap().bytes().await.unwrap() == whole[..at]);
    // Nor is it sold again: the copy is not made of it.
    let content = content_of(&file).0;
    let again = bench.order_copy(&content);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(matches!(bench.stage(again), Stage::Ordered { .. }));
    assert!(bench.metrics().await.contains("souk_sales_total{outcome=\"failed\",step=\"copy\"}"));
    std::fs::write(&path, part).unwrap();
    bench.until_offered(again).await;
}

#[tokio::test]
async fn places_and_bandwidth_should_be_limited() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        selling(config);
        config.limits.write_secs = 10;
        config.store.max_streams_per_purchase = 1;
        config.store.bandwidth_per_peer = 1_000_000;
    })
    .await;
    let file = bytes(10, 1_600_000);
    let (id, content) = offered(&bench, &file).await;
    let other = bench.order_copy(&content);
    bench.until_offered(other).await;
    let started = std::time::Instant::now();
    let first = bench.fetch_as(&buyer(), id, "/copy").send().await.unwrap();
    let second = bench.fetch_as(&buyer(), id, "/copy").send().await.unwrap();
    assert_eq!(refusal(second).await.1, "busy");
    assert_eq!(bench.fetch_as(&buyer(), other, "/copy").send().await.unwrap().status(), 200);
    assert_eq!(first.bytes().await.unwrap().len(), 1_600_000 + 25 * 16);
    // A second's worth goes at once.
    assert!(started.elapsed() > Duration::from_millis(500), "{:?}", started.elapsed());
    assert_eq!(bench.fetch_as(&buyer(), id, "").send().await.unwrap().status(), 200);
}
