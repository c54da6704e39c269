//! The off-chain worker against a scripted sidecar: what it posts, what it submits, and that a submission of its own
//! passes `authorize`.

use crate::{
    crypto::KEY_TYPE,
    mock::*,
    offchain::{MAX_ANSWER, TOKEN_KEY, URL_KEY},
    types::{Phase, Step},
};
use codec::{Decode, Encode};
use frame_support::traits::Hooks;
use parking_lot::{Mutex, RwLock};
use serde_json::{json, Value};
use souk_primitives::{
    audit::Round,
    call::Signed,
    close::CloseReason,
    exposure::Chance,
    fetch::{transcript_resource, Fetch},
    verdict::Report,
    AuditId,
};
use sp_core::{
    offchain::{
        testing::{PoolState, TestOffchainExt, TestTransactionPoolExt},
        DbExternalities, Externalities, HttpError, HttpRequestId, HttpRequestStatus, OffchainDbExt,
        OffchainWorkerExt, OpaqueNetworkState, StorageKind, Timestamp, TransactionPoolExt,
    },
    OpaquePeerId,
};
use sp_keystore::{testing::MemoryKeystore, Keystore, KeystoreExt};
use std::{collections::BTreeSet, sync::Arc};

/// How the sidecar behaves.
#[derive(Clone, Default)]
enum Mood {
    /// Answers each task with this report.
    Done(Report),
    /// Answers that it is still working.
    Running,
    /// Says that it can't.
    Failing,
    /// Answers with these bytes.
    Raw(u16, Vec<u8>),
    /// Refuses the connection.
    #[default]
    Down,
    /// Never answers.
    Slow,
    /// Sends its headers and no body.
    Stuck,
}

/// URI, headers and body.
type Posted = (String, Vec<(String, String)>, Vec<u8>);

#[derive(Default)]
struct Script {
    mood: Mood,
    requests: Vec<Posted>,
    answer: Vec<u8>,
    seeds: u8,
}

impl Script {
    fn body(&self) -> Value {
        serde_json::from_slice(&self.requests.last().unwrap().2).unwrap()
    }

    fn answer_all(&self, with: impl Fn(&Value) -> Value) -> Vec<u8> {
        let tasks = self.body()["tasks"].as_array().unwrap().clone();
        let audits: Vec<_> = tasks.iter().map(|t| with(&t["task"]["audit"])).collect();
        serde_json::to_vec(&json!({ "audits": audits })).unwrap()
    }
}

/// Offchain externalities whose HTTP is a script and whose storage is the SDK's own test storage.
#[derive(Clone)]
struct Ext {
    db: TestOffchainExt,
    script: Arc<Mutex<Script>>,
}

