//! The publisher's share of what a provider earns by serving a listing. It gathers on the claim account, one pot for each
//! licence, and is paid out after a while: so a batch costs one payment more, however many parents there are.

use crate::{pallet::*, ports::Catalogue, types::Task};
use frame_support::{
    storage::with_storage_layer,
    traits::{fungible::Mutate, tokens::Preservation, Get},
};
use souk_pallet_support::clock;
use souk_primitives::{deal, licence::Grant, AccountId, Balance, LicenceId, ListingId};

impl<T: Config> Pallet<T> {
    /// What of a batch of `value` is due for serving a listing, out of the `left` that the fees leave the provider. Zero
    /// without a metered licence.
    pub fn metered_due(provider: &AccountId, listing: ListingId, value: Balance, left: Balance) -> Balance {
        let licence = Metered::<T>::get(provider, listing).and_then(Licences::<T>::get);
        match licence.map(|stored| stored.licence.grant) {
            Some(Grant::Metered { share }) => deal::metered_due(value, left, share),
            _ => 0,
        }
    }

    /// Books what was paid to [`Self::claim_account`] for serving a listing.
    pub fn metered_paid(provider: &AccountId, listing: ListingId, amount: Balance) {
        let Some(id) = Metered::<T>::get(provider, listing).filter(|_| amount > 0) else { return };
        let (pot, at) = Pots::<T>::get(id).unwrap_or_else(|| {
            let at = clock::deadline(T::Clock::get(), T::PayoutAfter::get());
            Agenda::<T>::insert(at, Task::Payout(id), ());
            (0, at)
        });
        Pots::<T>::insert(id, (pot.saturating_add(amount), at));
    }

    /// Pays a pot out to the listing's owner and the owners of its parents. Says whether there was one.
    pub(crate) fn do_pay_out(id: LicenceId) -> bool {
        let Some((pot, at)) = Pots::<T>::take(id) else { return false };
        Agenda::<T>::remove(at, Task::Payout(id));
        // A metered licence never lapses, and what it is for stays while it is there.
        let Some(licence) = Licences::<T>::get(id).map(|stored| stored.licence) else { return true };
        let listing = licence.listing;
        let Some(publisher) = T::Catalogue::owner(listing) else { return true };
        let version = T::Catalogue::version(listing, licence.version);
        let parents = version.map(|version| version.parents).unwrap_or_default();
        let shares: alloc::vec::Vec<u32> = parents.iter().map(|parent| parent.royalty).collect();
        let split = deal::metered(pot, &shares);
        let (mut amount, mut royalties) = (split.publisher, Balance::default());
        for (parent, royalty) in parents.iter().zip(split.royalties) {
            match T::Catalogue::owner(parent.listing) {
                Some(owner) if royalty > 0 => {
                    Self::hand_out(&owner, royalty);
                    royalties = royalties.saturating_add(royalty);
                    let parent = parent.listing;
                    let paid = Event::RoyaltyPaid { purchase: id, listing: parent, owner, amount: royalty };
                    Self::deposit_event(paid);
                }
                _ => amount = amount.saturating_add(royalty),
            }
        }
        Self::hand_out(&publisher, amount);
        Self::deposit_event(Event::PaidOut { licence: id, listing, publisher, amount, royalties });
        true
    }

    /// Pays from the claim account; what the payee can't take is kept there for it.
    fn hand_out(payee: &AccountId, amount: Balance) {
        let claims = Self::claim_account();
        let paid = with_storage_layer(|| {
            T::Currency::transfer(&claims, payee, amount, Preservation::Preserve).map(|_| ())
        });
        if amount > 0 && paid.is_err() {
            Claims::<T>::mutate(payee, |kept| *kept = kept.saturating_add(amount));
            Self::deposit_event(Event::ShareKept { owner: payee.clone(), amount });
        }
    }
}
