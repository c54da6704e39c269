//! The provider's memory of its channels, in SQLite, crash-safe.
//!
//! A call is bound to one request before the model works, and to one receipt before a byte of the receipt leaves. Each
//! binding is one transaction, so a process that is killed at any instant comes back with at most unanswered bindings.
//! Those are run again when the consumer retries (same seed, same tokens), or closed with a zero-charge receipt after a
//! while, so that no sequence number is ever missing.
//!
//! A commit is on the disk when it returns (`synchronous = FULL`), but for that of a new call: the model can work while
//! the disk does. It is [flushed](Ledger::flush) before anything of the answer leaves, so after a power cut a call that
//! is not there was never heard of.

mod book;
mod exams;
mod schema;
mod settle;
#[cfg(test)]
mod tests;

pub use book::{Book, BookState, Slot};
pub use exams::Sat;
pub use settle::Uncovered;

use crate::{blocking, database};
use codec::{Decode, Encode};
use parking_lot::Mutex;
use rusqlite::{params, Connection, OptionalExtension};
use souk_primitives::{
    call::{receipt_leaf, CallBody, Receipt, Request, Signed, Voucher},
    sr25519,
    sumtree::{Leaf, Shape},
    transcript::Answer,
    Balance, ChannelId, Digest,
};
use std::{
    collections::HashMap,
    fs::File,
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

/// Why a call is not bound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The sequence number belongs to another request.
    #[error("sequence number {seq} of this channel is bound to another request")]
    SeqTaken {
        /// The number.
        seq: u32,
    },
    /// The same request is being answered.
    #[error("call {seq} of this channel is being answered; ask again when it is done")]
    InProgress {
        /// The number.
        seq: u32,
    },
    /// The number is too far ahead.
    #[error("the channel's next sequence number is {next_seq}")]
    SeqGap {
        /// The next number.
        next_seq: u32,
    },
    /// Four calls are uncovered.
    #[error("four calls are not covered by a voucher yet; sign one for {} calls and {} units", .expected.count, .expected.total)]
    Uncovered {
        /// What the voucher must say.
        expected: Shape,
    },
    /// The deposit is too small.
    #[error("the channel would need a deposit of {needed} units and has {deposit}; top it up")]
    OverDeposit {
        /// Deposit needed.
        needed: Balance,
        /// Deposit there.
        deposit: Balance,
    },
    /// The voucher beside the call is refused.
    #[error(transparent)]
    Voucher(#[from] VoucherRefusal),
}

/// Why a voucher is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoucherRefusal {
    /// Another chain's.
    #[error("the voucher is for another chain")]
    WrongChain,
    /// Another channel's.
    #[error("the voucher is for another channel")]
    WrongChannel,
    /// Not signed by the channel's voucher key.
    #[error("the voucher is not signed by the channel's voucher key")]
    Signature,
    /// More than the deposit.
    #[error("the voucher promises {cumulative} units, the channel's deposit is {deposit}")]
    OverDeposit {
        /// What it promises.
        cumulative: Balance,
        /// What is there.
        deposit: Balance,
    },
    /// It covers calls without an answer.
    #[error("the voucher covers {calls} calls, {answered} are answered without a gap")]
    Unanswered {
        /// Calls covered.
        calls: u32,
        /// Calls answered.
        answered: u32,
    },
    /// An old one.
    #[error("the voucher covers {calls} calls, one for {held} is held already")]
    Stale {
        /// Calls covered.
        calls: u32,
        /// Calls covered by the one held.
        held: u32,
    },
    /// The sum is wrong.
    #[error("the voucher promises {said} units for calls that cost {due}")]
    WrongTotal {
        /// What it says.
        said: Balance,
        /// What is due.
        due: Balance,
    },
    /// The root is not over the receipts that this provider gave.
    #[error("the voucher's receipts_root is not the root over the receipts given")]
    WrongRoot,
}

/// A ledger failure: the disk, or a stored row that can't be read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// SQLite.
    #[error("ledger database: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// Its journal.
    #[error("ledger journal: {0}")]
    Journal(#[from] std::io::Error),
    /// A row that this version can't read.
    #[error("ledger database holds an unreadable {0}")]
    Corrupt(&'static str),
    /// The database was written by a newer version.
    #[error("ledger database has version {0}, this binary knows {1}")]
    Version(i64, i64),
    /// A call was answered twice with different receipts.
    #[error("call {0} is answered already")]
    Answered(u32),
    /// No such call.
    #[error("call {0} was never bound")]
    Unbound(u32),
}

/// A call as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCall {
    /// The order.
    pub request: Request,
    /// Its signature.
    pub request_signature: [u8; 64],
    /// Its content, until pruned.
    pub body: Option<CallBody>,
    /// The receipt with its signature, once answered.
    pub receipt: Option<(Receipt, [u8; 64])>,
    /// The answer, once answered and until pruned.
    pub answer: Option<Answer>,
}

