//! A chain in memory, for tests.
#![allow(missing_docs)]

use super::{Answer, Chain, ChainError, Head, OpenExam, Paper, Purse, Quote};
use crate::ledger::Uncovered;
use parking_lot::Mutex;
use souk_primitives::{
    call::{Prices, Voucher},
    close::CloseReason,
    content::Content,
    deal, exam,
    exchange::SealedKey,
    licence::Purposes,
    purchase::{Refusal, Stage},
    sr25519,
    sumtree::Shape,
    views::{AuditView, ChannelState, ChannelView, PurchaseView, SpecView},
    AccountId, AuditId, Balance, BlockNumber, ChannelId, Digest, PurchaseId, SpecId,
};
use sp_core::Pair;
use std::{
    collections::HashMap,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

/// A seller with money for everything.
pub const RICH: Purse =
    Purse { seller: 1 << 60, proxy: None, offer: 10, reveal: 10, settle: 10, complaint: 100 };

/// What the fake was asked to submit.
#[derive(Clone, Debug, PartialEq)]
pub enum Submitted {
    Settle(Voucher),
    SettleLast(ChannelId, Vec<u32>),
    Close(ChannelId, Option<Voucher>),
    Expire(ChannelId),
    Offer(PurchaseId, Digest, Digest),
    Reveal(PurchaseId, SealedKey),
    SettleSale(PurchaseId),
    Exam(SpecId, Shape),
}

pub struct FakeChain {
    pub head: Mutex<Head>,
    pub channels: Mutex<HashMap<ChannelId, ChannelView>>,
    pub audits: Mutex<HashMap<AuditId, AuditView>>,
    pub specs: Mutex<HashMap<SpecId, SpecView>>,
    pub quotes: Mutex<Vec<Quote>>,
    pub purchases: Mutex<HashMap<PurchaseId, PurchaseView>>,
    /// The exam that is open.
    pub exam: Mutex<Option<OpenExam>>,
    pub submitted: Mutex<Vec<Submitted>>,
    /// The seller's money, and what its steps cost.
    pub purse: Mutex<Purse>,
    /// Whether transactions get lost after they were sent.
    pub loses: AtomicBool,
    reads: AtomicUsize,
    down: AtomicBool,
}

pub const GENESIS: Digest = [1; 32];
pub const SPEC: SpecId = [6; 32];
pub const SEED: Digest = [5; 32];
pub const PRICES: Prices = Prices { per_1k_input: 1_000, per_1k_output: 2_000 };

pub fn consumer() -> sr25519::Pair {
    Pair::from_seed(&[3; 32])
}

/// The development URI of the key that signs receipts.
pub const RECEIPT_URI: &str = "//Receipt";

pub fn receipt_pair() -> sr25519::Pair {
    Pair::from_string(RECEIPT_URI, None).unwrap()
}

pub fn provider() -> AccountId {
    AccountId::new([8; 32])
}

pub fn seller() -> AccountId {
    AccountId::new([9; 32])
}

impl Default for FakeChain {
    fn default() -> Self {
        Self {
            head: Mutex::new(Head { number: 10, live: 10 }),
            channels: Mutex::default(),
            audits: Mutex::default(),
            specs: Mutex::default(),
            quotes: Mutex::new(vec![Quote { spec: SPEC, prices: PRICES, room: 1_000_000 }]),
            purchases: Mutex::default(),
            exam: Mutex::default(),
            submitted: Mutex::default(),
            purse: Mutex::new(RICH),
            loses: AtomicBool::new(false),
            reads: AtomicUsize::new(0),
            down: AtomicBool::new(false),
        }
    }
}

fn refused(refusal: Refusal) -> String {
    format!("{refusal:?}")
}

/// Takes a fee from whoever signs for the seller. No node takes a transaction whose fee can't be paid.
fn pay(purse: &mut Purse, fee: Balance) {
    let payer = purse.proxy.as_mut().unwrap_or(&mut purse.seller);
    *payer = payer.checked_sub(fee).expect("money for the fee");
}

impl FakeChain {
    pub fn open_channel(&self, deposit: u128) -> ChannelId {
        let mut channels = self.channels.lock();
        let id = [100 + channels.len() as u8; 32];
        channels.insert(
            id,
            ChannelView {
                id,
                consumer: AccountId::new([7; 32]),
                funder: AccountId::new([7; 32]),
                provider: provider(),
                spec: SPEC,
                deposit,
                settled: 0,
                settled_calls: 0,
                per_1k_input: PRICES.per_1k_input,
                per_1k_output: PRICES.per_1k_output,
                voucher_key: consumer().public().0,
                receipt_key: receipt_pair().public().0,
                seed: Some(SEED),
                opened_at: 1,
                expires: u32::MAX,
                state: ChannelState::Open,
                audited: true,
                open_batches: 0,
                notice: 0,
            },
        );
        id
    }

    pub fn with_channel(&self, id: ChannelId, change: impl FnOnce(&mut ChannelView)) {
        change(self.channels.lock().get_mut(&id).unwrap());
    }

    /// A purchase of a content, just ordered by `buyer` with the key `buyer_key`.
    pub fn order(&self, content: &Content, buyer: AccountId, buyer_key: Digest) -> PurchaseId {
        let mut purchases = self.purchases.lock();
        let live = self.head.lock().live;
        let id = [50 + purchases.len() as u8; 32];
        let view = PurchaseView {
            id,
            buyer,
            seller: seller(),
            listing: 0,
            version: 0,
            offer: 0,
            purpose: Purposes::RESEARCH,
            terms_digest: [0; 32],
            price: 1_000,
            deposit: 50,
            bond: 0,
            referrer: None,
            content_root: content.root(),
            size: content.size(),
            chunks: content.chunks(),
            buyer_key,
            ciphertext_root: None,
            key_commitment: None,
            sealed_key: None,
            ordered_at: live,
            cancel_from: live,
            stage: Stage::Ordered { deliver_by: live + 10_000 },
            fault: None,
        };
        purchases.insert(id, view);
        id
    }

    pub fn with_purchase<R>(&self, id: PurchaseId, change: impl FnOnce(&mut PurchaseView) -> R) -> R {
        change(self.purchases.lock().get_mut(&id).unwrap())
    }

    /// A seller's transaction, as the chain's own rules take it.
    fn sell<'a>(
        &self,
        id: PurchaseId,
        submitted: Submitted,
        step: impl FnOnce(&mut PurchaseView, BlockNumber) -> Result<(), String>,
    ) -> Answer<'a, ()> {
        if self.down.load(Ordering::SeqCst) {
            return self.answer(());
        }
        self.submitted.lock().push(submitted);
        if self.loses.load(Ordering::SeqCst) {
            return Box::pin(async { Err(ChainError::Unreachable("the node went away".into())) });
        }
        let live = self.head.lock().live;
        let outcome = self.with_purchase(id, |view| step(view, live));
        Box::pin(async move { outcome.map_err(ChainError::Refused) })
    }

    /// Opens an exam on [`SPEC`] with the papers that follow from `drawn`.
    pub fn open_exam(&self, drawn: Digest, questions: u32, blocks_left: BlockNumber) -> Paper {
        let paper = Paper {
            spec: SPEC,
            id: exam::exam_id(1, &drawn, &provider(), &SPEC),
            paper: exam::paper(&drawn, &provider(), &SPEC),
            questions,
            committed: false,
            refusal: None,
        };
        *self.exam.lock() = Some(OpenExam { drawn, blocks_left, papers: vec![paper.clone()] });
        paper
    }

    /// What was committed to exams.
    pub fn committed_exams(&self) -> Vec<Shape> {
        let shape = |submitted: &Submitted| match submitted {
            Submitted::Exam(_, shape) => Some(*shape),
            _ => None,
        };
        self.submitted.lock().iter().filter_map(shape).collect()
    }

    pub fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::SeqCst);
    }

    pub fn reads(&self) -> usize {
        self.reads.load(Ordering::SeqCst)
    }

    fn answer<'a, T: Send + 'a>(&self, value: T) -> Answer<'a, T> {
        let down = self.down.load(Ordering::SeqCst);
        Box::pin(async move {
            if down {
                Err(ChainError::Unreachable("the node is down".into()))
            } else {
                Ok(value)
            }
        })
    }
}

