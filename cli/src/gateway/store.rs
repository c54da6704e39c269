//! The gateway's memory, in SQLite, crash-safe.
//!
//! Each write is on disk when it returns (`synchronous = FULL`). Order makes it safe: a request is bound to its
//! sequence number, together with the voucher beside it, **before** it is sent; a receipt is stored **before** a voucher
//! covers it. Killed at any instant, the gateway comes back with at most calls whose receipt is missing, and asks for it.

use super::{schema, wire::SignedReceipt};
use codec::{Decode, Encode};
use parking_lot::Mutex;
use rusqlite::{params, Connection, OptionalExtension, Row};
use souk_primitives::{
    call::{CallBody, Receipt, Request, Voucher},
    AccountId, ChannelId, Digest, SpecId,
};
use std::{path::Path, sync::Arc};

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite.
    #[error("the gateway's store: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Another process uses it.
    #[error("another gateway uses this store")]
    InUse,
    /// A row that this version can't read.
    #[error("the gateway's store holds an unreadable {0}")]
    Corrupt(&'static str),
    /// Written by a newer version.
    #[error("the gateway's store has version {0}, this program knows {1}")]
    Version(i64, i64),
    /// The sequence number has a request already.
    #[error("call {0} of the channel is bound to another request")]
    Bound(u32),
    /// The call was never bound, or has its receipt.
    #[error("call {0} of the channel waits for no receipt")]
    NotWaiting(u32),
    /// The user's call was paid already.
    #[error("the call was answered and paid elsewhere")]
    PaidTwice,
}

/// State of a call to a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CallState {
    /// Bound, perhaps sent, no receipt yet.
    Sent,
    /// Its receipt was checked and is paid with the next voucher.
    Answered,
    /// The user got the answer elsewhere; only a receipt of zero charge is accepted.
    GivenUp,
    /// Its receipt was not what was agreed.
    Refused,
}

/// State of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelUse {
    /// Takes calls.
    Usable,
    /// Takes no more calls and is closed.
    Retired,
    /// Closed.
    Closed,
}

/// A channel as stored.
#[derive(Clone, Debug)]
pub struct StoredChannel {
    /// Its id.
    pub id: ChannelId,
    /// Its chain.
    pub genesis: Digest,
    /// Who serves.
    pub provider: AccountId,
    /// What is run.
    pub spec: SpecId,
    /// Where the provider answered when it was opened.
    pub endpoint: String,
    /// Its state.
    pub state: ChannelUse,
    /// Why it is not usable.
    pub reason: Option<String>,
    /// The last voucher that was signed.
    pub voucher: Option<(Voucher, [u8; 64])>,
    /// Calls covered by the last voucher that the provider took.
    pub handed: u32,
}

/// A call as stored.
#[derive(Clone, Debug)]
pub struct StoredCall {
    /// The user's call.
    pub job: String,
    /// The order.
    pub request: Request,
    /// Its signature.
    pub request_signature: [u8; 64],
    /// Its content, until pruned.
    pub body: Option<CallBody>,
    /// Its state.
    pub state: CallState,
    /// Its receipt.
    pub receipt: Option<SignedReceipt>,
    /// Ids that the user was given before it was interrupted.
    pub delivered: Option<Vec<u32>>,
    /// Why it is as it is.
    pub note: Option<String>,
    /// When, in seconds since 1970.
    pub created: u64,
}

/// A call to bind.
#[derive(Clone, Debug)]
pub struct NewCall {
    /// The user's call.
    pub job: String,
    /// The order.
    pub request: Request,
    /// Its signature.
    pub request_signature: [u8; 64],
    /// Its content.
    pub body: CallBody,
    /// The voucher that is sent beside it.
    pub voucher: Option<(Voucher, [u8; 64])>,
}

/// The store. Operations are short and serialised; from async code use [`Store::with`].
pub struct Store {
    db: Mutex<Connection>,
}

const CALL: &str =
    "SELECT job, request, request_sig, body, state, receipt, receipt_sig, delivered, note, created FROM calls";

