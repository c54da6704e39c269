//! What this seller must not lose: the content key of each copy, in SQLite.
//!
//! A key is on the disk before anything depends on it, and never changes: two keys for one purchase would be two copies,
//! of which the chain holds one commitment. Beside it are the one-time key that seals it (so that sealing again gives the
//! same bytes) and the digests of the copy's encrypted chunks; the ciphertext itself is made whenever it is fetched.

use crate::{blocking, database, ledger::unix_now};
use codec::{Decode, Encode};
use parking_lot::Mutex;
use rand::RngCore;
use rusqlite::{params, Connection, OptionalExtension, Row};
use souk_primitives::{
    content::Content,
    exchange::{ContentKey, Secret},
    sumtree::Node,
    BlockNumber, Digest, PurchaseId,
};
use std::{collections::HashMap, path::Path, sync::Arc};
use zeroize::Zeroizing;

/// Why the vault did not answer.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// SQLite.
    #[error("the vault of content keys: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A row that this version can't read.
    #[error("the vault of content keys holds an unreadable {0}")]
    Corrupt(&'static str),
    /// The copy was promised with another root.
    #[error("the copy of {} does not come out as it was promised: its content or the vault was changed", hex::encode(.0))]
    Changed(PurchaseId),
}

type Result<T> = std::result::Result<T, VaultError>;

/// A copy for one purchase.
#[derive(Clone, Debug)]
pub struct Copy {
    /// What is copied.
    pub content: Content,
    /// Its key.
    pub key: ContentKey,
    /// Seals the key, this once.
    pub ephemeral: Secret,
    /// Root of the encrypted chunks, once they were all gone through.
    pub ciphertext_root: Option<Digest>,
    /// Nothing is sent to the chain for it up to this block: what was sent before a crash may still arrive.
    pub quiet_until: BlockNumber,
    /// Whether the purchase was seen to have ended.
    pub ended: bool,
}

/// The encrypted chunks of one segment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Piece {
    /// Node over them.
    pub node: Node,
    /// Their digests.
    pub digests: Vec<Digest>,
}

/// The vault.
pub struct Vault(Mutex<Connection>);

fn secret() -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand::rngs::OsRng.fill_bytes(&mut bytes[..]);
    bytes
}

/// What [`copy_of`] reads.
const COPY: &str = "content, size, key, ephemeral, ciphertext_root, quiet_until, ended";

fn copy_of(row: &Row<'_>) -> rusqlite::Result<Result<Copy>> {
    let (key, ephemeral) = (Zeroizing::new(row.get("key")?), Zeroizing::new(row.get("ephemeral")?));
    let size: i64 = row.get("size")?;
    let Some(content) = Content::new(row.get("content")?, size.max(0) as u64) else {
        return Ok(Err(VaultError::Corrupt("copy")));
    };
    Ok(Ok(Copy {
        content,
        key: ContentKey::new(*key),
        ephemeral: Secret::new(*ephemeral),
        ciphertext_root: row.get("ciphertext_root")?,
        quiet_until: row.get("quiet_until")?,
        ended: row.get("ended")?,
    }))
}

