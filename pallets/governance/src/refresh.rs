//! Votes that are larger than their voter's power are lowered to it.
//!
//! A tally counts what was voted with; it does not notice that stake was slashed or left. What is lowered here goes
//! through the voting pallet's own calls, so that tallies, delegations and locks stay its business.
//!
//! Nothing is ever raised: who has more power again votes again.

use crate::{weights::WeightInfo, Config, Error, Event, Pallet, Stale};
use alloc::vec::Vec;
use frame_support::{
    dispatch::{Pays, PostDispatchInfo},
    storage::with_storage_layer,
    traits::{Defensive, Get, Polling},
    weights::{Weight, WeightMeter},
};
use frame_system::RawOrigin;
use pallet_conviction_voting::{
    AccountVote, Casting, ClassLocksFor, ClassOf, Delegating, Delegations, PollIndexOf, Voting, VotingFor,
    WeightInfo as VotingWeightInfo,
};
use souk_primitives::Balance;
use sp_runtime::{
    helpers_128bit::multiply_by_rational_with_rounding, traits::StaticLookup, DispatchError, Rounding,
};

type VotingWeight<T> = <T as pallet_conviction_voting::Config>::WeightInfo;
type PollsOf<T> = <T as pallet_conviction_voting::Config>::Polls;
type DelegatingOf<T> = Delegating<
    Balance,
    <T as frame_system::Config>::AccountId,
    pallet_conviction_voting::BlockNumberFor<T, ()>,
>;

/// The part of a vote that must be too much for its lowering to be free, as one in so many. Whoever unstakes little by
/// little would else have all work on its votes done for nothing, again and again.
pub const FREE_FROM: Balance = 10;

/// Whether lowering a vote from `from` to `to` units is worth the block's room, so that nobody pays for it.
pub fn is_free(from: Balance, to: Balance) -> bool {
    from.saturating_sub(to) >= from.div_ceil(FREE_FROM).max(1)
}

/// What lowering one vote or delegation came to.
#[derive(Clone, Copy)]
pub(crate) struct Lowered {
    from: Balance,
    to: Balance,
    weight: Weight,
}

/// The vote with at most `power` units: a standard one keeps direction and conviction, split ones their proportions.
pub fn lowered(vote: AccountVote<Balance>, power: Balance) -> AccountVote<Balance> {
    let total = vote.balance();
    if total <= power {
        return vote;
    }
    // Rounded down each, so that the parts are never more than the power.
    let part =
        |amount| multiply_by_rational_with_rounding(amount, power, total, Rounding::Down).unwrap_or_default();
    match vote {
        AccountVote::Standard { vote, .. } => AccountVote::Standard { vote, balance: power },
        AccountVote::Split { aye, nay } => AccountVote::Split { aye: part(aye), nay: part(nay) },
        AccountVote::SplitAbstain { aye, nay, abstain } => {
            AccountVote::SplitAbstain { aye: part(aye), nay: part(nay), abstain: part(abstain) }
        }
    }
}

impl<T: Config> Pallet<T> {
    /// Most that lowering one direct vote weighs.
    pub(crate) fn weight_of_vote() -> Weight {
        let recast = VotingWeight::<T>::vote_existing().max(VotingWeight::<T>::remove_vote());
        <T as Config>::WeightInfo::power().saturating_add(recast)
    }

    /// Most that lowering one delegation weighs whose target has so many votes.
    pub(crate) fn weight_of_delegation(votes: u32) -> Weight {
        <T as Config>::WeightInfo::power()
            .saturating_add(VotingWeight::<T>::undelegate(votes))
            .saturating_add(VotingWeight::<T>::delegate(votes))
    }

    /// As many votes as a target may have.
    pub(crate) fn most_votes() -> u32 {
        <T as pallet_conviction_voting::Config>::MaxVotes::get()
    }

    /// Votes that an account's delegations count in.
    fn votes_of(target: &T::AccountId, class: &ClassOf<T>) -> u32 {
        match VotingFor::<T>::get(target, class) {
            Voting::Casting(casting) => casting.votes.len().try_into().unwrap_or(u32::MAX),
            // As the voting pallet counts it.
            Voting::Delegating(_) => 1,
        }
    }

