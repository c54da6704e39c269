//! What this seller must not lose: the content key of each copy, in SQLite.
//!
//! A key is on the disk before anything depends on it, and never changes: two keys for one purchase would be two copies,
//! of which the chain holds one commitment. Beside it is the one-time key that seals it (so that sealing again gives the
//! same bytes). What can be made again is elsewhere: the digests of a copy in [`super::pieces`], its ciphertext nowhere.
//! Reads have a connection of their own, so that no request waits for a commit. Each key has a bond behind it: a file of
//! another version is not opened at all, and a row that can't be read stops no other.

use crate::{blocking, database};
use parking_lot::Mutex;
use rand::RngCore;
use rusqlite::{params, Connection, OptionalExtension, Row};
use souk_primitives::{
    content::Content,
    exchange::{ContentKey, Secret},
    BlockNumber, Digest, PurchaseId,
};
use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::Arc,
};
use zeroize::Zeroizing;

/// What this program reads and writes.
const VERSION: i64 = 1;

/// Why the vault did not answer.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// SQLite.
    #[error("the vault of content keys: {0}")]
    Sqlite(#[from] rusqlite::Error),
    /// A row that this version can't read.
    #[error("the vault of content keys holds an unreadable {0}")]
    Corrupt(&'static str),
    /// Another version of the file.
    #[error("the vault of content keys (sales.db) has version {0}, and this program needs {VERSION}: run the program that wrote it, or move the file away when no sale of it is open. Without it open sales can't be finished, and their bonds are lost")]
    Version(i64),
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
    /// Segments that were gone through and whose digests are on the disk.
    pub done: u32,
    /// Root of the encrypted chunks, once they were all gone through.
    pub ciphertext_root: Option<Digest>,
    /// No offer of it is sent up to this block: one that was sent before a crash may still arrive.
    pub offer_quiet: BlockNumber,
    /// The same of its key. An offer says nothing about the key: it may be due at once.
    pub reveal_quiet: BlockNumber,
    /// Whether the purchase was seen to have ended.
    pub ended: bool,
    /// Live block by which it has ended for certain, whatever its parties do.
    pub due: BlockNumber,
}

/// What may still arrive after a crash, and is not sent twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quiet {
    /// The offer of a copy.
    Offer,
    /// Its key.
    Reveal,
}

impl Quiet {
    fn query(self) -> &'static str {
        match self {
            Quiet::Offer => "UPDATE copies SET offer_quiet = ?2 WHERE purchase = ?1",
            Quiet::Reveal => "UPDATE copies SET reveal_quiet = ?2 WHERE purchase = ?1",
        }
    }
}

/// The vault.
pub struct Vault {
    writer: Mutex<Connection>,
    reader: Mutex<Connection>,
    /// Rows that can't be read, and were reported.
    reported: Mutex<HashSet<String>>,
}

fn secret() -> Zeroizing<[u8; 32]> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand::rngs::OsRng.fill_bytes(&mut bytes[..]);
    bytes
}

/// What [`copy_of`] reads.
const COPY: &str =
    "content, size, key, ephemeral, done, ciphertext_root, offer_quiet, reveal_quiet, ended, due";

fn copy_of(row: &Row<'_>) -> Result<Copy> {
    let (key, ephemeral) = (Zeroizing::new(row.get("key")?), Zeroizing::new(row.get("ephemeral")?));
    let size: i64 = row.get("size")?;
    let content = Content::new(row.get("content")?, size.max(0) as u64);
    Ok(Copy {
        content: content.ok_or(VaultError::Corrupt("copy"))?,
        key: ContentKey::new(*key),
        ephemeral: Secret::new(*ephemeral),
        done: row.get("done")?,
        ciphertext_root: row.get("ciphertext_root")?,
        offer_quiet: row.get("offer_quiet")?,
        reveal_quiet: row.get("reveal_quiet")?,
        ended: row.get("ended")?,
        due: row.get("due")?,
    })
}

