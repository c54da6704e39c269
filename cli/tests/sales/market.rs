//! A chain with one listing and one seller, who may cheat.

use crate::fuel::Fuel;
use futures::future::BoxFuture;
use parking_lot::Mutex;
use souk_cli::sales::{
    evidence::exchange,
    market::{fetch_header, Answer, Market, Step},
    purse::Purse,
};
use souk_client::{calls::licensing::Order, Error, Refusal as ChainRefusal};
use souk_primitives::{
    close::CloseReason,
    complaint::{judge, Judgement},
    copy::WholeCopy,
    deal,
    exchange::{purchase_id, ContentKey, SealedKey, Secret},
    fetch::Fetch,
    licence::Grant,
    purchase::{Refusal, Stage},
    sr25519,
    views::{LicenceView, PurchaseView},
    AccountId, Balance, BlockNumber, Digest, LicenceId, ListingId, PurchaseId, SOUK,
};
use sp_core::Pair;
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicU32, Ordering},
    sync::Arc,
    time::Duration,
};

pub const GENESIS: Digest = [0xee; 32];
pub const PRICE: Balance = 25 * SOUK;
const WINDOW: BlockNumber = 30;

/// How the seller cheats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cheat {
    Honest,
    /// Encrypts other bytes than it listed, from this chunk on.
    OtherBytes(u32),
    /// Changes a bit of this encrypted chunk.
    FlippedBit(u32),
    /// Seals another key than the one it committed to.
    OtherKey,
    /// Encrypts under another key than the one that it commits to and seals.
    GarbageKey,
    /// Serves a list of plain digests that is not the content's.
    FalseList,
    /// Serves fewer digests than there are chunks.
    ShortList,
    /// Serves a list of encrypted digests that is not that of the root.
    FalseEncryptedList,
    /// Serves another chunk than the one in its list.
    FalseChunk(u32),
    /// Serves half of what is asked for and stops, this many times.
    Starves(u32),
    /// Honest, but the node that takes the order says that it does not.
    TakenAndRejected,
    /// Honest, but the node rejects the order; another one takes it after so many blocks.
    RejectedFor(BlockNumber),
    /// Honest, but each node rejects the order.
    Rejected,
    /// Serves the copy a few bytes at a time.
    Trickles,
    /// Serves one more chunk of the copy with each request, and then something else.
    Creeps,
    /// Offers nothing.
    NoCopy,
    /// Never reveals the key.
    NoKey,
}

#[derive(Default)]
pub struct State {
    pub now: BlockNumber,
    pub purchases: BTreeMap<PurchaseId, PurchaseView>,
    pub copies: BTreeMap<PurchaseId, Arc<WholeCopy>>,
    pub settled: u32,
    pub judged: Vec<Judgement>,
    pub licences: Vec<LicenceView>,
    /// Orders that were taken.
    pub orders: u32,
    /// Before this block the buyer has nothing but what is on hold.
    pub poor_until: BlockNumber,
    /// Queries and steps that the node still does not answer.
    pub away: u32,
    /// Steps that the node still does not take.
    pub rejects: u32,
    /// An order that waits in another node until this block.
    pub elsewhere: Option<(BlockNumber, Order)>,
}

impl State {
    fn is_here(&mut self) -> Result<(), Error> {
        if self.away == 0 {
            return Ok(());
        }
        self.away -= 1;
        Err(Error::Unreachable { url: "ws://node".into(), reason: "it restarts".into() })
    }

    fn takes(&mut self) -> Result<(), Error> {
        self.is_here()?;
        if self.rejects == 0 {
            return Ok(());
        }
        self.rejects -= 1;
        Err(Error::Rejected("immediately dropped".into()))
    }
}

