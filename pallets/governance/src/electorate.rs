//! The electorate: a currency for `pallet-conviction-voting` in which the balance that may vote is the voting power.
//!
//! The voting pallet asks its currency one question, `total_balance(who)`, and for the rest locks and unlocks. So
//! [`Electorate`] answers that question with the power and hands everything else on, but for the amount of its lock. The
//! lock is a real lock on real money, where it overlaps the holds of stake: what was voted with may leave the stake, and
//! still not the account.
//!
//! It must not overlap money on hold that can be **paid to somebody else**. A payment goes out whatever lock there is, so
//! an account could take its former stake away, leave the lock on the deposit of a purchase from a friend, and let that
//! be paid. So the lock is always what was voted with **and** all that is payable: what remains when everything payable
//! has been paid is at least what was voted with. Whenever a payable hold changes, [`Pallet::relock`] must follow.

use crate::{
    ports::{Payable, Voter},
    Config, Pallet, VotingPower,
};
use core::marker::PhantomData;
use frame_support::{
    dispatch::{DispatchClass, DispatchResult},
    ensure,
    traits::{
        fungible::Inspect,
        tokens::{DepositConsequence, Fortitude, Preservation, Provenance, WithdrawConsequence},
        BalanceStatus, Currency, ExistenceRequirement, Get, InspectLockableCurrency, LockIdentifier,
        LockableCurrency, ReservableCurrency, SignedImbalance, WithdrawReasons,
    },
};
use pallet_conviction_voting::ClassLocksFor;
use sp_runtime::{
    traits::{Saturating, Zero},
    DispatchError, TryRuntimeError,
};

/// The voting pallet's lock.
pub const VOTE_LOCK: LockIdentifier = *b"pyconvot";

/// Money that votes.
type Money<T> = <T as pallet_conviction_voting::Config>::Currency;

impl<T: Config> Pallet<T> {
    /// Makes the vote's lock of `who` fit what is payable of its holds now. Does nothing to who has not voted.
    pub fn relock(who: &T::AccountId) {
        let voted = VotingPower::<T>::voted(who);
        if !voted.is_zero() {
            // Whoever moves the money doesn't know of the vote: its locks are read, the holds, the account; two are written.
            let weight = T::DbWeight::get().reads_writes(3, 2);
            frame_system::Pallet::<T>::register_extra_weight_unchecked(weight, DispatchClass::Normal);
            // As the voting pallet sets it.
            let reasons = WithdrawReasons::except(WithdrawReasons::RESERVE);
            Money::<T>::set_lock(VOTE_LOCK, who, voted, reasons);
        }
    }

    /// Every lock is what was voted with and what is payable.
    pub(crate) fn try_locks() -> Result<(), TryRuntimeError> {
        for who in ClassLocksFor::<T>::iter_keys() {
            let due = match VotingPower::<T>::voted(&who) {
                0 => 0,
                voted => voted.saturating_add(T::PayableHolds::payable(&who)),
            };
            let locked = Money::<T>::balance_locked(VOTE_LOCK, &who);
            ensure!(locked == due, "a vote's lock is not what was voted with and what is payable");
        }
        Ok(())
    }
}

/// The currency `C`, in which the total balance of an account is its power in `P`. In benchmarks it is the balance.
pub struct Electorate<C, P>(PhantomData<(C, P)>);

impl<Who, C: Currency<Who>, P: Voter<Who, C::Balance>> Currency<Who> for Electorate<C, P> {
    type Balance = C::Balance;
    type PositiveImbalance = C::PositiveImbalance;
    type NegativeImbalance = C::NegativeImbalance;

