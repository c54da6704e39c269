//! Many listings. How long searches take among them is measured by `scripts/bench.sh --only search`.

use super::*;
use crate::{
    crowd::{crowd, queries},
    Index,
};
use std::time::Instant;

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

#[test]
#[ignore = "makes an index of 100,000 listings"]
fn latency_with_100_000_listings() {
    let folder = tempfile::tempdir().unwrap();
    let (index, mut writer) = Index::open(folder.path(), GENESIS).unwrap();
    let begun = Instant::now();
    let all: Vec<_> = crowd(7).take(100_000).map(|view| (view.id, Some(row(view)))).collect();
    writer.update(head(1), &all).unwrap();
    println!("made in {:.1?}", begun.elapsed());
    let mut times = Vec::new();
    for query in queries(7).take(5_000) {
        let begun = Instant::now();
        let found = index.search(&query).unwrap().results.len();
        times.push((begun.elapsed(), found, query));
    }
    times.sort_by_key(|(time, ..)| *time);
    for (name, place) in [("median", 2_500), ("p90", 4_500), ("p99", 4_950), ("worst", 4_999)] {
        println!("{name}: {:.2?}", times[place].0);
    }
    for (time, found, query) in times.iter().rev().take(8) {
        println!("{time:.2?} {found} {query:?}");
    }
    assert!(times[4_950].0.as_millis() < 1_000, "far over the aim of 20 ms");
}
