//! The channels of this gateway: picks one for a call, opens new ones, tops them up.

use super::{
    book::Book,
    market::{Market, Order},
    settings::Settings,
    store::{ChannelUse, Store, StoreError, StoredChannel},
};
use parking_lot::Mutex;
use souk_client::Error as ChainError;
use souk_primitives::{
    call::{receipt_leaf, Prices, Receipt, Request, Voucher},
    sr25519,
    views::{ChannelState, ChannelView, QuoteView},
    AccountId, Balance, ChannelId, SpecId,
};
use sp_core::Pair;
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// Pause between two looks at a channel whose seed is not final.
const LOOK: Duration = Duration::from_millis(500);
/// Live blocks before a channel expires in which it takes no more calls.
const LAST_BLOCKS: u32 = 20;
/// How long a provider that failed is not asked first.
const COOLDOWN: Duration = Duration::from_secs(20);

/// Why there is no channel for a call.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LeaseError {
    /// The chain said no, or is away.
    #[error("a channel can't be opened: {0}")]
    Chain(String),
    /// All channels are busy.
    #[error("all channels with this provider are busy; try again shortly")]
    Busy,
    /// The consumer's own limit.
    #[error("a deposit of {} more would be over the budget of {} (--budget)", souk_client::souk(*.more), souk_client::souk(*.budget))]
    Budget {
        /// What it would take.
        more: Balance,
        /// The limit.
        budget: Balance,
    },
    /// The store.
    #[error("{0}")]
    Store(String),
}

impl From<ChainError> for LeaseError {
    fn from(error: ChainError) -> Self {
        LeaseError::Chain(error.to_string())
    }
}

impl From<StoreError> for LeaseError {
    fn from(error: StoreError) -> Self {
        LeaseError::Store(error.to_string())
    }
}

#[derive(Default)]
struct Inner {
    books: HashMap<ChannelId, Book>,
    /// Channels that are being opened.
    opening: HashMap<(AccountId, SpecId), u32>,
    /// The last opening that failed, for those who wait for it.
    failed: HashMap<(AccountId, SpecId), (Instant, LeaseError)>,
    cooling: HashMap<AccountId, Instant>,
}

/// All channels.
pub struct Pool {
    market: Arc<dyn Market>,
    store: Arc<Store>,
    settings: Settings,
    /// Signs requests and vouchers.
    pair: sr25519::Pair,
    inner: Mutex<Inner>,
    changed: Notify,
}

/// A place for one call: a channel and a sequence number in it. Dropped before the call is bound, it gives both back.
pub struct Lease {
    pool: Arc<Pool>,
    /// The channel's facts.
    pub view: ChannelView,
    /// Where its provider answers.
    pub endpoint: String,
    /// The call's number.
    pub seq: u32,
    /// What the voucher beside the call says.
    pub voucher: Option<Voucher>,
    bound: bool,
}

impl Lease {
    /// The call is on disk: from now on only the provider's word gives the number back.
    pub fn bound(&mut self) {
        self.bound = true;
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if !self.bound {
            self.pool.with_book(&self.view.id, |book| book.release(self.seq));
        }
    }
}

impl Pool {
    /// An empty pool.
    pub fn new(market: Arc<dyn Market>, store: Arc<Store>, settings: Settings, pair: sr25519::Pair) -> Self {
        Self { market, store, settings, pair, inner: Mutex::default(), changed: Notify::new() }
    }

    /// The key that signs requests and vouchers.
    pub fn pair(&self) -> &sr25519::Pair {
        &self.pair
    }

    /// Adds a channel that is ready.
    pub fn insert(&self, book: Book) {
        self.inner.lock().books.insert(book.view.id, book);
        self.changed.notify_waiters();
    }

    /// Works on a channel and wakes those who wait for one.
    pub fn with_book<R>(&self, id: &ChannelId, work: impl FnOnce(&mut Book) -> R) -> Option<R> {
        let result = self.inner.lock().books.get_mut(id).map(work);
        self.changed.notify_waiters();
        result
    }

    /// Copies of all channels.
    pub fn books(&self) -> Vec<Book> {
        self.inner.lock().books.values().cloned().collect()
    }

    /// Forgets a channel that is closed.
    pub fn remove(&self, id: &ChannelId) {
        self.inner.lock().books.remove(id);
    }

    /// Whether a channel with this provider could take a call now.
    pub fn is_ready(&self, provider: &AccountId, spec: &SpecId) -> bool {
        let inner = self.inner.lock();
        inner.books.values().any(|book| is_for(book, provider, spec) && book.has_place())
    }