impl Externalities for Ext {
    fn is_validator(&self) -> bool {
        true
    }
    fn network_state(&self) -> Result<OpaqueNetworkState, ()> {
        self.db.network_state()
    }
    fn timestamp(&mut self) -> Timestamp {
        self.db.timestamp()
    }
    fn sleep_until(&mut self, deadline: Timestamp) {
        self.db.sleep_until(deadline)
    }
    fn random_seed(&mut self) -> [u8; 32] {
        let mut script = self.script.lock();
        script.seeds += 1;
        [script.seeds; 32]
    }
    fn http_request_start(&mut self, method: &str, uri: &str, _: &[u8]) -> Result<HttpRequestId, ()> {
        assert_eq!(method, "POST");
        let mut script = self.script.lock();
        if matches!(script.mood, Mood::Down) {
            return Err(());
        }
        script.requests.push((uri.into(), vec![], vec![]));
        Ok(HttpRequestId(0))
    }
    fn http_request_add_header(&mut self, _: HttpRequestId, name: &str, value: &str) -> Result<(), ()> {
        self.script.lock().requests.last_mut().unwrap().1.push((name.into(), value.into()));
        Ok(())
    }
    fn http_request_write_body(
        &mut self,
        _: HttpRequestId,
        chunk: &[u8],
        deadline: Option<Timestamp>,
    ) -> Result<(), HttpError> {
        assert!(deadline.is_some(), "a deadline on sending");
        self.script.lock().requests.last_mut().unwrap().2.extend_from_slice(chunk);
        Ok(())
    }
    fn http_response_wait(
        &mut self,
        _: &[HttpRequestId],
        deadline: Option<Timestamp>,
    ) -> Vec<HttpRequestStatus> {
        assert!(deadline.is_some(), "a deadline on waiting");
        let mut script = self.script.lock();
        let entry = |audit: &Value, status: &str, report: Option<&Report>| json!({ "audit": audit["id"], "round": audit["round"], "status": status, "report": report, "error": null });
        let (code, answer) = match script.mood.clone() {
            Mood::Slow => return vec![HttpRequestStatus::DeadlineReached],
            Mood::Done(report) => (200, script.answer_all(|a| entry(a, "done", Some(&report)))),
            Mood::Running => (200, script.answer_all(|a| entry(a, "running", None))),
            Mood::Failing => (200, script.answer_all(|a| entry(a, "failed", None))),
            Mood::Raw(code, bytes) => (code, bytes),
            Mood::Down | Mood::Stuck => (200, vec![]),
        };
        script.answer = answer;
        vec![HttpRequestStatus::Finished(code)]
    }
    fn http_response_headers(&mut self, _: HttpRequestId) -> Vec<(Vec<u8>, Vec<u8>)> {
        vec![]
    }
    fn http_response_read_body(
        &mut self,
        _: HttpRequestId,
        buffer: &mut [u8],
        deadline: Option<Timestamp>,
    ) -> Result<usize, HttpError> {
        assert!(deadline.is_some(), "a deadline on reading");
        let mut script = self.script.lock();
        if matches!(script.mood, Mood::Stuck) {
            return Err(HttpError::DeadlineReached);
        }
        let read = buffer.len().min(script.answer.len());
        buffer[..read].copy_from_slice(&script.answer[..read]);
        script.answer.drain(..read);
        Ok(read)
    }
    fn set_authorized_nodes(&mut self, _: Vec<OpaquePeerId>, _: bool) {}
}

impl DbExternalities for Ext {
    fn local_storage_set(&mut self, kind: StorageKind, key: &[u8], value: &[u8]) {
        self.db.local_storage_set(kind, key, value)
    }
    fn local_storage_clear(&mut self, kind: StorageKind, key: &[u8]) {
        self.db.local_storage_clear(kind, key)
    }
    fn local_storage_compare_and_set(
        &mut self,
        kind: StorageKind,
        key: &[u8],
        old: Option<&[u8]>,
        new: &[u8],
    ) -> bool {
        self.db.local_storage_compare_and_set(kind, key, old, new)
    }
    fn local_storage_get(&mut self, kind: StorageKind, key: &[u8]) -> Option<Vec<u8>> {
        self.db.local_storage_get(kind, key)
    }
}

/// A node of some validators with a sidecar.
struct Node {
    script: Arc<Mutex<Script>>,
    pool: Arc<RwLock<PoolState>>,
}

impl Node {
    fn mood(&self, mood: Mood) {
        self.script.lock().mood = mood;
    }

    fn requests(&self) -> usize {
        self.script.lock().requests.len()
    }

    /// Runs the worker in the current block and returns what it submitted.
    fn work(&self) -> Vec<RuntimeCall> {
        Attestation::offchain_worker(System::block_number());
        let sent = std::mem::take(&mut self.pool.write().transactions);
        sent.iter().map(|bytes| Extrinsic::decode(&mut &bytes[..]).unwrap().function).collect()
    }

    /// Runs the worker and lets what it submitted into a block.
    fn work_and_apply(&self) -> usize {
        let calls = self.work();
        let count = calls.len();
        calls.into_iter().for_each(apply);
        count
    }
}