pub struct FakeMarket {
    pub state: Mutex<State>,
    pub fuel: Fuel,
    pub cheat: Cheat,
    pub content: Vec<u8>,
    pub endpoint: Mutex<Option<String>>,
    pub pair: sr25519::Pair,
    /// Blocks that each side has for its step.
    pub window: AtomicU32,
    /// The seller does nothing about this listing while another purchase is open.
    pub held: Mutex<Option<ListingId>>,
}

pub fn seller() -> AccountId {
    AccountId::new([7; 32])
}

fn refused(name: &str) -> Error {
    Error::Refused(ChainRefusal { pallet: "Licensing".into(), name: name.into(), sentence: String::new() })
}

/// What a purchase gives.
fn licence(view: &PurchaseView) -> LicenceView {
    LicenceView {
        id: view.id,
        listing: view.listing,
        version: view.version,
        holder: view.buyer.clone(),
        users: vec![],
        purpose: view.purpose,
        terms_digest: view.terms_digest,
        grant: Grant::Perpetual,
        issued_at: view.ordered_at,
        expires_at: None,
        is_live: true,
        transferable: false,
        seats: 1,
        sealed_key: view.sealed_key,
    }
}

fn of_stage(refusal: Refusal) -> Error {
    refused(&format!("{refusal:?}"))
}

