//! Whether a seller can afford one more offer: an offer puts a bond on hold by itself, and a key that can't be revealed
//! for want of a fee costs that bond and all others. Pure.

use crate::chain::Purse;
use souk_primitives::{deal, purchase::Stage, views::PurchaseView, Balance, PurchaseId};

/// What fees are reckoned at, as a multiple of what they cost now. Full blocks make them five times as dear within a day,
/// and an attempt that fails costs as much as one that does not.
const RISE: Balance = 8;
/// The same below which the sales under way are in danger.
const DANGER: Balance = 2;
/// The same of the fee that bonds are measured by: the transaction's own checks, which are not part of it here.
const CHECKS: Balance = 2;

/// An account that has too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// Whether it is the proxy that lacks money for fees, and not the seller.
    pub is_proxy: bool,
    /// What the account needs, in units.
    pub needs: Balance,
    /// What it can spend.
    pub has: Balance,
}

/// The seller's money, and what it is needed for.
pub struct Till {
    purse: Purse,
    bonds: Balance,
    fees: Balance,
}

impl Till {
    /// Sets apart what the sales under way need: their bonds while their offers are on their way, and their fees.
    pub fn open(purse: Purse, sales: &[PurchaseView], is_on_its_way: impl Fn(&PurchaseId) -> bool) -> Self {
        let mut till = Self { purse, bonds: 0, fees: 0 };
        for sale in sales {
            match sale.stage {
                Stage::Ordered { .. } if is_on_its_way(&sale.id) => {
                    (till.bonds, till.fees) = till.with(sale.price);
                }
                Stage::Offered { .. } | Stage::Accepted { .. } => {
                    till.fees = till.fees.saturating_add(purse.reveal).saturating_add(purse.settle);
                }
                Stage::Revealed { .. } => till.fees = till.fees.saturating_add(purse.settle),
                Stage::Ordered { .. } | Stage::Ended { .. } => {}
            }
        }
        till
    }

    /// Bonds and fees with one more offer.
    fn with(&self, price: Balance) -> (Balance, Balance) {
        let Purse { offer, reveal, settle, complaint, .. } = self.purse;
        let bond = deal::seller_bond(price, complaint.saturating_mul(CHECKS));
        let fees = offer.saturating_add(reveal).saturating_add(settle);
        (self.bonds.saturating_add(bond), self.fees.saturating_add(fees))
    }

    /// What is lacking for the fees of the sales under way. Others may spend what was set apart for them.
    pub fn lack(&self) -> Option<Short> {
        let needs = self.fees.saturating_mul(DANGER);
        let has = self.purse.proxy.unwrap_or(self.purse.seller);
        (has < needs).then_some(Short { is_proxy: self.purse.proxy.is_some(), needs, has })
    }

    /// Sets apart what an offer at this price needs, up to the end of its sale, if all of it is there.
    pub fn take(&mut self, price: Balance) -> Result<(), Short> {
        let (bonds, fees) = self.with(price);
        let reserve = fees.saturating_mul(RISE);
        let (needs, has) = match self.purse.proxy {
            None => (bonds.saturating_add(reserve), self.purse.seller),
            Some(has) if has < reserve => return Err(Short { is_proxy: true, needs: reserve, has }),
            Some(_) => (bonds, self.purse.seller),
        };
        if has < needs {
            return Err(Short { is_proxy: false, needs, has });
        }
        (self.bonds, self.fees) = (bonds, fees);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::fake::{FakeChain, RICH};
    use souk_primitives::{content::Content, AccountId, SOUK};

    const PRICE: Balance = 100 * SOUK;
    const BOND: Balance = 20 * SOUK;
    const FEES: Balance = RISE * 30;

    fn sale(stage: Stage) -> PurchaseView {
        let fake = FakeChain::default();
        let id = fake.order(&Content::new([7; 32], 9).unwrap(), AccountId::new([1; 32]), [2; 32]);
        fake.with_purchase(id, |view| PurchaseView { stage, price: PRICE, ..view.clone() })
    }

    fn offers(purse: Purse, sales: &[PurchaseView], on_its_way: bool) -> usize {
        let mut till = Till::open(purse, sales, |_| on_its_way);
        (0..10).take_while(|_| till.take(PRICE).is_ok()).count()
    }

    #[test]
    fn offer_should_leave_the_fees_of_all_that_was_offered() {
        let with = |seller| Purse { seller, ..RICH };
        assert_eq!(offers(with(BOND + FEES), &[], false), 1);
        assert_eq!(offers(with(BOND + FEES - 1), &[], false), 0);
        assert_eq!(offers(with(3 * (BOND + FEES)), &[], false), 3);
        assert_eq!(offers(with(3 * (BOND + FEES) - 1), &[], false), 2);
        // What is under way has its bond on hold already, and needs its fees.
        let under_way = [
            sale(Stage::Offered { accept_by: 1 }),
            sale(Stage::Accepted { reveal_by: 1 }),
            sale(Stage::Revealed { complain_by: 1 }),
        ];
        assert_eq!(offers(with(BOND + FEES + RISE * 50), &under_way, false), 1);
        assert_eq!(offers(with(BOND + FEES + RISE * 50 - 1), &under_way, false), 0);
        // An offer that may still arrive needs its bond, too.
        let ordered = [sale(Stage::Ordered { deliver_by: 1 })];
        assert_eq!(offers(with(2 * (BOND + FEES) - 1), &ordered, false), 1);
        assert_eq!(offers(with(2 * (BOND + FEES) - 1), &ordered, true), 0);
    }

    #[test]
    fn proxy_should_pay_the_fees_and_the_seller_the_bond() {
        let purse = Purse { seller: 2 * BOND, proxy: Some(2 * FEES), ..RICH };
        assert_eq!(offers(purse, &[], false), 2);
        assert_eq!(offers(Purse { proxy: Some(2 * FEES - 1), ..purse }, &[], false), 1);
        let mut poor = Till::open(Purse { proxy: Some(5), ..purse }, &[], |_| false);
        assert_eq!(poor.take(PRICE), Err(Short { is_proxy: true, needs: FEES, has: 5 }));
        let mut poor = Till::open(Purse { seller: 7, ..purse }, &[], |_| false);
        assert_eq!(poor.take(PRICE), Err(Short { is_proxy: false, needs: BOND, has: 7 }));
    }

    #[test]
    fn fees_that_others_spent_should_be_missed() {
        let sales = [sale(Stage::Accepted { reveal_by: 1 }), sale(Stage::Ordered { deliver_by: 1 })];
        let lack = |purse| Till::open(purse, &sales, |_| false).lack();
        let needs = DANGER * 20;
        assert_eq!(lack(Purse { seller: needs, ..RICH }), None);
        assert_eq!(
            lack(Purse { seller: needs - 1, ..RICH }),
            Some(Short { is_proxy: false, needs, has: needs - 1 })
        );
        assert_eq!(lack(Purse { proxy: Some(3), ..RICH }), Some(Short { is_proxy: true, needs, has: 3 }));
        assert_eq!(Till::open(Purse { seller: 0, ..RICH }, &sales[1..], |_| false).lack(), None);
    }

    #[test]
    fn bond_of_a_cheap_sale_should_follow_the_fee_of_a_complaint() {
        let purse = Purse { complaint: SOUK, seller: 6 * SOUK + FEES, ..RICH };
        assert!(Till::open(purse, &[], |_| false).take(0).is_ok());
        assert!(Till::open(Purse { seller: purse.seller - 1, ..purse }, &[], |_| false).take(0).is_err());
    }
}
