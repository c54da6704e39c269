//! What happens beside calls: after a start, everything as it was; lost receipts are asked for; vouchers of idle
//! channels are handed over; channels that can't go on are closed.

use super::{
    book::Book,
    call::{Caller, Piece},
    check::{check, Ordered, Received},
    endpoint,
    market::DoubleReceipt,
    store::{CallState, ChannelUse, StoreError, StoredCall, StoredChannel},
    upstream::{Known, Once, Sent, Sink},
};
use souk_primitives::{
    call::{receipt_leaf, CallKind, Finish, Signed},
    sr25519,
    views::{ChannelState, ChannelView},
    ChannelId, Digest,
};
use sp_core::Pair;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Pause between two rounds.
const ROUND: Duration = Duration::from_secs(1);
/// Rounds between two looks at the chain.
const CHAIN_ROUNDS: u32 = 12;

/// Works beside the calls.
pub struct Keeper {
    caller: Arc<Caller>,
    stuck_since: HashMap<(ChannelId, u32), Instant>,
    closing: HashSet<ChannelId>,
    checked: HashMap<ChannelId, u32>,
}

impl Keeper {
    /// For a caller.
    pub fn new(caller: Arc<Caller>) -> Self {
        Self { caller, stuck_since: HashMap::new(), closing: HashSet::new(), checked: HashMap::new() }
    }

    /// Restores all channels from the store, and takes in those whose opening a crash interrupted.
    pub async fn restore(&mut self) -> Result<(), super::error::ApiError> {
        let caller = &self.caller;
        let genesis = caller.market.genesis();
        let stored = caller.store.with(move |store| store.channels(&genesis)).await?;
        let known: HashSet<ChannelId> = stored.iter().map(|channel| channel.id).collect();
        for channel in stored.into_iter().filter(|channel| channel.state != ChannelUse::Closed) {
            let Some(view) = caller.market.channel(channel.id).await? else {
                let id = channel.id;
                let why = "the chain has forgotten it";
                caller.store.with(move |store| store.set_use(&id, ChannelUse::Closed, why)).await?;
                continue;
            };
            let book = self.rebuild(channel, view).await?;
            caller.pool.insert(book);
        }
        let key = caller.pool.pair().public().0;
        for view in caller.market.mine().await? {
            let ours = view.voucher_key == key && view.state == ChannelState::Open;
            if ours && !known.contains(&view.id) {
                self.adopt(view, genesis).await?;
            }
        }
        Ok(())
    }

    async fn rebuild(&self, channel: StoredChannel, view: ChannelView) -> Result<Book, StoreError> {
        let id = channel.id;
        let calls = self.caller.store.with(move |store| store.calls(&id)).await?;
        let mut book = Book::new(view, channel.genesis, channel.endpoint);
        let mut refused = None;
        for call in calls {
            let leaf = match (&call.state, &call.receipt) {
                (CallState::Answered, Some((receipt, _))) => Some(receipt_leaf(&call.request, receipt)),
                _ => None,
            };
            if call.state == CallState::Refused {
                refused = Some(call.note.clone().unwrap_or_else(|| "a receipt was refused".into()));
                continue;
            }
            book.restore(call.request.seq, call.request.max_charge, leaf);
        }
        book.handed = channel.handed;
        if channel.state == ChannelUse::Retired || refused.is_some() {
            book.retire(channel.reason.or(refused).unwrap_or_else(|| "it was retired".into()));
        }
        tracing::info!(
            channel = hex::encode(id),
            answered = book.covered(),
            unresolved = book.in_flight(),
            "channel restored"
        );
        Ok(book)
    }

    /// A channel with our key that the store does not know: its opening was interrupted, or the store was lost. Only
    /// one that was never used can be taken in.
    async fn adopt(&self, view: ChannelView, genesis: Digest) -> Result<(), super::error::ApiError> {
        let caller = &self.caller;
        let quotes = caller.market.quotes(view.spec).await?;
        let Some(quote) = quotes.into_iter().find(|quote| quote.provider == view.provider) else {
            return Ok(());
        };
        let Ok(base) = endpoint::checked(&quote.endpoint, caller.settings.private_endpoints).await else {
            return Ok(());
        };
        let unused = view.settled_calls == 0 && caller.upstream.next_seq(&base, &view.id).await == Some(0);
        if !unused || view.seed.is_none() {
            tracing::warn!(
                channel = hex::encode(view.id),
                "a channel with this gateway's key is not in its store; close it with `souk channel close`"
            );
            return Ok(());
        }
        let stored = StoredChannel {
            id: view.id,
            genesis,
            provider: view.provider.clone(),
            spec: view.spec,
            endpoint: quote.endpoint.clone(),
            state: ChannelUse::Usable,
            reason: None,
            voucher: None,
            handed: 0,
        };
        caller.store.with(move |store| store.add_channel(&stored)).await?;
        tracing::info!(channel = hex::encode(view.id), "took in a channel whose opening was interrupted");
        caller.pool.insert(Book::new(view, genesis, quote.endpoint));
        Ok(())
    }

