//! Taking a listing off: for which reasons, and what the side that was wrong loses.

use crate::{split::share, Balance};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Number of a case against a listing, counted from 0 over all listings; never used again.
pub type CaseId = u32;

/// Why a listing is taken off. The bytes are fixed: a new reason gets the next one.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum DelistReason {
    /// What the evidence says.
    #[codec(index = 0)]
    Other,
    /// It may not be possessed or spread.
    #[codec(index = 1)]
    IllegalContent,
    /// It is somebody else's work, or breaks the licence of what it derives from.
    #[codec(index = 2)]
    Infringement,
    /// It harms whoever runs it.
    #[codec(index = 3)]
    Malware,
    /// It takes money for nothing.
    #[codec(index = 4)]
    Fraud,
    /// It is not what its text says.
    #[codec(index = 5)]
    Misleading,
    /// A court ordered it.
    #[codec(index = 6)]
    CourtOrder,
}

/// What becomes of the stake of the side that was wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Forfeit {
    /// To the other side.
    pub winner: Balance,
    /// Burnt: at least half, so that a friend on the other side can't save the stake.
    pub burnt: Balance,
}

/// Splits a lost stake; without somebody on the other side all of it is burnt.
pub fn forfeit(stake: Balance, has_winner: bool) -> Forfeit {
    let winner = if has_winner { share(stake, 500_000) } else { 0 };
    Forfeit { winner, burnt: stake.saturating_sub(winner) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reasons_should_keep_their_bytes() {
        use DelistReason::*;
        let all = [Other, IllegalContent, Infringement, Malware, Fraud, Misleading, CourtOrder];
        let bytes: Vec<u8> = all.iter().flat_map(|reason| reason.encode()).collect();
        assert_eq!(bytes, [0, 1, 2, 3, 4, 5, 6]);
        assert!(DelistReason::decode(&mut &[7u8][..]).is_err());
    }

    proptest! {
        #[test]
        fn a_lost_stake_should_add_up_and_burn_at_least_half(stake: u128, has_winner: bool) {
            let lost = forfeit(stake, has_winner);
            prop_assert_eq!(lost.winner.checked_add(lost.burnt), Some(stake));
            prop_assert_eq!(lost.winner, if has_winner { stake / 2 } else { 0 });
            prop_assert!(lost.burnt >= lost.winner);
        }
    }
}
