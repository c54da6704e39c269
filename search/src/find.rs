//! One search: from a query to SQL, and from rows to a page.

use crate::{
    cursor::{Cursor, Key},
    index::{head, rating_key, Head},
    query::{Query, Sort},
    words::{expression, kind_number},
    Error,
};
use codec::Decode;
use rusqlite::{Connection, ToSql};
use serde::{Deserialize, Serialize};
use souk_primitives::views::ListingView;

/// Most matches that are ranked: of more, the newest.
const RANKED: u32 = 5_000;
/// A word that so many listings hold as it is, is not taken as the beginning of others: whoever is still typing goes on,
/// and both together take twice as long to count.
const COMMON: u32 = 1_000;
/// Listings that are looked at for each result, to bound the price of the cheapest for a purpose.
const SAMPLE: u32 = 32;

/// A listing that was found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// The listing, as it was in the block that the page is of.
    #[serde(flatten)]
    pub listing: ListingView,
    /// How well it fits the text, the better the higher; null unless results are sorted by relevance.
    pub score: Option<f64>,
}

/// Results, best first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page {
    /// They.
    pub results: Vec<Hit>,
    /// Where the next page begins; null after the last one.
    pub next: Option<String>,
    /// Whether so many match that only the newest 5,000 of them were ranked.
    pub truncated: bool,
    /// The finalised block that this is of.
    pub at: Head,
}

type Params = Vec<(&'static str, Box<dyn ToSql>)>;

/// The SQL of a query, with what is bound in it.
struct Plan {
    sql: String,
    params: Params,
}

/// By what results are ordered, in SQL, and whether the largest comes first.
fn key_of(query: &Query, matched: bool) -> (&'static str, bool) {
    match (query.order(), query.purpose) {
        (Sort::Relevance, _) => ("key", false),
        (Sort::Rating, _) => ("listings.rating", true),
        (Sort::Price, None) => ("listings.price", false),
        (Sort::Price, Some(_)) => ("least_price(listings.offers, :purpose)", false),
        // The table of words comes in this order by itself.
        (Sort::Newest, _) if matched => ("words.rowid", true),
        (Sort::Newest, _) => ("listings.id", true),
    }
}

/// What the narrow rows must be; the kind need not be asked for again when it is matched with the words.
///
/// The plus signs keep SQLite from using an index for the filter where one gives the order: rows in their order, until
/// there are enough, are fewer than all that pass one filter.
fn filters(query: &Query, matched: bool, params: &mut Params) -> Vec<&'static str> {
    let mut filters = Vec::new();
    if !query.inactive {
        filters.push("listings.active = 1");
    }
    if let Some(kind) = query.kind.filter(|_| !matched) {
        params.push((":kind", Box::new(kind_number(kind))));
        filters.push("listings.kind = :kind");
    }
    if let Some(least) = query.min_rating.filter(|least| *least > 0) {
        params.push((":rating", Box::new(rating_key(least, 0))));
        filters.push(match query.order() {
            Sort::Rating => "listings.rating >= :rating",
            _ => "+listings.rating >= :rating",
        });
    }
    if let Some(price) = query.max_price {
        params.push((":price", Box::new(price.to_be_bytes().to_vec())));
        filters.push("listings.offers <> x''");
        filters.push(match query.order() {
            Sort::Price => "listings.price <= :price",
            _ => "+listings.price <= :price",
        });
    }
    match (query.purpose, query.max_price) {
        (Some(_), Some(_)) => filters.push("least_price(listings.offers, :purpose) <= :price"),
        (Some(_), None) => filters.push("least_price(listings.offers, :purpose) IS NOT NULL"),
        (None, _) => {}
    }
    if let Some(purpose) = query.purpose {
        params.push((":purpose", Box::new(purpose.0)));
    }
    filters
}

/// Whether at least [`COMMON`] listings match this.
fn is_common(db: &Connection, matching: &str) -> Result<bool, Error> {
    let count = "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)";
    let found: u32 = db.prepare_cached(count)?.query_row((matching, COMMON), |row| row.get(0))?;
    Ok(found >= COMMON)
}

