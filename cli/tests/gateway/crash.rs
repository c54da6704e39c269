//! SIGKILL of a real gateway process at chosen moments, again and again: nothing is paid twice, nothing is lost.
//!
//! The process is this very test program, told to be a gateway. Chain and provider outlive it: the provider is here,
//! the chain is a file.

use crate::{
    market::{ledger, FakeMarket, GENESIS, SPEC},
    provider::{Manner, Moment, Provider},
    support::*,
};
use parking_lot::Mutex;
use souk_cli::gateway::store::CallState;
use souk_primitives::{AccountId, Balance};
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    time::Duration,
};

const FOLDER: &str = "SOUK_CRASH_FOLDER";
const LIFE: &str = "SOUK_CRASH_LIFE";
const OPENING: &str = "SOUK_CRASH_AT_OPENING";
/// Users that ask at a time.
const USERS: u32 = 3;

/// When a life ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// While a channel is being opened: it is on the chain, and not yet in the store.
    Opening,
    /// At the nth such moment, a little later.
    At(Moment, u32, Duration),
}

#[test]
#[ignore = "a process of the crash test, which starts it"]
fn gateway_process() {
    let folder = std::env::var(FOLDER).expect("started by the crash test");
    let life = std::env::var(LIFE).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let folder = Path::new(&folder);
        let mut market = FakeMarket::load(&folder.join("chain.json"));
        market.stop_at_opening = std::env::var_os(OPENING).is_some();
        let gateway = gateway(&Arc::new(market), folder).await;
        let users = (0..USERS).map(|user| {
            let (gateway, life) = (gateway.clone(), life.clone());
            async move {
                for i in 0.. {
                    let id = format!("{life}-{user}-{i}");
                    if let Ok(done) = ask(&gateway, job(&id, true)).await.1 {
                        println!("done {id} {}", done.receipt.0.charge);
                    }
                }
            }
        });
        futures::future::join_all(users).await;
    });
}

/// What users were told, by job: what their answer cost.
type Told = Arc<Mutex<BTreeMap<String, Balance>>>;

