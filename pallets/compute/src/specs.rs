//! Specs: registered by a listing's owner, calibrated by governance, removed when nobody needs them.

use crate::{
    pallet::{Config, Error, Event, HoldReason, Pallet, Seats, Specs, SpecsOf, Verifiers},
    ports::Listings,
    types::{Calibration, SpecEntry},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_pallet_support::clock;
use souk_primitives::{spec::Spec, AccountId, Balance, ListingId, SpecId};

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register_spec(who: AccountId, spec: Spec) -> DispatchResult {
        let owner = T::Listings::owner(spec.listing).ok_or(Error::<T>::NotFound)?;
        ensure!(owner == who, Error::<T>::NotAuthorized);
        // A version is the record of what is run: a spec that named other files would run something unpublished.
        let manifest = T::Listings::manifest(spec.listing, spec.version).ok_or(Error::<T>::NotFound)?;
        ensure!(spec.manifest_digest == manifest, Error::<T>::WrongManifest);
        ensure!(spec.thresholds.is_sound() && spec.max_context > 0, Error::<T>::UnsoundSpec);
        Self::ensure_within_class(&spec)?;
        let id = spec.id();
        ensure!(!Specs::<T>::contains_key(id), Error::<T>::AlreadyExists);
        let (listing, version) = (spec.listing, spec.version);
        let count = SpecsOf::<T>::get(listing).checked_add(1).ok_or(Error::<T>::TooManySpecs)?;
        let deposit = T::SpecDeposit::get();
        Self::hold(HoldReason::SpecDeposit, &who, deposit)?;
        SpecsOf::<T>::insert(listing, count);
        let entry = SpecEntry {
            spec,
            depositor: who,
            deposit,
            calibration: None,
            servers: 0,
            channels: 0,
            kept_until: None,
        };
        Specs::<T>::insert(id, entry);
        Self::deposit_event(Event::SpecRegistered { spec: id, listing, version, deposit });
        Ok(())
    }

    pub(crate) fn do_remove_spec(who: AccountId, id: SpecId) -> DispatchResult {
        let entry = Specs::<T>::get(id).ok_or(Error::<T>::NotFound)?;
        let listing = entry.spec.listing;
        ensure!(T::Listings::owner(listing) == Some(who), Error::<T>::NotAuthorized);
        // The time bounds what channels say in their terms; one that nobody closes may settle for longer.
        let kept = entry.kept_until.is_some_and(|until| clock::in_time(T::Clock::get(), until));
        let needed = entry.servers > 0 || entry.channels > 0 || kept;
        ensure!(!needed, Error::<T>::SpecInUse);
        Self::release(HoldReason::SpecDeposit, &entry.depositor, entry.deposit)?;
        for seat in Seats::<T>::take(id) {
            Verifiers::<T>::mutate_extant(&seat.stash, |verifier| verifier.specs.retain(|spec| *spec != id));
            Self::deposit_event(Event::VerifierRemoved { stash: seat.stash, spec: id });
        }
        SpecsOf::<T>::mutate_exists(listing, |count| {
            *count = count.and_then(|count| count.checked_sub(1)).filter(|count| *count > 0);
        });
        Specs::<T>::remove(id);
        Self::deposit_event(Event::SpecRemoved { spec: id, deposit: entry.deposit });
        Ok(())
    }

    pub(crate) fn do_accept_calibration(id: SpecId, report_fee: Balance) -> DispatchResult {
        let mut entry = Specs::<T>::get(id).ok_or(Error::<T>::NotFound)?;
        Self::ensure_within_class(&entry.spec)?;
        entry.calibration = Some(Calibration { report_fee, accepted_at: T::Clock::get() });
        Specs::<T>::insert(id, entry);
        Self::deposit_event(Event::CalibrationAccepted { spec: id, report_fee });
        Ok(())
    }

    pub(crate) fn do_revoke_calibration(id: SpecId) -> DispatchResult {
        let mut entry = Specs::<T>::get(id).ok_or(Error::<T>::NotFound)?;
        ensure!(entry.calibration.take().is_some(), Error::<T>::NotCalibrated);
        Specs::<T>::insert(id, entry);
        Self::deposit_event(Event::CalibrationRevoked { spec: id });
        Ok(())
    }

    /// A spec.
    pub fn spec(id: &SpecId) -> Option<Spec> {
        Specs::<T>::get(id).map(|entry| entry.spec)
    }

    /// Flat fee per audit report on a spec, in units; zero without an accepted calibration.
    pub fn report_fee(id: &SpecId) -> Balance {
        Specs::<T>::get(id)
            .and_then(|entry| entry.calibration)
            .map_or(0, |calibration| calibration.report_fee)
    }

    /// Whether specs refer to a listing, so that it must stay.
    pub fn listing_in_use(listing: ListingId) -> bool {
        SpecsOf::<T>::contains_key(listing)
    }
}
