//! The ring of the last blocks' VRFs and authors, and the windows that are read from it.

use crate::{
    types::{BeaconEntry, RING},
    BeaconRing, Config, Keys, LastAuthor, Pallet,
};
use alloc::{collections::BTreeSet, vec::Vec};
use frame_support::traits::Get;
use souk_primitives::{AccountId, BlockNumber, Digest};

/// Blocks after which a window that could not be completed begins anew: well before the ring overwrites its start.
pub(crate) const RESTART: BlockNumber = 200;
/// Longest window.
const MAX_WINDOW: u32 = 64;

impl<T: Config> Pallet<T> {
    /// Writes down the parent block. Its VRF is known only now; its author was noted in its own `on_initialize`.
    pub(crate) fn note_beacon(now: BlockNumber) {
        let author = match T::Author::get() {
            Some(author) => LastAuthor::<T>::mutate(|last| last.replace(author)),
            None => LastAuthor::<T>::take(),
        };
        let Some(block) = now.checked_sub(1) else { return };
        Self::note_past(block, T::Beacon::get(), author);
    }

    /// Writes down a block.
    pub(crate) fn note_past(block: BlockNumber, vrf: Option<Digest>, author: Option<AccountId>) {
        BeaconRing::<T>::insert(Self::slot(block), BeaconEntry { block, vrf, author });
    }

    /// Blocks of a window.
    pub(crate) fn window_blocks() -> u32 {
        T::Window::get().clamp(1, MAX_WINDOW)
    }

    /// The VRFs of the window that begins after `from`: as many as a window has blocks, and more until enough
    /// different authors made them. Blocks without a VRF don't count. `None` while it is not complete.
    pub(crate) fn window(from: BlockNumber, now: BlockNumber) -> Option<Vec<Digest>> {
        let wanted = usize::try_from(Self::window_blocks()).unwrap_or(usize::MAX);
        // One author alone could withhold every hit of a window.
        let authors_wanted = usize::try_from(Keys::<T>::count()).unwrap_or(usize::MAX).clamp(1, 2);
        let mut vrfs = Vec::new();
        let mut authors = BTreeSet::new();
        let end = now.min(from.saturating_add(RING));
        for block in from.saturating_add(1)..end {
            let Some(entry) = BeaconRing::<T>::get(Self::slot(block)) else { continue };
            let (true, Some(vrf)) = (entry.block == block, entry.vrf) else { continue };
            vrfs.push(vrf);
            authors.extend(entry.author);
            if vrfs.len() >= wanted && authors.len() >= authors_wanted {
                return Some(vrfs);
            }
        }
        None
    }

    fn slot(block: BlockNumber) -> u32 {
        block.checked_rem(RING).unwrap_or(0)
    }
}