    /// Runs until the gateway ends; hands the last vouchers over then.
    pub async fn run(mut self, stop: CancellationToken) {
        let mut round = 0u32;
        loop {
            tokio::select! {
                () = tokio::time::sleep(ROUND) => {}
                () = stop.cancelled() => break,
            }
            self.round(false).await;
            round = round.wrapping_add(1);
            if round.is_multiple_of(CHAIN_ROUNDS) {
                if let Err(error) = self.caller.pool.refresh().await {
                    tracing::warn!(%error, "can't look at the channels");
                }
                self.close_retired().await;
            }
        }
        let _ = tokio::time::timeout(Duration::from_secs(5), self.round(true)).await;
    }

    /// One look at every channel.
    pub async fn round(&mut self, last: bool) {
        for book in self.caller.pool.books() {
            let stuck: Vec<u32> = book.stuck().collect();
            for seq in stuck {
                self.resolve(&book, seq).await;
            }
            let idle = last || book.used.elapsed() >= self.caller.settings.idle || book.retired.is_some();
            if idle && book.covered() > book.handed {
                self.hand(&book).await;
            }
        }
    }

    /// Finds out what became of a call whose receipt is missing.
    async fn resolve(&mut self, book: &Book, seq: u32) {
        let (caller, channel) = (self.caller.clone(), book.view.id);
        let key = (channel, seq);
        let since = *self.stuck_since.entry(key).or_insert_with(Instant::now);
        let stored = match caller.store.with(move |store| store.call(&channel, seq)).await {
            Ok(Some(stored)) => stored,
            Ok(None) => {
                // Taken in memory only: nothing was signed.
                caller.pool.with_book(&channel, |book| book.release(seq));
                return;
            }
            Err(error) => return tracing::error!(%error, "can't read a call"),
        };
        let base =
            match endpoint::checked(&self.endpoint(book).await, caller.settings.private_endpoints).await {
                Ok(base) => base,
                Err(error) => return tracing::warn!(%error, "can't ask for a receipt"),
            };
        let resolved = match caller.upstream.receipt(&base, &channel, seq).await {
            // A moment later, so that a request on its way can't overtake this answer.
            Known::Never if since.elapsed() >= 2 * ROUND => {
                let why = "the provider never took it";
                match caller.store.with(move |store| store.release(&channel, seq, why)).await {
                    Ok(()) => {
                        caller.pool.with_book(&channel, |book| book.release(seq));
                        true
                    }
                    Err(error) => {
                        tracing::error!(%error, "can't release a call");
                        false
                    }
                }
            }
            Known::Never | Known::InProgress => false,
            Known::Receipt(receipt) => self.recover(book, &stored, *receipt, &base).await,
            Known::Away(reason) => {
                tracing::debug!(channel = hex::encode(channel), seq, reason, "no receipt yet");
                false
            }
        };
        if resolved {
            self.stuck_since.remove(&key);
        } else if since.elapsed() > caller.settings.patience {
            let why = "its provider did not come back with a receipt";
            let _ = caller.store.with(move |store| store.set_use(&channel, ChannelUse::Retired, why)).await;
            caller.pool.with_book(&channel, |book| book.retire(why));
        }
    }

    /// A receipt turned up: checks it against the answer, which the provider gives again when it is asked again.
    async fn recover(
        &self,
        book: &Book,
        stored: &StoredCall,
        receipt: (souk_primitives::call::Receipt, [u8; 64]),
        base: &str,
    ) -> bool {
        let caller = &self.caller;
        let Some(body) = stored.body.clone() else { return true };
        let ordered = Ordered {
            request: stored.request.clone(),
            body: body.clone(),
            prices: book.view.prices(),
            receipt_key: book.view.receipt_key,
        };
        let delivered = stored.delivered.clone().unwrap_or_default();
        let received = match body.kind {
            CallKind::Generate => Received::Tokens(&delivered),
            CallKind::Embed => Received::Vector(&delivered),
        };
        let enough = receipt.0.finish == Finish::Error
            || stored.state == CallState::GivenUp
            || check(&ordered, &receipt.0, &receipt.1, received).is_ok();
        if enough {
            // One that was given up is refused by the store if it charges anything.
            if let Err(why) = caller.settle(&ordered, &receipt, &delivered).await {
                tracing::warn!(seq = receipt.0.seq, why, "a late receipt is not paid");
            }
            return true;
        }
        let sent = Sent {
            model: self.model(book).await,
            endpoint: base.to_string(),
            request: stored.request.clone(),
            request_signature: stored.request_signature,
            body,
            voucher: None,
        };
        // What was delivered must be the beginning of what is given now.
        let mut ids = delivered.clone();
        let (out, _open) = tokio::sync::mpsc::channel::<Piece>(1);
        let mut nothing = Vec::new();
        let mut sink = Sink { out: &out, live: false, delivered: &mut nothing };
        match caller.upstream.call(&sent, &mut ids, &mut sink).await {
            Once::Receipt { receipt, .. } => {
                if let Err(why) = caller.settle(&ordered, &receipt, &ids).await {
                    tracing::warn!(seq = receipt.0.seq, why, "a recovered receipt is not paid");
                }
                true
            }
            Once::Contradiction(why) => {
                caller.refuse_late(&ordered.request, Some(receipt), why).await;
                true
            }
            Once::Refused { message, .. } => {
                caller
                    .refuse_late(
                        &ordered.request,
                        Some(receipt),
                        &format!("its answer can't be had: {message}"),
                    )
                    .await;
                true
            }
            _ => false,
        }
    }