    pub(crate) fn do_refresh(
        who: &T::AccountId,
        class: ClassOf<T>,
        poll: Option<PollIndexOf<T>>,
    ) -> Result<PostDispatchInfo, DispatchError> {
        let power = Self::power(who);
        let is_vote = poll.is_some();
        let lowered = match (VotingFor::<T>::get(who, &class), poll) {
            (Voting::Casting(casting), Some(poll)) => {
                let vote = casting.votes.iter().find(|(index, _)| *index == poll);
                let vote = vote.ok_or(Error::<T>::NothingToLower)?.1;
                Self::lower_vote(who, &class, poll, vote, casting.delegations, power)?
            }
            (Voting::Delegating(delegating), None) => Self::lower_delegation(who, class, delegating, power)?,
            _ => None,
        };
        let Lowered { from, to, weight } = lowered.ok_or(Error::<T>::NothingToLower)?;
        // A delegation weighs as much as the votes of its target do: whoever can't wait for the queue pays for them.
        let pays_fee = if is_vote && is_free(from, to) { Pays::No } else { Pays::Yes };
        Ok(PostDispatchInfo { actual_weight: Some(weight), pays_fee })
    }

    /// Returns what was done, if there was something to lower.
    fn lower_vote(
        who: &T::AccountId,
        class: &ClassOf<T>,
        poll: PollIndexOf<T>,
        vote: AccountVote<Balance>,
        delegations: Delegations<Balance>,
        power: Balance,
    ) -> Result<Option<Lowered>, DispatchError> {
        // What has ended was counted; the vote only tells for how long money is locked.
        if vote.balance() <= power || PollsOf::<T>::as_ongoing(poll).is_none() {
            return Ok(None);
        }
        let (origin, to) = (RawOrigin::Signed(who.clone()).into(), lowered(vote, power));
        // Without its own vote, an account would take those away that were delegated to it.
        if power == 0 && delegations.capital == 0 {
            pallet_conviction_voting::Pallet::<T>::remove_vote(origin, Some(class.clone()), poll)?;
        } else {
            pallet_conviction_voting::Pallet::<T>::vote(origin, poll, to)?;
        }
        let lowered = Lowered { from: vote.balance(), to: to.balance(), weight: Self::weight_of_vote() };
        Self::tell(who, class.clone(), Some(poll), &lowered);
        Ok(Some(lowered))
    }

    /// Returns what was done, if there was something to lower.
    fn lower_delegation(
        who: &T::AccountId,
        class: ClassOf<T>,
        delegating: DelegatingOf<T>,
        power: Balance,
    ) -> Result<Option<Lowered>, DispatchError> {
        let Delegating { balance, target, conviction, .. } = delegating;
        if balance <= power {
            return Ok(None);
        }
        let origin = || RawOrigin::Signed(who.clone()).into();
        let mut weight = <T as Config>::WeightInfo::power();
        // Each says what it did, by the votes that it found.
        let mut add = |done: PostDispatchInfo, most: Weight| {
            weight = weight.saturating_add(done.actual_weight.unwrap_or(most));
        };
        let most = Self::most_votes();
        let taken = pallet_conviction_voting::Pallet::<T>::undelegate(origin(), class.clone())
            .map_err(|refused| refused.error)?;
        add(taken, VotingWeight::<T>::undelegate(most));
        if power > 0 {
            let target = T::Lookup::unlookup(target);
            let given = pallet_conviction_voting::Pallet::<T>::delegate(
                origin(),
                class.clone(),
                target,
                conviction,
                power,
            )
            .map_err(|refused| refused.error)?;
            add(given, VotingWeight::<T>::delegate(most));
        }
        let lowered = Lowered { from: balance, to: power, weight };
        Self::tell(who, class, None, &lowered);
        Ok(Some(lowered))
    }

    fn tell(who: &T::AccountId, class: ClassOf<T>, poll: Option<PollIndexOf<T>>, lowered: &Lowered) {
        let (who, Lowered { from, to, .. }) = (who.clone(), *lowered);
        Self::deposit_event(Event::VoteLowered { who, class, poll, from, to });
    }

    /// Stake of `who` fell, as far as the book knows.
    pub(crate) fn fell(who: &T::AccountId) {
        // Whoever votes with anything has a lock.
        if !ClassLocksFor::<T>::get(who).is_empty() {
            Self::enqueue(who);
        }
    }

