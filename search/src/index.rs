//! The index: what searches share, and the one side that writes.

use crate::{
    find::{self, Page},
    query::{least_price, pack_offers, Query},
    readers::Readers,
    schema,
    words::{facets, kind_number},
    Error,
};
use codec::Encode;
use parking_lot::RwLock;
use rusqlite::{named_params, Connection, OptionalExtension, Transaction};
use serde::{Deserialize, Serialize};
use souk_primitives::{
    views::{json, ListingStatus, ListingView, RatingView},
    BlockNumber, Digest, ListingId,
};
use std::{
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, Ordering},
        Arc,
    },
};

/// Bits of the rating that hold the number of payers.
const PAYER_BITS: u32 = 32;
/// Sorts behind every price.
const NO_PRICE: [u8; 16] = [0xff; 16];

/// A finalised block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Head {
    /// Its number.
    pub number: BlockNumber,
    /// Its hash.
    #[serde(with = "json::digest")]
    pub hash: Digest,
}

/// A listing as it stands in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What everybody sees.
    pub view: ListingView,
    /// Last live block before a decision to delist it has effect: its status changes then, without an event.
    pub appeal_until: Option<BlockNumber>,
}

/// Answers searches; shared by all who search.
pub struct Index {
    folder: PathBuf,
    genesis: Digest,
    readers: RwLock<Option<Readers>>,
    damaged: AtomicBool,
}

/// Writes the index. There is one.
pub struct Writer {
    index: Arc<Index>,
    db: Option<Connection>,
}

/// The block that the index shows, once it shows any.
pub(crate) fn head(db: &Connection) -> Result<Option<Head>, Error> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let found: Option<(BlockNumber, Digest)> =
        db.query_row("SELECT number, hash FROM head", [], read).optional()?;
    Ok(found.map(|(number, hash)| Head { number, hash }))
}

/// What listings are ordered by when it is the rating: the average, then how many paid.
pub(crate) fn rating_key(average_milli: u32, payers: u32) -> i64 {
    (i64::from(average_milli) << PAYER_BITS) | i64::from(payers)
}

fn rating_of(rating: &RatingView) -> i64 {
    rating_key(rating.average_milli.unwrap_or(0), rating.payers)
}

fn row_id(id: ListingId) -> Result<i64, Error> {
    i64::try_from(id).map_err(|_| Error::Chain(format!("listing {id} has a number that nothing has")))
}

impl Index {
    /// Opens the index in a folder of its own, for the chain with this genesis. An index that is damaged, of another
    /// chain or of another version of this program is thrown away: it is filled again by its follower.
    pub fn open(folder: &Path, genesis: Digest) -> Result<(Arc<Index>, Writer), Error> {
        let index = Arc::new(Index {
            folder: folder.to_path_buf(),
            genesis,
            readers: RwLock::new(None),
            damaged: AtomicBool::new(false),
        });
        let mut writer = Writer { index: Arc::clone(&index), db: None };
        match schema::writer(folder, &genesis)? {
            Some(db) => {
                writer.db = Some(db);
                *index.readers.write() = Some(Readers::open(folder)?);
            }
            None => {
                log::info!("🔎 The search index is damaged, of another chain or of another version: it is made again");
                writer.reset()?;
            }
        }
        Ok((index, writer))
    }

    /// What a query finds, as of one finalised block.
    pub fn search(&self, query: &Query) -> Result<Page, Error> {
        query.check()?;
        if self.damaged.load(Ordering::Relaxed) {
            return Err(Error::Building);
        }
        let readers = self.readers.read();
        let answer = readers.as_ref().ok_or(Error::Building)?.run(|db| find::find(db, query));
        self.note(answer)
    }

    /// Notes when an outcome shows that the file is damaged.
    fn note<R>(&self, outcome: Result<R, Error>) -> Result<R, Error> {
        if let Err(error) = &outcome {
            if error.is_damage() && !self.damaged.swap(true, Ordering::Relaxed) {
                log::warn!("🔎 The search index is damaged and is made again: {error}");
            }
        }
        outcome
    }
}

impl Writer {
    /// Throws the index away and begins an empty one.
    pub fn reset(&mut self) -> Result<(), Error> {
        let index = &self.index;
        let mut readers = index.readers.write();
        *readers = None;
        self.db = None;
        schema::remove(&index.folder)?;
        self.db = schema::writer(&index.folder, &index.genesis)?;
        *readers = Some(Readers::open(&index.folder)?);
        index.damaged.store(false, Ordering::Relaxed);
        Ok(())
    }

    /// Throws the index away if it turned out to be damaged.
    pub(crate) fn repair(&mut self) -> Result<(), Error> {
        match self.db.is_none() || self.index.damaged.load(Ordering::Relaxed) {
            true => self.reset(),
            false => Ok(()),
        }
    }

    /// The block that the index shows; `None` while it is empty.
    pub fn head(&self) -> Result<Option<Head>, Error> {
        self.index.note(head(self.db()?))
    }

