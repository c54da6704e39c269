//! What a buyer must not forget: one folder a purchase, readable by nobody else, each change on the disk before the next
//! step is taken.
//!
//! `secret` is written first and never again; `facts` follow. So whatever the chain may know about a purchase, its secret
//! is here. A folder with a secret and no facts was left before anything was sent.

use super::disk::{private_file, replace, sync_folder};
use codec::{Decode, DecodeAll, Encode};
use souk_client::calls::licensing::Order;
use souk_primitives::{
    close::CloseReason,
    content::Content,
    exchange::{check_public_key, Secret},
    views::PurchaseView,
    AccountId, Balance, BlockNumber, Digest, PurchaseId,
};
use std::{
    fs::{File, TryLockError},
    io::{Error, ErrorKind, Read, Result},
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

/// First byte of a facts file: how the rest is written. It changes whenever [`Facts`], or a view in it, does.
const FORMAT: u8 = 1;

/// Everything about a purchase but its secret.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Facts {
    /// Genesis hash of the chain.
    pub genesis: Digest,
    /// Who buys.
    pub buyer: AccountId,
    /// Who sells.
    pub seller: AccountId,
    /// What was asked for.
    pub order: Order,
    /// Name of the listing.
    pub name: String,
    /// Bytes; 0 when there is nothing to deliver.
    pub size: u64,
    /// In units.
    pub price: Balance,
    /// Where the file goes: an absolute path, as the system writes it.
    pub out: Option<Vec<u8>>,
    /// Live block before which the order was not sent; none when it was not sent at all.
    pub sent: Option<BlockNumber>,
    /// Last live block for which an order that a node rejected may come all the same.
    pub rejected: Option<BlockNumber>,
    /// Its id, once it is final.
    pub purchase: Option<PurchaseId>,
    /// What the chain showed of it at the last look: with it the copy opens also when the chain has forgotten the purchase.
    pub seen: Option<PurchaseView>,
    /// Whether the file is where it belongs, whole and checked.
    pub opened: bool,
    /// Why it ended.
    pub ended: Option<CloseReason>,
}

impl Facts {
    /// Where the file goes.
    pub fn out(&self) -> Option<PathBuf> {
        self.out.as_deref().map(path_of)
    }

    /// What was listed; none when there is nothing to deliver.
    pub fn content(&self) -> Option<Content> {
        Content::new(self.order.content_root, self.size)
    }
}

/// A path as bytes.
pub fn bytes_of(path: &Path) -> Vec<u8> {
    path.as_os_str().as_encoded_bytes().to_vec()
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// All purchases in a folder.
pub struct Book {
    folder: PathBuf,
    /// Held while purchases are looked for and begun, so that two programs don't both begin one.
    _lock: File,
}

/// A purchase in its folder.
pub struct Record {
    folder: PathBuf,
    /// What is known of it.
    pub facts: Facts,
    /// Held by the one program that is at it.
    lock: Option<File>,
}

impl Book {
    /// Opens the folder, or makes it. Waits for another program that looks for purchases in it.
    pub fn open(folder: &Path) -> Result<Self> {
        souk_sidecar::secrets::private_folder(folder)?;
        let lock = private_file(&folder.join("lock"))?;
        lock.lock()?;
        Ok(Self { folder: folder.to_path_buf(), _lock: lock })
    }

    /// All purchases that can be read, in the order of their folders' names. What can't be read keeps none of the others
    /// from going on; its folder stays as it is.
    pub fn all(&self) -> Result<Vec<Record>> {
        let mut records = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let folder = entry?.path();
            if !is_ours(&folder) {
                continue;
            }
            match std::fs::read(folder.join("facts")) {
                Ok(bytes) => match decode(&folder, &bytes) {
                    Ok(facts) => records.push(Record { facts, folder, lock: None }),
                    Err(e) => tracing::error!(
                        "A PURCHASE IS LEFT ALONE: {e}. If it is open, run the `souk` that wrote it to see it through"
                    ),
                },
                // Nothing was sent with this secret.
                Err(e) if e.kind() == ErrorKind::NotFound => remove_folder(&folder)?,
                Err(_) if !folder.is_dir() => {}
                Err(e) => return Err(e),
            }
        }
        records.sort_by(|a, b| a.folder.cmp(&b.folder));
        for ended in records.iter().filter(|record| record.facts.ended.is_some()) {
            // It may have been killed, or failed, in the middle of this.
            if let Err(e) = ended.tidy() {
                tracing::warn!("what is left of a purchase that ended can't be removed: {e}");
            }
        }
        Ok(records)
    }

    /// Makes a one-time key, writes its secret and then the facts with its public key.
    pub fn begin(&self, mut facts: Facts) -> Result<Record> {
        let secret = one_time_secret();
        facts.order.buyer_key = Secret::new(*secret).public_key();
        let folder = self.folder.join(hex::encode(facts.order.buyer_key));
        souk_sidecar::secrets::private_folder(&folder)?;
        sync_folder(&self.folder)?;
        replace(&folder, "secret", &secret[..])?;
        let record = Record { folder, facts, lock: None };
        record.save()?;
        Ok(record)
    }
}

