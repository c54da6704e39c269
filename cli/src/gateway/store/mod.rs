//! The gateway's memory, in SQLite, crash-safe.
//!
//! Order makes it safe: a request is bound to its sequence number, together with the voucher beside it, **before** it is
//! sent; a receipt is stored **before** a voucher covers it. Killed at any instant, the gateway comes back with at most
//! calls whose receipt is missing, and asks for it.
//!
//! A write is on disk when it returns (`synchronous = FULL`), but for the two that every call waits for: they survive the
//! process at once and a power cut a moment later, when the journal is forced beside the exchange. What a power cut may
//! take is a receipt, which its provider gives again, or a binding made in the last milliseconds: then the provider has a
//! request for that number which the gateway doesn't know, refuses another one, and the channel is closed.

mod calls;
mod evidence;
mod schema;

pub use evidence::Double;

use super::wire::SignedReceipt;
use codec::{Decode, Encode};
use parking_lot::Mutex;
use rusqlite::{params, Connection};
use souk_primitives::{
    call::{CallBody, Request, Voucher},
    views::ChannelView,
    AccountId, BlockNumber, ChannelId, Digest, SpecId,
};
use souk_sidecar::blocking;
use std::{fs::File, path::Path, sync::Arc, time::Duration};
use tokio::task::JoinHandle;

/// A failure of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite.
    #[error("the gateway's store: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// The disk.
    #[error("the gateway's store: {0}")]
    Io(#[from] std::io::Error),
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
    /// A live block at which the chain knew it: a node that is behind it says nothing about the channel.
    pub seen: BlockNumber,
    /// When it was noted as closed, in seconds since 1970.
    pub closed_at: Option<u64>,
}

impl StoredChannel {
    /// One that takes calls from now on.
    pub fn new(view: &ChannelView, genesis: Digest, endpoint: String, seen: BlockNumber) -> Self {
        Self {
            id: view.id,
            genesis,
            provider: view.provider.clone(),
            spec: view.spec,
            endpoint,
            state: ChannelUse::Usable,
            reason: None,
            voucher: None,
            handed: 0,
            seen,
            closed_at: None,
        }
    }
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
    /// The journal that commits are appended to. SQLite takes no locks on it, so a handle of our own disturbs none.
    journal: File,
}

impl Store {
    /// Opens or creates the store.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let db = Connection::open(path)?;
        schema::prepare(&db)?;
        let mut journal = path.as_os_str().to_owned();
        journal.push("-wal");
        Ok(Self { db: Mutex::new(db), journal: File::open(journal)? })
    }

    /// Runs a short closure that a call waits for.
    pub async fn at_once<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Store) -> R + Send + 'static,
    ) -> R {
        let store = self.clone();
        blocking::at_once(move || work(&store)).await
    }

    /// Starts to force everything that was written to the disk.
    pub fn force(self: &Arc<Self>) -> JoinHandle<Result<(), StoreError>> {
        let store = self.clone();
        tokio::task::spawn_blocking(move || Ok(store.journal.sync_data()?))
    }

    /// A write that survives the process; [`Store::force`] makes it survive the machine.
    fn unforced<R>(
        &self,
        write: impl FnOnce(&mut Connection) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let mut db = self.db.lock();
        db.pragma_update(None, "synchronous", "NORMAL")?;
        let outcome = write(&mut db);
        db.pragma_update(None, "synchronous", "FULL")?;
        outcome
    }

    /// Runs a closure away from the async threads: a commit waits for the disk.
    pub async fn with<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Store) -> R + Send + 'static,
    ) -> R {
        let store = self.clone();
        blocking::aside(move || work(&store)).await
    }

    /// Remembers a channel.
    pub fn add_channel(&self, channel: &StoredChannel) -> Result<(), StoreError> {
        self.db.lock().execute(
            "INSERT INTO channels (id, genesis, provider, spec, endpoint, seen) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO NOTHING",
            params![
                channel.id,
                channel.genesis,
                AsRef::<[u8]>::as_ref(&channel.provider),
                channel.spec,
                channel.endpoint,
                channel.seen
            ],
        )?;
        Ok(())
    }

    /// All channels of a chain.
    pub fn channels(&self, genesis: &Digest) -> Result<Vec<StoredChannel>, StoreError> {
        let db = self.db.lock();
        let mut query = db.prepare_cached(
            "SELECT id, genesis, provider, spec, endpoint, state, reason, voucher, voucher_sig, handed,
                    seen, closed_at
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
                seen: row.get(10)?,
                closed_at: row.get::<_, Option<i64>>(11)?.map(|at| at.max(0) as u64),
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
            "UPDATE channels SET state = ?2, reason = COALESCE(reason, ?3),
                 closed_at = CASE WHEN ?2 = 2 THEN ?4 ELSE closed_at END
             WHERE id = ?1 AND state < ?2",
            params![id, number, reason, unix_now() as i64],
        )?;
        Ok(())
    }

    /// Forgets a closed channel, its calls and receipts. One with a report under way stays.
    pub fn forget(&self, id: &ChannelId) -> Result<bool, StoreError> {
        let mut db = self.db.lock();
        let tx = db.transaction()?;
        let gone = tx.execute(
            "DELETE FROM channels WHERE id = ?1 AND state = 2
             AND NOT EXISTS (SELECT 1 FROM doubles WHERE channel = ?1 AND state = 0)",
            params![id],
        )?;
        if gone == 1 {
            for table in ["calls", "refused", "evidence", "doubles"] {
                tx.execute(&format!("DELETE FROM {table} WHERE channel = ?1"), params![id])?;
            }
        }
        tx.commit()?;
        Ok(gone == 1)
    }

    /// Forgets requests that providers refused longer ago than this: nothing came of them.
    pub fn forget_refused(&self, age: Duration) -> Result<usize, StoreError> {
        let before = unix_now().saturating_sub(age.as_secs()) as i64;
        Ok(self.db.lock().execute("DELETE FROM refused WHERE created < ?1", params![before])?)
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
}

fn keep_voucher(db: &Connection, voucher: &Voucher, signature: &[u8; 64]) -> Result<(), StoreError> {
    // Calls that are bound side by side may come here in another order than their vouchers were made in.
    db.prepare_cached(
        "UPDATE channels SET voucher = ?2, voucher_sig = ?3, voucher_calls = ?4
         WHERE id = ?1 AND voucher_calls <= ?4",
    )?
    .execute(params![voucher.channel, voucher.encode(), signature, voucher.calls])?;
    Ok(())
}

fn decode<T: Decode>(bytes: Vec<u8>, what: &'static str) -> Result<T, StoreError> {
    T::decode(&mut bytes.as_slice()).map_err(|_| StoreError::Corrupt(what))
}

/// Seconds since 1970.
pub fn unix_now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |d| d.as_secs())
}
