//! The port over the client crate.

use super::{Answer, Chain, ChainError, Head, OpenExam, Paper, Purse, Quote};
use crate::ledger::Uncovered;
use codec::{Encode, MaxEncodedLen};
use futures::{stream::BoxStream, StreamExt};
use souk_client::{calls, Call};
use souk_primitives::{
    call::{Prices, Voucher},
    complaint::Complaint,
    exchange::SealedKey,
    exposure::value_within,
    sr25519,
    sumtree::Shape,
    views::{AuditView, ChannelView, ProviderStatus, PurchaseView, SpecView},
    AccountId, AuditId, Balance, BlockNumber, ChannelId, Digest, PurchaseId, SpecId,
};
use tokio::sync::Mutex;

/// The largest safety factor that the chain may be set to. What it is set to shows only in the chain's own quotes, which
/// a provider without new channels has none of; then a smaller room refuses calls earlier than the chain would.
const LARGEST_FACTOR: u32 = 10;

/// Open audits of everybody that are looked through for this provider's.
const OPEN_AUDITS: u32 = 512;

/// Blocks for which a delivery's transaction is good at most: so long a seller that was killed waits before it sends it
/// again.
pub const DELIVERY: BlockNumber = 16;
/// Blocks that may be finalised between the look at the live-block counter and the signature.
const HASTE: BlockNumber = 3;
/// Bytes of a signed transaction around its call, as the chain counts them for the largest complaint.
const ENVELOPE: u32 = 256;

/// An account on whose behalf this sidecar acts.
#[derive(Clone, Default)]
pub struct Actor {
    /// The account.
    pub account: Option<AccountId>,
    /// Its key, or its proxy's.
    pub signer: Option<sr25519::Pair>,
}

impl Actor {
    /// The key, and the call as this key has to send it.
    fn sign(&self, call: Call, setting: &str) -> Result<(&sr25519::Pair, Call), ChainError> {
        let (Some(signer), Some(account)) = (&self.signer, &self.account) else {
            return Err(ChainError::Refused(format!("this sidecar has no key to sign with ({setting})")));
        };
        let own = souk_client::keys::account(signer) == *account;
        Ok((signer, if own { call } else { by_proxy(account, call) }))
    }
}

/// A chain behind a node.
pub struct LiveChain {
    chain: souk_client::Chain,
    provider: Actor,
    seller: Actor,
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
    /// Connects.
    pub async fn connect(url: &str, provider: Actor, seller: Actor) -> Result<Self, ChainError> {
        let chain = souk_client::Chain::connect(url).await?;
        let heads = Mutex::new(chain.finalized_blocks().boxed());
        Ok(Self { chain, provider, seller, heads })
    }

    async fn submit(&self, call: Call) -> Result<(), ChainError> {
        let (signer, call) = self.provider.sign(call, "keys.provider")?;
        self.chain.submit(signer, call).await?;
        Ok(())
    }

    /// Sends a seller's call in a transaction that can't happen after live block `by`.
    async fn deliver(&self, call: Call, by: BlockNumber) -> Result<(), ChainError> {
        let (signer, call) = self.seller.sign(call, "seller.key")?;
        // A block adds at most one to the counter.
        let left = by.saturating_sub(self.chain.live_block().await?);
        self.chain.submit_within(signer, call, left.saturating_sub(HASTE).min(DELIVERY)).await?;
        Ok(())
    }

    /// The seller with the key that signs for it alone: what anyone may send, a proxy for deliveries sends for itself.
    fn seller_key(&self) -> Actor {
        Actor {
            account: self.seller.signer.as_ref().map(souk_client::keys::account),
            signer: self.seller.signer.clone(),
        }
    }

    async fn spendable(&self, who: &AccountId) -> Result<Balance, ChainError> {
        let least = self.chain.constant("Balances", "ExistentialDeposit").await?.unwrap_or(0);
        Ok(self.chain.balance(who).await?.spendable(least))
    }

    /// What a seller's step costs whoever signs it.
    async fn fee(&self, actor: &Actor, call: Call) -> Result<Balance, ChainError> {
        let (_, call) = actor.sign(call, "seller.key")?;
        Ok(self.chain.fee(&call, ENVELOPE).await?)
    }

