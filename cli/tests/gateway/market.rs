//! A chain on which everything is final at once, and which does what a test wants.

use crate::provider::{self, Manner, Provider};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use souk_cli::gateway::market::{Answer, DoubleReceipt, Market, Order};
use souk_client::Error;
use souk_primitives::{
    call::Prices,
    close::CloseReason,
    exposure::Chance,
    verdict::Thresholds,
    views::{ChannelState, ChannelView, QuoteView, SpecView},
    AccountId, Balance, ChannelId, Digest, SpecId, SOUK,
};
use sp_core::Pair;
use std::{
    path::{Path, PathBuf},
    sync::{
        atomic::{AtomicBool, AtomicU32, Ordering},
        Arc,
    },
};
use tokio::sync::Semaphore;

pub const GENESIS: Digest = [1; 32];
pub const SPEC: SpecId = [2; 32];
pub const PRICES: Prices = Prices { per_1k_input: 1_000_000, per_1k_output: 2_000_000 };

/// What outlives the process that uses the chain.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Ledger {
    pub quotes: Vec<QuoteView>,
    pub receipt_keys: Vec<(AccountId, Digest)>,
    pub channels: Vec<ChannelView>,
}

pub struct FakeMarket {
    pub ledger: Mutex<Ledger>,
    pub specs: Mutex<Vec<SpecView>>,
    pub reports: Mutex<Vec<DoubleReceipt>>,
    pub closed: Mutex<Vec<ChannelId>>,
    pub top_ups: AtomicU32,
    /// Each top-up takes one of these: without any, it waits.
    pub gate: Semaphore,
    /// The consumer has no money left.
    pub poor: AtomicBool,
    /// The node can't be reached for transactions.
    pub away: AtomicBool,
    /// The node has not caught up: it knows no channel and an early block.
    pub behind: AtomicBool,
    /// Called when a channel is closed, before it is.
    pub on_close: Mutex<Option<Box<dyn Fn() + Send>>>,
    file: Option<PathBuf>,
    /// Opening stops for ever once the channel is on the chain.
    pub stop_at_opening: bool,
}

impl FakeMarket {
    pub fn new(ledger: Ledger, file: Option<PathBuf>) -> Self {
        Self {
            ledger: Mutex::new(ledger),
            specs: Mutex::new(vec![spec()]),
            reports: Mutex::default(),
            closed: Mutex::default(),
            top_ups: AtomicU32::new(0),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            poor: AtomicBool::new(false),
            away: AtomicBool::new(false),
            behind: AtomicBool::new(false),
            on_close: Mutex::default(),
            file,
            stop_at_opening: false,
        }
    }

    /// The chain that another process left in a file.
    pub fn load(file: &Path) -> Self {
        let bytes = std::fs::read(file).unwrap();
        Self::new(serde_json::from_slice(&bytes).unwrap(), Some(file.into()))
    }

    pub fn save(&self) {
        let Some(file) = &self.file else { return };
        let next = file.with_extension("next");
        std::fs::write(&next, serde_json::to_vec(&*self.ledger.lock()).unwrap()).unwrap();
        std::fs::rename(next, file).unwrap();
    }

    pub fn channels(&self) -> Vec<ChannelView> {
        self.ledger.lock().channels.clone()
    }

    pub fn with_channel(&self, id: ChannelId, change: impl FnOnce(&mut ChannelView)) {
        let mut ledger = self.ledger.lock();
        change(ledger.channels.iter_mut().find(|view| view.id == id).unwrap());
    }

    fn check_node(&self) -> Result<(), Error> {
        match self.away.load(Ordering::SeqCst) {
            true => Err(Error::Unreachable { url: "ws://nowhere".into(), reason: "away".into() }),
            false => Ok(()),
        }
    }

    fn check_money(&self, needs: Balance) -> Result<(), Error> {
        match self.poor.load(Ordering::SeqCst) {
            true => Err(Error::NotEnough { account: "5Poor".into(), needs, free: SOUK / 10 }),
            false => Ok(()),
        }
    }
}

