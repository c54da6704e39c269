//! What is found, and in which order.

use super::*;

#[test]
fn every_word_should_occur_and_the_name_should_count_most() {
    let described =
        |id, name: &str, summary: &str| ListingView { summary: summary.into(), ..listing(id, name) };
    let mut views = vec![
        described(0, "first model tested", "small enough for a chat on any machine"),
        described(1, "small chat model", "tested with all questions on any machine"),
        described(2, "first model tested", "answers all questions on any machine"),
        described(3, "small pictures tested", "of cats and dogs on any machine"),
    ];
    views[2].tags = vec!["small".into(), "chat".into()];
    views.extend((4..40).map(|id| described(id, "other things tested", "and nothing to be found in them")));
    let shelf = Shelf::of(views);
    assert_eq!(shelf.ids(&text("small chat")), [1, 2, 0]);
    assert_eq!(shelf.ids(&text("chat SMALL tested")), [1, 2, 0]);
    assert_eq!(shelf.ids(&text("chat cats")), Vec::<u64>::new());
    let scores: Vec<f64> =
        shelf.page(&text("small chat")).results.iter().map(|hit| hit.score.unwrap()).collect();
    assert!(scores.windows(2).all(|two| two[0] > two[1]) && scores[2] > 0.0, "{scores:?}");
    let unranked = Query { sort: Some(Sort::Newest), ..text("small chat") };
    assert!(shelf.page(&unranked).results.iter().all(|hit| hit.score.is_none()));
    assert_eq!(shelf.ids(&unranked), [2, 1, 0]);
}

#[test]
fn beginnings_of_words_should_match_and_whole_words_come_first() {
    let shelf = Shelf::of(vec![listing(0, "translation"), listing(1, "trans"), listing(2, "Tränslator")]);
    assert_eq!(shelf.ids(&text("trans"))[0], 1);
    assert_eq!(shelf.ids(&text("trans")).len(), 3);
    assert_eq!(shelf.ids(&text("translat")), [2, 0]);
    assert_eq!(shelf.ids(&text("translator")), [2]);
    // Half of everything begins with any one letter.
    assert_eq!(shelf.ids(&text("t")), Vec::<u64>::new());
}

#[test]
fn names_with_signs_should_be_found_as_they_are_written() {
    let shelf = Shelf::of(vec![
        listing(0, "Qwen2.5-0.5B-Instruct"),
        listing(1, "Llama-3.1-8B"),
        listing(2, "c++ fixes"),
    ]);
    assert_eq!(shelf.ids(&text("Qwen2.5-0.5B")), [0]);
    assert_eq!(shelf.ids(&text("llama 8b")), [1]);
    assert_eq!(shelf.ids(&text("8b llam")), [1]);
    // Only the last word may be unfinished.
    assert_eq!(shelf.ids(&text("llam 8b")), Vec::<u64>::new());
    assert_eq!(shelf.ids(&text("llama-3.1")), [1]);
    assert_eq!(shelf.ids(&text("c++")), [2]);
    assert_eq!(shelf.ids(&text("fixes -- !!")), [2]);
}

fn shop() -> Shelf {
    let cheap = offer(0, 5, Purposes::RESEARCH);
    let dear = offer(1, 100, Purposes::RESEARCH.and(Purposes::COMMERCIAL));
    let model = |id, name: &str| ListingView { tags: vec!["Gguf".into()], ..listing(id, name) };
    Shelf::of(vec![
        ListingView { offers: vec![cheap.clone(), dear.clone()], ..rated(model(0, "red model"), 4_000, 3) },
        ListingView {
            offers: vec![dear.clone()],
            kind: ListingKind::Dataset,
            ..rated(model(1, "red data"), 4_500, 1)
        },
        ListingView {
            offers: vec![offer(0, 50, Purposes::ALL)],
            tags: vec!["gguf q8".into()],
            ..listing(2, "red tool")
        },
        ListingView {
            status: ListingStatus::Paused,
            offers: vec![cheap.clone()],
            ..rated(model(3, "red rest"), 4_000, 9)
        },
        ListingView { kind: ListingKind::Service, ..listing(4, "red service") },
        ListingView {
            status: ListingStatus::Delisted { reason: DelistReason::Fraud },
            ..listing(5, "red fraud")
        },
        ListingView {
            kind: ListingKind::Algorithm,
            offers: vec![cheap],
            ..rated(model(6, "blue"), 4_000, 3)
        },
    ])
}

/// The same with and without a text, since they are found in different ways.
fn both(query: Query, expected: &[ListingId]) {
    let shelf = shop();
    let newest = Query { sort: Some(Sort::Newest), ..query.clone() };
    let mut without_text = shelf.ids(&newest);
    assert_eq!(without_text.iter().copied().filter(|id| *id != 6).collect::<Vec<_>>(), expected, "{query:?}");
    without_text.retain(|id| *id != 6);
    for sort in [Sort::Relevance, Sort::Rating, Sort::Price, Sort::Newest] {
        let mut found = shelf.ids(&Query { text: Some("red".into()), sort: Some(sort), ..query.clone() });
        found.sort_by(|a, b| b.cmp(a));
        assert_eq!(found, expected, "{query:?} by {sort:?}");
    }
}

