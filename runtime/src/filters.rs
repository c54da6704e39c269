//! What stays callable in safe mode, what can't be paused, and what a proxy may do.

use crate::{Runtime, RuntimeCall};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::{Contains, InstanceFilter};
use scale_info::TypeInfo;

/// Calls that run in safe mode too: what a block needs, what accuses a validator, and what ends safe mode. Calls that
/// end an obligation belong here as well, since their deadlines cost money.
pub struct SafeModeWhitelist;

impl Contains<RuntimeCall> for SafeModeWhitelist {
    fn contains(call: &RuntimeCall) -> bool {
        matches!(
            call,
            RuntimeCall::System(_)
                | RuntimeCall::Timestamp(_)
                | RuntimeCall::Babe(_)
                | RuntimeCall::Grandpa(_)
                | RuntimeCall::Session(_)
                | RuntimeCall::Sudo(_)
                | RuntimeCall::SafeMode(_)
                | RuntimeCall::TxPause(_)
        ) || ends_obligation(call)
    }
}

/// Calls that end an obligation, by anyone who may, and what an auditor or a bonded party must be able to do.
fn ends_obligation(call: &RuntimeCall) -> bool {
    match call {
        RuntimeCall::Attestation(_) => true,
        RuntimeCall::Channels(call) => {
            use pallet_channels::Call;
            !matches!(
                call,
                Call::open { .. } | Call::top_up { .. } | Call::set_limit { .. } | Call::clear_limit { .. }
            )
        }
        RuntimeCall::Compute(call) => {
            use pallet_compute::Call;
            matches!(call, Call::drain { .. } | Call::withdraw { .. } | Call::withdraw_unbonded { .. })
        }
        _ => false,
    }
}

/// Pallets none of whose calls can be paused, by name: without the first, no block is valid; the calls of the last
/// two end obligations by deadlines that cost money.
const UNPAUSABLE: &[&str] =
    &["System", "Timestamp", "Babe", "Grandpa", "SafeMode", "TxPause", "Sudo", "Channels", "Attestation"];

/// Calls that can't be paused.
pub struct TxPauseWhitelist;

impl Contains<pallet_tx_pause::RuntimeCallNameOf<Runtime>> for TxPauseWhitelist {
    fn contains((pallet, _call): &pallet_tx_pause::RuntimeCallNameOf<Runtime>) -> bool {
        UNPAUSABLE.iter().any(|name| name.as_bytes() == pallet.as_slice())
    }
}

/// What a proxy may do for its principal.
#[derive(
    Copy,
    Clone,
    Default,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    MaxEncodedLen,
    TypeInfo,
)]
pub enum ProxyType {
    /// Everything.
    #[default]
    #[codec(index = 0)]
    Any,
    /// Everything but moving money out: no transfers, and nothing of what [`ProxyType::risks_money`] lists.
    #[codec(index = 1)]
    NonTransfer,
    /// Staking and session keys.
    #[codec(index = 2)]
    Staking,
    /// The market: listings, providers, channels. What a sidecar's keeper needs, and nothing that moves money out.
    #[codec(index = 3)]
    Market,
}

impl ProxyType {
    fn is_market(call: &RuntimeCall) -> bool {
        matches!(call, RuntimeCall::Listings(_) | RuntimeCall::Compute(_) | RuntimeCall::Channels(_))
    }

    /// Calls of the market with which a delegate could carry its principal's money to itself: by paying a provider of
    /// its own, by putting up a bond and having it slashed for receipts that the delegate signs, or by giving a listing
    /// away. Limits belong to it: they are the consumer's own guard.
    fn risks_money(call: &RuntimeCall) -> bool {
        match call {
            RuntimeCall::Channels(call) => {
                use pallet_channels::Call;
                matches!(
                    call,
                    Call::open { .. }
                        | Call::top_up { .. }
                        | Call::set_limit { .. }
                        | Call::clear_limit { .. }
                )
            }
            RuntimeCall::Compute(call) => {
                use pallet_compute::Call;
                matches!(
                    call,
                    Call::register_provider { .. }
                        | Call::bond_extra { .. }
                        | Call::rotate_receipt_key { .. }
                )
            }
            RuntimeCall::Listings(call) => matches!(call, pallet_listings::Call::offer_transfer { .. }),
            _ => false,
        }
    }
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        match self {
            ProxyType::Any => true,
            ProxyType::NonTransfer => {
                !matches!(call, RuntimeCall::Balances(_) | RuntimeCall::Sudo(_)) && !Self::risks_money(call)
            }
            ProxyType::Staking => {
                matches!(call, RuntimeCall::Staking(_) | RuntimeCall::Session(_) | RuntimeCall::Utility(_))
            }
            ProxyType::Market => {
                // What a batch carries is filtered again, call by call.
                (Self::is_market(call) && !Self::risks_money(call)) || matches!(call, RuntimeCall::Utility(_))
            }
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        match (self, other) {
            (a, b) if a == b => true,
            (ProxyType::Any, _) => true,
            (_, ProxyType::Any) => false,
            (ProxyType::NonTransfer, _) => true,
            _ => false,
        }
    }
}
