//! What runtime APIs show.

use crate::{
    pallet::*,
    types::{Purchase, StoredLicence},
};
use alloc::vec::Vec;
use frame_support::traits::Get;
use souk_primitives::{
    content::chunks_of,
    views::{LicenceView, PurchaseView},
    AccountId, LicenceId, ListingId, PurchaseId,
};

/// Most rows of any list.
const MAX_ROWS: usize = 256;

fn rows(limit: u32) -> usize {
    usize::try_from(limit).map_or(MAX_ROWS, |limit| limit.min(MAX_ROWS))
}

impl<T: Config> Pallet<T> {
    /// A purchase, until it is forgotten.
    pub fn purchase_view(id: &PurchaseId) -> Option<PurchaseView> {
        Purchases::<T>::get(id).map(|purchase| purchase_row(*id, purchase))
    }

    /// Purchases of an account, as buyer or seller, after `start` in the order of storage: at most `limit` and 256.
    pub fn purchase_views(account: &AccountId, start: Option<PurchaseId>, limit: u32) -> Vec<PurchaseView> {
        let ids: Vec<PurchaseId> = match start {
            Some(id) => {
                let after = PurchasesOf::<T>::hashed_key_for(account, id);
                PurchasesOf::<T>::iter_key_prefix_from(account, after).take(rows(limit)).collect()
            }
            None => PurchasesOf::<T>::iter_key_prefix(account).take(rows(limit)).collect(),
        };
        ids.iter().filter_map(Self::purchase_view).collect()
    }

    /// A licence, until it is forgotten.
    pub fn licence_view(id: &LicenceId) -> Option<LicenceView> {
        Licences::<T>::get(id).map(|stored| Self::licence_row(*id, stored))
    }

    /// Licences that an account may use, as a holder or on a seat: at most `limit` and 256, in the order of storage.
    pub fn licence_views(account: &AccountId, limit: u32) -> Vec<LicenceView> {
        Usable::<T>::iter_key_prefix((account,))
            .take(rows(limit))
            .filter_map(|(_, id)| Self::licence_view(&id))
            .collect()
    }

    /// Licences of a listing after `start` in the order of storage: who may use it for what.
    pub fn licences_at(listing: ListingId, start: Option<LicenceId>, limit: u32) -> Vec<LicenceView> {
        let ids: Vec<LicenceId> = match start {
            Some(id) => {
                let after = LicencesAt::<T>::hashed_key_for(listing, id);
                LicencesAt::<T>::iter_key_prefix_from(listing, after).take(rows(limit)).collect()
            }
            None => LicencesAt::<T>::iter_key_prefix(listing).take(rows(limit)).collect(),
        };
        ids.iter().filter_map(Self::licence_view).collect()
    }

    fn licence_row(id: LicenceId, stored: StoredLicence) -> LicenceView {
        let licence = stored.licence;
        LicenceView {
            id,
            listing: licence.listing,
            version: licence.version,
            users: Seats::<T>::get(id).into_inner(),
            purpose: licence.purpose,
            terms_digest: licence.terms_digest,
            grant: licence.grant,
            issued_at: licence.issued_at,
            expires_at: licence.expires_at,
            is_live: licence.is_live(T::Clock::get()),
            transferable: licence.transferable,
            seats: licence.seats,
            holder: licence.holder,
            sealed_key: stored.sealed_key,
        }
    }
}

fn purchase_row(id: PurchaseId, purchase: Purchase) -> PurchaseView {
    PurchaseView {
        id,
        buyer: purchase.buyer,
        seller: purchase.seller,
        listing: purchase.listing,
        version: purchase.version,
        offer: purchase.offer,
        purpose: purchase.purpose,
        terms_digest: purchase.terms_digest,
        price: purchase.price,
        deposit: purchase.deposit,
        bond: purchase.bond,
        referrer: purchase.cut.referrer,
        content_root: purchase.content_root,
        size: purchase.size,
        chunks: chunks_of(purchase.size).unwrap_or(0),
        buyer_key: purchase.buyer_key,
        ciphertext_root: purchase.copy.map(|copy| copy.ciphertext_root),
        key_commitment: purchase.copy.map(|copy| copy.key_commitment),
        sealed_key: purchase.sealed_key,
        ordered_at: purchase.ordered_at,
        cancel_from: purchase.cancel_from,
        stage: purchase.stage,
        fault: purchase.fault,
    }
}