/// A new order, with everything that was checked about it before.
#[derive(Clone, Debug)]
pub struct Order {
    /// The order.
    pub request: Request,
    /// Its signature, checked.
    pub request_signature: [u8; 64],
    /// Its content, whose digest was checked.
    pub body: CallBody,
    /// The channel's deposit.
    pub deposit: Balance,
    /// Key of the channel's vouchers.
    pub voucher_key: Digest,
    /// The voucher that came with the call.
    pub voucher: Option<(Voucher, [u8; 64])>,
}

/// What becomes of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is bound: do the work.
    Run,
    /// It was answered before.
    Answered(Box<StoredCall>),
}

struct Inner {
    db: Connection,
    books: HashMap<ChannelId, Book>,
}

/// The store. All operations are short and serialised; call them off the async threads ([`Ledger::with`]).
pub struct Ledger {
    inner: Mutex<Inner>,
    /// Reads what is long, so that calls don't wait for it.
    reader: Mutex<Connection>,
    /// The journal that commits are appended to. SQLite takes no locks on it, so a handle of our own disturbs none.
    journal: File,
}

/// Seconds since 1970.
pub fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs())
}

impl Ledger {
    /// Opens or creates the database.
    pub fn open(path: &Path) -> Result<Self, LedgerError> {
        let db = database::open(path)?;
        schema::prepare(&db)?;
        let mut journal = path.as_os_str().to_owned();
        journal.push("-wal");
        let journal = File::open(journal)?;
        let reader = schema::reader(path)?;
        let ledger = Self {
            inner: Mutex::new(Inner { db, books: HashMap::new() }),
            reader: Mutex::new(reader),
            journal,
        };
        ledger.inner.lock().load()?;
        Ok(ledger)
    }

