//! Where a page ends: the last result's place in the order, so that the next page begins behind it whatever came or went
//! in between.

use crate::{query::Query, Error};
use codec::{Decode, Encode};
use rusqlite::types::{ToSqlOutput, Value, ValueRef};

/// More characters than any cursor has.
const MAX_TEXT: usize = 128;

/// What results are ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Key {
    /// Bits of a score.
    Score(u64),
    /// Rating, or number.
    Number(i64),
    /// Price, big-endian.
    Price([u8; 16]),
}

impl Key {
    pub(crate) fn read(value: ValueRef<'_>) -> Option<Key> {
        match value {
            ValueRef::Real(score) => Some(Key::Score(score.to_bits())),
            ValueRef::Integer(number) => Some(Key::Number(number)),
            ValueRef::Blob(price) => price.try_into().ok().map(Key::Price),
            _ => None,
        }
    }

    /// The score, the better the higher.
    pub(crate) fn score(&self) -> Option<f64> {
        match self {
            // FTS5 gives better matches smaller numbers.
            Key::Score(bits) => Some(0.0 - f64::from_bits(*bits)),
            Key::Number(_) | Key::Price(_) => None,
        }
    }
}

impl rusqlite::ToSql for Key {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Owned(match self {
            Key::Score(bits) => Value::Real(f64::from_bits(*bits)),
            Key::Number(number) => Value::Integer(*number),
            Key::Price(price) => Value::Blob(price.to_vec()),
        }))
    }
}

/// The place behind a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Cursor {
    query: [u8; 8],
    pub(crate) key: Key,
    /// Row of the listing.
    pub(crate) id: i64,
}

impl Cursor {
    /// Behind the result `id` of a query.
    pub(crate) fn after(query: &Query, key: Key, id: i64) -> Self {
        Cursor { query: query.digest(), key, id }
    }

    /// The cursor that a query goes on from.
    pub(crate) fn of(query: &Query) -> Result<Option<Self>, Error> {
        let Some(text) = &query.cursor else { return Ok(None) };
        let bytes = if text.len() > MAX_TEXT { None } else { hex::decode(text).ok() };
        let cursor = bytes.and_then(|bytes| {
            let mut rest = bytes.as_slice();
            Cursor::decode(&mut rest).ok().filter(|_| rest.is_empty())
        });
        match cursor {
            Some(cursor) if cursor.query == query.digest() => Ok(Some(cursor)),
            _ => Err(Error::Query(
                "the cursor is not one of this search: leave it out to begin at the first result".into(),
            )),
        }
    }

    pub(crate) fn text(&self) -> String {
        hex::encode(self.encode())
    }
}