    async fn seller_purse(&self) -> Result<Purse, ChainError> {
        let (seller, key) = (&self.seller, self.seller_key());
        let (Some(account), Some(payer)) = (&seller.account, &key.account) else {
            return Err(ChainError::Refused("this sidecar sells for nobody (seller.key)".into()));
        };
        let any: PurchaseId = [0; 32];
        // The fee is by length and by kind, not by what is in it.
        let least = Complaint::BadSeal { secret: [0; 32] };
        let rest = u32::try_from(Complaint::max_encoded_len()).unwrap_or(u32::MAX);
        let complaint = calls::licensing::complain(any, least);
        Ok(Purse {
            seller: self.spendable(account).await?,
            proxy: if payer == account { None } else { Some(self.spendable(payer).await?) },
            offer: self.fee(seller, calls::licensing::offer_copy(any, any, any)).await?,
            reveal: self.fee(seller, calls::licensing::reveal_key(any, [0; 80])).await?,
            settle: self.fee(&key, calls::licensing::settle(any)).await?,
            complaint: self.chain.fee(&complaint, rest.saturating_add(ENVELOPE)).await?,
        })
    }

    async fn open_exam(&self) -> Result<Option<OpenExam>, ChainError> {
        let Some(account) = &self.provider.account else { return Ok(None) };
        let best = self.chain.best().await?.hash;
        let Some(exam) = self.chain.exam_at(&best, account).await? else { return Ok(None) };
        let (Some(drawn), Some(commit_by)) = (exam.drawn, exam.commit_by) else { return Ok(None) };
        let now = self.chain.live_block_at(&best).await?;
        let papers = exam.papers.into_iter().map(|paper| Paper {
            spec: paper.spec,
            id: paper.exam,
            paper: paper.paper,
            questions: paper.questions,
            committed: paper.committed,
            refusal: paper.refusal,
        });
        let blocks_left = commit_by.checked_sub(now);
        Ok(blocks_left.map(|blocks_left| OpenExam { drawn, blocks_left, papers: papers.collect() }))
    }

    async fn offers(&self) -> Result<Vec<Quote>, ChainError> {
        let Some(account) = &self.provider.account else { return Ok(Vec::new()) };
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
        self.provider.account.clone()
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
            audits.retain(|audit| Some(&audit.provider) == self.provider.account.as_ref());
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

    fn exam(&self) -> Answer<'_, Option<OpenExam>> {
        Box::pin(self.open_exam())
    }

    fn commit_exam(&self, spec: SpecId, answers: Shape) -> Answer<'_, ()> {
        let Shape { root, total, count } = answers;
        Box::pin(async move { self.submit(calls::rewards::commit_exam(spec, root, total, count)).await })
    }

    fn seller(&self) -> Option<AccountId> {
        self.seller.account.clone()
    }

    fn purchase(&self, id: PurchaseId) -> Answer<'_, Option<PurchaseView>> {
        Box::pin(async move { Ok(self.chain.purchase(id).await?) })
    }

    fn sales(&self) -> Answer<'_, Vec<PurchaseView>> {
        Box::pin(async {
            let Some(seller) = &self.seller.account else { return Ok(Vec::new()) };
            let mut purchases = self.chain.all_purchases(seller).await?;
            purchases.retain(|purchase| purchase.seller == *seller);
            Ok(purchases)
        })
    }

    fn purse(&self) -> Answer<'_, Purse> {
        Box::pin(self.seller_purse())
    }

    fn offer_copy(
        &self,
        purchase: PurchaseId,
        ciphertext_root: Digest,
        key_commitment: Digest,
        by: BlockNumber,
    ) -> Answer<'_, ()> {
        let call = calls::licensing::offer_copy(purchase, ciphertext_root, key_commitment);
        Box::pin(self.deliver(call, by))
    }

    fn reveal_key(&self, purchase: PurchaseId, sealed: SealedKey, by: BlockNumber) -> Answer<'_, ()> {
        Box::pin(self.deliver(calls::licensing::reveal_key(purchase, sealed), by))
    }

    fn settle_sale(&self, purchase: PurchaseId) -> Answer<'_, ()> {
        Box::pin(async move {
            let key = self.seller_key();
            let (signer, call) = key.sign(calls::licensing::settle(purchase), "seller.key")?;
            self.chain.submit(signer, call).await?;
            Ok(())
        })
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
