//! Calls of the pallets that Souk took from the SDK.

use super::{balances::Address, Call};
use souk_primitives::AccountId;

/// A remark; does nothing.
pub fn remark(text: impl Into<Vec<u8>>) -> Call {
    Call::new("System", "remark").arg("remark", text.into())
}

/// Runs a call as root (development presets only).
pub fn sudo(call: Call) -> Call {
    Call::new("Sudo", "sudo").call_arg("call", call)
}

/// Runs a call for `real`, whose proxy the signer is. The runtime says whether a proxy of its type may.
pub fn by_proxy(real: &AccountId, call: Call) -> Call {
    Call::new("Proxy", "proxy")
        .arg("real", Address::Id(real.clone()))
        .arg("force_proxy_type", None::<u8>)
        .call_arg("call", call)
}

/// Runs all calls or none.
pub fn batch_all(calls: Vec<Call>) -> Call {
    Call::new("Utility", "batch_all").calls_arg("calls", calls)
}

/// One call as it is, several so that all of them happen or none.
pub fn all_of(mut calls: Vec<Call>) -> Call {
    match calls.len() {
        1 => calls.remove(0),
        _ => batch_all(calls),
    }
}

/// Runs those of the calls that can run.
pub fn force_batch(calls: Vec<Call>) -> Call {
    Call::new("Utility", "force_batch").calls_arg("calls", calls)
}
