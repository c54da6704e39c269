//! Kills a program at its nth step, as SIGKILL would: what it waits for never comes.

use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::Notify;

/// Steps that are left.
pub struct Fuel {
    left: AtomicI64,
    empty: Notify,
}

impl Fuel {
    /// For ever.
    pub fn endless() -> Self {
        Self { left: AtomicI64::new(i64::MAX), empty: Notify::new() }
    }

    pub fn set(&self, steps: i64) {
        self.left.store(steps, Ordering::SeqCst);
    }

    /// Takes a step; never returns when none is left.
    pub async fn burn(&self) {
        if self.left.fetch_sub(1, Ordering::SeqCst) <= 0 {
            self.empty.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// Waits until somebody burnt more than there was.
    pub async fn gone(&self) {
        self.empty.notified().await;
    }
}
