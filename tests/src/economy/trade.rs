//! What a call, a sale, an exam and a fraud move.

use super::{
    chain::{Chain, Spec},
    ledger::{What, Who},
    rules::Traded,
};
use rand_chacha::rand_core::RngCore;
use souk_primitives::{
    beacon::roll_threshold,
    deal::{complaint_deposit, metered, metered_due, seller_bond, unaccepted, Shares},
    exam,
    exposure::{exposure, value_within, Chance},
    rewards::{check_price, points, price_index, prorate},
    split::{slash, slash_double, CONVICTING},
    Balance,
};

/// One in this many answers ends before its length: an exam's tokens are three quarters of the most there could be.
const EARLY: Balance = 4;
const WHOLE: u32 = 1_000_000;

/// How a batch was served.
#[derive(Clone, Copy, Debug)]
pub struct Served {
    /// Part of its value that another model answered, in millionths.
    pub wrong: u32,
    /// With which chance an audit tells that from the truth when it is drawn, in millionths.
    pub told: u32,
}

impl Served {
    /// As promised.
    pub const WELL: Served = Served { wrong: 0, told: WHOLE };
}

/// How a batch or an exam ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Refused before any money moved.
    Refused,
    /// Paid, or passed.
    Good,
    /// Convicted.
    Convicted,
}

/// Who sold what to whom.
#[derive(Clone, Debug)]
pub struct Sale {
    /// Owner of the listing.
    pub owner: Who,
    /// Who buys.
    pub buyer: Who,
    /// What for.
    pub price: Balance,
    /// Owners of its parents, and their royalties.
    pub parents: Vec<(Who, u32)>,
    /// Who is named as referrer, and the offer's referral.
    pub referrer: Option<(Who, u32)>,
}

impl Chain {
    /// A draw: whether something of this chance happens.
    pub(super) fn happens(&mut self, millionths: u32) -> bool {
        self.noise.next_u32() % WHOLE < millionths
    }

    /// Audits that the beacon's window draws: each block rolls alone, and at certainty there is one at least.
    fn audits(&mut self, chance: Chance) -> u32 {
        let window = self.rules.fees.window;
        let threshold = *self.thresholds.entry(chance).or_insert_with(|| roll_threshold(chance, window));
        let hits = (0..window).filter(|_| self.noise.next_u64() < threshold).count() as u32;
        hits.max(u32::from(chance == Chance::ONE))
    }

    /// Pays the committees of some audits from a spec's pot, and says whether one of them found what is wrong.
    fn audit(&mut self, spec: usize, audits: u32, served: Served) -> bool {
        let pot = self.specs[spec].pot;
        let mut found = false;
        for _ in 0..audits {
            for _ in 0..self.rules.fees.seats {
                let Some(member) = self.member() else { break };
                let fee = self.rules.fees.report.min(self.ledger.of(pot));
                self.ledger.pay(What::Report, pot, member, fee);
            }
            // The point is drawn by value: it falls on a wrong answer as often as these are worth.
            found |= served.wrong > 0 && self.happens(served.wrong) && self.happens(served.told);
        }
        found
    }

    /// A verifier, drawn by weight.
    fn member(&mut self) -> Option<Who> {
        let whole = self.verifiers.last()?.1;
        let at = Balance::from(self.noise.next_u64()).checked_rem(whole)?;
        let seat = self.verifiers.partition_point(|(_, sum)| *sum <= at);
        self.verifiers.get(seat).map(|(who, _)| *who)
    }

    /// A batch of calls, from its settlement to its end.
    pub fn call(&mut self, provider: usize, consumer: Who, value: Balance, served: Served) -> End {
        let chance = self.chance(provider);
        if value == 0 || value > self.room(provider) || value > self.ledger.of(consumer) {
            return End::Refused;
        }
        let spec = self.providers[provider].spec;
        let audits = self.audits(chance);
        if self.audit(spec, audits, served) {
            self.convict(provider, consumer, value, chance);
            return End::Convicted;
        }
        self.release(provider, consumer, value, chance);
        if audits > 0 {
            let cap = value_within(self.bond(provider), self.rules.safety, Chance::ONE);
            self.providers[provider].record.grow(value, cap);
        }
        End::Good
    }

    fn release(&mut self, provider: usize, consumer: Who, value: Balance, chance: Chance) {
        let (account, spec) = (self.providers[provider].account, self.providers[provider].spec);
        let split = self.rules.fees.release(value, chance, false);
        let parents: Vec<u32> = self.specs[spec].parents.iter().map(|(_, part)| *part).collect();
        let due = metered_due(value, split.provider, self.specs[spec].share);
        let published = metered(due, &parents);
        let ledger = &mut self.ledger;
        ledger.burn(What::Trade, consumer, split.burnt);
        ledger.pay(What::Trade, consumer, self.pots.treasury, split.treasury);
        ledger.pay(What::Trade, consumer, self.specs[spec].pot, split.audit);
        for ((parent, _), royalty) in self.specs[spec].parents.iter().zip(&published.royalties) {
            ledger.pay(What::Trade, consumer, *parent, *royalty);
        }
        ledger.pay(What::Trade, consumer, self.specs[spec].owner, published.publisher);
        ledger.pay(What::Trade, consumer, account, split.provider - due);

        let credit = (self.rules.credit)(&self.rules, Traded::Call { burnt: split.burnt, value });
        self.claims.providers.push((provider, credit.provider));
        self.claims.publishers.push((self.specs[spec].owner, credit.publisher));
        let price = price_index(&self.providers[provider].prices);
        let Spec { prices, reference, .. } = &mut self.specs[spec];
        if let Some(epoch) = prices.back_mut() {
            epoch.note(price, value, *reference);
        }
    }

