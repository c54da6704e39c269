//! Places, for calls or for copies that are fetched: so many at a time, and one consumer or purchase has its share of
//! them.

use parking_lot::Mutex;
use std::{
    collections::HashMap,
    hash::Hash,
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Full {
    /// This one has its share.
    Share,
    /// All are taken.
    All,
}

/// How many places each one has taken.
type Taken<K> = Arc<Mutex<HashMap<K, usize>>>;

/// All places.
pub struct Places<K> {
    free: Arc<Semaphore>,
    share: usize,
    taken: Taken<K>,
    calls: Arc<AtomicUsize>,
}

/// A call that runs, waits, or is still being sent.
pub struct Place<K: Eq + Hash> {
    model: Option<Model<K>>,
    calls: Arc<AtomicUsize>,
}

/// The part of a place that other calls wait for.
struct Model<K: Eq + Hash> {
    whose: Option<K>,
    taken: Taken<K>,
    _permit: OwnedSemaphorePermit,
}

impl<K: Eq + Hash + Clone> Places<K> {
    /// `all` places, of which one may have `share`.
    pub fn new(all: usize, share: usize) -> Self {
        Self { free: Arc::new(Semaphore::new(all)), share, taken: Arc::default(), calls: Arc::default() }
    }

    /// One more place for `whose`; calls without a payment are nobody's.
    pub fn take(&self, whose: Option<&K>) -> Result<Place<K>, Full> {
        let mut taken = self.taken.lock();
        if whose.and_then(|who| taken.get(who)).is_some_and(|count| *count >= self.share) {
            return Err(Full::Share);
        }
        let permit = self.free.clone().try_acquire_owned().map_err(|_| Full::All)?;
        if let Some(who) = whose {
            *taken.entry(who.clone()).or_default() += 1;
        }
        self.calls.fetch_add(1, Ordering::SeqCst);
        let model = Model { whose: whose.cloned(), taken: self.taken.clone(), _permit: permit };
        Ok(Place { model: Some(model), calls: self.calls.clone() })
    }

    /// Places that this one has taken.
    pub fn held(&self, whose: &K) -> usize {
        self.taken.lock().get(whose).copied().unwrap_or(0)
    }

    /// Calls that have not ended.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl<K: Eq + Hash> Place<K> {
    /// The model is done with the call: another one may run while a slow client reads the rest.
    pub fn leave_model(&mut self) {
        self.model = None;
    }
}

impl<K: Eq + Hash> Drop for Place<K> {
    fn drop(&mut self) {
        self.calls.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<K: Eq + Hash> Drop for Model<K> {
    fn drop(&mut self) {
        let Some(who) = &self.whose else { return };
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
        let (greedy, other) = (1u8, 2u8);
        let mut held: Vec<_> = (0..5).filter_map(|_| places.take(Some(&greedy)).ok()).collect();
        assert_eq!(held.len(), 2);
        let others = places.take(Some(&other)).unwrap();
        assert_eq!(places.take(Some(&other)).err(), Some(Full::All));
        assert_eq!(places.take(Some(&greedy)).err(), Some(Full::Share));
        held[0].leave_model();
        let again = places.take(Some(&greedy)).unwrap();
        assert_eq!(places.calls(), 4, "an answer that is being sent is a call that has not ended");
        drop((held, others, again));
        assert_eq!(places.calls(), 0);
        assert!(places.taken.lock().is_empty());
        assert_eq!((0..5).filter_map(|_| places.take(None).ok()).collect::<Vec<_>>().len(), 3);
    }
}
