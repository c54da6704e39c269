//! A real local market, for `scripts/local.sh`, for the end-to-end tests and for `scripts/bench.sh`: the same code
//! starts them all.
//!
//! Four validators with a sidecar each, the demo model registered and served, and a consumer's gateway.

pub mod bench;
pub mod economy;
pub mod market;
