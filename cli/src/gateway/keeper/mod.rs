//! What happens beside calls: lost receipts are asked for, vouchers of idle channels are handed over, doubles are looked
//! for; and what the chain says is followed.

mod chain;
mod restore;

use super::{
    book::Book,
    call::{Caller, Piece},
    check::{check, Ordered, Received},
    endpoint,
    error::ApiError,
    store::{CallState, StoredCall},
    upstream::{Handed, Known, Once, Sent, Sink},
    wire::SignedReceipt,
};
use parking_lot::Mutex;
use souk_primitives::{
    call::{CallKind, Finish, Signed},
    ChannelId,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::{Duration, Instant},
};
use tokio_util::sync::CancellationToken;

/// Pause between two rounds.
const ROUND: Duration = Duration::from_secs(1);

/// Works beside the calls.
pub struct Keeper {
    caller: Arc<Caller>,
    stuck_since: Mutex<HashMap<(ChannelId, u32), Instant>>,
    /// Calls that the last voucher covered whose provider was asked for receipts again.
    checked: Mutex<HashMap<ChannelId, u32>>,
    /// Calls covered by vouchers that providers refused: not sent again until there are more.
    refused: Mutex<HashMap<ChannelId, u32>>,
    /// Channels with our key that can't be taken in.
    strange: Mutex<HashSet<ChannelId>>,
}

impl Keeper {
    /// For a caller, with all channels of its store.
    pub async fn start(caller: Arc<Caller>) -> Result<Self, ApiError> {
        let keeper = Self {
            caller,
            stuck_since: Mutex::default(),
            checked: Mutex::default(),
            refused: Mutex::default(),
            strange: Mutex::default(),
        };
        keeper.restore().await?;
        Ok(keeper)
    }

    /// Runs until the gateway ends; hands the last vouchers over then.
    pub async fn run(self, stop: CancellationToken) {
        let rounds = async {
            loop {
                tokio::time::sleep(ROUND).await;
                self.round(false).await;
            }
        };
        tokio::select! {
            () = rounds => {}
            () = self.follow_chain() => {}
            // A transaction that is on its way is with the node: what became of it shows on the chain.
            () = stop.cancelled() => {}
        }
        let _ = tokio::time::timeout(Duration::from_secs(5), self.round(true)).await;
    }

    /// One look at every channel. A provider that does not answer holds up no other.
    async fn round(&self, last: bool) {
        let books = self.caller.pool.books();
        futures::future::join_all(books.iter().map(|book| self.tend(book, last))).await;
    }

    async fn tend(&self, book: &Book, last: bool) {
        let stuck: Vec<u32> = book.stuck().collect();
        futures::future::join_all(stuck.into_iter().map(|seq| self.resolve(book, seq))).await;
        let idle = last || book.used.elapsed() >= self.caller.settings.idle || book.retired.is_some();
        let refused = self.refused.lock().get(&book.view.id).is_some_and(|calls| *calls >= book.covered());
        if idle && !refused && book.covered() > book.handed {
            self.hand(book).await;
        }
    }

    /// Finds out what became of a call whose receipt is missing.
    async fn resolve(&self, book: &Book, seq: u32) {
        let (caller, channel) = (&self.caller, book.view.id);
        let key = (channel, seq);
        let since = *self.stuck_since.lock().entry(key).or_insert_with(Instant::now);
        let stored = match caller.store.with(move |store| store.call(&channel, seq)).await {
            Ok(Some(stored)) => stored,
            Ok(None) => {
                // Taken in memory only: nothing was signed.
                caller.pool.with_book(&channel, |book| book.release(seq));
                return;
            }
            Err(error) => return tracing::error!(%error, "can't read a call"),
        };
        let base = match endpoint::checked(&self.endpoint(book).await, caller.settings.private_endpoints) {
            Ok(base) => base,
            Err(error) => return tracing::warn!(%error, "can't ask for a receipt"),
        };
        let resolved = match caller.upstream.receipt(&base, &stored.request, &stored.request_signature).await
        {
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
            self.stuck_since.lock().remove(&key);
        } else if since.elapsed() > caller.settings.patience && book.retired.is_none() {
            caller.pool.retire(&channel, "its provider did not come back with a receipt").await;
        }
    }