impl FakeMarket {
    pub fn new(content: Vec<u8>, cheat: Cheat) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::default(),
            fuel: Fuel::endless(),
            cheat,
            content,
            endpoint: Mutex::default(),
            pair: sr25519::Pair::from_seed(&[42; 32]),
            window: AtomicU32::new(WINDOW),
            held: Mutex::default(),
        })
    }

    fn window(&self) -> BlockNumber {
        self.window.load(Ordering::SeqCst)
    }

    /// The one purchase.
    pub fn view(&self) -> PurchaseView {
        self.state.lock().purchases.values().next().unwrap().clone()
    }

    fn copy(&self, id: PurchaseId) -> WholeCopy {
        let key = ContentKey::new([3; 32]);
        let before = |index: u32, chunk: &mut Vec<u8>| match self.cheat {
            Cheat::OtherBytes(from) if index >= from => chunk[0] ^= 1,
            _ => {}
        };
        let after = |index: u32, chunk: &mut Vec<u8>| match self.cheat {
            Cheat::FlippedBit(at) if index == at => chunk[0] ^= 1,
            _ => {}
        };
        let mut copy = WholeCopy::make_with(&GENESIS, id, key, &self.content, before, after).unwrap();
        if self.cheat == Cheat::GarbageKey {
            copy.key = ContentKey::new([4; 32]);
        }
        copy
    }

    /// What the seller does in a block.
    fn seller_acts(&self, state: &mut State) {
        let (now, held) = (state.now, *self.held.lock());
        let ids: Vec<PurchaseId> = state.purchases.keys().copied().collect();
        for id in ids {
            let others = state.purchases.values().any(|view| view.id != id && !view.stage.is_ended());
            let view = state.purchases.get_mut(&id).unwrap();
            if held == Some(view.listing) && others {
                continue;
            }
            match view.stage {
                Stage::Ordered { .. } if self.cheat != Cheat::NoCopy => {
                    let Ok(stage) = view.stage.offer_copy(now, self.window()) else { continue };
                    let copy = self.copy(id);
                    view.stage = stage;
                    view.bond = deal::seller_bond(view.price, 0);
                    view.ciphertext_root = Some(copy.ciphertext_root());
                    view.key_commitment = Some(copy.commitment());
                    state.copies.insert(id, Arc::new(copy));
                }
                Stage::Accepted { .. } if self.cheat != Cheat::NoKey => {
                    let Ok(stage) = view.stage.reveal_key(now, self.window()) else { continue };
                    view.sealed_key = Some(self.sealed(&state.copies[&id], &view.buyer_key));
                    view.stage = stage;
                }
                _ => {}
            }
        }
    }

    fn sealed(&self, copy: &WholeCopy, buyer_key: &Digest) -> SealedKey {
        let ephemeral = Secret::new([5; 32]);
        match self.cheat {
            Cheat::OtherKey => ContentKey::new([6; 32]).seal(&copy.purchase, buyer_key, &ephemeral).unwrap(),
            _ => copy.seal(buyer_key, &ephemeral).unwrap(),
        }
    }

    fn take_order(&self, state: &mut State, order: &Order) -> Result<PurchaseId, Error> {
        let instant = self.content.is_empty();
        if !instant && state.purchases.values().any(|view| view.buyer_key == order.buyer_key) {
            return Err(refused("KeyUsed"));
        }
        let (buyer, now) = (self.account(), state.now);
        let id = purchase_id(&[1; 32], &buyer, state.orders.into());
        state.orders += 1;
        let view = PurchaseView {
            id,
            buyer,
            seller: seller(),
            listing: order.listing,
            version: order.version,
            offer: order.offer,
            purpose: order.purpose,
            terms_digest: order.terms_digest,
            price: PRICE,
            deposit: deal::complaint_deposit(PRICE),
            bond: 0,
            referrer: None,
            content_root: order.content_root,
            size: self.content.len() as u64,
            chunks: self.content.len().div_ceil(65_536) as u32,
            buyer_key: order.buyer_key,
            ciphertext_root: None,
            key_commitment: None,
            sealed_key: None,
            ordered_at: now,
            cancel_from: now + 10,
            stage: match instant {
                true => Stage::Ended { at: now, reason: CloseReason::Delivered },
                false => Stage::Ordered { deliver_by: now + self.window() },
            },
            fault: None,
        };
        if instant {
            state.licences.push(licence(&view));
        }
        state.purchases.insert(id, view);
        Ok(id)
    }

    /// What a node does with an order, and says of it.
    fn receive(&self, order: Order) -> Result<PurchaseId, Error> {
        let mut state = self.state.lock();
        let rejected = || Err(Error::Rejected("temporarily banned".into()));
        match self.cheat {
            Cheat::Rejected => rejected(),
            Cheat::RejectedFor(blocks) => {
                state.elsewhere = Some((state.now + blocks, order));
                rejected()
            }
            Cheat::TakenAndRejected => self.take_order(&mut state, &order).and_then(|_| rejected()),
            _ => self.take_order(&mut state, &order),
        }
    }

    fn take_step(&self, id: PurchaseId, step: Step) -> Result<(), Error> {
        let mut state = self.state.lock();
        let now = state.now;
        let view = state.purchases.get_mut(&id).ok_or_else(|| refused("PurchaseNotFound"))?;
        let ended = |reason: CloseReason| Stage::Ended { at: now, reason };
        view.stage = match step {
            Step::Accept(root, commitment) => {
                let stage = view.stage.accept_copy(now, self.window()).map_err(of_stage)?;
                if (Some(root), Some(commitment)) != (view.ciphertext_root, view.key_commitment) {
                    return Err(refused("CopyMismatch"));
                }
                stage
            }
            Step::Settle => ended(view.stage.settle(now, true).map_err(of_stage)?),
            Step::Complain(complaint) => {
                view.stage.complain(now).map_err(of_stage)?;
                let judgement = judge(&exchange(GENESIS, view).unwrap(), &complaint);
                let stage = match judgement {
                    Judgement::Upheld(fault) => {
                        view.fault = Some(fault);
                        ended(CloseReason::Cheated)
                    }
                    Judgement::Disproved => ended(CloseReason::Disproved),
                    _ => return Err(refused("MalformedComplaint")),
                };
                view.stage = stage;
                state.judged.push(judgement);
                return Ok(());
            }
            Step::Cancel => ended(view.stage.cancel(now, view.cancel_from).map_err(of_stage)?),
            Step::Reject => ended(view.stage.reject_copy(now).map_err(of_stage)?),
            Step::Expire => ended(view.stage.expire(now).map_err(of_stage)?),
        };
        if matches!(view.stage, Stage::Ended { reason: CloseReason::Delivered, .. }) {
            let given = licence(view);
            state.settled += 1;
            state.licences.push(given);
        }
        Ok(())
    }

    /// Without its buyer the purchase goes on: the key is revealed, the time for a complaint passes and the seller is paid.
    pub fn goes_on_alone(&self) {
        let mut state = self.state.lock();
        self.seller_acts(&mut state);
        state.now += 100;
        let at = state.now;
        for view in state.purchases.values_mut() {
            assert!(matches!(view.stage, Stage::Revealed { .. }));
            view.stage = Stage::Ended { at, reason: CloseReason::Delivered };
        }
        state.licences = state.purchases.values().map(licence).collect();
    }

    /// Answers a query; the program may be killed before.
    fn answer<'a, T: Send + 'a>(&'a self, read: impl FnOnce(&State) -> T + Send + 'a) -> Answer<'a, T> {
        Box::pin(async move {
            self.fuel.burn().await;
            let mut state = self.state.lock();
            state.is_here()?;
            Ok(read(&state))
        })
    }
}

