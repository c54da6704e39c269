//! What can be asked for, and how much of it.

use crate::Error;
use serde::{Deserialize, Serialize};
use souk_primitives::{
    hash,
    licence::Purposes,
    views::{ListingKind, ListingView},
    Balance,
};

/// Most results of one answer.
pub const MAX_LIMIT: u32 = 200;
/// Results of one answer when no limit is given.
pub const DEFAULT_LIMIT: u32 = 50;
/// Most bytes of text.
const MAX_TEXT: usize = 256;
/// Most tags asked for: as many as a listing has.
const MAX_TAGS: usize = 8;
/// Most bytes of a tag: as many as one has.
const MAX_TAG: usize = 24;
/// Best rating, in thousandths of a star.
const MAX_RATING: u32 = 5_000;

/// Which results come first. Among equals it is the newer listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Sort {
    /// What fits the text best: a word in the name counts most, then in the tags, then in the summary.
    Relevance,
    /// The best rated; of equally rated ones, what more people paid for.
    Rating,
    /// The cheapest, by the cheapest offer that allows the purpose. What has no offer comes last.
    Price,
    /// The newest.
    Newest,
}

/// A search. Everything is optional, and all that is given must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Query {
    /// Words of name, summary and tags. All must occur; the last may be the beginning of one. At most 256 bytes.
    pub text: Option<String>,
    /// Model, dataset, service or algorithm.
    pub kind: Option<ListingKind>,
    /// Tags that it must have, each whole; small and capital letters are the same. At most 8.
    pub tags: Vec<String>,
    /// Purposes that one of its offers must allow, all of them.
    pub purpose: Option<Purposes>,
    /// Most units that such an offer costs.
    #[serde(with = "maybe_amount")]
    pub max_price: Option<Balance>,
    /// Least average rating, in thousandths of a star.
    pub min_rating: Option<u32>,
    /// Also what is not on offer: paused, deprecated, delisted.
    pub inactive: bool,
    /// Which come first: by relevance with a text, else the newest.
    pub sort: Option<Sort>,
    /// `next` of the page before.
    pub cursor: Option<String>,
    /// Most results, at most 200.
    pub limit: Option<u32>,
}

impl Query {
    /// Refuses what makes no sense or is too long; says what to do instead.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let refuse = |why: String| Err(Error::Query(why));
        if let Some(limit) = self.limit.filter(|limit| *limit > MAX_LIMIT) {
            return Err(Error::Limit(limit));
        }
        if self.limit == Some(0) {
            return refuse(format!("limit 0 asks for nothing: give 1 to {MAX_LIMIT}"));
        }
        if self.text.as_ref().is_some_and(|text| text.len() > MAX_TEXT) {
            return refuse(format!("the text is longer than {MAX_TEXT} bytes: give a few words"));
        }
        if self.tags.len() > MAX_TAGS {
            return refuse(format!("a listing has at most {MAX_TAGS} tags: give fewer"));
        }
        if let Some(tag) = self.tags.iter().find(|tag| tag.is_empty() || tag.len() > MAX_TAG) {
            let tag: String = tag.chars().take(MAX_TAG).collect();
            return refuse(format!(
                "{tag:?} is no tag, or the beginning of none: a tag has 1 to {MAX_TAG} bytes"
            ));
        }
        if let Some(purpose) = self.purpose.filter(|purpose| !purpose.is_valid()) {
            return refuse(format!(
                "purpose {} is unknown: add up 1 (research), 2 (commercial), 4 (training), 8 (inference), \
                 16 (redistribution), 32 (derivative)",
                purpose.0
            ));
        }
        if self.min_rating.is_some_and(|least| least > MAX_RATING) {
            return refuse(format!("minRating is in thousandths of a star: at most {MAX_RATING}"));
        }
        if self.sort == Some(Sort::Relevance) && self.text.is_none() {
            return refuse("without a text nothing is more relevant: sort by rating, price or newest".into());
        }
        Ok(())
    }

    pub(crate) fn order(&self) -> Sort {
        self.sort.unwrap_or(if self.text.is_some() { Sort::Relevance } else { Sort::Newest })
    }

    pub(crate) fn rows(&self) -> u32 {
        self.limit.unwrap_or(DEFAULT_LIMIT)
    }

    /// The same for all pages of one search, and for no other.
    pub(crate) fn digest(&self) -> [u8; 8] {
        let asked = Query { cursor: None, limit: None, sort: Some(self.order()), ..self.clone() };
        let text = serde_json::to_vec(&asked).unwrap_or_default();
        let mut digest = [0; 8];
        digest.iter_mut().zip(hash(&[&text])).for_each(|(to, from)| *to = from);
        digest
    }
}

/// Price and purposes of a listing's offers, one after the other: what [`least_price`] reads.
pub(crate) fn pack_offers(view: &ListingView) -> Vec<u8> {
    view.offers
        .iter()
        .flat_map(|offer| offer.price.to_be_bytes().into_iter().chain(offer.purposes.0.to_be_bytes()))
        .collect()
}

/// The cheapest of these offers that allows all the purposes; without purposes the cheapest. Big-endian, so that bytes
/// compare as numbers do.
pub(crate) fn least_price(offers: &[u8], purposes: Option<Purposes>) -> Option<[u8; 16]> {
    let mut least: Option<[u8; 16]> = None;
    let mut rest = offers;
    while let Some((price, after)) = rest.split_first_chunk::<16>() {
        let (allowed, after) = after.split_first_chunk::<2>()?;
        rest = after;
        let allows = purposes.is_none_or(|asked| Purposes(u16::from_be_bytes(*allowed)).allow(asked));
        if allows && least.is_none_or(|least| *price < least) {
            least = Some(*price);
        }
    }
    least
}

/// An amount as a decimal string, or null.
mod maybe_amount {
    use super::Balance;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use souk_primitives::views::json::amount;

    #[derive(Serialize, Deserialize)]
    struct Amount(#[serde(with = "amount")] Balance);

    pub fn serialize<S: Serializer>(value: &Option<Balance>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(Amount).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Balance>, D::Error> {
        Ok(Option::<Amount>::deserialize(deserializer)?.map(|amount| amount.0))
    }
}