    /// A receipt turned up: checks it against the answer, which the provider gives again when it is asked again.
    async fn recover(&self, book: &Book, stored: &StoredCall, receipt: SignedReceipt, base: &str) -> bool {
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
            return self.settle_late(&ordered, &receipt, &delivered).await;
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
        let mut ids = delivered;
        let (out, _open) = tokio::sync::mpsc::channel::<Piece>(1);
        let mut nothing = Vec::new();
        let mut sink = Sink { out: &out, live: false, delivered: &mut nothing };
        match caller.upstream.call(&sent, &mut ids, &mut sink).await {
            Once::Receipt { receipt: again, .. } => {
                if caller.contradiction(ordered.receipt_key, receipt.clone(), (*again).clone()).await {
                    let why = "the provider signed two receipts for it";
                    caller.refuse(&ordered, Some(receipt), why).await;
                    return true;
                }
                self.settle_late(&ordered, &again, &ids).await
            }
            Once::Contradiction(why) => {
                caller.refuse(&ordered, Some(receipt), why).await;
                true
            }
            Once::Refused { message, .. } => {
                let why = format!("its answer can't be had: {message}");
                caller.refuse(&ordered, Some(receipt), &why).await;
                true
            }
            _ => false,
        }
    }

    /// Gives whether the call has found its end.
    async fn settle_late(&self, ordered: &Ordered, receipt: &SignedReceipt, ids: &[u32]) -> bool {
        match self.caller.settle(ordered, receipt, ids).await {
            Ok(()) => true,
            Err(super::conduct::Unpaid::Refused(why)) => {
                tracing::warn!(seq = receipt.0.seq, why, "a late receipt is not paid");
                true
            }
            Err(super::conduct::Unpaid::Store(_)) => false,
        }
    }

    async fn hand(&self, book: &Book) {
        let (caller, channel) = (&self.caller, book.view.id);
        let Some(voucher) = book.voucher() else { return };
        let signature = voucher.sign(caller.pool.pair()).0;
        let kept = voucher.clone();
        if let Err(error) = caller.store.with(move |store| store.keep_voucher(&kept, &signature)).await {
            return tracing::error!(%error, "can't keep a voucher; it is not sent");
        }
        let endpoint = self.endpoint(book).await;
        let Ok(base) = endpoint::checked(&endpoint, caller.settings.private_endpoints) else { return };
        let calls = voucher.calls;
        match caller.upstream.hand(&base, &voucher, &signature).await {
            Handed::Taken => {
                if let Err(error) = caller.store.with(move |store| store.handed(&channel, calls)).await {
                    tracing::error!(%error, "can't note that a voucher was taken");
                }
                caller.pool.with_book(&channel, |book| book.handed = book.handed.max(calls));
                self.spot_check(book, &base).await;
            }
            Handed::Refused(reason) => {
                tracing::warn!(channel = hex::encode(channel), reason, "the provider refuses the voucher");
                self.refused.lock().insert(channel, calls);
            }
            Handed::Later(reason) => {
                tracing::debug!(channel = hex::encode(channel), reason, "voucher not handed over");
            }
        }
    }

    /// Asks again for receipts that were paid, the last one and any other: a provider that signs two for one call is
    /// reported.
    async fn spot_check(&self, book: &Book, base: &str) {
        let (caller, channel, covered) = (&self.caller, book.view.id, book.covered());
        if covered == 0 || self.checked.lock().insert(channel, covered) == Some(covered) {
            return;
        }
        let any = rand::random::<u32>() % covered;
        for seq in HashSet::from([covered - 1, any]) {
            let Ok(Some(call)) = caller.store.with(move |store| store.call(&channel, seq)).await else {
                continue;
            };
            let asked = caller.upstream.receipt(base, &call.request, &call.request_signature);
            if let Known::Receipt(again) = asked.await {
                let ours = again.0.channel == channel && again.0.seq == seq;
                if ours && caller.compare(book.view.receipt_key, channel, seq, *again).await {
                    return;
                }
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
