//! What settlement, audits and pruning need from the ledger.

use super::{decode, Book, Ledger, LedgerError, StoredCall};
use codec::Encode;
use rusqlite::params;
use souk_primitives::{
    call::{receipt_leaf, Receipt, Request, Voucher},
    sumtree::{self, Leaf, Shape},
    transcript::Transcript,
    Balance, ChannelId,
};

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

    /// When the oldest answered call at or after `seq` was answered, in seconds since 1970.
    pub fn oldest_answer_from(&self, channel: &ChannelId, seq: u32) -> Result<Option<u64>, LedgerError> {
        let inner = self.inner.lock();
        let mut query = inner.db.prepare_cached(
            "SELECT min(answered_at) FROM calls WHERE channel = ?1 AND seq >= ?2 AND receipt IS NOT NULL",
        )?;
        let at: Option<i64> = query.query_row(params![channel, seq], |row| row.get(0))?;
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
                (receipt.charge > 0).then_some(Uncovered {
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
        let mut candidates = vec![(0..shape.count).collect::<Vec<u32>>()];
        candidates.extend(self.lasts(channel)?);
        for seqs in candidates {
            if seqs.len() != shape.count as usize {
                continue;
            }
            let leaves = self.leaves(channel, &seqs)?;
            if leaves.len() == seqs.len() && sumtree::shape(&leaves) == Some(*shape) {
                return Ok(Some((seqs, leaves)));
            }
        }
        Ok(None)
    }

    fn leaves(&self, channel: &ChannelId, seqs: &[u32]) -> Result<Vec<Leaf>, LedgerError> {
        let inner = self.inner.lock();
        let mut query = inner.db.prepare_cached(
            "SELECT request, receipt FROM calls WHERE channel = ?1 AND seq = ?2 AND receipt IS NOT NULL",
        )?;
        let mut leaves = Vec::with_capacity(seqs.len());
        for seq in seqs {
            let mut rows = query.query(params![channel, seq])?;
            let Some(row) = rows.next()? else { break };
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

    /// Sum of the charges of the first `calls` calls; `None` when not all of them are answered.
    pub fn value_of_first(&self, channel: &ChannelId, calls: u32) -> Result<Option<Balance>, LedgerError> {
        let seqs: Vec<u32> = (0..calls).collect();
        let leaves = self.leaves(channel, &seqs)?;
        Ok((leaves.len() == seqs.len()).then(|| leaves.iter().map(|leaf| leaf.amount).sum()))
    }

    /// Drops prompts and answers of the first `below` calls, whose audits are over. Receipts stay.
    pub fn prune(&self, channel: &ChannelId, below: u32) -> Result<usize, LedgerError> {
        Ok(self
            .inner
            .lock()
            .db
            .prepare_cached(
                "UPDATE calls SET body = NULL, answer = NULL
                 WHERE channel = ?1 AND seq < ?2 AND receipt IS NOT NULL AND body IS NOT NULL",
            )?
            .execute(params![channel, below])?)
    }

    /// A channel is closed for good and nothing of it can be audited: its content goes, its receipts stay.
    pub fn close(&self, channel: &ChannelId) -> Result<(), LedgerError> {
        self.prune(channel, u32::MAX)?;
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
