//! The chain as a buyer needs it: a port, and its adapter over the client crate.

use super::purse::Purse;
use base64::{engine::general_purpose::STANDARD, Engine};
use codec::{Encode, MaxEncodedLen};
use futures::future::BoxFuture;
use souk_client::{
    calls::licensing::{self, Order},
    keys, Chain, Error, Keypair, SaleEvent,
};
use souk_primitives::{
    call::Signed,
    complaint::Complaint,
    fetch::Fetch,
    licence::Purposes,
    views::{LicenceView, PurchaseView},
    AccountId, BlockNumber, Digest, LicenceId, ListingId, PurchaseId,
};
use sp_core::Pair;
use std::time::Duration;

/// Bytes of a signed transaction around its call, as the chain counts them.
const ENVELOPE: u32 = 256;
/// Licences of one page.
const PAGE: u32 = 100;

/// Result of a query.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// What a buyer does about a purchase.
#[derive(Clone, Debug)]
pub enum Step {
    /// Accepts the copy with this root and this commitment.
    Accept(Digest, Digest),
    /// Pays.
    Settle,
    /// Shows that the copy is not what was listed.
    Complain(Box<Complaint>),
    /// Gives up waiting for a copy.
    Cancel,
    /// Does not want the copy.
    Reject,
    /// Ends what missed its deadline.
    Expire,
}

/// Reads at the finalised head, and a buyer's transactions, which return when they are final.
pub trait Market: Send + Sync {
    /// Genesis hash.
    fn genesis(&self) -> Digest;
    /// The buyer.
    fn account(&self) -> AccountId;
    /// The header by which the buyer asks a store for `resource` until live block `expires`.
    fn fetch_header(&self, resource: Digest, expires: BlockNumber) -> String;
    /// What the buyer has and what its steps cost.
    fn purse(&self) -> Answer<'_, Purse>;
    /// The live-block counter.
    fn live_block(&self) -> Answer<'_, BlockNumber>;
    /// A purchase; none when it was forgotten.
    fn purchase(&self, id: PurchaseId) -> Answer<'_, Option<PurchaseView>>;
    /// The buyer's purchase with this one-time key, after everything that the buyer sent before is decided.
    fn bought_with(&self, buyer_key: Digest) -> Answer<'_, Option<PurchaseView>>;
    /// A licence: its id is that of the purchase.
    fn licence(&self, id: LicenceId) -> Answer<'_, Option<LicenceView>>;
    /// All licences of a listing.
    fn licences_of(&self, listing: ListingId) -> Answer<'_, Vec<LicenceView>>;
    /// Where a seller's copies are fetched.
    fn store(&self, seller: AccountId) -> Answer<'_, Option<String>>;
    /// Orders something.
    fn order(&self, order: Order) -> Answer<'_, PurchaseId>;
    /// Takes a step.
    fn step(&self, purchase: PurchaseId, step: Step) -> Answer<'_, ()>;
    /// Waits until another look at the chain may show something new.
    fn pause(&self) -> BoxFuture<'_, ()>;
}

/// A chain behind a node.
pub struct LiveMarket {
    chain: Chain,
    pair: Keypair,
}

impl LiveMarket {
    /// Over a connection, for the owner of a key.
    pub fn new(chain: Chain, pair: Keypair) -> Self {
        Self { chain, pair }
    }
}

impl Market for LiveMarket {
    fn genesis(&self) -> Digest {
        self.chain.genesis()
    }

    fn account(&self) -> AccountId {
        keys::account(&self.pair)
    }

    fn fetch_header(&self, resource: Digest, expires: BlockNumber) -> String {
        fetch_header(&self.pair, Fetch { genesis: self.chain.genesis(), resource, expires })
    }

