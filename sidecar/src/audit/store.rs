//! Audit jobs on disk: a report that was made once is the report, also after a crash.

use super::{JobView, Status};
use crate::database;
use codec::{Decode, Encode};
use parking_lot::Mutex;
use rusqlite::{params, Connection, OptionalExtension, Row};
use souk_primitives::{audit::Round, verdict::Report, AuditId};
use std::path::Path;

/// The store.
pub struct Store(Mutex<Connection>);

fn round_of(byte: u8) -> Round {
    if byte == Round::First.byte() {
        Round::First
    } else {
        Round::Second
    }
}

fn view(row: &Row<'_>) -> rusqlite::Result<JobView> {
    let report: Option<Vec<u8>> = row.get(2)?;
    let report = report.and_then(|bytes| Report::decode(&mut &bytes[..]).ok());
    let error: Option<String> = row.get(3)?;
    let failed: bool = row.get(4)?;
    Ok(JobView {
        audit: row.get(0)?,
        round: round_of(row.get(1)?),
        status: match (&report, failed) {
            (Some(_), _) => Status::Done,
            (None, true) => Status::Failed,
            (None, false) => Status::Queued,
        },
        report,
        error,
    })
}

impl Store {
    /// Opens or creates it.
    pub fn open(path: &Path) -> rusqlite::Result<Self> {
        let db = database::open(path)?;
        db.execute_batch(
            "CREATE TABLE IF NOT EXISTS jobs (
                 audit BLOB NOT NULL,
                 round INTEGER NOT NULL,
                 report BLOB,
                 error TEXT,
                 failed INTEGER NOT NULL DEFAULT 0,
                 made_at INTEGER NOT NULL,
                 PRIMARY KEY (audit, round)
             ) WITHOUT ROWID",
        )?;
        Ok(Self(Mutex::new(db)))
    }

    /// A job.
    pub fn get(&self, audit: &AuditId, round: Round) -> rusqlite::Result<Option<JobView>> {
        self.0
            .lock()
            .prepare_cached(
                "SELECT audit, round, report, error, failed FROM jobs WHERE audit = ?1 AND round = ?2",
            )?
            .query_row(params![audit, round.byte()], view)
            .optional()
    }

    /// Both rounds of an audit.
    pub fn rounds(&self, audit: &AuditId) -> rusqlite::Result<Vec<JobView>> {
        let db = self.0.lock();
        let mut query = db.prepare_cached(
            "SELECT audit, round, report, error, failed FROM jobs WHERE audit = ?1 ORDER BY round",
        )?;
        let rows = query.query_map(params![audit], view)?.collect();
        rows
    }

    /// Notes a new job; forgets what is older than thirty days.
    pub fn insert(&self, audit: &AuditId, round: Round) -> rusqlite::Result<()> {
        let now = crate::ledger::unix_now();
        let db = self.0.lock();
        db.prepare_cached("DELETE FROM jobs WHERE made_at < ?1")?
            .execute(params![now.saturating_sub(30 * 24 * 3_600) as i64])?;
        db.prepare_cached("INSERT OR IGNORE INTO jobs (audit, round, made_at) VALUES (?1, ?2, ?3)")?
            .execute(params![audit, round.byte(), now as i64])?;
        Ok(())
    }

    /// The report of a job; the first one stays.
    pub fn finish(&self, audit: &AuditId, round: Round, report: &Report) -> rusqlite::Result<()> {
        self.0
            .lock()
            .prepare_cached(
                "UPDATE jobs SET report = ?3, failed = 0 WHERE audit = ?1 AND round = ?2 AND report IS NULL",
            )?
            .execute(params![audit, round.byte(), report.encode()])?;
        Ok(())
    }

    /// What went wrong last; `for_good` when there can't be a report here.
    pub fn note(&self, audit: &AuditId, round: Round, error: &str, for_good: bool) -> rusqlite::Result<()> {
        self.0
            .lock()
            .prepare_cached("UPDATE jobs SET error = ?3, failed = ?4 WHERE audit = ?1 AND round = ?2")?
            .execute(params![audit, round.byte(), error.chars().take(400).collect::<String>(), for_good])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_report_should_stay_and_survive_a_restart() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audits.db");
        let store = Store::open(&path).unwrap();
        let id = [7; 32];
        store.insert(&id, Round::First).unwrap();
        assert_eq!(store.get(&id, Round::First).unwrap().unwrap().status, Status::Queued);
        store.note(&id, Round::First, "the provider can't be reached", false).unwrap();
        store.finish(&id, Round::First, &Report::Unavailable).unwrap();
        let other = Report::Embedding { l2: 1, cosine: 2, faults: Default::default() };
        store.finish(&id, Round::First, &other).unwrap();
        drop(store);
        let store = Store::open(&path).unwrap();
        let job = store.get(&id, Round::First).unwrap().unwrap();
        assert_eq!((job.status, job.report), (Status::Done, Some(Report::Unavailable)));
        assert_eq!(store.get(&id, Round::Second).unwrap(), None);
        assert_eq!(store.rounds(&id).unwrap().len(), 1);
    }
}
