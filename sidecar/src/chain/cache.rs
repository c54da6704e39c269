//! Channels, audits and purchases, read once a finalised block: a call must not wait for a round trip to the node, and strangers'
//! questions must not become the node's work. That something does not exist is remembered too.

use super::{Answer, Chain, ChainError, Head, Quote};
use parking_lot::Mutex;
use souk_primitives::{
    views::{AuditView, ChannelView, PurchaseView, SpecView},
    AuditId, ChannelId, Digest, PurchaseId, SpecId,
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// Facts read longer ago than this are not used when the node is away.
const STALE: Duration = Duration::from_secs(30);
/// Channels remembered at most, audits, and purchases; all are read again when there are more.
const MOST: usize = 10_000;

struct Entry<T> {
    value: T,
    at_block: u32,
    read: Instant,
}

type Known<T> = HashMap<Digest, Entry<Option<T>>>;

/// The cached reads of a call's hot path.
pub struct Facts {
    chain: Arc<dyn Chain>,
    head: Mutex<Option<(Head, Instant)>>,
    channels: Mutex<Known<ChannelView>>,
    audits: Mutex<Known<AuditView>>,
    purchases: Mutex<Known<PurchaseView>>,
    specs: Mutex<HashMap<SpecId, SpecView>>,
    quotes: Mutex<Option<Entry<Vec<Quote>>>>,
}

impl Facts {
    /// An empty cache over the chain.
    pub fn new(chain: Arc<dyn Chain>) -> Self {
        Self {
            chain,
            head: Mutex::new(None),
            channels: Mutex::default(),
            audits: Mutex::default(),
            purchases: Mutex::default(),
            specs: Mutex::default(),
            quotes: Mutex::new(None),
        }
    }

    /// The chain below.
    pub fn chain(&self) -> &Arc<dyn Chain> {
        &self.chain
    }

    /// The keeper saw a new finalised block.
    pub fn advance(&self, head: Head) {
        *self.head.lock() = Some((head, Instant::now()));
    }

    /// The finalised head as last seen; asked for when nothing was heard of it for a while.
    pub async fn head(&self) -> Result<Head, ChainError> {
        let seen = *self.head.lock();
        if let Some((head, _)) = seen.filter(|(_, at)| at.elapsed() < STALE) {
            return Ok(head);
        }
        let head = self.chain.head().await?;
        self.advance(head);
        Ok(head)
    }

    /// A channel, at most one finalised block old.
    pub async fn channel(&self, id: ChannelId) -> Result<Option<ChannelView>, ChainError> {
        self.known(&self.channels, id, || self.chain.channel(id)).await
    }

    /// An audit, at most one finalised block old.
    pub async fn audit(&self, id: AuditId) -> Result<Option<AuditView>, ChainError> {
        self.known(&self.audits, id, || self.chain.audit(id)).await
    }

    /// Open audits of this provider: nobody has to ask for them first.
    pub async fn learn_audits(&self) -> Result<(), ChainError> {
        let at_block = self.head().await?.number;
        let audits = self.chain.own_audits().await?;
        let mut cache = self.audits.lock();
        for audit in audits {
            cache.insert(audit.id, Entry { value: Some(audit), at_block, read: Instant::now() });
        }
        Ok(())
    }

    /// A purchase, at most one finalised block old.
    pub async fn purchase(&self, id: PurchaseId) -> Result<Option<PurchaseView>, ChainError> {
        self.known(&self.purchases, id, || self.chain.purchase(id)).await
    }

    /// What this seller sold, which its buyers may ask about from now on.
    pub async fn sales(&self) -> Result<Vec<PurchaseView>, ChainError> {
        let at_block = self.head().await?.number;
        let sales = self.chain.sales().await?;
        let mut cache = self.purchases.lock();
        for sale in &sales {
            cache.insert(sale.id, Entry { value: Some(sale.clone()), at_block, read: Instant::now() });
        }
        Ok(sales)
    }

    /// Whether a channel is known to exist, or known not to exist in this block: asking for it is no stranger's whim.
    pub fn knows_channel(&self, id: &ChannelId) -> bool {
        self.knows(&self.channels, id)
    }

    /// The same of an audit.
    pub fn knows_audit(&self, id: &AuditId) -> bool {
        self.knows(&self.audits, id)
    }

    /// The same of a purchase.
    pub fn knows_purchase(&self, id: &PurchaseId) -> bool {
        self.knows(&self.purchases, id)
    }

    fn knows<T>(&self, cache: &Mutex<Known<T>>, id: &Digest) -> bool {
        let at_block = self.head.lock().map(|(head, _)| head.number);
        cache.lock().get(id).is_some_and(|entry| entry.value.is_some() || Some(entry.at_block) == at_block)
    }

    async fn known<'a, T: Clone>(
        &'a self,
        cache: &Mutex<Known<T>>,
        id: Digest,
        read: impl FnOnce() -> Answer<'a, Option<T>>,
    ) -> Result<Option<T>, ChainError> {
        let at_block = self.head().await?.number;
        if let Some(entry) = cache.lock().get(&id).filter(|entry| entry.at_block == at_block) {
            return Ok(entry.value.clone());
        }
        match read().await {
            Ok(value) => {
                let mut cache = cache.lock();
                if cache.len() >= MOST {
                    // Strangers can ask for any number of things that don't exist.
                    cache.retain(|_, entry| entry.value.is_some());
                }
                if cache.len() >= MOST {
                    cache.clear();
                }
                cache.insert(id, Entry { value: value.clone(), at_block, read: Instant::now() });
                Ok(value)
            }
            Err(error) => match cache.lock().get(&id) {
                // A node that restarts should not stop calls that are already paid for.
                Some(Entry { value: Some(value), read, .. }) if read.elapsed() < STALE => {
                    Ok(Some(value.clone()))
                }
                _ => Err(error),
            },
        }
    }

    /// A spec; they never change but for their verifiers.
    pub async fn spec(&self, id: SpecId) -> Result<Option<SpecView>, ChainError> {
        if let Some(spec) = self.specs.lock().get(&id) {
            return Ok(Some(spec.clone()));
        }
        let spec = self.chain.spec(id).await?;
        if let Some(spec) = &spec {
            self.specs.lock().insert(id, spec.clone());
        }
        Ok(spec)
    }

    /// This provider's offers, at most one finalised block old.
    pub async fn quotes(&self) -> Result<Vec<Quote>, ChainError> {
        let at_block = self.head().await?.number;
        if let Some(entry) = &*self.quotes.lock() {
            if entry.at_block == at_block {
                return Ok(entry.value.clone());
            }
        }
        match self.chain.quotes().await {
            Ok(quotes) => {
                *self.quotes.lock() = Some(Entry { value: quotes.clone(), at_block, read: Instant::now() });
                Ok(quotes)
            }
            Err(error) => match &*self.quotes.lock() {
                Some(entry) if entry.read.elapsed() < STALE => Ok(entry.value.clone()),
                _ => Err(error),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fake::FakeChain;

    #[tokio::test]
    async fn channel_should_be_read_once_a_block_and_survive_a_short_outage() {
        let fake = Arc::new(FakeChain::default());
        let id = fake.open_channel(1_000);
        let facts = Facts::new(fake.clone());
        facts.advance(Head { number: 1, live: 1 });
        for _ in 0..5 {
            assert_eq!(facts.channel(id).await.unwrap().unwrap().deposit, 1_000);
        }
        assert_eq!(fake.reads(), 1);
        fake.with_channel(id, |view| view.deposit = 2_000);
        facts.advance(Head { number: 2, live: 2 });
        assert_eq!(facts.channel(id).await.unwrap().unwrap().deposit, 2_000);
        fake.set_down(true);
        facts.advance(Head { number: 3, live: 3 });
        assert_eq!(facts.channel(id).await.unwrap().unwrap().deposit, 2_000);
        assert!(facts.channel([9; 32]).await.is_err());
    }

    #[tokio::test]
    async fn what_does_not_exist_should_be_asked_for_once_a_block() {
        let fake = Arc::new(FakeChain::default());
        let facts = Facts::new(fake.clone());
        facts.advance(Head { number: 1, live: 1 });
        for _ in 0..5 {
            assert_eq!(facts.channel([100; 32]).await, Ok(None));
            assert_eq!(facts.audit([9; 32]).await, Ok(None));
        }
        assert_eq!(fake.reads(), 2);
        assert_eq!(fake.open_channel(1_000), [100; 32]);
        facts.advance(Head { number: 2, live: 2 });
        assert!(facts.channel([100; 32]).await.unwrap().is_some());
        fake.set_down(true);
        facts.advance(Head { number: 3, live: 3 });
        assert!(
            facts.audit([9; 32]).await.is_err(),
            "a node that is down does not say that there is nothing"
        );
    }
}
