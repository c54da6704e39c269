//! Receipts that are not paid, and pairs of receipts that a provider is slashed for.

use super::{decode, unix_now, Store, StoreError};
use crate::gateway::wire::SignedReceipt;
use codec::Encode;
use rusqlite::params;
use souk_primitives::ChannelId;

/// Two receipts of one call that contradict each other, both signed by the provider.
#[derive(Clone, Debug)]
pub struct Double {
    /// The channel.
    pub channel: ChannelId,
    /// The call.
    pub seq: u32,
    /// One receipt.
    pub first: SignedReceipt,
    /// The other.
    pub second: SignedReceipt,
}

impl Store {
    /// The receipt of a call is not what was agreed: it is never paid. Keeps it as evidence.
    pub fn refuse(
        &self,
        receipt: Option<&SignedReceipt>,
        channel: &ChannelId,
        seq: u32,
        why: &str,
    ) -> Result<(), StoreError> {
        let mut db = self.db.lock();
        let tx = db.transaction()?;
        tx.execute(
            "UPDATE calls SET state = 3, note = ?3 WHERE channel = ?1 AND seq = ?2 AND state IN (0, 2)",
            params![channel, seq, why],
        )?;
        if let Some((receipt, signature)) = receipt {
            tx.execute(
                "INSERT INTO evidence (channel, seq, receipt, receipt_sig, why) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT DO NOTHING",
                params![channel, seq, receipt.encode(), signature, why],
            )?;
        }
        tx.commit()?;
        Ok(())
    }

    /// All receipts that came for a call, paid or not.
    pub fn receipts(&self, channel: &ChannelId, seq: u32) -> Result<Vec<SignedReceipt>, StoreError> {
        let db = self.db.lock();
        let mut query = db.prepare_cached(
            "SELECT receipt, receipt_sig FROM calls WHERE channel = ?1 AND seq = ?2 AND receipt IS NOT NULL
             UNION ALL SELECT receipt, receipt_sig FROM evidence WHERE channel = ?1 AND seq = ?2",
        )?;
        let mut rows = query.query(params![channel, seq])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push((decode(row.get(0)?, "receipt")?, row.get(1)?));
        }
        Ok(all)
    }

    /// Keeps a pair to be reported, and takes the channel out of use. One pair a call is enough.
    pub fn add_double(&self, double: &Double, why: &str) -> Result<(), StoreError> {
        let ((first, first_sig), (second, second_sig)) = (&double.first, &double.second);
        let mut db = self.db.lock();
        let tx = db.transaction()?;
        tx.execute(
            "INSERT INTO doubles (channel, seq, first, first_sig, second, second_sig, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
            params![
                double.channel,
                double.seq,
                first.encode(),
                first_sig,
                second.encode(),
                second_sig,
                unix_now() as i64
            ],
        )?;
        tx.execute(
            "UPDATE channels SET state = 1, reason = COALESCE(reason, ?2) WHERE id = ?1 AND state = 0",
            params![double.channel, why],
        )?;
        tx.commit()?;
        Ok(())
    }

    /// Pairs that are to be reported.
    pub fn unreported(&self) -> Result<Vec<Double>, StoreError> {
        let db = self.db.lock();
        let mut query = db.prepare_cached(
            "SELECT channel, seq, first, first_sig, second, second_sig FROM doubles WHERE state = 0",
        )?;
        let mut rows = query.query([])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(Double {
                channel: row.get(0)?,
                seq: row.get(1)?,
                first: (decode(row.get(2)?, "receipt")?, row.get(3)?),
                second: (decode(row.get(4)?, "receipt")?, row.get(5)?),
            });
        }
        Ok(all)
    }

    /// A pair was reported, or the chain refused the report for good, and why.
    pub fn reported(&self, channel: &ChannelId, seq: u32, refused: Option<&str>) -> Result<(), StoreError> {
        self.db.lock().execute(
            "UPDATE doubles SET state = ?3, note = ?4 WHERE channel = ?1 AND seq = ?2",
            params![channel, seq, if refused.is_some() { 2 } else { 1 }, refused],
        )?;
        Ok(())
    }
}
