//! Verifiers: validators that audit specs.

use crate::{
    pallet::{Config, Error, Event, HoldReason, Pallet, Providers, Seats, Specs, Verifiers},
    ports::{Links, Validators},
    types::Seat,
};
use alloc::vec::Vec;
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_pallet_support::clock;
use souk_primitives::{AccountId, Balance, SpecId};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register_verifier(who: AccountId, spec: SpecId, bond: Balance) -> DispatchResult {
        ensure!(Specs::<T>::contains_key(spec), Error::<T>::NotFound);
        ensure!(T::Validators::is_validator(&who), Error::<T>::NotValidator);
        let mut verifier = Verifiers::<T>::get(&who).unwrap_or_default();
        ensure!(!verifier.is_barred(&spec, T::Clock::get()), Error::<T>::Barred);
        verifier.bond = verifier.bond.saturating_add(bond);
        ensure!(verifier.bond >= T::MinVerifierBond::get(), Error::<T>::BelowMinimumBond);
        let mut seats = Seats::<T>::get(spec);
        match seats.iter_mut().find(|seat| seat.stash == who) {
            Some(seat) => ensure!(seat.leaves.take().is_some(), Error::<T>::AlreadyExists),
            None => {
                ensure!(!verifier.is_full(), Error::<T>::TooManyVerified);
                verifier.specs.try_push(spec).map_err(|_| Error::<T>::TooManyVerified)?;
                if seats.is_full() {
                    Self::evict_one(&mut seats, spec);
                }
                seats.try_push(Seat::new(who.clone())).map_err(|_| Error::<T>::TooManyVerifiers)?;
            }
        }
        Self::hold(HoldReason::VerifierBond, &who, bond)?;
        Seats::<T>::insert(spec, seats);
        let bond = verifier.bond;
        Verifiers::<T>::insert(&who, verifier);
        Self::deposit_event(Event::VerifierRegistered { stash: who, spec, bond });
        Ok(())
    }

    /// Takes one seat from somebody who is not drawn any more, so that seats of the past can't keep others out.
    fn evict_one(seats: &mut crate::types::Seats, spec: SpecId) {
        let now = T::Clock::get();
        let validators = T::Validators::current();
        let idle = |seat: &Seat| seat.has_left(now) || !validators.contains(&seat.stash);
        if let Some(position) = seats.iter().position(idle) {
            let seat = seats.remove(position);
            Self::forget_seat(&seat.stash, spec);
        }
    }

    /// The verifier's half of a seat that is gone. Its bond stays until it withdraws.
    fn forget_seat(stash: &AccountId, spec: SpecId) {
        Verifiers::<T>::mutate_extant(stash, |verifier| verifier.specs.retain(|seat| *seat != spec));
        Self::deposit_event(Event::VerifierRemoved { stash: stash.clone(), spec });
    }

    pub(crate) fn do_leave_verifier(who: AccountId, spec: SpecId) -> DispatchResult {
        let mut seats = Seats::<T>::get(spec);
        let seat = seats.iter_mut().find(|seat| seat.stash == who).ok_or(Error::<T>::NotFound)?;
        ensure!(seat.leaves.is_none(), Error::<T>::AlreadyLeaving);
        let until = clock::deadline(T::Clock::get(), T::VerifierNotice::get());
        seat.leaves = Some(until);
        Seats::<T>::insert(spec, seats);
        Self::deposit_event(Event::VerifierLeaving { stash: who, spec, until });
        Ok(())
    }

    pub(crate) fn do_withdraw_verifier(who: AccountId) -> DispatchResult {
        let mut verifier = Verifiers::<T>::get(&who).ok_or(Error::<T>::NotFound)?;
        let now = T::Clock::get();
        let before = verifier.specs.len();
        verifier.specs.retain(|spec| {
            let mut seats = Seats::<T>::get(spec);
            let left = seats.iter().any(|seat| seat.stash == who && seat.has_left(now));
            if left {
                seats.retain(|seat| seat.stash != who);
                Self::put_seats(spec, seats);
                Self::deposit_event(Event::VerifierRemoved { stash: who.clone(), spec: *spec });
            }
            !left
        });
        // A bar ends with the bond that it keeps: else it would be gone with it.
        verifier.barred.retain(|(_, until)| clock::in_time(now, *until));
        if !verifier.specs.is_empty() || !verifier.barred.is_empty() {
            ensure!(verifier.specs.len() < before, Error::<T>::NothingToWithdraw);
            Verifiers::<T>::insert(&who, verifier);
            return Ok(());
        }
        let bond = verifier.bond;
        Self::release(HoldReason::VerifierBond, &who, bond)?;
        Verifiers::<T>::remove(&who);
        Self::deposit_event(Event::VerifierWithdrawn { stash: who, bond });
        Ok(())
    }

    fn put_seats(spec: &SpecId, seats: crate::types::Seats) {
        if seats.is_empty() {
            Seats::<T>::remove(spec);
        } else {
            Seats::<T>::insert(spec, seats);
        }
    }

    /// Who may be drawn to audit a spec now, with the active stake that weighs them: verifiers whose notice is not
    /// over and that are validators. In the order of registration, which is the same on every node.
    pub fn verifiers(spec: &SpecId) -> Vec<(AccountId, Balance)> {
        let now = T::Clock::get();
        let validators = T::Validators::current();
        Seats::<T>::get(spec)
            .into_iter()
            .filter(|seat| !seat.has_left(now) && validators.contains(&seat.stash))
            .map(|seat| {
                let stake = T::Validators::active_stake(&seat.stash);
                (seat.stash, stake)
            })
            .collect()
    }

    /// Whether a verifier belongs to a provider: it is the provider, its validator, or named one of these as its own
    /// proxy. Whom the provider or its validator name says nothing: they need nobody's consent for it, and could so
    /// keep whom they like off their committees.
    pub fn is_linked(provider: &AccountId, stash: &AccountId) -> bool {
        let validator = Providers::<T>::get(provider).map(|provider| provider.validator);
        let mut own = core::iter::once(provider).chain(validator.as_ref());
        own.any(|own| own == stash || T::Links::acts_for(own, stash))
    }

    /// Whether a spec is audited: its calibration is accepted and enough verifiers, with enough of the active stake,
    /// have registered. A provider's own verifiers are not told apart here, see [`Self::is_audited_for`].
    pub fn spec_is_audited(spec: &SpecId) -> bool {
        Self::is_calibrated(spec) && Self::suffice(Self::verifiers(spec))
    }

    /// Whether a spec is audited by enough verifiers beside the provider and its validator. One that named them as its
    /// proxy counts all the same: it sits on no committee of theirs, but a verifier that makes such a link by itself
    /// can't take a provider off what is audited.
    pub fn is_audited_for(provider: &AccountId, spec: &SpecId) -> bool {
        if !Self::is_calibrated(spec) {
            return false;
        }
        let validator = Providers::<T>::get(provider).map(|provider| provider.validator);
        let mut verifiers = Self::verifiers(spec);
        verifiers.retain(|(stash, _)| stash != provider && Some(stash) != validator.as_ref());
        Self::suffice(verifiers)
    }

    fn is_calibrated(spec: &SpecId) -> bool {
        Specs::<T>::get(spec).is_some_and(|entry| entry.calibration.is_some())
    }

    fn suffice(verifiers: Vec<(AccountId, Balance)>) -> bool {
        let enough = u32::try_from(verifiers.len()).is_ok_and(|count| count >= T::MinVerifiers::get());
        let stake = verifiers.into_iter().fold(0, |sum: Balance, (_, stake)| sum.saturating_add(stake));
        enough && stake >= T::MinVerifierStake::get().mul_ceil(T::Validators::total_active_stake())
    }

    /// A verifier let an audit pass without its report. Too many in a row cost it the seat.
    pub fn note_silence(stash: &AccountId, spec: &SpecId) {
        let mut seats = Seats::<T>::get(spec);
        let Some(seat) = seats.iter_mut().find(|seat| seat.stash == *stash) else { return };
        seat.silence = seat.silence.saturating_add(1);
        if seat.silence >= T::MaxSilence::get() {
            seats.retain(|seat| seat.stash != *stash);
            Self::forget_seat(stash, *spec);
        }
        Self::put_seats(spec, seats);
    }

    /// A verifier reported: its silence is forgotten.
    pub fn note_answer(stash: &AccountId, spec: &SpecId) {
        let mut seats = Seats::<T>::get(spec);
        let Some(seat) = seats.iter_mut().find(|seat| seat.stash == *stash) else { return };
        // Most have nothing to forget.
        if seat.silence > 0 || seat.answers > 0 {
            seat.silence = 0;
            seat.answer(false);
            Seats::<T>::insert(spec, seats);
        }
    }

    /// A verifier was alone with an objection that others contradict. Too many among its last answers cost it the seat,
    /// and for the time of a notice it gets no other one there.
    pub fn note_outvoted(stash: &AccountId, spec: &SpecId) {
        let mut seats = Seats::<T>::get(spec);
        let Some(seat) = seats.iter_mut().find(|seat| seat.stash == *stash) else { return };
        if seat.answer(true) {
            seats.retain(|seat| seat.stash != *stash);
            Self::forget_seat(stash, *spec);
            Self::bar(stash, *spec);
        }
        Self::put_seats(spec, seats);
    }

    fn bar(stash: &AccountId, spec: SpecId) {
        let now = T::Clock::get();
        let until = clock::deadline(now, T::VerifierNotice::get());
        let Some(mut verifier) = Verifiers::<T>::get(stash) else { return };
        // One that has a seat has room for its bar, see [`crate::types::Verifier::is_full`].
        if !verifier.is_barred(&spec, now) && verifier.barred.try_push((spec, until)).is_ok() {
            Verifiers::<T>::insert(stash, verifier);
            Self::deposit_event(Event::VerifierBarred { stash: stash.clone(), spec, until });
        }
    }
}
