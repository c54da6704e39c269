//! A currency that tells when one of its holds changes.
//!
//! All that the traits do with a hold comes down to one function, `set_balance_on_hold`. So a pallet whose money is
//! [`Watched`] can't put anything on hold, pay or burn it past the [`HoldWatch`].

use core::marker::PhantomData;
use frame_support::{
    dispatch::DispatchResult,
    sp_runtime::DispatchError,
    traits::{
        fungible::{Dust, Inspect, InspectHold, Mutate, MutateHold, Unbalanced, UnbalancedHold},
        tokens::{DepositConsequence, Fortitude, Preservation, Provenance, WithdrawConsequence},
    },
};

/// Hears of holds.
pub trait HoldWatch<Who> {
    /// What `who` has on hold in the watched currency has changed.
    fn changed(who: &Who);
}

/// The currency `C`, which tells `W` of its holds.
pub struct Watched<C, W>(PhantomData<(C, W)>);

impl<Who, C: Inspect<Who>, W> Inspect<Who> for Watched<C, W> {
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

impl<Who, C: Unbalanced<Who>, W> Unbalanced<Who> for Watched<C, W> {
    fn handle_dust(dust: Dust<Who, Self>) {
        C::handle_dust(Dust(dust.0));
    }
    fn write_balance(who: &Who, amount: C::Balance) -> Result<Option<C::Balance>, DispatchError> {
        C::write_balance(who, amount)
    }
    fn set_total_issuance(amount: C::Balance) {
        C::set_total_issuance(amount);
    }
    fn deactivate(amount: C::Balance) {
        C::deactivate(amount);
    }
    fn reactivate(amount: C::Balance) {
        C::reactivate(amount);
    }
}

impl<Who: Eq, C: Mutate<Who>, W> Mutate<Who> for Watched<C, W> {
    fn done_mint_into(who: &Who, amount: C::Balance) {
        C::done_mint_into(who, amount);
    }
    fn done_burn_from(who: &Who, amount: C::Balance) {
        C::done_burn_from(who, amount);
    }
    fn done_shelve(who: &Who, amount: C::Balance) {
        C::done_shelve(who, amount);
    }
    fn done_restore(who: &Who, amount: C::Balance) {
        C::done_restore(who, amount);
    }
    fn done_transfer(source: &Who, dest: &Who, amount: C::Balance) {
        C::done_transfer(source, dest, amount);
    }
}

impl<Who, C: InspectHold<Who>, W> InspectHold<Who> for Watched<C, W> {
    type Reason = C::Reason;

    fn total_balance_on_hold(who: &Who) -> C::Balance {
        C::total_balance_on_hold(who)
    }
    fn reducible_total_balance_on_hold(who: &Who, force: Fortitude) -> C::Balance {
        C::reducible_total_balance_on_hold(who, force)
    }
    fn balance_on_hold(reason: &C::Reason, who: &Who) -> C::Balance {
        C::balance_on_hold(reason, who)
    }
    fn hold_available(reason: &C::Reason, who: &Who) -> bool {
        C::hold_available(reason, who)
    }
}

impl<Who, C: UnbalancedHold<Who>, W: HoldWatch<Who>> UnbalancedHold<Who> for Watched<C, W> {
    fn set_balance_on_hold(reason: &C::Reason, who: &Who, amount: C::Balance) -> DispatchResult {
        C::set_balance_on_hold(reason, who, amount)?;
        W::changed(who);
        Ok(())
    }
}

/// The traits' own functions, so that each ends in `set_balance_on_hold`; `C` only tells what was done.
impl<Who, C: MutateHold<Who>, W: HoldWatch<Who>> MutateHold<Who> for Watched<C, W> {
    fn done_hold(reason: &C::Reason, who: &Who, amount: C::Balance) {
        C::done_hold(reason, who, amount);
    }
    fn done_release(reason: &C::Reason, who: &Who, amount: C::Balance) {
        C::done_release(reason, who, amount);
    }
    fn done_burn_held(reason: &C::Reason, who: &Who, amount: C::Balance) {
        C::done_burn_held(reason, who, amount);
    }
    fn done_transfer_on_hold(reason: &C::Reason, source: &Who, dest: &Who, amount: C::Balance) {
        C::done_transfer_on_hold(reason, source, dest, amount);
    }
    fn done_transfer_and_hold(reason: &C::Reason, source: &Who, dest: &Who, transferred: C::Balance) {
        C::done_transfer_and_hold(reason, source, dest, transferred);
    }
}
