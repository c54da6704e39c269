//! Closing a channel by its owner's wish: first everything that is owed is handed over.

use super::{book::Unfinished, call::Caller, error::ApiError, store::ChannelUse, Gateway};
use axum::http::StatusCode;
use souk_client::{souk, Error as ChainError};
use souk_primitives::{views::ChannelState, ChannelId};
use std::time::{Duration, Instant};

/// Pause between two looks at what is not finished.
const LOOK: Duration = Duration::from_millis(200);
/// Code of the error for a channel that the store does not know.
pub const UNKNOWN_CHANNEL: &str = "unknown_channel";

impl Caller {
    /// Sends the closing transaction, once.
    pub async fn close(&self, id: ChannelId) -> Result<(), ChainError> {
        // Open as far as is known, and nobody else's transaction on its way.
        let begun = self.pool.with_book(&id, |book| {
            book.view.state == ChannelState::Open && !std::mem::replace(&mut book.closing, true)
        });
        if begun == Some(false) {
            while self.pool.book(&id).is_some_and(|book| book.closing) {
                tokio::time::sleep(LOOK).await;
            }
            return Ok(());
        }
        let result = self.market.close(id).await;
        let view = self.market.channel(id).await.ok().flatten();
        self.pool.with_book(&id, |book| {
            book.closing = false;
            book.view = view.unwrap_or_else(|| book.view.clone());
        });
        result
    }
}

impl Gateway {
    /// Takes no more calls in a channel, waits until its provider has its last voucher and no receipt is missing, and
    /// closes it. Gives what was handed over. When that takes longer than `patience`, nothing is closed unless `force`
    /// says so.
    pub async fn close(
        &self,
        id: ChannelId,
        patience: Duration,
        force: bool,
    ) -> Result<Unfinished, ApiError> {
        let caller = &self.caller;
        if caller.pool.book(&id).is_none() {
            let message = format!("no record of the channel 0x{} is kept here", hex::encode(id));
            return Err(ApiError::new(StatusCode::NOT_FOUND, UNKNOWN_CHANNEL, message));
        }
        let why = "its owner closes it";
        caller.store.with(move |store| store.set_use(&id, ChannelUse::Retired, why)).await?;
        caller.pool.with_book(&id, |book| book.retire(why));
        let deadline = Instant::now() + patience;
        let last = loop {
            // Gone: the keeper saw it closed on the chain.
            let Some(book) = caller.pool.book(&id) else {
                return Err(ApiError::bad("channel_closed", "the channel is closed already"));
            };
            let left = book.unfinished();
            if left.is_done() || (force && Instant::now() >= deadline) {
                break left;
            }
            if Instant::now() >= deadline {
                return Err(ApiError::unavailable("not_handed_over", left.to_string()));
            }
            tokio::time::sleep(LOOK).await;
        };
        caller.close(id).await?;
        Ok(last)
    }
}

impl std::fmt::Display for Unfinished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the last voucher covers {} calls worth {}", self.calls, souk(self.value))?;
        if self.handed < self.calls {
            write!(f, "; its provider has taken one for {} calls", self.handed)?;
        }
        match self.open.len() {
            0 => Ok(()),
            n => write!(f, "; {n} receipts are missing"),
        }
    }
}