    /// Runs a closure on the ledger away from the async threads: a commit waits for the disk.
    pub async fn with<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Ledger) -> R + Send + 'static,
    ) -> R {
        let ledger = self.clone();
        blocking::aside(move || work(&ledger)).await
    }

    /// Runs a short closure that a call waits for.
    pub async fn at_once<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Ledger) -> R + Send + 'static,
    ) -> R {
        let ledger = self.clone();
        blocking::at_once(move || work(&ledger)).await
    }

    /// Waits until everything that was committed is on the disk.
    pub fn flush(&self) -> Result<(), LedgerError> {
        Ok(self.journal.sync_data()?)
    }

    /// Takes the voucher beside the order, then binds the order. A refusal changes nothing but a better voucher, which
    /// is kept. Survives the process; [`Ledger::flush`] makes it survive the machine.
    pub fn admit(&self, order: Order) -> Result<Result<Admission, Refusal>, LedgerError> {
        let mut inner = self.inner.lock();
        inner.db.pragma_update(None, "synchronous", "NORMAL")?;
        let outcome = inner.admit(order);
        inner.db.pragma_update(None, "synchronous", "FULL")?;
        outcome
    }

    /// Binds the one receipt of a call. Answering again with the same receipt changes nothing; with another it fails.
    pub fn finish(&self, receipt: &Receipt, signature: [u8; 64], answer: &Answer) -> Result<(), LedgerError> {
        let mut inner = self.inner.lock();
        let seq = receipt.seq;
        let stored = inner.call(&receipt.channel, seq)?.ok_or(LedgerError::Unbound(seq))?;
        if let Some((before, _)) = &stored.receipt {
            return if before == receipt { Ok(()) } else { Err(LedgerError::Answered(seq)) };
        }
        inner
            .db
            .prepare_cached(
                "UPDATE calls SET receipt = ?3, receipt_sig = ?4, answer = ?5, answered_at = ?6
             WHERE channel = ?1 AND seq = ?2 AND receipt IS NULL",
            )?
            .execute(params![
                receipt.channel,
                seq,
                receipt.encode(),
                signature,
                answer.encode(),
                unix_now() as i64
            ])?;
        let leaf = receipt_leaf(&stored.request, receipt);
        inner.books.entry(receipt.channel).or_default().answer(seq, leaf);
        Ok(())
    }

    /// The task of a running call is gone without an answer: it may be run again.
    pub fn abandon(&self, channel: &ChannelId, seq: u32) {
        if let Some(book) = self.inner.lock().books.get_mut(channel) {
            book.orphan(seq);
        }
    }

    /// Takes a voucher that came on its own.
    pub fn accept_voucher(
        &self,
        voucher: Voucher,
        signature: [u8; 64],
        voucher_key: Digest,
        genesis: Digest,
        deposit: Balance,
    ) -> Result<Result<bool, VoucherRefusal>, LedgerError> {
        let channel = voucher.channel;
        self.inner.lock().take_voucher(&channel, voucher, signature, (voucher_key, genesis, deposit))
    }

    /// A stored call.
    pub fn call(&self, channel: &ChannelId, seq: u32) -> Result<Option<StoredCall>, LedgerError> {
        self.inner.lock().call(channel, seq)
    }

    /// What the provider knows of a channel; of an unknown one, that nothing happened.
    pub fn state(&self, channel: &ChannelId) -> BookState {
        self.inner.lock().books.get(channel).cloned().unwrap_or_default().state()
    }

    /// Whether a call is being answered, or closed, by this process.
    pub fn is_running(&self, channel: &ChannelId, seq: u32) -> bool {
        let inner = self.inner.lock();
        matches!(inner.books.get(channel).and_then(|book| book.slot(seq)), Some(Slot::Running { .. }))
    }

    /// Whether a call has its receipt.
    pub fn is_answered(&self, channel: &ChannelId, seq: u32) -> bool {
        let inner = self.inner.lock();
        match inner.books.get(channel) {
            Some(book) => {
                book.is_bound(seq)
                    && !matches!(book.slot(seq), Some(Slot::Running { .. } | Slot::Orphan { .. }))
            }
            // A closed channel: its receipts are on disk only.
            None => inner.call(channel, seq).ok().flatten().is_some_and(|call| call.receipt.is_some()),
        }
    }

    /// Takes over the calls, of one channel or of all, that were bound at least `age` seconds ago and whose process
    /// died. They run from now on: a consumer that comes back a moment later is told to wait, and nobody answers a call
    /// that somebody else closes. Whoever does not close one [abandons](Self::abandon) it.
    pub fn claim_orphans(&self, age: u64, of: Option<&ChannelId>) -> Result<Vec<StoredCall>, LedgerError> {
        let mut inner = self.inner.lock();
        let before = unix_now().saturating_sub(age) as i64;
        let unanswered: Vec<(ChannelId, u32)> = inner
            .db
            .prepare_cached("SELECT channel, seq FROM calls WHERE receipt IS NULL AND bound_at <= ?1")?
            .query_map(params![before], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        let mut claimed = Vec::new();
        for (channel, seq) in unanswered {
            let slot = inner.books.get(&channel).and_then(|book| book.slot(seq));
            let Some(Slot::Orphan { max_charge }) = slot.filter(|_| of.is_none_or(|of| *of == channel))
            else {
                continue;
            };
            if let Some(call) = inner.call(&channel, seq)? {
                inner.books.entry(channel).or_default().bind(seq, max_charge);
                claimed.push(call);
            }
        }
        Ok(claimed)
    }

    /// Calls that run now, over all channels.
    pub fn running(&self) -> u32 {
        self.inner.lock().books.values().map(|book| book.state().running).sum()
    }
}

type Terms = (Digest, Digest, Balance);

