//! What the store holds, in SQLite: object stores can't be asked quickly which of many objects are there.
//!
//! A segment's row comes before its object and goes after it, so a process that is killed at any instant leaves rows that
//! say what to look at, and no object that nobody knows. Without the file (or with another store) the index is made anew
//! from a listing.

use super::tree::CHUNKS;
use crate::{database, ledger::unix_now};
use parking_lot::Mutex;
use rusqlite::{params, Connection, OptionalExtension, Transaction};
use souk_primitives::{content::Content, Digest};
use std::path::Path;

/// The segment or content is on its way.
pub const COMING: i64 = 0;
/// It is there.
pub const THERE: i64 = 1;
/// It is being removed.
pub const GOING: i64 = 2;
/// Its object was found damaged or lost: it is to be brought again. Its bytes stay reserved.
pub const LOST: i64 = 3;

/// Missing segments that are named in one answer.
pub const NAMED: u32 = 4_096;

/// What becomes of a segment that is about to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// It is there.
    There,
    /// Its place is reserved; it may be one that was lost.
    Taken {
        /// Whether it was.
        was_lost: bool,
    },
    /// There is no room: so many bytes are taken.
    Full(u64),
}

struct Inner {
    db: Connection,
    /// Bytes of all segments, also of those on their way.
    used: u64,
}

/// The index.
pub struct Index(Mutex<Inner>);

type Result<T> = rusqlite::Result<T>;

fn total(db: &Connection) -> Result<u64> {
    let bytes: i64 = db.query_row("SELECT COALESCE(SUM(size), 0) FROM segments", [], |row| row.get(0))?;
    Ok(bytes.max(0) as u64)
}

impl Index {
    /// Opens or creates it. Says whether it was made for `url`: otherwise it is empty and has to be filled from a listing.
    pub fn open(file: &Path, url: &str) -> Result<(Self, bool)> {
        let db = database::open(file)?;
        db.execute_batch(
            "CREATE TABLE IF NOT EXISTS made_for (url TEXT NOT NULL);
             CREATE TABLE IF NOT EXISTS segments (
                 name BLOB PRIMARY KEY,
                 size INTEGER NOT NULL,
                 state INTEGER NOT NULL,
                 seen INTEGER NOT NULL
             ) WITHOUT ROWID;
             CREATE INDEX IF NOT EXISTS unsettled ON segments (state) WHERE state != 1;
             CREATE TABLE IF NOT EXISTS contents (
                 root BLOB PRIMARY KEY,
                 size INTEGER NOT NULL,
                 state INTEGER NOT NULL
             ) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS parts (
                 content BLOB NOT NULL,
                 at INTEGER NOT NULL,
                 segment BLOB NOT NULL,
                 PRIMARY KEY (content, at)
             ) WITHOUT ROWID;
             CREATE INDEX IF NOT EXISTS used ON parts (segment);",
        )?;
        let made_for: Option<String> =
            db.query_row("SELECT url FROM made_for", [], |row| row.get(0)).optional()?;
        let known = made_for.as_deref() == Some(url);
        if !known {
            db.execute_batch(
                "DELETE FROM made_for; DELETE FROM segments; DELETE FROM contents; DELETE FROM parts;",
            )?;
        }
        let used = total(&db)?;
        Ok((Self(Mutex::new(Inner { db, used })), known))
    }

    /// The listing is read: from now on this index is trusted.
    pub fn made_for(&self, url: &str) -> Result<()> {
        self.0.lock().db.execute("INSERT INTO made_for VALUES (?1)", [url]).map(drop)
    }

    /// Bytes of all segments.
    pub fn used(&self) -> u64 {
        self.0.lock().used
    }

    /// Which of these segments are not there.
    pub fn missing(&self, names: &[Digest]) -> Result<Vec<Digest>> {
        let mut inner = self.0.lock();
        let tx = inner.db.transaction()?;
        let mut missing = Vec::new();
        {
            // Somebody still means to use those that are there.
            let mut touch =
                tx.prepare_cached("UPDATE segments SET seen = ?2 WHERE name = ?1 AND state = 1")?;
            let now = unix_now() as i64;
            for name in names {
                if touch.execute(params![name, now])? == 0 {
                    missing.push(*name);
                }
            }
        }
        tx.commit()?;
        Ok(missing)
    }

