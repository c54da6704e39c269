//! What a seller has: its store, its keys, and places for who fetches, which nobody takes all of.

use super::{
    copy::{length_of, Copier},
    pieces::Pieces,
    turns::SMALL,
    vault::Vault,
    Pace,
};
use crate::{
    adversary::Cheat,
    api::{Full, Place, Places},
    config,
    server::Peer,
    store::Store,
};
use parking_lot::Mutex;
use souk_primitives::{
    content::{Content, CHUNK},
    purchase::Stage,
    views::PurchaseView,
    AccountId, BlockNumber, Digest, PurchaseId,
};
use std::{collections::HashMap, path::Path, sync::Arc, time::Duration};

/// How often an unpaid copy may be fetched.
const TIMES: u64 = 3;
/// Bytes beyond that: what is on its way when a fetch breaks off is lost.
const LOST: u64 = 16 << 20;
/// Seconds of a block, as the chain reckons its windows.
const BLOCK_SECS: u64 = 3;
/// Short answers at a time, and of these one buyer's.
const LOOKS: (usize, usize) = (64, 4);

/// What is sold.
pub struct Shop {
    copier: Copier,
    places: Places<PurchaseId>,
    /// The same places by buyer, by peer, those of purchases without a deadline, and those of large contents.
    buyers: Places<AccountId>,
    peers: Places<Peer>,
    over: Places<PurchaseId>,
    large: Places<PurchaseId>,
    looks: Places<AccountId>,
    pace: Pace,
    least_rate: (u64, Duration),
    /// Bytes that were sent of open purchases.
    fetched: Mutex<HashMap<PurchaseId, u64>>,
}

/// A place for who fetches from a copy.
pub struct StreamPlace {
    _purchase: Place<PurchaseId>,
    _buyer: Place<AccountId>,
    _peer: Option<Place<Peer>>,
    _large: Option<Place<PurchaseId>>,
    over: Mutex<Option<Place<PurchaseId>>>,
}

/// Bytes that may be fetched of an open purchase.
fn most(view: &PurchaseView) -> Option<u64> {
    let content = Content::new(view.content_root, view.size).filter(|_| !view.stage.is_ended())?;
    Some(length_of(&content).saturating_mul(TIMES).saturating_add(LOST))
}

impl Shop {
    /// Puts it together. The digests of copies are in a folder beside the vault.
    pub fn open(
        config: &config::Store,
        store: Arc<Store>,
        vault: Vault,
        data_dir: &Path,
        genesis: Digest,
        cheat: Cheat,
    ) -> anyhow::Result<Self> {
        let pieces = Pieces::open(&data_dir.join("copies"), config.max_digest_bytes)?;
        let known = vault.copies()?;
        pieces.keep_only(|id| known.contains_key(id))?;
        let all = config.max_streams;
        Ok(Self {
            copier: Copier { store, vault: Arc::new(vault), pieces: Arc::new(pieces), genesis, cheat },
            places: Places::new(all, config.max_streams_per_purchase),
            buyers: Places::new(all, config.max_streams_per_buyer),
            peers: Places::new(all, config.max_streams_per_peer),
            over: Places::new(all.div_ceil(2), config.max_streams_per_purchase),
            large: Places::new(all - all / 4, config.max_streams_per_purchase),
            looks: Places::new(LOOKS.0, LOOKS.1),
            pace: Pace::new(config.bandwidth, config.bandwidth_per_peer),
            least_rate: (config.least_rate, Duration::from_secs(config.least_rate_secs)),
            fetched: Mutex::default(),
        })
    }

    /// Contents.
    pub fn store(&self) -> &Arc<Store> {
        &self.copier.store
    }

    /// Keys.
    pub fn vault(&self) -> &Arc<Vault> {
        &self.copier.vault
    }

    /// Digests of copies.
    pub fn pieces(&self) -> &Arc<Pieces> {
        &self.copier.pieces
    }