    fn purse(&self) -> Answer<'_, Purse> {
        Box::pin(async {
            let account = self.account();
            let least = self.chain.constant("Balances", "ExistentialDeposit").await?.unwrap_or(0);
            let any = [0; 32];
            let order = Order {
                listing: 0,
                offer: 0,
                offer_digest: any,
                version: 0,
                content_root: any,
                purpose: Purposes::ALL,
                terms_digest: any,
                buyer_key: any,
                referrer: Some(account.clone()),
            };
            // The fee is by length and by kind, not by what is in it.
            let complaint = licensing::complain(any, Complaint::BadSeal { secret: any });
            let rest = u32::try_from(Complaint::max_encoded_len()).unwrap_or(u32::MAX);
            Ok(Purse {
                free: self.chain.balance(&account).await?.spendable(least),
                order: self.chain.fee(&licensing::purchase(order), ENVELOPE).await?,
                accept: self.chain.fee(&licensing::accept_copy(any, any, any), ENVELOPE).await?,
                complaint: self.chain.fee(&complaint, rest.saturating_add(ENVELOPE)).await?,
            })
        })
    }

    fn live_block(&self) -> Answer<'_, BlockNumber> {
        Box::pin(self.chain.live_block())
    }

    fn purchase(&self, id: PurchaseId) -> Answer<'_, Option<PurchaseView>> {
        Box::pin(self.chain.purchase(id))
    }

    fn bought_with(&self, buyer_key: Digest) -> Answer<'_, Option<PurchaseView>> {
        Box::pin(async move {
            let account = self.account();
            self.chain.quiet(&account).await?;
            let all = self.chain.all_purchases(&account).await?;
            Ok(all.into_iter().find(|view| view.buyer == account && view.buyer_key == buyer_key))
        })
    }

    fn licence(&self, id: LicenceId) -> Answer<'_, Option<LicenceView>> {
        Box::pin(self.chain.licence(id))
    }

    fn licences_of(&self, listing: ListingId) -> Answer<'_, Vec<LicenceView>> {
        Box::pin(async move {
            let mut all: Vec<LicenceView> = Vec::new();
            loop {
                let page =
                    self.chain.licences_of(listing, all.last().map(|licence| licence.id), PAGE).await?;
                if page.is_empty() {
                    return Ok(all);
                }
                all.extend(page);
            }
        })
    }

    fn store(&self, seller: AccountId) -> Answer<'_, Option<String>> {
        Box::pin(async move { self.chain.store(&seller).await })
    }

    fn order(&self, order: Order) -> Answer<'_, PurchaseId> {
        Box::pin(async move {
            let outcome = self.chain.submit(&self.pair, licensing::purchase(order)).await?;
            let id = outcome.sale_events().find_map(|event| match event {
                SaleEvent::Ordered { purchase, .. } => Some(purchase),
                _ => None,
            });
            // It did happen: whoever asks again finds it by its key.
            let reason = "it has no event Licensing.Ordered".into();
            id.ok_or(Error::Decode { what: "the order's block".into(), reason })
        })
    }

    fn step(&self, id: PurchaseId, step: Step) -> Answer<'_, ()> {
        let call = match step {
            Step::Accept(root, commitment) => licensing::accept_copy(id, root, commitment),
            Step::Settle => licensing::settle(id),
            Step::Complain(complaint) => licensing::complain(id, *complaint),
            Step::Cancel => licensing::cancel(id),
            Step::Reject => licensing::reject_copy(id),
            Step::Expire => licensing::expire(id),
        };
        Box::pin(async move { self.chain.submit(&self.pair, call).await.map(|_| ()) })
    }

    fn pause(&self) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(Duration::from_secs(1)))
    }
}

/// A signed fetch as it travels: base64 of SCALE ‖ signature ‖ key.
pub fn fetch_header(pair: &Keypair, fetch: Fetch) -> String {
    let mut bytes = fetch.encode();
    bytes.extend_from_slice(&fetch.sign(pair).0);
    bytes.extend_from_slice(&pair.public().0);
    STANDARD.encode(bytes)
}