impl Inner {
    fn load(&mut self) -> Result<(), LedgerError> {
        let mut query = self
            .db
            .prepare("SELECT c.channel, c.seq, c.request, c.receipt, c.body IS NULL FROM calls c JOIN channels_open o ON o.id = c.channel ORDER BY c.channel, c.seq")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let channel: [u8; 32] = row.get(0)?;
            let request: Request = decode(row.get(2)?, "request")?;
            let receipt: Option<Receipt> =
                row.get::<_, Option<Vec<u8>>>(3)?.map(|bytes| decode(bytes, "receipt")).transpose()?;
            let leaf: Option<Leaf> = receipt.map(|receipt| receipt_leaf(&request, &receipt));
            let book = self.books.entry(channel).or_default();
            let seq = row.get(1)?;
            let pruned: bool = row.get(4)?;
            if let Some(leaf) = leaf.filter(|_| pruned && book.settled().pruned == seq) {
                book.settled_mut().pruned_one(leaf.amount);
            }
            book.restore(seq, request.max_charge, leaf);
        }
        drop(rows);
        drop(query);
        let mut query = self.db.prepare(
            "SELECT id, voucher, voucher_sig FROM channels WHERE voucher IS NOT NULL AND closed = 0",
        )?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let channel: [u8; 32] = row.get(0)?;
            let voucher: Voucher = decode(row.get(1)?, "voucher")?;
            self.books.entry(channel).or_default().restore_voucher(voucher, row.get(2)?);
        }
        Ok(())
    }

    fn admit(&mut self, order: Order) -> Result<Result<Admission, Refusal>, LedgerError> {
        let channel = order.request.channel;
        let seq = order.request.seq;
        if let Some((voucher, signature)) = order.voucher {
            let terms = (order.voucher_key, order.request.genesis, order.deposit);
            if let Err(refusal) = self.take_voucher(&channel, voucher, signature, terms)? {
                return Ok(Err(refusal.into()));
            }
        }
        if let Some(stored) = self.call(&channel, seq)? {
            if stored.request != order.request {
                return Ok(Err(Refusal::SeqTaken { seq }));
            }
            if stored.receipt.is_some() {
                return Ok(Ok(Admission::Answered(Box::new(stored))));
            }
            let book = self.books.entry(channel).or_default();
            return match book.slot(seq) {
                Some(Slot::Orphan { max_charge }) => {
                    book.bind(seq, max_charge);
                    Ok(Ok(Admission::Run))
                }
                _ => Ok(Err(Refusal::InProgress { seq })),
            };
        }
        let max_charge = order.request.max_charge;
        let book = self.books.entry(channel).or_default();
        if let Err(refusal) = book.may_bind(seq, max_charge, order.deposit) {
            return Ok(Err(refusal));
        }
        self.db.prepare_cached(
            "INSERT INTO calls (channel, seq, request, request_sig, body, bound_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?.execute(params![
            channel,
            seq,
            order.request.encode(),
            order.request_signature,
            order.body.encode(),
            unix_now() as i64
        ])?;
        self.books.entry(channel).or_default().bind(seq, max_charge);
        Ok(Ok(Admission::Run))
    }

    fn take_voucher(
        &mut self,
        channel: &ChannelId,
        voucher: Voucher,
        signature: [u8; 64],
        (key, genesis, deposit): Terms,
    ) -> Result<Result<bool, VoucherRefusal>, LedgerError> {
        if voucher.genesis != genesis {
            return Ok(Err(VoucherRefusal::WrongChain));
        }
        if voucher.channel != *channel {
            return Ok(Err(VoucherRefusal::WrongChannel));
        }
        let held = self.books.get(channel).and_then(|book| book.voucher());
        if held.is_some_and(|(before, _)| *before == voucher) {
            return Ok(Ok(false));
        }
        if !voucher.verify(&sr25519::Signature::from_raw(signature), &sr25519::Public::from_raw(key)) {
            return Ok(Err(VoucherRefusal::Signature));
        }
        let book = self.books.entry(*channel).or_default();
        match book.check_voucher(&voucher, deposit) {
            Err(refusal) => Ok(Err(refusal)),
            Ok(false) => Ok(Ok(false)),
            Ok(true) => {
                self.db
                    .prepare_cached(
                        "INSERT INTO channels (id, voucher, voucher_sig) VALUES (?1, ?2, ?3)
                     ON CONFLICT (id) DO UPDATE SET voucher = ?2, voucher_sig = ?3",
                    )?
                    .execute(params![channel, voucher.encode(), signature])?;
                book.keep_voucher(voucher, signature);
                Ok(Ok(true))
            }
        }
    }

    fn call(&self, channel: &ChannelId, seq: u32) -> Result<Option<StoredCall>, LedgerError> {
        let mut query = self.db.prepare_cached(
            "SELECT request, request_sig, body, receipt, receipt_sig, answer FROM calls WHERE channel = ?1 AND seq = ?2",
        )?;
        type Row = (Vec<u8>, [u8; 64], Option<Vec<u8>>, Option<Vec<u8>>, Option<[u8; 64]>, Option<Vec<u8>>);
        let row: Option<Row> = query
            .query_row(params![channel, seq], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?))
            })
            .optional()?;
        let Some((request, request_signature, body, receipt, receipt_signature, answer)) = row else {
            return Ok(None);
        };
        let receipt: Option<Receipt> = receipt.map(|bytes| decode(bytes, "receipt")).transpose()?;
        Ok(Some(StoredCall {
            request: decode(request, "request")?,
            request_signature,
            body: body.map(|bytes| decode(bytes, "body")).transpose()?,
            receipt: receipt.zip(receipt_signature),
            answer: answer.map(|bytes| decode(bytes, "answer")).transpose()?,
        }))
    }
}

fn decode<T: Decode>(bytes: Vec<u8>, what: &'static str) -> Result<T, LedgerError> {
    T::decode(&mut &bytes[..]).map_err(|_| LedgerError::Corrupt(what))
}
