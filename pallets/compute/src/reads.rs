//! What the runtime API reads.

use crate::{
    pallet::{Config, Pallet, Providers, Seats, Servings, Specs},
    ports::Listings,
    types::{Provider, SpecEntry},
};
use alloc::{string::String, vec::Vec};
use frame_support::traits::Get;
use souk_primitives::{
    exposure::value_within,
    views::{ProviderView, QuoteView, ServingView, SpecView},
    AccountId, Balance, SpecId,
};

/// Most entries that one page holds.
pub const MAX_PAGE: u32 = 100;
/// Most offers of a spec that are looked at for one answer.
pub const MAX_LOOKS: u32 = 400;

fn page(limit: u32) -> usize {
    usize::try_from(limit.min(MAX_PAGE)).unwrap_or(0)
}

impl<T: Config> Pallet<T> {
    /// A provider.
    pub fn provider_view(account: &AccountId) -> Option<ProviderView> {
        Providers::<T>::get(account).map(|provider| Self::view_of(account.clone(), provider))
    }

    /// At most `limit` providers (and at most [`MAX_PAGE`]), those after `after` in the order of storage.
    pub fn provider_views(after: Option<AccountId>, limit: u32) -> Vec<ProviderView> {
        let all = match after {
            Some(last) => Providers::<T>::iter_from(Providers::<T>::hashed_key_for(last)),
            None => Providers::<T>::iter(),
        };
        all.take(page(limit)).map(|(account, provider)| Self::view_of(account, provider)).collect()
    }

    fn view_of(account: AccountId, provider: Provider) -> ProviderView {
        let serving = provider
            .serving
            .iter()
            .filter_map(|spec| {
                Servings::<T>::get(spec, &account).map(|serving| ServingView {
                    spec: *spec,
                    per_1k_input: serving.prices.per_1k_input,
                    per_1k_output: serving.prices.per_1k_output,
                    capacity: serving.capacity,
                    record: serving.record.ok,
                    doubts: serving.record.doubts(),
                    chance: serving.record.chance(T::QMin::get()),
                })
            })
            .collect();
        ProviderView {
            account,
            validator: provider.validator,
            status: provider.status.into(),
            endpoint: readable(&provider.endpoint),
            receipt_key: provider.receipt_key,
            seal_key: provider.seal_key,
            hardware: readable(&provider.hardware),
            bond: provider.bond.active,
            exposure: provider.bond.exposure,
            serving,
        }
    }

    /// A spec. `pot` are its prepaid audit fees, which another pallet keeps.
    pub fn spec_view(id: &SpecId, pot: Balance) -> Option<SpecView> {
        Specs::<T>::get(id).map(|entry| Self::spec_view_of(*id, entry, pot))
    }

    /// At most `limit` specs (and at most [`MAX_PAGE`]), those after `after` in the order of storage.
    pub fn spec_views(after: Option<SpecId>, limit: u32, pot: impl Fn(&SpecId) -> Balance) -> Vec<SpecView> {
        let all = match after {
            Some(last) => Specs::<T>::iter_from(Specs::<T>::hashed_key_for(last)),
            None => Specs::<T>::iter(),
        };
        all.take(page(limit)).map(|(id, entry)| Self::spec_view_of(id, entry, pot(&id))).collect()
    }

    fn spec_view_of(id: SpecId, entry: SpecEntry, pot: Balance) -> SpecView {
        SpecView {
            id,
            listing: entry.spec.listing,
            version: entry.spec.version,
            model: T::Listings::name(entry.spec.listing).unwrap_or_default(),
            manifest_digest: entry.spec.manifest_digest,
            numeric_class: entry.spec.numeric_class,
            max_context: entry.spec.max_context,
            thresholds: entry.spec.thresholds,
            audited: Self::spec_is_audited(&id),
            verifiers: u32::try_from(Seats::<T>::decode_len(id).unwrap_or(0)).unwrap_or(u32::MAX),
            report_fee: entry.calibration.map_or(0, |calibration| calibration.report_fee),
            pot,
        }
    }

    /// Who would serve a channel on a spec that is opened now, and for how much: at most [`MAX_PAGE`] offers, of the
    /// first [`MAX_LOOKS`] in the order of storage.
    pub fn quotes(spec: &SpecId) -> Vec<QuoteView> {
        Servings::<T>::iter_prefix(spec)
            .take(usize::try_from(MAX_LOOKS).unwrap_or(usize::MAX))
            .filter_map(|(account, serving)| {
                let terms = Self::terms(&account, spec).ok()?;
                let provider = Providers::<T>::get(&account)?;
                let chance = serving.record.chance(T::QMin::get());
                Some(QuoteView {
                    endpoint: readable(&provider.endpoint),
                    per_1k_input: terms.prices.per_1k_input,
                    per_1k_output: terms.prices.per_1k_output,
                    chance,
                    room: value_within(provider.bond.room(), T::SafetyFactor::get(), chance),
                    record: serving.record.ok,
                    audited: terms.audited,
                    provider: account,
                })
            })
            .take(page(MAX_PAGE))
            .collect()
    }
}

/// Text as it was written: the calls accept only UTF-8.
fn readable(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
