//! What the worker remembers between blocks: each report with its salt, from before its commit until its audit is over.
//!
//! The storage is the node's own and not fork-aware, and that is what is wanted: an audit's id comes from the VRF that
//! drew it, so on each fork with that audit the same member commits to the same report with the same salt.

use alloc::vec::Vec;
use codec::{Decode, Encode};
use souk_primitives::{
    audit::{commitment, Commit, PersonalDigest, Reveal, Round},
    verdict::Report,
    AccountId, AuditId, BlockNumber, Digest,
};
use sp_runtime::offchain::storage::StorageValueRef;

const INDEX: &[u8] = b"souk/audit-index";
const PREFIX: &[u8] = b"souk/audit/";

/// One member's part in one round of one audit.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Subject {
    /// The audit.
    pub audit: AuditId,
    /// Its round.
    pub round: Round,
    /// The member's stash.
    pub validator: AccountId,
}

/// A measured report and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Entry {
    /// The report.
    pub report: Report,
    /// The personal digest; none until the issue on attestation.
    pub digest: PersonalDigest,
    /// The salt of the commit.
    pub salt: Digest,
    /// When the commit was sent.
    pub commit_sent: Option<Sent>,
    /// When the reveal was sent.
    pub reveal_sent: Option<Sent>,
    /// Block after which it may be forgotten, once its audit is closed.
    pub keep_until: BlockNumber,
}

/// Blocks in which something was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) struct Sent {
    /// The first one: what shares it travelled together, and goes on so.
    pub first: BlockNumber,
    /// The last one.
    pub last: BlockNumber,
}

impl Sent {
    /// After one more time, in block `now`.
    pub fn again(before: Option<Self>, now: BlockNumber) -> Self {
        Self { first: before.map_or(now, |sent| sent.first), last: now }
    }

    /// Whether something that the chain does not show should be sent in block `now`.
    ///
    /// It is sent in each block but not twice in one, on whatever fork. The pool judges a submission by the block that
    /// it has got to, which may be the one before the worker's: then it drops the first reveals of a block without
    /// telling. While one waits in the pool, another one with its tags and its priority is refused and goes nowhere.
    pub fn is_due(before: Option<Self>, now: BlockNumber) -> bool {
        before.is_none_or(|sent| sent.last != now)
    }
}

impl Entry {
    /// The commit of this report.
    pub fn commit(&self, genesis: &Digest, subject: &Subject) -> Commit {
        let commitment = commitment(
            genesis,
            &subject.audit,
            subject.round,
            &self.report,
            &self.digest,
            &self.salt,
            &subject.validator,
        );
        Commit { audit: subject.audit, round: subject.round, commitment }
    }

    /// Its reveal.
    pub fn reveal(&self, subject: &Subject) -> Reveal {
        Reveal {
            audit: subject.audit,
            round: subject.round,
            report: self.report,
            digest: self.digest,
            salt: self.salt,
        }
    }
}

fn key(subject: &Subject) -> Vec<u8> {
    let mut key = PREFIX.to_vec();
    subject.encode_to(&mut key);
    key
}

/// The entry of a subject. One that can't be read is as good as none.
pub(crate) fn read(subject: &Subject) -> Option<Entry> {
    StorageValueRef::persistent(&key(subject)).get().ok().flatten()
}

/// Stores an entry, and the subject in the index by which it is pruned.
pub(crate) fn write(subject: &Subject, entry: &Entry) {
    let mut index = subjects();
    if !index.contains(subject) {
        index.push(subject.clone());
        StorageValueRef::persistent(INDEX).set(&index);
    }
    StorageValueRef::persistent(&key(subject)).set(entry);
}

/// All subjects with an entry.
pub(crate) fn subjects() -> Vec<Subject> {
    StorageValueRef::persistent(INDEX).get().ok().flatten().unwrap_or_default()
}

/// Forgets what is old and no longer open on the chain.
pub(crate) fn prune(now: BlockNumber, is_open: impl Fn(&AuditId) -> bool) {
    let index = subjects();
    let (kept, gone): (Vec<_>, Vec<_>) = index.into_iter().partition(|subject| {
        is_open(&subject.audit) || read(subject).is_some_and(|entry| now <= entry.keep_until)
    });
    if gone.is_empty() {
        return;
    }
    for subject in &gone {
        StorageValueRef::persistent(&key(subject)).clear();
    }
    StorageValueRef::persistent(INDEX).set(&kept);
}
