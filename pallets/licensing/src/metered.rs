//! The publisher's share of what a provider earns by serving a listing.

use crate::{pallet::*, ports::Catalogue};
use alloc::vec::Vec;
use souk_primitives::{deal, licence::Grant, AccountId, Balance, ListingId};

impl<T: Config> Pallet<T> {
    /// Who gets how much of a batch of `value` that is paid to `provider` for serving a listing, out of the `left` that
    /// the fees leave: the listing's owner, and of its share the owners of the parents. Empty without a metered licence.
    pub fn metered_shares(
        provider: &AccountId,
        listing: ListingId,
        value: Balance,
        left: Balance,
    ) -> Vec<(AccountId, Balance)> {
        Self::find_shares(provider, listing, value, left).unwrap_or_default()
    }

    fn find_shares(
        provider: &AccountId,
        listing: ListingId,
        value: Balance,
        left: Balance,
    ) -> Option<Vec<(AccountId, Balance)>> {
        let licence = Licences::<T>::get(Metered::<T>::get(provider, listing)?)?.licence;
        let Grant::Metered { share } = licence.grant else { return None };
        let publisher = T::Catalogue::owner(listing)?;
        let parents = T::Catalogue::version(listing, licence.version)?.parents;
        let royalties: Vec<u32> = parents.iter().map(|parent| parent.royalty).collect();
        let split = deal::metered(value, left, share, &royalties);
        let mut shares = Vec::new();
        let mut own = split.publisher;
        for (parent, amount) in parents.iter().zip(split.royalties) {
            match T::Catalogue::owner(parent.listing) {
                Some(owner) => shares.push((owner, amount)),
                None => own = own.saturating_add(amount),
            }
        }
        shares.push((publisher, own));
        shares.retain(|(_, amount)| *amount > 0);
        Some(shares)
    }
}