    /// Reserves room for a segment, unless it is there. `most` bytes in all; 0: any number.
    pub fn reserve(&self, name: &Digest, size: u64, most: u64) -> Result<Reserve> {
        let mut inner = self.0.lock();
        let state: Option<i64> = inner
            .db
            .query_row("SELECT state FROM segments WHERE name = ?1", [name], |row| row.get(0))
            .optional()?;
        if state == Some(THERE) {
            return Ok(Reserve::There);
        }
        let more = if state.is_none() { size } else { 0 };
        let used = inner.used.saturating_add(more);
        if most > 0 && used > most {
            return Ok(Reserve::Full(inner.used));
        }
        inner.db.execute(
            "INSERT OR REPLACE INTO segments VALUES (?1, ?2, ?3, ?4)",
            params![name, size as i64, COMING, unix_now() as i64],
        )?;
        inner.used = used;
        Ok(Reserve::Taken { was_lost: state == Some(LOST) })
    }

    /// A segment's object is there.
    pub fn arrived(&self, name: &Digest, size: u64) -> Result<()> {
        let mut inner = self.0.lock();
        let known =
            inner.db.execute("UPDATE segments SET state = ?2 WHERE name = ?1", params![name, THERE])?;
        if known == 0 {
            // Somebody else who brought it failed, and gave up the place of both.
            let row = params![name, size as i64, THERE, unix_now() as i64];
            inner.db.execute("INSERT INTO segments VALUES (?1, ?2, ?3, ?4)", row)?;
            inner.used = inner.used.saturating_add(size);
        }
        Ok(())
    }

    /// A segment's object is not what it should be.
    pub fn lost(&self, name: &Digest) -> Result<()> {
        let query = "UPDATE segments SET state = ?2 WHERE name = ?1 AND state = ?3";
        self.0.lock().db.execute(query, params![name, LOST, THERE]).map(drop)
    }

    /// A segment's object could not be written: it is lost to the contents that use it, or was never there.
    pub fn failed(&self, name: &Digest) -> Result<()> {
        let query = "UPDATE segments SET state = ?2 WHERE name = ?1 AND state != ?3
             AND EXISTS (SELECT 1 FROM parts WHERE parts.segment = segments.name)";
        let kept = self.0.lock().db.execute(query, params![name, LOST, THERE])?;
        match kept {
            0 => self.gone(&[*name]),
            _ => Ok(()),
        }
    }

    /// Segments with their sizes, as a listing of the store has them.
    pub fn learn(&self, segments: &[(Digest, u64)]) -> Result<()> {
        let mut inner = self.0.lock();
        let (tx, now) = (inner.db.transaction()?, unix_now() as i64);
        for (name, size) in segments {
            tx.prepare_cached("INSERT OR REPLACE INTO segments VALUES (?1, ?2, ?3, ?4)")?
                .execute(params![name, *size as i64, THERE, now])?;
        }
        tx.commit()?;
        inner.used = total(&inner.db)?;
        Ok(())
    }

    /// Segments on their way, from the last run of this process: their objects may be there or not.
    pub fn coming(&self) -> Result<Vec<Digest>> {
        self.names(COMING, u32::MAX)
    }

    /// Segments that are to be removed, at most `limit`.
    pub fn going(&self, limit: u32) -> Result<Vec<Digest>> {
        self.names(GOING, limit)
    }

    fn names(&self, state: i64, limit: u32) -> Result<Vec<Digest>> {
        let inner = self.0.lock();
        let mut query = inner.db.prepare_cached("SELECT name FROM segments WHERE state = ?1 LIMIT ?2")?;
        let rows = query.query_map(params![state, limit], |row| row.get(0))?;
        rows.collect()
    }

    /// The objects of these segments are gone.
    pub fn gone(&self, names: &[Digest]) -> Result<()> {
        let mut inner = self.0.lock();
        let tx = inner.db.transaction()?;
        let mut freed = 0u64;
        for name in names {
            let size: Option<i64> = tx
                .prepare_cached("DELETE FROM segments WHERE name = ?1 AND state != 1 RETURNING size")?
                .query_row([name], |row| row.get(0))
                .optional()?;
            freed = freed.saturating_add(size.unwrap_or(0).max(0) as u64);
        }
        tx.commit()?;
        inner.used = inner.used.saturating_sub(freed);
        Ok(())
    }

    /// Gives up segments that were brought before `before` (seconds since 1970) and that no content uses.
    pub fn give_up_unused(&self, before: u64) -> Result<usize> {
        self.0.lock().db.execute(
            "UPDATE segments SET state = ?1 WHERE state IN (?2, ?3) AND seen < ?4
             AND NOT EXISTS (SELECT 1 FROM parts WHERE parts.segment = segments.name)",
            params![GOING, THERE, LOST, before as i64],
        )
    }