    async fn hand(&mut self, book: &Book) {
        let (caller, channel) = (&self.caller, book.view.id);
        let Some(voucher) = book.voucher() else { return };
        let signature = voucher.sign(caller.pool.pair()).0;
        let kept = voucher.clone();
        if let Err(error) = caller.store.with(move |store| store.keep_voucher(&kept, &signature)).await {
            return tracing::error!(%error, "can't keep a voucher; it is not sent");
        }
        let endpoint = self.endpoint(book).await;
        let Ok(base) = endpoint::checked(&endpoint, caller.settings.private_endpoints).await else { return };
        match caller.upstream.hand(&base, &voucher, &signature).await {
            Ok(taken) => {
                if !taken {
                    tracing::warn!(channel = hex::encode(channel), "the provider refuses the voucher");
                }
                let calls = voucher.calls;
                let _ = caller.store.with(move |store| store.handed(&channel, calls)).await;
                caller.pool.with_book(&channel, |book| book.handed = book.handed.max(calls));
                self.spot_check(book, &base).await;
            }
            Err(reason) => tracing::debug!(channel = hex::encode(channel), reason, "voucher not handed over"),
        }
    }

    /// Asks again for a receipt that was paid: a provider that signs two for one call is reported.
    async fn spot_check(&mut self, book: &Book, base: &str) {
        let (caller, channel) = (self.caller.clone(), book.view.id);
        let seq = book.covered().saturating_sub(1);
        if self.checked.insert(channel, seq) == Some(seq) {
            return;
        }
        let Ok(Some(stored)) = caller.store.with(move |store| store.call(&channel, seq)).await else {
            return;
        };
        let Some(first) = stored.receipt else { return };
        let Known::Receipt(second) = caller.upstream.receipt(base, &channel, seq).await else { return };
        let key = sr25519::Public::from_raw(book.view.receipt_key);
        let evidence = DoubleReceipt { first, second: *second };
        let (other, signature) = &evidence.second;
        if !evidence.is_contradiction() || !other.verify(&sr25519::Signature::from_raw(*signature), &key) {
            return;
        }
        let why = "the provider signed two receipts for one call";
        caller.refuse_evidence(&channel, seq, evidence.second.clone(), why).await;
        match caller.market.report(evidence).await {
            Ok(()) => tracing::warn!(channel = hex::encode(channel), seq, "reported: {why}"),
            Err(error) => tracing::error!(%error, "a double receipt could not be reported"),
        }
    }

    /// Closes channels that take no more calls, so that the rest of their deposits comes back.
    async fn close_retired(&mut self) {
        for book in self.caller.pool.books() {
            let id = book.view.id;
            let waits = book.stuck().any(|seq| {
                self.stuck_since.get(&(id, seq)).is_none_or(|t| t.elapsed() < self.caller.settings.patience)
            });
            let open = book.view.state == ChannelState::Open;
            if book.retired.is_none() || !open || waits || !self.closing.insert(id) {
                continue;
            }
            tracing::info!(channel = hex::encode(id), why = book.retired.as_deref(), "closing a channel");
            if let Err(error) = self.caller.market.close(id).await {
                tracing::warn!(%error, "a channel could not be closed");
                self.closing.remove(&id);
            }
        }
    }

    /// Where the provider answers now; where it did when the channel was opened, if the chain does not say.
    async fn endpoint(&self, book: &Book) -> String {
        let quotes = self.caller.catalogue.quotes(book.view.spec).await.unwrap_or_default();
        let now = quotes.into_iter().find(|quote| quote.provider == book.view.provider);
        now.map_or_else(|| book.endpoint.clone(), |quote| quote.endpoint)
    }

    async fn model(&self, book: &Book) -> String {
        let specs = self.caller.catalogue.specs().await.unwrap_or_default();
        specs.into_iter().find(|spec| spec.id == book.view.spec).map_or_else(String::new, |spec| spec.model)
    }
}