impl Record {
    /// Takes the purchase for this program; fails with `WouldBlock` when another one is at it.
    pub fn take(&mut self) -> Result<()> {
        self.lock = None;
        let lock = private_file(&self.folder.join("lock"))?;
        match lock.try_lock() {
            Ok(()) => self.lock = Some(lock),
            Err(TryLockError::WouldBlock) => return Err(ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(e)) => return Err(e),
        }
        // Another program may have gone on with it before.
        self.facts = decode(&self.folder, &std::fs::read(self.folder.join("facts"))?)?;
        Ok(())
    }

    /// Writes the facts, all or nothing.
    pub fn save(&self) -> Result<()> {
        replace(&self.folder, "facts", &(FORMAT, &self.facts).encode())
    }

    /// Changes the facts and writes them.
    pub fn update(&mut self, change: impl FnOnce(&mut Facts)) -> Result<()> {
        change(&mut self.facts);
        self.save()
    }

    /// The secret of the one-time key.
    pub fn secret(&self) -> Result<Zeroizing<[u8; 32]>> {
        let mut secret = Zeroizing::new([0; 32]);
        File::open(self.folder.join("secret"))?.read_exact(&mut secret[..])?;
        if Secret::new(*secret).opens(&self.facts.order.buyer_key) {
            return Ok(secret);
        }
        let text = format!("the secret in {} is not that of this purchase", self.folder.display());
        Err(Error::new(ErrorKind::InvalidData, text))
    }

    /// Where all of it is, but the files beside the one that was bought.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file of this purchase.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The encrypted copy, beside the file that comes of it: there is room for one of them, at least.
    pub fn copy(&self) -> Option<PathBuf> {
        self.beside("souk-copy")
    }

    /// The file while it is written.
    pub fn part(&self) -> Option<PathBuf> {
        self.beside("souk-part")
    }

    fn beside(&self, ending: &str) -> Option<PathBuf> {
        let out = self.facts.out()?;
        let mut name = out.file_name()?.to_os_string();
        // Two purchases may have had the same file in mind.
        let tag = hex::encode(self.facts.order.buyer_key.first_chunk::<4>()?);
        name.push(format!(".{tag}.{ending}"));
        Some(out.with_file_name(name))
    }

    /// Removes everything: for an order that never happened.
    pub fn discard(&mut self) -> Result<()> {
        self.lock = None;
        remove_folder(&self.folder)
    }

    /// Writes why it ended, and removes what nobody needs then: the copy, the lists and the secret.
    pub fn end(&mut self, reason: CloseReason) -> Result<()> {
        self.update(|facts| facts.ended = Some(reason))?;
        self.tidy()
    }

