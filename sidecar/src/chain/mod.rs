//! The chain as the services see it: a port, its adapter over the client crate, a cache, and a fake for tests.

pub mod cache;
#[cfg(test)]
pub mod fake;
pub mod live;

use futures::future::BoxFuture;
use souk_primitives::{
    call::{Prices, Voucher},
    exchange::SealedKey,
    sumtree::Shape,
    views::{AuditView, ChannelView, PurchaseView, SpecView},
    AccountId, AuditId, Balance, BatchId, BlockNumber, ChannelId, Digest, PurchaseId, SpecId,
};

use crate::ledger::Uncovered;

/// Why the chain did not answer or did not take a call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The node can't be reached or does not answer.
    #[error("the chain can't be reached: {0}")]
    Unreachable(String),
    /// The chain refused a transaction, in its own words.
    #[error("{0}")]
    Refused(String),
    /// This sidecar runs without a chain.
    #[error("this sidecar is not connected to a chain")]
    NoChain,
}

/// The finalised head.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Head {
    /// Its number.
    pub number: BlockNumber,
    /// The live-block counter there: what deadlines count.
    pub live: BlockNumber,
}

/// What this provider offers on a spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// The spec.
    pub spec: SpecId,
    /// Its prices.
    pub prices: Prices,
    /// Most value of one call or batch that the bond leaves room for.
    pub room: Balance,
}

/// What a seller can spend, and what its steps cost now. In units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse {
    /// What the seller can put on hold or pay fees with.
    pub seller: Balance,
    /// What the proxy that signs for it can pay fees with; `None` when the seller signs and pays.
    pub proxy: Option<Balance>,
    /// Fee of offering a copy.
    pub offer: Balance,
    /// Fee of revealing a key.
    pub reveal: Balance,
    /// Fee of settling a sale.
    pub settle: Balance,
    /// Fee of the largest complaint, which bonds are measured by.
    pub complaint: Balance,
}

/// The questions that the chain asks this provider about one spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The spec.
    pub spec: SpecId,
    /// Id of the exam, under which its answers are committed and audited.
    pub id: BatchId,
    /// What the questions follow from.
    pub paper: Digest,
    /// How many there are.
    pub questions: u32,
    /// Whether the answers are committed.
    pub committed: bool,
    /// Why the chain would not take them, in the name of its error.
    pub refusal: Option<String>,
}

/// The exam that this provider may sit now. It is open for a few blocks only, so it is read at the best block: one that
/// is replaced costs some work in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenExam {
    /// What all papers follow from; another one on another fork.
    pub drawn: Digest,
    /// Blocks after the best one in which answers can still be committed.
    pub blocks_left: BlockNumber,
    /// One for each spec that this provider may be examined on.
    pub papers: Vec<Paper>,
}

/// Result of a query.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, ChainError>>;

