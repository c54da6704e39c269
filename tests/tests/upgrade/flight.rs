//! Paid calls that go on while something else happens.

use anyhow::{Context, Result};
use souk_e2e::market::demo;
use std::sync::atomic::{AtomicBool, Ordering};

/// A consumer who asks again and again through the gateway until it is `over`. Gives how many calls were answered; one
/// that failed is an error.
pub async fn ask(base_url: &str, over: &AtomicBool) -> Result<u32> {
    let mut answered = 0;
    while !over.load(Ordering::SeqCst) {
        demo::ask(base_url, "Name a colour and say why you like it.", 48, &|_| {})
            .await
            .with_context(|| format!("the call after {answered} others"))?;
        answered += 1;
    }
    Ok(answered)
}
