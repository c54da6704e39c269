//! Queries that mean harm.

use super::*;
use crate::Error;

#[test]
fn signs_of_the_query_language_should_mean_nothing() {
    let shelf = Shelf::of(vec![listing(0, "cat"), listing(1, "dog")]);
    for hostile in [
        "cat OR dog",
        "cat NOT dog",
        "cat AND",
        "NEAR(cat dog)",
        "NEAR(cat dog, 5)",
        "name:cat dog",
        "facets:k0",
        "sa k0",
        "facets : k0",
        "{name} : cat",
        "-name : cat",
        "^cat dog",
        "cat + dog",
        "cat*dog*",
        "\"cat\" \"dog",
        "\"\"cat dog\"\"",
        "cat) OR (dog",
        "cat'; DROP TABLE words; -- dog",
        "cat\0dog",
        "cat\" OR \"dog",
        "rank MATCH 'bm25()' cat dog",
        ":match dog",
    ] {
        assert_eq!(shelf.ids(&text(hostile)), Vec::<u64>::new(), "{hostile:?}");
    }
    assert_eq!(shelf.ids(&text("cat\"")), [0]);
    assert_eq!(shelf.ids(&text("\"cat")), [0]);
    assert_eq!(shelf.ids(&text("cat*")), [0]);
    assert_eq!(shelf.ids(&text("(cat)")), [0]);
    assert_eq!(shelf.ids(&text("cat\u{1}\u{2028}")), [0]);
    // Tags are a language of their own to nobody.
    for hostile in ["k0", "sa", "x\" OR facets : \"k0", "*", "t*", "a OR k0", "k0)"] {
        let query = Query { tags: vec![hostile.into()], ..Query::default() };
        assert_eq!(shelf.ids(&query), Vec::<u64>::new(), "{hostile:?}");
    }
    // Letters to us that are none to SQLite.
    for odd in ["Ⓐ", "\u{345}", "ͅcat"] {
        shelf.page(&text(odd));
    }
}

#[test]
fn nothing_should_be_unbounded() {
    let shelf = Shelf::of(vec![listing(0, "cat")]);
    let refused = |query: Query, why: &str| {
        let error = shelf.index.search(&query).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    refused(text(""), "holds no word");
    refused(text(" -- !?\" \t"), "holds no word");
    refused(text(&"x".repeat(257)), "longer than 256 bytes");
    let many: Vec<String> = (0..17).map(|n| format!("w{n}")).collect();
    refused(text(&many.join(" ")), "more than 16 words");
    refused(text(&many.join("-")), "more than 16 words");
    assert_eq!(shelf.ids(&text(&"cat ".repeat(17))), [0]);
    refused(Query { tags: vec!["a".into(); 9], ..Query::default() }, "at most 8 tags");
    refused(Query { tags: vec!["a".repeat(25)], ..Query::default() }, "1 to 24 bytes");
    let long = shelf.index.search(&Query { tags: vec!["a".repeat(1 << 20)], ..Query::default() });
    assert!(long.unwrap_err().to_string().len() < 200);
    refused(Query { tags: vec![String::new()], ..Query::default() }, "1 to 24 bytes");
    refused(Query { purpose: Some(Purposes(0)), ..Query::default() }, "add up 1 (research)");
    refused(Query { purpose: Some(Purposes(64)), ..Query::default() }, "add up 1 (research)");
    refused(Query { min_rating: Some(5_001), ..Query::default() }, "at most 5000");
    refused(Query { limit: Some(201), ..Query::default() }, "most results of one answer, 200");
    refused(Query { limit: Some(0), ..Query::default() }, "give 1 to 200");
    refused(sorted(Sort::Relevance), "sort by rating, price or newest");
    assert!(matches!(
        shelf.index.search(&Query { limit: Some(201), ..Query::default() }),
        Err(Error::Limit(201))
    ));
    let longest = Query { text: Some("cat ".repeat(16)), tags: vec!["a".repeat(24); 8], ..Query::default() };
    assert_eq!(shelf.ids(&longest), Vec::<u64>::new());
}

#[test]
fn queries_should_be_read_from_json_and_unknown_fields_refused() {
    let query: Query = serde_json::from_str(
        r#"{"text": "a b", "kind": "Dataset", "tags": ["x"], "purpose": 9, "maxPrice": "340282366920938463463374607431768211455",
            "minRating": 4500, "inactive": true, "sort": "rating", "cursor": null, "limit": 5}"#,
    )
    .unwrap();
    let expected = Query {
        text: Some("a b".into()),
        kind: Some(ListingKind::Dataset),
        tags: vec!["x".into()],
        purpose: Some(Purposes(9)),
        max_price: Some(Balance::MAX),
        min_rating: Some(4_500),
        inactive: true,
        sort: Some(Sort::Rating),
        cursor: None,
        limit: Some(5),
    };
    assert_eq!(query, expected);
    assert_eq!(serde_json::from_str::<Query>("{}").unwrap(), Query::default());
    let error = serde_json::from_str::<Query>(r#"{"maxprice": "1"}"#).unwrap_err().to_string();
    assert!(error.contains("unknown field `maxprice`") && error.contains("`maxPrice`"), "{error}");
    assert!(serde_json::from_str::<Query>(r#"{"maxPrice": "-1"}"#).is_err());
    let back: Query = serde_json::from_str(&serde_json::to_string(&expected).unwrap()).unwrap();
    assert_eq!(back, expected);
}
