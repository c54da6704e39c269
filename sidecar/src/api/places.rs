//! Places for calls: so many run or wait at a time, and one consumer has its share of them.

use super::error::ApiError;
use parking_lot::Mutex;
use souk_primitives::AccountId;
use std::{
    collections::HashMap,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// All places.
pub struct Places {
    free: Arc<Semaphore>,
    share: usize,
    taken: Arc<Mutex<HashMap<AccountId, usize>>>,
    calls: Arc<AtomicUsize>,
}

/// A call that runs, waits, or is still being sent.
pub struct Place {
    model: Option<Model>,
    calls: Arc<AtomicUsize>,
}

/// The part of a place that other calls wait for.
struct Model {
    consumer: Option<AccountId>,
    taken: Arc<Mutex<HashMap<AccountId, usize>>>,
    _permit: OwnedSemaphorePermit,
}

impl Places {
    /// `all` places, of which one consumer may have `share`.
    pub fn new(all: usize, share: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(all)), share, taken: Arc::default(), calls: Arc::default() }
    }

    /// A place for one more call of `consumer`; calls without a payment have none.
    pub fn take(&self, consumer: Option<&AccountId>) -> Result<Place, ApiError> {
        let mut taken = self.taken.lock();
        if consumer.and_then(|who| taken.get(who)).is_some_and(|count| *count >= self.share) {
            return Err(ApiError::busy(
                "this consumer has its share of the provider's places; wait for an answer",
            ));
        }
        let permit = self
            .free
            .clone()
            .try_acquire_owned()
            .map_err(|_| ApiError::busy("this provider is busy; try again shortly"))?;
        if let Some(who) = consumer {
            *taken.entry(who.clone()).or_default() += 1;
        }
        self.calls.fetch_add(1, Ordering::SeqCst);
        let model = Model { consumer: consumer.cloned(), taken: self.taken.clone(), _permit: permit };
        Ok(Place { model: Some(model), calls: self.calls.clone() })
    }

    /// Calls that have not ended.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Place {
    /// The model is done with the call: another one may run while a slow client reads the rest.
    pub fn leave_model(&mut self) {
        self.model = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        let Some(who) = &self.consumer else { return };
        let mut taken = self.taken.lock();
        if let Some(count) = taken.get_mut(who) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                taken.remove(who);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumer_should_have_its_share_and_give_it_back() {
        let places = Places::new(3, 2);
        let (greedy, other) = (AccountId::new([1; 32]), AccountId::new([2; 32]));
        let mut held: Vec<_> = (0..5).filter_map(|_| places.take(Some(&greedy)).ok()).collect();
        assert_eq!(held.len(), 2);
        let others = places.take(Some(&other)).unwrap();
        assert!(places.take(Some(&other)).is_err(), "all are taken");
        held[0].leave_model();
        let again = places.take(Some(&greedy)).unwrap();
        assert_eq!(places.calls(), 4, "an answer that is being sent is a call that has not ended");
        drop((held, others, again));
        assert_eq!(places.calls(), 0);
        assert!(places.taken.lock().is_empty());
        assert_eq!((0..5).filter_map(|_| places.take(None).ok()).collect::<Vec<_>>().len(), 3);
    }
}
