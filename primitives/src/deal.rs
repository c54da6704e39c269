//! The money of a purchase: what each side puts on hold, how long it has, and who gets what in the end.
//!
//! Every rule adds up to what went in, and rounds against the one who is paid the rest.

use crate::{split::share, Balance, BlockNumber, SOUK};
use alloc::vec::Vec;

/// Bytes that a side is given a live block for: 1 MiB/s at 3 s a block.
pub const BYTES_PER_BLOCK: u64 = 3 << 20;
/// Least and most that a copy costs both sides which is not accepted.
pub const HANDLING: (Balance, Balance) = (SOUK / 100, 10 * SOUK);
/// Handling as a share of the price, in millionths: 1 %.
pub const HANDLING_SHARE: u32 = 10_000;
/// Complaint deposit as a share of the price, in millionths: 5 %.
pub const COMPLAINT_SHARE: u32 = 50_000;
/// Seller's bond as a share of the price, in millionths: 20 %.
pub const BOND_SHARE: u32 = 200_000;
/// Most that fee, royalties and referral take together, in millionths of the price: 90 %.
pub const MAX_TAKEN: u32 = 900_000;

/// Live blocks for something that has to be done with `size` bytes: a base, and what moving them takes.
pub fn window(base: BlockNumber, size: u64) -> BlockNumber {
    let moving = u32::try_from(size.div_ceil(BYTES_PER_BLOCK)).unwrap_or(BlockNumber::MAX);
    base.saturating_add(moving)
}

/// What both sides lose when a copy is not accepted: withholding bytes and withholding acceptance look alike on chain.
pub fn handling(price: Balance) -> Balance {
    let (least, most) = HANDLING;
    share(price, HANDLING_SHARE).clamp(least, most)
}

/// What a buyer puts on hold beside the price. It always carries the handling.
pub fn complaint_deposit(price: Balance) -> Balance {
    share(price, COMPLAINT_SHARE).max(HANDLING.0)
}

/// What a seller puts on hold when it offers a copy: enough for the handling, and three times what the largest complaint
/// costs, so that complaining about the cheapest copy pays.
pub fn seller_bond(price: Balance, complaint_fee: Balance) -> Balance {
    share(price, BOND_SHARE).max(complaint_fee.saturating_mul(3)).max(handling(price))
}

/// What goes where when a copy is not accepted in time, or is rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unaccepted {
    /// Back to the buyer.
    pub refund: Balance,
    /// Back to the seller.
    pub bond: Balance,
    /// Burnt from each of the two.
    pub burnt: Balance,
}

/// Splits both stakes of a purchase whose copy was not accepted.
pub fn unaccepted(price: Balance, deposit: Balance, bond: Balance) -> Unaccepted {
    let burnt = handling(price).min(deposit).min(bond);
    let refund = price.saturating_add(deposit).saturating_sub(burnt);
    Unaccepted { refund, bond: bond.saturating_sub(burnt), burnt }
}

/// Shares that are agreed when a purchase is made, in millionths.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Shares {
    /// Of the price, to the protocol: half burnt, half to the treasury.
    pub protocol: u32,
    /// Of what the protocol leaves, to each parent.
    pub royalties: Vec<u32>,
    /// Of what the protocol leaves, to the referrer; 0 without one.
    pub referral: u32,
}

/// Who gets what of a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settlement {
    /// Burnt.
    pub burnt: Balance,
    /// To the treasury.
    pub treasury: Balance,
    /// To each parent, in the order of the shares.
    pub royalties: Vec<Balance>,
    /// To the referrer.
    pub referral: Balance,
    /// To the owner: the rest, at least a tenth.
    pub owner: Balance,
}

impl Shares {
    /// Splits a price: the protocol's fee first, of what is left the royalties in their order, then the referral, each
    /// floored; all of them together take at most 90 %. The rest is the owner's, so that the parts always add up.
    pub fn settle(&self, price: Balance) -> Settlement {
        let mut room = share(price, MAX_TAKEN);
        let mut take = |wanted: Balance| {
            let taken = wanted.min(room);
            room = room.saturating_sub(taken);
            taken
        };
        let fee = take(share(price, self.protocol));
        let left = price.saturating_sub(fee);
        let royalties: Vec<Balance> = self.royalties.iter().map(|part| take(share(left, *part))).collect();
        let referral = take(share(left, self.referral));
        let treasury = fee.checked_div(2).unwrap_or(0);
        let taken = royalties.iter().fold(referral, |sum, part| sum.saturating_add(*part));
        Settlement {
            burnt: fee.saturating_sub(treasury),
            treasury,
            royalties,
            referral,
            owner: left.saturating_sub(taken),
        }
    }
}

/// Who gets what of a publisher's share of settled calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metered {
    /// To each parent, in the order of their royalties.
    pub royalties: Vec<Balance>,
    /// To the publisher: the rest of its share.
    pub publisher: Balance,
}

impl Metered {
    /// All of it.
    pub fn total(&self) -> Balance {
        self.royalties.iter().fold(self.publisher, |sum, part| sum.saturating_add(*part))
    }
}

/// What a publisher gets of a batch of `value` that was paid for serving its listing: its share of the whole, at most
/// `left`, which is what the fees leave the provider. The protocol's fee was taken from the whole batch.
pub fn metered_due(value: Balance, left: Balance, share_millionths: u32) -> Balance {
    share(value, share_millionths).min(left)
}

