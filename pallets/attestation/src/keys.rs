//! The attestation keys of the session's validators.

use crate::{sr25519::AuthorityId, Config, Keys, Pallet};
use frame_support::traits::OneSessionHandler;
use souk_primitives::{AccountId, Digest};
use sp_runtime::BoundToRuntimeAppPublic;

impl<T: Config> BoundToRuntimeAppPublic for Pallet<T> {
    type Public = AuthorityId;
}

impl<T: Config> OneSessionHandler<AccountId> for Pallet<T> {
    type Key = AuthorityId;

    fn on_genesis_session<'a, I>(validators: I)
    where
        I: Iterator<Item = (&'a AccountId, Self::Key)> + 'a,
    {
        Self::replace_keys(validators);
    }

    fn on_new_session<'a, I>(changed: bool, validators: I, _queued: I)
    where
        I: Iterator<Item = (&'a AccountId, Self::Key)> + 'a,
    {
        if changed {
            Self::replace_keys(validators);
        }
    }

    // A disabled validator keeps the seats it has: the data that it was drawn for is still needed.
    fn on_disabled(_validator_index: u32) {}
}

impl<T: Config> Pallet<T> {
    fn replace_keys<'a>(validators: impl Iterator<Item = (&'a AccountId, AuthorityId)>) {
        let _ = Keys::<T>::clear(u32::MAX, None);
        for (stash, key) in validators {
            Keys::<T>::insert(stash, Self::raw_key(key));
        }
    }

    /// Bytes of a key.
    pub(crate) fn raw_key(key: AuthorityId) -> Digest {
        sp_core::sr25519::Public::from(key).0
    }
}