/// Makes the tables of a new file.
fn prepare(db: &Connection) -> Result<()> {
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let tables: i64 = db.query_row("SELECT COUNT(*) FROM sqlite_schema", [], |row| row.get(0))?;
    match (version, tables) {
        (VERSION, _) => return Ok(()),
        (0, 0) => {}
        (other, _) => return Err(VaultError::Version(other)),
    }
    db.execute_batch(
        "BEGIN;
         CREATE TABLE copies (
             purchase BLOB PRIMARY KEY,
             content BLOB NOT NULL,
             size INTEGER NOT NULL,
             key BLOB NOT NULL,
             ephemeral BLOB NOT NULL,
             done INTEGER NOT NULL DEFAULT 0,
             ciphertext_root BLOB,
             offer_quiet INTEGER NOT NULL DEFAULT 0,
             reveal_quiet INTEGER NOT NULL DEFAULT 0,
             ended INTEGER NOT NULL DEFAULT 0,
             due INTEGER NOT NULL
         ) WITHOUT ROWID;
         CREATE TABLE seen (
             one INTEGER PRIMARY KEY CHECK (one = 1),
             head INTEGER NOT NULL
         );
         PRAGMA user_version = 1;
         COMMIT;",
    )?;
    Ok(())
}

impl Vault {
    /// Opens or creates it. [`VaultError::Version`] when another version of this program wrote it.
    pub fn open(file: &Path) -> Result<Self> {
        let db = database::open(file)?;
        // What is deleted is overwritten: a key that is not needed any more must not be found.
        db.pragma_update(None, "secure_delete", "ON")?;
        prepare(&db)?;
        let reader = database::open(file)?;
        reader.pragma_update(None, "query_only", "ON")?;
        Ok(Self { writer: Mutex::new(db), reader: Mutex::new(reader), reported: Mutex::default() })
    }