    /// An upheld fraud: the consumer keeps its money and gets its tenth, the rest of the slash is burnt.
    fn convict(&mut self, provider: usize, consumer: Who, value: Balance, chance: Chance) {
        let bond = self.providers[provider].bond;
        let wanted = exposure(value, self.rules.safety, chance).unwrap_or(Balance::MAX);
        let taken = slash(wanted.min(self.ledger.of(bond)), value, CONVICTING);
        self.ledger.pay(What::Slash, bond, consumer, taken.consumer);
        self.ledger.burn(What::Slash, bond, taken.burnt);
        self.providers[provider].record.reset();
        self.providers[provider].jailed = true;
    }

    /// Two receipts for one call, reported by `reporter`; nothing else is open, so that all of the bond is free.
    pub fn double_receipt(&mut self, provider: usize, consumer: Who, reporter: Who, charge: Balance) -> End {
        let bond = self.providers[provider].bond;
        let free = self.ledger.of(bond);
        if self.providers[provider].jailed || charge > self.ledger.of(consumer) {
            return End::Refused;
        }
        let wanted = exposure(charge, self.rules.safety, self.rules.q_min).unwrap_or(Balance::MAX);
        let taken = slash_double(wanted.min(free), charge, free);
        self.ledger.pay(What::Slash, bond, consumer, taken.consumer);
        self.ledger.pay(What::Slash, bond, reporter, taken.reporters);
        self.ledger.burn(What::Slash, bond, taken.burnt);
        self.providers[provider].jailed = true;
        End::Convicted
    }

    /// A sale, from the order to its settlement.
    pub fn sale(&mut self, sale: &Sale) -> End {
        let Sale { owner, buyer, price, parents, referrer } = sale;
        if *price == 0 || price + complaint_deposit(*price) > self.ledger.of(*buyer) {
            return End::Refused;
        }
        let shares = Shares {
            protocol: self.rules.fees.protocol,
            royalties: parents.iter().map(|(_, part)| *part).collect(),
            referral: referrer.map_or(0, |(_, part)| part),
        };
        let split = shares.settle(*price);
        self.ledger.burn(What::Trade, *buyer, split.burnt);
        self.ledger.pay(What::Trade, *buyer, self.pots.treasury, split.treasury);
        for ((parent, _), royalty) in parents.iter().zip(&split.royalties) {
            self.ledger.pay(What::Trade, *buyer, *parent, *royalty);
        }
        if let Some((referrer, _)) = referrer {
            self.ledger.pay(What::Trade, *buyer, *referrer, split.referral);
        }
        self.ledger.pay(What::Trade, *buyer, *owner, split.owner);
        let traded = Traded::Sale { burnt: split.burnt, price: *price };
        let credit = (self.rules.credit)(&self.rules, traded);
        self.claims.publishers.push((*owner, credit.publisher));
        End::Good
    }

    /// A sale whose copy is never accepted: both sides burn the handling.
    pub fn unaccepted(&mut self, sale: &Sale) -> End {
        let (deposit, bond) =
            (complaint_deposit(sale.price), seller_bond(sale.price, self.rules.fees.report));
        let short = self.ledger.of(sale.buyer) < sale.price + deposit || self.ledger.of(sale.owner) < bond;
        // One account on both sides of the trade would need both at once.
        if short || sale.owner == sale.buyer {
            return End::Refused;
        }
        let end = unaccepted(sale.price, deposit, bond);
        self.ledger.burn(What::Trade, sale.buyer, end.burnt);
        self.ledger.burn(What::Trade, sale.owner, end.burnt);
        End::Good
    }

    /// What one exam can bring a provider at most.
    pub fn exam_cap(&self, provider: usize) -> Balance {
        prorate(self.bond(provider), self.rules.yearly_cap, self.rules.exam_millis())
    }

    /// Whether its price lets a provider sit for the exam.
    pub fn is_cheap_enough(&self, provider: usize) -> bool {
        let one = &self.providers[provider];
        let spec = &self.specs[one.spec];
        check_price(price_index(&one.prices), spec.reference, spec.median, self.rules.band).is_ok()
    }

    /// A provider sits for the exam with all of its capacity. It prepays the audit, and a fraud costs what it
    /// could bring times the safety factor.
    pub fn exam(&mut self, provider: usize, served: Served) -> End {
        let one = &self.providers[provider];
        let (account, bond, spec, capacity) = (one.account, one.bond, one.spec, one.capacity);
        let fee = self.exam_fee;
        if one.jailed || !self.is_cheap_enough(provider) || self.ledger.of(account) < fee {
            return End::Refused;
        }
        self.ledger.pay(What::ExamFee, account, self.specs[spec].pot, fee);
        let cap = self.exam_cap(provider);
        let audits = self.audits(Chance::ONE);
        if self.audit(spec, audits, served) {
            let fine = exposure(cap, self.rules.safety, Chance::ONE).unwrap_or(Balance::MAX);
            let taken = fine.min(self.ledger.of(bond));
            self.ledger.burn(What::Slash, bond, taken);
            return End::Convicted;
        }
        let most = Balance::from(exam::questions(capacity, self.rules.exam_seconds))
            * Balance::from(exam::ANSWER_TOKENS);
        let passed = points(most - most / EARLY, self.specs[spec].reference);
        self.claims.points.push((provider, passed, cap));
        End::Good
    }
}
