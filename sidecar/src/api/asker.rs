//! Strangers' questions for what does not exist: each costs the node a look-up, so who asks many of them has to wait.
//! What exists is answered whatever others ask, also when all of them come through one proxy.

use super::{error::ApiError, App};
use crate::server::{HangUp, Peer};
use axum::{extract::Request, http::StatusCode, middleware::Next, response::Response};
use souk_primitives::{
    views::{AuditView, ChannelView, PurchaseView},
    AuditId, ChannelId, PurchaseId,
};

tokio::task_local! {
    /// Who asks, while a request is answered, and the way to end its connection.
    static ASKER: (Peer, HangUp);
}

/// Who asks, while a request is answered.
pub fn peer() -> Option<Peer> {
    ASKER.try_with(|(peer, _)| *peer).ok()
}

/// The way to end the connection of who asks, while a request is answered.
pub fn hang_up() -> HangUp {
    ASKER.try_with(|(_, hang_up)| hang_up.clone()).unwrap_or_default()
}

/// Remembers who asks.
pub async fn remember(request: Request, next: Next) -> Response {
    match request.extensions().get::<Peer>().copied() {
        Some(peer) => {
            let hang_up = request.extensions().get().cloned().unwrap_or_default();
            ASKER.scope((peer, hang_up), next.run(request)).await
        }
        None => next.run(request).await,
    }
}

impl App {
    /// A channel, if it exists; an error when the asker asked too often for what does not.
    pub async fn channel(&self, id: ChannelId) -> Result<Option<ChannelView>, ApiError> {
        let known = self.facts().knows_channel(&id);
        self.may_ask(known)?;
        let view = self.facts().channel(id).await?;
        self.asked(known, view.is_some());
        Ok(view)
    }

    /// An audit, by the same rule.
    pub async fn audit(&self, id: AuditId) -> Result<Option<AuditView>, ApiError> {
        let known = self.facts().knows_audit(&id);
        self.may_ask(known)?;
        let view = self.facts().audit(id).await?;
        self.asked(known, view.is_some());
        Ok(view)
    }

    /// A purchase, by the same rule.
    pub async fn purchase(&self, id: PurchaseId) -> Result<Option<PurchaseView>, ApiError> {
        let known = self.facts().knows_purchase(&id);
        self.may_ask(known)?;
        let view = self.facts().purchase(id).await?;
        self.asked(known, view.is_some());
        Ok(view)
    }

    fn may_ask(&self, known: bool) -> Result<(), ApiError> {
        let peer = peer().filter(|_| !known);
        peer.map_or(Ok(()), |peer| self.0.misses.look(&peer)).map_err(|seconds| {
            let message = "too many questions for channels, audits or purchases that do not exist";
            ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message).after(seconds)
        })
    }

    fn asked(&self, known: bool, exists: bool) {
        if let (Some(peer), false, false) = (peer(), known, exists) {
            // Empty or not, the answer is made: the next question waits.
            let _ = self.0.misses.take(&peer);
        }
    }
}
