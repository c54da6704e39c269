//! Whether this provider is examined.

use serde::{Deserialize, Serialize};

/// Exams: what earns a provider its share of the emission.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exams {
    /// Sit the chain's exams. Each costs the fees of its audits, whether it is passed or not.
    pub sit: bool,
}

impl Default for Exams {
    fn default() -> Self {
        Self { sit: true }
    }
}
