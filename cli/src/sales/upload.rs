//! A seller's file on its way into the seller's own store, over the store's private API.
//!
//! The store keeps segments under their own roots and says which ones it lacks, so an upload that was interrupted, and a
//! file that shares segments with another, send only what is missing.

use futures::{stream, StreamExt, TryStreamExt};
use indicatif::ProgressBar;
use reqwest::{Body, Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use souk_client::content::each_chunk;
use souk_primitives::{content::Content, sumtree::Leaf, Digest};
use souk_sidecar::{
    blocking::aside,
    secrets::Secret,
    store::{
        tree::{length_of, name_of, node, CHUNKS, SEGMENT},
        NAMED,
    },
};
use std::{
    collections::HashSet,
    fs::File,
    io::{Error, ErrorKind, Read, Result as IoResult, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    time::Duration,
};

/// Segments on their way at a time.
const IN_FLIGHT: usize = 4;
/// Attempts for a segment.
const ATTEMPTS: u32 = 5;

/// A file as the store takes it.
pub struct Hashed {
    /// The file.
    pub path: PathBuf,
    /// Its root and size.
    pub content: Content,
    /// Roots of its segments, in order.
    pub segments: Vec<Digest>,
    /// The digests of its chunks, in a file without a name.
    pub digests: File,
}

/// Why a file is not in the store.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The file can't be read, or changed.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: String,
        /// Why.
        source: Error,
    },
    /// The store can't be reached.
    #[error("the store at {url} can't be reached: {reason}; when the sidecar that keeps it runs, run the same command again to go on")]
    Lost {
        /// Its address.
        url: String,
        /// Why.
        reason: String,
    },
    /// The store refuses.
    #[error("the store refuses ({status}): {message}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Its words.
        message: String,
    },
}

/// Reads a file once: its root, its segments, its digests.
pub fn hash(path: &Path, bar: &ProgressBar) -> IoResult<Hashed> {
    let mut digests = std::io::BufWriter::new(tempfile::tempfile()?);
    let mut segments = Vec::new();
    let mut leaves: Vec<Leaf> = Vec::with_capacity(CHUNKS as usize);
    let content = each_chunk(path, |leaf| {
        digests.write_all(&leaf.digest)?;
        leaves.push(leaf);
        if leaves.len() == CHUNKS as usize {
            segments.extend(node(&leaves).map(|node| node.hash));
            leaves.clear();
        }
        bar.inc(u64::try_from(leaf.amount).unwrap_or(0));
        Ok(())
    })?;
    segments.extend(node(&leaves).map(|node| node.hash));
    let mut digests = digests.into_inner().map_err(|e| e.into_error())?;
    digests.seek(SeekFrom::Start(0))?;
    Ok(Hashed { path: path.to_path_buf(), content, segments, digests })
}

/// Bytes of a segment, if they still are what they were.
fn segment(path: &Path, index: u32, expected: &Digest) -> IoResult<Vec<u8>> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start((SEGMENT as u64).saturating_mul(index.into())))?;
    let mut bytes = Vec::with_capacity(SEGMENT);
    file.take(SEGMENT as u64).read_to_end(&mut bytes)?;
    match name_of(&bytes).as_ref() == Some(expected) {
        true => Ok(bytes),
        false => {
            Err(Error::new(ErrorKind::InvalidData, "the file changed while it was read; publish it again"))
        }
    }
}

/// The private API of a store.
#[derive(Clone)]
pub struct Private {
    http: reqwest::Client,
    url: String,
    token: Secret,
}

#[derive(Deserialize)]
struct Missing {
    missing: Vec<String>,
}

