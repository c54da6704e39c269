//! Seeds of channels: from the VRF of the block after the one that opened them, so that nobody could choose the noise
//! when the channel was opened. One value a block, whatever the number of channels.

use crate::{
    pallet::*,
    types::{Channel, OpeningBlock},
};
use frame_support::{dispatch::DispatchResult, traits::Get, weights::Weight};
use souk_primitives::{hash, BlockNumber, ChannelId, Digest};

use crate::WeightInfo;

impl<T: Config> Pallet<T> {
    /// Counts a channel that is opened in this block.
    pub(crate) fn remember_opening(block: BlockNumber) -> DispatchResult {
        let mut opening = SeedAt::<T>::get(block);
        if opening.channels == 0 {
            Unseeded::<T>::try_append(block).map_err(|_| Error::<T>::BeaconMissing)?;
        }
        opening.channels = opening.channels.saturating_add(1);
        SeedAt::<T>::insert(block, opening);
        Ok(())
    }

    /// Forgets a channel that was opened in `block`.
    pub(crate) fn forget_opening(block: BlockNumber) {
        let mut opening = SeedAt::<T>::get(block);
        opening.channels = opening.channels.saturating_sub(1);
        if opening.channels == 0 {
            SeedAt::<T>::remove(block);
        } else {
            SeedAt::<T>::insert(block, opening);
        }
    }

    /// In block `n` the VRF of `n − 1` is known: it fixes the seeds of the channels that were opened in `n − 2`, and of
    /// earlier ones if a VRF was missing.
    pub(crate) fn fix_seeds() -> Weight {
        let waiting = Unseeded::<T>::get();
        if waiting.is_empty() {
            return T::WeightInfo::seeds(0);
        }
        let now = Self::block();
        if let Some(vrf) = T::Vrf::get() {
            let mut rest = waiting.clone();
            rest.retain(|block| {
                let ready = block.saturating_add(2) <= now;
                if ready {
                    SeedAt::<T>::mutate(block, |opening| opening.vrf = Some(vrf));
                }
                !ready
            });
            Unseeded::<T>::put(rest);
        }
        T::WeightInfo::seeds(u32::try_from(waiting.len()).unwrap_or(MAX_UNSEEDED))
    }

    /// The channel's seed: `H(vrf ‖ channel id)`, once the VRF is known.
    pub fn seed(id: &ChannelId, channel: &Channel) -> Option<Digest> {
        let OpeningBlock { vrf, .. } = SeedAt::<T>::get(channel.opened_at);
        vrf.map(|vrf| hash(&[&vrf, id]))
    }
}
