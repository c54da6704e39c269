//! The chain as the gateway needs it: a port, and its adapter over the client crate.

use codec::Encode;
use futures::future::BoxFuture;
use souk_client::{
    calls::{self, channels::SignedReceipt},
    keys, Chain, Error, Keypair, SoukEvent,
};
use souk_primitives::{
    call::{Prices, Receipt},
    views::{ChannelView, QuoteView, SpecView},
    AccountId, Balance, BlockNumber, ChannelId, Digest, SpecId,
};

/// Result of a query.
pub type Answer<'a, T> = BoxFuture<'a, Result<T, Error>>;

/// What a new channel is opened with.
#[derive(Clone, Debug)]
pub struct Order {
    /// Who serves.
    pub provider: AccountId,
    /// What is run.
    pub spec: SpecId,
    /// What is paid in.
    pub deposit: Balance,
    /// Prices that are accepted.
    pub prices: Prices,
    /// Key of requests and vouchers.
    pub voucher_key: Digest,
    /// Live blocks for which it is open.
    pub blocks: BlockNumber,
    /// Whether a spec that nobody audits is fine.
    pub allow_unaudited: bool,
}

/// Two different receipts for one call, both signed.
#[derive(Clone, Debug)]
pub struct DoubleReceipt {
    /// One.
    pub first: (Receipt, [u8; 64]),
    /// The other.
    pub second: (Receipt, [u8; 64]),
}

/// Reads at the finalised head, and a consumer's transactions, which return when they are final.
pub trait Market: Send + Sync + 'static {
    /// Genesis hash.
    fn genesis(&self) -> Digest;
    /// The consumer.
    fn account(&self) -> AccountId;
    /// All specs.
    fn specs(&self) -> Answer<'_, Vec<SpecView>>;
    /// Who serves a spec.
    fn quotes(&self, spec: SpecId) -> Answer<'_, Vec<QuoteView>>;
    /// A channel.
    fn channel(&self, id: ChannelId) -> Answer<'_, Option<ChannelView>>;
    /// The consumer's channels.
    fn mine(&self) -> Answer<'_, Vec<ChannelView>>;
    /// The live-block counter.
    fn live_block(&self) -> Answer<'_, BlockNumber>;
    /// Opens a channel.
    fn open(&self, order: Order) -> Answer<'_, ChannelId>;
    /// Pays more in.
    fn top_up(&self, channel: ChannelId, amount: Balance) -> Answer<'_, ()>;
    /// Starts a channel's grace period.
    fn close(&self, channel: ChannelId) -> Answer<'_, ()>;
    /// Reports two receipts for one call.
    fn report(&self, evidence: DoubleReceipt) -> Answer<'_, ()>;
}

/// The market on a real chain.
pub struct LiveMarket {
    chain: Chain,
    pair: Keypair,
}

impl LiveMarket {
    /// With the consumer's key.
    pub fn new(chain: Chain, pair: Keypair) -> Self {
        Self { chain, pair }
    }

    /// Says what is missing before a transaction that would only cost its fee.
    async fn afford(&self, amount: Balance) -> Result<(), Error> {
        self.chain.afford(&keys::account(&self.pair), amount).await
    }
}

impl Market for LiveMarket {
    fn genesis(&self) -> Digest {
        self.chain.genesis()
    }

    fn account(&self) -> AccountId {
        keys::account(&self.pair)
    }

    fn specs(&self) -> Answer<'_, Vec<SpecView>> {
        Box::pin(self.chain.all_specs())
    }

    fn quotes(&self, spec: SpecId) -> Answer<'_, Vec<QuoteView>> {
        Box::pin(self.chain.quote(spec))
    }

    fn channel(&self, id: ChannelId) -> Answer<'_, Option<ChannelView>> {
        Box::pin(self.chain.channel(id))
    }

    fn mine(&self) -> Answer<'_, Vec<ChannelView>> {
        Box::pin(async move { self.chain.channels(&keys::account(&self.pair), 200).await })
    }

    fn live_block(&self) -> Answer<'_, BlockNumber> {
        Box::pin(self.chain.live_block())
    }

    fn open(&self, order: Order) -> Answer<'_, ChannelId> {
        Box::pin(async move {
            self.afford(order.deposit).await?;
            let expires = self.chain.live_block().await?.saturating_add(order.blocks);
            let call = calls::channels::open(calls::channels::Open {
                provider: order.provider,
                spec: order.spec,
                deposit: order.deposit,
                max_prices: order.prices,
                voucher_key: order.voucher_key,
                expires,
                allow_unaudited: order.allow_unaudited,
                notice: 0,
                for_consumer: None,
            });
            let outcome = self.chain.submit(&self.pair, call).await?;
            let opened = outcome.souk_events().find_map(|event| match event {
                SoukEvent::ChannelOpened { channel, .. } => Some(channel),
                _ => None,
            });
            opened.ok_or_else(|| Error::Decode {
                what: "the events".into(),
                reason: "no channel was opened".into(),
            })
        })
    }

    fn top_up(&self, channel: ChannelId, amount: Balance) -> Answer<'_, ()> {
        Box::pin(async move {
            self.afford(amount).await?;
            self.chain.submit(&self.pair, calls::channels::top_up(channel, amount)).await.map(drop)
        })
    }

    fn close(&self, channel: ChannelId) -> Answer<'_, ()> {
        Box::pin(
            async move { self.chain.submit(&self.pair, calls::channels::close(channel)).await.map(drop) },
        )
    }

    fn report(&self, evidence: DoubleReceipt) -> Answer<'_, ()> {
        let signed = |(receipt, signature): (Receipt, [u8; 64])| SignedReceipt { receipt, signature };
        let call = calls::channels::report_double_receipt(signed(evidence.first), signed(evidence.second));
        Box::pin(async move { self.chain.submit(&self.pair, call).await.map(drop) })
    }
}

impl DoubleReceipt {
    /// Whether the two really contradict each other.
    pub fn is_contradiction(&self) -> bool {
        self.first.0.channel == self.second.0.channel
            && self.first.0.seq == self.second.0.seq
            && self.first.0.encode() != self.second.0.encode()
    }
}
