//! The life of a provider: registered, accepted, draining, gone.

use crate::{
    pallet::{Config, Error, Event, HoldReason, Pallet, Providers, Specs},
    ports::{BondWatch, Validators},
    types::{Hardware, Provider, ProviderFacts, Status},
};
use frame_support::{dispatch::DispatchResult, ensure, traits::Get, BoundedVec};
use souk_pallet_support::{clock, money};
use souk_primitives::{
    endpoint::{is_endpoint, Endpoint},
    AccountId, Balance, Digest, SpecId,
};
use sp_runtime::DispatchError;

use crate::bond::Bond;

impl<T: Config> Pallet<T> {
    pub(crate) fn do_register_provider(
        who: AccountId,
        validator: AccountId,
        endpoint: Endpoint,
        receipt_key: Digest,
        seal_key: Digest,
        hardware: Hardware,
        bond: Balance,
    ) -> DispatchResult {
        ensure!(!Providers::<T>::contains_key(&who), Error::<T>::AlreadyExists);
        ensure!(T::Validators::is_validator(&validator), Error::<T>::NotValidator);
        Self::ensure_readable(&endpoint, &hardware)?;
        ensure!(bond >= T::MinProviderBond::get(), Error::<T>::BelowMinimumBond);
        Self::hold(HoldReason::ProviderBond, &who, bond)?;
        let provider = Provider {
            validator: validator.clone(),
            status: Status::Pending,
            endpoint,
            hardware,
            receipt_key,
            seal_key,
            bond: Bond::new(bond),
            obligations: 0,
            serving: BoundedVec::new(),
        };
        Providers::<T>::insert(&who, provider);
        Self::deposit_event(Event::ProviderRegistered { provider: who, validator, bond });
        Ok(())
    }

    pub(crate) fn do_accept_sidecar(who: AccountId, account: AccountId) -> DispatchResult {
        let mut provider = Self::load(&account)?;
        ensure!(provider.validator == who, Error::<T>::NotAuthorized);
        provider.status = provider.status.accepted().ok_or(Error::<T>::NotPending)?;
        ensure!(T::Validators::is_validator(&who), Error::<T>::NotValidator);
        Self::put(&account, provider);
        Self::deposit_event(Event::SidecarAccepted { provider: account, validator: who });
        Ok(())
    }

    pub(crate) fn do_update_provider(
        who: AccountId,
        endpoint: Endpoint,
        hardware: Hardware,
        seal_key: Digest,
    ) -> DispatchResult {
        let mut provider = Self::load(&who)?;
        Self::ensure_readable(&endpoint, &hardware)?;
        provider.endpoint = endpoint.clone();
        provider.hardware = hardware;
        provider.seal_key = seal_key;
        Providers::<T>::insert(&who, provider);
        Self::deposit_event(Event::ProviderUpdated { provider: who, endpoint });
        Ok(())
    }

    pub(crate) fn do_rotate_receipt_key(who: AccountId, receipt_key: Digest) -> DispatchResult {
        let mut provider = Self::load(&who)?;
        provider.receipt_key = receipt_key;
        Providers::<T>::insert(&who, provider);
        Self::deposit_event(Event::ReceiptKeyRotated { provider: who, receipt_key });
        Ok(())
    }

    pub(crate) fn do_drain(who: AccountId) -> DispatchResult {
        let mut provider = Self::load(&who)?;
        // The offers stay until it is gone: open channels go on, and their audits read the record.
        let notice = T::DrainNotice::get().saturating_add(T::UnbondingPeriod::get());
        let until = clock::deadline(T::Clock::get(), notice);
        provider.status = provider.status.draining(until).ok_or(Error::<T>::NotActive)?;
        Self::put(&who, provider);
        Self::deposit_event(Event::Draining { provider: who, until });
        Ok(())
    }

    pub(crate) fn do_withdraw(who: AccountId) -> DispatchResult {
        let mut provider = Self::load(&who)?;
        let now = T::Clock::get();
        let is_over = provider.status.may_leave(now)
            && (provider.status == Status::Pending || !provider.bond.is_maturing(now));
        ensure!(is_over, Error::<T>::NoticeRunning);
        let is_clear = provider.obligations == 0 && provider.bond.exposure == 0;
        ensure!(is_clear, Error::<T>::ObligationsOpen);
        let amount = provider.bond.total();
        Self::release(HoldReason::ProviderBond, &who, amount)?;
        Self::drop_offers(&who, &mut provider);
        Providers::<T>::remove(&who);
        T::BondWatch::changed(&who, 0);
        Self::deposit_event(Event::Withdrawn { provider: who, amount });
        Ok(())
    }

    /// What others need to know of a provider. `None` when it is not registered, or withdrew.
    pub fn provider_facts(account: &AccountId) -> Option<ProviderFacts> {
        Providers::<T>::get(account).map(|provider| ProviderFacts {
            validator: provider.validator,
            receipt_key: provider.receipt_key,
            status: provider.status,
            endpoint: provider.endpoint,
        })
    }

    /// Whether a provider was convicted, or is not there at all.
    pub fn is_gone(account: &AccountId) -> bool {
        Providers::<T>::get(account).is_none_or(|provider| provider.status.is_jailed())
    }

    /// A channel was opened: before it is closed the provider can't withdraw, and its spec can't be removed.
    pub fn obligation_opened(account: &AccountId, spec: &SpecId) {
        Self::count_channel(account, spec, |count| count.saturating_add(1));
    }

    /// A channel was closed and its last batch ended.
    pub fn obligation_closed(account: &AccountId, spec: &SpecId) {
        Self::count_channel(account, spec, |count| count.saturating_sub(1));
    }

    fn count_channel(account: &AccountId, spec: &SpecId, change: impl Fn(u32) -> u32) {
        Providers::<T>::mutate_extant(account, |provider| {
            provider.obligations = change(provider.obligations)
        });
        Specs::<T>::mutate_extant(spec, |entry| entry.channels = change(entry.channels));
    }

    pub(crate) fn load(account: &AccountId) -> Result<Provider, DispatchError> {
        Providers::<T>::get(account).ok_or_else(|| Error::<T>::NotFound.into())
    }

    fn ensure_readable(endpoint: &[u8], hardware: &[u8]) -> DispatchResult {
        ensure!(is_endpoint(endpoint), Error::<T>::BadEndpoint);
        ensure!(core::str::from_utf8(hardware).is_ok(), Error::<T>::NotUtf8);
        Ok(())
    }

    /// Puts free money on hold.
    pub(crate) fn hold(reason: HoldReason, who: &AccountId, amount: Balance) -> DispatchResult {
        ensure!(amount == 0 || money::free::<T::Currency, _>(who) >= amount, Error::<T>::InsufficientFree);
        money::hold_free::<T::Currency, _>(&reason.into(), who, amount)
    }

    /// Gives held money back.
    pub(crate) fn release(reason: HoldReason, who: &AccountId, amount: Balance) -> DispatchResult {
        money::release::<T::Currency, _>(&reason.into(), who, amount)
    }
}
