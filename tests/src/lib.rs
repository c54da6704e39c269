//! A real local market, for `scripts/local.sh` and for the end-to-end tests: the same code starts both.
//!
//! Four validators with a sidecar each, the demo model registered and served, and a consumer's gateway.

pub mod market;