    /// A provider failed: others are asked first for a while.
    pub fn cool(&self, provider: &AccountId) {
        self.inner.lock().cooling.insert(provider.clone(), Instant::now() + COOLDOWN);
    }

    /// Whether a provider failed a moment ago.
    pub fn is_cooling(&self, provider: &AccountId) -> bool {
        self.inner.lock().cooling.get(provider).is_some_and(|until| *until > Instant::now())
    }

    /// A place for a call that may cost `max_charge`: in a channel that is there, else in a new one. Waits for both.
    pub async fn lease(
        self: &Arc<Self>,
        quote: &QuoteView,
        spec: SpecId,
        max_charge: Balance,
    ) -> Result<Lease, LeaseError> {
        let deadline = Instant::now() + self.settings.open_timeout;
        let key = (quote.provider.clone(), spec);
        let started = Instant::now();
        loop {
            // Registered before the look, so that no change in between is missed.
            let changed = self.changed.notified();
            tokio::pin!(changed);
            changed.as_mut().enable();
            let step = self.step(&key, quote, max_charge, started);
            match step {
                Step::Take(lease) => return Ok(*lease),
                Step::TopUp { channel, amount } => {
                    let pool = self.clone();
                    tokio::spawn(async move { pool.top_up(channel, amount).await });
                }
                Step::Open { deposit } => {
                    let pool = self.clone();
                    let (key, quote) = (key.clone(), quote.clone());
                    // On a task of its own: a client that leaves must not interrupt a transaction.
                    tokio::spawn(async move { pool.open(key, quote, deposit).await });
                }
                Step::Fail(error) => return Err(error),
                Step::Wait => {}
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(LeaseError::Busy);
            }
            let _ = tokio::time::timeout(left.min(Duration::from_secs(1)), changed).await;
        }
    }

    fn step(
        self: &Arc<Self>,
        key: &(AccountId, SpecId),
        quote: &QuoteView,
        max_charge: Balance,
        started: Instant,
    ) -> Step {
        let mut inner = self.inner.lock();
        let prices = Prices { per_1k_input: quote.per_1k_input, per_1k_output: quote.per_1k_output };
        let fits = |book: &Book| {
            let channel = book.view.prices();
            // A channel that was opened at other prices is fine as long as it is not dearer than today's.
            is_for(book, &key.0, &key.1)
                && channel.per_1k_input <= prices.per_1k_input
                && channel.per_1k_output <= prices.per_1k_output
        };
        let mut ready: Vec<&mut Book> = inner.books.values_mut().filter(|book| fits(book)).collect();
        // Fill the busiest first: then the others can be closed when they expire.
        ready.sort_by_key(|book| std::cmp::Reverse(book.in_flight()));
        let mut topping = false;
        for book in &mut ready {
            if let Some(seq) = book.take(max_charge) {
                return Step::Take(Box::new(Lease {
                    pool: self.clone(),
                    view: book.view.clone(),
                    endpoint: quote.endpoint.clone(),
                    seq,
                    voucher: book.voucher(),
                    bound: false,
                }));
            }
            topping |= book.topping;
        }
        let short = ready.into_iter().find(|book| book.has_place() && !book.topping);
        if let Some(book) = short {
            let amount = self.settings.deposit.max(max_charge.saturating_mul(4));
            let (channel, topped) = (book.view.id, &mut book.topping);
            *topped = true;
            return match self.within_budget(&inner, amount) {
                Ok(()) => Step::TopUp { channel, amount },
                Err(error) => {
                    if let Some(book) = inner.books.get_mut(&channel) {
                        book.topping = false;
                    }
                    Step::Fail(error)
                }
            };
        }
        let opening = inner.opening.get(key).copied().unwrap_or(0);
        if let Some((at, error)) = inner.failed.get(key) {
            if opening == 0 && *at >= started {
                return Step::Fail(error.clone());
            }
        }
        let open = inner
            .books
            .values()
            .filter(|book| is_for(book, &key.0, &key.1) && book.retired.is_none())
            .count();
        if topping || opening > 0 || open >= self.settings.max_channels {
            return Step::Wait;
        }
        let deposit = self.settings.deposit.max(max_charge.saturating_mul(4));
        if let Err(error) = self.within_budget(&inner, deposit) {
            return Step::Fail(error);
        }
        *inner.opening.entry(key.clone()).or_default() += 1;
        Step::Open { deposit }
    }

    fn within_budget(&self, inner: &Inner, more: Balance) -> Result<(), LeaseError> {
        let locked = inner
            .books
            .values()
            .fold(0u128, |sum, book| sum.saturating_add(book.view.deposit.saturating_sub(book.view.settled)));
        let budget = self.settings.budget;
        if locked.saturating_add(more) > budget {
            return Err(LeaseError::Budget { more, budget });
        }
        Ok(())
    }

