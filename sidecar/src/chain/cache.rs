//! Channel facts, read once a finalised block: a call must not wait for a round trip to the node.

use super::{Chain, ChainError, Head, Quote};
use parking_lot::Mutex;
use souk_primitives::{
    views::{ChannelView, SpecView},
    ChannelId, SpecId,
};
use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

/// Facts read longer ago than this are not used when the node is away.
const STALE: Duration = Duration::from_secs(30);
/// Channels remembered at most; all are read again when there are more.
const MOST: usize = 10_000;

struct Entry<T> {
    value: T,
    at_block: u32,
    read: Instant,
}

/// The cached reads of a call's hot path.
pub struct Facts {
    chain: Arc<dyn Chain>,
    head: Mutex<Option<(Head, Instant)>>,
    channels: Mutex<HashMap<ChannelId, Entry<ChannelView>>>,
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
        let at_block = self.head().await?.number;
        if let Some(entry) = self.channels.lock().get(&id) {
            if entry.at_block == at_block {
                return Ok(Some(entry.value.clone()));
            }
        }
        match self.chain.channel(id).await {
            Ok(Some(view)) => {
                let mut channels = self.channels.lock();
                if channels.len() >= MOST {
                    channels.clear();
                }
                channels.insert(id, Entry { value: view.clone(), at_block, read: Instant::now() });
                Ok(Some(view))
            }
            Ok(None) => {
                self.channels.lock().remove(&id);
                Ok(None)
            }
            Err(error) => match self.channels.lock().get(&id) {
                // A node that restarts should not stop calls that are already paid for.
                Some(entry) if entry.read.elapsed() < STALE => Ok(Some(entry.value.clone())),
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
}
