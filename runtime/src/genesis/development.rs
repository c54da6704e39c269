//! One validator, for a developer's machine.

use super::validators::test_network;
use serde_json::Value;

/// The patch.
pub(super) fn patch() -> Value {
    test_network(&["Alice"])
}