    fn tidy(&self) -> Result<()> {
        let own =
            ["plain", "encrypted", "plain.part", "encrypted.part", "secret"].map(|name| self.file(name));
        for path in own.into_iter().chain(self.copy()).chain(self.part()) {
            match std::fs::remove_file(&path) {
                // A folder with that name is none of ours.
                Err(e) if !matches!(e.kind(), ErrorKind::NotFound | ErrorKind::IsADirectory) => {
                    return Err(e)
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Purchases of a buyer on a chain that did not end, as they stand in a book's folder now. Opens no book.
pub fn open_purchases(folder: &Path, genesis: &Digest, buyer: &AccountId) -> Result<Vec<Facts>> {
    let mut open = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let folder = entry?.path();
        // What is beginning or ending there, or can't be read, is told where the book is opened.
        let facts = std::fs::read(folder.join("facts")).and_then(|bytes| decode(&folder, &bytes));
        open.extend(facts.ok().filter(|facts| {
            is_ours(&folder) && facts.ended.is_none() && facts.genesis == *genesis && facts.buyer == *buyer
        }));
    }
    Ok(open)
}

/// What a purchase's folder holds.
const FILES: [&str; 7] = ["facts", "secret", "lock", "plain", "encrypted", "plain.part", "encrypted.part"];

/// Whether a folder has the name of a purchase: the book may be in a folder with others, which it leaves alone.
fn is_ours(folder: &Path) -> bool {
    let name = folder.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name.len() == 64 && name.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')))
}

/// Removes a purchase's folder, which may be gone, and its own files. With anything else in it, it stays.
fn remove_folder(folder: &Path) -> Result<()> {
    let there = |result: Result<()>| match result {
        Err(e) if !matches!(e.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) => Err(e),
        _ => Ok(()),
    };
    let held = match std::fs::read_dir(folder) {
        Ok(held) => held,
        Err(e) => return there(Err(e)),
    };
    for entry in held {
        let entry = entry?;
        let name = entry.file_name();
        // The latter are files that were being written when the program was killed.
        let own = name.to_str().is_some_and(|name| FILES.contains(&name) || name.starts_with(".tmp"));
        if own && !entry.file_type()?.is_dir() {
            there(std::fs::remove_file(entry.path()))?;
        }
    }
    there(std::fs::remove_dir(folder))
}

fn decode(folder: &Path, bytes: &[u8]) -> Result<Facts> {
    let facts = bytes.split_first().filter(|(format, _)| **format == FORMAT);
    facts.and_then(|(_, mut rest)| Facts::decode_all(&mut rest).ok()).ok_or_else(|| {
        let text = format!(
            "{} was written by another version of this program, or is damaged",
            folder.join("facts").display()
        );
        Error::new(ErrorKind::InvalidData, text)
    })
}

/// A random secret whose public key the chain takes.
fn one_time_secret() -> Zeroizing<[u8; 32]> {
    use rand::RngCore;
    loop {
        let mut secret = Zeroizing::new([0; 32]);
        rand::rngs::OsRng.fill_bytes(&mut secret[..]);
        if check_public_key(&Secret::new(*secret).public_key()).is_ok() {
            return secret;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use souk_primitives::licence::Purposes;

    pub(crate) fn facts(out: &Path) -> Facts {
        Facts {
            genesis: [1; 32],
            buyer: AccountId::new([2; 32]),
            seller: AccountId::new([3; 32]),
            order: Order {
                listing: 4,
                offer: 0,
                offer_digest: [5; 32],
                version: 0,
                content_root: [6; 32],
                purpose: Purposes::RESEARCH,
                terms_digest: [7; 32],
                buyer_key: [0; 32],
                referrer: None,
            },
            name: "a thing".into(),
            size: 10,
            price: 25,
            out: Some(bytes_of(out)),
            sent: None,
            rejected: None,
            purchase: None,
            seen: None,
            opened: false,
            ended: None,
        }
    }

    #[test]
    fn only_open_purchases_of_the_buyer_should_be_reckoned_with() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::open(folder.path()).unwrap();
        let [mut open, mut ended, mut other] = [(); 3].map(|()| book.begin(facts(Path::new("out"))).unwrap());
        ended.end(CloseReason::Delivered).unwrap();
        other.update(|facts| facts.buyer = AccountId::new([9; 32])).unwrap();
        open.take().unwrap();
        let found = open_purchases(folder.path(), &[1; 32], &AccountId::new([2; 32])).unwrap();
        assert_eq!(found, [open.facts.clone()], "though the book is open and the purchase taken");
    }

    #[test]
    fn other_folders_beside_the_book_should_be_left_alone() {
        let home = tempfile::tempdir().unwrap();
        let hex = "ab".repeat(32);
        let keep = ["photos/one", "gateway/store.db", "facts/x", &format!("{hex}/photo")];
        let gone = [format!("{}/secret", "cd".repeat(32)), format!("{}/.tmpX1", "cd".repeat(32))];
        for path in keep.iter().copied().chain(gone.iter().map(String::as_str)) {
            let path = home.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "mine").unwrap();
        }
        let book = Book::open(home.path()).unwrap();
        let mut record = book.begin(facts(&home.path().join("out"))).unwrap();
        assert_eq!(book.all().unwrap().len(), 1);
        for path in keep {
            assert!(home.path().join(path).exists(), "{path}");
        }
        assert!(!home.path().join("cd".repeat(32)).exists());
        record.discard().unwrap();
        assert!(!record.folder.exists() && book.all().unwrap().is_empty());
    }

    #[cfg(unix)]
    #[test]
    fn secret_should_be_written_before_the_facts_and_read_by_nobody_else() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let book = Book::open(&folder.path().join("purchases")).unwrap();
        let record = book.begin(facts(&folder.path().join("out"))).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&record.folder), 0o700);
        assert_eq!(mode(&record.file("secret")), 0o600);
        assert_eq!(mode(&record.file("facts")), 0o600);
        let found = book.all().unwrap().pop().unwrap();
        assert_eq!(found.facts, record.facts);
        assert_eq!(*found.secret().unwrap(), *record.secret().unwrap());
        assert!(Secret::new(*found.secret().unwrap()).opens(&found.facts.order.buyer_key));
        assert!(found.copy().unwrap().starts_with(folder.path()));
    }

    #[test]
    fn folder_without_facts_should_count_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::open(folder.path()).unwrap();
        let record = book.begin(facts(Path::new("out"))).unwrap();
        std::fs::remove_file(record.file("facts")).unwrap();
        assert!(book.all().unwrap().is_empty());
        assert!(!record.folder.exists());
    }

