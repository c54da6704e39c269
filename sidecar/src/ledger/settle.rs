//! What settlement, audits and pruning need from the ledger.

use super::{decode, unix_now, Book, Ledger, LedgerError, StoredCall};
use codec::Encode;
use rusqlite::params;
use souk_primitives::{
    call::{receipt_leaf, Finish, Receipt, Request, Voucher, MAX_IN_FLIGHT},
    sumtree::{self, Leaf, Shape},
    transcript::Transcript,
    Balance, ChannelId,
};
use std::{ops::Range, time::Duration};

/// An answered call that no voucher covers, as `settle_last` takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Uncovered {
    /// The order.
    pub request: Request,
    /// Its signature.
    pub request_signature: [u8; 64],
    /// The receipt.
    pub receipt: Receipt,
    /// Its signature.
    pub receipt_signature: [u8; 64],
}

/// Sequence numbers and leaves of a committed tree.
type Tree = (Vec<u32>, Vec<Leaf>);

impl Ledger {
    /// Channels that have calls and are not closed for good.
    pub fn channels(&self) -> Vec<ChannelId> {
        self.inner.lock().books.keys().copied().collect()
    }

    /// The best voucher of a channel.
    pub fn voucher(&self, channel: &ChannelId) -> Option<(Voucher, [u8; 64])> {
        self.inner.lock().books.get(channel).and_then(Book::voucher).cloned()
    }