    /// Runs a closure on the vault away from the async threads.
    pub async fn with<R: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Vault) -> Result<R> + Send + 'static,
    ) -> Result<R> {
        let vault = self.clone();
        blocking::aside(move || work(&vault)).await
    }

    /// The copy for a purchase, which has ended by live block `due` for certain; begins one with a new key when there is
    /// none. It is on the disk when this returns.
    pub fn begin(&self, purchase: &PurchaseId, content: &Content, due: BlockNumber) -> Result<Copy> {
        let (key, ephemeral) = (secret(), secret());
        self.writer.lock().execute(
            "INSERT OR IGNORE INTO copies (purchase, content, size, key, ephemeral, due) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![purchase, content.root(), content.size() as i64, &key[..], &ephemeral[..], due],
        )?;
        self.copy(purchase)?.ok_or(VaultError::Corrupt("copy"))
    }

    /// The copy for a purchase.
    pub fn copy(&self, purchase: &PurchaseId) -> Result<Option<Copy>> {
        let db = self.reader.lock();
        let mut query = db.prepare_cached(&format!("SELECT {COPY} FROM copies WHERE purchase = ?1"))?;
        query.query_row([purchase], |row| Ok(copy_of(row))).optional()?.transpose()
    }

    /// All copies that can be read. One that can't is reported once: its sale stands still, and no other.
    pub fn copies(&self) -> Result<HashMap<PurchaseId, Copy>> {
        let db = self.reader.lock();
        let mut query = db.prepare_cached(&format!("SELECT {COPY}, purchase FROM copies"))?;
        let mut rows = query.query([])?;
        let mut copies = HashMap::new();
        while let Some(row) = rows.next()? {
            let purchase = row.get("purchase").map_err(VaultError::from);
            match purchase.and_then(|purchase| Ok((purchase, copy_of(row)?))) {
                Ok((purchase, copy)) => {
                    copies.insert(purchase, copy);
                }
                Err(error) => self.report(row, &error),
            }
        }
        Ok(copies)
    }

    fn report(&self, row: &Row<'_>, error: &VaultError) {
        let name = row.get_ref("purchase").ok().and_then(|name| name.as_blob().ok().map(hex::encode));
        let purchase = name.unwrap_or_else(|| "of no readable name".into());
        if self.reported.lock().insert(purchase.clone()) {
            tracing::error!(purchase, %error, "a copy in the vault (sales.db) can't be read: its sale stands still, and its bond is lost if it was offered; restore that row from a backup before its deadline");
        }
    }

    /// Whether a purchase that has not ended needs a content.
    pub fn needs(&self, content: &Digest) -> Result<bool> {
        let query = "SELECT EXISTS (SELECT 1 FROM copies WHERE content = ?1 AND ended = 0)";
        Ok(self.reader.lock().query_row(query, [content], |row| row.get(0))?)
    }

    /// So many segments of a copy were gone through, and their digests are on the disk.
    pub fn went(&self, purchase: &PurchaseId, done: u32) -> Result<()> {
        let query = "UPDATE copies SET done = ?2 WHERE purchase = ?1";
        self.writer.lock().execute(query, params![purchase, done])?;
        Ok(())
    }

    /// A finalised block was seen: gives the highest one that ever was.
    pub fn saw(&self, head: BlockNumber) -> Result<BlockNumber> {
        let query = "INSERT INTO seen VALUES (1, ?1)
             ON CONFLICT (one) DO UPDATE SET head = MAX(head, excluded.head) RETURNING head";
        Ok(self.writer.lock().query_row(query, [head], |row| row.get(0))?)
    }

    /// All of a copy was gone through: this is its root, and stays it.
    pub fn finish(&self, purchase: &PurchaseId, root: &Digest) -> Result<()> {
        let changed = self.writer.lock().execute(
            "UPDATE copies SET ciphertext_root = ?2 WHERE purchase = ?1 AND COALESCE(ciphertext_root, ?2) = ?2",
            params![purchase, root],
        )?;
        (changed == 1).then_some(()).ok_or(VaultError::Changed(*purchase))
    }

    /// No second transaction of that kind is sent for a purchase up to a block.
    pub fn keep_quiet(&self, purchase: &PurchaseId, quiet: Quiet, until: BlockNumber) -> Result<()> {
        self.writer.lock().execute(quiet.query(), params![purchase, until])?;
        Ok(())
    }

    /// A purchase has ended.
    pub fn ended(&self, purchase: &PurchaseId) -> Result<()> {
        self.writer.lock().execute("UPDATE copies SET ended = 1 WHERE purchase = ?1", [purchase])?;
        Ok(())
    }

    /// Erases the keys of copies and all that is known of them: of all or of none.
    pub fn forget(&self, purchases: &[PurchaseId]) -> Result<()> {
        let mut db = self.writer.lock();
        let all = db.transaction()?;
        for purchase in purchases {
            all.execute("DELETE FROM copies WHERE purchase = ?1", [purchase])?;
        }
        all.commit()?;
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
            (vault.begin(&[1; 32], &content(), 9).unwrap(), vault.begin(&[2; 32], &content(), 9).unwrap())
        };
        assert_ne!(first.key.expose(), other.key.expose());
        for _ in 0..3 {
            let vault = Vault::open(&file).unwrap();
            let again = vault.begin(&[1; 32], &content(), 9).unwrap();
            assert_eq!(again.key.expose(), first.key.expose());
            assert_eq!(again.ephemeral.public_key(), first.ephemeral.public_key());
        }
    }

    #[test]
    fn root_should_be_kept_once_it_was_promised() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(&dir.path().join("sales.db")).unwrap();
        assert!(matches!(vault.finish(&[1; 32], &[3; 32]), Err(VaultError::Changed(_))), "no such copy");
        vault.begin(&[1; 32], &content(), 9).unwrap();
        vault.finish(&[1; 32], &[3; 32]).unwrap();
        vault.finish(&[1; 32], &[3; 32]).unwrap();
        assert!(matches!(vault.finish(&[1; 32], &[4; 32]), Err(VaultError::Changed(_))));
        assert_eq!(vault.copy(&[1; 32]).unwrap().unwrap().ciphertext_root, Some([3; 32]));
    }

    #[test]
    fn forgotten_key_should_not_be_found_in_any_file() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(&dir.path().join("sales.db")).unwrap();
        let key = *vault.begin(&[1; 32], &content(), 9).unwrap().key.expose();
        vault.begin(&[2; 32], &content(), 9).unwrap();
        let found = || {
            std::fs::read_dir(dir.path()).unwrap().any(|file| {
                let bytes = std::fs::read(file.unwrap().path()).unwrap();
                bytes.windows(32).any(|window| window == key)
            })
        };
        assert!(found());
        assert!(vault.needs(&[7; 32]).unwrap());
        vault.forget(&[[1; 32]]).unwrap();
        assert!(!found());
        assert!(vault.copy(&[1; 32]).unwrap().is_none());
        vault.ended(&[2; 32]).unwrap();
        assert!(!vault.needs(&[7; 32]).unwrap());
    }

    #[test]
    fn unreadable_row_should_not_hide_the_others() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sales.db");
        let vault = Vault::open(&file).unwrap();
        for id in 1..=4 {
            vault.begin(&[id; 32], &content(), 9).unwrap();
        }
        let other = Connection::open(&file).unwrap();
        let damage = |what: &str, id: u8| {
            assert_eq!(
                other.execute(&format!("UPDATE copies SET {what} WHERE purchase = ?1"), [[id; 32]]).unwrap(),
                1
            );
        };
        damage("key = x'01'", 1);
        damage("size = -1", 2);
        damage("purchase = x'02'", 3);
        assert_eq!(vault.copies().unwrap().into_keys().collect::<Vec<_>>(), [[4; 32]]);
        assert!(vault.copy(&[1; 32]).is_err() && vault.begin(&[1; 32], &content(), 9).is_err());
        assert_eq!(vault.reported.lock().len(), 3);
    }

    #[test]
    fn other_versions_should_be_refused_and_left_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sales.db");
        drop(Vault::open(&file).unwrap());
        drop(Vault::open(&file).unwrap());
        // The next program's, and one from before there were versions.
        for version in [2, 0] {
            Connection::open(&file).unwrap().pragma_update(None, "user_version", version).unwrap();
            let error = Vault::open(&file).err().unwrap().to_string();
            assert!(error.contains(&format!("has version {version}, and this program needs 1")), "{error}");
        }
        Connection::open(&file).unwrap().pragma_update(None, "user_version", 1).unwrap();
        assert!(Vault::open(&file).unwrap().copies().unwrap().is_empty());
    }

    #[test]
    fn highest_head_should_be_kept() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("sales.db");
        assert_eq!(Vault::open(&file).unwrap().saw(100).unwrap(), 100);
        assert_eq!(Vault::open(&file).unwrap().saw(7).unwrap(), 100);
        assert_eq!(Vault::open(&file).unwrap().saw(101).unwrap(), 101);
    }

    #[test]
    fn reads_should_not_wait_for_a_writer() {
        let dir = tempfile::tempdir().unwrap();
        let vault = Vault::open(&dir.path().join("sales.db")).unwrap();
        vault.begin(&[1; 32], &content(), 9).unwrap();
        vault.went(&[1; 32], 5).unwrap();
        let _writing = vault.writer.lock();
        let copy = vault.copy(&[1; 32]).unwrap().unwrap();
        assert_eq!((copy.done, copy.due, copy.ended), (5, 9, false));
        assert_eq!(vault.copies().unwrap().len(), 1);
        assert!(vault.needs(&[7; 32]).unwrap());
    }
}
