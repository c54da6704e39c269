//! So many per second of each: a token bucket for every channel, or peer.

use parking_lot::Mutex;
use std::{
    collections::HashMap,
    hash::Hash,
    time::{Duration, Instant},
};

/// Buckets remembered; a full bucket is the same as none, so that they can be forgotten.
const MOST: usize = 20_000;

/// Token buckets by key.
pub struct RateLimiter<K> {
    rate: f64,
    burst: f64,
    buckets: Mutex<HashMap<K, (f64, Instant)>>,
}

impl<K: Copy + Eq + Hash> RateLimiter<K> {
    /// `rate` calls a second on average, `burst` at once.
    pub fn new(rate: f64, burst: u32) -> Self {
        Self { rate, burst: f64::from(burst), buckets: Mutex::default() }
    }

    /// Takes one call, or says in how many seconds there is one.
    pub fn take(&self, key: &K) -> Result<(), u32> {
        self.take_at(key, Instant::now(), 1.0)
    }

    /// Says the same without taking one.
    pub fn look(&self, key: &K) -> Result<(), u32> {
        if !self.buckets.lock().contains_key(key) {
            return Ok(());
        }
        self.take_at(key, Instant::now(), 0.0)
    }

    fn take_at(&self, key: &K, now: Instant, taken: f64) -> Result<(), u32> {
        self.with_level(key, now, |level| {
            if *level < 1.0 {
                return Err(((1.0 - *level) / self.rate).ceil().max(1.0) as u32);
            }
            *level -= taken;
            Ok(())
        })
    }

    /// Takes `amount` at once, also what is not there yet, and says how long it is to be waited for.
    pub fn owe(&self, key: &K, amount: f64) -> Duration {
        self.owe_at(key, Instant::now(), amount)
    }

    fn owe_at(&self, key: &K, now: Instant, amount: f64) -> Duration {
        self.with_level(key, now, |level| {
            *level -= amount;
            Duration::from_secs_f64((-*level / self.rate).max(0.0))
        })
    }

    fn with_level<R>(&self, key: &K, now: Instant, change: impl FnOnce(&mut f64) -> R) -> R {
        let mut buckets = self.buckets.lock();
        if buckets.len() >= MOST {
            let (rate, burst) = (self.rate, self.burst);
            buckets.retain(|_, (level, at)| *level + now.duration_since(*at).as_secs_f64() * rate < burst);
        }
        let (level, at) = buckets.entry(*key).or_insert((self.burst, now));
        *level = (*level + now.saturating_duration_since(*at).as_secs_f64() * self.rate).min(self.burst);
        *at = now;
        change(level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn burst_should_pass_and_then_the_rate() {
        let limiter = RateLimiter::new(2.0, 3);
        let start = Instant::now();
        let take = |key: u8, millis| limiter.take_at(&key, start + Duration::from_millis(millis), 1.0);
        for _ in 0..3 {
            assert_eq!(take(1, 0), Ok(()));
        }
        assert_eq!(take(1, 0), Err(1));
        assert_eq!(take(2, 0), Ok(()), "another channel has its own");
        assert_eq!(take(1, 600), Ok(()));
        assert_eq!(take(1, 600), Err(1));
        assert_eq!((limiter.look(&2), limiter.look(&3)), (Ok(()), Ok(())));
        assert_eq!((take(2, 0), take(2, 0)), (Ok(()), Ok(())), "looking takes nothing");
        assert_eq!(limiter.look(&2), Err(1));
    }

    #[test]
    fn what_is_owed_should_be_waited_for_at_the_rate() {
        let limiter = RateLimiter::new(100.0, 100);
        let start = Instant::now();
        let owe =
            |key: u8, millis, amount| limiter.owe_at(&key, start + Duration::from_millis(millis), amount);
        assert_eq!(owe(1, 0, 100.0), Duration::ZERO, "a second's worth goes at once");
        assert_eq!(owe(1, 0, 50.0), Duration::from_millis(500));
        assert_eq!(owe(1, 0, 50.0), Duration::from_secs(1), "who comes second waits for both");
        assert_eq!(owe(2, 0, 50.0), Duration::ZERO, "another one has its own");
        assert_eq!(owe(1, 1_500, 50.0), Duration::ZERO);
    }
}