/// Splits what became due to a publisher: the parents get their royalties of it.
pub fn metered(due: Balance, royalties: &[u32]) -> Metered {
    let split = Shares { protocol: 0, royalties: royalties.to_vec(), referral: 0 }.settle(due);
    Metered { royalties: split.royalties, publisher: split.owner }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::MAX_SIZE;
    use proptest::prelude::*;

    fn sum(split: &Settlement) -> Balance {
        let parts = [split.burnt, split.treasury, split.referral, split.owner];
        parts.iter().chain(&split.royalties).try_fold(0u128, |sum, part| sum.checked_add(*part)).unwrap()
    }

    #[test]
    fn windows_should_grow_with_the_size() {
        assert_eq!(window(1_200, 1), 1_201);
        assert_eq!(window(1_200, BYTES_PER_BLOCK), 1_201);
        assert_eq!(window(1_200, BYTES_PER_BLOCK + 1), 1_202);
        // 10 GiB at 1 MiB/s: nearly three hours.
        assert_eq!(window(1_200, 10 << 30), 1_200 + 3_414);
        assert_eq!(window(u32::MAX, MAX_SIZE), u32::MAX);
    }

    #[test]
    fn stakes_should_be_as_the_design_says() {
        let prices = [0, SOUK, 100 * SOUK, 10_000 * SOUK];
        assert_eq!(prices.map(handling), [SOUK / 100, SOUK / 100, SOUK, 10 * SOUK]);
        assert_eq!(prices.map(complaint_deposit), [SOUK / 100, SOUK / 20, 5 * SOUK, 500 * SOUK]);
        assert_eq!(
            prices.map(|price| seller_bond(price, SOUK / 10)),
            [3 * SOUK / 10, 3 * SOUK / 10, 20 * SOUK, 2_000 * SOUK]
        );
    }

    #[test]
    fn settlement_should_take_fee_royalties_and_referral_in_that_order() {
        let shares = Shares { protocol: 10_000, royalties: vec![100_000, 50_000], referral: 50_000 };
        let split = shares.settle(1_000_000);
        let expected = Settlement {
            burnt: 5_000,
            treasury: 5_000,
            royalties: vec![99_000, 49_500],
            referral: 49_500,
            owner: 792_000,
        };
        assert_eq!(split, expected);
    }

    #[test]
    fn what_exceeds_the_cap_should_stay_with_the_owner() {
        let shares = Shares { protocol: 100_000, royalties: vec![800_000, 400_000], referral: 50_000 };
        let split = shares.settle(1_000);
        assert_eq!((split.royalties, split.referral, split.owner), (vec![720, 80], 0, 100));
    }

    proptest! {
        #[test]
        fn settlement_should_add_up_and_leave_the_owner_a_tenth(
            price: u128,
            protocol in 0u32..=1_000_000,
            royalties in prop::collection::vec(0u32..=1_000_000, 0..5),
            referral in 0u32..=1_000_000,
        ) {
            let split = Shares { protocol, royalties: royalties.clone(), referral }.settle(price);
            prop_assert_eq!(sum(&split), price);
            prop_assert!(split.owner >= price - share(price, MAX_TAKEN));
            prop_assert_eq!(split.royalties.len(), royalties.len());
            prop_assert!(split.burnt >= split.treasury && split.burnt - split.treasury <= 1);
            for (paid, part) in split.royalties.iter().zip(&royalties) {
                prop_assert!(*paid <= share(price, *part));
            }
        }

        #[test]
        fn within_the_limits_everyone_should_get_its_share(
            price: u128,
            protocol in 0u32..=100_000,
            royalties in prop::collection::vec(0u32..=125_000, 0..5),
            referral in 0u32..=50_000,
        ) {
            let split = Shares { protocol, royalties: royalties.clone(), referral }.settle(price);
            let left = price - share(price, protocol);
            prop_assert_eq!(split.referral, share(left, referral));
            for (paid, part) in split.royalties.iter().zip(&royalties) {
                prop_assert_eq!(*paid, share(left, *part));
            }
        }

        #[test]
        fn both_stakes_should_carry_the_handling(price in 0u128..1 << 100, fee in 0u128..1 << 60) {
            let (deposit, bond) = (complaint_deposit(price), seller_bond(price, fee));
            let end = unaccepted(price, deposit, bond);
            prop_assert_eq!(end.burnt, handling(price));
            prop_assert_eq!(end.refund + end.burnt, price + deposit);
            prop_assert_eq!(end.bond + end.burnt, bond);
            prop_assert!(end.refund >= price);
            prop_assert!(bond >= 3 * fee && bond >= share(price, BOND_SHARE));
        }

        #[test]
        fn metered_share_should_come_out_of_what_is_left(
            value: u128,
            left: u128,
            part in 0u32..=500_000,
            royalties in prop::collection::vec(0u32..=125_000, 0..5),
        ) {
            let due = metered_due(value, left, part);
            prop_assert!(due <= left && due <= value);
            let split = metered(due, &royalties);
            prop_assert_eq!(split.total(), due);
            prop_assert!(split.publisher * 2 + 8 >= split.total());
        }
    }
}
