//! Work that blocks its thread for a moment.

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task,
};

/// Runs `work` where it is, while other tasks move away from this thread: a call waits for it, and another thread would
/// first have to wake up, which takes longer than a short write. On a runtime with one thread, where no task can move
/// away, it does go to another one.
pub async fn at_once<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => task::block_in_place(work),
        _ => aside(work).await,
    }
}

/// Runs `work` on a thread for work that blocks.
pub async fn aside<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> R {
    match task::spawn_blocking(work).await {
        Ok(result) => result,
        // It panicked: the caller must not go on as if it had run.
        Err(failure) => std::panic::resume_unwind(failure.into_panic()),
    }
}
