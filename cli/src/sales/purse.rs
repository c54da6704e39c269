//! Whether a buyer can pay for what it may have to do. A complaint that can't be paid for costs the whole price, and a
//! seller sees on the chain who could not pay for one; price and deposit are on hold and pay no fees. Pure.

use super::record::Facts;
use souk_primitives::{deal, purchase::Stage, Balance, BlockNumber, Digest};

/// What fees are reckoned at when something is ordered, as a multiple of what they cost now: full blocks make them five
/// times as dear within a day, and an attempt that fails costs as much as one that does not.
const RISE: Balance = 8;
/// The same when a copy is accepted: until a complaint it is hours.
const LEAST: Balance = 2;

/// A buyer's money and what its steps cost now, in units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purse {
    /// What may be spent or put on hold.
    pub free: Balance,
    /// Fee of an order.
    pub order: Balance,
    /// Fee of accepting a copy.
    pub accept: Balance,
    /// Fee of the largest complaint.
    pub complaint: Balance,
}

impl Purse {
    /// What it takes to order something of `size` bytes at `price` beside the `open` purchases of the account, and to see
    /// all of them through.
    pub fn to_order(&self, price: Balance, size: u64, open: &[Facts]) -> Balance {
        let others = open.iter().map(|other| {
            let stage = other.seen.as_ref().map(|view| &view.stage);
            match (other.purchase, stage) {
                (None, _) => self.whole(other.price, other.size),
                (Some(_), Some(Stage::Ended { .. })) => 0,
                _ if other.size == 0 => 0,
                (Some(_), Some(Stage::Accepted { .. } | Stage::Revealed { .. })) => {
                    self.complaint.saturating_mul(RISE)
                }
                (Some(_), _) => self.accept.saturating_add(self.complaint).saturating_mul(RISE),
            }
        });
        others.fold(self.whole(price, size), Balance::saturating_add)
    }

    /// Price, deposit and fees of one purchase.
    fn whole(&self, price: Balance, size: u64) -> Balance {
        let (deposit, later) = match size {
            0 => (0, 0),
            _ => (deal::complaint_deposit(price), self.accept.saturating_add(self.complaint)),
        };
        let fees = self.order.saturating_add(later).saturating_mul(RISE);
        price.saturating_add(deposit).saturating_add(fees)
    }

    /// What is missing to accept the copy of the purchase with this one-time key at live block `now`, and to complain about
    /// it, without spending what the other `open` purchases need for a complaint. Of those that are on offer too, the one
    /// with the smaller key goes first.
    pub fn lacks(&self, key: &Digest, open: &[Facts], now: BlockNumber) -> Option<Balance> {
        let both = self.accept.saturating_add(self.complaint);
        let others = open.iter().filter(|other| other.order.buyer_key != *key).map(|other| {
            match other.seen.as_ref().map(|view| &view.stage) {
                Some(Stage::Accepted { .. } | Stage::Revealed { .. }) => self.complaint,
                Some(Stage::Offered { accept_by }) if now <= *accept_by && other.order.buyer_key < *key => {
                    both
                }
                _ => 0,
            }
        });
        let needs = others.fold(both, Balance::saturating_add).saturating_mul(LEAST);
        needs.checked_sub(self.free).filter(|missing| *missing > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sales::record::tests::facts;
    use souk_primitives::{licence::Purposes, views::PurchaseView, AccountId};
    use std::path::Path;

    const PURSE: Purse = Purse { free: 0, order: 1_000, accept: 100, complaint: 10 };

    /// What the chain shows of a purchase at this stage.
    fn seen(stage: Stage) -> PurchaseView {
        PurchaseView {
            id: [1; 32],
            buyer: AccountId::new([2; 32]),
            seller: AccountId::new([3; 32]),
            listing: 4,
            version: 0,
            offer: 0,
            purpose: Purposes::RESEARCH,
            terms_digest: [7; 32],
            price: 25,
            deposit: 0,
            bond: 0,
            referrer: None,
            content_root: [6; 32],
            size: 10,
            chunks: 1,
            buyer_key: [0; 32],
            ciphertext_root: None,
            key_commitment: None,
            sealed_key: None,
            ordered_at: 1,
            cancel_from: 1,
            stage,
            fault: None,
        }
    }

    fn at(key: u8, stage: Stage) -> Facts {
        let mut facts = facts(Path::new("out"));
        (facts.order.buyer_key, facts.purchase, facts.seen) = ([key; 32], Some([key; 32]), Some(seen(stage)));
        facts
    }

    const OFFERED: Stage = Stage::Offered { accept_by: 50 };
    const REVEALED: Stage = Stage::Revealed { complain_by: 70 };

    #[test]
    fn order_should_need_the_fees_of_all_open_purchases() {
        let price = 100_000;
        let alone = price + deal::complaint_deposit(price) + 8 * 1_110;
        assert_eq!(PURSE.to_order(price, 10, &[]), alone);
        assert_eq!(PURSE.to_order(price, 0, &[]), price + 8 * 1_000, "nobody complains about a service");
        let with = |other: Facts| PURSE.to_order(price, 10, &[other]) - alone;
        assert_eq!(with(at(1, Stage::Ordered { deliver_by: 40 })), 8 * 110);
        assert_eq!(with(at(1, OFFERED)), 8 * 110);
        assert_eq!(with(at(1, REVEALED)), 8 * 10);
        let sent = Facts { purchase: None, price, ..at(1, OFFERED) };
        assert_eq!(with(sent), alone, "its money may not be on hold yet");
    }

    #[test]
    fn copy_should_be_accepted_only_with_the_fee_of_a_complaint() {
        let lacks = |free, open: &[Facts]| Purse { free, ..PURSE }.lacks(&[5; 32], open, 50);
        assert_eq!((lacks(220, &[]), lacks(219, &[])), (None, Some(1)));
        // Its own facts are among them.
        assert_eq!(lacks(220, &[at(5, OFFERED)]), None);
        assert_eq!((lacks(240, &[at(9, REVEALED)]), lacks(239, &[at(9, REVEALED)])), (None, Some(1)));
        assert_eq!(lacks(220, &[at(1, OFFERED)]), Some(220), "one of two goes first");
        assert_eq!(lacks(220, &[at(9, OFFERED)]), None);
        assert_eq!(
            lacks(220, &[at(1, Stage::Offered { accept_by: 49 })]),
            None,
            "it is too late for that one"
        );
    }
}
