//! What the chain says and is told: channels that end, closings, reports; and what the store may forget.

use super::Keeper;
use crate::gateway::{
    book::Book,
    store::{unix_now, ChannelUse, StoreError},
};
use souk_client::Error as ChainError;
use souk_primitives::views::ChannelState;
use std::time::Duration;

/// Pause between two looks at the chain.
const LOOK: Duration = Duration::from_secs(12);
/// Looks between two searches for what may be forgotten: one an hour.
const FORGET_LOOKS: u32 = 300;
/// How long a retired channel waits for its provider to take the last voucher before it is closed. Afterwards it is
/// still handed over: the grace period is there for that.
const LAST_VOUCHER: Duration = Duration::from_secs(30);

impl Keeper {
    /// Follows the chain for ever.
    pub(super) async fn follow_chain(&self) {
        let mut looks = 0u32;
        loop {
            if looks.is_multiple_of(FORGET_LOOKS) {
                if let Err(error) = self.forget().await {
                    tracing::warn!(error = error.to_string(), "can't prune the store");
                }
            }
            looks = looks.wrapping_add(1);
            tokio::time::sleep(self.caller.settings.look.unwrap_or(LOOK)).await;
            if let Err(error) = self.caller.pool.refresh().await {
                tracing::warn!(%error, "can't look at the channels");
                continue;
            }
            if let Err(error) = self.restore().await {
                tracing::warn!(error = error.message, "can't look for channels");
            }
            // Each of them may wait for a block: they don't wait for each other.
            tokio::join!(self.close_retired(), self.caller.report());
        }
    }

    /// Closes channels that take no more calls, so that the rest of their deposits comes back.
    async fn close_retired(&self) {
        let books = self.caller.pool.books();
        let ripe = books.iter().filter(|book| self.is_ripe(book)).map(|book| async {
            let id = book.view.id;
            tracing::info!(channel = hex::encode(id), why = book.retired.as_deref(), "closing a channel");
            if let Err(error) = self.caller.close(id).await {
                tracing::warn!(%error, "a channel could not be closed");
            }
        });
        futures::future::join_all(ripe).await;
    }

    fn is_ripe(&self, book: &Book) -> bool {
        let stuck_since = self.stuck_since.lock();
        let patience = self.caller.settings.patience;
        let waits = book
            .stuck()
            .any(|seq| stuck_since.get(&(book.view.id, seq)).is_none_or(|since| since.elapsed() < patience));
        let unpaid = book.covered() > book.handed
            && book.retired_at.is_some_and(|since| since.elapsed() < LAST_VOUCHER);
        book.retired.is_some() && book.view.state == ChannelState::Open && !waits && !unpaid
    }

    /// Forgets closed channels once the chain has ended all of their batches and they were kept for long enough.
    async fn forget(&self) -> Result<(), ForgetError> {
        let caller = &self.caller;
        let keep = caller.settings.keep;
        let genesis = caller.market.genesis();
        let live = caller.market.live_block().await?;
        let stored = caller.store.with(move |store| store.channels(&genesis)).await?;
        let old = |at: u64| unix_now().saturating_sub(at) >= keep.as_secs();
        let mut count = 0;
        for channel in stored {
            if channel.state != ChannelUse::Closed || !channel.closed_at.is_some_and(old) {
                continue;
            }
            let id = channel.id;
            let ended = match caller.market.channel(id).await? {
                Some(view) => matches!(view.state, ChannelState::Closed { .. }) && view.open_batches == 0,
                None => live >= channel.seen,
            };
            if ended && caller.store.with(move |store| store.forget(&id)).await? {
                count += 1;
            }
        }
        let refused = caller.store.with(move |store| store.forget_refused(keep)).await?;
        if count + refused > 0 {
            tracing::info!(channels = count, refused, "forgot what is over");
        }
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
enum ForgetError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Store(#[from] StoreError),
}
