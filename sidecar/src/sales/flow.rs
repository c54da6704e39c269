//! How fast a copy is read. A reader that takes a little now and then would keep its place for days, and the buyers that
//! find none lose money: it must take so much, on average over the time in which it had something to take.

use parking_lot::Mutex;
use std::time::{Duration, Instant};

#[derive(Default)]
struct Inner {
    /// Since when the reader has something to take; `None` while it waits for more.
    theirs: Option<Instant>,
    /// How long it had, before that.
    had: Duration,
    /// Bytes that it was given.
    bytes: u64,
}

/// What one reader took.
pub struct Flow {
    window: Duration,
    inner: Mutex<Inner>,
}

impl Flow {
    /// A reader that is measured over windows of its time.
    pub fn new(window: Duration) -> Self {
        Self { window, inner: Mutex::default() }
    }

    /// What it is measured over.
    pub fn window(&self) -> Duration {
        self.window
    }

    /// It took what it was given, and waits for more.
    pub fn asks(&self, now: Instant) {
        let mut inner = self.inner.lock();
        if let Some(since) = inner.theirs.take() {
            inner.had += now.saturating_duration_since(since);
        }
    }

    /// It is given more.
    pub fn gets(&self, now: Instant, bytes: usize) {
        let mut inner = self.inner.lock();
        inner.theirs = Some(now);
        inner.bytes = inner.bytes.saturating_add(bytes as u64);
    }

    /// Whether it took fewer than `least` bytes a second in a whole window. Each window is reckoned by itself.
    pub fn is_slow(&self, now: Instant, least: u64) -> bool {
        let mut inner = self.inner.lock();
        let open = inner.theirs.map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let had = inner.had + open;
        if had < self.window {
            return false;
        }
        let slow = (inner.bytes as f64) < least as f64 * had.as_secs_f64();
        *inner = Inner { theirs: inner.theirs.map(|_| now), ..Inner::default() };
        slow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOOK: Duration = Duration::from_secs(10);
    const WINDOW: Duration = Duration::from_secs(60);
    const PIECE: usize = 65_552;

    /// A reader that takes `each` for a piece after it waited `ours` for it: after how many seconds it is too slow, if it
    /// is within an hour.
    fn slow_after(each: Duration, ours: Duration) -> Option<u64> {
        let flow = Flow::new(WINDOW);
        let start = Instant::now();
        let (mut now, mut looked) = (start, start);
        while now < start + Duration::from_secs(3_600) {
            flow.gets(now, PIECE);
            let next = now + each;
            while looked + LOOK <= next {
                looked += LOOK;
                if flow.is_slow(looked.max(now), 65_536) {
                    return Some((looked - start).as_secs());
                }
            }
            flow.asks(next);
            now = next + ours;
        }
        None
    }

    #[test]
    fn slow_reader_should_be_found_and_a_waiting_one_not() {
        let (ms, secs) = (Duration::from_millis, Duration::from_secs);
        assert_eq!(slow_after(ms(900), Duration::ZERO), None);
        assert!(slow_after(ms(1_100), Duration::ZERO).is_some());
        // A byte now and then: a piece is not taken for a day.
        assert_eq!(slow_after(secs(86_400), Duration::ZERO), Some(60));
        // Whoever waits for us is not slow.
        assert_eq!(slow_after(ms(500), secs(5)), None);
        assert!(slow_after(ms(3_000), secs(5)).is_some());
    }
}
