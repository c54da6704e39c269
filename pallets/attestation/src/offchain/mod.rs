//! The off-chain worker: asks the validator's sidecar to re-run the calls that were drawn, and submits what it measured.
//!
//! It runs once per imported block, on forks too, and does a bounded amount of work each time:
//!
//! 1. find the open audits in which a key of this node's keystore has a seat;
//! 2. hand those without a report to the sidecar, in one request; store each finished report with a random salt;
//! 3. submit commits of stored reports, and reveals when the chain asks for them;
//! 4. forget what is long over.
//!
//! Nothing is submitted that was not stored before, so a node that is killed at any instant goes on where it was, and
//! never commits to two reports. What the chain does not show is sent again in the next block, always in the same
//! company: a submission never overlaps a different one that waits in the pool.

mod base64;
mod journal;
mod sidecar;

pub use sidecar::{MAX_ANSWER, TOKEN_KEY, URL_KEY};

use crate::{
    sr25519::AuthorityId,
    submit::Item,
    types::{Audit, Step, MAX_ITEMS},
    Audits, Call, Config, OpenAudits, Pallet, Tasks,
};
use alloc::{collections::BTreeMap, vec::Vec};
use codec::Encode;
use frame_support::{
    traits::{ConstU32, Get},
    BoundedVec,
};
use frame_system::offchain::SubmitTransaction;
use journal::{Entry, Sent, Subject};
use sidecar::{Order, Sidecar};
use souk_primitives::{
    audit::submission_payload,
    call::Signed,
    fetch::{transcript_resource, Fetch},
    AccountId, AuditId, BlockNumber, Digest,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::offchain::{
    storage_lock::{StorageLock, Time},
    Duration,
};

/// Target of the worker's log lines.
pub(crate) const LOG: &str = "souk::attestation";
const LOCK: &[u8] = b"souk/audit-lock";
/// Longer than the three deadlines of a request together; a worker that died frees the lock after it.
const LOCK_MILLIS: u64 = 6_000;
/// Most audits in one request to the sidecar; its answer must fit [`MAX_ANSWER`].
const MAX_ORDERS: usize = 96;
/// Blocks for which an entry is kept beyond its audit's deadlines: a re-org may bring the audit back.
const KEEP_BEYOND: BlockNumber = 256;

/// A seat of this node's in an open audit.
struct Duty {
    audit: AuditId,
    state: Audit,
    key: AuthorityId,
    validator: AccountId,
    commitment: Option<Digest>,
}

impl Duty {
    fn subject(&self) -> Subject {
        Subject { audit: self.audit, round: self.state.round, validator: self.validator.clone() }
    }
}

/// Runs the worker in block `now`. Without a sidecar this node audits nothing.
pub(crate) fn run<T: Config>(now: BlockNumber) {
    let Some(sidecar) = Sidecar::configured() else { return };
    // Two blocks may be imported at once, and each runs a worker.
    let mut lock = StorageLock::<Time>::with_deadline(LOCK, Duration::from_millis(LOCK_MILLIS));
    let Ok(_guard) = lock.try_lock() else { return };
    let mut by_validator: BTreeMap<AccountId, Vec<Duty>> = BTreeMap::new();
    for duty in duties::<T>() {
        by_validator.entry(duty.validator.clone()).or_default().push(duty);
    }
    measure::<T>(&sidecar, now, &by_validator);
    for duties in by_validator.values() {
        submit_all::<T>(now, duties);
    }
    journal::prune(now, |audit| OpenAudits::<T>::contains_key(audit));
}

/// Seats of this node's keys in audits that still wait for them, the most urgent first.
fn duties<T: Config>() -> Vec<Duty> {
    let local = AuthorityId::all();
    if local.is_empty() {
        return Vec::new();
    }
    let live = T::Clock::get();
    let mut found = Vec::new();
    for audit in OpenAudits::<T>::iter_keys() {
        let Some(state) = Audits::<T>::get(audit) else { continue };
        if !matches!(state.step(live), Step::Commit | Step::Reveal) {
            continue;
        }
        for seat in state.seats.iter().filter(|s| s.report.is_none()) {
            let key = AuthorityId::from(sp_core::sr25519::Public::from_raw(seat.key));
            if local.contains(&key) {
                found.push(Duty {
                    audit,
                    state: state.clone(),
                    key,
                    validator: seat.validator.clone(),
                    commitment: seat.commitment,
                });
            }
        }
    }
    found.sort_by_key(|duty| (duty.state.commit_by, duty.audit));
    found
}

/// Hands the tasks of one validator that have no report yet to the sidecar, and stores what is done. A node that runs
/// several validators takes turns: one request a block.
fn measure<T: Config>(sidecar: &Sidecar, now: BlockNumber, by_validator: &BTreeMap<AccountId, Vec<Duty>>) {
    let waiting: Vec<_> = by_validator
        .iter()
        .map(|(validator, duties)| (validator, unmeasured::<T>(now, duties)))
        .filter(|(_, duties)| !duties.is_empty())
        .collect();
    let turn = usize::try_from(now).unwrap_or(0).checked_rem(waiting.len()).unwrap_or(0);
    let Some((validator, duties)) = waiting.get(turn) else { return };
    let orders: Vec<_> = duties.iter().filter_map(|duty| order::<T>(now, duty)).collect();
    if orders.is_empty() {
        return;
    }
    let done = match sidecar.ask(Pallet::<T>::genesis(), validator, &orders) {
        Ok(done) => done,
        Err(failure) => {
            log::warn!(target: LOG, "the sidecar did not answer for {} audits: {failure:?}", orders.len());
            return;
        }
    };
    for duty in duties {
        let finished = done.iter().find(|f| f.audit == duty.audit && f.round == duty.state.round);
        if let Some(finished) = finished {
            let entry = Entry {
                report: finished.report,
                digest: None,
                salt: sp_io::offchain::random_seed(),
                commit_sent: None,
                reveal_sent: None,
                keep_until: last_block::<T>(now, &duty.state).saturating_add(KEEP_BEYOND),
            };
            journal::write(&duty.subject(), &entry);
        }
    }
}

/// Duties of one validator that still need a report, as many as one request carries. All of them travel: one whose
/// transcript is withheld stays unmeasured until its deadline, and would keep those behind it from being asked for.
fn unmeasured<T: Config>(now: BlockNumber, duties: &[Duty]) -> Vec<&Duty> {
    let live = T::Clock::get();
    let waiting = duties
        .iter()
        .filter(|duty| duty.commitment.is_none() && duty.state.step(live) == Step::Commit)
        // Before the draw is final a fork may still take it back.
        .filter(|duty| now >= duty.state.drawn_at.saturating_add(T::FinalitySlack::get()))
        .filter(|duty| journal::read(&duty.subject()).is_none());
    let mut fair = in_turns(waiting, |duty| &duty.state.provider);
    fair.truncate(MAX_ORDERS);
    fair
}

/// Items in the order of their rank among their owner's: one owner with many keeps nobody else's waiting.
fn in_turns<I, O: Ord + Clone>(items: impl Iterator<Item = I>, owner: impl Fn(&I) -> &O) -> Vec<I> {
    let mut counts: BTreeMap<O, u32> = BTreeMap::new();
    let mut ranked: Vec<(u32, I)> = items
        .map(|item| {
            let count = counts.entry(owner(&item).clone()).or_default();
            let rank = *count;
            *count = rank.saturating_add(1);
            (rank, item)
        })
        .collect();
    // Stable: equal ranks keep their order, the most urgent first.
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, item)| item).collect()
}

