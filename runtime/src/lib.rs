//! # The Souk runtime
//!
//! Wires the pallets into one chain. There is **one** runtime for every network: networks differ by their genesis
//! (see [`genesis`]), never by a build feature, so that what is tested is what ships.
//!
//! | file | what it holds |
//! | --- | --- |
//! | `chain` | the list of pallets with their indices |
//! | [`constants`] | units of money and of time |
//! | [`configs`] | each pallet's configuration, one file a group |
//! | [`parameters`] | what governance may tune, with its defaults and its bounds |
//! | [`fees`] | what a transaction costs, and who gets it |
//! | [`filters`] | what stays callable in safe mode, what a proxy may do |
//! | [`disabling`] | which offences stop a validator from authoring |
//! | [`transactions`] | transaction extensions, and how the node's own transactions are built |
//! | [`souk_api`] | what clients read of the market |
//! | [`stake_api`], [`referenda_api`] | its reads of the SDK's pallets: stake, votes |
//! | [`apis`] | the runtime APIs |
//! | [`migrations`] | what an upgrade to this runtime changes in storage |
//! | [`genesis`] | the presets `development`, `local` and `production` |
//! | [`weights`] | measured weights |
#![cfg_attr(not(feature = "std"), no_std)]
#![recursion_limit = "512"]

extern crate alloc;

pub mod apis;
mod chain;
pub mod configs;
pub mod constants;
pub mod disabling;
pub mod fees;
pub mod filters;
pub mod genesis;
pub mod migrations;
pub mod parameters;
pub mod referenda_api;
pub mod souk_api;
pub mod stake_api;
pub mod transactions;
mod version;
pub mod weights;

#[cfg(test)]
mod tests;

use alloc::vec::Vec;
use sp_runtime::{
    generic, impl_opaque_keys,
    traits::{BlakeTwo256, IdentifyAccount, Verify},
    MultiAddress, MultiSignature,
};

/// The wasm that the build made of this crate; `None` where the build skipped it.
#[cfg(feature = "std")]
#[allow(missing_docs, dead_code)]
mod wasm {
    include!(concat!(env!("OUT_DIR"), "/wasm_binary.rs"));
}

#[cfg(feature = "std")]
pub use wasm::{WASM_BINARY, WASM_BINARY_BLOATY};

pub use apis::{RuntimeApi, RUNTIME_API_VERSIONS};
pub use chain::*;
pub use parameters::{RuntimeParameters, RuntimeParametersKey, RuntimeParametersValue};
pub use transactions::{TxExtension, UncheckedExtrinsic};
pub use version::VERSION;

/// A signature by a user.
pub type Signature = MultiSignature;
/// An account: the public key that signs for it, or its hash.
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
/// How a call names an account.
pub type Address = MultiAddress<AccountId, ()>;
/// An amount, in the smallest unit: 10⁻¹² SOUK.
pub type Balance = u128;
/// A block's height.
pub type BlockNumber = u32;
/// A hash.
pub type Hash = sp_core::H256;
/// How many transactions an account has sent.
pub type Nonce = u32;
/// Milliseconds since the Unix epoch.
pub type Moment = u64;
/// A block's header.
pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
/// A block.
pub type Block = generic::Block<Header, UncheckedExtrinsic>;
/// A block with its signature.
pub type SignedBlock = generic::SignedBlock<Block>;
/// A block, named by its height or its hash.
pub type BlockId = generic::BlockId<Block>;
/// What a user signs.
pub type SignedPayload = generic::SignedPayload<RuntimeCall, TxExtension>;

/// Runs blocks through the pallets.
pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

/// Blocks and extrinsics as the node sees them, without knowing the runtime's calls.
pub mod opaque {
    pub use sp_runtime::OpaqueExtrinsic as UncheckedExtrinsic;
    use sp_runtime::{generic, traits::BlakeTwo256};

    /// Opaque block header.
    pub type Header = super::Header;
    /// Opaque block.
    pub type Block = generic::Block<Header, UncheckedExtrinsic>;
    /// A block's hash.
    pub type Hash = <BlakeTwo256 as sp_runtime::traits::Hash>::Output;
}

impl_opaque_keys! {
    /// The keys of a validator's session. The order is part of the chain: it is the order of the session handlers.
    pub struct SessionKeys {
        /// Authors blocks.
        pub babe: Babe,
        /// Finalises blocks.
        pub grandpa: Grandpa,
        /// Publishes the validator's network addresses.
        pub authority_discovery: AuthorityDiscovery,
        /// Signs audit reports.
        pub attestation: Attestation,
        /// Signs heartbeats.
        pub im_online: ImOnline,
    }
}
