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
                | RuntimeCall::ImOnline(_)
                | RuntimeCall::Sudo(_)
                | RuntimeCall::SafeMode(_)
                | RuntimeCall::TxPause(_)
        ) || decides(call)
            || ends_obligation(call)
    }
}

/// Calls with which the electorate decides: it must be able to end what it began.
fn decides(call: &RuntimeCall) -> bool {
    matches!(
        call,
        RuntimeCall::Governance(_)
            | RuntimeCall::Referenda(_)
            | RuntimeCall::ConvictionVoting(_)
            | RuntimeCall::Whitelist(_)
            | RuntimeCall::TechnicalCommittee(_)
            | RuntimeCall::Preimage(_)
            | RuntimeCall::Scheduler(_)
            | RuntimeCall::Parameters(_)
    )
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
        RuntimeCall::Licensing(call) => {
            use pallet_licensing::Call;
            !matches!(
                call,
                Call::purchase { .. } | Call::renew { .. } | Call::transfer { .. } | Call::assign_seat { .. }
            )
        }
        RuntimeCall::Listings(call) => {
            use pallet_listings::Call;
            matches!(
                call,
                Call::appeal { .. }
                    | Call::decide_appeal { .. }
                    | Call::withdraw_case { .. }
                    | Call::close_case { .. }
            )
        }
        RuntimeCall::Compute(call) => {
            use pallet_compute::Call;
            matches!(call, Call::drain { .. } | Call::withdraw { .. } | Call::withdraw_unbonded { .. })
        }
        _ => false,
    }
}

/// Pallets none of whose calls can be paused, by name: without the first, no block is valid; the next decide, and so
/// must be able to let go of the brakes; the calls of the last three end obligations by deadlines that cost money.
const UNPAUSABLE: &[&str] = &[
    "System",
    "Timestamp",
    "Babe",
    "Grandpa",
    "SafeMode",
    "TxPause",
    "Sudo",
    "Governance",
    "Referenda",
    "ConvictionVoting",
    "Whitelist",
    "TechnicalCommittee",
    "Preimage",
    "Scheduler",
    "Channels",
    "Attestation",
    "Licensing",
];

/// Calls of those that can be paused all the same: they only begin something.
const PAUSABLE: &[(&str, &str)] = &[("Licensing", "purchase"), ("Licensing", "renew")];

/// Calls that can't be paused.
pub struct TxPauseWhitelist;

impl Contains<pallet_tx_pause::RuntimeCallNameOf<Runtime>> for TxPauseWhitelist {
    fn contains((pallet, call): &pallet_tx_pause::RuntimeCallNameOf<Runtime>) -> bool {
        let named =
            |&(a, b): &(&str, &str)| (a.as_bytes(), b.as_bytes()) == (pallet.as_slice(), call.as_slice());
        UNPAUSABLE.iter().any(|name| name.as_bytes() == pallet.as_slice()) && !PAUSABLE.iter().any(named)
    }
}

/// What only root may do, though the SDK lets a lower track do it. Root passes every filter; whoever else asks, by a
/// referendum, a batch or a schedule, is stopped here.
///
/// - Staking's administrator may cancel slashes, not make them up or rewrite ledgers.
/// - A spender's limit holds for a whole dispatch when it spends from the treasury, but for each single bounty that it
///   approves: a batch of those would have no limit.
pub struct RootOnly;

impl Contains<RuntimeCall> for RootOnly {
    fn contains(call: &RuntimeCall) -> bool {
        !matches!(
            call,
            RuntimeCall::Staking(
                pallet_staking::Call::manual_slash { .. }
                    | pallet_staking::Call::restore_ledger { .. }
                    | pallet_staking::Call::deprecate_controller_batch { .. }
            ) | RuntimeCall::Bounties(
                pallet_bounties::Call::approve_bounty { .. }
                    | pallet_bounties::Call::approve_bounty_with_curator { .. }
            )
        )
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
    /// The market: listings, licences, providers, channels. What a sidecar's keeper needs to serve, and nothing that moves
    /// money out.
    #[codec(index = 3)]
    Market,
    /// A store's keeper: delivers what is sold. It can lose the bonds of the copies that it offers, to a buyer of its own
    /// whom it then sends no key, and nothing else.
    #[codec(index = 4)]
    Seller,
    /// Votes, delegations and referenda. Their deposits come back, but for those of a referendum that is killed.
    #[codec(index = 5)]
    Governance,
}

impl ProxyType {
    fn is_market(call: &RuntimeCall) -> bool {
        matches!(
            call,
            RuntimeCall::Listings(_)
                | RuntimeCall::Licensing(_)
                | RuntimeCall::Compute(_)
                | RuntimeCall::Channels(_)
                | RuntimeCall::Rewards(_)
        )
    }

    /// What delivers a copy, or says where.
    fn is_delivery(call: &RuntimeCall) -> bool {
        use pallet_licensing::Call;
        matches!(
            call,
            RuntimeCall::Licensing(
                Call::offer_copy { .. } | Call::reveal_key { .. } | Call::set_store { .. }
            )
        )
    }

    /// Calls of the market with which a delegate could carry its principal's money to itself: by paying a provider or a
    /// seller of its own, by putting up a bond (a moderator's, an appeal's) and losing it to a friend, by giving a listing or a licence away, or by owing
    /// royalties to a listing of its own. Limits belong to it: they are the consumer's own guard.
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
            RuntimeCall::Listings(call) => {
                use pallet_listings::Call;
                matches!(
                    call,
                    Call::offer_transfer { .. }
                        | Call::set_parents { .. }
                        | Call::post_bond { .. }
                        | Call::delist { .. }
                        | Call::withdraw_case { .. }
                        | Call::appeal { .. }
                )
            }
            RuntimeCall::Licensing(call) => {
                use pallet_licensing::Call;
                matches!(
                    call,
                    Call::purchase { .. }
                        | Call::offer_copy { .. }
                        | Call::accept_copy { .. }
                        | Call::reveal_key { .. }
                        | Call::renew { .. }
                        | Call::transfer { .. }
                )
            }
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
                matches!(
                    call,
                    RuntimeCall::Staking(_)
                        | RuntimeCall::Session(_)
                        | RuntimeCall::VoterList(_)
                        | RuntimeCall::NominationPools(_)
                        | RuntimeCall::Utility(_)
                )
            }
            ProxyType::Market => {
                // What a batch carries is filtered again, call by call.
                (Self::is_market(call) && !Self::risks_money(call)) || matches!(call, RuntimeCall::Utility(_))
            }
            ProxyType::Seller => Self::is_delivery(call) || matches!(call, RuntimeCall::Utility(_)),
            ProxyType::Governance => matches!(
                call,
                RuntimeCall::Governance(_)
                    | RuntimeCall::Referenda(_)
                    | RuntimeCall::ConvictionVoting(_)
                    | RuntimeCall::Preimage(_)
                    | RuntimeCall::Whitelist(_)
                    | RuntimeCall::TechnicalCommittee(_)
                    | RuntimeCall::Bounties(_)
                    | RuntimeCall::ChildBounties(_)
                    | RuntimeCall::Treasury(_)
                    | RuntimeCall::Utility(_)
            ),
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        match (self, other) {
            (a, b) if a == b => true,
            (ProxyType::Any, _) => true,
            (_, ProxyType::Any) => false,
            // It may do what a proxy for everything else may not.
            (_, ProxyType::Seller) => false,
            (ProxyType::NonTransfer, _) => true,
            _ => false,
        }
    }
}
