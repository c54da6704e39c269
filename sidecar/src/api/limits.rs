//! Calls per second and channel: a token bucket each.

use parking_lot::Mutex;
use souk_primitives::ChannelId;
use std::{collections::HashMap, time::Instant};

/// Buckets remembered; a full bucket is the same as none, so that they can be forgotten.
const MOST: usize = 20_000;

/// Token buckets by channel.
pub struct RateLimiter {
    rate: f64,
    burst: f64,
    buckets: Mutex<HashMap<ChannelId, (f64, Instant)>>,
}

impl RateLimiter {
    /// `rate` calls a second on average, `burst` at once.
    pub fn new(rate: f64, burst: u32) -> Self {
        Self { rate, burst: f64::from(burst), buckets: Mutex::default() }
    }

    /// Takes one call, or says in how many seconds there is one.
    pub fn take(&self, channel: &ChannelId) -> Result<(), u32> {
        self.take_at(channel, Instant::now())
    }

    fn take_at(&self, channel: &ChannelId, now: Instant) -> Result<(), u32> {
        let mut buckets = self.buckets.lock();
        if buckets.len() >= MOST {
            let (rate, burst) = (self.rate, self.burst);
            buckets.retain(|_, (level, at)| *level + now.duration_since(*at).as_secs_f64() * rate < burst);
        }
        let (level, at) = buckets.entry(*channel).or_insert((self.burst, now));
        *level = (*level + now.saturating_duration_since(*at).as_secs_f64() * self.rate).min(self.burst);
        *at = now;
        if *level < 1.0 {
            return Err(((1.0 - *level) / self.rate).ceil().max(1.0) as u32);
        }
        *level -= 1.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn burst_should_pass_and_then_the_rate() {
        let limiter = RateLimiter::new(2.0, 3);
        let start = Instant::now();
        for _ in 0..3 {
            assert_eq!(limiter.take_at(&[1; 32], start), Ok(()));
        }
        assert_eq!(limiter.take_at(&[1; 32], start), Err(1));
        assert_eq!(limiter.take_at(&[2; 32], start), Ok(()), "another channel has its own");
        assert_eq!(limiter.take_at(&[1; 32], start + Duration::from_millis(600)), Ok(()));
        assert_eq!(limiter.take_at(&[1; 32], start + Duration::from_millis(600)), Err(1));
    }
}