impl Private {
    /// For the store at `url`.
    pub fn new(url: &str, token: Secret) -> Result<Self, UploadError> {
        let url = url.trim_end_matches('/').to_string();
        let http = reqwest::Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(120))
            .redirect(reqwest::redirect::Policy::none())
            .build();
        let http = http.map_err(|e| UploadError::Lost { url: url.clone(), reason: e.to_string() })?;
        Ok(Self { http, url, token })
    }

    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        self.http.request(method, format!("{}/v1/store/{path}", self.url)).bearer_auth(self.token.expose())
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<Response, UploadError> {
        let response = request.send().await.map_err(|e| {
            let reason = e.without_url().to_string();
            UploadError::Lost { url: self.url.clone(), reason }
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.text().await.unwrap_or_default();
        let message = serde_json::from_str::<serde_json::Value>(&body)
            .ok()
            .and_then(|body| Some(body.get("error")?.get("message")?.as_str()?.to_string()))
            .unwrap_or(body);
        let message = match status {
            StatusCode::UNAUTHORIZED => "the token is not the store's (--store-token-file)".into(),
            _ => message.chars().take(300).collect(),
        };
        Err(UploadError::Refused { status: status.as_u16(), message })
    }

    /// Which of the segments the store lacks.
    async fn missing(&self, segments: &[Digest]) -> Result<HashSet<Digest>, UploadError> {
        let mut missing = HashSet::new();
        for page in segments.chunks(NAMED as usize) {
            let names: Vec<String> = page.iter().map(hex::encode).collect();
            let request = self.request(reqwest::Method::POST, "missing").json(&json!({ "segments": names }));
            let answer = self.send(request).await?.json::<Missing>().await.map_err(|e| {
                UploadError::Lost { url: self.url.clone(), reason: format!("its answer can't be read ({e})") }
            })?;
            missing.extend(answer.missing.iter().filter_map(|name| crate::args::digest(name).ok()));
        }
        Ok(missing)
    }

    async fn put_segment(&self, name: &Digest, bytes: Vec<u8>) -> Result<(), UploadError> {
        let bytes = bytes::Bytes::from(bytes);
        let path = format!("segments/{}", hex::encode(name));
        let mut pause = Duration::from_millis(300);
        for attempt in 1.. {
            let sent = self.send(self.request(reqwest::Method::PUT, &path).body(bytes.clone())).await;
            match sent {
                Ok(_) => break,
                Err(error) if attempt < ATTEMPTS && is_passing(&error) => {
                    tracing::debug!("sending a segment again: {error}");
                    tokio::time::sleep(pause).await;
                    pause *= 2;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Puts a file into the store: what it lacks of it, and then its list. Returns the bytes that were sent.
    pub async fn put(&self, hashed: &Hashed, bar: &ProgressBar) -> Result<u64, UploadError> {
        let mut missing = self.missing(&hashed.segments).await?;
        // A segment that is in the file twice is sent once.
        let todo: Vec<(u32, Digest)> =
            (0..).zip(hashed.segments.iter().copied()).filter(|(_, name)| missing.remove(name)).collect();
        let total: u64 = todo.iter().map(|(index, _)| length_of(&hashed.content, *index)).sum();
        bar.set_length(total);
        stream::iter(todo)
            .map(|(index, name)| async move {
                let path = hashed.path.clone();
                let read = aside(move || segment(&path, index, &name)).await;
                let bytes = read.map_err(|e| file_error(&hashed.path, e))?;
                self.put_segment(&name, bytes).await?;
                bar.inc(length_of(&hashed.content, index));
                Ok::<(), UploadError>(())
            })
            .buffer_unordered(IN_FLIGHT)
            .try_collect::<()>()
            .await?;
        self.put_content(hashed).await?;
        Ok(total)
    }

    async fn put_content(&self, hashed: &Hashed) -> Result<(), UploadError> {
        let io = |e| file_error(&hashed.path, e);
        let mut digests = hashed.digests.try_clone().map_err(io)?;
        digests.seek(SeekFrom::Start(0)).map_err(io)?;
        let file = tokio::fs::File::from_std(digests);
        let list = tokio_util::io::ReaderStream::with_capacity(file, 1 << 16);
        let content = &hashed.content;
        let path = format!("contents/{}?size={}", hex::encode(content.root()), content.size());
        let bytes = u64::from(content.chunks()).saturating_mul(32);
        let request = self
            .request(reqwest::Method::PUT, &path)
            .header(reqwest::header::CONTENT_LENGTH, bytes)
            .body(Body::wrap_stream(list));
        self.send(request).await.map(|_| ())
    }
}

/// Whether another attempt may do better.
fn is_passing(error: &UploadError) -> bool {
    match error {
        UploadError::Lost { .. } => true,
        UploadError::Refused { status, .. } => matches!(status, 408 | 429 | 500 | 502 | 503 | 504),
        UploadError::File { .. } => false,
    }
}

/// An error of a file, with its name.
pub fn file_error(path: &Path, source: Error) -> UploadError {
    UploadError::File { path: path.display().to_string(), source }
}