    #[test]
    fn record_that_can_not_be_read_should_hold_up_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::open(folder.path()).unwrap();
        let [good, bad] = [(); 2].map(|()| book.begin(facts(Path::new("out"))).unwrap());
        let whole = std::fs::read(bad.file("facts")).unwrap();
        let other_format = [&[FORMAT + 1], &whole[1..]].concat();
        let longer = [&whole[..], &[0]].concat();
        for bytes in [&other_format[..], &longer, &whole[..whole.len() - 1], &[]] {
            std::fs::write(bad.file("facts"), bytes).unwrap();
            let found = book.all().unwrap();
            assert_eq!(found.iter().map(Record::folder).collect::<Vec<_>>(), [good.folder()]);
            assert!(bad.secret().is_ok(), "its folder is left alone");
        }
    }

    #[test]
    fn what_an_end_could_not_remove_should_be_removed_later() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::open(&folder.path().join("purchases")).unwrap();
        let mut record = book.begin(facts(&folder.path().join("out"))).unwrap();
        record.update(|facts| facts.ended = Some(CloseReason::Delivered)).unwrap();
        std::fs::write(record.copy().unwrap(), b"copy").unwrap();
        book.all().unwrap();
        assert!(!record.file("secret").exists() && !record.copy().unwrap().exists());
    }

    #[test]
    fn record_should_belong_to_one_program_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::open(folder.path()).unwrap();
        book.begin(facts(Path::new("out"))).unwrap();
        let mut one = book.all().unwrap().pop().unwrap();
        let mut other = book.all().unwrap().pop().unwrap();
        one.take().unwrap();
        assert_eq!(other.take().unwrap_err().kind(), ErrorKind::WouldBlock);
        one.update(|facts| facts.sent = Some(1)).unwrap();
        drop(one);
        other.take().unwrap();
        assert!(other.facts.sent.is_some(), "what the first one wrote is read again");
    }

    #[test]
    fn ended_record_should_keep_what_happened_and_no_secret() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::open(&folder.path().join("purchases")).unwrap();
        let mut record = book.begin(facts(&folder.path().join("out"))).unwrap();
        std::fs::write(record.copy().unwrap(), b"copy").unwrap();
        record.end(CloseReason::Delivered).unwrap();
        assert!(!record.file("secret").exists() && !record.copy().unwrap().exists());
        assert_eq!(book.all().unwrap().pop().unwrap().facts.ended, Some(CloseReason::Delivered));
    }

    #[test]
    fn secret_of_another_purchase_should_be_refused() {
        let folder = tempfile::tempdir().unwrap();
        let book = Book::open(folder.path()).unwrap();
        let record = book.begin(facts(Path::new("out"))).unwrap();
        std::fs::write(record.file("secret"), [9; 32]).unwrap();
        assert_eq!(record.secret().unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