impl Chain for FakeChain {
    fn genesis(&self) -> Digest {
        GENESIS
    }
    fn provider(&self) -> Option<AccountId> {
        Some(provider())
    }
    fn head(&self) -> Answer<'_, Head> {
        self.answer(*self.head.lock())
    }
    fn channel(&self, id: ChannelId) -> Answer<'_, Option<ChannelView>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.answer(self.channels.lock().get(&id).cloned())
    }
    fn audit(&self, id: AuditId) -> Answer<'_, Option<AuditView>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.answer(self.audits.lock().get(&id).cloned())
    }
    fn own_audits(&self) -> Answer<'_, Vec<AuditView>> {
        let own = |audit: &&AuditView| audit.provider == provider() && audit.outcome.is_none();
        let audits = self.audits.lock().values().filter(own).cloned().collect();
        self.answer(audits)
    }
    fn spec(&self, id: SpecId) -> Answer<'_, Option<SpecView>> {
        self.answer(self.specs.lock().get(&id).cloned())
    }
    fn quotes(&self) -> Answer<'_, Vec<Quote>> {
        self.answer(self.quotes.lock().clone())
    }
    fn settle(&self, voucher: Voucher, _: [u8; 64]) -> Answer<'_, ()> {
        if !self.down.load(Ordering::SeqCst) {
            self.with_channel(voucher.channel, |view| {
                view.settled = voucher.cumulative;
                view.settled_calls = voucher.calls;
            });
            self.submitted.lock().push(Submitted::Settle(voucher));
        }
        self.answer(())
    }
    fn settle_last(&self, channel: ChannelId, calls: Vec<Uncovered>) -> Answer<'_, ()> {
        self.submitted
            .lock()
            .push(Submitted::SettleLast(channel, calls.iter().map(|call| call.receipt.seq).collect()));
        self.answer(())
    }
    fn close(&self, channel: ChannelId, last: Option<(Voucher, [u8; 64])>) -> Answer<'_, ()> {
        if !self.down.load(Ordering::SeqCst) {
            self.with_channel(channel, |view| {
                view.state = ChannelState::Closed { at: 0, reason: CloseReason::ByProvider }
            });
            self.submitted.lock().push(Submitted::Close(channel, last.map(|(voucher, _)| voucher)));
        }
        self.answer(())
    }
    fn expire(&self, channel: ChannelId) -> Answer<'_, ()> {
        if !self.down.load(Ordering::SeqCst) {
            let until = self.head.lock().live + 1_000;
            self.with_channel(channel, |view| {
                view.state = ChannelState::Closing { until, reason: CloseReason::Expired }
            });
            self.submitted.lock().push(Submitted::Expire(channel));
        }
        self.answer(())
    }
    fn exam(&self) -> Answer<'_, Option<OpenExam>> {
        self.answer(self.exam.lock().clone())
    }
    fn commit_exam(&self, spec: SpecId, answers: Shape) -> Answer<'_, ()> {
        if !self.down.load(Ordering::SeqCst) {
            self.submitted.lock().push(Submitted::Exam(spec, answers));
        }
        self.answer(())
    }
    fn seller(&self) -> Option<AccountId> {
        Some(seller())
    }
    fn purchase(&self, id: PurchaseId) -> Answer<'_, Option<PurchaseView>> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.answer(self.purchases.lock().get(&id).cloned())
    }
    fn sales(&self) -> Answer<'_, Vec<PurchaseView>> {
        self.answer(self.purchases.lock().values().filter(|sale| sale.seller == seller()).cloned().collect())
    }
    fn purse(&self) -> Answer<'_, Purse> {
        self.answer(*self.purse.lock())
    }
    fn offer_copy(&self, id: PurchaseId, root: Digest, commitment: Digest, _: BlockNumber) -> Answer<'_, ()> {
        let mut purse = self.purse.lock();
        let fee = purse.offer;
        self.sell(id, Submitted::Offer(id, root, commitment), |view, now| {
            let bond = deal::seller_bond(view.price, purse.complaint);
            pay(&mut purse, fee);
            if purse.seller < bond {
                return Err("InsufficientFree".into());
            }
            view.stage = view.stage.offer_copy(now, 10_000).map_err(refused)?;
            view.bond = bond;
            purse.seller -= bond;
            (view.ciphertext_root, view.key_commitment) = (Some(root), Some(commitment));
            Ok(())
        })
    }
    fn reveal_key(&self, id: PurchaseId, sealed: SealedKey, _: BlockNumber) -> Answer<'_, ()> {
        let mut purse = self.purse.lock();
        let fee = purse.reveal;
        self.sell(id, Submitted::Reveal(id, sealed), |view, now| {
            pay(&mut purse, fee);
            view.stage = view.stage.reveal_key(now, 10).map_err(refused)?;
            view.sealed_key = Some(sealed);
            Ok(())
        })
    }
    fn settle_sale(&self, id: PurchaseId) -> Answer<'_, ()> {
        let mut purse = self.purse.lock();
        let fee = purse.settle;
        self.sell(id, Submitted::SettleSale(id), |view, now| {
            pay(&mut purse, fee);
            let reason = view.stage.settle(now, false).map_err(refused)?;
            purse.seller += view.bond;
            view.stage = Stage::Ended { at: now, reason };
            Ok(())
        })
    }
    fn next_head(&self) -> Answer<'_, Head> {
        Box::pin(async {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            {
                let mut head = self.head.lock();
                head.number += 1;
                head.live += 1;
            }
            self.head().await
        })
    }
}
