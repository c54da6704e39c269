//! What an upgrade to this runtime changes in storage.
//!
//! A migration stays here for the one release that runs it. The rehearsal's are those of its changed pallet, see
//! `rehearsal/` beside this crate's sources.

/// Runs in the block of the upgrade.
#[cfg(not(feature = "rehearsal"))]
pub type InTheBlock = ();
/// Runs in the block of the upgrade.
#[cfg(feature = "rehearsal")]
pub type InTheBlock = pallet_channels::rehearsal::Note<crate::Runtime>;

/// Runs in the blocks after it, in which nobody's transactions are taken.
#[cfg(not(feature = "rehearsal"))]
pub type OverBlocks = ();
/// Runs in the blocks after it, in which nobody's transactions are taken.
#[cfg(feature = "rehearsal")]
pub type OverBlocks = (pallet_channels::rehearsal::SumDeposits<crate::Runtime>,);
