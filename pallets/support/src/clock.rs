//! Deadlines in live blocks.
//!
//! A deadline is computed once, when an obligation starts, and stored with it. A call is in time iff
//! `now ≤ deadline`; a sweep needs `now > deadline`. So in each block exactly one of the two is allowed.

/// Number of a live block: a counter that stands still in safe mode.
pub type LiveBlock = u32;

/// The last block in which something is in time that starts now and has `window` blocks.
pub fn deadline(now: LiveBlock, window: u32) -> LiveBlock {
    now.saturating_add(window)
}

/// Whether a call is in time.
pub fn in_time(now: LiveBlock, deadline: LiveBlock) -> bool {
    now <= deadline
}

/// Whether the deadline has passed, so that a sweep may act.
pub fn is_over(now: LiveBlock, deadline: LiveBlock) -> bool {
    now > deadline
}
