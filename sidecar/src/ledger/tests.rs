use super::*;
use souk_primitives::call::{CallKind, Finish, Prices};
use sp_core::Pair;
use std::time::Duration;

const GENESIS: Digest = [1; 32];
const CHANNEL: ChannelId = [2; 32];
const PRICES: Prices = Prices { per_1k_input: 1_000, per_1k_output: 1_000 };

struct Bench {
    dir: tempfile::TempDir,
    ledger: Ledger,
    consumer: sr25519::Pair,
    provider: sr25519::Pair,
}

fn bench() -> Bench {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(&dir.path().join("ledger.db")).unwrap();
    Bench { dir, ledger, consumer: Pair::from_seed(&[3; 32]), provider: Pair::from_seed(&[4; 32]) }
}

impl Bench {
    /// The process dies and comes back.
    fn reopen(self) -> Bench {
        let Bench { dir, ledger, consumer, provider } = self;
        drop(ledger);
        let ledger = Ledger::open(&dir.path().join("ledger.db")).unwrap();
        Bench { dir, ledger, consumer, provider }
    }

    fn order(&self, seq: u32, voucher: Option<(Voucher, [u8; 64])>) -> Order {
        let body = CallBody {
            kind: CallKind::Generate,
            prompt_ids: vec![seq, 2, 3],
            temperature_milli: 0,
            max_tokens: 5,
            stops: vec![],
        };
        let request = Request {
            genesis: GENESIS,
            channel: CHANNEL,
            seq,
            seed: [5; 32],
            request_digest: body.digest(),
            max_charge: 100,
            blinding: [seq as u8; 32],
        };
        Order {
            request_signature: request.sign(&self.consumer).0,
            request,
            body,
            deposit: 1_000,
            voucher_key: self.consumer.public().0,
            voucher,
        }
    }

    fn receipt(&self, order: &Order, output: u32, finish: Finish) -> (Receipt, [u8; 64], Answer) {
        let answer = Answer::Tokens((0..output).collect());
        let receipt = Receipt {
            genesis: GENESIS,
            channel: CHANNEL,
            seq: order.request.seq,
            request_digest: order.request.request_digest,
            response_digest: answer.digest(),
            input_tokens: 3,
            output_tokens: output,
            charge: if finish == Finish::Error { 0 } else { PRICES.charge(3, output).unwrap() },
            finish,
        };
        let signature = receipt.sign(&self.provider).0;
        (receipt, signature, answer)
    }

    fn serve(&self, seq: u32, output: u32) -> Receipt {
        let order = self.order(seq, None);
        assert_eq!(self.ledger.admit(order.clone()).unwrap(), Ok(Admission::Run));
        let (receipt, signature, answer) = self.receipt(&order, output, Finish::Stop);
        self.ledger.finish(&receipt, signature, &answer).unwrap();
        receipt
    }

    fn voucher(&self) -> (Voucher, [u8; 64]) {
        let expected = self.ledger.state(&CHANNEL).expected;
        let voucher = Voucher {
            genesis: GENESIS,
            channel: CHANNEL,
            cumulative: expected.total,
            calls: expected.count,
            receipts_root: expected.root,
        };
        let signature = voucher.sign(&self.consumer).0;
        (voucher, signature)
    }

    fn accept(&self, (voucher, signature): (Voucher, [u8; 64])) -> Result<bool, VoucherRefusal> {
        self.ledger.accept_voucher(voucher, signature, self.consumer.public().0, GENESIS, 1_000).unwrap()
    }
}

#[test]
fn retry_should_return_the_same_receipt_bytes_after_a_restart() {
    let bench = bench();
    let receipt = bench.serve(0, 4);
    let before = bench.ledger.call(&CHANNEL, 0).unwrap().unwrap();
    let bench = bench.reopen();
    match bench.ledger.admit(bench.order(0, None)).unwrap().unwrap() {
        Admission::Answered(stored) => {
            assert_eq!(*stored, before);
            assert_eq!(stored.receipt.unwrap().0, receipt);
        }
        Admission::Run => panic!("a paid answer was computed again"),
    }
}

