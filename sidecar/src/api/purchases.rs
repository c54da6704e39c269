//! Copies of what was bought, for their buyers: every request is signed in `x-souk-fetch` by the buyer's account.

use super::{
    asker,
    error::ApiError,
    fetch::{refused, signer},
    path_digest, range, App, Full,
};
use crate::{
    adversary, payment,
    sales::{
        copy::{length_of, Copier},
        flow::Flow,
        plan::may_fetch,
        shop::StreamPlace,
        vault::Copy,
        watch::Watch,
        SaleError, Shop,
    },
    store::tree::CHUNKS,
};
use axum::{
    body::{Body, Bytes},
    extract::{Path, State},
    http::{header, HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    Json,
};
use base64::{engine::general_purpose::STANDARD, Engine};
use codec::Encode;
use futures::{Stream, StreamExt};
use serde_json::{json, Value};
use souk_primitives::{content::Content, exchange::purchase_resource, views::PurchaseView, PurchaseId};
use std::{sync::Arc, time::Instant};

/// Proof of one encrypted chunk.
const PROOF: &str = "x-souk-proof";

impl From<SaleError> for ApiError {
    fn from(error: SaleError) -> Self {
        match error {
            SaleError::Store(error) => error.into(),
            SaleError::Chain(error) => error.into(),
            SaleError::Vault(_) | SaleError::Pieces(_) | SaleError::Cipher | SaleError::Damaged(_) => {
                tracing::error!(%error, "a copy can't be served");
                ApiError::internal("the seller can't serve this copy now; try again later")
            }
        }
    }
}

/// A purchase whose buyer asks.
struct Asked {
    shop: Arc<Shop>,
    view: PurchaseView,
    copy: Option<Copy>,
}

impl Asked {
    /// `is_look`: for one of the answers that are short.
    async fn of(app: &App, id: &str, headers: &HeaderMap, is_look: bool) -> Result<Self, ApiError> {
        let id = path_digest(id)?;
        let key = signer(app, headers, purchase_resource(&id), |key| app.copy_rate(key, is_look)).await?;
        let unknown =
            || ApiError::not_found("unknown_purchase", "no such purchase of this seller in a final block");
        let (Some(shop), Some(seller)) = (app.shop(), app.chain().seller()) else { return Err(unknown()) };
        let view = app.purchase(id).await?.filter(|view| view.seller == seller).ok_or_else(unknown)?;
        if *AsRef::<[u8; 32]>::as_ref(&view.buyer) != key {
            return Err(refused("the fetch is not signed by the purchase's buyer"));
        }
        if !may_fetch(&view.stage) {
            let message = "the purchase has ended and was not paid: there is nothing to fetch";
            return Err(ApiError::new(StatusCode::GONE, "purchase_over", message));
        }
        let copy = shop.vault().with(move |vault| vault.copy(&id)).await.map_err(SaleError::from)?;
        Ok(Self { shop: shop.clone(), view, copy })
    }

    fn content(&self) -> Result<Content, ApiError> {
        let content = Content::new(self.view.content_root, self.view.size);
        content.ok_or_else(|| ApiError::not_found("nothing_to_fetch", "this purchase has nothing to deliver"))
    }

    fn id(&self) -> PurchaseId {
        self.view.id
    }

    /// How many chunks of the copy were gone through.
    fn chunks_done(&self) -> u32 {
        let segments = self.copy.as_ref().map_or(0, |copy| copy.done);
        segments.saturating_mul(CHUNKS).min(self.view.chunks)
    }

    /// The copy, once it is there in full.
    fn ready(&self) -> Result<&Copy, ApiError> {
        if let Some(copy) = self.copy.as_ref().filter(|copy| copy.ciphertext_root.is_some()) {
            if self.view.stage.is_ended() && !self.shop.pieces().is_whole(&self.id(), &copy.content) {
                let message =
                    "the purchase is over, and what the seller kept of its copy made room for others";
                return Err(ApiError::new(StatusCode::GONE, "purchase_over", message));
            }
            return Ok(copy);
        }
        let message = format!(
            "the copy is being prepared, {} of {} chunks are done; ask again shortly",
            self.chunks_done(),
            self.view.chunks
        );
        Err(ApiError::new(StatusCode::TOO_EARLY, "copy_not_ready", message).after(2))
    }

    fn copier(&self) -> &Copier {
        self.shop.copier()
    }

    /// A place for an answer that takes time.
    fn place(&self) -> Result<StreamPlace, ApiError> {
        if self.shop.is_spent(&self.view) {
            return Err(fetched_often());
        }
        self.shop.place(&self.view, asker::peer()).map_err(busy)
    }

    /// An answer that is sent as a stream, no faster than the limits say. It keeps its place until it is sent.
    fn stream<E: Into<SaleError> + Send + 'static>(
        &self,
        app: &App,
        place: StreamPlace,
        bytes: impl Stream<Item = Result<Bytes, E>> + Send + 'static,
        starve_after: Option<u64>,
    ) -> Body {
        let (shop, view, app, peer) = (self.shop.clone(), self.view.clone(), app.clone(), asker::peer());
        let (place, flow) = (Arc::new(place), Arc::new(Flow::new(shop.window())));
        Watch::start(&app, &shop, &view, &place, &flow, asker::hang_up());
        let paced = async_stream::stream! {
            let _place = place;
            let mut sent = 0u64;
            let cancelled = app.clone();
            let bytes = bytes.take_until(async move { cancelled.cancelled().await });
            let mut bytes = std::pin::pin!(bytes);
            while let Some(piece) = bytes.next().await {
                if starve_after.is_some_and(|most| sent >= most) {
                    std::future::pending::<()>().await;
                }
                match piece {
                    Ok(piece) if !shop.may_send(&view, piece.len()) => {
                        let purchase = hex::encode(view.id);
                        tracing::warn!(%purchase, "an unpaid copy was fetched more often than it may be");
                        yield Err(std::io::Error::other(fetched_often().message.clone()));
                        return;
                    }
                    Ok(piece) => {
                        shop.pace().wait(peer, piece.len()).await;
                        sent += piece.len() as u64;
                        app.metrics().copied(piece.len());
                        flow.gets(Instant::now(), piece.len());
                        yield Ok(piece);
                        flow.asks(Instant::now());
                    }
                    Err(error) => {
                        let error: SaleError = error.into();
                        tracing::error!(%error, "a copy that was being fetched broke off");
                        yield Err(std::io::Error::from(error));
                        return;
                    }
                }
            }
        };
        Body::from_stream(paced)
    }
}