    /// A content that is there.
    pub fn content(&self, root: &Digest) -> Result<Option<Content>> {
        let inner = self.0.lock();
        let mut query =
            inner.db.prepare_cached("SELECT root, size FROM contents WHERE root = ?1 AND state = 1")?;
        query.query_row([root], content).optional().map(Option::flatten)
    }

    /// All contents of a state.
    pub fn contents(&self, state: i64) -> Result<Vec<Content>> {
        let inner = self.0.lock();
        let mut query =
            inner.db.prepare_cached("SELECT root, size FROM contents WHERE state = ?1 ORDER BY root")?;
        let rows = query.query_map([state], content)?;
        rows.filter_map(Result::transpose).collect()
    }

    /// A content is on its way.
    pub fn begin(&self, content: &Content) -> Result<()> {
        let mut inner = self.0.lock();
        let tx = inner.db.transaction()?;
        forget(&tx, &content.root())?;
        tx.execute(
            "INSERT INTO contents VALUES (?1, ?2, 0)",
            params![content.root(), content.size() as i64],
        )?;
        tx.commit()
    }

    /// Says which segments a content has, from segment `from` on.
    pub fn add_parts(&self, content: &Digest, from: u32, names: &[Digest]) -> Result<()> {
        let mut inner = self.0.lock();
        let tx = inner.db.transaction()?;
        for (at, name) in (from..).zip(names) {
            tx.prepare_cached("INSERT INTO parts VALUES (?1, ?2, ?3)")?
                .execute(params![content, at, name])?;
        }
        tx.commit()
    }

    /// Segments of a content that are not there: at most [`NAMED`] of them.
    pub fn missing_of(&self, content: &Digest) -> Result<Vec<Digest>> {
        let inner = self.0.lock();
        let mut query = inner.db.prepare_cached(
            "SELECT DISTINCT parts.segment FROM parts LEFT JOIN segments ON segments.name = parts.segment AND state = 1
             WHERE parts.content = ?1 AND segments.name IS NULL LIMIT ?2",
        )?;
        let rows = query.query_map(params![content, NAMED], |row| row.get(0))?;
        rows.collect()
    }

    /// All of a content is there, or it is being removed.
    pub fn set_content(&self, root: &Digest, state: i64) -> Result<()> {
        let inner = self.0.lock();
        inner.db.execute("UPDATE contents SET state = ?2 WHERE root = ?1", params![root, state]).map(drop)
    }

    /// Forgets a content, and gives up those of its segments that no other one uses.
    pub fn remove(&self, content: &Digest) -> Result<()> {
        let mut inner = self.0.lock();
        let tx = inner.db.transaction()?;
        tx.execute(
            "UPDATE segments SET state = ?2 WHERE state IN (?3, ?4)
             AND name IN (SELECT segment FROM parts WHERE content = ?1)
             AND NOT EXISTS (SELECT 1 FROM parts WHERE segment = segments.name AND content != ?1)",
            params![content, GOING, THERE, LOST],
        )?;
        forget(&tx, content)?;
        tx.commit()
    }

    /// Forgets a content that was never all there; its segments stay for the next attempt.
    pub fn abandon(&self, content: &Digest) -> Result<()> {
        let mut inner = self.0.lock();
        let tx = inner.db.transaction()?;
        forget(&tx, content)?;
        tx.commit()
    }

    /// Name of the segment at `at` of a content that is there.
    pub fn part(&self, content: &Digest, at: u32) -> Result<Option<Digest>> {
        let inner = self.0.lock();
        let mut query = inner.db.prepare_cached(
            "SELECT segment FROM parts JOIN contents ON root = content WHERE content = ?1 AND at = ?2 AND state = 1",
        )?;
        query.query_row(params![content, at], |row| row.get(0)).optional()
    }
}

fn forget(tx: &Transaction<'_>, content: &Digest) -> Result<()> {
    tx.execute("DELETE FROM parts WHERE content = ?1", [content])?;
    tx.execute("DELETE FROM contents WHERE root = ?1", [content])?;
    Ok(())
}

/// `None` when the size is out of range, which no row that was written here has.
fn content(row: &rusqlite::Row<'_>) -> Result<Option<Content>> {
    let size: i64 = row.get(1)?;
    Ok(Content::new(row.get(0)?, size.max(0) as u64))
}

/// Parts that are written at once.
pub const PARTS: usize = 4 * CHUNKS as usize;