/// One life of the gateway, ended by SIGKILL.
async fn live(folder: &Path, life: usize, end: End, provider: &Provider, told: &Told) {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "crash::gateway_process", "--ignored", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(LIFE, life.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    if matches!(end, End::Opening) {
        command.env(OPENING, "1");
    }
    let mut child = command.spawn().unwrap();
    let output = BufReader::new(child.stdout.take().unwrap());
    let child: Arc<Mutex<Child>> = Arc::new(Mutex::new(child));
    if let End::At(wanted, nth, delay) = end {
        let (count, child) = (Arc::new(Mutex::new(0)), child.clone());
        *provider.hook.lock() = Some(Arc::new(move |moment| {
            let (count, child) = (count.clone(), child.clone());
            Box::pin(async move {
                let now = moment == wanted && {
                    let mut count = count.lock();
                    *count += 1;
                    *count == nth
                };
                if now && delay.is_zero() {
                    child.lock().kill().unwrap();
                } else if now {
                    // The exchange goes on meanwhile, as it would.
                    tokio::spawn(async move {
                        tokio::time::sleep(delay).await;
                        child.lock().kill().unwrap();
                    });
                }
                now && delay.is_zero()
            })
        }));
    }
    let (reader, killer) = (told.clone(), child.clone());
    let reading = tokio::task::spawn_blocking(move || {
        for line in output.lines().map_while(Result::ok) {
            // The test harness does not end its own line before the first of ours.
            let line = line.rsplit("... ").next().unwrap_or_default();
            let words: Vec<&str> = line.split(' ').collect();
            match words.as_slice() {
                ["done", id, charge] => drop(reader.lock().insert(id.to_string(), charge.parse().unwrap())),
                ["opened"] => killer.lock().kill().unwrap(),
                _ => {}
            }
        }
    });
    let ended = tokio::time::timeout(Duration::from_secs(90), reading).await;
    let status = {
        let mut child = child.lock();
        // Not ended by then: the moment did not come.
        let _ = child.kill();
        child.wait().unwrap()
    };
    ended.unwrap_or_else(|_| panic!("life {life}: {end:?} never came")).unwrap();
    use std::os::unix::process::ExitStatusExt;
    assert_eq!(status.signal(), Some(9), "life {life}: it ended by itself");
    *provider.hook.lock() = None;
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_gateway_should_pay_nothing_twice_and_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, providers) = ledger(&[Manner::Honest]).await;
    let provider = providers[0].clone();
    let file = folder.path().join("chain.json");
    FakeMarket::new(ledger, Some(file.clone())).save();
    let told: Told = Arc::default();

    let at = |moment, nth, millis| End::At(moment, nth, Duration::from_millis(millis));
    let ends = [
        End::Opening,
        at(Moment::Request, 1, 0),
        at(Moment::Request, 6, 0),
        at(Moment::Request, 9, 3),
        at(Moment::Midstream, 1, 0),
        at(Moment::Midstream, 7, 0),
        at(Moment::Midstream, 4, 2),
        // Between the receipt's arrival and its place on disk, before, there, and after.
        at(Moment::Receipt, 1, 0),
        at(Moment::Receipt, 5, 1),
        at(Moment::Receipt, 8, 2),
        at(Moment::Receipt, 11, 4),
        at(Moment::Receipt, 17, 7),
        at(Moment::Receipt, 23, 15),
    ];
    for (life, end) in ends.into_iter().enumerate() {
        live(folder.path(), life, end, &provider, &told).await;
    }

    // The last life is here; it ends by being told to, and pays what is left.
    let market = Arc::new(FakeMarket::load(&file));
    let last = gateway(&market, folder.path()).await;
    until("no receipt is missing", || last.caller.store.unresolved().unwrap().is_empty()).await;
    // A request that was bound and never taken left a gap, and vouchers cover no call behind one: the next calls of its
    // channel fill it. So many at a time go to every channel.
    let calls = (0..4 * market.channels().len()).map(|i| {
        let last = last.clone();
        async move { ask(&last, job(&format!("last-{i}"), true)).await.1.unwrap() }
    });
    futures::future::join_all(calls).await;
    let owed: Balance = provider.answers.lock().values().map(|a| a.receipt.charge).sum();
    let covered = || -> (Balance, usize) {
        let vouchers = provider.vouchers.lock();
        let calls: u32 = vouchers.values().map(|voucher| voucher.calls).sum();
        (vouchers.values().map(|voucher| voucher.cumulative).sum(), calls as usize)
    };
    until("everything is paid", || covered() == (owed, provider.answers.lock().len())).await;
    provider.check();

    let channels = last.caller.store.channels(&GENESIS).unwrap();
    assert_eq!(channels.len(), market.channels().len(), "none is forgotten on the chain");
    let mut calls = Vec::new();
    for channel in &channels {
        calls.extend(last.caller.store.calls(&channel.id).unwrap());
    }
    let first = market.channels()[0].id;
    assert!(
        calls.iter().any(|call| call.request.channel == first),
        "the channel whose opening was interrupted is used"
    );
    let mut paid: BTreeMap<String, Vec<Balance>> = BTreeMap::new();
    for call in &calls {
        assert_eq!(call.state, CallState::Answered, "{call:?}");
        let (receipt, _) = call.receipt.as_ref().unwrap();
        assert_eq!(provider.answers.lock()[&(receipt.channel, receipt.seq)].receipt, *receipt);
        paid.entry(call.job.clone()).or_default().push(receipt.charge);
    }
    assert!(paid.values().all(|charges| charges.len() == 1), "a call was paid twice: {paid:?}");
    let told = told.lock();
    assert!(told.len() > 20, "users had answers in between: {}", told.len());
    for (id, charge) in told.iter() {
        assert_eq!(paid.get(id), Some(&vec![*charge]), "the receipt of {id} is lost");
    }
    assert_eq!(paid.values().flatten().sum::<Balance>(), owed);
}

#[tokio::test(flavor = "multi_thread")]
async fn gateway_killed_while_it_hands_a_voucher_over_should_hand_it_over_again() {
    let folder = tempfile::tempdir().unwrap();
    let (ledger, providers) = ledger(&[Manner::Honest]).await;
    let provider = providers[0].clone();
    let file = folder.path().join("chain.json");
    FakeMarket::new(ledger, Some(file.clone())).save();
    {
        let market = Arc::new(FakeMarket::load(&file));
        let gateway = gateway(&market, folder.path()).await;
        ask(&gateway, job("a", true)).await.1.unwrap();
        // The provider's proxy fails at that moment, and so the voucher is not known to be taken.
        *provider.hook.lock() = Some(Arc::new(|moment| Box::pin(async move { moment == Moment::Voucher })));
        until("the voucher came", || provider.voucher().is_some()).await;
        end(gateway).await;
    }
    *provider.hook.lock() = None;
    let market = Arc::new(FakeMarket::load(&file));
    let gateway = gateway(&market, folder.path()).await;
    assert_eq!(gateway.caller.pool.books()[0].handed, 0);
    until("it is handed over again", || gateway.caller.pool.books()[0].handed == 1).await;
    assert!(gateway.caller.pool.is_ready(&AccountId::new([20; 32]), &SPEC));
    provider.check();
}
