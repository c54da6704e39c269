//! Weights: estimates, to be replaced by the benchmarks' numbers. Each is a time for the call's own work, with the
//! storage that it touches counted on top at the runtime's database prices; the times are generous, since a weight
//! that is too small lets a block run late. Calls over bounded lists weigh as much as over full ones.

use crate::types::{MAX_SEATS, MAX_SERVING, MAX_VERIFIED};
use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{constants::RocksDbWeight, Weight},
};

const OFFERS: u64 = MAX_SERVING as u64;
const SEATS: u64 = MAX_SEATS as u64;
const VERIFIED: u64 = MAX_VERIFIED as u64;

/// What the calls cost.
pub trait WeightInfo {
    /// `register_provider`.
    fn register_provider() -> Weight;
    /// `accept_sidecar`.
    fn accept_sidecar() -> Weight;
    /// `update_provider`.
    fn update_provider() -> Weight;
    /// `rotate_receipt_key`.
    fn rotate_receipt_key() -> Weight;
    /// `bond_extra`.
    fn bond_extra() -> Weight;
    /// `unbond_some`.
    fn unbond_some() -> Weight;
    /// `withdraw_unbonded`.
    fn withdraw_unbonded() -> Weight;
    /// `drain`.
    fn drain() -> Weight;
    /// `withdraw`, with every offer that a provider can have.
    fn withdraw() -> Weight;
    /// `register_spec`.
    fn register_spec() -> Weight;
    /// `remove_spec`, with every seat that a spec can have.
    fn remove_spec() -> Weight;
    /// `accept_calibration`.
    fn accept_calibration() -> Weight;
    /// `revoke_calibration`.
    fn revoke_calibration() -> Weight;
    /// `serve`.
    fn serve() -> Weight;
    /// `stop_serving`.
    fn stop_serving() -> Weight;
    /// `register_verifier`, with every seat taken but one that can be evicted.
    fn register_verifier() -> Weight;
    /// `leave_verifier`.
    fn leave_verifier() -> Weight;
    /// `withdraw_verifier`, with every seat that a verifier can have.
    fn withdraw_verifier() -> Weight;
}

/// Estimates at the runtime's database prices.
pub struct SubstrateWeight<T>(PhantomData<T>);

/// One table for both: time in picoseconds, reads, writes.
macro_rules! estimates {
    ($db:expr; $($name:ident: $time:expr, $reads:expr, $writes:expr;)*) => {
        $(fn $name() -> Weight {
            Weight::from_parts($time, 0).saturating_add($db.reads_writes($reads, $writes))
        })*
    };
    ($db:expr) => {
        estimates! { $db;
            register_provider: 75_000_000, 5, 4;
            accept_sidecar: 30_000_000, 2, 1;
            update_provider: 30_000_000, 1, 1;
            rotate_receipt_key: 30_000_000, 1, 1;
            bond_extra: 60_000_000, 3, 3;
            unbond_some: 35_000_000, 3, 1;
            withdraw_unbonded: 60_000_000, 4, 3;
            drain: 30_000_000, 4, 1;
            withdraw: 400_000_000, 6 + OFFERS * 2, 4 + OFFERS * 2;
            register_spec: 80_000_000, 6, 5;
            remove_spec: 900_000_000, 7 + SEATS, 5 + SEATS;
            accept_calibration: 30_000_000, 2, 1;
            revoke_calibration: 30_000_000, 1, 1;
            serve: 50_000_000, 4, 3;
            stop_serving: 45_000_000, 4, 3;
            register_verifier: 250_000_000, 8 + SEATS, 6;
            leave_verifier: 60_000_000, 3, 1;
            withdraw_verifier: 1_500_000_000, 4 + VERIFIED, 4 + VERIFIED;
        }
    };
}

#[allow(clippy::arithmetic_side_effects)] // Small constants.
impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
    estimates!(T::DbWeight::get());
}

#[allow(clippy::arithmetic_side_effects)] // Small constants.
impl WeightInfo for () {
    estimates!(RocksDbWeight::get());
}
