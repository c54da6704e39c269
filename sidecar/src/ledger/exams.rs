//! Exams that this provider sat: their answers, until nobody can ask for them any more.

use super::{decode, unix_now, Ledger, LedgerError};
use codec::Encode;
use rusqlite::{params, OptionalExtension};
use souk_primitives::{
    exam::{answer_leaf, ExamTranscript},
    sumtree::{self, Leaf, Shape},
    Balance, BatchId, Digest,
};
use std::time::Duration;

/// What the ledger knows of an exam.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sat {
    /// The tree over its answers.
    pub shape: Shape,
    /// Whether the commitment was sent, or was about to be when the process died.
    pub sent: bool,
}

/// An exam as it is stored.
struct Kept {
    paper: Digest,
    answers: Vec<Vec<u32>>,
    sent: bool,
}

impl Kept {
    fn leaves(&self) -> Vec<Leaf> {
        (0u32..).zip(&self.answers).map(|(index, answer)| answer_leaf(&self.paper, index, answer)).collect()
    }
}

impl Ledger {
    /// Keeps the answers of an exam. Those that are there already stay: what was committed to must not change.
    pub fn keep_exam(&self, id: &BatchId, paper: &Digest, answers: &[Vec<u32>]) -> Result<(), LedgerError> {
        self.inner
            .lock()
            .db
            .prepare_cached(
                "INSERT OR IGNORE INTO exams (id, paper, answers, made_at) VALUES (?1, ?2, ?3, ?4)",
            )?
            .execute(params![id, paper, answers.encode(), unix_now() as i64])?;
        Ok(())
    }

    /// An exam that is answered.
    pub fn sat(&self, id: &BatchId) -> Result<Option<Sat>, LedgerError> {
        let Some(kept) = self.exam(id)? else { return Ok(None) };
        let shape = sumtree::shape(&kept.leaves()).ok_or(LedgerError::Corrupt("exam"))?;
        Ok(Some(Sat { shape, sent: kept.sent }))
    }

    /// Notes that the commitment of an exam is sent now. Whether it was not before: then, and only then, it may be.
    pub fn send_exam(&self, id: &BatchId) -> Result<bool, LedgerError> {
        let changed = self
            .inner
            .lock()
            .db
            .prepare_cached("UPDATE exams SET sent = 1 WHERE id = ?1 AND sent = 0")?
            .execute(params![id])?;
        Ok(changed == 1)
    }

    /// The evidence for the answer that covers `point` in the tree of this shape. `None` when there is no such exam, no
    /// such tree or no such point.
    pub fn exam_transcript(
        &self,
        id: &BatchId,
        shape: &Shape,
        point: Balance,
    ) -> Result<Option<ExamTranscript>, LedgerError> {
        let Some(mut kept) = self.exam(id)? else { return Ok(None) };
        let leaves = kept.leaves();
        let found = sumtree::leaf_at(&leaves, point).filter(|_| sumtree::shape(&leaves) == Some(*shape));
        let Some((index, proof)) = found.and_then(|(at, _)| Some((at, sumtree::prove(&leaves, at)?))) else {
            return Ok(None);
        };
        Ok(Some(ExamTranscript { index, proof, answer: kept.answers.swap_remove(index as usize) }))
    }

    /// Drops exams that were answered longer ago than `age`, but for those that an open audit is about. Gives how many.
    pub fn drop_exams(&self, age: Duration, audited: &[BatchId]) -> Result<usize, LedgerError> {
        let before = unix_now().saturating_sub(age.as_secs()) as i64;
        let inner = self.inner.lock();
        let old: Vec<BatchId> = inner
            .db
            .prepare_cached("SELECT id FROM exams WHERE made_at < ?1")?
            .query_map(params![before], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let mut dropped = 0;
        for id in old.iter().filter(|id| !audited.contains(id)) {
            dropped += inner.db.prepare_cached("DELETE FROM exams WHERE id = ?1")?.execute(params![id])?;
        }
        Ok(dropped)
    }

    fn exam(&self, id: &BatchId) -> Result<Option<Kept>, LedgerError> {
        let row: Option<(Digest, Vec<u8>, bool)> = self
            .reader
            .lock()
            .prepare_cached("SELECT paper, answers, sent FROM exams WHERE id = ?1")?
            .query_row(params![id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        row.map(|(paper, answers, sent)| Ok(Kept { paper, answers: decode(answers, "exam")?, sent }))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: BatchId = [1; 32];
    const PAPER: Digest = [2; 32];

    fn answers() -> Vec<Vec<u32>> {
        vec![vec![1, 2, 3], vec![4], vec![5; 64]]
    }

    fn opened() -> (tempfile::TempDir, Ledger) {
        let dir = tempfile::tempdir().unwrap();
        let ledger = Ledger::open(&dir.path().join("ledger.db")).unwrap();
        (dir, ledger)
    }

    #[test]
    fn answers_should_outlive_the_process_and_be_sent_once() {
        let (dir, ledger) = opened();
        assert_eq!(ledger.sat(&ID).unwrap(), None);
        ledger.keep_exam(&ID, &PAPER, &answers()).unwrap();
        ledger.keep_exam(&ID, &PAPER, &[vec![9]]).unwrap();
        assert!(!ledger.sat(&ID).unwrap().unwrap().sent);
        assert!(ledger.send_exam(&ID).unwrap());
        drop(ledger);
        let ledger = Ledger::open(&dir.path().join("ledger.db")).unwrap();
        assert!(!ledger.send_exam(&ID).unwrap());
        let Sat { shape, sent } = ledger.sat(&ID).unwrap().unwrap();
        assert!(sent);
        assert_eq!((shape.total, shape.count), (68, 3));
        for (point, index) in [(0, 0), (2, 0), (3, 1), (4, 2), (67, 2)] {
            let transcript = ledger.exam_transcript(&ID, &shape, point).unwrap().unwrap();
            assert_eq!(transcript.index, index);
            assert_eq!(transcript.opens(&shape, point, &PAPER), Ok(()));
        }
        assert_eq!(ledger.exam_transcript(&ID, &shape, 68).unwrap(), None);
        let other = Shape { total: 69, ..shape };
        assert_eq!(ledger.exam_transcript(&ID, &other, 0).unwrap(), None);
        assert_eq!(ledger.exam_transcript(&[9; 32], &shape, 0).unwrap(), None);
    }

    #[test]
    fn old_exams_should_go_unless_they_are_audited() {
        let (_dir, ledger) = opened();
        for id in [[1; 32], [2; 32]] {
            ledger.keep_exam(&id, &PAPER, &answers()).unwrap();
        }
        assert_eq!(ledger.drop_exams(Duration::from_secs(60), &[]).unwrap(), 0, "they are new");
        ledger.inner.lock().db.execute("UPDATE exams SET made_at = made_at - 100", []).unwrap();
        assert_eq!(ledger.drop_exams(Duration::from_secs(60), &[[2; 32]]).unwrap(), 1);
        assert!(ledger.sat(&[1; 32]).unwrap().is_none() && ledger.sat(&[2; 32]).unwrap().is_some());
    }

    #[test]
    fn a_ledger_from_before_exams_should_get_their_table() {
        let (dir, ledger) = opened();
        ledger.inner.lock().db.execute_batch("DROP TABLE exams; PRAGMA user_version = 1;").unwrap();
        drop(ledger);
        let ledger = Ledger::open(&dir.path().join("ledger.db")).unwrap();
        ledger.keep_exam(&ID, &PAPER, &answers()).unwrap();
        assert!(ledger.sat(&ID).unwrap().is_some());
    }
}
