//! Databases of this process: SQLite files whose commits are on the disk when they return.

use rusqlite::Connection;
use std::{path::Path, time::Duration};

/// How long one connection waits for another one of this process.
pub const BUSY: Duration = Duration::from_secs(5);

/// Opens a database, or makes it, in the mode that survives a power cut.
pub fn open(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open(path)?;
    db.busy_timeout(BUSY)?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "FULL")?;
    Ok(db)
}
