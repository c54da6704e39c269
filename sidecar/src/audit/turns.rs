//! Whose transcript is fetched next: a provider that answers slowly must not hold up the audits of the others.

use parking_lot::Mutex;
use souk_primitives::AccountId;
use std::{collections::HashMap, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Fetches at the same time: each holds a transcript.
const AT_ONCE: usize = 64;
/// Of these, fetches from one provider.
const OF_ONE: usize = 16;

/// Turns of fetches. A job waits behind its own provider's first, so that the common queue holds only a few fetches of
/// each provider, and serves the providers in turn.
pub struct Turns {
    all: Arc<Semaphore>,
    providers: Mutex<HashMap<AccountId, Arc<Semaphore>>>,
}

/// A fetch may run while this lives.
pub struct Turn {
    _common: OwnedSemaphorePermit,
    _own: OwnedSemaphorePermit,
}

impl Default for Turns {
    fn default() -> Self {
        Self { all: Arc::new(Semaphore::new(AT_ONCE)), providers: Mutex::default() }
    }
}

impl Turns {
    /// Waits for a turn.
    pub async fn of(&self, provider: &AccountId) -> Option<Turn> {
        let own = {
            let mut providers = self.providers.lock();
            // Whoever waits or fetches holds a reference.
            providers.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
            providers.entry(provider.clone()).or_insert_with(|| Arc::new(Semaphore::new(OF_ONE))).clone()
        };
        // Closed never; if it were, there would be no turns at all.
        let own = own.acquire_owned().await.ok()?;
        let common = self.all.clone().acquire_owned().await.ok()?;
        Some(Turn { _common: common, _own: own })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::Future, pin::Pin, time::Duration};

    fn provider(i: usize) -> AccountId {
        AccountId::new([i as u8; 32])
    }

    async fn taken(turns: &Turns, provider: &AccountId, n: usize) -> Vec<Option<Turn>> {
        let mut held = Vec::new();
        for _ in 0..n {
            held.push(turns.of(provider).await);
        }
        held
    }

    async fn comes(turn: Pin<&mut impl Future<Output = Option<Turn>>>) -> bool {
        tokio::time::timeout(Duration::from_millis(50), turn).await.is_ok_and(|turn| turn.is_some())
    }

    #[tokio::test]
    async fn slow_provider_should_hold_up_nobody_else() {
        let turns = Turns::default();
        let slow = provider(1);
        let held = taken(&turns, &slow, OF_ONE).await;
        let mut next = Box::pin(turns.of(&slow));
        assert!(!comes(next.as_mut()).await, "its own fetches wait for each other");
        assert!(comes(Box::pin(turns.of(&provider(2))).as_mut()).await);
        drop(held);
        assert!(comes(next.as_mut()).await);
    }

    #[tokio::test]
    async fn many_slow_providers_should_take_turns_with_the_others() {
        let turns = Turns::default();
        let mut held = Vec::new();
        for i in 0..AT_ONCE / OF_ONE {
            held.push(taken(&turns, &provider(i), OF_ONE).await);
        }
        let honest = provider(200);
        let mut next = Box::pin(turns.of(&honest));
        assert!(!comes(next.as_mut()).await);
        held.truncate(1);
        assert!(comes(next.as_mut()).await);
        drop(held);
        turns.of(&honest).await;
        assert_eq!(turns.providers.lock().len(), 1, "who fetches nothing is forgotten");
    }
}
