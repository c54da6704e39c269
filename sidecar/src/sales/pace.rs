//! How fast copies are served: so many bytes a second in all, and to one peer.

use crate::{api::RateLimiter, server::Peer};
use std::time::Duration;

/// The limits.
pub struct Pace {
    all: Option<RateLimiter<()>>,
    each: Option<RateLimiter<Peer>>,
}

/// A second's worth may go at once.
fn limiter<K: Copy + Eq + std::hash::Hash>(bytes: u64) -> Option<RateLimiter<K>> {
    (bytes > 0).then(|| RateLimiter::new(bytes as f64, u32::try_from(bytes).unwrap_or(u32::MAX)))
}

impl Pace {
    /// Bytes a second; 0: no limit.
    pub fn new(all: u64, each: u64) -> Self {
        Self { all: limiter(all), each: limiter(each) }
    }

    /// Waits until so many bytes may go to a peer.
    pub async fn wait(&self, peer: Option<Peer>, bytes: usize) {
        let all = self.all.as_ref().map_or(Duration::ZERO, |limit| limit.owe(&(), bytes as f64));
        let each = self.each.as_ref().zip(peer);
        let each = each.map_or(Duration::ZERO, |(limit, peer)| limit.owe(&peer, bytes as f64));
        let longest = all.max(each);
        if !longest.is_zero() {
            tokio::time::sleep(longest).await;
        }
    }
}
