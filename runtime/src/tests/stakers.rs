//! Stake, votes and offences on a test network.

use super::{harness::*, market::account};
use crate::{
    AccountId, Balance, Governance, Referenda, Runtime, RuntimeCall, RuntimeOrigin, Session, Staking,
};
use codec::Encode;
use frame_support::{
    assert_ok,
    traits::{schedule::DispatchTime, Bounded},
};
use pallet_conviction_voting::{AccountVote, Conviction, Vote};
use pallet_governance::Origin;
use pallet_referenda::{ReferendumInfo, ReferendumInfoFor};
use sp_runtime::{traits::Dispatchable, DispatchResult, Perbill};
use sp_staking::offence::{OffenceDetails, OnOffenceHandler};

/// `//name` as the caller.
pub fn by(name: &str) -> RuntimeOrigin {
    RuntimeOrigin::signed(account(name))
}

/// A call by whoever, without a transaction around it.
pub fn dispatch(call: impl Into<RuntimeCall>, origin: impl Into<RuntimeOrigin>) -> DispatchResult {
    call.into().dispatch(origin.into()).map(|_| ()).map_err(|refused| refused.error)
}

/// What `//name` may vote with.
pub fn power(name: &str) -> Balance {
    Governance::power(&account(name))
}

/// The era that runs.
pub fn era() -> u32 {
    pallet_staking::ActiveEra::<Runtime>::get().unwrap().index
}

/// Runs empty blocks until so many sessions have begun.
pub fn run_sessions(count: u32) {
    let until = Session::current_index() + count;
    while Session::current_index() < until {
        blocks(1);
    }
}

/// An aye that counts once.
pub fn aye(balance: Balance) -> AccountVote<Balance> {
    AccountVote::Standard { vote: Vote { aye: true, conviction: Conviction::Locked1x }, balance }
}

/// Asks for a remark by the parameters' track; returns the referendum.
pub fn ask(name: &str) -> u32 {
    let call = RuntimeCall::System(frame_system::Call::remark { remark: b"asked".to_vec() });
    let index = pallet_referenda::ReferendumCount::<Runtime>::get();
    let proposal = Bounded::Inline(call.encode().try_into().unwrap());
    let origin = Box::new(Origin::ParameterAdmin.into());
    assert_ok!(Referenda::submit(by(name), origin, proposal, DispatchTime::After(1)));
    assert_ok!(Referenda::place_decision_deposit(by(name), index));
    index
}

/// The ayes in an open referendum.
pub fn ayes(poll: u32) -> Balance {
    match ReferendumInfoFor::<Runtime>::get(poll) {
        Some(ReferendumInfo::Ongoing(status)) => status.tally.ayes,
        ended => panic!("{ended:?}"),
    }
}

/// An offence of `stash` in this session, as `pallet-offences` hands it to staking. Nobody has reported it.
pub fn offend(stash: &AccountId, fraction: Perbill) {
    let offence = OffenceDetails { offender: (stash.clone(), ()), reporters: vec![] };
    let _ = <Staking as OnOffenceHandler<AccountId, (AccountId, ()), _>>::on_offence(
        &[offence],
        &[fraction],
        Session::current_index(),
    );
}
