//! Credits for trades, and the prices that they were made at.

use crate::{pallet::*, ports::*, types::*};
use frame_support::traits::Get;
use souk_primitives::{
    call::Prices,
    close::CloseReason,
    rewards::{self, Credit, PRICE_EPOCHS},
    AccountId, Balance, SpecId,
};

impl<T: Config> Pallet<T> {
    /// A batch of paid calls was released. Only what was audited, or could have been drawn, counts: `Valid` and
    /// `NotDrawn`. `burnt` is the burnt part of its protocol fee.
    pub fn trade_released(
        provider: &AccountId,
        spec: &SpecId,
        prices: Prices,
        value: Balance,
        burnt: Balance,
        reason: CloseReason,
    ) {
        if !matches!(reason, CloseReason::Valid | CloseReason::NotDrawn) {
            return;
        }
        Self::note_price(spec, &prices, value);
        let credit =
            Credit::of_call(burnt, T::Kappa::get().deconstruct(), T::ProviderKey::get().deconstruct());
        let validator = T::Providers::standing(provider).map(|standing| standing.validator);
        Self::credit(Role::Provider, provider, credit.provider, validator);
        if let Some(owner) = T::Specs::owner(spec) {
            Self::credit(Role::Publisher, &owner, credit.publisher, None);
        }
    }

    /// A price was paid to `owner` for a licence. `burnt` is the burnt part of its protocol fee.
    pub fn sale_settled(owner: &AccountId, burnt: Balance) {
        let credit = Credit::of_sale(burnt, T::Kappa::get().deconstruct());
        Self::credit(Role::Publisher, owner, credit.publisher, None);
    }

    /// Adds a trade to the running epoch's histogram. Without a reference price nobody needs one.
    fn note_price(spec: &SpecId, prices: &Prices, value: Balance) {
        let Some(reference) = References::<T>::get(spec) else { return };
        let epoch = Epoch::<T>::get();
        Trades::<T>::mutate(spec, Self::slot(epoch), |traded| {
            if traded.epoch != epoch {
                *traded = Traded { epoch, ..Traded::default() };
            }
            traded.histogram.note(rewards::price_index(prices), value, reference);
        });
    }

    fn slot(epoch: u32) -> u32 {
        epoch.checked_rem(PRICE_EPOCHS).unwrap_or(0)
    }

    /// The median price of a spec with this reference over the last [`PRICE_EPOCHS`] epochs, the running one included.
    pub fn median_price(spec: &SpecId, reference: Balance) -> Balance {
        let now = Epoch::<T>::get();
        let is_recent = |traded: &Traded| traded.epoch.saturating_add(PRICE_EPOCHS) > now;
        let recent: alloc::vec::Vec<Traded> = (0..PRICE_EPOCHS)
            .filter_map(|slot| Trades::<T>::try_get(spec, slot).ok())
            .filter(is_recent)
            .collect();
        rewards::median(recent.iter().map(|traded| &traded.histogram), reference)
    }

    /// Most that a price index may be for the exam on a spec: `None` without a reference.
    pub fn price_limit(spec: &SpecId) -> Option<Balance> {
        let reference = References::<T>::get(spec)?;
        let band = T::PriceBand::get().deconstruct();
        Some(rewards::price_limit(reference, Self::median_price(spec, reference), band))
    }
}
