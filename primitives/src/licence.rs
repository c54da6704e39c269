//! Use rights: what an offer grants, for which purposes, and what a licence keeps of it.

use crate::{AccountId, Balance, BlockNumber, Digest, ListingId, VersionId};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::{bounded::BoundedVec, ConstU32};

/// Most accounts that one licence serves, its holder included.
pub const MAX_SEATS: u32 = 64;
/// Largest share of a referrer, in millionths: 5 %.
pub const MAX_REFERRAL: u32 = 50_000;
/// Largest share of a metered offer, in millionths: 50 %.
pub const MAX_METERED: u32 = 500_000;
/// Longest lease, in live blocks: 100 years of 3 s.
pub const MAX_LEASE: BlockNumber = 1_051_200_000;

/// Where something is, UTF-8.
pub type Uri = BoundedVec<u8, ConstU32<256>>;

/// What something may be used for: bit flags.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Purposes(pub u16);

impl Purposes {
    /// Research that earns nothing.
    pub const RESEARCH: Self = Purposes(1);
    /// Use in a business.
    pub const COMMERCIAL: Self = Purposes(2);
    /// Training or tuning a model with it.
    pub const TRAINING: Self = Purposes(4);
    /// Running it.
    pub const INFERENCE: Self = Purposes(8);
    /// Passing it on.
    pub const REDISTRIBUTION: Self = Purposes(16);
    /// Making something that derives from it.
    pub const DERIVATIVE: Self = Purposes(32);
    /// All of them.
    pub const ALL: Self = Purposes(63);

    /// Both.
    pub const fn and(self, other: Self) -> Self {
        Purposes(self.0 | other.0)
    }

    /// Whether it names at least one purpose and only known ones.
    pub fn is_valid(self) -> bool {
        self.0 != 0 && self.0 & !Self::ALL.0 == 0
    }

    /// Whether every purpose of `asked` is in it. Asking for nothing is never granted.
    pub fn allow(self, asked: Self) -> bool {
        asked.is_valid() && self.0 & asked.0 == asked.0
    }
}

/// For how long, or against what.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Grant {
    /// For ever.
    Perpetual,
    /// For a time, which can be renewed.
    Lease {
        /// Live blocks.
        period: BlockNumber,
    },
    /// For serving it: the publisher gets a share of every settled call.
    Metered {
        /// In millionths of what the consumer paid.
        share: u32,
    },
}

/// The terms of use, kept elsewhere.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Terms {
    /// Where they are; may be empty.
    pub uri: Uri,
    /// blake2-256 of them: what a buyer agrees to.
    pub digest: Digest,
}

/// What is sold, and for how much. Immutable: it is withdrawn and another one added.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Offer {
    /// For how long.
    pub grant: Grant,
    /// In units.
    pub price: Balance,
    /// For what at most.
    pub purposes: Purposes,
    /// How many accounts may use it, the holder included.
    pub seats: u32,
    /// Whether the holder may give the licence to somebody else.
    pub transferable: bool,
    /// Live blocks in which the seller delivers.
    pub deliver_within: BlockNumber,
    /// Share of whom the buyer names as referrer, in millionths of what the protocol leaves.
    pub referral: u32,
    /// The terms of use.
    pub terms: Terms,
}

/// Why an offer can't be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadOffer {
    /// No purpose, or an unknown one.
    Purposes,
    /// No seat, or too many.
    Seats,
    /// A lease of no time or of more than a century.
    Period,
    /// A metered share of more than half; or a metered offer that could change hands: its holder is whom channels ask for
    /// the publisher's share.
    Metered,
    /// A referrer's share of more than 5 %.
    Referral,
    /// No time to deliver.
    Delivery,
    /// The address of the terms is not UTF-8.
    Terms,
}

impl Offer {
    /// `H(SCALE(offer))`.
    pub fn digest(&self) -> Digest {
        sp_crypto_hashing::blake2_256(&self.encode())
    }

    /// Whether it can be made.
    pub fn check(&self) -> Result<(), BadOffer> {
        if !self.purposes.is_valid() {
            return Err(BadOffer::Purposes);
        }
        if !(1..=MAX_SEATS).contains(&self.seats) {
            return Err(BadOffer::Seats);
        }
        match self.grant {
            Grant::Perpetual => (),
            Grant::Lease { period } if (1..=MAX_LEASE).contains(&period) => (),
            Grant::Lease { .. } => return Err(BadOffer::Period),
            Grant::Metered { share } if share <= MAX_METERED && !self.transferable && self.seats == 1 => (),
            Grant::Metered { .. } => return Err(BadOffer::Metered),
        }
        if self.referral > MAX_REFERRAL {
            return Err(BadOffer::Referral);
        }
        if self.deliver_within == 0 {
            return Err(BadOffer::Delivery);
        }
        core::str::from_utf8(&self.terms.uri).map_err(|_| BadOffer::Terms)?;
        Ok(())
    }
}