#[test]
fn another_request_for_a_bound_seq_should_be_refused() {
    let bench = bench();
    bench.serve(0, 4);
    let mut other = bench.order(0, None);
    other.request.blinding = [9; 32];
    assert_eq!(bench.ledger.admit(other).unwrap(), Err(Refusal::SeqTaken { seq: 0 }));
}

#[test]
fn a_call_killed_between_binding_and_receipt_should_run_again_or_end_at_zero_charge() {
    let bench = bench();
    bench.serve(0, 4);
    let (one, two) = (bench.order(1, None), bench.order(2, None));
    assert_eq!(bench.ledger.admit(one.clone()).unwrap(), Ok(Admission::Run));
    assert_eq!(bench.ledger.admit(two.clone()).unwrap(), Ok(Admission::Run));
    assert_eq!(bench.ledger.admit(one.clone()).unwrap(), Err(Refusal::InProgress { seq: 1 }));
    assert!(bench.ledger.claim_orphans(0, None).unwrap().is_empty(), "a running call is no orphan");

    let bench = bench.reopen();
    assert!(bench.ledger.claim_orphans(3_600, None).unwrap().is_empty());
    // The consumer retries the first: it runs again. The other never comes back: closed without a charge.
    assert_eq!(bench.ledger.admit(one.clone()).unwrap(), Ok(Admission::Run));
    let (receipt, signature, answer) = bench.receipt(&one, 5, Finish::Stop);
    bench.ledger.finish(&receipt, signature, &answer).unwrap();
    let (failed, signature, nothing) = bench.receipt(&two, 0, Finish::Error);
    bench.ledger.finish(&failed, signature, &nothing).unwrap();
    let state = bench.ledger.state(&CHANNEL);
    assert_eq!((state.expected.count, state.next_seq, state.expected.total), (3, 3, 7 + 8));
}

#[test]
fn an_orphan_should_be_closed_or_run_again_but_never_both() {
    let bench = bench();
    let order = bench.order(0, None);
    assert_eq!(bench.ledger.admit(order.clone()).unwrap(), Ok(Admission::Run));
    let bench = bench.reopen();
    assert!(bench.ledger.claim_orphans(0, Some(&[9; 32])).unwrap().is_empty(), "another channel's end");
    assert_eq!(bench.ledger.claim_orphans(0, Some(&CHANNEL)).unwrap().len(), 1);
    // Between the claim and the zero-charge receipt its consumer comes back.
    assert_eq!(bench.ledger.admit(order.clone()).unwrap(), Err(Refusal::InProgress { seq: 0 }));
    assert!(bench.ledger.claim_orphans(0, None).unwrap().is_empty(), "claimed once");
    // The sweep fails: it runs again.
    bench.ledger.abandon(&CHANNEL, 0);
    assert_eq!(bench.ledger.admit(order).unwrap(), Ok(Admission::Run));
    assert!(bench.ledger.claim_orphans(0, None).unwrap().is_empty(), "a running call is not taken over");
}

#[test]
fn a_second_receipt_for_a_call_should_be_impossible() {
    let bench = bench();
    bench.serve(0, 4);
    let (other, signature, answer) = bench.receipt(&bench.order(0, None), 5, Finish::Stop);
    assert!(matches!(bench.ledger.finish(&other, signature, &answer), Err(LedgerError::Answered(0))));
    let (never, signature, answer) = bench.receipt(&bench.order(7, None), 5, Finish::Stop);
    assert!(matches!(bench.ledger.finish(&never, signature, &answer), Err(LedgerError::Unbound(7))));
}

#[test]
fn voucher_should_survive_a_restart_and_free_the_window() {
    let bench = bench();
    (0..4).for_each(|seq| {
        bench.serve(seq, 4);
    });
    assert!(matches!(bench.ledger.admit(bench.order(4, None)).unwrap(), Err(Refusal::Uncovered { .. })));
    assert_eq!(bench.accept(bench.voucher()), Ok(true));
    let bench = bench.reopen();
    assert_eq!(bench.ledger.state(&CHANNEL).covered, 4);
    assert_eq!(bench.ledger.admit(bench.order(4, None)).unwrap(), Ok(Admission::Run));
}

