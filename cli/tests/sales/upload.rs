//! Bringing a file to a store that fails now and then.

use axum::{
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{post, put},
    Json, Router,
};
use indicatif::ProgressBar;
use parking_lot::Mutex;
use serde_json::{json, Value};
use souk_cli::sales::upload::{hash, Private, UploadError};
use souk_primitives::{content::Content, Digest};
use souk_sidecar::{
    secrets::Secret,
    store::tree::{name_of, SEGMENT},
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A store that keeps names, and checks what a real one checks.
#[derive(Default)]
struct Kept {
    segments: HashSet<Digest>,
    contents: HashMap<Digest, u64>,
    /// Segments that it took, with repetitions.
    taken: u32,
    /// Requests that it answers with 503 before it works.
    fails: u32,
    /// Segments after which it always fails.
    dies_after: Option<u32>,
}

type Shared = Arc<Mutex<Kept>>;

fn digest(text: &str) -> Digest {
    let mut digest = [0; 32];
    hex::decode_to_slice(text, &mut digest).unwrap();
    digest
}

fn is_allowed(headers: &HeaderMap) -> bool {
    headers.get("authorization").is_some_and(|value| value == format!("Bearer {TOKEN}").as_str())
}

async fn missing(State(kept): State<Shared>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
    if !is_allowed(&headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let kept = kept.lock();
    let names = body["segments"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let missing: Vec<&str> = names.filter(|name| !kept.segments.contains(&digest(name))).collect();
    Json(json!({ "missing": missing })).into_response()
}

async fn segment(State(kept): State<Shared>, Path(name): Path<String>, body: Bytes) -> Response {
    let mut kept = kept.lock();
    if kept.fails > 0 {
        kept.fails -= 1;
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    if kept.dies_after.is_some_and(|most| kept.taken >= most) {
        return (StatusCode::INSUFFICIENT_STORAGE, Json(json!({ "error": { "message": "it is full" } })))
            .into_response();
    }
    if name_of(&body) != Some(digest(&name)) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    kept.taken += 1;
    kept.segments.insert(digest(&name));
    StatusCode::CREATED.into_response()
}

async fn content(
    State(kept): State<Shared>,
    Path(root): Path<String>,
    Query(query): Query<HashMap<String, u64>>,
    body: Bytes,
) -> Response {
    let content = Content::new(digest(&root), query["size"]).unwrap();
    let digests = body.chunks(32).map(|digest| digest.try_into().unwrap());
    if !content.matches(digests) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    kept.lock().contents.insert(content.root(), content.size());
    StatusCode::CREATED.into_response()
}

async fn start() -> (Shared, Private) {
    let kept = Shared::default();
    let router = Router::new()
        .route("/v1/store/missing", post(missing))
        .route("/v1/store/segments/{name}", put(segment))
        .route("/v1/store/contents/{root}", put(content))
        .layer(axum::extract::DefaultBodyLimit::max(SEGMENT + 1_024))
        .with_state(kept.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (kept, Private::new(&url, Secret::new(TOKEN)).unwrap())
}

/// Five segments of their own and one of them once more, then a shorter one.
fn bytes() -> Vec<u8> {
    let mut bytes: Vec<u8> =
        (0..5 * SEGMENT as u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    bytes.extend_from_within(..SEGMENT);
    bytes.extend_from_slice(b"the end");
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interrupted_upload_should_send_only_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, bytes()).unwrap();
    let hashed = hash(&path, &ProgressBar::hidden()).unwrap();
    assert_eq!(hashed.content, souk_client::content::of_file(&path).unwrap());
    assert_eq!(hashed.segments.len(), 7);
    let (kept, store) = start().await;
    kept.lock().dies_after = Some(2);
    let error = store.put(&hashed, &ProgressBar::hidden()).await.unwrap_err();
    assert!(error.to_string().contains("it is full"), "{error}");
    assert!(kept.lock().contents.is_empty());
    // It fails for a moment, then works; what it has is not sent again, nor what is in the file twice.
    let before = kept.lock().taken;
    {
        let mut kept = kept.lock();
        (kept.dies_after, kept.fails) = (None, 3);
    }
    let sent = store.put(&hashed, &ProgressBar::hidden()).await.unwrap();
    assert_eq!(kept.lock().taken, 6, "each segment once");
    assert_eq!(sent, bytes().len() as u64 - u64::from(before + 1) * SEGMENT as u64);
    assert_eq!(kept.lock().contents.get(&hashed.content.root()), Some(&(bytes().len() as u64)));
    assert_eq!(store.put(&hashed, &ProgressBar::hidden()).await.unwrap(), 0, "a repetition sends nothing");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn file_that_changed_should_not_be_listed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, b"before").unwrap();
    let hashed = hash(&path, &ProgressBar::hidden()).unwrap();
    std::fs::write(&path, b"after!").unwrap();
    let (kept, store) = start().await;
    let error = store.put(&hashed, &ProgressBar::hidden()).await.unwrap_err();
    assert!(matches!(error, UploadError::File { .. }) && error.to_string().contains("changed"), "{error}");
    assert!(kept.lock().contents.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wrong_token_and_missing_store_should_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    std::fs::write(&path, b"bytes").unwrap();
    let hashed = hash(&path, &ProgressBar::hidden()).unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let lost = Private::new(&nobody, Secret::new(TOKEN)).unwrap();
    let error = lost.put(&hashed, &ProgressBar::hidden()).await.unwrap_err();
    assert!(error.to_string().contains("run the same command again"), "{error}");
    let (kept, _) = start().await;
    drop(kept);
    let router = Router::new().route("/v1/store/missing", post(missing)).with_state(Shared::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let stranger = Private::new(&url, Secret::new("another token")).unwrap();
    let error = stranger.put(&hashed, &ProgressBar::hidden()).await.unwrap_err();
    assert!(error.to_string().contains("--store-token-file"), "{error}");
}