/// Block (roughly) of an audit's last deadline.
fn last_block<T: Config>(now: BlockNumber, audit: &Audit) -> BlockNumber {
    now.saturating_add(audit.reveal_by.saturating_sub(T::Clock::get()))
}

/// A task with the request, signed by the seat's key, for the provider's transcript.
fn order<T: Config>(now: BlockNumber, duty: &Duty) -> Option<Order> {
    let fetch = Fetch {
        genesis: Pallet::<T>::genesis(),
        resource: transcript_resource(&duty.audit),
        expires: last_block::<T>(now, &duty.state),
    };
    let signature = duty.key.sign(&fetch.signing_payload())?;
    let task = T::Tasks::task(Pallet::<T>::show(duty.audit, duty.state.clone()))?;
    let mut bytes = fetch.encode();
    signature.encode_to(&mut bytes);
    bytes.extend_from_slice(&duty.key.to_raw_vec());
    Some(Order::new(task, &bytes))
}

/// Submits the commits and reveals of one validator that are due.
fn submit_all<T: Config>(now: BlockNumber, duties: &[Duty]) {
    let genesis = Pallet::<T>::genesis();
    let live = T::Clock::get();
    let mut commits = Vec::new();
    let mut reveals = Vec::new();
    for duty in duties {
        let subject = duty.subject();
        let Some(entry) = journal::read(&subject) else { continue };
        let commit = entry.commit(&genesis, &subject);
        match (duty.state.step(live), duty.commitment) {
            (Step::Commit, None) => {
                commits.push(Pending { key: &duty.key, sent: entry.commit_sent, item: commit });
            }
            (Step::Reveal, Some(sealed)) if sealed == commit.commitment => {
                reveals.push(Pending {
                    key: &duty.key,
                    sent: entry.reveal_sent,
                    item: entry.reveal(&subject),
                });
            }
            (Step::Reveal, Some(_)) => {
                log::warn!(
                    target: LOG,
                    "audit {}: the commit on the chain is not this node's; another one uses its key",
                    hex::encode(duty.audit),
                );
            }
            _ => {}
        }
    }
    let Some(validator) = duties.first().map(|duty| &duty.validator) else { return };
    submit::<T, _>(now, validator, commits, |commits, signature| Call::commit_audit {
        validator: validator.clone(),
        commits,
        signature,
    });
    submit::<T, _>(now, validator, reveals, |reveals, signature| Call::reveal_audit {
        validator: validator.clone(),
        reveals,
        signature,
    });
}