#[test]
fn vouchers_should_be_refused_when_forged_foreign_or_stale() {
    let bench = bench();
    bench.serve(0, 4);
    let (good, signature) = bench.voucher();
    let resign = |voucher: Voucher| {
        let signature = voucher.sign(&bench.consumer).0;
        (voucher, signature)
    };
    assert_eq!(bench.accept((good.clone(), [7; 64])), Err(VoucherRefusal::Signature));
    let forged = good.sign(&bench.provider).0;
    assert_eq!(bench.accept((good.clone(), forged)), Err(VoucherRefusal::Signature));
    assert_eq!(
        bench.accept(resign(Voucher { genesis: [9; 32], ..good.clone() })),
        Err(VoucherRefusal::WrongChain)
    );
    assert_eq!(
        bench.accept(resign(Voucher { receipts_root: [9; 32], ..good.clone() })),
        Err(VoucherRefusal::WrongRoot)
    );
    let mut order = bench.order(1, None);
    order.voucher = Some(resign(Voucher { channel: [9; 32], ..good.clone() }));
    assert_eq!(bench.ledger.admit(order).unwrap(), Err(Refusal::Voucher(VoucherRefusal::WrongChannel)));
    assert_eq!(bench.ledger.state(&CHANNEL).covered, 0, "a refusal keeps nothing");
    assert_eq!(bench.accept((good.clone(), signature)), Ok(true));
    assert_eq!(bench.accept((good, signature)), Ok(false));
}

#[test]
fn transcripts_should_open_every_point_until_pruned() {
    let bench = bench();
    (0..3).for_each(|seq| {
        bench.serve(seq, 4 + seq);
    });
    let shape = bench.ledger.state(&CHANNEL).expected;
    for point in 0..shape.total {
        let transcript = bench.ledger.transcript(&CHANNEL, &shape, point).unwrap().unwrap();
        assert_eq!(
            transcript.opens(&shape, point, &bench.consumer.public(), &bench.provider.public()),
            Ok(())
        );
    }
    assert!(bench.ledger.transcript(&CHANNEL, &shape, shape.total).unwrap().is_none());
    assert!(bench.ledger.prune_settled(&CHANNEL, 2, 7 + 8).unwrap());
    assert!(bench.ledger.transcript(&CHANNEL, &shape, 0).unwrap().is_none());
    assert!(bench.ledger.transcript(&CHANNEL, &shape, shape.total - 1).unwrap().is_some());
    assert!(bench.ledger.call(&CHANNEL, 0).unwrap().unwrap().receipt.is_some());
}

#[test]
fn calls_should_be_pruned_once_when_their_value_is_settled() {
    let bench = bench();
    let total = |calls: u32| (0..calls).map(|seq| 7 + u128::from(seq)).sum::<u128>();
    (0..4).for_each(|seq| {
        bench.serve(seq, 4 + seq);
    });
    let prune = |bench: &Bench, calls, settled| bench.ledger.prune_settled(&CHANNEL, calls, settled).unwrap();
    let kept = |bench: &Bench| {
        (0..4).filter(|seq| bench.ledger.call(&CHANNEL, *seq).unwrap().unwrap().body.is_some()).count()
    };
    assert!(!prune(&bench, 5, 1_000), "not all are answered");
    assert!(!prune(&bench, 2, total(2) - 1), "a part of the increment waits in the chain's queue");
    assert_eq!((kept(&bench), bench.ledger.is_pruned(&CHANNEL, 1)), (4, false));
    assert!(prune(&bench, 2, total(2)));
    assert_eq!((kept(&bench), bench.ledger.is_pruned(&CHANNEL, 2)), (2, true));
    // What is summed up and pruned is not read again: its receipts may be gone.
    let forget = |bench: &Bench| {
        let inner = bench.ledger.inner.lock();
        inner.db.execute("UPDATE calls SET receipt = x'00' WHERE seq < 2", []).unwrap();
    };
    let bench = bench.reopen();
    assert!(bench.ledger.is_pruned(&CHANNEL, 2), "also after a restart");
    forget(&bench);
    assert!(!prune(&bench, 3, total(3) - 1));
    assert!(prune(&bench, 3, total(3)));
    assert!(bench.ledger.call(&CHANNEL, 2).unwrap().unwrap().body.is_none());
    assert!(bench.ledger.call(&CHANNEL, 3).unwrap().unwrap().body.is_some());
}

