//! The channels of this gateway: picks one for a call, and says when another is needed or one runs short.

mod funds;

pub use funds::LeaseError;

use super::{
    book::Book,
    market::Market,
    settings::Settings,
    store::{ChannelUse, Store},
};
use parking_lot::Mutex;
use souk_client::Error as ChainError;
use souk_primitives::{
    call::{receipt_leaf, Prices, Receipt, Request, Voucher},
    sr25519,
    views::{ChannelState, ChannelView, QuoteView},
    AccountId, Balance, ChannelId, SpecId,
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::Notify;

/// Live blocks before a channel expires in which it takes no more calls.
const LAST_BLOCKS: u32 = 20;
/// How long a provider that failed is not asked first.
const COOLDOWN: Duration = Duration::from_secs(20);

/// How long a call waits for a channel whose missing receipts are being asked for: opening another takes longer.
const RECOVERY: Duration = Duration::from_secs(5);

/// Whom a channel is with, and for what.
type Key = (AccountId, SpecId);

#[derive(Default)]
struct Inner {
    books: HashMap<ChannelId, Book>,
    /// Channels that are being opened.
    opening: HashMap<Key, u32>,
    /// Deposits and top-ups that are on their way to the chain.
    pledged: Balance,
    /// The last opening or top-up that failed, for those who wait for it.
    failed: HashMap<Key, (Instant, LeaseError)>,
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

/// More money for a channel.
#[derive(Clone, Copy, Debug)]
struct TopUp {
    channel: ChannelId,
    amount: Balance,
}

enum Step {
    /// Here it is; the channel gets more money beside it when it runs short.
    Take(Box<Lease>, Option<TopUp>),
    TopUp(TopUp),
    Open {
        deposit: Balance,
    },
    Fail(LeaseError),
    Wait,
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

    /// Adds a channel, unless it is there: what is there may be in use.
    pub fn insert(&self, book: Book) {
        self.inner.lock().books.entry(book.view.id).or_insert(book);
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

    /// A copy of a channel.
    pub fn book(&self, id: &ChannelId) -> Option<Book> {
        self.inner.lock().books.get(id).cloned()
    }

    /// Forgets a channel that is closed.
    pub fn remove(&self, id: &ChannelId) {
        self.inner.lock().books.remove(id);
    }

    /// Whether any channel is being opened: it may be on the chain and not yet here.
    pub fn is_opening(&self) -> bool {
        self.inner.lock().opening.values().any(|count| *count > 0)
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
            match self.step(&key, quote, max_charge, started) {
                Step::Take(lease, more) => {
                    if let Some(more) = more {
                        self.start_top_up(more);
                    }
                    return Ok(*lease);
                }
                Step::TopUp(more) => self.start_top_up(more),
                Step::Open { deposit } => self.start_opening(key.clone(), quote.clone(), deposit),
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

    fn step(self: &Arc<Self>, key: &Key, quote: &QuoteView, max_charge: Balance, started: Instant) -> Step {
        let mut inner = self.inner.lock();
        let prices = Prices { per_1k_input: quote.per_1k_input, per_1k_output: quote.per_1k_output };
        let fits = |book: &Book| {
            let channel = book.view.prices();
            // A channel that was opened at other prices is fine as long as it is not dearer than today's.
            is_for(book, &key.0, &key.1)
                && book.retired.is_none()
                && channel.per_1k_input <= prices.per_1k_input
                && channel.per_1k_output <= prices.per_1k_output
        };
        let mut fitting: Vec<&mut Book> = inner.books.values_mut().filter(|book| fits(book)).collect();
        // Fill the busiest first: then the others can be closed when they expire.
        fitting.sort_by_key(|book| std::cmp::Reverse(book.in_flight()));
        for book in &mut fitting {
            let Some(seq) = book.take(max_charge) else { continue };
            let lease = Lease {
                pool: self.clone(),
                view: book.view.clone(),
                endpoint: quote.endpoint.clone(),
                seq,
                voucher: book.voucher(),
                bound: false,
            };
            // Before it is empty: the next call must not wait for a transaction.
            let low = book.room() < max_charge.max(self.settings.deposit / 4) && !book.topping;
            let channel = lease.view.id;
            let more =
                if low { self.plan_top_up(&mut inner, key, channel, max_charge, 1).ok() } else { None };
            return Step::Take(Box::new(lease), more);
        }
        let topping = fitting.iter().any(|book| book.topping);
        let recovering = started.elapsed() < RECOVERY && fitting.iter().any(|book| book.is_resting());
        let busy = fitting.iter().any(|book| !book.has_place() && book.room() >= max_charge);
        let short = fitting
            .into_iter()
            .find(|book| book.has_place() && !book.topping)
            .map(|book| (book.view.id, max_charge.saturating_sub(book.room())));
        if let (Some(_), true) = (short, topping) {
            return Step::Wait;
        }
        if let Some((channel, needed)) = short {
            return match self.plan_top_up(&mut inner, key, channel, max_charge, needed) {
                Ok(more) => Step::TopUp(more),
                Err(_) if busy => Step::Wait,
                Err(error) => Step::Fail(error),
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
        if topping || recovering || opening > 0 || open >= self.settings.max_channels {
            return Step::Wait;
        }
        match self.plan_opening(&mut inner, key, max_charge) {
            Ok(deposit) => Step::Open { deposit },
            Err(_) if busy => Step::Wait,
            Err(error) => Step::Fail(error),
        }
    }

    /// A receipt was checked and stored: vouchers cover it from now on.
    pub fn answered(&self, request: &Request, receipt: &Receipt) {
        let leaf = receipt_leaf(request, receipt);
        self.with_book(&receipt.channel, |book| book.answer(receipt.seq, leaf));
    }

    /// A channel takes no more calls, on disk and here.
    pub async fn retire(&self, id: &ChannelId, why: &str) {
        let (channel, note) = (*id, why.to_string());
        tracing::warn!(channel = hex::encode(channel), why, "a channel takes no more calls");
        let stored = self.store.with(move |store| store.set_use(&channel, ChannelUse::Retired, &note)).await;
        if let Err(error) = stored {
            tracing::error!(%error, "can't note that a channel is retired");
        }
        self.with_book(id, |book| book.retire(why));
    }

    /// Looks at the chain: what is closing or about to expire takes no more calls.
    pub async fn refresh(&self) -> Result<(), ChainError> {
        let live = self.market.live_block().await?;
        for book in self.books() {
            let id = book.view.id;
            let Some(view) = self.market.channel(id).await? else {
                // A node that has not caught up knows nothing of it either.
                if live >= book.seen {
                    self.close_here(&id, "the chain has forgotten it").await;
                }
                continue;
            };
            let (state, expires) = (view.state, view.expires);
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

fn is_for(book: &Book, provider: &AccountId, spec: &SpecId) -> bool {
    book.view.provider == *provider && book.view.spec == *spec
}