/// Runs a test on the node of these validators, with their keys of generation 0.
fn on_node(validators: &[u8], test: impl FnOnce(&Node)) {
    let mut ext = new_test_ext();
    let (db, state) = TestOffchainExt::new();
    let (pool, pool_state) = TestTransactionPoolExt::new();
    let script = Arc::new(Mutex::new(Script::default()));
    let offchain = Ext { db, script: script.clone() };
    {
        let mut state = state.write();
        state.persistent_storage.apply_offchain_changes(
            [(URL_KEY, &b"http://127.0.0.1:9901"[..]), (TOKEN_KEY, &b"secret"[..])].into_iter().map(
                |(key, value)| {
                    let change =
                        sp_core::offchain::OffchainOverlayedChange::SetValue(value.to_vec().encode());
                    ((vec![], key.to_vec()), change)
                },
            ),
        );
    }
    let keystore = MemoryKeystore::new();
    for v in validators {
        let seed = souk_primitives::hash(&[b"attn", &[*v, 0]]);
        let suri = format!("0x{}", hex::encode(seed));
        keystore.insert(KEY_TYPE, &suri, &sp_core::Pair::public(&pair(*v, 0)).0).unwrap();
    }
    ext.register_extension(OffchainDbExt::new(offchain.clone()));
    ext.register_extension(OffchainWorkerExt::new(offchain));
    ext.register_extension(TransactionPoolExt::new(pool));
    ext.register_extension(KeystoreExt::new(keystore));
    ext.execute_with(|| {
        test(&Node { script, pool: pool_state });
        Attestation::do_try_state().unwrap();
    });
}

/// An audit in which `member` has a seat, past the finality slack.
fn drawn_for(member: u8) -> AuditId {
    loop {
        let (_, id) = drawn();
        if members(id).contains(&member) {
            run_blocks(2);
            return id;
        }
    }
}

/// Makes [`drawn_for`]'s choice certain: validator 2 has a seat in every audit.
fn seat_for_two() {
    Registered::put((2..=4).map(|v| (stash(v), 1)).collect::<Vec<_>>());
}

#[test]
fn worker_audits_from_the_task_to_the_release() {
    on_node(&[2, 3, 4], |node| {
        seat_for_two();
        let id = drawn_for(2);
        node.mood(Mood::Done(valid()));
        // One request a block, so three validators on one node take three blocks.
        for _ in 0..3 {
            node.work_and_apply();
            next_block();
        }
        assert_eq!(node.requests(), 3);
        assert_eq!(audit(id).step(Live::get()), Step::Reveal);
        assert_eq!(node.work_and_apply(), 3);
        assert_eq!(audit(id).outcome(), Some(CloseReason::Valid));
        assert_eq!(Ended::get(audit(id).batch), Some((CloseReason::Valid, true)));
        // Nothing more to do.
        next_block();
        assert_eq!(node.work_and_apply(), 0);
        assert_eq!(node.requests(), 3);
    });
}

#[test]
fn request_carries_task_signed_fetch_and_token() {
    on_node(&[2], |node| {
        seat_for_two();
        let id = drawn_for(2);
        node.mood(Mood::Running);
        assert_eq!(node.work().len(), 0);
        let script = node.script.lock();
        let (uri, headers, _) = &script.requests[0];
        assert_eq!(uri, "http://127.0.0.1:9901/v1/audits");
        assert!(headers.contains(&("Content-Type".into(), "application/json".into())));
        assert!(headers.contains(&("Authorization".into(), "Bearer secret".into())));
        let body = script.body();
        assert_eq!(body["genesis"], format!("0x{}", hex::encode(GENESIS)));
        assert_eq!(body["validator"], stash(2).to_string());
        let task = &body["tasks"][0]["task"];
        assert_eq!(task["audit"]["id"], format!("0x{}", hex::encode(id)));
        assert_eq!(task["audit"]["round"], "First");
        assert_eq!(task["audit"]["point"], audit(id).point.to_string());
        assert_eq!(task["audit"]["endpoint"], "http://provider.example:8901");
        assert_eq!(task["specView"]["model"], "demo");
        // The task reads back as the type that the sidecar uses.
        let parsed: souk_primitives::views::AuditTask = serde_json::from_value(task.clone()).unwrap();
        assert_eq!(parsed.audit.id, id);

        let bytes = decode_base64(body["tasks"][0]["fetch"].as_str().unwrap());
        let fetch = Fetch::decode(&mut &bytes[..]).unwrap();
        assert_eq!(fetch.genesis, GENESIS);
        assert_eq!(fetch.resource, transcript_resource(&id));
        assert!(fetch.expires >= System::block_number());
        let (signature, key) = bytes[fetch.encoded_size()..].split_at(64);
        assert_eq!(key, sp_core::Pair::public(&pair(2, 0)).0);
        let signature = sp_core::sr25519::Signature::from_raw(signature.try_into().unwrap());
        assert!(fetch.verify(&signature, &sp_core::Pair::public(&pair(2, 0))));
    });
}