impl Vault {
    /// Opens or creates it.
    pub fn open(file: &Path) -> Result<Self> {
        let db = database::open(file)?;
        // What is deleted is overwritten: a key that is not needed any more must not be found.
        db.pragma_update(None, "secure_delete", "ON")?;
        db.execute_batch(
            "CREATE TABLE IF NOT EXISTS copies (
                 purchase BLOB PRIMARY KEY,
                 content BLOB NOT NULL,
                 size INTEGER NOT NULL,
                 key BLOB NOT NULL,
                 ephemeral BLOB NOT NULL,
                 ciphertext_root BLOB,
                 quiet_until INTEGER NOT NULL DEFAULT 0,
                 ended INTEGER NOT NULL DEFAULT 0,
                 made_at INTEGER NOT NULL
             ) WITHOUT ROWID;
             CREATE TABLE IF NOT EXISTS pieces (
                 purchase BLOB NOT NULL,
                 at INTEGER NOT NULL,
                 piece BLOB NOT NULL,
                 PRIMARY KEY (purchase, at)
             );",
        )?;
        Ok(Self(Mutex::new(db)))
    }

    /// Runs a closure on the vault away from the async threads.
    pub async fn with<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Vault) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let vault = self.clone();
        blocking::aside(move || work(&vault)).await
    }

    /// The copy for a purchase; begins one with a new key when there is none. It is on the disk when this returns.
    pub fn begin(&self, purchase: &PurchaseId, content: &Content) -> Result<Copy> {
        let (key, ephemeral) = (secret(), secret());
        self.0.lock().execute(
            "INSERT OR IGNORE INTO copies (purchase, content, size, key, ephemeral, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![purchase, content.root(), content.size() as i64, &key[..], &ephemeral[..], unix_now() as i64],
        )?;
        self.copy(purchase)?.ok_or(VaultError::Corrupt("copy"))
    }

    /// The copy for a purchase.
    pub fn copy(&self, purchase: &PurchaseId) -> Result<Option<Copy>> {
        let db = self.0.lock();
        let mut query = db.prepare_cached(&format!("SELECT {COPY} FROM copies WHERE purchase = ?1"))?;
        query.query_row([purchase], copy_of).optional()?.transpose()
    }

    /// All copies.
    pub fn copies(&self) -> Result<HashMap<PurchaseId, Copy>> {
        let db = self.0.lock();
        let mut query = db.prepare_cached(&format!("SELECT {COPY}, purchase FROM copies"))?;
        let rows = query.query_map([], |row| Ok((row.get("purchase")?, copy_of(row)?)))?;
        rows.map(|row| {
            let (purchase, copy) = row?;
            Ok((purchase, copy?))
        })
        .collect()
    }

    /// Purchases with a copy, whether they were seen to have ended, and when their copies were begun (seconds since 1970).
    pub fn purchases(&self) -> Result<Vec<(PurchaseId, bool, u64)>> {
        let db = self.0.lock();
        let mut query = db.prepare_cached("SELECT purchase, ended, made_at FROM copies")?;
        let rows = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get::<_, i64>(2)? as u64)))?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }

    /// Whether a purchase that has not ended needs a content.
    pub fn needs(&self, content: &Digest) -> Result<bool> {
        let query = "SELECT EXISTS (SELECT 1 FROM copies WHERE content = ?1 AND ended = 0)";
        Ok(self.0.lock().query_row(query, [content], |row| row.get(0))?)
    }

    /// How many segments of a copy were gone through, without a gap.
    pub fn done(&self, purchase: &PurchaseId) -> Result<u32> {
        let query = "SELECT COUNT(*) FROM pieces WHERE purchase = ?1";
        Ok(self.0.lock().query_row(query, [purchase], |row| row.get(0))?)
    }

    /// Adds the next pieces of a copy.
    pub fn append(&self, purchase: &PurchaseId, from: u32, pieces: &[Piece]) -> Result<()> {
        let mut db = self.0.lock();
        let tx = db.transaction()?;
        for (at, piece) in (from..).zip(pieces) {
            tx.prepare_cached("INSERT INTO pieces VALUES (?1, ?2, ?3)")?.execute(params![
                purchase,
                at,
                piece.encode()
            ])?;
        }
        Ok(tx.commit()?)
    }

    /// A piece of a copy.
    pub fn piece(&self, purchase: &PurchaseId, at: u32) -> Result<Option<Piece>> {
        let db = self.0.lock();
        let mut query = db.prepare_cached("SELECT piece FROM pieces WHERE purchase = ?1 AND at = ?2")?;
        let bytes: Option<Vec<u8>> = query.query_row(params![purchase, at], |row| row.get(0)).optional()?;
        bytes
            .map(|bytes| Piece::decode(&mut &bytes[..]).map_err(|_| VaultError::Corrupt("piece")))
            .transpose()
    }

    /// Nodes over all pieces of a copy.
    pub fn nodes(&self, purchase: &PurchaseId) -> Result<Vec<Node>> {
        let db = self.0.lock();
        // A node is the first part of its piece: hash and sum.
        let mut query =
            db.prepare_cached("SELECT substr(piece, 1, 48) FROM pieces WHERE purchase = ?1 ORDER BY at")?;
        let rows = query.query_map([purchase], |row| row.get::<_, Vec<u8>>(0))?;
        rows.map(|bytes| Node::decode(&mut &bytes?[..]).map_err(|_| VaultError::Corrupt("piece"))).collect()
    }

    /// All of a copy was gone through: this is its root, and stays it.
    pub fn finish(&self, purchase: &PurchaseId, root: &Digest) -> Result<()> {
        let changed = self.0.lock().execute(
            "UPDATE copies SET ciphertext_root = ?2 WHERE purchase = ?1 AND COALESCE(ciphertext_root, ?2) = ?2",
            params![purchase, root],
        )?;
        (changed == 1).then_some(()).ok_or(VaultError::Changed(*purchase))
    }

    /// Nothing is sent for a purchase up to a block.
    pub fn keep_quiet(&self, purchase: &PurchaseId, until: BlockNumber) -> Result<()> {
        let query = "UPDATE copies SET quiet_until = ?2 WHERE purchase = ?1";
        self.0.lock().execute(query, params![purchase, until])?;
        Ok(())
    }

    /// A purchase has ended.
    pub fn ended(&self, purchase: &PurchaseId) -> Result<()> {
        self.0.lock().execute("UPDATE copies SET ended = 1 WHERE purchase = ?1", [purchase])?;
        Ok(())
    }

    /// Erases a copy's key and all that is known of it.
    pub fn forget(&self, purchase: &PurchaseId) -> Result<()> {
        let mut db = self.0.lock();
        let tx = db.transaction()?;
        tx.execute("DELETE FROM pieces WHERE purchase = ?1", [purchase])?;
        tx.execute("DELETE FROM copies WHERE purchase = ?1", [purchase])?;
        tx.commit()?;
        // The journal still has the page as it was.
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        Content::new([7; 32], 100).unwrap()
    }

    #[test]
    fn key_should_never_change_and_differ_by_purchase() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sales.db");
        let (first, other) = {
            let vault = Vault::open(&file).unwrap();
            (vault.begin(&[1; 32], &content()).unwrap(), vault.begin(&[2; 32], &content()).unwrap())
        };
        assert_ne!(first.key.expose(), other.key.expose());
        for _ in 0..3 {
            let vault = Vault::open(&file).unwrap();
            let again = vault.begin(&[1; 32], &content()).unwrap();
            assert_eq!(again.key.expose(), first.key.expose());
            assert_eq!(again.ephemeral.public_key(), first.ephemeral.public_key());
        }
    }

    #[test]
    fn root_should_be_kept_once_it_was_promised() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(&dir.path().join("sales.db")).unwrap();
        assert!(matches!(vault.finish(&[1; 32], &[3; 32]), Err(VaultError::Changed(_))), "no such copy");
        vault.begin(&[1; 32], &content()).unwrap();
        vault.finish(&[1; 32], &[3; 32]).unwrap();
        vault.finish(&[1; 32], &[3; 32]).unwrap();
        assert!(matches!(vault.finish(&[1; 32], &[4; 32]), Err(VaultError::Changed(_))));
        assert_eq!(vault.copy(&[1; 32]).unwrap().unwrap().ciphertext_root, Some([3; 32]));
    }

    #[test]
    fn forgotten_key_should_not_be_found_in_any_file() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(&dir.path().join("sales.db")).unwrap();
        let key = *vault.begin(&[1; 32], &content()).unwrap().key.expose();
        vault.begin(&[2; 32], &content()).unwrap();
        let found = || {
            std::fs::read_dir(dir.path()).unwrap().any(|file| {
                let bytes = std::fs::read(file.unwrap().path()).unwrap();
                bytes.windows(32).any(|window| window == key)
            })
        };
        assert!(found());
        assert!(vault.needs(&[7; 32]).unwrap());
        vault.forget(&[1; 32]).unwrap();
        assert!(!found());
        assert!(vault.copy(&[1; 32]).unwrap().is_none());
        vault.ended(&[2; 32]).unwrap();
        assert!(!vault.needs(&[7; 32]).unwrap());
    }

    #[test]
    fn pieces_should_come_back_with_their_nodes() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(&dir.path().join("sales.db")).unwrap();
        let pieces: Vec<Piece> = (0..5u8)
            .map(|i| Piece { node: Node { hash: [i; 32], sum: i.into() }, digests: vec![[i; 32]; 64] })
            .collect();
        vault.append(&[1; 32], 0, &pieces[..2]).unwrap();
        assert!(vault.append(&[1; 32], 1, &pieces[1..2]).is_err(), "no piece comes twice");
        vault.append(&[1; 32], 2, &pieces[2..]).unwrap();
        assert_eq!(vault.done(&[1; 32]).unwrap(), 5);
        assert_eq!(vault.piece(&[1; 32], 3).unwrap().as_ref(), Some(&pieces[3]));
        assert_eq!(vault.piece(&[1; 32], 5).unwrap(), None);
        assert_eq!(vault.nodes(&[1; 32]).unwrap(), pieces.iter().map(|piece| piece.node).collect::<Vec<_>>());
    }
}