#[test]
fn every_filter_should_hold_with_and_without_text() {
    let any = Query::default;
    both(any(), &[4, 2, 1, 0]);
    both(Query { inactive: true, ..any() }, &[5, 4, 3, 2, 1, 0]);
    both(Query { kind: Some(ListingKind::Dataset), ..any() }, &[1]);
    both(Query { kind: Some(ListingKind::Service), ..any() }, &[4]);
    both(Query { tags: vec!["gguf".into()], ..any() }, &[1, 0]);
    both(Query { tags: vec!["GGUF".into()], inactive: true, ..any() }, &[3, 1, 0]);
    both(Query { tags: vec!["gguf q8".into()], ..any() }, &[2]);
    both(Query { tags: vec!["gguf".into(), "gguf q8".into()], ..any() }, &[]);
    both(Query { purpose: Some(Purposes::COMMERCIAL), ..any() }, &[2, 1, 0]);
    both(Query { purpose: Some(Purposes::COMMERCIAL.and(Purposes::TRAINING)), ..any() }, &[2]);
    both(Query { max_price: Some(4), ..any() }, &[]);
    both(Query { max_price: Some(5), ..any() }, &[0]);
    both(Query { max_price: Some(Balance::MAX), ..any() }, &[2, 1, 0]);
    // The cheap offer does not allow it.
    both(Query { max_price: Some(50), purpose: Some(Purposes::COMMERCIAL), ..any() }, &[2]);
    both(Query { max_price: Some(100), purpose: Some(Purposes::COMMERCIAL), ..any() }, &[2, 1, 0]);
    both(Query { min_rating: Some(0), ..any() }, &[4, 2, 1, 0]);
    both(Query { min_rating: Some(4_000), ..any() }, &[1, 0]);
    both(Query { min_rating: Some(4_001), ..any() }, &[1]);
    both(Query { min_rating: Some(4_001), kind: Some(ListingKind::Model), ..any() }, &[]);
}

#[test]
fn purposes_should_be_allowed_by_one_offer_and_not_by_several_together() {
    let offers = vec![offer(0, 1, Purposes::RESEARCH), offer(1, 1, Purposes::TRAINING)];
    let shelf = Shelf::of(vec![ListingView { offers, ..listing(0, "split") }]);
    let purpose = Some(Purposes::RESEARCH.and(Purposes::TRAINING));
    for text in [None, Some("split".to_string())] {
        assert_eq!(shelf.ids(&Query { purpose, text: text.clone(), ..Query::default() }), Vec::<u64>::new());
        let one = Query { purpose: Some(Purposes::TRAINING), text, ..Query::default() };
        assert_eq!(shelf.ids(&one), [0]);
    }
}

#[test]
fn every_sort_should_put_the_newer_of_equals_first() {
    let shelf = shop();
    // 4,500; then 4,000 by three payers each; then what nobody rated.
    assert_eq!(shelf.ids(&sorted(Sort::Rating)), [1, 6, 0, 4, 2]);
    assert_eq!(shelf.ids(&sorted(Sort::Price)), [6, 0, 2, 1, 4]);
    assert_eq!(shelf.ids(&sorted(Sort::Newest)), [6, 4, 2, 1, 0]);
    assert_eq!(shelf.ids(&Query::default()), [6, 4, 2, 1, 0]);
    // By the price of what may be used for it.
    let commercial = Query { purpose: Some(Purposes::COMMERCIAL), ..sorted(Sort::Price) };
    assert_eq!(shelf.ids(&commercial), [2, 1, 0]);
}

#[test]
fn pages_should_go_on_where_the_last_one_ended_whatever_is_equal() {
    let mut views: Vec<_> =
        (0..40).map(|id| rated(listing(id, "same name"), 3_000 + (id as u32 % 2), 1)).collect();
    views
        .iter_mut()
        .for_each(|view| view.offers = vec![offer(0, 10 + Balance::from(view.id % 3), Purposes::ALL)]);
    let mut shelf = Shelf::of(views);
    for sort in [Sort::Relevance, Sort::Rating, Sort::Price, Sort::Newest] {
        let all = Query { limit: Some(200), ..Query { sort: Some(sort), ..text("same") } };
        let whole = shelf.ids(&all);
        assert_eq!(whole.len(), 40);
        for limit in [1, 7, 39, 40, 41] {
            assert_eq!(shelf.ids(&Query { limit: Some(limit), ..all.clone() }), whole, "{sort:?} by {limit}");
        }
        let first = shelf.page(&Query { limit: Some(40), ..all.clone() });
        assert_eq!((first.results.len(), first.next, first.truncated), (40, None, false));
    }
    // What comes in between is not missed and nothing is shown twice.
    let query = Query { limit: Some(10), ..sorted(Sort::Newest) };
    let first = shelf.page(&query);
    shelf.writer.update(head(2), &[(40, Some(row(listing(40, "new")))), (35, None), (20, None)]).unwrap();
    let rest = shelf.ids(&Query { cursor: first.next, ..query });
    let expected: Vec<u64> = (0..30).rev().filter(|id| *id != 20).collect();
    assert_eq!(rest, expected);
}

#[test]
fn a_cursor_should_belong_to_its_search() {
    let shelf = Shelf::of((0..5).map(|id| listing(id, "red model")).collect());
    let query = Query { limit: Some(2), ..text("red") };
    let next = shelf.page(&query).next.unwrap();
    let refused = |query: Query| {
        let error = shelf.index.search(&query).unwrap_err().to_string();
        assert!(error.contains("leave it out"), "{error}");
    };
    refused(Query { cursor: Some(next.clone()), ..text("blue") });
    refused(Query { cursor: Some(next.clone()), kind: Some(ListingKind::Model), ..query.clone() });
    refused(Query { cursor: Some(next.clone()), sort: Some(Sort::Newest), ..query.clone() });
    for broken in [String::new(), "zz".into(), format!("{next}00"), next[2..].into(), "00".repeat(5_000)] {
        refused(Query { cursor: Some(broken), ..query.clone() });
    }
    // Another limit is the same search.
    let rest = Query { cursor: Some(next), limit: Some(200), ..query };
    assert_eq!(shelf.page(&rest).results.len(), 3);
}
