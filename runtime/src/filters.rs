//! What nothing stops, what only root may do, and what a proxy may do.

use crate::{Runtime, RuntimeCall};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::{Contains, GetCallMetadata, InstanceFilter};
use pallet_staking::RewardDestination;
use scale_info::TypeInfo;

/// Some of a pallet's calls.
pub(crate) enum Calls {
    All,
    Only(&'static [&'static str]),
    But(&'static [&'static str]),
}
use Calls::{All, But, Only};

/// Calls that run in safe mode and can't be paused, by pallet. One list for both brakes: what only one of them spares is
/// not spared.
pub(crate) const UNSTOPPABLE: &[(&str, Calls)] = &[
    // Without these no block is valid.
    ("System", All),
    ("Timestamp", All),
    ("Babe", All),
    ("Grandpa", All),
    // Who does not call these is punished for that.
    ("Session", All),
    ("ImOnline", All),
    // These let go of the brakes, or decide about that: the electorate must be able to end what it began.
    ("SafeMode", All),
    ("TxPause", All),
    ("Sudo", All),
    ("Governance", All),
    ("Parameters", All),
    ("Referenda", All),
    ("ConvictionVoting", All),
    ("Whitelist", All),
    ("TechnicalCommittee", All),
    ("Preimage", All),
    ("Scheduler", All),
    // These carry other calls, and each of those is asked about again. Many keepers act through them.
    ("Utility", All),
    ("Proxy", Only(&["proxy", "proxy_announced"])),
    ("Multisig", All),
    // These end an obligation, by anyone who may, or are what an auditor or a bonded party must be able to do: their
    // deadlines cost money. What is left out only begins something.
    ("Attestation", All),
    ("Channels", But(&["open", "top_up", "set_limit", "clear_limit"])),
    ("Licensing", But(&["purchase", "renew", "transfer", "assign_seat"])),
    ("Listings", Only(&["appeal", "decide_appeal", "withdraw_case", "close_case"])),
    ("Compute", Only(&["drain", "withdraw", "withdraw_unbonded"])),
    ("Rewards", Only(&["commit_exam", "claim", "claim_for"])),
    ("Treasury", Only(&["payout", "check_status"])),
    ("Bounties", Only(&["extend_bounty_expiry", "claim_bounty"])),
    ("Staking", Only(&["payout_stakers", "payout_stakers_by_page"])),
];

/// Whether a call is one of those.
pub(crate) fn is_unstoppable(pallet: &[u8], call: &[u8]) -> bool {
    let is = |name: &&str| name.as_bytes() == call;
    UNSTOPPABLE.iter().filter(|(name, _)| name.as_bytes() == pallet).any(|(_, calls)| match calls {
        All => true,
        Only(names) => names.iter().any(is),
        But(names) => !names.iter().any(is),
    })
}

/// Calls that run in safe mode too.
pub struct SafeModeWhitelist;

impl Contains<RuntimeCall> for SafeModeWhitelist {
    fn contains(call: &RuntimeCall) -> bool {
        let name = call.get_call_metadata();
        is_unstoppable(name.pallet_name.as_bytes(), name.function_name.as_bytes())
    }
}

/// Calls that can't be paused.
pub struct TxPauseWhitelist;

impl Contains<pallet_tx_pause::RuntimeCallNameOf<Runtime>> for TxPauseWhitelist {
    fn contains((pallet, call): &pallet_tx_pause::RuntimeCallNameOf<Runtime>) -> bool {
        is_unstoppable(pallet, call)
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
    /// Everything but moving money out: no transfers, and nothing of what [`ProxyType::risks_money`] and
    /// [`ProxyType::diverts`] list. Its principal may still earn less by it, from those that it nominates or joins, and
    /// lose deposits.
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
    /// Votes, delegations and referenda. It can tie its principal's money in their deposits, and lose some: that of a
    /// submission stays where it is unless the referendum is approved or cancelled, and a killed one loses all.
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

impl ProxyType {
    /// Calls outside of the market by which a delegate could have paid to itself what its principal earns or looks after:
    /// rewards of staking, the commission of a pool, bounties, the money of a multisig account or of one that it is a proxy
    /// of, the deposits and fees of an identity (a sub-account that quits is given the deposit for it), the reward for a
    /// slash that it brings about itself.
    fn diverts(call: &RuntimeCall) -> bool {
        match call {
            RuntimeCall::Staking(call) => {
                use pallet_staking::Call;
                matches!(
                    call,
                    Call::set_payee { .. } | Call::bond { payee: RewardDestination::Account(_), .. }
                )
            }
            RuntimeCall::NominationPools(call) => {
                use pallet_nomination_pools::Call;
                matches!(
                    call,
                    Call::create { .. }
                        | Call::create_with_pool_id { .. }
                        | Call::update_roles { .. }
                        | Call::set_commission { .. }
                )
            }
            RuntimeCall::Bounties(call) => matches!(call, pallet_bounties::Call::award_bounty { .. }),
            // What is called through a second proxy is measured by that one alone.
            RuntimeCall::Proxy(call) => {
                use pallet_proxy::Call;
                matches!(call, Call::proxy { .. } | Call::proxy_announced { .. } | Call::announce { .. })
            }
            // Who has a validator's keys can have it slashed, and be paid for the report.
            RuntimeCall::Session(_) => true,
            RuntimeCall::ChildBounties(_) | RuntimeCall::Multisig(_) | RuntimeCall::Identity(_) => true,
            _ => false,
        }
    }
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        match self {
            ProxyType::Any => true,
            ProxyType::NonTransfer => {
                !matches!(call, RuntimeCall::Balances(_) | RuntimeCall::Sudo(_))
                    && !Self::risks_money(call)
                    && !Self::diverts(call)
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
            // They may do what a proxy for everything else may not.
            (_, ProxyType::Seller | ProxyType::Staking) => false,
            (ProxyType::NonTransfer, _) => true,
            _ => false,
        }
    }
}
