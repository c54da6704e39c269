//! Money on hold: how it gets there, and how it leaves.
//!
//! - A deposit or a bond comes only from money that is neither frozen nor held ([`hold_free`]). `fungible::hold` alone
//!   would take vote-locked money, and a later polite transfer of it would fail.
//! - What is owed is paid by force ([`pay_held`]): a lock that the payer set later can't stop a payment. So a lock must
//!   not lie on what is on hold here, or a payment would shed it: who sets locks [watches](crate::watched) these holds.
//!
//! A shortage is `TokenError::FundsUnavailable` everywhere (the traits' own functions call it `Frozen`).

use frame_support::{
    dispatch::DispatchResult,
    ensure,
    sp_runtime::{
        traits::{Saturating, Zero},
        DispatchError, TokenError,
    },
    storage::with_storage_layer,
    traits::{
        fungible::{Inspect, InspectHold, MutateHold},
        tokens::{Fortitude, Precision, Preservation, Restriction},
    },
};

/// Balance of a currency.
type BalanceOf<F, Who> = <F as Inspect<Who>>::Balance;
/// Hold reason of a currency.
type ReasonOf<F, Who> = <F as InspectHold<Who>>::Reason;

/// Money of `who` that may become a deposit: neither frozen nor held, beyond the existential deposit.
pub fn free<F: Inspect<Who>, Who>(who: &Who) -> BalanceOf<F, Who> {
    F::reducible_balance(who, Preservation::Preserve, Fortitude::Polite)
}

/// Puts free money on hold. `TokenError::FundsUnavailable` when `who` has less than `amount` of it; nothing is held
/// then. Holding zero does nothing.
pub fn hold_free<F, Who>(reason: &ReasonOf<F, Who>, who: &Who, amount: BalanceOf<F, Who>) -> DispatchResult
where
    F: MutateHold<Who>,
{
    if amount.is_zero() {
        return Ok(());
    }
    ensure!(free::<F, Who>(who) >= amount, TokenError::FundsUnavailable);
    F::hold(reason, who, amount)
}

/// Gives held money back to its owner: exactly `amount`, or an error.
pub fn release<F, Who>(reason: &ReasonOf<F, Who>, who: &Who, amount: BalanceOf<F, Who>) -> DispatchResult
where
    F: MutateHold<Who>,
{
    F::release(reason, who, amount, Precision::Exact).map(|_| ())
}

/// Pays exactly `amount` of what `from` has on hold to the free balance of `to`, whatever locks `from` has set. Fails,
/// and moves nothing, when less is on hold or `to` can't exist with that amount.
pub fn pay_held<F, Who>(
    reason: &ReasonOf<F, Who>,
    from: &Who,
    to: &Who,
    amount: BalanceOf<F, Who>,
) -> DispatchResult
where
    F: MutateHold<Who>,
{
    if amount.is_zero() {
        return Ok(());
    }
    ensure!(F::balance_on_hold(reason, from) >= amount, TokenError::FundsUnavailable);
    F::transfer_on_hold(reason, from, to, amount, Precision::Exact, Restriction::Free, Fortitude::Force)
        .map(|_| ())
}

/// Moves exactly `amount` from a hold of `from` to a hold of the same reason at `to`.
pub fn move_held<F, Who>(
    reason: &ReasonOf<F, Who>,
    from: &Who,
    to: &Who,
    amount: BalanceOf<F, Who>,
) -> DispatchResult
where
    F: MutateHold<Who>,
{
    if amount.is_zero() {
        return Ok(());
    }
    ensure!(F::balance_on_hold(reason, from) >= amount, TokenError::FundsUnavailable);
    F::transfer_on_hold(reason, from, to, amount, Precision::Exact, Restriction::OnHold, Fortitude::Force)
        .map(|_| ())
}

/// Burns exactly `amount` of what `who` has on hold.
pub fn burn_held<F, Who>(reason: &ReasonOf<F, Who>, who: &Who, amount: BalanceOf<F, Who>) -> DispatchResult
where
    F: MutateHold<Who>,
{
    if amount.is_zero() {
        return Ok(());
    }
    ensure!(F::balance_on_hold(reason, who) >= amount, TokenError::FundsUnavailable);
    F::burn_held(reason, who, amount, Precision::Exact, Fortitude::Force).map(|_| ())
}

/// Pays `payees` in their order out of what `from` has on hold, at most `amount` altogether, and burns the rest of
/// `amount`. A share that its payee can't take (an account that would not exist with it) is burnt as well: a slash
/// never fails because of who gets it. Returns what was taken: `amount`, or what is on hold if that is less.
pub fn slash_held<F, Who>(
    reason: &ReasonOf<F, Who>,
    from: &Who,
    amount: BalanceOf<F, Who>,
    payees: &[(Who, BalanceOf<F, Who>)],
) -> Result<BalanceOf<F, Who>, DispatchError>
where
    F: MutateHold<Who>,
{
    let taken = amount.min(F::balance_on_hold(reason, from));
    let mut left = taken;
    for (payee, share) in payees {
        let share = (*share).min(left);
        // Its own storage layer: a refused payment leaves nothing half done.
        if with_storage_layer(|| pay_held::<F, Who>(reason, from, payee, share)).is_ok() {
            left = left.saturating_sub(share);
        }
    }
    burn_held::<F, Who>(reason, from, left)?;
    Ok(taken)
}