impl Market for FakeMarket {
    fn genesis(&self) -> Digest {
        GENESIS
    }
    fn account(&self) -> AccountId {
        AccountId::new([5; 32])
    }
    fn specs(&self) -> Answer<'_, Vec<SpecView>> {
        Box::pin(async { Ok(self.specs.lock().clone()) })
    }
    fn quotes(&self, _: SpecId) -> Answer<'_, Vec<QuoteView>> {
        Box::pin(async { Ok(self.ledger.lock().quotes.clone()) })
    }
    fn channel(&self, id: ChannelId) -> Answer<'_, Option<ChannelView>> {
        Box::pin(async move {
            let known = !self.behind.load(Ordering::SeqCst);
            Ok(self.ledger.lock().channels.iter().find(|view| known && view.id == id).cloned())
        })
    }
    fn mine(&self) -> Answer<'_, Vec<ChannelView>> {
        Box::pin(async { Ok(if self.behind.load(Ordering::SeqCst) { Vec::new() } else { self.channels() }) })
    }
    fn live_block(&self) -> Answer<'_, u32> {
        Box::pin(async { Ok(if self.behind.load(Ordering::SeqCst) { 1 } else { 10 }) })
    }
    fn open(&self, order: Order) -> Answer<'_, ChannelId> {
        Box::pin(async move {
            self.check_node()?;
            self.check_money(order.deposit)?;
            let id = {
                let mut ledger = self.ledger.lock();
                let id = [100 + ledger.channels.len() as u8; 32];
                let (_, receipt_key) =
                    *ledger.receipt_keys.iter().find(|(who, _)| *who == order.provider).unwrap();
                ledger.channels.push(ChannelView {
                    id,
                    consumer: self.account(),
                    funder: self.account(),
                    receipt_key,
                    provider: order.provider,
                    spec: order.spec,
                    deposit: order.deposit,
                    settled: 0,
                    settled_calls: 0,
                    per_1k_input: order.prices.per_1k_input,
                    per_1k_output: order.prices.per_1k_output,
                    voucher_key: order.voucher_key,
                    seed: Some([7; 32]),
                    opened_at: 1,
                    expires: order.blocks,
                    state: ChannelState::Open,
                    audited: true,
                    open_batches: 0,
                    notice: 0,
                });
                id
            };
            self.save();
            if self.stop_at_opening {
                println!("opened");
                std::future::pending::<()>().await;
            }
            Ok(id)
        })
    }
    fn top_up(&self, channel: ChannelId, amount: Balance) -> Answer<'_, ()> {
        Box::pin(async move {
            self.top_ups.fetch_add(1, Ordering::SeqCst);
            self.gate.acquire().await.unwrap().forget();
            self.check_node()?;
            self.check_money(amount)?;
            self.with_channel(channel, |view| view.deposit += amount);
            self.save();
            Ok(())
        })
    }
    fn close(&self, id: ChannelId) -> Answer<'_, ()> {
        Box::pin(async move {
            self.check_node()?;
            if let Some(look) = &*self.on_close.lock() {
                look();
            }
            self.with_channel(id, |view| {
                assert_eq!(view.state, ChannelState::Open, "closed twice");
                view.state = ChannelState::Closing { until: 100, reason: CloseReason::ByConsumer };
            });
            self.closed.lock().push(id);
            Ok(())
        })
    }
    fn report(&self, evidence: DoubleReceipt) -> Answer<'_, ()> {
        Box::pin(async move {
            self.check_node()?;
            self.reports.lock().push(evidence);
            Ok(())
        })
    }
}

pub fn spec() -> SpecView {
    SpecView {
        id: SPEC,
        listing: 5,
        version: 0,
        model: "demo".into(),
        manifest_digest: [3; 32],
        numeric_class: souk_primitives::spec::NumericClass::F32,
        max_context: 100,
        thresholds: Thresholds::F32,
        audited: true,
        verifiers: 3,
        report_fee: 0,
        pot: 0,
    }
}

/// A market with these providers; the first is asked first.
pub async fn market(manners: &[Manner]) -> (Arc<FakeMarket>, Vec<Arc<Provider>>) {
    let (ledger, providers) = ledger(manners).await;
    (Arc::new(FakeMarket::new(ledger, None)), providers)
}

pub async fn ledger(manners: &[Manner]) -> (Ledger, Vec<Arc<Provider>>) {
    let mut ledger = Ledger::default();
    let mut providers = Vec::new();
    for (i, manner) in manners.iter().enumerate() {
        let seed = 20 + i as u8;
        let (me, endpoint) = provider::start(seed, *manner).await;
        let account = AccountId::new([seed; 32]);
        ledger.receipt_keys.push((account.clone(), me.key.public().0));
        ledger.quotes.push(QuoteView {
            provider: account,
            endpoint,
            per_1k_input: PRICES.per_1k_input,
            per_1k_output: PRICES.per_1k_output,
            chance: Chance::ONE,
            room: 1_000 * SOUK,
            record: 0,
            audited: true,
        });
        providers.push(me);
    }
    (ledger, providers)
}
