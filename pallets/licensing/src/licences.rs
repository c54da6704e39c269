//! Licences: issued, renewed, given away, shared; never revoked.

use crate::{
    pallet::*,
    ports::Catalogue,
    types::{Cut, Purchase, StoredLicence, Task},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get};
use souk_pallet_support::clock;
use souk_primitives::{
    licence::{Grant, Licence, Purposes},
    views::ListingStatus,
    AccountId, Balance, BlockNumber, Digest, LicenceId, ListingId, PurchaseId,
};

impl<T: Config> Pallet<T> {
    /// Issues the licence of a settled purchase.
    pub(crate) fn issue(id: PurchaseId, purchase: &Purchase, burnt: Balance) {
        let licence = purchase.licence(T::Clock::get());
        let Licence { listing, expires_at, .. } = licence;
        LicencesAt::<T>::insert(listing, id, ());
        Usable::<T>::insert((&licence.holder, listing, id), ());
        if let Grant::Metered { .. } = licence.grant {
            Metered::<T>::insert(&licence.holder, listing, id);
        }
        if let Some(last) = expires_at {
            Agenda::<T>::insert(Self::lapses_at(last), Task::Lapse(id), ());
        }
        Self::deposit_event(Event::LicenceIssued {
            licence: id,
            holder: licence.holder.clone(),
            listing,
            version: licence.version,
            purpose: licence.purpose,
            terms_digest: licence.terms_digest,
            grant: licence.grant,
            expires_at,
        });
        let payer = licence.holder.clone();
        Licences::<T>::insert(id, StoredLicence { licence, payer, burnt, sealed_key: purchase.sealed_key });
    }

    /// Last live block in which a lease that ends with block `last` is remembered.
    pub(crate) fn lapses_at(last: BlockNumber) -> BlockNumber {
        clock::deadline(last, T::HistoryDepth::get())
    }

    pub(crate) fn do_renew(
        holder: AccountId,
        id: LicenceId,
        max_price: Balance,
        offer_digest: Digest,
    ) -> DispatchResult {
        let mut stored = Self::held_by(&holder, &id)?;
        let Licence { listing, version, purpose, .. } = stored.licence;
        let last = stored.licence.expires_at.ok_or(Error::<T>::NotALease)?;
        let status = T::Catalogue::status(listing).ok_or(Error::<T>::ListingNotFound)?;
        let goes_on = matches!(status, ListingStatus::Active | ListingStatus::Deprecated);
        ensure!(goes_on, Error::<T>::NotForSale);
        let offer = T::Catalogue::offer_with(listing, &offer_digest).ok_or(Error::<T>::OfferNotFound)?;
        let Grant::Lease { period } = offer.grant else { return Err(Error::<T>::NotALease.into()) };
        ensure!(offer.price <= max_price, Error::<T>::PriceAboveMaximum);
        ensure!(offer.purposes.allow(purpose), Error::<T>::PurposeNotAllowed);
        let renewed = stored.licence.renewed(period, T::Clock::get()).ok_or(Error::<T>::Overflow)?;
        let seller = T::Catalogue::owner(listing).ok_or(Error::<T>::ListingNotFound)?;
        let parents = T::Catalogue::version(listing, version).ok_or(Error::<T>::VersionNotFound)?.parents;
        let cut = Cut { protocol: T::ProtocolFee::get(), parents, referral: 0, referrer: None };

        Self::hold(HoldReason::Purchase, &holder, offer.price)?;
        let amounts = Self::pay_price(id, &holder, &seller, offer.price, &cut)?;
        Agenda::<T>::remove(Self::lapses_at(last), Task::Lapse(id));
        Agenda::<T>::insert(Self::lapses_at(renewed), Task::Lapse(id), ());
        stored.licence.expires_at = Some(renewed);
        stored.licence.grant = offer.grant;
        stored.licence.terms_digest = offer.terms.digest;
        if stored.payer == holder {
            stored.burnt = stored.burnt.saturating_add(amounts.burnt);
        }
        Licences::<T>::insert(id, stored);
        Self::deposit_event(Event::Renewed {
            licence: id,
            expires_at: renewed,
            terms_digest: offer.terms.digest,
            seller,
            amounts,
        });
        Ok(())
    }

