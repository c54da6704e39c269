//! The full-text side: what is written into the table of words, and expressions that match it.
//!
//! Beside name, summary and tags there is a column of facets: one token for the kind, one for each tag. Words and facets
//! are intersected by FTS5 on its own lists, so that a common word of a rare kind is not much slower than a rare word.
//! Only what tells few listings from many is a facet: each one is counted over all listings when matches are ranked.

use crate::{query::Query, Error};
use souk_primitives::views::{ListingKind, ListingView};
use std::collections::BTreeSet;

/// Columns that people write.
const TEXT: &str = "{name summary tags}";
/// Most words of a text. Each costs a walk over its list, which the time limit does not interrupt; those within a word,
/// as in `a-b`, count too, since they are a phrase to the index.
const MAX_WORDS: usize = 16;

pub(crate) fn kind_number(kind: ListingKind) -> i64 {
    match kind {
        ListingKind::Model => 0,
        ListingKind::Dataset => 1,
        ListingKind::Service => 2,
        ListingKind::Algorithm => 3,
    }
}

/// A tag as one token, whatever is in it.
fn tag_token(tag: &str) -> String {
    format!("t{}", hex::encode(tag.to_lowercase()))
}

/// The facets of a listing.
pub(crate) fn facets(view: &ListingView) -> String {
    let kind = format!("k{}", kind_number(view.kind));
    std::iter::once(kind).chain(view.tags.iter().map(|tag| tag_token(tag))).collect::<Vec<_>>().join(" ")
}

/// What matches the words and facets of a query; `None` when it asks for neither text nor tags.
///
/// `is_common` says of an expression whether very many listings match it.
pub(crate) fn expression(
    query: &Query,
    is_common: impl FnOnce(&str) -> Result<bool, Error>,
) -> Result<Option<String>, Error> {
    if query.text.is_none() && query.tags.is_empty() {
        return Ok(None);
    }
    let mut parts = Vec::new();
    if let Some(text) = &query.text {
        parts.push(format!("{TEXT} : ({})", words(text, is_common)?.join(" AND ")));
    }
    let mut wanted: Vec<String> = query.tags.iter().map(|tag| tag_token(tag)).collect();
    wanted.extend(query.kind.map(|kind| format!("k{}", kind_number(kind))));
    if !wanted.is_empty() {
        parts.push(format!("facets : ({})", wanted.join(" AND ")));
    }
    Ok(Some(parts.join(" AND ")))
}

/// Each word of a text as an expression of its own. The last one may be the beginning of a word, since somebody may
/// still be typing it (the word itself counts more then), unless it is a common word as it is. Everything is quoted, so no sign has a meaning.
fn words(text: &str, is_common: impl FnOnce(&str) -> Result<bool, Error>) -> Result<Vec<String>, Error> {
    let mut seen = BTreeSet::new();
    let mut words: Vec<String> = text
        .split(|c: char| c.is_whitespace() || c.is_control())
        .map(|word| word.replace('"', ""))
        .filter(|word| word.chars().any(char::is_alphanumeric) && seen.insert(word.clone()))
        .map(|word| format!("\"{word}\""))
        .collect();
    let parts =
        |word: &String| word.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty()).count();
    if words.iter().map(parts).sum::<usize>() > MAX_WORDS {
        return Err(Error::Query(format!("the text holds more than {MAX_WORDS} words: give fewer")));
    }
    let Some(last) = words.last_mut() else {
        return Err(Error::Query("the text holds no word: give letters or digits, or leave it out".into()));
    };
    // Half of everything begins with any one letter.
    if last.chars().count() > "\"x\"".len() && !is_common(&format!("{TEXT} : {last}"))? {
        *last = format!("({last} OR {last} *)");
    }
    Ok(words)
}
