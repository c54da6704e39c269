//! What is stored, and how the money of an epoch is counted down. Pure.

use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use souk_primitives::{
    batch::Batch,
    rewards::{Availability, Histogram, Rate},
    AccountId, Balance,
};

/// An account into which a budget drips, and out of which claims are paid.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub enum Pot {
    /// For providers and their validators.
    Providers,
    /// For publishers.
    Publishers,
}

impl Pot {
    /// Both.
    pub const ALL: [Pot; 2] = [Pot::Providers, Pot::Publishers];
}

/// As what an account earns.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub enum Role {
    /// Who serves.
    Provider,
    /// Whose sidecar it is.
    Validator,
    /// Who published what is served or sold.
    Publisher,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 3] = [Role::Provider, Role::Validator, Role::Publisher];

    /// Where it is paid from.
    pub fn pot(self) -> Pot {
        match self {
            Role::Provider | Role::Validator => Pot::Providers,
            Role::Publisher => Pot::Publishers,
        }
    }
}

/// Points of one exam that are not paid yet.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
pub struct Passed {
    /// Epoch in which the exam began.
    pub round: u32,
    /// Points on all specs together.
    pub points: Balance,
    /// Most that they pay: what the bond can earn between two exams.
    pub cap: Balance,
}

/// What an account has earned in one role.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Record {
    /// Epoch in which it changed last: its credits are of it, and what has accrued is kept from then on.
    pub epoch: u32,
    /// Credits that are not settled.
    pub credits: Balance,
    /// What a claim pays.
    pub accrued: Balance,
    /// Points that are not settled.
    pub passed: Option<Passed>,
    /// Of a provider: the validator that gets the commission.
    pub validator: Option<AccountId>,
}

impl Record {
    /// Whether nothing would be lost with it.
    pub fn is_empty(&self) -> bool {
        self.credits == 0 && self.accrued == 0 && self.passed.is_none()
    }
}

/// What one settled claim moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Settled {
    /// From what was promised to who claims.
    pub gained: Balance,
    /// From what was promised back into the budget.
    pub freed: Balance,
}

/// A pot's money of one epoch.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Book {
    /// All credits of the epoch.
    pub credits: Balance,
    /// Those that nobody settled yet.
    pub unsettled: Balance,
    /// What they pay; fixed when the epoch ends.
    pub rate: Option<Rate>,
    /// What the unsettled ones can get at most.
    pub promised: Balance,
    /// What has accrued to the records that changed last in this epoch.
    pub accrued: Balance,
}

impl Book {
    /// One more credit.
    pub fn credit(&mut self, amount: Balance) {
        self.credits = self.credits.saturating_add(amount);
        self.unsettled = self.unsettled.saturating_add(amount);
    }

    /// The epoch ended with this budget. Returns what is promised now.
    pub fn fix(&mut self, budget: Balance) -> Balance {
        let rate = Rate::new(budget, self.credits);
        self.rate = Some(rate);
        self.promised = rate.paid;
        self.promised
    }

    /// Some of the credits are settled. The last ones free what the roundings left.
    pub fn settle(&mut self, credits: Balance) -> Settled {
        let Some(rate) = self.rate else { return Settled::default() };
        let gained = rate.of(credits).min(self.promised);
        self.promised = self.promised.saturating_sub(gained);
        self.unsettled = self.unsettled.saturating_sub(credits);
        let freed = if self.unsettled == 0 { core::mem::take(&mut self.promised) } else { 0 };
        Settled { gained, freed }
    }

    /// What of the pot is spoken for.
    pub fn owed(&self) -> Balance {
        self.promised.saturating_add(self.accrued)
    }

    /// Whether it says nothing any more.
    pub fn is_empty(&self) -> bool {
        self.unsettled == 0 && self.owed() == 0
    }
}

