//! Work beside the keeper: a transaction waits for finality, and others must not wait with it.

use crate::api::App;
use parking_lot::Mutex;
use souk_primitives::Digest;
use std::{collections::HashSet, future::Future, sync::Arc};

/// One piece of work at a time for each channel, or purchase.
pub struct Background {
    app: App,
    busy: Arc<Mutex<HashSet<Digest>>>,
}

impl Background {
    /// Work that ends when the app is cancelled.
    pub fn new(app: App) -> Self {
        Self { app, busy: Arc::default() }
    }

    /// Whether there is work under way for it.
    pub fn is_busy(&self, id: &Digest) -> bool {
        self.busy.lock().contains(id)
    }

    /// All that there is work under way for.
    pub fn busy(&self) -> HashSet<Digest> {
        self.busy.lock().clone()
    }

    /// Starts work, unless there is some under way.
    pub fn run(&self, id: Digest, work: impl Future<Output = ()> + Send + 'static) {
        if !self.busy.lock().insert(id) {
            return;
        }
        let (busy, app) = (self.busy.clone(), self.app.clone());
        self.app.tasks().spawn(async move {
            tokio::select! {
                () = work => {}
                // The transaction is with the node: what became of it shows on the chain after the restart.
                () = app.cancelled() => {}
            }
            busy.lock().remove(&id);
        });
    }
}
