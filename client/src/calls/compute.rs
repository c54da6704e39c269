//! Calls of the compute pallet.

use super::Call;
use souk_primitives::{call::Prices, spec::Spec, AccountId, Balance, Digest, SpecId};

/// What a provider registers with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// Stash of the validator whose sidecar it is.
    pub validator: AccountId,
    /// URL at which it answers.
    pub endpoint: String,
    /// sr25519 key that signs its receipts.
    pub receipt_key: Digest,
    /// Its X25519 key.
    pub seal_key: Digest,
    /// What it runs on.
    pub hardware: String,
    /// Bond.
    pub bond: Balance,
}

fn call(name: &'static str) -> Call {
    Call::new("Compute", name)
}

/// Makes the signer a provider that waits for its validator.
pub fn register_provider(registration: Registration) -> Call {
    call("register_provider")
        .arg("validator", registration.validator)
        .arg("endpoint", registration.endpoint)
        .arg("receipt_key", registration.receipt_key)
        .arg("seal_key", registration.seal_key)
        .arg("hardware", registration.hardware)
        .arg("bond", registration.bond)
}

/// Accepts a sidecar. Signed by the validator's stash.
pub fn accept_sidecar(provider: AccountId) -> Call {
    call("accept_sidecar").arg("provider", provider)
}

/// Changes endpoint, hardware and X25519 key.
pub fn update_provider(endpoint: String, hardware: String, seal_key: Digest) -> Call {
    call("update_provider").arg("endpoint", endpoint).arg("hardware", hardware).arg("seal_key", seal_key)
}

/// Changes the key that signs receipts, for new channels.
pub fn rotate_receipt_key(receipt_key: Digest) -> Call {
    call("rotate_receipt_key").arg("receipt_key", receipt_key)
}

/// Adds to the bond.
pub fn bond_extra(amount: Balance) -> Call {
    call("bond_extra").arg("amount", amount)
}

/// Sends a part of the bond on its way out.
pub fn unbond_some(amount: Balance) -> Call {
    call("unbond_some").arg("amount", amount)
}

/// Takes out what has been unbonding for long enough.
pub fn withdraw_unbonded() -> Call {
    call("withdraw_unbonded")
}

/// Leaves: no new channels from now on.
pub fn drain() -> Call {
    call("drain")
}

/// Takes out the whole bond and ends the provider.
pub fn withdraw() -> Call {
    call("withdraw")
}

/// Makes a listed version runnable and checkable.
pub fn register_spec(spec: Spec) -> Call {
    call("register_spec").arg("spec", spec)
}

/// Removes a spec that nobody needs any more.
pub fn remove_spec(spec: SpecId) -> Call {
    call("remove_spec").arg("spec", spec)
}

/// Accepts a spec's calibration; an origin of governance, or root.
pub fn accept_calibration(spec: SpecId, report_fee: Balance) -> Call {
    call("accept_calibration").arg("spec", spec).arg("report_fee", report_fee)
}

/// Serves a spec, or changes prices and capacity there, for new channels.
pub fn serve(spec: SpecId, prices: Prices, capacity: u32) -> Call {
    call("serve")
        .arg("spec", spec)
        .arg("price_per_1k_input", prices.per_1k_input)
        .arg("price_per_1k_output", prices.per_1k_output)
        .arg("capacity", capacity)
}

/// Stops serving a spec.
pub fn stop_serving(spec: SpecId) -> Call {
    call("stop_serving").arg("spec", spec)
}

/// Takes a seat as verifier of a spec and adds to the verifier's bond. Signed by the validator's stash.
pub fn register_verifier(spec: SpecId, bond: Balance) -> Call {
    call("register_verifier").arg("spec", spec).arg("bond", bond)
}

/// Gives notice as verifier of a spec.
pub fn leave_verifier(spec: SpecId) -> Call {
    call("leave_verifier").arg("spec", spec)
}

/// Gives up the seats whose notice is over.
pub fn withdraw_verifier() -> Call {
    call("withdraw_verifier")
}