    async fn top_up(&self, channel: ChannelId, amount: Balance) {
        let result = self.market.top_up(channel, amount).await;
        let view = self.market.channel(channel).await.ok().flatten();
        self.with_book(&channel, |book| {
            book.topping = false;
            if let Some(view) = view {
                book.view = view;
            }
            if let Err(error) = &result {
                tracing::warn!(channel = hex::encode(channel), %error, "top-up failed");
                book.retire(format!("it could not be topped up: {error}"));
            }
        });
    }

    async fn open(&self, key: (AccountId, SpecId), quote: QuoteView, deposit: Balance) {
        let result = self.open_now(&key, &quote, deposit).await;
        {
            let mut inner = self.inner.lock();
            if let Some(count) = inner.opening.get_mut(&key) {
                *count = count.saturating_sub(1);
            }
            match result {
                Ok(book) => {
                    inner.failed.remove(&key);
                    inner.books.insert(book.view.id, book);
                }
                Err(error) => {
                    tracing::warn!(%error, "a channel was not opened");
                    inner.failed.insert(key, (Instant::now(), error));
                }
            }
        }
        self.changed.notify_waiters();
    }

    async fn open_now(
        &self,
        (provider, spec): &(AccountId, SpecId),
        quote: &QuoteView,
        deposit: Balance,
    ) -> Result<Book, LeaseError> {
        tracing::info!(%provider, deposit = souk_client::souk(deposit), "opening a channel");
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
        let stored = StoredChannel {
            id,
            genesis,
            provider: provider.clone(),
            spec: *spec,
            endpoint: quote.endpoint.clone(),
            state: ChannelUse::Usable,
            reason: None,
            voucher: None,
            handed: 0,
        };
        self.store.with(move |store| store.add_channel(&stored)).await?;
        let view = self.ready_view(id).await?;
        tracing::info!(channel = hex::encode(id), "channel open, its seed is final");
        Ok(Book::new(view, genesis, quote.endpoint.clone()))
    }

    /// The channel once its seed is final.
    async fn ready_view(&self, id: ChannelId) -> Result<ChannelView, LeaseError> {
        let deadline = Instant::now() + self.settings.open_timeout;
        loop {
            match self.market.channel(id).await? {
                Some(view) if view.seed.is_some() => return Ok(view),
                _ if Instant::now() > deadline => {
                    return Err(LeaseError::Chain("the channel's seed did not become final in time".into()))
                }
                _ => tokio::time::sleep(LOOK).await,
            }
        }
    }

    /// A receipt was checked and stored: vouchers cover it from now on.
    pub fn answered(&self, request: &Request, receipt: &Receipt) {
        let leaf = receipt_leaf(request, receipt);
        self.with_book(&receipt.channel, |book| book.answer(receipt.seq, leaf));
    }

    /// Looks at the chain: what is closing or about to expire takes no more calls.
    pub async fn refresh(&self) -> Result<(), ChainError> {
        let live = self.market.live_block().await?;
        for book in self.books() {
            let id = book.view.id;
            let Some(view) = self.market.channel(id).await? else {
                self.close_here(&id, "the chain has forgotten it").await;
                continue;
            };
            let state = view.state;
            let expires = view.expires;
            self.with_book(&id, |book| {
                book.view = view;
                match state {
                    ChannelState::Closing { .. } => book.retire("it is closing on the chain"),
                    ChannelState::Open if live.saturating_add(LAST_BLOCKS) > expires => {
                        book.retire("it is about to expire")
                    }
                    _ => {}
                }
            });
            if let ChannelState::Closed { reason, .. } = state {
                self.close_here(&id, &format!("closed: {reason:?}")).await;
            }
        }
        Ok(())
    }

    async fn close_here(&self, id: &ChannelId, why: &str) {
        let (channel, why) = (*id, why.to_string());
        if let Err(error) =
            self.store.with(move |store| store.set_use(&channel, ChannelUse::Closed, &why)).await
        {
            tracing::error!(%error, "can't note that a channel is closed");
        }
        self.remove(id);
    }
}

enum Step {
    Take(Box<Lease>),
    TopUp { channel: ChannelId, amount: Balance },
    Open { deposit: Balance },
    Fail(LeaseError),
    Wait,
}

fn is_for(book: &Book, provider: &AccountId, spec: &SpecId) -> bool {
    book.view.provider == *provider && book.view.spec == *spec
}
