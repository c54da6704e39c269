//! Money for channels: how much of the budget is bound, new channels, top-ups.

use super::{Inner, Key, Pool, TopUp};
use crate::gateway::{
    book::Book,
    error::ApiError,
    market::Order,
    store::{StoreError, StoredChannel},
};
use axum::http::StatusCode;
use souk_client::{souk, Error as ChainError};
use souk_primitives::{
    call::Prices,
    views::{ChannelView, QuoteView},
    Balance, ChannelId,
};
use sp_core::Pair;
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Pause between two looks at a channel whose seed is not final.
const LOOK: Duration = Duration::from_millis(500);
/// How long a top-up that failed is not tried again.
const REST: Duration = Duration::from_secs(10);

/// Why there is no channel for a call.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LeaseError {
    /// The chain said no, or is away.
    #[error("a channel can't be opened or topped up: {0}")]
    Chain(String),
    /// The consumer has too little.
    #[error("a channel can't be opened or topped up: {0}")]
    Money(String),
    /// All channels are busy.
    #[error("all channels with this provider are busy; try again shortly")]
    Busy,
    /// The consumer's own limit.
    #[error(
        "the call needs {} in a channel; {} of the budget of {} are bound in channels (--budget)",
        souk(*.needed), souk(*.bound), souk(*.budget)
    )]
    Budget {
        /// What it would take.
        needed: Balance,
        /// What is in channels or on its way there.
        bound: Balance,
        /// The limit.
        budget: Balance,
    },
    /// The store.
    #[error("{0}")]
    Store(String),
}

impl From<ChainError> for LeaseError {
    fn from(error: ChainError) -> Self {
        match error {
            ChainError::NotEnough { .. } => LeaseError::Money(error.to_string()),
            other => LeaseError::Chain(other.to_string()),
        }
    }
}

impl From<StoreError> for LeaseError {
    fn from(error: StoreError) -> Self {
        LeaseError::Store(error.to_string())
    }
}

impl From<LeaseError> for ApiError {
    fn from(error: LeaseError) -> Self {
        let message = error.to_string();
        match error {
            // Clients don't repeat a 402 by themselves: nothing changes until a person does something.
            LeaseError::Budget { .. } => {
                ApiError::new(StatusCode::PAYMENT_REQUIRED, "budget_exhausted", message)
            }
            LeaseError::Money(_) => {
                ApiError::new(StatusCode::PAYMENT_REQUIRED, "insufficient_funds", message)
            }
            LeaseError::Busy => ApiError::new(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", message),
            LeaseError::Chain(_) => ApiError::unavailable("no_channel", message),
            LeaseError::Store(_) => {
                tracing::error!(error = message, "store failure");
                ApiError::internal("the gateway's store failed; nothing more is signed until it works again")
            }
        }
    }
}

impl Pool {
    /// Takes `wanted` of the budget, or what is left of it if that is at least `needed`.
    fn pledge(&self, inner: &mut Inner, wanted: Balance, needed: Balance) -> Result<Balance, LeaseError> {
        // What is settled has left the channel; what a closing channel holds comes back only when it is closed.
        let held = |book: &Book| book.view.deposit.saturating_sub(book.view.settled);
        let bound = inner.books.values().fold(inner.pledged, |sum, book| sum.saturating_add(held(book)));
        let budget = self.settings.budget;
        let left = budget.saturating_sub(bound);
        if left < needed || left == 0 {
            return Err(LeaseError::Budget { needed, bound, budget });
        }
        let amount = wanted.min(left);
        inner.pledged = inner.pledged.saturating_add(amount);
        Ok(amount)
    }

    fn portion(&self, max_charge: Balance) -> Balance {
        self.settings.deposit.max(max_charge.saturating_mul(4))
    }

    /// Decides on a top-up and marks the channel.
    pub(super) fn plan_top_up(
        &self,
        inner: &mut Inner,
        key: &Key,
        channel: ChannelId,
        max_charge: Balance,
        needed: Balance,
    ) -> Result<TopUp, LeaseError> {
        if let Some((at, error)) = inner.failed.get(key) {
            if at.elapsed() < REST {
                return Err(error.clone());
            }
        }
        let amount = self.pledge(inner, self.portion(max_charge), needed)?;
        if let Some(book) = inner.books.get_mut(&channel) {
            book.topping = true;
        }
        Ok(TopUp { channel, amount })
    }

    /// Decides on a new channel.
    pub(super) fn plan_opening(
        &self,
        inner: &mut Inner,
        key: &Key,
        max_charge: Balance,
    ) -> Result<Balance, LeaseError> {
        let deposit = self.pledge(inner, self.portion(max_charge), max_charge)?;
        *inner.opening.entry(key.clone()).or_default() += 1;
        Ok(deposit)
    }

