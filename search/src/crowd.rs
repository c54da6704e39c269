//! Many listings that nobody wrote, and what people might ask of them: for tests and measurements.
//!
//! Words are as unequal as in real texts: the n-th most common one is n times as rare as the first.

use crate::{Query, Sort};
use rand::{seq::SliceRandom, Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use souk_primitives::{
    licence::{Grant, Purposes},
    views::{ListingKind, ListingStatus, ListingView, OfferView, RatingView},
    AccountId, SOUK,
};

/// Words of the language.
const WORDS: usize = 20_000;
const KINDS: [ListingKind; 4] =
    [ListingKind::Model, ListingKind::Dataset, ListingKind::Service, ListingKind::Algorithm];
const SYLLABLES: [&str; 24] = [
    "ka", "lo", "mi", "ren", "tas", "vu", "shi", "dor", "pel", "ga", "no", "bri", "ster", "qua", "fi", "ze",
    "hal", "un", "cor", "ti", "wex", "jo", "dy", "am",
];

/// The n-th word of the language.
fn word(n: usize) -> String {
    let mut rest = n.saturating_add(SYLLABLES.len());
    let mut word = String::new();
    while rest > 0 {
        word.push_str(SYLLABLES.get(rest.checked_rem(SYLLABLES.len()).unwrap_or(0)).unwrap_or(&"a"));
        rest = rest.checked_div(SYLLABLES.len()).unwrap_or(0);
    }
    word
}

/// A number below `most`, small ones being common.
fn common(rng: &mut ChaCha8Rng, most: usize) -> usize {
    // The inverse of the logarithm, which is how the sum of 1/n grows.
    let place = (most as f64).powf(rng.gen::<f64>());
    (place as usize).saturating_sub(1).min(most.saturating_sub(1))
}

fn words(rng: &mut ChaCha8Rng, count: usize) -> String {
    (0..count).map(|_| word(common(rng, WORDS))).collect::<Vec<_>>().join(" ")
}

fn purposes(rng: &mut ChaCha8Rng) -> Purposes {
    *[Purposes(9), Purposes(1), Purposes::ALL, Purposes(15), Purposes(8)]
        .choose(rng)
        .unwrap_or(&Purposes::ALL)
}

fn offer(rng: &mut ChaCha8Rng, number: u32) -> OfferView {
    OfferView {
        offer: number,
        digest: rng.gen(),
        grant: Grant::Perpetual,
        price: SOUK.saturating_mul(rng.gen_range(1..200)),
        purposes: purposes(rng),
        seats: 1,
        transferable: false,
        deliver_within: 1_200,
        referral: 0,
        terms_uri: "https://example.org/terms".into(),
        terms_digest: rng.gen(),
    }
}

/// Listings without end, numbered from 0; the same for the same seed.
pub fn crowd(seed: u64) -> impl Iterator<Item = ListingView> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..).map(move |id| {
        let rng = &mut rng;
        let name_words = rng.gen_range(2..5);
        let summary_words = rng.gen_range(10..35);
        let tags = (0..rng.gen_range(0..5)).map(|_| word(common(rng, 300))).collect();
        let reviews = if rng.gen_bool(0.3) { rng.gen_range(1..400) } else { 0 };
        let status = match rng.gen_range(0..20) {
            0 => ListingStatus::Paused,
            1 => ListingStatus::Deprecated,
            _ => ListingStatus::Active,
        };
        ListingView {
            id,
            owner: AccountId::new(rng.gen()),
            kind: *KINDS.choose(rng).unwrap_or(&ListingKind::Model),
            name: words(rng, name_words),
            summary: words(rng, summary_words),
            tags,
            card_uri: "https://example.org/card".into(),
            card_digest: rng.gen(),
            status,
            versions: Vec::new(),
            offers: (0..rng.gen_range(0..4)).map(|number| offer(rng, number)).collect(),
            parents: Vec::new(),
            min_royalty: 0,
            rating: RatingView {
                reviews,
                payers: reviews,
                average_milli: (reviews > 0).then(|| rng.gen_range(1_000..=5_000)),
            },
            deposit: SOUK,
        }
    })
}

/// Searches without end, of every sort, with common and rare words; the same for the same seed.
pub fn queries(seed: u64) -> impl Iterator<Item = Query> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed.wrapping_add(1));
    std::iter::repeat_with(move || {
        let rng = &mut rng;
        let count = *[0, 1, 1, 2, 2, 3].choose(rng).unwrap_or(&1);
        let mut text = words(rng, count);
        // Somebody still types.
        if text.len() > 8 && rng.gen_bool(0.3) {
            text.pop();
        }
        let sorts = [Sort::Rating, Sort::Price, Sort::Newest];
        Query {
            text: (count > 0).then_some(text),
            kind: rng.gen_bool(0.4).then(|| *KINDS.choose(rng).unwrap_or(&ListingKind::Model)),
            tags: if rng.gen_bool(0.1) { vec![word(common(rng, 300))] } else { Vec::new() },
            purpose: rng.gen_bool(0.3).then(|| purposes(rng)),
            max_price: rng.gen_bool(0.3).then(|| SOUK.saturating_mul(rng.gen_range(5..200))),
            min_rating: rng.gen_bool(0.2).then(|| rng.gen_range(2_000..4_800)),
            sort: if rng.gen_bool(0.4) { sorts.choose(rng).copied() } else { None },
            limit: Some(20),
            ..Query::default()
        }
    })
}
