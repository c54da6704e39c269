//! How much an account may vote with.

use crate::{
    book::Source,
    ports::{Payable, Stakes, Voter},
    Book, Config, Pallet,
};
use core::marker::PhantomData;
use frame_support::traits::Get;
use pallet_conviction_voting::ClassLocksFor;
use souk_primitives::{views::VotingPowerView, Balance};

impl<T: Config> Pallet<T> {
    /// Voting power of `who` in units: over all sources, what is active and was so since the start of the era before
    /// this one.
    pub fn power(who: &T::AccountId) -> Balance {
        Self::power_in(who, T::Era::get())
    }

    /// Power in `era`, this one or a later one, if nothing changes until then.
    fn power_in(who: &T::AccountId, era: u32) -> Balance {
        Source::ALL.into_iter().map(|source| Self::warm(source, who, era)).fold(0, Balance::saturating_add)
    }

    fn warm(source: Source, who: &T::AccountId, era: u32) -> Balance {
        // The book alone would not know of a fall that nobody told.
        Book::<T>::get(source, who).warm(era).min(T::Stakes::active(source, who))
    }

    /// What an account has at stake, what of it counts, and when more does.
    pub fn power_view(who: &T::AccountId) -> VotingPowerView {
        let era = T::Era::get();
        let [bond, pool, provider] = Source::ALL.map(|source| T::Stakes::active(source, who));
        let power = Self::power_in(who, era);
        let active = bond.saturating_add(pool).saturating_add(provider);
        let more_in = [1, 2]
            .into_iter()
            .map(|eras| era.saturating_add(eras))
            .find(|later| Self::power_in(who, *later) > power);
        VotingPowerView { bond, pool, provider, power, warming: active.saturating_sub(power), era, more_in }
    }
}

/// [`Pallet::power`], and what was voted with, as the electorate asks for it.
pub struct VotingPower<T>(PhantomData<T>);

impl<T: Config> Voter<T::AccountId, Balance> for VotingPower<T> {
    fn power(who: &T::AccountId) -> Balance {
        Pallet::<T>::power(who)
    }
    fn voted(who: &T::AccountId) -> Balance {
        ClassLocksFor::<T>::get(who).iter().map(|(_, amount)| *amount).max().unwrap_or_default()
    }
    fn payable(who: &T::AccountId) -> Balance {
        T::PayableHolds::payable(who)
    }
}