    /// On a task of its own: a client that leaves must not interrupt a transaction.
    pub(super) fn start_top_up(self: &Arc<Self>, more: TopUp) {
        let pool = self.clone();
        tokio::spawn(async move { pool.top_up(more).await });
    }

    /// On a task of its own: a client that leaves must not interrupt a transaction.
    pub(super) fn start_opening(self: &Arc<Self>, key: Key, quote: QuoteView, deposit: Balance) {
        let pool = self.clone();
        tokio::spawn(async move { pool.open(key, quote, deposit).await });
    }

    async fn top_up(&self, TopUp { channel, amount }: TopUp) {
        tracing::info!(channel = hex::encode(channel), amount = souk(amount), "topping a channel up");
        let result = self.market.top_up(channel, amount).await;
        let view = self.market.channel(channel).await.ok().flatten();
        {
            let mut inner = self.inner.lock();
            inner.pledged = inner.pledged.saturating_sub(amount);
            let key = inner.books.get_mut(&channel).map(|book| {
                book.topping = false;
                match view {
                    Some(view) => book.view = view,
                    None if result.is_ok() => {
                        book.view.deposit = book.view.deposit.saturating_add(amount);
                    }
                    None => {}
                }
                (book.view.provider.clone(), book.view.spec)
            });
            if let Some(key) = key {
                match result {
                    Ok(()) => drop(inner.failed.remove(&key)),
                    // The channel goes on with what it has: smaller calls still fit.
                    Err(error) => {
                        tracing::warn!(channel = hex::encode(channel), %error, "top-up failed");
                        inner.failed.insert(key, (Instant::now(), error.into()));
                    }
                }
            }
        }
        self.changed.notify_waiters();
    }

    async fn open(&self, key: Key, quote: QuoteView, deposit: Balance) {
        let result = match self.order(&key, &quote, deposit).await {
            // From here on the budget sees it as a channel.
            Ok(book) => {
                let id = book.view.id;
                {
                    let mut inner = self.inner.lock();
                    inner.pledged = inner.pledged.saturating_sub(deposit);
                    inner.books.entry(id).or_insert(book);
                }
                self.wait_for_seed(id).await
            }
            Err(error) => {
                let mut inner = self.inner.lock();
                inner.pledged = inner.pledged.saturating_sub(deposit);
                Err(error)
            }
        };
        {
            let mut inner = self.inner.lock();
            if let Some(count) = inner.opening.get_mut(&key) {
                *count = count.saturating_sub(1);
            }
            match result {
                Ok(()) => drop(inner.failed.remove(&key)),
                Err(error) => {
                    tracing::warn!(%error, "a channel was not opened");
                    inner.failed.insert(key, (Instant::now(), error));
                }
            }
        }
        self.changed.notify_waiters();
    }

    /// Opens a channel and writes it down.
    async fn order(&self, key: &Key, quote: &QuoteView, deposit: Balance) -> Result<Book, LeaseError> {
        let (provider, spec) = key;
        tracing::info!(%provider, deposit = souk(deposit), "opening a channel");
        let id = self
            .market
            .open(Order {
                provider: provider.clone(),
                spec: *spec,
                deposit,
                prices: Prices { per_1k_input: quote.per_1k_input, per_1k_output: quote.per_1k_output },
                voucher_key: self.pair.public().0,
                blocks: self.settings.channel_blocks,
                allow_unaudited: self.settings.allow_unaudited,
            })
            .await?;
        let genesis = self.market.genesis();
        let view = self.view(id, |_| true).await?;
        let seen = self.market.live_block().await?;
        let stored = StoredChannel::new(&view, genesis, quote.endpoint.clone(), seen);
        self.store.with(move |store| store.add_channel(&stored)).await?;
        let mut book = Book::new(view, genesis, quote.endpoint.clone());
        book.seen = seen;
        Ok(book)
    }

    async fn wait_for_seed(&self, id: ChannelId) -> Result<(), LeaseError> {
        let view = self.view(id, |view| view.seed.is_some()).await?;
        tracing::info!(channel = hex::encode(id), "channel open, its seed is final");
        self.with_book(&id, |book| book.view = view);
        Ok(())
    }

    /// The channel once the finalised head shows it as wanted.
    async fn view(
        &self,
        id: ChannelId,
        is_wanted: impl Fn(&ChannelView) -> bool,
    ) -> Result<ChannelView, LeaseError> {
        let deadline = Instant::now() + self.settings.open_timeout;
        loop {
            match self.market.channel(id).await? {
                Some(view) if is_wanted(&view) => return Ok(view),
                _ if Instant::now() > deadline => {
                    return Err(LeaseError::Chain("the channel's seed did not become final in time".into()))
                }
                _ => tokio::time::sleep(LOOK).await,
            }
        }
    }
}