fn busy(full: Full) -> ApiError {
    ApiError::busy(match full {
        Full::Share => "as many fetches run as one buyer, address or purchase may have; wait for one to end",
        Full::All => "the seller's store is busy; try again shortly",
    })
}

fn fetched_often() -> ApiError {
    let message = "this copy was fetched as often as an unpaid one may be; accept what is there";
    ApiError::new(StatusCode::TOO_MANY_REQUESTS, "fetched_often", message)
}

fn tag(digest: &[u8; 32]) -> String {
    format!("\"{}\"", hex::encode(digest))
}

/// `GET /v1/purchases/{id}`
pub async fn show(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let asked = Asked::of(&app, &id, &headers, true).await?;
    let _place = asked.shop.look(&asked.view.buyer).map_err(busy)?;
    let root = asked.copy.as_ref().and_then(|copy| copy.ciphertext_root);
    let promised = asked.copy.as_ref().filter(|_| root.is_some());
    let promised = promised.map(|copy| adversary::commitment(app.cheat(), &asked.id(), &copy.key));
    Ok(Json(json!({
        "purchase": hex::encode(asked.id()),
        "state": if root.is_some() { "ready" } else { "preparing" },
        "progress": { "chunks_done": asked.chunks_done(), "chunks": asked.view.chunks },
        "size": asked.view.size,
        "chunks": asked.view.chunks,
        "ciphertext_root": root.map(hex::encode),
        "key_commitment": promised.map(hex::encode),
    })))
}

/// `GET /v1/purchases/{id}/digests/plain`: 32 bytes a chunk.
pub async fn plain_digests(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asked = Asked::of(&app, &id, &headers, false).await?;
    let content = asked.content()?;
    let (length, tag) = (u64::from(content.chunks()) * 32, tag(&content.root()));
    let part = range::asked(&headers, length, &tag);
    let (wanted, place) = (range::range(&part, length)?, asked.place()?);
    let digests = asked.shop.store().digests(&content, wanted).await?;
    Ok(range::respond(&part, length, &tag, asked.stream(&app, place, digests, None)))
}

/// `GET /v1/purchases/{id}/digests/encrypted`: 32 bytes a chunk. Checked against the root, it is every chunk's proof.
pub async fn encrypted_digests(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asked = Asked::of(&app, &id, &headers, false).await?;
    let copy = asked.ready()?;
    let (length, tag) = (u64::from(asked.view.chunks) * 32, tag(&copy.ciphertext_root.unwrap_or_default()));
    let part = range::asked(&headers, length, &tag);
    let (wanted, place) = (range::range(&part, length)?, asked.place()?);
    let digests = asked.copier().digests(asked.id(), wanted);
    Ok(range::respond(&part, length, &tag, asked.stream(&app, place, digests, None)))
}

/// `GET /v1/purchases/{id}/copy`: all encrypted chunks, one after the other.
pub async fn copy(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asked = Asked::of(&app, &id, &headers, false).await?;
    let copy = asked.ready()?;
    let (length, tag) = (length_of(&copy.content), tag(&copy.ciphertext_root.unwrap_or_default()));
    let part = range::asked(&headers, length, &tag);
    let (wanted, place) = (range::range(&part, length)?, asked.place()?);
    let starve = adversary::starves_after(app.cheat(), wanted.end - wanted.start);
    let bytes = asked.copier().bytes(asked.id(), copy, wanted);
    Ok(range::respond(&part, length, &tag, asked.stream(&app, place, bytes, starve)))
}

/// `GET /v1/purchases/{id}/chunks/{i}`: one encrypted chunk, with its proof.
pub async fn chunk(
    State(app): State<App>,
    Path((id, index)): Path<(String, u32)>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let asked = Asked::of(&app, &id, &headers, true).await?;
    let copy = asked.ready()?;
    let place = asked.place()?;
    let found = asked.copier().chunk(asked.id(), copy, index).await?;
    let (chunk, proof) = found.ok_or_else(|| {
        ApiError::not_found("unknown_chunk", format!("the copy has chunks 0 to {}", asked.view.chunks - 1))
    })?;
    let proof = STANDARD.encode(proof.iter().map(|node| (node.hash, node.sum)).collect::<Vec<_>>().encode());
    let length = chunk.len();
    let one = futures::stream::iter([Ok::<_, SaleError>(chunk)]);
    let body = asked.stream(&app, place, one, None);
    let kind = (header::CONTENT_TYPE, "application/octet-stream".to_string());
    let length = (header::CONTENT_LENGTH, length.to_string());
    Ok(([kind, length, (header::HeaderName::from_static(PROOF), proof)], body).into_response())
}

/// Headers that pages in a browser may read.
pub const EXPOSED: [&str; 2] = [payment::RECEIPT, PROOF];