/// A use right that was paid for: the receipt of consent to its purpose under its terms. Nothing revokes it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Licence {
    /// What may be used.
    pub listing: ListingId,
    /// Which version of it was bought.
    pub version: VersionId,
    /// Who holds it.
    pub holder: AccountId,
    /// For what.
    pub purpose: Purposes,
    /// The terms that the buyer agreed to.
    pub terms_digest: Digest,
    /// For how long, as the offer said.
    pub grant: Grant,
    /// Live block in which it was issued.
    pub issued_at: BlockNumber,
    /// Last live block of a lease.
    pub expires_at: Option<BlockNumber>,
    /// Whether the holder may give it away.
    pub transferable: bool,
    /// How many accounts may use it, the holder included.
    pub seats: u32,
}

impl Licence {
    /// Whether it is good in live block `now`.
    pub fn is_live(&self, now: BlockNumber) -> bool {
        self.expires_at.is_none_or(|last| now <= last)
    }

    /// Last live block after a renewal in `now`: a period more than what is left, never less than one from now. `None`
    /// for what is no lease or would outlast the counter.
    pub fn renewed(&self, period: BlockNumber, now: BlockNumber) -> Option<BlockNumber> {
        self.expires_at?.max(now).checked_add(period)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn offer() -> Offer {
        Offer {
            grant: Grant::Perpetual,
            price: 5,
            purposes: Purposes::RESEARCH.and(Purposes::INFERENCE),
            seats: 1,
            transferable: false,
            deliver_within: 100,
            referral: 0,
            terms: Terms::default(),
        }
    }

    #[test]
    fn offers_should_be_checked() {
        assert_eq!(offer().check(), Ok(()));
        for (bad, why) in [
            (Offer { purposes: Purposes(0), ..offer() }, BadOffer::Purposes),
            (Offer { purposes: Purposes(64), ..offer() }, BadOffer::Purposes),
            (Offer { seats: 0, ..offer() }, BadOffer::Seats),
            (Offer { seats: MAX_SEATS + 1, ..offer() }, BadOffer::Seats),
            (Offer { grant: Grant::Lease { period: 0 }, ..offer() }, BadOffer::Period),
            (Offer { grant: Grant::Lease { period: MAX_LEASE + 1 }, ..offer() }, BadOffer::Period),
            (Offer { grant: Grant::Metered { share: MAX_METERED + 1 }, ..offer() }, BadOffer::Metered),
            (Offer { grant: Grant::Metered { share: 1 }, transferable: true, ..offer() }, BadOffer::Metered),
            (Offer { grant: Grant::Metered { share: 1 }, seats: 2, ..offer() }, BadOffer::Metered),
            (Offer { referral: MAX_REFERRAL + 1, ..offer() }, BadOffer::Referral),
            (Offer { deliver_within: 0, ..offer() }, BadOffer::Delivery),
            (
                Offer { terms: Terms { uri: vec![0xff].try_into().unwrap(), digest: [0; 32] }, ..offer() },
                BadOffer::Terms,
            ),
        ] {
            assert_eq!(bad.check(), Err(why), "{bad:?}");
        }
    }

    #[test]
    fn every_field_should_change_the_digest() {
        let offers = [
            offer(),
            Offer { grant: Grant::Lease { period: 1 }, ..offer() },
            Offer { grant: Grant::Metered { share: 1 }, ..offer() },
            Offer { price: 6, ..offer() },
            Offer { purposes: Purposes::RESEARCH, ..offer() },
            Offer { seats: 2, ..offer() },
            Offer { transferable: true, ..offer() },
            Offer { deliver_within: 101, ..offer() },
            Offer { referral: 1, ..offer() },
            Offer { terms: Terms { uri: Uri::default(), digest: [1; 32] }, ..offer() },
        ];
        let digests: std::collections::BTreeSet<Digest> = offers.iter().map(Offer::digest).collect();
        assert_eq!(digests.len(), offers.len());
    }

    proptest! {
        #[test]
        fn a_purpose_should_be_allowed_iff_all_of_it_is(granted: u16, asked: u16) {
            let each = (0..16).all(|bit| asked & (1 << bit) == 0 || granted & (1 << bit) != 0);
            let known = asked != 0 && asked < 64;
            prop_assert_eq!(Purposes(granted).allow(Purposes(asked)), each && known);
        }

        #[test]
        fn renewals_should_add_a_period(expires in 0u32..1 << 30, now in 0u32..1 << 30, period in 1u32..1 << 30) {
            let licence = Licence {
                listing: 0,
                version: 0,
                holder: AccountId::new([0; 32]),
                purpose: Purposes::RESEARCH,
                terms_digest: [0; 32],
                grant: Grant::Lease { period },
                issued_at: 0,
                expires_at: Some(expires),
                transferable: false,
                seats: 1,
            };
            let renewed = licence.renewed(period, now).unwrap();
            prop_assert!(renewed >= expires + period && renewed >= now + period);
            prop_assert!(renewed == expires + period || !licence.is_live(now) || expires == now);
            prop_assert_eq!(Licence { expires_at: None, ..licence }.renewed(period, now), None);
        }
    }
}
