//! The file: its tables, and when it is good for nothing.

use crate::{query::least_price, Error};
use codec::Encode;
use rusqlite::{functions::FunctionFlags, Connection, OpenFlags, OptionalExtension};
use scale_info::{meta_type, PortableRegistry, Registry};
use souk_primitives::{hash, licence::Purposes, views::ListingView, Digest};
use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

/// Name of the file.
const FILE: &str = "listings.sqlite";

/// `price`: of the cheapest offer, big-endian, all ones without an offer. `rating`: the average in thousandths times
/// 2^32, plus the number of payers. `appeal_until`: last live block before a decision to delist has effect.
const TABLES: &str = "
    CREATE TABLE head (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        number INTEGER NOT NULL,
        hash BLOB NOT NULL
    );
    CREATE TABLE listings (
        id INTEGER PRIMARY KEY,
        active INTEGER NOT NULL,
        kind INTEGER NOT NULL,
        rating INTEGER NOT NULL,
        price BLOB NOT NULL,
        offers BLOB NOT NULL,
        appeal_until INTEGER
    );
    CREATE INDEX by_rating ON listings (rating DESC, id DESC, active, kind);
    CREATE INDEX by_price ON listings (price, id DESC, active, kind);
    CREATE INDEX by_appeal ON listings (appeal_until) WHERE appeal_until IS NOT NULL;
    CREATE TABLE views (
        id INTEGER PRIMARY KEY,
        view BLOB NOT NULL
    );
    CREATE VIRTUAL TABLE words USING fts5(
        name, summary, tags, facets,
        content = '', contentless_delete = 1, prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2'
    );";

/// What the file must be of: this chain, these tables, and views of just this shape.
fn mark(genesis: &Digest) -> Digest {
    let mut registry = Registry::new();
    registry.register_type(&meta_type::<ListingView>());
    hash(&[genesis.as_slice(), TABLES.as_bytes(), &PortableRegistry::from(registry).encode()])
}

/// Where the file is.
pub(crate) fn file(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Removes the file with all that belongs to it.
pub(crate) fn remove(folder: &Path) -> Result<(), Error> {
    for end in ["", "-wal", "-shm", "-journal"] {
        match std::fs::remove_file(folder.join(format!("{FILE}{end}"))) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

/// Opens the file for writing, with empty tables if it is new. `None` when it must be made again.
pub(crate) fn writer(folder: &Path, genesis: &Digest) -> Result<Option<Connection>, Error> {
    std::fs::create_dir_all(folder)?;
    match prepared(&file(folder), &mark(genesis)) {
        Err(error) if error.is_damage() => Ok(None),
        other => other,
    }
}

fn prepared(path: &Path, mark: &Digest) -> Result<Option<Connection>, Error> {
    let mut db = Connection::open(path)?;
    db.busy_timeout(Duration::from_secs(5))?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    // A power cut may take the last blocks: they are read again.
    db.pragma_update(None, "synchronous", "NORMAL")?;
    // What the first fill leaves there is given back to the disk.
    db.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if tables == 0 {
        let transaction = db.transaction()?;
        transaction.execute_batch(TABLES)?;
        transaction.execute_batch("CREATE TABLE mark (mark BLOB NOT NULL)")?;
        transaction.execute("INSERT INTO mark VALUES (?)", [mark])?;
        transaction.commit()?;
        return Ok(Some(db));
    }
    let marked = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = 'mark')";
    let found: Option<Vec<u8>> = match db.query_row(marked, [], |row| row.get(0))? {
        true => db.query_row("SELECT mark FROM mark", [], |row| row.get(0)).optional()?,
        false => None,
    };
    if found.as_deref() != Some(mark.as_slice()) {
        return Ok(None);
    }
    let health: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    Ok((health == "ok").then_some(db))
}

/// A connection that only reads.
pub(crate) fn reader(folder: &Path) -> Result<Connection, Error> {
    let db = Connection::open_with_flags(
        file(folder),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )?;
    db.busy_timeout(Duration::from_secs(5))?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    db.create_scalar_function("least_price", 2, flags, |context| {
        let offers = context.get_raw(0).as_blob().unwrap_or_default();
        let purposes = context.get::<Option<u16>>(1)?.map(Purposes);
        Ok(least_price(offers, purposes).map(|price| price.to_vec()))
    })?;
    Ok(db)
}
