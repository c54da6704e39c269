//! Tables of the gateway's store.

use super::StoreError;
use rusqlite::Connection;

const VERSION: i64 = 2;

/// Sets the modes that survive a power cut, takes the file for this process alone, and creates what is missing.
pub fn prepare(db: &Connection) -> Result<(), StoreError> {
    db.busy_timeout(std::time::Duration::from_millis(500))?;
    // Two gateways on one store would sign two requests for one sequence number.
    db.pragma_update(None, "locking_mode", "EXCLUSIVE")?;
    let journal: Result<String, _> =
        db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
    match journal {
        Ok(_) => {}
        Err(rusqlite::Error::SqliteFailure(failure, _))
            if matches!(
                failure.code,
                rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked
            ) =>
        {
            return Err(StoreError::InUse)
        }
        Err(e) => return Err(e.into()),
    }
    db.pragma_update(None, "synchronous", "FULL")?;
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if !(0..=VERSION).contains(&version) {
        return Err(StoreError::Version(version, VERSION));
    }
    // Each step is one transaction and sets its own version: a crash in between leaves a version that is whole.
    if version < 1 {
        db.execute_batch(FIRST)?;
    }
    if version < 2 {
        db.execute_batch(SECOND)?;
    }
    Ok(())
}

const FIRST: &str =
        "BEGIN;
         CREATE TABLE channels (
             id BLOB PRIMARY KEY,
             genesis BLOB NOT NULL,
             provider BLOB NOT NULL,
             spec BLOB NOT NULL,
             endpoint TEXT NOT NULL,
             -- 0 usable, 1 retired: no new calls, to be closed, 2 closed
             state INTEGER NOT NULL DEFAULT 0,
             reason TEXT,
             voucher BLOB,
             voucher_sig BLOB,
             -- Calls covered by the last voucher that the provider took.
             handed INTEGER NOT NULL DEFAULT 0
         ) WITHOUT ROWID;
         CREATE TABLE calls (
             channel BLOB NOT NULL,
             seq INTEGER NOT NULL,
             -- The user's call: several of these may serve one, at most one of them is paid.
             job TEXT NOT NULL,
             request BLOB NOT NULL,
             request_sig BLOB NOT NULL,
             body BLOB,
             -- 0 sent, 1 answered and payable, 2 given up: the user got the answer elsewhere, 3 receipt refused
             state INTEGER NOT NULL DEFAULT 0,
             receipt BLOB,
             receipt_sig BLOB,
             charged INTEGER NOT NULL DEFAULT 0,
             -- Ids that the user was given before the call was interrupted.
             delivered BLOB,
             note TEXT,
             created INTEGER NOT NULL,
             PRIMARY KEY (channel, seq)
         );
         CREATE INDEX calls_by_job ON calls (job);
         CREATE INDEX calls_by_time ON calls (created);
         CREATE INDEX unresolved ON calls (channel) WHERE state IN (0, 2);
         -- Requests that a provider said it never took: their numbers were free again.
         CREATE TABLE refused (
             channel BLOB NOT NULL,
             seq INTEGER NOT NULL,
             request BLOB NOT NULL,
             why TEXT NOT NULL,
             created INTEGER NOT NULL
         );
         -- Receipts that contradict others or are not what was agreed.
         CREATE TABLE evidence (
             channel BLOB NOT NULL,
             seq INTEGER NOT NULL,
             receipt BLOB NOT NULL,
             receipt_sig BLOB NOT NULL,
             why TEXT NOT NULL,
             reported INTEGER NOT NULL DEFAULT 0,
             PRIMARY KEY (channel, seq, receipt)
         );
         PRAGMA user_version = 1;
         COMMIT;";

/// Since when the chain knows a channel, how far the kept voucher goes, and receipts that contradict each other.
const SECOND: &str = "BEGIN;
         -- A live block at which the chain knew the channel: a node that is behind it says nothing about its end.
         ALTER TABLE channels ADD COLUMN seen INTEGER NOT NULL DEFAULT 0;
         ALTER TABLE channels ADD COLUMN closed_at INTEGER;
         ALTER TABLE channels ADD COLUMN voucher_calls INTEGER NOT NULL DEFAULT 0;
         UPDATE channels SET closed_at = unixepoch() WHERE state = 2;
         ALTER TABLE evidence DROP COLUMN reported;
         CREATE TABLE doubles (
             channel BLOB NOT NULL,
             seq INTEGER NOT NULL,
             first BLOB NOT NULL,
             first_sig BLOB NOT NULL,
             second BLOB NOT NULL,
             second_sig BLOB NOT NULL,
             -- 0 to be reported, 1 reported, 2 the chain refused the report
             state INTEGER NOT NULL DEFAULT 0,
             note TEXT,
             created INTEGER NOT NULL,
             PRIMARY KEY (channel, seq)
         ) WITHOUT ROWID;
         PRAGMA user_version = 2;
         COMMIT;";