    /// Queues the votes of `who` for a refresh in the next idle blocks. With a full queue they stay until somebody
    /// calls `refresh_vote`.
    pub fn enqueue(who: &T::AccountId) {
        if Stale::<T>::contains_key(who) {
            return;
        }
        if Stale::<T>::count() >= T::MaxStale::get() {
            return Self::deposit_event(Event::QueueFull { who: who.clone() });
        }
        Stale::<T>::insert(who, ());
    }

    /// Lowers the votes of queued accounts, as far as the weight goes. An account that is not done stays queued: what was
    /// lowered is not lowered again.
    pub(crate) fn work_off(meter: &mut WeightMeter) {
        let weights = <T as frame_system::Config>::DbWeight::get();
        while meter.try_consume(weights.reads_writes(2, 2)).is_ok() {
            let Some(who) = Stale::<T>::iter_keys().next() else { return };
            if !Self::lower_all(&who, meter) {
                return;
            }
            Stale::<T>::remove(&who);
        }
    }

    /// Returns whether all was done.
    fn lower_all(who: &T::AccountId, meter: &mut WeightMeter) -> bool {
        if meter.try_consume(<T as Config>::WeightInfo::power()).is_err() {
            return false;
        }
        let power = Self::power(who);
        let classes: Vec<_> = ClassLocksFor::<T>::get(who).into_iter().map(|(class, _)| class).collect();
        classes.into_iter().all(|class| Self::lower_class(who, class, power, meter))
    }

    fn lower_class(who: &T::AccountId, class: ClassOf<T>, power: Balance, meter: &mut WeightMeter) -> bool {
        if meter.try_consume(<T as Config>::WeightInfo::power()).is_err() {
            return false;
        }
        let (votes, delegations) = match VotingFor::<T>::get(who, &class) {
            Voting::Delegating(delegating) if delegating.balance <= power => return true,
            Voting::Delegating(delegating) => {
                let read = <T as frame_system::Config>::DbWeight::get().reads(1);
                if meter.try_consume(read).is_err() {
                    return false;
                }
                let votes = Self::votes_of(&delegating.target, &class);
                return meter.try_consume(Self::weight_of_delegation(votes)).is_ok()
                    && Self::apart(|| Self::lower_delegation(who, class, delegating, power));
            }
            Voting::Casting(Casting { votes, delegations, .. }) => (votes, delegations),
        };
        votes.into_iter().filter(|(_, vote)| vote.balance() > power).all(|(poll, vote)| {
            meter.try_consume(Self::weight_of_vote()).is_ok()
                && Self::apart(|| Self::lower_vote(who, &class, poll, vote, delegations, power))
        })
    }

    /// One vote that could not be lowered must not keep the others waiting, nor leave anything half done.
    fn apart(lower: impl FnOnce() -> Result<Option<Lowered>, DispatchError>) -> bool {
        with_storage_layer(lower).defensive_unwrap_or_default();
        true
    }
}

#[cfg(test)]
mod unit {
    use super::*;
    use pallet_conviction_voting::{Conviction, Vote};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lowering_should_be_free_from_a_tenth_on(from in 1..u128::MAX, part in 0u128..=200) {
            let less = from / 10 / 100 * part;
            let to = from - less;
            prop_assert_eq!(is_free(from, to), less > 0 && less >= from.div_ceil(10));
            // All of it always is, and nothing never.
            prop_assert!(is_free(from, 0) && !is_free(from, from));
        }

        #[test]
        fn lowered_votes_should_fit_and_keep_their_shape(
            aye in 0..u128::MAX / 4,
            nay in 0..u128::MAX / 4,
            abstain in 0..u128::MAX / 4,
            power in 0..u128::MAX,
        ) {
            let vote = Vote { aye: true, conviction: Conviction::Locked3x };
            for vote in [
                AccountVote::Standard { vote, balance: aye },
                AccountVote::Split { aye, nay },
                AccountVote::SplitAbstain { aye, nay, abstain },
            ] {
                let to = lowered(vote, power);
                prop_assert!(to.balance() <= vote.balance().min(power));
                // Nothing is lost but for rounding.
                prop_assert!(to.balance() + 2 >= vote.balance().min(power));
                prop_assert_eq!(to.as_standard(), vote.as_standard());
                if vote.balance() <= power {
                    prop_assert_eq!(to, vote);
                }
            }
        }
    }
}