fn decode_base64(text: &str) -> Vec<u8> {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = Vec::new();
    for chunk in text.trim_end_matches('=').as_bytes().chunks(4) {
        let word = chunk
            .iter()
            .fold(0u32, |acc, c| (acc << 6) | alphabet.iter().position(|a| a == c).unwrap() as u32)
            << (6 * (4 - chunk.len()));
        out.extend_from_slice(&word.to_be_bytes()[1..chunk.len()]);
    }
    out
}

#[test]
fn all_open_audits_of_a_validator_travel_together() {
    on_node(&[2], |node| {
        seat_for_two();
        let batch = settle_with_hits(3, Chance::ONE);
        run_blocks(7);
        node.mood(Mood::Done(valid()));
        assert_eq!(node.work_and_apply(), 1);
        assert_eq!(node.script.lock().body()["tasks"].as_array().unwrap().len(), 3);
        for id in crate::Batches::<Test>::get(batch).unwrap().audits {
            assert!(audit(id).seat(&stash(2)).unwrap().commitment.is_some());
        }
    });
}

#[test]
fn withheld_audits_do_not_hide_the_others() {
    on_node(&[2], |node| {
        seat_for_two();
        let batches: Vec<_> = (0..7).map(|_| settle_with_hits(4, Chance::ONE)).collect();
        run_blocks(7);
        let open: usize = batches.iter().map(|b| crate::Batches::<Test>::get(b).unwrap().audits.len()).sum();
        assert_eq!(open, 28);
        // None of them is done, block after block, and still all are asked for.
        node.mood(Mood::Running);
        node.work();
        assert_eq!(node.script.lock().body()["tasks"].as_array().unwrap().len(), open);
        // What is done travels in submissions of at most sixteen.
        node.mood(Mood::Done(valid()));
        assert_eq!(node.work_and_apply(), 2);
    });
}

#[test]
fn nothing_starts_before_the_draw_is_final() {
    on_node(&[2], |node| {
        seat_for_two();
        node.mood(Mood::Done(valid()));
        let (_, id) = drawn();
        for _ in 0..2 {
            assert_eq!(node.work().len(), 0);
            assert_eq!(node.requests(), 0);
            next_block();
        }
        assert_eq!(node.work_and_apply(), 1);
        assert!(audit(id).seat(&stash(2)).unwrap().commitment.is_some());
    });
}

