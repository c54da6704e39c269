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
/// Blocks after which a submission that the chain has not shown is sent again.
pub(crate) const RESEND_AFTER: BlockNumber = 3;

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
    /// Block in which the commit was sent last.
    pub commit_sent: Option<BlockNumber>,
    /// Block in which the reveal was sent last.
    pub reveal_sent: Option<BlockNumber>,
    /// Block after which it may be forgotten, once its audit is closed.
    pub keep_until: BlockNumber,
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

/// Whether something that was sent in block `sent` should be sent (again) in block `now`. A block number that lies
/// ahead was seen on a fork that is gone.
pub(crate) fn is_due(sent: Option<BlockNumber>, now: BlockNumber) -> bool {
    sent.is_none_or(|sent| sent > now || now >= sent.saturating_add(RESEND_AFTER))
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