#[test]
fn last_settlement_should_open_over_its_own_receipts() {
    let bench = bench();
    (0..3).for_each(|seq| {
        bench.serve(seq, 4 + seq);
    });
    let last = bench.ledger.uncovered(&CHANNEL, 1, 4).unwrap();
    assert_eq!(last.iter().map(|call| call.receipt.seq).collect::<Vec<_>>(), [1, 2]);
    bench.ledger.remember_last(&CHANNEL, &[1, 2]).unwrap();
    let leaves: Vec<_> = last.iter().map(|call| receipt_leaf(&call.request, &call.receipt)).collect();
    let shape = souk_primitives::sumtree::shape(&leaves).unwrap();
    let transcript = bench.ledger.transcript(&CHANNEL, &shape, shape.total - 1).unwrap().unwrap();
    assert_eq!(transcript.request.seq, 2);
}

#[test]
fn closed_channel_should_be_forgotten_but_for_its_receipts() {
    let bench = bench();
    bench.serve(0, 4);
    bench.ledger.close(&CHANNEL).unwrap();
    let bench = bench.reopen();
    assert!(bench.ledger.channels().is_empty());
    let call = bench.ledger.call(&CHANNEL, 0).unwrap().unwrap();
    assert!(call.receipt.is_some() && call.body.is_none() && call.answer.is_none());
}

#[test]
fn flushed_journal_should_stay_the_one_that_commits_go_to() {
    use std::os::unix::fs::MetadataExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    for _ in 0..2 {
        let ledger = Ledger::open(&path).unwrap();
        // More than the thousand pages after which SQLite takes the journal in and begins it anew.
        for i in 0..1_500 {
            let inner = ledger.inner.lock();
            inner
                .db
                .execute("INSERT INTO channels (id, closed) VALUES (randomblob(32), ?1)", params![i % 2])
                .unwrap();
        }
        let named = std::fs::metadata(folder.path().join("ledger.db-wal")).unwrap();
        assert_eq!(ledger.journal.metadata().unwrap().ino(), named.ino());
        ledger.flush().unwrap();
    }
}

#[test]
fn calls_of_channels_that_were_closed_long_ago_should_be_dropped() {
    let bench = bench();
    bench.serve(0, 4);
    assert_eq!(bench.ledger.drop_closed(Duration::ZERO).unwrap(), 0, "an open one stays");
    bench.ledger.close(&CHANNEL).unwrap();
    assert_eq!(bench.ledger.drop_closed(Duration::from_secs(3_600)).unwrap(), 0, "its calls are young");
    std::thread::sleep(Duration::from_millis(1_100));
    assert_eq!(bench.ledger.drop_closed(Duration::ZERO).unwrap(), 1);
    assert_eq!(bench.ledger.call(&CHANNEL, 0).unwrap(), None);
    assert_eq!(bench.ledger.drop_closed(Duration::ZERO).unwrap(), 0);
}

#[test]
fn charge_for_a_cancelled_answer_without_a_token_should_not_be_settled() {
    let bench = bench();
    for (seq, output, finish) in [(0, 0, Finish::Cancelled), (1, 1, Finish::Cancelled), (2, 0, Finish::Stop)]
    {
        let order = bench.order(seq, None);
        assert_eq!(bench.ledger.admit(order.clone()).unwrap(), Ok(Admission::Run));
        let (receipt, signature, answer) = bench.receipt(&order, output, finish);
        bench.ledger.finish(&receipt, signature, &answer).unwrap();
    }
    let seqs: Vec<_> =
        bench.ledger.uncovered(&CHANNEL, 0, 4).unwrap().iter().map(|c| c.receipt.seq).collect();
    assert_eq!(seqs, [1, 2]);
}
