use super::*;

async fn put(bench: &Bench, name: &Digest, bytes: &[u8]) -> reqwest::Response {
    let path = format!("segments/{}", hex::encode(name));
    bench.private("PUT", &path).body(bytes.to_vec()).send().await.unwrap()
}

async fn contents(bench: &Bench) -> Value {
    bench.private("GET", "contents").send().await.unwrap().json().await.unwrap()
}

#[tokio::test]
async fn contents_should_be_brought_listed_and_deleted() {
    let bench = Bench::seller().await;
    let file = bytes(20, SIZE);
    let content = bench.bring(&file).await;
    let shown = json!({ "root": hex::encode(content.root()), "size": SIZE, "chunks": content.chunks() });
    assert_eq!(contents(&bench).await["contents"], json!([shown]));
    // Again: nothing is missing, and nothing changes.
    assert_eq!(put(&bench, &segments_of(&file)[0].0, segments_of(&file)[0].1).await.status(), 200);
    bench.bring(&file).await;
    // After a restart it is there.
    let bench = bench.restart().await;
    assert_eq!(contents(&bench).await["contents"], json!([shown]));
    // A purchase needs it until it has ended.
    let id = bench.order_copy(&content);
    bench.until_offered(id).await;
    let path = format!("contents/{}", hex::encode(content.root()));
    let delete = || bench.private("DELETE", &path).send();
    let (status, code, _) = refusal(delete().await.unwrap()).await;
    assert_eq!((status, code.as_str()), (409, "content_in_use"));
    bench.chain.with_purchase(id, |view| {
        view.stage = Stage::Ended { at: 1, reason: souk_primitives::close::CloseReason::NotAccepted }
    });
    until("the end", || bench.sidecar.app().shop().unwrap().vault().copy(&id).unwrap().unwrap().ended).await;
    assert_eq!(delete().await.unwrap().status(), 200);
    assert_eq!(refusal(delete().await.unwrap()).await.1, "unknown_content");
    assert_eq!(contents(&bench).await, json!({ "contents": [], "bytes": 0 }));
    let left = std::fs::read_dir(bench.dir.path().join("objects/segments")).unwrap().count();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn mistakes_should_be_told() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        selling(config);
        config.store.max_bytes = 5 << 20;
    })
    .await;
    let file = bytes(21, SIZE);
    let (content, digests) = content_of(&file);
    let segments = segments_of(&file);
    let told = |response| async {
        let (status, code, body) = refusal(response).await;
        (status, code, body)
    };
    let (status, code, _) = told(put(&bench, &segments[0].0, segments[1].1).await).await;
    assert_eq!((status, code.as_str()), (400, "digest_mismatch"));
    let (status, code, _) = told(put(&bench, &segments[0].0, &[0; tree::SEGMENT + 1]).await).await;
    assert_eq!((status, code.as_str()), (400, "incomplete_body"));
    assert_eq!(put(&bench, &segments[0].0, segments[0].1).await.status(), 201);
    let (status, code, _) = told(put(&bench, &segments[1].0, segments[1].1).await).await;
    assert_eq!((status, code.as_str()), (507, "store_full"));
    assert_eq!(put(&bench, &segments[2].0, segments[2].1).await.status(), 201, "a small one fits");
    let bring = |root: Digest, size: usize, body: Vec<u8>| {
        let path = format!("contents/{}?size={size}", hex::encode(root));
        bench.private("PUT", &path).body(body).send()
    };
    let missing = told(bring(content.root(), SIZE, digests.concat()).await.unwrap()).await;
    assert_eq!((missing.0, missing.1.as_str()), (409, "segments_missing"));
    assert_eq!(missing.2["missing"], json!([hex::encode(segments[1].0)]));
    for (root, size, body) in [
        (content.root(), SIZE + 1, digests.concat()),
        (content.root(), SIZE, digests[1..].concat()),
        (content.root(), SIZE, [&digests.concat()[..], &[0; 32]].concat()),
        (content.root(), SIZE, digests.concat()[1..].to_vec()),
        ([1; 32], SIZE, digests.concat()),
    ] {
        let (status, code, _) = told(bring(root, size, body).await.unwrap()).await;
        assert_eq!((status, code.as_str()), (400, "digest_mismatch"));
    }
    assert_eq!(told(bring(content.root(), 0, vec![]).await.unwrap()).await.1, "bad_size");
    assert_eq!(contents(&bench).await["contents"], json!([]));
    let names = vec!["00".repeat(32); 4_097];
    let many = bench.private("POST", "missing").json(&json!({ "segments": names })).send().await.unwrap();
    assert_eq!(told(many).await.1, "too_many_segments");
}

#[tokio::test]
async fn strangers_should_not_get_in() {
    let bench = Bench::seller().await;
    let url = format!("http://{}/v1/store/contents", bench.sidecar.audit_address.unwrap());
    let audit_token = std::fs::read_to_string(bench.dir.path().join("audit-token")).unwrap();
    for token in ["", "wrong", audit_token.trim()] {
        let (status, code, _) = refusal(bench.http.get(&url).bearer_auth(token).send().await.unwrap()).await;
        assert_eq!((status, code.as_str()), (401, "bad_token"));
    }
    assert_eq!(
        bench.http.get(bench.url("/v1/store/contents")).send().await.unwrap().status(),
        404,
        "not in public"
    );
}
