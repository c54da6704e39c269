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

/// Sets the session keys of a validator: their concatenation as `author_rotateKeys` gives it, and the proof of
/// possession, which may be empty where the runtime asks for none.
pub fn set_session_keys(keys: RawKeys, proof: Vec<u8>) -> Call {
    Call::new("Session", "set_keys").arg("keys", keys).arg("proof", proof)
}

/// Session keys, already SCALE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawKeys(pub Vec<u8>);

impl codec::Encode for RawKeys {
    fn encode_to<O: codec::Output + ?Sized>(&self, dest: &mut O) {
        dest.write(&self.0);
    }
}
