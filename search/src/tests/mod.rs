//! Tests on a real index on disk.

mod crowded;
mod finding;
mod following;
mod hostile;
mod making;

use crate::{Head, Index, Page, Query, Row, Sort, Writer};
use souk_primitives::{
    licence::{Grant, Purposes},
    moderation::DelistReason,
    views::{ListingKind, ListingStatus, ListingView, OfferView, RatingView},
    AccountId, Balance, BlockNumber, Digest, ListingId,
};
use std::sync::Arc;

pub const GENESIS: Digest = [7; 32];

pub fn head(number: BlockNumber) -> Head {
    Head { number, hash: [u8::try_from(number % 251).unwrap(); 32] }
}

pub fn listing(id: ListingId, name: &str) -> ListingView {
    ListingView {
        id,
        owner: AccountId::new([1; 32]),
        kind: ListingKind::Model,
        name: name.into(),
        summary: String::new(),
        tags: Vec::new(),
        card_uri: String::new(),
        card_digest: [0; 32],
        status: ListingStatus::Active,
        versions: Vec::new(),
        offers: Vec::new(),
        parents: Vec::new(),
        min_royalty: 0,
        rating: RatingView { reviews: 0, payers: 0, average_milli: None },
        deposit: 0,
    }
}

pub fn offer(number: u32, price: Balance, purposes: Purposes) -> OfferView {
    OfferView {
        offer: number,
        digest: [2; 32],
        grant: Grant::Perpetual,
        price,
        purposes,
        seats: 1,
        transferable: false,
        deliver_within: 100,
        referral: 0,
        terms_uri: String::new(),
        terms_digest: [3; 32],
    }
}

pub fn rated(view: ListingView, average_milli: u32, payers: u32) -> ListingView {
    ListingView { rating: RatingView { reviews: payers, payers, average_milli: Some(average_milli) }, ..view }
}

pub fn row(view: ListingView) -> Row {
    Row { view, appeal_until: None }
}

/// An index of these listings, in a folder that lives as long.
pub struct Shelf {
    pub index: Arc<Index>,
    pub writer: Writer,
    pub folder: tempfile::TempDir,
}

impl Shelf {
    pub fn of(views: Vec<ListingView>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (index, mut writer) = Index::open(folder.path(), GENESIS).unwrap();
        let changed: Vec<_> = views.into_iter().map(|view| (view.id, Some(row(view)))).collect();
        writer.update(head(1), &changed).unwrap();
        Shelf { index, writer, folder }
    }

    pub fn page(&self, query: &Query) -> Page {
        self.index.search(query).unwrap_or_else(|error| panic!("{query:?}: {error}"))
    }

    /// Numbers of all results, over as many pages as it takes.
    pub fn ids(&self, query: &Query) -> Vec<ListingId> {
        let mut query = query.clone();
        let mut ids = Vec::new();
        loop {
            let page = self.page(&query);
            ids.extend(page.results.iter().map(|hit| hit.listing.id));
            match page.next {
                Some(next) => query.cursor = Some(next),
                None => return ids,
            }
        }
    }
}

pub fn text(text: &str) -> Query {
    Query { text: Some(text.into()), ..Query::default() }
}

pub fn sorted(sort: Sort) -> Query {
    Query { sort: Some(sort), ..Query::default() }
}
