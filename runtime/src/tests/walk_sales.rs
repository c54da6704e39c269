//! A random walk of three buyers and a seller through sales, in the real configuration: copies true and false, keys late
//! and wrong, complaints of every kind, blocks that do what is due by themselves. After every few blocks all books must
//! add up, and when everybody goes home nothing may be left open.

use super::{books, harness::*, market::*, shop::*};
use crate::{Licensing, Runtime};
use pallet_licensing::Call;
use souk_primitives::{
    complaint::Complaint, copy::WholeCopy, exchange::Secret, hash, low_u128, purchase::Stage, PurchaseId,
};
use sp_runtime::DispatchResult;
use std::collections::BTreeMap;

const BUYERS: [&str; 3] = ["Consumer", "Eve", "Dave"];

/// A purchase as its two sides see it.
struct Deal {
    buyer: &'static str,
    id: PurchaseId,
    secret: [u8; 32],
    copy: WholeCopy,
}

#[derive(Default)]
struct Walk {
    seed: u64,
    count: u64,
    deals: Vec<Deal>,
    worked: BTreeMap<&'static str, u32>,
    issuance: Option<books::Issuance>,
}

impl Walk {
    fn below(&mut self, most: usize) -> usize {
        self.count += 1;
        let number = low_u128(&hash(&[b"sales", &self.seed.to_le_bytes(), &self.count.to_le_bytes()]));
        (number % most as u128) as usize
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    fn order(&mut self) -> DispatchResult {
        let buyer = BUYERS[self.below(3)];
        let number = self.below(3) as u32;
        let secret = hash(&[b"secret", &self.seed.to_le_bytes(), &self.count.to_le_bytes()]);
        let mut call = order(buyer, number);
        if let Call::purchase { buyer_key, referrer, .. } = &mut call {
            *buyer_key = Secret::new(secret).public_key();
            *referrer = self.one_in(3).then(|| account(if self.one_in(2) { "Bob" } else { "Nobody" }));
        }
        submit(buyer, call)?;
        let known: Vec<PurchaseId> = self.deals.iter().map(|deal| deal.id).collect();
        let mut own = pallet_licensing::PurchasesOf::<Runtime>::iter_key_prefix(account(buyer));
        let id = own.find(|id| !known.contains(id)).unwrap();
        let copy = if self.one_in(3) { bad_copy(id) } else { copy(id) };
        self.deals.push(Deal { buyer, id, secret, copy });
        Ok(())
    }

    /// What one side of one of the latest purchases does, mostly what its turn is.
    fn go_on(&mut self) -> (&'static str, DispatchResult) {
        let recent = self.deals.len().min(4);
        if recent == 0 {
            return ("wait", Ok(()));
        }
        let at = self.deals.len() - 1 - self.below(recent);
        let (lie, choice) = (self.one_in(5), self.below(6));
        let Deal { buyer, id, secret, copy } = &self.deals[at];
        let Some(view) = Licensing::purchase_view(id) else { return ("forgotten", Ok(())) };
        let purchase = *id;
        match view.stage {
            Stage::Ordered { .. } if lie => ("cancel", submit(buyer, Call::cancel { purchase })),
            Stage::Ordered { .. } => ("offer", submit("Ferdie", offer_copy(copy))),
            Stage::Offered { .. } if lie => ("reject", submit(buyer, Call::reject_copy { purchase })),
            Stage::Offered { .. } => ("accept", submit(buyer, accept_copy(copy))),
            Stage::Accepted { .. } if lie => {
                let garbage = Call::reveal_key { purchase, sealed_key: [3; 80] };
                ("wrong key", submit("Ferdie", garbage))
            }
            Stage::Accepted { .. } => ("reveal", submit("Ferdie", reveal_key(copy))),
            _ => {
                let secret = if choice == 5 { [1; 32] } else { *secret };
                let complaint = match choice {
                    0 | 5 => Complaint::BadSeal { secret },
                    1 | 2 => copy.bad_chunk(secret, 1).unwrap(),
                    _ => return ("settle", submit(buyer, Call::settle { purchase })),
                };
                ("complain", submit(buyer, Call::complain { purchase, complaint: Box::new(complaint) }))
            }
        }
    }

    fn block(&mut self) {
        let mut issuance = self.issuance.take().unwrap_or_else(books::Issuance::new);
        let has_room = !start_block();
        for _ in 0..if has_room { self.below(4) } else { 0 } {
            let (what, result) = if self.one_in(4) { ("order", self.order()) } else { self.go_on() };
            if result.is_ok() {
                *self.worked.entry(what).or_default() += 1;
            }
        }
        close_block();
        issuance.read_block();
        self.issuance = Some(issuance);
    }
}

#[test]
fn whatever_buyers_and_sellers_do_the_books_should_add_up_and_every_purchase_end() {
    let mut reasons = BTreeMap::<String, u32>::new();
    let mut worked = BTreeMap::<&str, u32>::new();
    for seed in 0..3 {
        with_shop(|| {
            let mut walk = Walk { seed, ..Walk::default() };
            for block in 0..160 {
                walk.block();
                if block % 8 == 0 {
                    books::check();
                }
            }
            blocks(100);
            books::check();
            for deal in &walk.deals {
                match Licensing::purchase_view(&deal.id).unwrap().stage {
                    Stage::Ended { reason, .. } => *reasons.entry(format!("{reason:?}")).or_default() += 1,
                    open => panic!("{open:?} is left"),
                }
            }
            for name in ["Consumer", "Eve", "Dave", "Ferdie"] {
                for reason in [pallet_licensing::HoldReason::Purchase, pallet_licensing::HoldReason::Bond] {
                    use frame_support::traits::fungible::InspectHold;
                    let held = crate::Balances::balance_on_hold(&reason.into(), &account(name));
                    assert_eq!(held, 0, "{name}: {reason:?}");
                }
            }
            walk.worked.iter().for_each(|(what, times)| *worked.entry(what).or_default() += times);
        });
    }
    // The walk went everywhere: otherwise it would prove little.
    for reason in
        ["Delivered", "Rejected", "NotAccepted", "NotRevealed", "Cheated", "Disproved", "NotDelivered"]
    {
        assert!(reasons.contains_key(reason), "no purchase ended {reason}: {reasons:?}, {worked:?}");
    }
}