impl Plan {
    fn of(db: &Connection, query: &Query, cursor: Option<Cursor>) -> Result<Self, Error> {
        let matching = expression(query, |word| is_common(db, word))?;
        let matched = matching.is_some();
        let mut params: Params = vec![(":limit", Box::new(query.rows().saturating_add(1)))];
        let mut wanted = filters(query, matched, &mut params);
        let joined = !wanted.is_empty();
        let from = match &matching {
            None => "listings",
            // The words come first, whatever SQLite believes of them.
            Some(_) => "words CROSS JOIN listings ON listings.id = words.rowid",
        };
        if let Some(matching) = matching {
            params.push((":match", Box::new(matching)));
            wanted.insert(0, "words MATCH :match");
        }
        let (key, down) = key_of(query, matched);
        let behind = cursor.map(|cursor| {
            params.push((":key", Box::new(cursor.key)));
            params.push((":id", Box::new(cursor.id)));
            if down {
                ("<=", "<")
            } else {
                (">=", ">")
            }
        });
        let sql = if query.order() == Sort::Relevance {
            let from = if joined { from } else { "words" };
            let behind = behind.map_or_else(String::new, |(reaches, passes)| {
                format!("WHERE key {reaches} :key AND (key {passes} :key OR id < :id)")
            });
            // Not more than so many are ranked: of a word that everybody uses, a rank says little and costs much.
            format!(
                "WITH found AS MATERIALIZED (
                     SELECT words.rowid AS id, bm25(words, 10.0, 3.0, 6.0, 0.0) AS key
                     FROM {from} WHERE {} ORDER BY words.rowid DESC LIMIT {RANKED}
                 )
                 SELECT id, key, (SELECT count(*) FROM found) FROM found {behind}
                 ORDER BY key, id DESC LIMIT :limit",
                wanted.join(" AND ")
            )
        } else {
            let place = behind.map(|(reaches, passes)| {
                format!("{key} {reaches} :key AND ({key} {passes} :key OR listings.id < :id)")
            });
            let all: Vec<&str> = wanted.into_iter().chain(place.as_deref()).collect();
            let mut filter =
                if all.is_empty() { String::new() } else { format!("WHERE {}", all.join(" AND ")) };
            if query.order() == Sort::Price && query.purpose.is_some() && !matched {
                // No offer is cheaper than a listing's cheapest. So among some of the cheapest listings, which an index
                // gives, a page's worth of the best bounds the price of all that can be on the page.
                params.push((":some", Box::new(query.rows().saturating_add(1).saturating_mul(SAMPLE))));
                filter = format!(
                    "{filter} AND listings.price <= (
                         SELECT max(bound) FROM (
                             SELECT bound FROM (
                                 SELECT {key} AS bound FROM listings {filter} ORDER BY listings.price LIMIT :some
                             ) ORDER BY bound LIMIT :limit
                         )
                     )"
                );
            }
            let order = match (query.order(), down) {
                (Sort::Newest, _) => format!("{key} DESC"),
                (_, true) => format!("{key} DESC, listings.id DESC"),
                (_, false) => format!("{key}, listings.id DESC"),
            };
            format!("SELECT listings.id, {key}, 0 FROM {from} {filter} ORDER BY {order} LIMIT :limit")
        };
        Ok(Plan { sql, params })
    }

    fn run(&self, db: &Connection) -> Result<Vec<(i64, Key, u32)>, Error> {
        let mut statement = db.prepare_cached(&self.sql)?;
        let params: Vec<(&str, &dyn ToSql)> =
            self.params.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        let mut rows = statement.query(params.as_slice())?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let key = Key::read(row.get_ref(1)?).ok_or(Error::Damaged("a place in the order"))?;
            found.push((row.get(0)?, key, row.get(2)?));
        }
        Ok(found)
    }
}

/// Answers a query that was checked.
pub(crate) fn find(db: &Connection, query: &Query) -> Result<Page, Error> {
    let cursor = Cursor::of(query)?;
    // One look at the file: rows, listings and block belong together.
    let look = db.unchecked_transaction()?;
    let at = head(&look)?.ok_or(Error::Building)?;
    let mut found = Plan::of(&look, query, cursor)?.run(&look)?;
    let rows = usize::try_from(query.rows()).unwrap_or(usize::MAX);
    let more = found.len() > rows;
    found.truncate(rows);
    let truncated = found.first().is_some_and(|(_, _, ranked)| *ranked >= RANKED);
    let next = found.last().filter(|_| more).map(|(id, key, _)| Cursor::after(query, *key, *id).text());
    let mut views = look.prepare_cached("SELECT view FROM views WHERE id = ?")?;
    let hit = |(id, key, _): (i64, Key, u32)| {
        let view: Vec<u8> = views.query_row([id], |row| row.get(0))?;
        let listing = ListingView::decode(&mut view.as_slice()).map_err(|_| Error::Damaged("a listing"))?;
        Ok(Hit { listing, score: key.score() })
    };
    let results = found.into_iter().map(hit).collect::<Result<_, Error>>()?;
    Ok(Page { results, next, truncated, at })
}