    fn total_balance(who: &Who) -> C::Balance {
        // The voting pallet's own benchmarks give their voters money, not stake.
        match cfg!(feature = "runtime-benchmarks") {
            true => C::total_balance(who),
            false => P::power(who),
        }
    }
    fn can_slash(who: &Who, value: C::Balance) -> bool {
        C::can_slash(who, value)
    }
    fn total_issuance() -> C::Balance {
        C::total_issuance()
    }
    fn active_issuance() -> C::Balance {
        C::active_issuance()
    }
    fn deactivate(amount: C::Balance) {
        C::deactivate(amount);
    }
    fn reactivate(amount: C::Balance) {
        C::reactivate(amount);
    }
    fn minimum_balance() -> C::Balance {
        C::minimum_balance()
    }
    fn burn(amount: C::Balance) -> C::PositiveImbalance {
        C::burn(amount)
    }
    fn issue(amount: C::Balance) -> C::NegativeImbalance {
        C::issue(amount)
    }
    fn free_balance(who: &Who) -> C::Balance {
        C::free_balance(who)
    }
    fn ensure_can_withdraw(
        who: &Who,
        amount: C::Balance,
        reasons: WithdrawReasons,
        new_balance: C::Balance,
    ) -> DispatchResult {
        C::ensure_can_withdraw(who, amount, reasons, new_balance)
    }
    fn transfer(
        source: &Who,
        dest: &Who,
        value: C::Balance,
        existence: ExistenceRequirement,
    ) -> DispatchResult {
        C::transfer(source, dest, value, existence)
    }
    fn slash(who: &Who, value: C::Balance) -> (C::NegativeImbalance, C::Balance) {
        C::slash(who, value)
    }
    fn deposit_into_existing(who: &Who, value: C::Balance) -> Result<C::PositiveImbalance, DispatchError> {
        C::deposit_into_existing(who, value)
    }
    fn deposit_creating(who: &Who, value: C::Balance) -> C::PositiveImbalance {
        C::deposit_creating(who, value)
    }
    fn withdraw(
        who: &Who,
        value: C::Balance,
        reasons: WithdrawReasons,
        liveness: ExistenceRequirement,
    ) -> Result<C::NegativeImbalance, DispatchError> {
        C::withdraw(who, value, reasons, liveness)
    }
    fn make_free_balance_be(
        who: &Who,
        balance: C::Balance,
    ) -> SignedImbalance<C::Balance, C::PositiveImbalance> {
        C::make_free_balance_be(who, balance)
    }
}

impl<Who, C: ReservableCurrency<Who>, P: Voter<Who, C::Balance>> ReservableCurrency<Who>
    for Electorate<C, P>
{
    fn can_reserve(who: &Who, value: C::Balance) -> bool {
        C::can_reserve(who, value)
    }
    fn slash_reserved(who: &Who, value: C::Balance) -> (C::NegativeImbalance, C::Balance) {
        C::slash_reserved(who, value)
    }
    fn reserved_balance(who: &Who) -> C::Balance {
        C::reserved_balance(who)
    }
    fn reserve(who: &Who, value: C::Balance) -> DispatchResult {
        C::reserve(who, value)
    }
    fn unreserve(who: &Who, value: C::Balance) -> C::Balance {
        C::unreserve(who, value)
    }
    fn repatriate_reserved(
        slashed: &Who,
        beneficiary: &Who,
        value: C::Balance,
        status: BalanceStatus,
    ) -> Result<C::Balance, DispatchError> {
        C::repatriate_reserved(slashed, beneficiary, value, status)
    }
}

impl<Who, C: LockableCurrency<Who>, P: Voter<Who, C::Balance>> LockableCurrency<Who> for Electorate<C, P> {
    type Moment = C::Moment;
    type MaxLocks = C::MaxLocks;

    fn set_lock(id: LockIdentifier, who: &Who, amount: C::Balance, reasons: WithdrawReasons) {
        match amount.is_zero() {
            // A lock of nothing would otherwise lie on what is payable.
            true => C::remove_lock(id, who),
            false => C::set_lock(id, who, amount.saturating_add(P::payable(who)), reasons),
        }
    }
    fn extend_lock(id: LockIdentifier, who: &Who, amount: C::Balance, reasons: WithdrawReasons) {
        // From what was voted with, not from the lock: that has the payable part in it.
        Self::set_lock(id, who, amount.max(P::voted(who)), reasons);
    }
    fn remove_lock(id: LockIdentifier, who: &Who) {
        C::remove_lock(id, who);
    }
}

impl<Who, C: InspectLockableCurrency<Who>, P: Voter<Who, C::Balance>> InspectLockableCurrency<Who>
    for Electorate<C, P>
{
    fn balance_locked(id: LockIdentifier, who: &Who) -> C::Balance {
        C::balance_locked(id, who)
    }
}

/// The money itself: its total balance is no power.
impl<Who, C: Inspect<Who>, P> Inspect<Who> for Electorate<C, P> {
    type Balance = C::Balance;

    fn total_issuance() -> C::Balance {
        C::total_issuance()
    }
    fn active_issuance() -> C::Balance {
        C::active_issuance()
    }
    fn minimum_balance() -> C::Balance {
        C::minimum_balance()
    }
    fn total_balance(who: &Who) -> C::Balance {
        C::total_balance(who)
    }
    fn balance(who: &Who) -> C::Balance {
        C::balance(who)
    }
    fn reducible_balance(who: &Who, preservation: Preservation, force: Fortitude) -> C::Balance {
        C::reducible_balance(who, preservation, force)
    }
    fn can_deposit(who: &Who, amount: C::Balance, provenance: Provenance) -> DepositConsequence {
        C::can_deposit(who, amount, provenance)
    }
    fn can_withdraw(who: &Who, amount: C::Balance) -> WithdrawConsequence<C::Balance> {
        C::can_withdraw(who, amount)
    }
}