#[test]
fn broken_sidecars_delay_and_break_nothing() {
    on_node(&[2], |node| {
        seat_for_two();
        let id = drawn_for(2);
        let bad = [
            Mood::Down,
            Mood::Slow,
            Mood::Stuck,
            Mood::Running,
            Mood::Failing,
            Mood::Raw(500, b"{\"audits\":[]}".to_vec()),
            Mood::Raw(200, b"not json".to_vec()),
            Mood::Raw(200, vec![b' '; MAX_ANSWER + 1]),
            Mood::Raw(200, b"{\"audits\":[]}".to_vec()),
            Mood::Raw(200, br#"{"audits":[{"audit":"0x00","round":"First","status":"done","report":"Unavailable"}]}"#.to_vec()),
            // Done without a report, and an audit that nobody asked for.
            Mood::Raw(200, format!(r#"{{"audits":[{{"audit":"0x{}","round":"First","status":"done","report":null}},{{"audit":"0x{}","round":"First","status":"done","report":"Unavailable"}}]}}"#, hex::encode(id), hex::encode([1; 32])).into_bytes()),
            // The wrong round.
            Mood::Raw(200, format!(r#"{{"audits":[{{"audit":"0x{}","round":"Second","status":"done","report":"Unavailable"}}]}}"#, hex::encode(id)).into_bytes()),
        ];
        for mood in bad {
            node.mood(mood);
            assert_eq!(node.work().len(), 0);
        }
        node.mood(Mood::Done(doubtful()));
        assert_eq!(node.work_and_apply(), 1);
        assert!(audit(id).seat(&stash(2)).unwrap().commitment.is_some());
    });
}

#[test]
fn node_without_sidecar_or_seat_stays_silent() {
    on_node(&[OWN], |node| {
        node.mood(Mood::Done(valid()));
        let _ = drawn();
        run_blocks(3);
        assert_eq!(node.work().len(), 0);
        assert_eq!(node.requests(), 0);
    });
    on_node(&[2], |node| {
        seat_for_two();
        sp_io::offchain::local_storage_clear(StorageKind::PERSISTENT, URL_KEY);
        drawn_for(2);
        node.mood(Mood::Done(valid()));
        assert_eq!(node.work().len(), 0);
        assert_eq!(node.requests(), 0);
    });
}

#[test]
fn lock_keeps_a_second_worker_out() {
    on_node(&[2], |node| {
        seat_for_two();
        drawn_for(2);
        node.mood(Mood::Done(valid()));
        let until = sp_io::offchain::timestamp().add(sp_core::offchain::Duration::from_millis(5_000));
        sp_io::offchain::local_storage_set(StorageKind::PERSISTENT, b"souk/audit-lock", &until.encode());
        assert_eq!(node.work().len(), 0);
        assert_eq!(node.requests(), 0);
        // Whoever held it died: its time passes.
        sp_io::offchain::sleep_until(until.add(sp_core::offchain::Duration::from_millis(1)));
        assert_eq!(node.work().len(), 1);
    });
}

#[test]
fn same_commit_on_every_fork_and_in_the_next_block_but_not_twice_in_one() {
    on_node(&[2], |node| {
        seat_for_two();
        let id = drawn_for(2);
        node.mood(Mood::Done(valid()));
        let first = node.work();
        // Another block at the same height: the worker runs again on a state without the commit.
        assert_eq!(node.work().len(), 0);
        // The sidecar now says something else; the report that was stored counts.
        node.mood(Mood::Done(invalid()));
        next_block();
        let again = node.work();
        assert_eq!(again.len(), 1);
        assert_eq!(node.requests(), 1);
        let commits = |call: &RuntimeCall| match call {
            RuntimeCall::Attestation(crate::Call::commit_audit { commits, .. }) => commits.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(commits(&first[0]), commits(&again[0]));
        // Whichever comes first is let in; the other is stale.
        apply(first[0].clone());
        assert!(authorize(&again[0]).is_err());
        assert!(audit(id).seat(&stash(2)).unwrap().commitment.is_some());
    });
}

#[test]
fn commit_of_a_fork_that_is_gone_is_sent_at_once() {
    on_node(&[2], |node| {
        seat_for_two();
        drawn_for(2);
        node.mood(Mood::Done(valid()));
        let height = System::block_number();
        System::set_block_number(height + 2);
        assert_eq!(node.work().len(), 1);
        System::set_block_number(height);
        assert_eq!(node.work().len(), 1);
        assert_eq!(node.work().len(), 0);
    });
}

#[test]
fn reveal_survives_a_restart() {
    on_node(&[2], |node| {
        seat_for_two();
        let id = drawn_for(2);
        node.mood(Mood::Done(doubtful()));
        assert_eq!(node.work_and_apply(), 1);
        commit(3, id, &valid());
        commit(4, id, &valid());
        // The sidecar is gone, and so is everything but the node's storage.
        node.mood(Mood::Down);
        let calls = node.work();
        assert_eq!(calls.len(), 1);
        assert_eq!(node.work().len(), 0);
        calls.into_iter().for_each(apply);
        assert_eq!(audit(id).seat(&stash(2)).unwrap().report, Some(doubtful()));
    });
}

#[test]
fn what_was_sent_together_is_sent_together_again() {
    on_node(&[2], |node| {
        seat_for_two();
        node.mood(Mood::Done(valid()));
        settle_with_hits(2, Chance::ONE);
        run_blocks(5);
        settle_with_hits(3, Chance::ONE);
        run_blocks(2);
        let sizes = |calls: Vec<RuntimeCall>| -> BTreeSet<usize> {
            let size = |call: &RuntimeCall| match call {
                RuntimeCall::Attestation(crate::Call::commit_audit { commits, .. }) => commits.len(),
                other => panic!("{other:?}"),
            };
            calls.iter().map(size).collect()
        };
        // No block takes any of it.
        assert_eq!(sizes(node.work()), BTreeSet::from([2]));
        run_blocks(5);
        for _ in 0..2 {
            assert_eq!(sizes(node.work()), BTreeSet::from([2, 3]));
            next_block();
        }
    });
}

#[test]
fn commit_that_is_not_ours_is_not_revealed() {
    on_node(&[2], |node| {
        seat_for_two();
        let id = drawn_for(2);
        node.mood(Mood::Done(valid()));
        assert_eq!(node.work().len(), 1);
        // Another machine with the same key came first.
        for member in members(id) {
            commit(member, id, &invalid());
        }
        assert_eq!(node.work().len(), 0);
    });
}

#[test]
fn second_round_is_measured_anew() {
    on_node(&[2], |node| {
        seat_for_two();
        let id = drawn_for(2);
        node.mood(Mood::Done(Report::Unavailable));
        node.work_and_apply();
        for member in [3, 4] {
            commit(member, id, &Report::Unavailable);
        }
        node.work_and_apply();
        for member in [3, 4] {
            reveal(member, id, &Report::Unavailable);
        }
        assert!(matches!(audit(id).phase, Phase::Redrawing { .. }));
        assert_eq!(node.work().len(), 0);
        run_blocks(42);
        assert_eq!(audit(id).round, Round::Second);
        node.mood(Mood::Done(valid()));
        assert_eq!(node.work_and_apply(), 1);
        assert_eq!(node.script.lock().body()["tasks"][0]["task"]["audit"]["round"], "Second");
        assert!(audit(id).seat(&stash(2)).unwrap().commitment.is_some());
    });
}

#[test]
fn rotated_key_still_serves_its_seat() {
    on_node(&[2], |node| {
        seat_for_two();
        let id = drawn_for(2);
        rotate_keys(1);
        node.mood(Mood::Done(valid()));
        assert_eq!(node.work_and_apply(), 1);
        assert!(audit(id).seat(&stash(2)).unwrap().commitment.is_some());
    });
}

#[test]
fn journal_is_pruned_when_an_audit_is_long_over() {
    on_node(&[2], |node| {
        seat_for_two();
        let id = drawn_for(2);
        node.mood(Mood::Done(valid()));
        node.work_and_apply();
        let stored = || {
            sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, b"souk/audit-index")
                .map(|bytes| {
                    Vec::<(AuditId, Round, souk_primitives::AccountId)>::decode(&mut &bytes[..]).unwrap()
                })
                .unwrap_or_default()
        };
        assert_eq!(stored(), vec![(id, Round::First, stash(2))]);
        run_blocks(100);
        node.work();
        assert_eq!(stored().len(), 1, "a re-org may still bring the audit back");
        run_blocks(300);
        node.work();
        assert!(stored().is_empty());
        let mut key = b"souk/audit/".to_vec();
        (id, Round::First, stash(2)).encode_to(&mut key);
        assert_eq!(sp_io::offchain::local_storage_get(StorageKind::PERSISTENT, &key), None);
    });
}
