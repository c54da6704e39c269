//! Vouchers that one core takes in a second, by the code that a sidecar runs for each.

use super::{machine, memory_folder, stats::Samples, Section, Setup, Table};
use anyhow::{ensure, Context, Result};
use souk_primitives::{
    call::{receipt_leaf, CallBody, CallKind, Finish, Receipt, Request, Signed, Voucher},
    sr25519::{Pair, Public, Signature},
    sumtree::Spine,
    transcript::Answer,
    Balance,
};
use souk_sidecar::{
    ledger::{Ledger, Order},
    payment::{decode_signed, encode_signed},
};
use sp_core::Pair as _;
use std::{path::Path, time::Instant};

const GENESIS: [u8; 32] = [1; 32];
const CHANNEL: [u8; 32] = [2; 32];
const DEPOSIT: Balance = 1_000_000_000;

/// A channel of a ledger, with its consumer.
struct Bench {
    ledger: Ledger,
    consumer: Pair,
    provider: Pair,
    spine: Spine,
    /// Vouchers by the calls that they cover.
    vouchers: Vec<Voucher>,
}

impl Bench {
    fn new(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Bench {
            ledger: Ledger::open(&folder.join("ledger.db"))?,
            consumer: Pair::from_seed(&[3; 32]),
            provider: Pair::from_seed(&[4; 32]),
            spine: Spine::default(),
            vouchers: vec![Voucher {
                genesis: GENESIS,
                channel: CHANNEL,
                cumulative: 0,
                calls: 0,
                receipts_root: souk_primitives::sumtree::EMPTY.root,
            }],
        })
    }

    /// Serves one call, paid by the voucher for all calls before it, as the API does.
    fn call(&mut self) -> Result<()> {
        let seq = self.spine.count();
        let body = CallBody {
            kind: CallKind::Generate,
            prompt_ids: vec![1, 2, 3],
            temperature_milli: 0,
            max_tokens: 4,
            stops: Vec::new(),
        };
        let request = Request {
            genesis: GENESIS,
            channel: CHANNEL,
            seq,
            seed: [5; 32],
            request_digest: body.digest(),
            max_charge: 10,
            blinding: [6; 32],
        };
        let last = self.vouchers.last().cloned().context("there is a voucher for no calls")?;
        let order = Order {
            request_signature: request.sign(&self.consumer).0,
            request: request.clone(),
            body,
            deposit: DEPOSIT,
            voucher_key: self.consumer.public().0,
            voucher: (seq > 0).then(|| (last.clone(), last.sign(&self.consumer).0)),
        };
        self.ledger.admit(order)??;
        let answer = Answer::Tokens(vec![7, 8]);
        let receipt = Receipt {
            genesis: GENESIS,
            channel: CHANNEL,
            seq,
            request_digest: request.request_digest,
            response_digest: answer.digest(),
            input_tokens: 3,
            output_tokens: 2,
            charge: 5,
            finish: Finish::Stop,
        };
        self.ledger.finish(&receipt, receipt.sign(&self.provider).0, &answer)?;
        self.spine.push(receipt_leaf(&request, &receipt)).context("the tree overflows")?;
        let shape = self.spine.shape().context("the tree overflows")?;
        self.vouchers.push(Voucher {
            genesis: GENESIS,
            channel: CHANNEL,
            cumulative: shape.total,
            calls: shape.count,
            receipts_root: shape.root,
        });
        Ok(())
    }

    fn take(&self, (voucher, signature): (Voucher, [u8; 64])) -> Result<bool> {
        let key = self.consumer.public().0;
        Ok(self.ledger.accept_voucher(voucher, signature, key, GENESIS, DEPOSIT)??)
    }
}

/// Rates of many runs of `count` items each.
fn rates<T>(runs: usize, items: &[T], mut work: impl FnMut(&T) -> Result<()>) -> Result<Samples> {
    let mut samples = Samples::default();
    for run in 0..=runs {
        let began = Instant::now();
        items.iter().try_for_each(&mut work)?;
        // The first run warms up.
        if run > 0 {
            samples.push(items.len() as f64 / began.elapsed().as_secs_f64());
        }
    }
    Ok(samples)
}

