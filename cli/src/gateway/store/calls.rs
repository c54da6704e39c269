//! Calls: bound before they are sent, answered before they are paid.

use super::{decode, keep_voucher, unix_now, CallState, NewCall, Store, StoreError, StoredCall};
use codec::Encode;
use rusqlite::{params, OptionalExtension, Row};
use souk_primitives::{call::Receipt, ChannelId};

const CALL: &str =
    "SELECT job, request, request_sig, body, state, receipt, receipt_sig, delivered, note, created FROM calls";

impl Store {
    /// Binds a request to its sequence number, and keeps the voucher that goes with it. To be forced to the disk beside
    /// the exchange.
    pub fn bind(&self, call: &NewCall) -> Result<(), StoreError> {
        self.unforced(|db| {
            let tx = db.transaction()?;
            let seq = call.request.seq;
            let fresh = tx
                .prepare_cached(
                    "INSERT INTO calls (channel, seq, job, request, request_sig, body, created)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (channel, seq) DO NOTHING",
                )?
                .execute(params![
                    call.request.channel,
                    seq,
                    call.job,
                    call.request.encode(),
                    call.request_signature,
                    call.body.encode(),
                    unix_now() as i64
                ])?;
            if fresh != 1 {
                return Err(StoreError::Bound(seq));
            }
            if let Some((voucher, signature)) = &call.voucher {
                keep_voucher(&tx, voucher, signature)?;
            }
            Ok(tx.commit()?)
        })
    }

    /// Keeps a checked receipt: from now on vouchers cover it. One user's call is paid once: a second receipt with a
    /// charge for the same job is refused, whatever the reason it was sent twice. Not forced to the disk: a receipt that
    /// a power cut took is asked for again.
    pub fn answer(&self, receipt: &Receipt, signature: &[u8; 64]) -> Result<(), StoreError> {
        self.unforced(|db| {
            let tx = db.transaction()?;
            let waiting: Option<(String, u8)> = tx
                .prepare_cached("SELECT job, state FROM calls WHERE channel = ?1 AND seq = ?2")?
                .query_row(params![receipt.channel, receipt.seq], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((job, state @ (0 | 2))) = waiting else {
                return Err(StoreError::NotWaiting(receipt.seq));
            };
            if receipt.charge > 0 {
                let paid: bool = tx
                    .prepare_cached(
                        "SELECT EXISTS (SELECT 1 FROM calls WHERE job = ?1 AND state = 1 AND charged = 1)",
                    )?
                    .query_row(params![job], |row| row.get(0))?;
                if paid || state == 2 {
                    return Err(StoreError::PaidTwice);
                }
            }
            tx.prepare_cached(
                "UPDATE calls SET state = 1, receipt = ?3, receipt_sig = ?4, charged = ?5, body = NULL, delivered = NULL
                 WHERE channel = ?1 AND seq = ?2",
            )?
            .execute(params![receipt.channel, receipt.seq, receipt.encode(), signature, receipt.charge > 0])?;
            Ok(tx.commit()?)
        })
    }

    /// The provider said that it never took the request: its sequence number is free again.
    pub fn release(&self, channel: &ChannelId, seq: u32, why: &str) -> Result<(), StoreError> {
        let mut db = self.db.lock();
        let tx = db.transaction()?;
        tx.execute(
            "INSERT INTO refused (channel, seq, request, why, created)
             SELECT channel, seq, request, ?3, ?4 FROM calls WHERE channel = ?1 AND seq = ?2 AND state IN (0, 2)",
            params![channel, seq, why, unix_now() as i64],
        )?;
        tx.execute(
            "DELETE FROM calls WHERE channel = ?1 AND seq = ?2 AND state IN (0, 2)",
            params![channel, seq],
        )?;
        tx.commit()?;
        Ok(())
    }

    /// The user gets the answer elsewhere: a receipt with a charge comes too late.
    pub fn give_up(&self, channel: &ChannelId, seq: u32, why: &str) -> Result<(), StoreError> {
        self.db.lock().execute(
            "UPDATE calls SET state = 2, note = ?3 WHERE channel = ?1 AND seq = ?2 AND state = 0",
            params![channel, seq, why],
        )?;
        Ok(())
    }

    /// Keeps what the user was given of a call that was interrupted.
    pub fn delivered(&self, channel: &ChannelId, seq: u32, ids: &[u32]) -> Result<(), StoreError> {
        self.db.lock().execute(
            "UPDATE calls SET delivered = ?3 WHERE channel = ?1 AND seq = ?2 AND state = 0",
            params![channel, seq, ids.encode()],
        )?;
        Ok(())
    }

    /// A call.
    pub fn call(&self, channel: &ChannelId, seq: u32) -> Result<Option<StoredCall>, StoreError> {
        self.calls_where("channel = ?1 AND seq = ?2", params![channel, seq]).map(|mut calls| calls.pop())
    }

    /// The calls of a channel, in order of their numbers.
    pub fn calls(&self, channel: &ChannelId) -> Result<Vec<StoredCall>, StoreError> {
        self.calls_where("channel = ?1 ORDER BY seq", params![channel])
    }

    /// The calls that served a user's call.
    pub fn job(&self, job: &str) -> Result<Vec<StoredCall>, StoreError> {
        self.calls_where("job = ?1 ORDER BY created, seq", params![job])
    }

    /// The newest calls.
    pub fn latest(&self, limit: u32) -> Result<Vec<StoredCall>, StoreError> {
        self.calls_where("1 ORDER BY created DESC, seq DESC LIMIT ?1", params![limit])
    }

    /// Calls without a receipt.
    pub fn unresolved(&self) -> Result<Vec<StoredCall>, StoreError> {
        self.calls_where("state IN (0, 2) ORDER BY channel, seq", params![])
    }

    fn calls_where(
        &self,
        condition: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<StoredCall>, StoreError> {
        let db = self.db.lock();
        let mut query = db.prepare_cached(&format!("{CALL} WHERE {condition}"))?;
        let mut rows = query.query(values)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            all.push(read_call(row)?);
        }
        Ok(all)
    }
}

fn read_call(row: &Row<'_>) -> Result<StoredCall, StoreError> {
    let receipt = match row.get::<_, Option<Vec<u8>>>(5)? {
        Some(bytes) => Some((decode(bytes, "receipt")?, row.get(6)?)),
        None => None,
    };
    Ok(StoredCall {
        job: row.get(0)?,
        request: decode(row.get(1)?, "request")?,
        request_signature: row.get(2)?,
        body: row.get::<_, Option<Vec<u8>>>(3)?.map(|bytes| decode(bytes, "body")).transpose()?,
        state: match row.get::<_, u8>(4)? {
            0 => CallState::Sent,
            1 => CallState::Answered,
            2 => CallState::GivenUp,
            _ => CallState::Refused,
        },
        receipt,
        delivered: row.get::<_, Option<Vec<u8>>>(7)?.map(|bytes| decode(bytes, "answer")).transpose()?,
        note: row.get(8)?,
        created: row.get::<_, i64>(9)? as u64,
    })
}
