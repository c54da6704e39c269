//! Many listings. How long searches take among them is measured by `scripts/bench.sh --only search`.

use super::*;
use crate::crowd::{crowd, queries};

#[test]
fn a_crowd_should_be_searched_in_pages() {
    let count = 3_000;
    let shelf = Shelf::of(crowd(1).take(count).collect());
    assert_eq!(shelf.ids(&Query { inactive: true, limit: Some(200), ..Query::default() }).len(), count);
    let mut found = 0;
    for query in queries(1).take(300) {
        let results = shelf.page(&query).results;
        found += usize::from(!results.is_empty());
    }
    assert!(found > 150, "only {found} of 300 searches found something");
}

#[test]
fn the_cheapest_for_a_purpose_should_be_what_a_plain_look_at_all_finds() {
    let views: Vec<_> = crowd(2).take(2_000).collect();
    for purpose in [Purposes::RESEARCH, Purposes::COMMERCIAL, Purposes(9), Purposes::ALL] {
        let price = |view: &ListingView| {
            view.offers.iter().filter(|o| o.purposes.allow(purpose)).map(|o| o.price).min()
        };
        let active = views.iter().filter(|view| view.status == ListingStatus::Active);
        let mut expected: Vec<_> =
            active.filter_map(|view| Some((price(view)?, u64::MAX - view.id))).collect();
        expected.sort();
        let shelf = Shelf::of(views.clone());
        let query = Query { purpose: Some(purpose), limit: Some(33), ..sorted(Sort::Price) };
        let found = shelf.ids(&query);
        assert_eq!(found, expected.iter().map(|(_, id)| u64::MAX - id).collect::<Vec<_>>(), "{purpose:?}");
    }
}
