//! Tables of the ledger.

use super::LedgerError;
use crate::database;
use rusqlite::Connection;
use std::path::Path;

const VERSION: i64 = 2;

/// A second connection, which only reads.
pub fn reader(path: &Path) -> Result<Connection, LedgerError> {
    let db = Connection::open(path)?;
    db.busy_timeout(database::BUSY)?;
    db.pragma_update(None, "query_only", "ON")?;
    Ok(db)
}

/// Creates what is missing.
pub fn prepare(db: &Connection) -> Result<(), LedgerError> {
    db.pragma_update(None, "foreign_keys", "ON")?;
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    match version {
        0 => calls(db)?,
        1 => {}
        VERSION => return Ok(()),
        other => return Err(LedgerError::Version(other, VERSION)),
    }
    exams(db)
}

/// Version 1.
fn calls(db: &Connection) -> Result<(), LedgerError> {
    db.execute_batch(
        "BEGIN;
         CREATE TABLE channels (
             id BLOB PRIMARY KEY,
             voucher BLOB,
             voucher_sig BLOB,
             closed INTEGER NOT NULL DEFAULT 0
         ) WITHOUT ROWID;
         CREATE TABLE calls (
             channel BLOB NOT NULL,
             seq INTEGER NOT NULL,
             request BLOB NOT NULL,
             request_sig BLOB NOT NULL,
             body BLOB,
             receipt BLOB,
             receipt_sig BLOB,
             answer BLOB,
             bound_at INTEGER NOT NULL,
             answered_at INTEGER,
             PRIMARY KEY (channel, seq)
         );
         CREATE INDEX unanswered ON calls (bound_at) WHERE receipt IS NULL;
         -- What a settle_last was sent with: its batch's tree is over exactly these receipts, in this order.
         CREATE TABLE last_settlements (
             channel BLOB NOT NULL,
             seqs BLOB NOT NULL,
             PRIMARY KEY (channel, seqs)
         ) WITHOUT ROWID;
         CREATE VIEW channels_open AS
             SELECT DISTINCT calls.channel AS id FROM calls
             WHERE NOT EXISTS (SELECT 1 FROM channels WHERE channels.id = calls.channel AND channels.closed = 1);
         PRAGMA user_version = 1;
         COMMIT;",
    )?;
    Ok(())
}

/// Version 2: exams, each with all of its answers in one row.
fn exams(db: &Connection) -> Result<(), LedgerError> {
    db.execute_batch(
        "BEGIN;
         CREATE TABLE exams (
             id BLOB PRIMARY KEY,
             paper BLOB NOT NULL,
             answers BLOB NOT NULL,
             -- Set before the commitment is sent: it is never sent twice.
             sent INTEGER NOT NULL DEFAULT 0,
             made_at INTEGER NOT NULL
         ) WITHOUT ROWID;
         PRAGMA user_version = 2;
         COMMIT;",
    )?;
    Ok(())
}