    pub(crate) fn do_transfer(holder: AccountId, id: LicenceId, to: AccountId) -> DispatchResult {
        let mut stored = Self::held_by(&holder, &id)?;
        ensure!(stored.licence.transferable, Error::<T>::NotTransferable);
        ensure!(stored.licence.is_live(T::Clock::get()), Error::<T>::Lapsed);
        ensure!(to != holder, Error::<T>::AlreadyThere);
        let listing = stored.licence.listing;
        for user in Seats::<T>::take(id) {
            Usable::<T>::remove((user, listing, id));
        }
        Usable::<T>::remove((&holder, listing, id));
        Usable::<T>::insert((&to, listing, id), ());
        stored.licence.holder = to.clone();
        Licences::<T>::insert(id, stored);
        Self::deposit_event(Event::Transferred { licence: id, from: holder, to });
        Ok(())
    }

    pub(crate) fn do_assign_seat(holder: AccountId, id: LicenceId, user: AccountId) -> DispatchResult {
        let licence = Self::held_by(&holder, &id)?.licence;
        ensure!(licence.is_live(T::Clock::get()), Error::<T>::Lapsed);
        let mut users = Seats::<T>::get(id);
        ensure!(user != holder && !users.contains(&user), Error::<T>::AlreadyThere);
        let taken = u32::try_from(users.len()).unwrap_or(u32::MAX).saturating_add(1);
        ensure!(taken < licence.seats, Error::<T>::NoSeatFree);
        users.try_push(user.clone()).map_err(|_| Error::<T>::NoSeatFree)?;
        Seats::<T>::insert(id, users);
        Usable::<T>::insert((&user, licence.listing, id), ());
        Self::deposit_event(Event::SeatAssigned { licence: id, user });
        Ok(())
    }

    pub(crate) fn do_free_seat(who: AccountId, id: LicenceId, user: AccountId) -> DispatchResult {
        let licence = Self::licence(&id)?.licence;
        ensure!(who == licence.holder || who == user, Error::<T>::NotHolder);
        let mut users = Seats::<T>::get(id);
        let at = users.iter().position(|other| *other == user).ok_or(Error::<T>::SeatNotFound)?;
        users.remove(at);
        if users.is_empty() {
            Seats::<T>::remove(id);
        } else {
            Seats::<T>::insert(id, users);
        }
        Usable::<T>::remove((&user, licence.listing, id));
        Self::deposit_event(Event::SeatFreed { licence: id, user });
        Ok(())
    }

    /// Forgets a lease that was not renewed.
    pub(crate) fn forget_licence(id: LicenceId) {
        let Some(StoredLicence { licence, .. }) = Licences::<T>::take(id) else { return };
        LicencesAt::<T>::remove(licence.listing, id);
        for user in Seats::<T>::take(id).into_iter().chain([licence.holder]) {
            Usable::<T>::remove((user, licence.listing, id));
        }
    }

    fn licence(id: &LicenceId) -> Result<StoredLicence, Error<T>> {
        Licences::<T>::get(id).ok_or(Error::<T>::LicenceNotFound)
    }

    fn held_by(who: &AccountId, id: &LicenceId) -> Result<StoredLicence, Error<T>> {
        let stored = Self::licence(id)?;
        ensure!(stored.licence.holder == *who, Error::<T>::NotHolder);
        Ok(stored)
    }

    /// Whether `who` may use a listing for a purpose now: as its owner, by a licence of its own, or on a seat.
    pub fn is_licensed(who: &AccountId, listing: ListingId, purpose: Purposes) -> bool {
        let now = T::Clock::get();
        let good = |id: LicenceId| {
            Licences::<T>::get(id)
                .is_some_and(|stored| stored.licence.is_live(now) && stored.licence.purpose.allow(purpose))
        };
        T::Catalogue::owner(listing).as_ref() == Some(who)
            || Usable::<T>::iter_key_prefix((who, listing)).any(good)
    }

    /// Whether somebody has a licence of the listing.
    pub fn has_licences(listing: ListingId) -> bool {
        LicencesAt::<T>::iter_key_prefix(listing).next().is_some()
    }

    /// What `who` burnt in fees for a licence of the listing: what its review weighs by.
    pub fn burnt(who: &AccountId, listing: ListingId, id: &LicenceId) -> Option<Balance> {
        let stored = Licences::<T>::get(id)?;
        (stored.payer == *who && stored.licence.listing == listing).then_some(stored.burnt)
    }
}
