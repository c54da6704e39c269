//! Which calls put a file on the market: as few as are missing, in one transaction that happens whole or not at all.

use souk_client::{
    calls::{licensing, listings, system, Call},
    Chain, Error, Outcome,
};
use souk_primitives::{
    content::Content,
    licence::Offer,
    lineage::Parents,
    views::{ListingKind, ListingView},
    AccountId, Digest, ListingId, VersionId,
};

/// What is to be on the chain.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Model, dataset, service or algorithm.
    pub kind: ListingKind,
    /// What people read.
    pub text: listings::Text,
    /// The file; none for a service.
    pub content: Option<Content>,
    /// Digest of the manifest, or zero.
    pub manifest: Digest,
    /// What is sold.
    pub offers: Vec<Offer>,
    /// What it derives from.
    pub parents: Parents,
    /// Least royalty of what derives from it, in millionths.
    pub min_royalty: Option<u32>,
    /// Where its copies are fetched.
    pub endpoint: Option<String>,
}

impl Wanted {
    fn root(&self) -> Digest {
        self.content.map_or([0; 32], |content| content.root())
    }

    /// The version of a listing that this is.
    pub fn version_in(&self, view: &ListingView) -> Option<VersionId> {
        let size = self.content.map_or(0, |content| content.size());
        let same = |version: &&souk_primitives::views::VersionView| {
            (version.content_root, version.size, version.manifest) == (self.root(), size, self.manifest)
        };
        view.versions.iter().rfind(same).map(|version| version.version)
    }

    /// The calls that are missing for listing `id`, which is `view` or not there yet. `store` is the seller's store as the
    /// chain has it.
    pub fn missing(&self, id: ListingId, view: Option<&ListingView>, store: Option<&str>) -> Vec<Call> {
        let mut calls = Vec::new();
        if view.is_none() {
            calls.push(listings::register(self.kind, self.text.clone()));
        }
        let edges: Vec<_> = self.parents.iter().map(|p| (p.listing, p.version, p.royalty)).collect();
        let has: Vec<_> = view
            .map(|view| view.parents.iter().map(|e| (e.parent, e.version, e.royalty)).collect())
            .unwrap_or_default();
        // Before the version, which takes them over.
        if !edges.is_empty() && edges != has {
            calls.push(listings::set_parents(id, self.parents.clone()));
        }
        if view.is_none_or(|view| self.version_in(view).is_none()) {
            let (size, chunks) = self.content.map_or((0, 0), |content| (content.size(), content.chunks()));
            calls.push(listings::publish_version(id, self.root(), size, chunks, self.manifest));
        }
        for offer in &self.offers {
            let digest = offer.digest();
            if !view.is_some_and(|view| view.offers.iter().any(|there| there.digest == digest)) {
                calls.push(listings::add_offer(id, offer.clone()));
            }
        }
        if let Some(royalty) =
            self.min_royalty.filter(|least| Some(*least) != view.map(|view| view.min_royalty))
        {
            calls.push(listings::set_min_royalty(id, royalty));
        }
        if let Some(endpoint) = self.endpoint.as_deref().filter(|endpoint| Some(*endpoint) != store) {
            calls.push(licensing::set_store(Some(endpoint.to_string())));
        }
        calls
    }
}

/// Who signs, and for whom.
pub struct Signer {
    /// The key.
    pub pair: souk_client::Keypair,
    /// Whose listing it is: the key's account, or one whose proxy it is.
    pub owner: AccountId,
}

impl Signer {
    /// Sends calls as one transaction and waits until it is final.
    pub async fn send(&self, chain: &Chain, mut calls: Vec<Call>) -> Result<Outcome, Error> {
        let call = match calls.len() {
            1 => calls.remove(0),
            _ => system::batch_all(calls),
        };
        let own = souk_client::keys::account(&self.pair) == self.owner;
        let call = if own { call } else { system::by_proxy(&self.owner, call) };
        chain.submit(&self.pair, call).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::{
        content::Builder,
        licence::{Grant, Purposes, Terms},
        lineage::Parent,
        views::{LineageEdge, ListingStatus, OfferView, RatingView, VersionView},
    };

    fn offer(price: u128) -> Offer {
        Offer {
            grant: Grant::Perpetual,
            price,
            purposes: Purposes::RESEARCH,
            seats: 1,
            transferable: false,
            deliver_within: 10,
            referral: 0,
            terms: Terms::default(),
        }
    }

    fn wanted() -> Wanted {
        let mut builder = Builder::default();
        builder.push(b"bytes").unwrap();
        Wanted {
            kind: ListingKind::Dataset,
            text: listings::Text { name: "set".into(), ..Default::default() },
            content: builder.finish(),
            manifest: [0; 32],
            offers: vec![offer(1), offer(2)],
            parents: vec![Parent { listing: 0, version: 0, royalty: 10 }].try_into().unwrap(),
            min_royalty: Some(5),
            endpoint: Some("https://store.example".into()),
        }
    }

    /// The listing after all calls for `wanted`.
    fn view(wanted: &Wanted) -> ListingView {
        let offers = (0..).zip(&wanted.offers).map(|(number, offer)| OfferView {
            offer: number,
            digest: offer.digest(),
            grant: offer.grant,
            price: offer.price,
            purposes: offer.purposes,
            seats: offer.seats,
            transferable: offer.transferable,
            deliver_within: offer.deliver_within,
            referral: offer.referral,
            terms_uri: String::new(),
            terms_digest: [0; 32],
        });
        let content = wanted.content.unwrap();
        ListingView {
            id: 7,
            owner: AccountId::new([1; 32]),
            kind: wanted.kind,
            name: wanted.text.name.clone(),
            summary: String::new(),
            tags: vec![],
            card_uri: String::new(),
            card_digest: [0; 32],
            status: ListingStatus::Active,
            versions: vec![VersionView {
                version: 0,
                content_root: content.root(),
                size: content.size(),
                chunks: content.chunks(),
                manifest: [0; 32],
                published_at: 1,
            }],
            offers: offers.collect(),
            parents: vec![LineageEdge { child: 7, parent: 0, version: 0, royalty: 10 }],
            min_royalty: 5,
            rating: RatingView { reviews: 0, payers: 0, average_milli: None },
            deposit: 0,
        }
    }

    fn labels(calls: &[Call]) -> Vec<String> {
        calls.iter().map(Call::label).collect()
    }

    #[test]
    fn new_listing_should_be_one_batch_with_parents_before_the_version() {
        let calls = wanted().missing(7, None, None);
        let expected = [
            "Listings.register",
            "Listings.set_parents",
            "Listings.publish_version",
            "Listings.add_offer",
            "Listings.add_offer",
            "Listings.set_min_royalty",
            "Licensing.set_store",
        ];
        assert_eq!(labels(&calls), expected);
    }

    #[test]
    fn repetition_should_find_nothing_missing() {
        let wanted = wanted();
        let view = view(&wanted);
        assert_eq!(wanted.version_in(&view), Some(0));
        assert!(wanted.missing(7, Some(&view), Some("https://store.example")).is_empty());
    }

    #[test]
    fn only_what_is_missing_should_be_added() {
        let mut wanted = wanted();
        let view = view(&wanted);
        wanted.offers.push(offer(3));
        assert_eq!(
            labels(&wanted.missing(7, Some(&view), None)),
            ["Listings.add_offer", "Licensing.set_store"]
        );
        wanted.manifest = [1; 32];
        wanted.endpoint = None;
        let calls = labels(&wanted.missing(7, Some(&view), None));
        assert_eq!(calls, ["Listings.publish_version", "Listings.add_offer"]);
    }
}