/// The points of one exam, and what they are worth.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct RoundBook {
    /// Points and caps, and the budget once that is fixed.
    pub availability: Availability,
    /// Points that nobody settled yet.
    pub unsettled: Balance,
    /// What they can get at most.
    pub promised: Balance,
    /// Whether all exams have ended, and the budget is fixed.
    pub is_fixed: bool,
}

impl RoundBook {
    /// More points of an account, with its cap if these are its first.
    pub fn pass(&mut self, points: Balance, cap: Balance) {
        self.availability.points = self.availability.points.saturating_add(points);
        self.availability.caps = self.availability.caps.saturating_add(cap);
        self.unsettled = self.unsettled.saturating_add(points);
    }

    /// All exams have ended. Returns what is promised now.
    pub fn fix(&mut self, budget: Balance) -> Balance {
        self.availability.budget = budget;
        self.promised = self.availability.promised();
        self.is_fixed = true;
        self.promised
    }

    /// An account's points are settled; what its cap keeps from it is free again.
    pub fn settle(&mut self, passed: &Passed) -> Settled {
        let earned = self.availability.settle(passed.points, passed.cap);
        let gained = earned.paid.min(self.promised);
        let part = earned.promised.clamp(gained, self.promised.max(gained));
        self.promised = self.promised.saturating_sub(part);
        self.unsettled = self.unsettled.saturating_sub(passed.points);
        let rest = if self.unsettled == 0 { core::mem::take(&mut self.promised) } else { 0 };
        Settled { gained, freed: part.saturating_sub(gained).saturating_add(rest) }
    }
}

/// What was traded on a spec in one epoch.
#[derive(
    Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
pub struct Traded {
    /// The epoch.
    pub epoch: u32,
    /// Values by price.
    pub histogram: Histogram,
}

/// An exam that is being audited.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Exam {
    /// What was committed, as it is audited.
    pub batch: Batch,
    /// Most that the provider can earn by this round.
    pub cap: Balance,
    /// Tokens a second that it is worth.
    pub capacity: u32,
    /// The spec's reference price, in units per 1,000 tokens.
    pub reference: Balance,
    /// The provider's price index then, which it may not raise before the audits have ended.
    pub price: Balance,
    /// What it prepaid for the reports.
    pub prepaid: Balance,
}

#[cfg(test)]
mod unit {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_book_should_pay_or_free_exactly_what_it_promised(
            claims in prop::collection::vec(1u128..1 << 60, 1..20),
            budget in 0u128..1 << 64,
        ) {
            let mut book = Book::default();
            claims.iter().for_each(|claim| book.credit(*claim));
            prop_assert_eq!(book.settle(claims[0]), Settled::default());
            let promised = book.fix(budget);
            prop_assert!(promised <= budget);
            let settled: Vec<_> = claims.iter().map(|claim| book.settle(*claim)).collect();
            let (gained, freed): (u128, u128) =
                (settled.iter().map(|s| s.gained).sum(), settled.iter().map(|s| s.freed).sum());
            prop_assert_eq!(gained + freed, promised);
            prop_assert!(settled.iter().zip(&claims).all(|(settled, claim)| settled.gained <= *claim));
            prop_assert!(freed < claims.len() as u128);
            prop_assert!(book.is_empty());
        }

        #[test]
        fn a_round_should_pay_or_free_exactly_what_it_promised(
            all in prop::collection::vec((1u128..1 << 60, 0u128..1 << 60), 1..20),
            budget in 0u128..1 << 64,
        ) {
            let mut book = RoundBook::default();
            let all: Vec<_> =
                all.into_iter().map(|(points, cap)| Passed { round: 0, points, cap }).collect();
            all.iter().for_each(|passed| book.pass(passed.points, passed.cap));
            let promised = book.fix(budget);
            let mut moved = 0;
            for passed in &all {
                let settled = book.settle(passed);
                prop_assert!(settled.gained <= passed.cap);
                moved += settled.gained + settled.freed;
            }
            prop_assert_eq!((moved, book.promised, book.unsettled), (promised, 0, 0));
        }
    }
}
