//! Calls of the pallet of nomination pools.

use super::{balances::Address, Call};
use codec::{Compact, Encode};
use souk_primitives::{AccountId, Balance};

/// `pallet_nomination_pools::BondExtra`: only the first form is used here.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
enum BondExtra {
    FreeBalance(Balance),
}

fn call(name: &'static str) -> Call {
    Call::new("NominationPools", name)
}

/// Joins a pool.
pub fn join(amount: Balance, pool: u32) -> Call {
    call("join").arg("amount", Compact(amount)).arg("pool_id", pool)
}

/// Puts more into the pool that one is in. Pays the pending rewards as well.
pub fn bond_extra(amount: Balance) -> Call {
    call("bond_extra").arg("extra", BondExtra::FreeBalance(amount))
}

/// Takes points off a member's stake; they may be withdrawn after the bonding period. Pays the pending rewards as well.
pub fn unbond(member: AccountId, points: Balance) -> Call {
    call("unbond").arg("member_account", Address::Id(member)).arg("unbonding_points", Compact(points))
}

/// Frees what a member has unbonded and whose time is over. `spans` are the pool's slashing spans.
pub fn withdraw_unbonded(member: AccountId, spans: u32) -> Call {
    call("withdraw_unbonded").arg("member_account", Address::Id(member)).arg("num_slashing_spans", spans)
}

/// Pays the signer's rewards.
pub fn claim_payout() -> Call {
    call("claim_payout")
}
