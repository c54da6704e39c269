//! What voting weighs here: as the voting pallet measured it, and what our electorate reads besides.

use crate::weights::WeightInfo;
use core::marker::PhantomData;
use frame_support::weights::Weight;
use pallet_conviction_voting::WeightInfo as VotingWeightInfo;

/// The voting pallet's weights `V` and what `G` takes to know a power or to set a lock on top of what is payable.
pub struct VotingWeights<V, G>(PhantomData<(V, G)>);

impl<V: VotingWeightInfo, G: WeightInfo> VotingWeightInfo for VotingWeights<V, G> {
    fn vote_new() -> Weight {
        V::vote_new().saturating_add(G::power())
    }
    fn vote_existing() -> Weight {
        V::vote_existing().saturating_add(G::power())
    }
    // Neither asks for a power nor sets a lock.
    fn remove_vote() -> Weight {
        V::remove_vote()
    }
    fn remove_other_vote() -> Weight {
        V::remove_other_vote()
    }
    fn delegate(votes: u32) -> Weight {
        V::delegate(votes).saturating_add(G::power())
    }
    fn undelegate(votes: u32) -> Weight {
        V::undelegate(votes).saturating_add(G::power())
    }
    fn unlock() -> Weight {
        V::unlock().saturating_add(G::power())
    }
}