impl Market for FakeMarket {
    fn genesis(&self) -> Digest {
        GENESIS
    }

    fn account(&self) -> AccountId {
        souk_client::keys::account(&self.pair)
    }

    fn fetch_header(&self, resource: Digest, expires: BlockNumber) -> String {
        fetch_header(&self.pair, Fetch { genesis: GENESIS, resource, expires })
    }

    fn purse(&self) -> Answer<'_, Purse> {
        self.answer(|state| Purse {
            free: if state.now < state.poor_until { 0 } else { 1_000 * SOUK },
            order: SOUK / 1_000,
            accept: SOUK / 1_000,
            complaint: SOUK / 100,
        })
    }

    fn live_block(&self) -> Answer<'_, BlockNumber> {
        self.answer(|state| state.now)
    }

    fn purchase(&self, id: PurchaseId) -> Answer<'_, Option<PurchaseView>> {
        self.answer(move |state| state.purchases.get(&id).cloned())
    }

    fn bought_with(&self, buyer_key: Digest) -> Answer<'_, Option<PurchaseView>> {
        self.answer(move |state| state.purchases.values().find(|view| view.buyer_key == buyer_key).cloned())
    }

    fn licence(&self, id: LicenceId) -> Answer<'_, Option<LicenceView>> {
        self.answer(move |state| state.licences.iter().find(|licence| licence.id == id).cloned())
    }

    fn licences_of(&self, listing: ListingId) -> Answer<'_, Vec<LicenceView>> {
        self.answer(move |state| {
            state.licences.iter().filter(|licence| licence.listing == listing).cloned().collect()
        })
    }

    fn store(&self, _: AccountId) -> Answer<'_, Option<String>> {
        let endpoint = self.endpoint.lock().clone();
        self.answer(move |_| endpoint)
    }

    fn order(&self, order: Order) -> Answer<'_, PurchaseId> {
        Box::pin(async move {
            self.fuel.burn().await;
            self.state.lock().is_here()?;
            let taken = self.receive(order);
            self.fuel.burn().await;
            taken
        })
    }

    fn step(&self, purchase: PurchaseId, step: Step) -> Answer<'_, ()> {
        Box::pin(async move {
            self.fuel.burn().await;
            self.state.lock().takes()?;
            let taken = self.take_step(purchase, step);
            self.fuel.burn().await;
            taken
        })
    }

    fn pause(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            tokio::time::sleep(Duration::from_millis(1)).await;
            let mut state = self.state.lock();
            state.now += 1;
            let now = state.now;
            if let Some((_, order)) = state.elsewhere.take_if(|(at, _)| *at <= now) {
                self.take_order(&mut state, &order).unwrap();
            }
            self.seller_acts(&mut state);
        })
    }
}
