//! After a start, everything as it was; and channels whose opening a crash interrupted.

use super::Keeper;
use crate::gateway::{
    book::Book,
    endpoint,
    error::ApiError,
    store::{CallState, ChannelUse, StoreError, StoredChannel},
};
use souk_primitives::{
    call::receipt_leaf,
    views::{ChannelState, ChannelView},
};
use sp_core::Pair;

impl Keeper {
    /// Restores the channels of the store that are not here, and takes in those of the chain that it lacks.
    pub(super) async fn restore(&self) -> Result<(), ApiError> {
        let caller = &self.caller;
        let genesis = caller.market.genesis();
        let live = caller.market.live_block().await?;
        // Read before the look at what is being opened here: what is newer is not in it.
        let mine = caller.market.mine().await?;
        let stored = caller.store.with(move |store| store.channels(&genesis)).await?;
        for channel in stored.iter().filter(|channel| channel.state != ChannelUse::Closed) {
            let id = channel.id;
            if caller.pool.is_opening() || caller.pool.book(&id).is_some() {
                continue;
            }
            match caller.market.channel(id).await? {
                Some(view) => {
                    let book = self.rebuild(channel.clone(), view).await?;
                    caller.pool.insert(book);
                }
                None if live >= channel.seen => {
                    let why = "the chain has forgotten it";
                    caller.store.with(move |store| store.set_use(&id, ChannelUse::Closed, why)).await?;
                }
                // It comes back when the node has caught up.
                None => tracing::warn!(
                    channel = hex::encode(id),
                    "the node is behind: it does not know this channel yet"
                ),
            }
        }
        let key = caller.pool.pair().public().0;
        for view in mine {
            let ours = view.voucher_key == key && view.state == ChannelState::Open;
            let known = stored.iter().any(|channel| channel.id == view.id)
                || caller.pool.book(&view.id).is_some()
                || caller.pool.is_opening();
            if ours && !known {
                self.adopt(view, live).await?;
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
        book.seen = channel.seen;
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
    async fn adopt(&self, view: ChannelView, live: u32) -> Result<(), ApiError> {
        let caller = &self.caller;
        let quotes = caller.market.quotes(view.spec).await?;
        let Some(quote) = quotes.into_iter().find(|quote| quote.provider == view.provider) else {
            return Ok(());
        };
        let Ok(base) = endpoint::checked(&quote.endpoint, caller.settings.private_endpoints) else {
            return Ok(());
        };
        match caller.upstream.next_seq(&base, &view.id).await {
            Some(0) if view.settled_calls == 0 => {}
            // Its provider can't be asked now.
            None => return Ok(()),
            Some(_) => {
                if self.strange.lock().insert(view.id) {
                    tracing::warn!(
                        channel = hex::encode(view.id),
                        "a channel with this gateway's key is not in its store; close it with `souk channel close`"
                    );
                }
                return Ok(());
            }
        }
        let genesis = caller.market.genesis();
        let stored = StoredChannel::new(&view, genesis, quote.endpoint.clone(), live);
        caller.store.with(move |store| store.add_channel(&stored)).await?;
        tracing::info!(channel = hex::encode(view.id), "took in a channel whose opening was interrupted");
        let mut book = Book::new(view, genesis, quote.endpoint);
        book.seen = live;
        caller.pool.insert(book);
        Ok(())
    }
}
