//! The port over the client crate.

use super::{Answer, Chain, ChainError, Head, Quote};
use crate::ledger::Uncovered;
use codec::Encode;
use futures::{stream::BoxStream, StreamExt};
use souk_client::{calls, Call};
use souk_primitives::{
    call::{Prices, Voucher},
    exposure::value_within,
    sr25519,
    views::{AuditView, ChannelView, ProviderStatus, SpecView},
    AccountId, AuditId, ChannelId, Digest, SpecId,
};
use tokio::sync::Mutex;

/// The largest safety factor that the chain may be set to. What it is set to shows only in the chain's own quotes, which
/// a provider without new channels has none of; then a smaller room refuses calls earlier than the chain would.
const LARGEST_FACTOR: u32 = 10;

/// Open audits of everybody that are looked through for this provider's.
const OPEN_AUDITS: u32 = 512;

/// A chain behind a node.
pub struct LiveChain {
    chain: souk_client::Chain,
    provider: Option<AccountId>,
    signer: Option<sr25519::Pair>,
    heads: Mutex<BoxStream<'static, souk_client::Head>>,
}

impl From<souk_client::Error> for ChainError {
    fn from(error: souk_client::Error) -> Self {
        match error {
            souk_client::Error::Unreachable { .. } => ChainError::Unreachable(error.to_string()),
            other => ChainError::Refused(other.to_string()),
        }
    }
}

impl LiveChain {
    /// Connects. `signer` is the provider's key, or its proxy's.
    pub async fn connect(
        url: &str,
        provider: Option<AccountId>,
        signer: Option<sr25519::Pair>,
    ) -> Result<Self, ChainError> {
        let chain = souk_client::Chain::connect(url).await?;
        let heads = Mutex::new(chain.finalized_blocks().boxed());
        Ok(Self { chain, provider, signer, heads })
    }

    async fn submit(&self, call: Call) -> Result<(), ChainError> {
        let (Some(signer), Some(provider)) = (&self.signer, &self.provider) else {
            return Err(ChainError::Refused("this sidecar has no key to settle with (keys.provider)".into()));
        };
        let own = souk_client::keys::account(signer) == *provider;
        let call = if own { call } else { by_proxy(provider, call) };
        self.chain.submit(signer, call).await?;
        Ok(())
    }

    async fn offers(&self) -> Result<Vec<Quote>, ChainError> {
        let Some(account) = &self.provider else { return Ok(Vec::new()) };
        let Some(provider) = self.chain.provider(account).await? else { return Ok(Vec::new()) };
        if matches!(provider.status, ProviderStatus::Pending | ProviderStatus::Jailed) {
            return Ok(Vec::new());
        }
        let bond = provider.bond.saturating_sub(provider.exposure);
        let mut offers = Vec::new();
        for serving in provider.serving {
            let quotes = self.chain.quote(serving.spec).await?;
            let own = quotes.into_iter().find(|quote| quote.provider == *account);
            offers.push(Quote {
                spec: serving.spec,
                prices: Prices { per_1k_input: serving.per_1k_input, per_1k_output: serving.per_1k_output },
                room: own
                    .map_or_else(|| value_within(bond, LARGEST_FACTOR, serving.chance), |quote| quote.room),
            });
        }
        Ok(offers)
    }
}

/// An address as the runtime takes it: an id.
#[derive(Encode)]
enum Address {
    Id(AccountId),
}

fn by_proxy(real: &AccountId, call: Call) -> Call {
    Call::new("Proxy", "proxy")
        .arg("real", Address::Id(real.clone()))
        .arg("force_proxy_type", None::<u8>)
        .call_arg("call", call)
}

impl Chain for LiveChain {
    fn genesis(&self) -> Digest {
        self.chain.genesis()
    }

    fn provider(&self) -> Option<AccountId> {
        self.provider.clone()
    }

    fn head(&self) -> Answer<'_, Head> {
        Box::pin(async {
            let head = self.chain.finalized().await?;
            Ok(Head { number: head.number, live: self.chain.live_block().await? })
        })
    }

    fn channel(&self, id: ChannelId) -> Answer<'_, Option<ChannelView>> {
        Box::pin(async move { Ok(self.chain.channel(id).await?) })
    }

    fn audit(&self, id: AuditId) -> Answer<'_, Option<AuditView>> {
        Box::pin(async move { Ok(self.chain.audit(id).await?) })
    }

    fn own_audits(&self) -> Answer<'_, Vec<AuditView>> {
        Box::pin(async {
            let mut audits = self.chain.audits(true, OPEN_AUDITS).await?;
            audits.retain(|audit| Some(&audit.provider) == self.provider.as_ref());
            Ok(audits)
        })
    }

    fn spec(&self, id: SpecId) -> Answer<'_, Option<SpecView>> {
        Box::pin(async move { Ok(self.chain.spec(id).await?) })
    }

    fn quotes(&self) -> Answer<'_, Vec<Quote>> {
        Box::pin(self.offers())
    }

    fn settle(&self, voucher: Voucher, signature: [u8; 64]) -> Answer<'_, ()> {
        Box::pin(
            async move { self.submit(calls::channels::settle(voucher.channel, voucher, signature)).await },
        )
    }

    fn settle_last(&self, channel: ChannelId, calls: Vec<Uncovered>) -> Answer<'_, ()> {
        let calls = calls
            .into_iter()
            .map(|call| calls::channels::SignedCall {
                request: call.request,
                request_signature: call.request_signature,
                receipt: call.receipt,
                receipt_signature: call.receipt_signature,
            })
            .collect();
        Box::pin(async move { self.submit(calls::channels::settle_last(channel, calls)).await })
    }

    fn close(&self, channel: ChannelId, last: Option<(Voucher, [u8; 64])>) -> Answer<'_, ()> {
        let last = last.map(|(voucher, signature)| calls::channels::SignedVoucher { voucher, signature });
        Box::pin(async move { self.submit(calls::channels::close_by_provider(channel, last)).await })
    }

    fn expire(&self, channel: ChannelId) -> Answer<'_, ()> {
        Box::pin(async move { self.submit(calls::channels::close(channel)).await })
    }

    fn next_head(&self) -> Answer<'_, Head> {
        Box::pin(async {
            let mut heads = self.heads.lock().await;
            match heads.next().await {
                Some(head) => Ok(Head { number: head.number, live: self.chain.live_block().await? }),
                None => Err(ChainError::Unreachable("the node runs another chain than before".into())),
            }
        })
    }
}
