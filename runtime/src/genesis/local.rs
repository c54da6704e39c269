//! Four validators: the smallest network that finalises with one of them down, and that fills a committee of three
//! without the provider's own.

use super::validators::test_network;
use serde_json::Value;

/// The patch.
pub(super) fn patch() -> Value {
    test_network(&["Alice", "Bob", "Charlie", "Dave"])
}