impl Store {
    /// Opens or creates the store.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let db = Connection::open(path)?;
        schema::prepare(&db)?;
        Ok(Self { db: Mutex::new(db) })
    }

    /// Runs a closure away from the async threads: a commit waits for the disk.
    pub async fn with<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Store) -> R + Send + 'static,
    ) -> R {
        let store = self.clone();
        match tokio::task::spawn_blocking(move || work(&store)).await {
            Ok(result) => result,
            Err(failure) => std::panic::resume_unwind(failure.into_panic()),
        }
    }

    /// Remembers a channel.
    pub fn add_channel(&self, channel: &StoredChannel) -> Result<(), StoreError> {
        self.db.lock().execute(
            "INSERT INTO channels (id, genesis, provider, spec, endpoint) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (id) DO NOTHING",
            params![
                channel.id,
                channel.genesis,
                AsRef::<[u8]>::as_ref(&channel.provider),
                channel.spec,
                channel.endpoint
            ],
        )?;
        Ok(())
    }

    /// All channels of a chain.
    pub fn channels(&self, genesis: &Digest) -> Result<Vec<StoredChannel>, StoreError> {
        let db = self.db.lock();
        let mut query = db.prepare_cached(
            "SELECT id, genesis, provider, spec, endpoint, state, reason, voucher, voucher_sig, handed
             FROM channels WHERE genesis = ?1",
        )?;
        let mut rows = query.query(params![genesis])?;
        let mut all = Vec::new();
        while let Some(row) = rows.next()? {
            let provider: [u8; 32] = row.get(2)?;
            all.push(StoredChannel {
                id: row.get(0)?,
                genesis: row.get(1)?,
                provider: AccountId::new(provider),
                spec: row.get(3)?,
                endpoint: row.get(4)?,
                state: match row.get::<_, u8>(5)? {
                    0 => ChannelUse::Usable,
                    1 => ChannelUse::Retired,
                    _ => ChannelUse::Closed,
                },
                reason: row.get(6)?,
                voucher: match row.get::<_, Option<Vec<u8>>>(7)? {
                    Some(bytes) => Some((decode(bytes, "voucher")?, row.get(8)?)),
                    None => None,
                },
                handed: row.get(9)?,
            });
        }
        Ok(all)
    }

    /// A channel takes no more calls, or is closed. It never becomes usable again.
    pub fn set_use(&self, id: &ChannelId, state: ChannelUse, reason: &str) -> Result<(), StoreError> {
        let number: u8 = match state {
            ChannelUse::Usable => 0,
            ChannelUse::Retired => 1,
            ChannelUse::Closed => 2,
        };
        self.db.lock().execute(
            "UPDATE channels SET state = ?2, reason = COALESCE(reason, ?3) WHERE id = ?1 AND state < ?2",
            params![id, number, reason],
        )?;
        Ok(())
    }

    /// Binds a request to its sequence number, and keeps the voucher that goes with it.
    pub fn bind(&self, call: &NewCall) -> Result<(), StoreError> {
        let mut db = self.db.lock();
        let tx = db.transaction()?;
        let seq = call.request.seq;
        let fresh = tx.execute(
            "INSERT INTO calls (channel, seq, job, request, request_sig, body, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (channel, seq) DO NOTHING",
            params![
                call.request.channel,
                seq,
                call.job,
                call.request.encode(),
                call.request_signature,
                call.body.encode(),
                unix_now() as i64
            ],
        )?;
        if fresh != 1 {
            return Err(StoreError::Bound(seq));
        }
        if let Some((voucher, signature)) = &call.voucher {
            keep_voucher(&tx, voucher, signature)?;
        }
        tx.commit()?;
        Ok(())
    }

    /// Keeps a voucher before it is sent on its own.
    pub fn keep_voucher(&self, voucher: &Voucher, signature: &[u8; 64]) -> Result<(), StoreError> {
        keep_voucher(&self.db.lock(), voucher, signature)
    }

    /// The provider took a voucher.
    pub fn handed(&self, channel: &ChannelId, calls: u32) -> Result<(), StoreError> {
        self.db
            .lock()
            .execute("UPDATE channels SET handed = MAX(handed, ?2) WHERE id = ?1", params![channel, calls])?;
        Ok(())
    }

    /// Keeps a checked receipt: from now on vouchers cover it. One user's call is paid once: a second receipt with a
    /// charge for the same job is refused, whatever the reason it was sent twice.
    pub fn answer(&self, receipt: &Receipt, signature: &[u8; 64]) -> Result<(), StoreError> {
        let mut db = self.db.lock();
        let tx = db.transaction()?;
        let waiting: Option<(String, u8)> = tx
            .query_row(
                "SELECT job, state FROM calls WHERE channel = ?1 AND seq = ?2",
                params![receipt.channel, receipt.seq],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        let Some((job, state @ (0 | 2))) = waiting else {
            return Err(StoreError::NotWaiting(receipt.seq));
        };
        if receipt.charge > 0 {
            let paid: bool = tx.query_row(
                "SELECT EXISTS (SELECT 1 FROM calls WHERE job = ?1 AND state = 1 AND charged = 1)",
                params![job],
                |row| row.get(0),
            )?;
            if paid || state == 2 {
                return Err(StoreError::PaidTwice);
            }
        }
        tx.execute(
            "UPDATE calls SET state = 1, receipt = ?3, receipt_sig = ?4, charged = ?5, body = NULL, delivered = NULL
             WHERE channel = ?1 AND seq = ?2",
            params![receipt.channel, receipt.seq, receipt.encode(), signature, receipt.charge > 0],
        )?;
        tx.commit()?;
        Ok(())
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

fn keep_voucher(db: &Connection, voucher: &Voucher, signature: &[u8; 64]) -> Result<(), StoreError> {
    db.execute(
        "UPDATE channels SET voucher = ?2, voucher_sig = ?3 WHERE id = ?1",
        params![voucher.channel, voucher.encode(), signature],
    )?;
    Ok(())
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

fn decode<T: Decode>(bytes: Vec<u8>, what: &'static str) -> Result<T, StoreError> {
    T::decode(&mut bytes.as_slice()).map_err(|_| StoreError::Corrupt(what))
}

/// Seconds since 1970.
pub fn unix_now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