    /// When the oldest answered call at or after `seq` was answered, in seconds since 1970. It is among the first few: no
    /// more are in flight at a time.
    pub fn oldest_answer_from(&self, channel: &ChannelId, seq: u32) -> Result<Option<u64>, LedgerError> {
        let inner = self.inner.lock();
        let mut query = inner.db.prepare_cached(
            "SELECT min(answered_at) FROM (SELECT answered_at FROM calls
             WHERE channel = ?1 AND seq >= ?2 AND receipt IS NOT NULL ORDER BY seq LIMIT ?3)",
        )?;
        let at: Option<i64> = query.query_row(params![channel, seq, MAX_IN_FLIGHT], |row| row.get(0))?;
        Ok(at.map(|at| at.max(0) as u64))
    }

    /// When the newest call was bound, in seconds since 1970.
    pub fn newest_call(&self, channel: &ChannelId) -> Result<Option<u64>, LedgerError> {
        let inner = self.inner.lock();
        let mut query = inner.db.prepare_cached("SELECT max(bound_at) FROM calls WHERE channel = ?1")?;
        let at: Option<i64> = query.query_row(params![channel], |row| row.get(0))?;
        Ok(at.map(|at| at.max(0) as u64))
    }

    /// Answered calls with a charge that no voucher covers and that are not settled, dearest first, at most `most`.
    pub fn uncovered(
        &self,
        channel: &ChannelId,
        from: u32,
        most: usize,
    ) -> Result<Vec<Uncovered>, LedgerError> {
        let mut found: Vec<Uncovered> = self
            .answered_from(channel, from)?
            .into_iter()
            .filter_map(|call| {
                let (receipt, receipt_signature) = call.receipt?;
                // The chain takes no charge for an answer without a token that somebody is said to have cancelled.
                let empty = receipt.finish == Finish::Cancelled && receipt.output_tokens == 0;
                (receipt.charge > 0 && !empty).then_some(Uncovered {
                    request: call.request,
                    request_signature: call.request_signature,
                    receipt,
                    receipt_signature,
                })
            })
            .collect();
        found.sort_by(|a, b| b.receipt.charge.cmp(&a.receipt.charge).then(a.receipt.seq.cmp(&b.receipt.seq)));
        found.truncate(most);
        found.sort_by_key(|call| call.receipt.seq);
        Ok(found)
    }

    fn answered_from(&self, channel: &ChannelId, from: u32) -> Result<Vec<StoredCall>, LedgerError> {
        let inner = self.inner.lock();
        let mut query = inner.db.prepare_cached(
            "SELECT seq FROM calls WHERE channel = ?1 AND seq >= ?2 AND receipt IS NOT NULL ORDER BY seq",
        )?;
        let seqs: Vec<u32> =
            query.query_map(params![channel, from], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut calls = Vec::new();
        for seq in seqs {
            calls.extend(inner.call(channel, seq)?);
        }
        Ok(calls)
    }

    /// Remembers what a `settle_last` is about to be sent with.
    pub fn remember_last(&self, channel: &ChannelId, seqs: &[u32]) -> Result<(), LedgerError> {
        self.inner
            .lock()
            .db
            .prepare_cached("INSERT OR IGNORE INTO last_settlements (channel, seqs) VALUES (?1, ?2)")?
            .execute(params![channel, seqs.encode()])?;
        Ok(())
    }

    fn lasts(&self, channel: &ChannelId) -> Result<Vec<Vec<u32>>, LedgerError> {
        let inner = self.inner.lock();
        let mut query = inner.db.prepare_cached("SELECT seqs FROM last_settlements WHERE channel = ?1")?;
        let rows: Vec<Vec<u8>> =
            query.query_map(params![channel], |row| row.get(0))?.collect::<Result<_, _>>()?;
        rows.into_iter().map(|bytes| decode(bytes, "last settlement")).collect()
    }

    /// Sequence numbers and leaves of the tree that has this shape: the first `count` calls, or those of a `settle_last`.
    fn tree(&self, channel: &ChannelId, shape: &Shape) -> Result<Option<Tree>, LedgerError> {
        let fits = |(seqs, leaves): &Tree| {
            leaves.len() == seqs.len()
                && leaves.len() == shape.count as usize
                && sumtree::shape(leaves) == Some(*shape)
        };
        for seqs in self.lasts(channel)?.into_iter().filter(|seqs| seqs.len() == shape.count as usize) {
            let mut leaves = Vec::new();
            for seq in &seqs {
                leaves.extend(self.leaves(channel, *seq..seq.saturating_add(1))?);
            }
            let tree = (seqs, leaves);
            if fits(&tree) {
                return Ok(Some(tree));
            }
        }
        let leaves = self.leaves(channel, 0..shape.count)?;
        let tree = ((0..shape.count).take(leaves.len()).collect(), leaves);
        Ok(Some(tree).filter(fits))
    }

    /// Leaves of the answered calls in a range. Read beside the ledger's own connection: a tree may have as many leaves
    /// as the channel has calls, and no call should wait for them.
    fn leaves(&self, channel: &ChannelId, seqs: Range<u32>) -> Result<Vec<Leaf>, LedgerError> {
        let reader = self.reader.lock();
        let mut query = reader.prepare_cached(
            "SELECT request, receipt FROM calls
             WHERE channel = ?1 AND seq >= ?2 AND seq < ?3 AND receipt IS NOT NULL ORDER BY seq",
        )?;
        let mut rows = query.query(params![channel, seqs.start, seqs.end])?;
        let mut leaves = Vec::new();
        while let Some(row) = rows.next()? {
            let request: Request = decode(row.get(0)?, "request")?;
            let receipt: Receipt = decode(row.get(1)?, "receipt")?;
            leaves.push(receipt_leaf(&request, &receipt));
        }
        Ok(leaves)
    }

    /// The evidence for the call that covers `point` in the tree of this shape. `None` when this ledger has no such
    /// tree, no such point, or has pruned the call's content.
    pub fn transcript(
        &self,
        channel: &ChannelId,
        shape: &Shape,
        point: Balance,
    ) -> Result<Option<Transcript>, LedgerError> {
        let Some((seqs, leaves)) = self.tree(channel, shape)? else { return Ok(None) };
        let Some((index, _)) = sumtree::leaf_at(&leaves, point) else { return Ok(None) };
        let Some(proof) = sumtree::prove(&leaves, index) else { return Ok(None) };
        let Some(seq) = seqs.get(index as usize) else { return Ok(None) };
        let Some(call) = self.call(channel, *seq)? else { return Ok(None) };
        let (Some((receipt, receipt_signature)), Some(body), Some(answer)) =
            (call.receipt, call.body, call.answer)
        else {
            return Ok(None);
        };
        Ok(Some(Transcript {
            request: call.request,
            request_signature: call.request_signature,
            receipt,
            receipt_signature,
            index,
            proof,
            body,
            answer,
        }))
    }

    /// Whether the content of the first `calls` calls is gone.
    pub fn is_pruned(&self, channel: &ChannelId, calls: u32) -> bool {
        self.inner.lock().books.get(channel).is_some_and(|book| book.settled().pruned >= calls)
    }

    /// Drops prompts and answers of the first `calls` calls if all of them are answered and `settled` covers their
    /// charges. Reads only those that were not summed up before.
    pub fn prune_settled(
        &self,
        channel: &ChannelId,
        calls: u32,
        settled: Balance,
    ) -> Result<bool, LedgerError> {
        let mut known = match self.inner.lock().books.get(channel) {
            Some(book) => book.settled(),
            None => return Ok(false),
        };
        if known.summed < calls {
            let leaves = self.leaves(channel, known.summed..calls)?;
            if leaves.len() != calls.saturating_sub(known.summed) as usize {
                return Ok(false);
            }
            known.value = leaves.iter().fold(known.value, |sum, leaf| sum.saturating_add(leaf.amount));
            known.summed = calls;
        }
        // Fewer calls than were summed up before: the node is behind.
        let fits = known.summed == calls && known.value <= settled;
        if fits {
            self.forget(channel, known.pruned..calls)?;
            known.pruned = known.pruned.max(calls);
        }
        if let Some(book) = self.inner.lock().books.get_mut(channel) {
            *book.settled_mut() = known;
        }
        Ok(fits)
    }

    /// Drops prompts and answers of calls whose audits are over. Receipts stay.
    fn forget(&self, channel: &ChannelId, seqs: Range<u32>) -> Result<usize, LedgerError> {
        Ok(self
            .inner
            .lock()
            .db
            .prepare_cached(
                "UPDATE calls SET body = NULL, answer = NULL
                 WHERE channel = ?1 AND seq >= ?2 AND seq < ?3 AND receipt IS NOT NULL AND body IS NOT NULL",
            )?
            .execute(params![channel, seqs.start, seqs.end])?)
    }

    /// Drops the calls of channels that are closed for good and whose calls are all older than `age`. Gives how many.
    pub fn drop_closed(&self, age: Duration) -> Result<usize, LedgerError> {
        let before = unix_now().saturating_sub(age.as_secs()) as i64;
        let mut inner = self.inner.lock();
        let tx = inner.db.transaction()?;
        let old = "SELECT id FROM channels WHERE closed = 1
                   AND NOT EXISTS (SELECT 1 FROM calls WHERE channel = id AND bound_at >= ?1)";
        let calls = tx.execute(&format!("DELETE FROM calls WHERE channel IN ({old})"), params![before])?;
        tx.execute(&format!("DELETE FROM last_settlements WHERE channel IN ({old})"), params![before])?;
        tx.execute(&format!("DELETE FROM channels WHERE id IN ({old})"), params![before])?;
        tx.commit()?;
        Ok(calls)
    }

    /// A channel is closed for good and nothing of it can be audited: its content goes, its receipts stay.
    pub fn close(&self, channel: &ChannelId) -> Result<(), LedgerError> {
        self.forget(channel, 0..u32::MAX)?;
        let mut inner = self.inner.lock();
        inner
            .db
            .prepare_cached(
                "INSERT INTO channels (id, closed) VALUES (?1, 1) ON CONFLICT (id) DO UPDATE SET closed = 1",
            )?
            .execute(params![channel])?;
        inner.books.remove(channel);
        Ok(())
    }
}