/// Reads at the finalised head, and a provider's and a seller's transactions. Off-chain parties act on finalised state only.
pub trait Chain: Send + Sync + 'static {
    /// Genesis hash.
    fn genesis(&self) -> Digest;
    /// The provider account on whose behalf this sidecar serves.
    fn provider(&self) -> Option<AccountId>;
    /// The finalised head.
    fn head(&self) -> Answer<'_, Head>;
    /// A channel.
    fn channel(&self, id: ChannelId) -> Answer<'_, Option<ChannelView>>;
    /// An audit.
    fn audit(&self, id: AuditId) -> Answer<'_, Option<AuditView>>;
    /// This provider's open audits.
    fn own_audits(&self) -> Answer<'_, Vec<AuditView>>;
    /// A spec.
    fn spec(&self, id: SpecId) -> Answer<'_, Option<SpecView>>;
    /// What this provider offers now; empty when it is not Active.
    fn quotes(&self) -> Answer<'_, Vec<Quote>>;
    /// Settles a voucher and waits until it is final.
    fn settle(&self, voucher: Voucher, signature: [u8; 64]) -> Answer<'_, ()>;
    /// Settles calls that no voucher covers and waits until it is final.
    fn settle_last(&self, channel: ChannelId, calls: Vec<Uncovered>) -> Answer<'_, ()>;
    /// Closes a channel at once, after its last voucher if one is given, and waits until that is final.
    fn close(&self, channel: ChannelId, last: Option<(Voucher, [u8; 64])>) -> Answer<'_, ()>;
    /// Starts the grace period of an expired channel, and waits until that is final.
    fn expire(&self, channel: ChannelId) -> Answer<'_, ()>;
    /// The exam that is open for this provider.
    fn exam(&self) -> Answer<'_, Option<OpenExam>>;
    /// Commits to the answers of an exam and waits until that is final.
    fn commit_exam(&self, spec: SpecId, answers: Shape) -> Answer<'_, ()>;
    /// The account on whose behalf this sidecar sells.
    fn seller(&self) -> Option<AccountId>;
    /// A purchase, open or recent.
    fn purchase(&self, id: PurchaseId) -> Answer<'_, Option<PurchaseView>>;
    /// What this seller sold: open and recent purchases.
    fn sales(&self) -> Answer<'_, Vec<PurchaseView>>;
    /// What the seller can spend, and what its steps cost.
    fn purse(&self) -> Answer<'_, Purse>;
    /// Offers a copy by the root of its encrypted chunks and the commitment to its key, before live block `by` has
    /// passed, and waits until that is final.
    fn offer_copy(
        &self,
        purchase: PurchaseId,
        ciphertext_root: Digest,
        key_commitment: Digest,
        by: BlockNumber,
    ) -> Answer<'_, ()>;
    /// Reveals a copy's key in a transaction that can't happen after live block `by`, and waits until it is final.
    fn reveal_key(&self, purchase: PurchaseId, sealed: SealedKey, by: BlockNumber) -> Answer<'_, ()>;
    /// Takes the money of a purchase about which nobody complained, and waits until that is final.
    fn settle_sale(&self, purchase: PurchaseId) -> Answer<'_, ()>;
    /// Waits for the next finalised block.
    fn next_head(&self) -> Answer<'_, Head>;
}

/// The port of a sidecar without a chain: only unpaid calls and audits of what it is handed.
pub struct NoChain;

impl Chain for NoChain {
    fn genesis(&self) -> Digest {
        [0; 32]
    }
    fn provider(&self) -> Option<AccountId> {
        None
    }
    fn head(&self) -> Answer<'_, Head> {
        refuse()
    }
    fn channel(&self, _: ChannelId) -> Answer<'_, Option<ChannelView>> {
        refuse()
    }
    fn audit(&self, _: AuditId) -> Answer<'_, Option<AuditView>> {
        refuse()
    }
    fn own_audits(&self) -> Answer<'_, Vec<AuditView>> {
        refuse()
    }
    fn spec(&self, _: SpecId) -> Answer<'_, Option<SpecView>> {
        refuse()
    }
    fn quotes(&self) -> Answer<'_, Vec<Quote>> {
        refuse()
    }
    fn settle(&self, _: Voucher, _: [u8; 64]) -> Answer<'_, ()> {
        refuse()
    }
    fn settle_last(&self, _: ChannelId, _: Vec<Uncovered>) -> Answer<'_, ()> {
        refuse()
    }
    fn close(&self, _: ChannelId, _: Option<(Voucher, [u8; 64])>) -> Answer<'_, ()> {
        refuse()
    }
    fn expire(&self, _: ChannelId) -> Answer<'_, ()> {
        refuse()
    }
    fn exam(&self) -> Answer<'_, Option<OpenExam>> {
        refuse()
    }
    fn commit_exam(&self, _: SpecId, _: Shape) -> Answer<'_, ()> {
        refuse()
    }
    fn seller(&self) -> Option<AccountId> {
        None
    }
    fn purchase(&self, _: PurchaseId) -> Answer<'_, Option<PurchaseView>> {
        refuse()
    }
    fn sales(&self) -> Answer<'_, Vec<PurchaseView>> {
        refuse()
    }
    fn purse(&self) -> Answer<'_, Purse> {
        refuse()
    }
    fn offer_copy(&self, _: PurchaseId, _: Digest, _: Digest, _: BlockNumber) -> Answer<'_, ()> {
        refuse()
    }
    fn reveal_key(&self, _: PurchaseId, _: SealedKey, _: BlockNumber) -> Answer<'_, ()> {
        refuse()
    }
    fn settle_sale(&self, _: PurchaseId) -> Answer<'_, ()> {
        refuse()
    }
    fn next_head(&self) -> Answer<'_, Head> {
        refuse()
    }
}

fn refuse<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(async { Err(ChainError::NoChain) })
}
