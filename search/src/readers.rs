//! Connections that search: a few, so that one slow search keeps nobody waiting for long, and each search has an end.

use crate::{schema, Error};
use parking_lot::{Mutex, MutexGuard};
use rusqlite::{Connection, ErrorCode};
use std::{
    path::Path,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

/// Searches at the same time.
const READERS: usize = 4;
/// Searches under way or waiting; more are refused.
const MAX_SEARCHES: usize = 64;
/// A search that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(1);
/// Steps of SQLite's machine between two looks at the clock.
const STEPS: i32 = 20_000;
/// Statements that a connection keeps prepared.
const STATEMENTS: usize = 64;

struct Reader {
    db: Connection,
    until: Arc<Mutex<Instant>>,
}

impl Reader {
    fn open(folder: &Path) -> Result<Self, Error> {
        let mut db = schema::reader(folder)?;
        db.set_prepared_statement_cache_capacity(STATEMENTS);
        let until = Arc::new(Mutex::new(Instant::now()));
        let deadline = Arc::clone(&until);
        db.progress_handler(STEPS, Some(move || Instant::now() > *deadline.lock()))?;
        Ok(Reader { db, until })
    }
}

/// All of them.
pub(crate) struct Readers {
    all: Vec<Mutex<Reader>>,
    searches: AtomicUsize,
    turn: AtomicUsize,
}

/// One search among those under way.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Readers {
    pub(crate) fn open(folder: &Path) -> Result<Self, Error> {
        let all = (0..READERS).map(|_| Reader::open(folder).map(Mutex::new)).collect::<Result<_, _>>()?;
        Ok(Readers { all, searches: AtomicUsize::new(0), turn: AtomicUsize::new(0) })
    }

    /// Runs a search on a connection that is free, or on the next one to become free.
    pub(crate) fn run<R>(&self, search: impl FnOnce(&Connection) -> Result<R, Error>) -> Result<R, Error> {
        let place = Place(&self.searches);
        if self.searches.fetch_add(1, Ordering::Relaxed) >= MAX_SEARCHES {
            return Err(Error::Busy);
        }
        let reader = self.reader().ok_or(Error::Busy)?;
        *reader.until.lock() = Instant::now().checked_add(PATIENCE).ok_or(Error::TooLong)?;
        let answer = search(&reader.db);
        drop(place);
        match answer {
            Err(Error::Sqlite(rusqlite::Error::SqliteFailure(error, _)))
                if error.code == ErrorCode::OperationInterrupted =>
            {
                Err(Error::TooLong)
            }
            answer => answer,
        }
    }

    fn reader(&self) -> Option<MutexGuard<'_, Reader>> {
        self.all.iter().find_map(Mutex::try_lock).or_else(|| {
            let turn = self.turn.fetch_add(1, Ordering::Relaxed).checked_rem(self.all.len())?;
            self.all.get(turn).map(Mutex::lock)
        })
    }
}