/// Measures the section.
pub async fn measure(setup: &Setup, say: &dyn Fn(&str)) -> Result<Section> {
    let mut section = Section::new(setup, "vouchers", "Vouchers");
    let runs = setup.pick(40, 8);
    say("vouchers: verified on one thread");
    let memory = memory_folder()?;
    let place = memory.as_ref().map_or(setup.folder.join("vouchers"), |folder| folder.path().to_path_buf());
    let mut bench = Bench::new(&place)?;
    for _ in 0..16 {
        bench.call()?;
    }
    // Three that are older than the one held, as racing calls carry them: checked in full, nothing to store.
    let held = bench.vouchers.len() - 1;
    bench.take(signed(&bench, held))?;
    let texts: Vec<String> = (0..400)
        .map(|i| {
            let (voucher, signature) = signed(&bench, held - 1 - i % 3);
            encode_signed(&voucher, &signature)
        })
        .collect();
    let parsed: Vec<(Voucher, [u8; 64])> = texts.iter().filter_map(|text| decode_signed(text)).collect();
    ensure!(parsed.len() == texts.len(), "a voucher does not decode");
    let key = Public::from_raw(bench.consumer.public().0);

    let signature = rates(runs, &parsed, |(voucher, signature)| {
        ensure!(voucher.verify(&Signature::from_raw(*signature), &key), "a good signature was refused");
        Ok(())
    })?;
    let path = rates(runs, &texts, |text| {
        let voucher = decode_signed(text).context("a voucher does not decode")?;
        ensure!(!bench.take(voucher)?, "an older voucher was stored");
        Ok(())
    })?;
    let forged: Vec<(Voucher, [u8; 64])> = parsed
        .iter()
        .map(|(voucher, signature)| {
            (Voucher { cumulative: voucher.cumulative + 1, ..voucher.clone() }, *signature)
        })
        .collect();
    let refused = rates(runs, &forged, |(voucher, signature)| {
        let key = bench.consumer.public().0;
        let outcome = bench.ledger.accept_voucher(voucher.clone(), *signature, key, GENESIS, DEPOSIT)?;
        ensure!(outcome.is_err(), "a forged voucher was taken");
        Ok(())
    })?;

    let mut table = Table::new("A second, on one core", &["what", "median", "middle half", "slowest 1 %"]);
    let mut row = |what: &str, samples: &Samples| {
        let [median, half, _] = samples.cells(0);
        // Of rates, the slow end is what matters.
        table.row([what.into(), median, half, format!("{:.0}", samples.quantile(0.01))]);
    };
    row("signature alone (sr25519)", &signature);
    row(
        "the sidecar's path: header decoded, chain, channel, signature, deposit, total and root checked",
        &path,
    );
    row("forged vouchers refused", &refused);
    if memory.is_some() {
        row(
            "calls bound, answered and covered by a new voucher, ledger in memory",
            &calls(&mut bench, setup.pick(300, 60))?,
        );
    }
    say("vouchers: stored on the disk");
    let folder = tempfile::tempdir_in(&setup.folder)?;
    let mut on_disk = Bench::new(folder.path())?;
    row(
        "calls bound, answered and covered by a new voucher, ledger on the disk",
        &calls(&mut on_disk, setup.pick(100, 20))?,
    );

    let sync = machine::sync_millis(&setup.folder, setup.pick(200, 40))?;
    section.aim(
        "vouchers verified per second and core",
        "over 10,000",
        format!("{:.0}", path.median()),
        Some(path.median() > 10_000.0),
    );
    section.how(
        "One thread. The vouchers are real ones of a ledger with 16 answered calls, signed anew each (sr25519 signatures \
         are randomised), and older than the one held by at most three calls, as calls in flight carry them: checked in full by \
         `Ledger::accept_voucher`, but with nothing to store..",
    );
    section.how(format!(
        "The last rows are whole calls of one channel, one after the other, with the three signatures of consumer and \
         provider. On the disk a call waits for one forced write, its receipt's ({:.2} ms in the middle for 4 KiB here, 99th \
         percentile {:.2} ms); calls of many channels wait for the same disk.",
        sync.median(),
        sync.quantile(0.99)
    ));
    section.tables.push(table);
    Ok(section)
}

fn signed(bench: &Bench, calls: usize) -> (Voucher, [u8; 64]) {
    let voucher = bench.vouchers[calls].clone();
    let signature = voucher.sign(&bench.consumer).0;
    (voucher, signature)
}

/// Whole calls, one after the other.
fn calls(bench: &mut Bench, count: usize) -> Result<Samples> {
    bench.call()?;
    let mut samples = Samples::default();
    for _ in 0..count {
        let began = Instant::now();
        bench.call()?;
        samples.push(1.0 / began.elapsed().as_secs_f64());
    }
    Ok(samples)
}