    /// Makes copies.
    pub fn copier(&self) -> &Copier {
        &self.copier
    }

    /// How fast they are served.
    pub fn pace(&self) -> &Pace {
        &self.pace
    }

    /// The time over which readers are measured.
    pub fn window(&self) -> Duration {
        self.least_rate.1
    }

    /// How fast one stream of a purchase must be read at live block `live`: bytes a second. Its streams together must be
    /// done with what is missing by the buyer's deadline, or they only keep places from others; 0: there is no least.
    pub fn least_rate(&self, view: &PurchaseView, live: BlockNumber) -> u64 {
        let least = self.least_rate.0;
        let (Stage::Offered { accept_by }, Some(content), 1..) =
            (view.stage, Content::new(view.content_root, view.size), least)
        else {
            return least;
        };
        let left = u64::from(accept_by.saturating_sub(live)).max(1).saturating_mul(BLOCK_SECS);
        let streams = (self.places.held(&view.id) as u64).max(1);
        let missing = length_of(&content).saturating_sub(self.sent(view));
        least.max(missing / left / streams)
    }

    /// Whether who fetches has no deadline to keep: its purchase is over, or it had all of the copy.
    pub fn has_no_deadline(&self, view: &PurchaseView) -> bool {
        let all = Content::new(view.content_root, view.size).map(|content| length_of(&content));
        view.stage.is_ended() || all.is_some_and(|all| self.sent(view) >= all.saturating_add(LOST))
    }

    /// A place for who fetches from a purchase's copy. One buyer, one peer and one purchase have their shares; those
    /// without a deadline leave half of all places to those who have one, and large contents a quarter to small ones.
    pub fn place(&self, view: &PurchaseView, peer: Option<Peer>) -> Result<StreamPlace, Full> {
        let id = Some(&view.id);
        let over = self.has_no_deadline(view).then(|| self.over.take(id));
        Ok(StreamPlace {
            over: Mutex::new(over.transpose()?),
            _large: (view.size > SMALL).then(|| self.large.take(id)).transpose()?,
            _buyer: self.buyers.take(Some(&view.buyer))?,
            _peer: peer.map(|peer| self.peers.take(Some(&peer))).transpose()?,
            _purchase: self.places.take(id)?,
        })
    }

    /// Who has a place has no deadline any more: it needs one of those from now on.
    pub fn retire(&self, place: &StreamPlace, purchase: &PurchaseId) -> Result<(), Full> {
        let mut over = place.over.lock();
        if over.is_none() {
            *over = Some(self.over.take(Some(purchase))?);
        }
        Ok(())
    }

    /// A place for a short answer.
    pub fn look(&self, buyer: &AccountId) -> Result<Place<AccountId>, Full> {
        self.looks.take(Some(buyer))
    }

    /// Whether a purchase was fetched as often as it may be.
    pub fn is_spent(&self, view: &PurchaseView) -> bool {
        most(view).is_some_and(|most| self.sent(view).saturating_add(CHUNK.into()) > most)
    }

    fn sent(&self, view: &PurchaseView) -> u64 {
        self.fetched.lock().get(&view.id).copied().unwrap_or(0)
    }

    /// Counts bytes that are to be sent of a purchase. Whether they may be: an unpaid copy is not sent without end.
    pub fn may_send(&self, view: &PurchaseView, bytes: usize) -> bool {
        let Some(most) = most(view) else { return true };
        let mut all = self.fetched.lock();
        let sent = all.entry(view.id).or_default();
        let sum = sent.saturating_add(bytes as u64);
        if sum <= most {
            *sent = sum;
        }
        sum <= most
    }

    /// Forgets what was sent of all but these purchases.
    pub fn keep_counts(&self, open: impl Fn(&PurchaseId) -> bool) {
        self.fetched.lock().retain(|id, _| open(id));
    }

    /// Copies that are being sent.
    pub fn streams(&self) -> usize {
        self.places.calls()
    }
}