    /// Listings whose delisting has effect in live block `now`, as far as the index does not show it yet.
    pub(crate) fn due(&self, now: BlockNumber) -> Result<Vec<ListingId>, Error> {
        let read = || -> Result<Vec<ListingId>, Error> {
            let mut due = self.db()?.prepare_cached("SELECT id FROM listings WHERE appeal_until < ?")?;
            let found: Vec<i64> = due.query_map([now], |row| row.get(0))?.collect::<Result<_, _>>()?;
            found
                .into_iter()
                .map(|id| ListingId::try_from(id).map_err(|_| Error::Damaged("a number")))
                .collect()
        };
        self.index.note(read())
    }

    /// Shows `head` from now on, in which just these listings are not as they were; without a row, a listing is gone.
    pub fn update(&mut self, head: Head, changed: &[(ListingId, Option<Row>)]) -> Result<(), Error> {
        self.write(|db| {
            for (id, row) in changed {
                match row {
                    Some(row) => put(db, row)?,
                    None => drop_between(db, row_id(*id)?, row_id(*id)?)?,
                }
            }
            set_head(db, head)
        })
    }

    /// Shows `head` from now on, with all its listings: `next` gives those from a number on, in their order, until none
    /// is left. What is in the index already stays searchable meanwhile.
    pub fn refill(
        &mut self,
        head: Head,
        mut next: impl FnMut(ListingId) -> Result<Vec<Row>, Error>,
    ) -> Result<(), Error> {
        self.write(|db| {
            let mut from: ListingId = 0;
            loop {
                let rows = next(from)?;
                let Some(last) = rows.last() else { break };
                let behind = last.view.id.saturating_add(1);
                for row in &rows {
                    if row.view.id < from {
                        return Err(Error::Chain("listings came out of their order".into()));
                    }
                    drop_between(db, row_id(from)?, row_id(row.view.id)?.saturating_sub(1))?;
                    put(db, row)?;
                    from = row.view.id.saturating_add(1);
                }
                from = behind;
            }
            drop_between(db, row_id(from)?, i64::MAX)?;
            set_head(db, head)
        })
    }

    fn db(&self) -> Result<&Connection, Error> {
        self.db.as_ref().ok_or(Error::Damaged("no file"))
    }

    fn write<R>(&mut self, change: impl FnOnce(&Transaction<'_>) -> Result<R, Error>) -> Result<R, Error> {
        let db = self.db.as_mut().ok_or(Error::Damaged("no file"))?;
        let write = || {
            let transaction = db.transaction()?;
            let done = change(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        self.index.note(write())
    }
}

fn set_head(db: &Connection, head: Head) -> Result<(), Error> {
    db.prepare_cached("INSERT OR REPLACE INTO head (one, number, hash) VALUES (1, ?, ?)")?
        .execute((head.number, head.hash))?;
    Ok(())
}

/// Removes listings by their numbers, the last one included.
fn drop_between(db: &Connection, first: i64, last: i64) -> Result<(), Error> {
    for statement in [
        "DELETE FROM words WHERE rowid BETWEEN ? AND ?",
        "DELETE FROM views WHERE id BETWEEN ? AND ?",
        "DELETE FROM listings WHERE id BETWEEN ? AND ?",
    ] {
        if first <= last {
            db.prepare_cached(statement)?.execute([first, last])?;
        }
    }
    Ok(())
}

/// Writes a listing, unless it is there as it is.
fn put(db: &Connection, row: &Row) -> Result<(), Error> {
    let (id, view) = (row_id(row.view.id)?, row.view.encode());
    let same = "SELECT 1 FROM views JOIN listings USING (id) WHERE id = ? AND view = ? AND appeal_until IS ?";
    if db.prepare_cached(same)?.exists((id, &view, row.appeal_until))? {
        return Ok(());
    }
    let offers = pack_offers(&row.view);
    db.prepare_cached(
        "INSERT OR REPLACE INTO listings (id, active, kind, rating, price, offers, appeal_until)
         VALUES (:id, :active, :kind, :rating, :price, :offers, :appeal_until)",
    )?
    .execute(named_params! {
        ":id": id,
        ":active": row.view.status == ListingStatus::Active,
        ":kind": kind_number(row.view.kind),
        ":rating": rating_of(&row.view.rating),
        ":price": least_price(&offers, None).unwrap_or(NO_PRICE),
        ":offers": offers,
        ":appeal_until": row.appeal_until,
    })?;
    db.prepare_cached("INSERT OR REPLACE INTO views (id, view) VALUES (?, ?)")?.execute((id, view))?;
    db.prepare_cached(
        "INSERT OR REPLACE INTO words (rowid, name, summary, tags, facets) VALUES (?, ?, ?, ?, ?)",
    )?
    .execute((id, &row.view.name, &row.view.summary, row.view.tags.join("\n"), facets(&row.view)))?;
    Ok(())
}