/// Something to submit.
struct Pending<'a, I> {
    key: &'a AuthorityId,
    sent: Option<Sent>,
    item: I,
}

impl<I> Pending<'_, I> {
    /// Block in which it was sent first: what shares it travels together.
    fn company(&self) -> Option<BlockNumber> {
        self.sent.map(|sent| sent.first)
    }
}

type Bounded<I> = BoundedVec<I, ConstU32<MAX_ITEMS>>;

/// Submits what is due: one submission for each key and each first sending, so that what once travelled together
/// travels together again.
fn submit<T: Config, I: Item + Clone>(
    now: BlockNumber,
    validator: &AccountId,
    pending: Vec<Pending<'_, I>>,
    call: impl Fn(Bounded<I>, crate::sr25519::AuthoritySignature) -> Call<T>,
) {
    let mut due: Vec<_> = pending.into_iter().filter(|p| Sent::is_due(p.sent, now)).collect();
    due.sort_by_key(|p| (p.key.to_raw_vec(), p.company()));
    let most = usize::try_from(MAX_ITEMS).unwrap_or(usize::MAX);
    for group in due.chunk_by(|a, b| a.key == b.key && a.company() == b.company()) {
        for chunk in group.chunks(most) {
            let Some(Pending { key, .. }) = chunk.first() else { continue };
            let items: Vec<I> = chunk.iter().map(|p| p.item.clone()).collect();
            let Ok(items) = Bounded::try_from(items) else { continue };
            // Written down first: a worker on another fork, or after a crash, must not send it a second time at once.
            for item in &items {
                note_sent(validator, item, now);
            }
            let payload = submission_payload(I::TAG, &Pallet::<T>::genesis(), validator, &items);
            let Some(signature) = key.sign(&payload) else {
                log::warn!(target: LOG, "the attestation key is no longer in the keystore");
                continue;
            };
            let transaction = T::create_authorized_transaction(call(items, signature).into());
            if SubmitTransaction::<T, Call<T>>::submit_transaction(transaction).is_err() {
                log::debug!(target: LOG, "the pool refused a submission; it is sent again later");
            }
        }
    }
}

fn note_sent<I: Item>(validator: &AccountId, item: &I, now: BlockNumber) {
    let (audit, round) = item.subject();
    let subject = Subject { audit, round, validator: validator.clone() };
    let Some(mut entry) = journal::read(&subject) else { return };
    if I::TAG == souk_primitives::audit::COMMIT_TAG {
        entry.commit_sent = Some(Sent::again(entry.commit_sent, now));
    } else {
        entry.reveal_sent = Some(Sent::again(entry.reveal_sent, now));
    }
    journal::write(&subject, &entry);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_with_many_keeps_nobody_waiting() {
        let items = (0..90).map(|i| ('a', i)).chain([('b', 90), ('c', 91), ('b', 92)]);
        let order = in_turns(items, |(owner, _)| owner);
        assert_eq!(order[..6], [('a', 0), ('b', 90), ('c', 91), ('a', 1), ('b', 92), ('a', 2)]);
        assert_eq!(order.len(), 93);
    }
}
