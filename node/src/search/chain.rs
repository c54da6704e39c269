//! The finalised chain as the search index reads it.
//!
//! Listings come from the runtime API. What a block changed comes from its events, which this node can read only if it
//! knows the runtime that wrote them; if it doesn't, it says so, and all listings are read instead.

use crate::service::{FullBackend, FullClient};
use codec::{Decode, DecodeAll};
use frame_system::EventRecord;
use pallet_listings::{types::Listing, Event, Listings};
use sc_client_api::{HeaderBackend, StorageProvider};
use souk_primitives::{BlockNumber, Digest, ListingId};
use souk_runtime::{opaque::Block, souk_api::SoukApi, Hash, Runtime, RuntimeEvent, VERSION};
use souk_search::{Chain, Error, Head, Row};
use sp_api::{CallApiAt, ProvideRuntimeApi};
use sp_core::{storage::StorageKey, traits::CallContext};
use sp_io::hashing::twox_128;
use std::{
    collections::BTreeSet,
    fmt::Display,
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
};

/// Listings of one call of the runtime.
const PAGE: u32 = 100;

/// Reads the chain through the node's client.
pub struct NodeChain {
    client: Arc<FullClient>,
    stopping: Arc<AtomicBool>,
}

fn unreadable(error: impl Display) -> Error {
    Error::Chain(error.to_string())
}

impl NodeChain {
    /// Reads through `client` until it is told to stop.
    pub fn new(client: Arc<FullClient>, stopping: Arc<AtomicBool>) -> Self {
        NodeChain { client, stopping }
    }

    /// Whether what lies in the state of a block is of the types that this node was built with.
    fn is_known(&self, at: Hash) -> bool {
        self.client.runtime_version_at(at, CallContext::Offchain).is_ok_and(|version| {
            (version.spec_name, version.spec_version) == (VERSION.spec_name, VERSION.spec_version)
        })
    }

    fn stored<T: Decode>(&self, at: Hash, key: Vec<u8>) -> Option<T> {
        let bytes =
            StorageProvider::<Block, FullBackend>::storage(&*self.client, at, &StorageKey(key)).ok()??;
        T::decode_all(&mut bytes.0.as_slice()).ok()
    }

    /// The events of a block, if they can be read.
    fn events(&self, at: Hash) -> Option<Vec<EventRecord<RuntimeEvent, Hash>>> {
        // They were written by the runtime that the block before had.
        let parent = self.client.header(at).ok()??.parent_hash;
        if !self.is_known(parent) {
            return None;
        }
        self.stored(at, [twox_128(b"System"), twox_128(b"Events")].concat())
    }

    fn appeal_until(&self, at: Hash, id: ListingId) -> Option<BlockNumber> {
        let listing: Listing = self.stored(at, Listings::<Runtime>::hashed_key_for(id))?;
        listing.delisting.map(|delisting| delisting.until)
    }
}

/// The listing that an event is about.
fn listing_of(event: RuntimeEvent) -> Option<ListingId> {
    let RuntimeEvent::Listings(event) = event else { return None };
    match event {
        Event::Registered { listing, .. }
        | Event::VersionPublished { listing, .. }
        | Event::TextSet { listing, .. }
        | Event::StatusSet { listing, .. }
        | Event::CaseOpened { listing, .. }
        | Event::Appealed { listing, .. }
        | Event::AppealDecided { listing, .. }
        | Event::CaseWithdrawn { listing, .. }
        | Event::CaseClosed { listing, .. }
        | Event::Relisted { listing, .. }
        | Event::TransferOffered { listing, .. }
        | Event::Transferred { listing, .. }
        | Event::OfferAdded { listing, .. }
        | Event::OfferWithdrawn { listing, .. }
        | Event::ParentsSet { listing, .. }
        | Event::MinRoyaltySet { listing, .. }
        | Event::Reviewed { listing, .. }
        | Event::Answered { listing, .. }
        | Event::Retired { listing, .. }
        | Event::Removed { listing, .. } => Some(listing),
        Event::ModeratorAppointed { .. }
        | Event::ModeratorDismissed { .. }
        | Event::BondPosted { .. }
        | Event::BondWithdrawn { .. }
        | Event::__Ignore(..) => None,
    }
}

impl Chain for NodeChain {
    fn head(&self) -> Result<Head, Error> {
        let info = self.client.info();
        Ok(Head { number: info.finalized_number, hash: info.finalized_hash.0 })
    }

    fn hash(&self, number: BlockNumber) -> Result<Option<Digest>, Error> {
        Ok(HeaderBackend::hash(&*self.client, number).map_err(unreadable)?.map(|hash| hash.0))
    }

    fn live_block(&self, at: &Digest) -> Result<BlockNumber, Error> {
        self.client.runtime_api().live_block(Hash::from(*at)).map_err(unreadable)
    }

    fn changed(&self, at: &Digest) -> Result<Option<BTreeSet<ListingId>>, Error> {
        let events = self.events(Hash::from(*at));
        Ok(events.map(|events| events.into_iter().filter_map(|record| listing_of(record.event)).collect()))
    }

    fn listing(&self, at: &Digest, id: ListingId) -> Result<Option<Row>, Error> {
        let at = Hash::from(*at);
        let view = self.client.runtime_api().listing(at, id).map_err(unreadable)?;
        let appeal_until = if self.is_known(at) { self.appeal_until(at, id) } else { None };
        Ok(view.map(|view| Row { view, appeal_until }))
    }

    fn listings(&self, at: &Digest, start: ListingId) -> Result<Vec<Row>, Error> {
        let at = Hash::from(*at);
        let views = self.client.runtime_api().listings(at, start, PAGE).map_err(unreadable)?;
        let is_known = self.is_known(at);
        let row = |view: souk_primitives::views::ListingView| {
            let appeal_until = if is_known { self.appeal_until(at, view.id) } else { None };
            Row { view, appeal_until }
        };
        Ok(views.into_iter().map(row).collect())
    }

    fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}
