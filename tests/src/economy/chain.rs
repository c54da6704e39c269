//! The chain as far as money goes: what an epoch mints and pays.

use super::{
    ledger::{Ledger, What, Who},
    rules::{Rules, DROP_MILLIS, EPOCH_MILLIS},
};
use rand_chacha::{rand_core::SeedableRng, ChaCha8Rng};
use souk_primitives::{
    call::Prices,
    emission::issued,
    exposure::{value_within, Chance},
    rate::Record,
    rewards::{commission, median, Availability, Histogram, Rate, PRICE_EPOCHS},
    split::share,
    Balance,
};
use std::collections::{BTreeMap, VecDeque};

/// The pots that the emission flows into.
#[derive(Clone, Copy, Debug)]
pub struct Pots {
    /// The stakers'.
    pub stakers: Who,
    /// The providers'.
    pub providers: Who,
    /// The publishers'.
    pub publishers: Who,
    /// The treasury.
    pub treasury: Who,
}

/// A model that is served.
#[derive(Clone, Debug)]
pub struct Spec {
    /// Its publisher.
    pub owner: Who,
    /// Most that 1,000 tokens may cost for who wants to be paid for exams.
    pub reference: Balance,
    /// The publisher's share of calls, in millionths.
    pub share: u32,
    /// Parents of the listing, and their royalties.
    pub parents: Vec<(Who, u32)>,
    /// What its audits are paid from.
    pub pot: Who,
    /// What was traded at which price, the running epoch last.
    pub prices: VecDeque<Histogram>,
    /// Median price at the last epoch's end.
    pub median: Balance,
}

/// One that serves a spec.
#[derive(Clone, Debug)]
pub struct Provider {
    /// Its free money.
    pub account: Who,
    /// Its active bond.
    pub bond: Who,
    /// Who gets the commission on what it earns.
    pub validator: Who,
    /// What it serves.
    pub spec: usize,
    /// For how much.
    pub prices: Prices,
    /// Tokens a second that it claims.
    pub capacity: u32,
    /// Its record with audits.
    pub record: Record,
    /// Convicted: it serves no more.
    pub jailed: bool,
    /// Whether what it earns becomes bond.
    pub compounds: bool,
}

/// What waits for the end of the epoch.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    /// Credits of providers, by number.
    pub providers: Vec<(usize, Balance)>,
    /// Credits of publishers.
    pub publishers: Vec<(Who, Balance)>,
    /// Points and caps of providers that passed the exam.
    pub points: Vec<(usize, Balance, Balance)>,
}

/// The chain.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Its parameters.
    pub rules: Rules,
    /// All money.
    pub ledger: Ledger,
    /// Where emission flows in.
    pub pots: Pots,
    /// What is served.
    pub specs: Vec<Spec>,
    /// Who serves.
    pub providers: Vec<Provider>,
    /// What an exam's audit is prepaid with.
    pub exam_fee: Balance,
    /// Who sits on committees, with the sum of the weights up to each.
    pub(super) verifiers: Vec<(Who, Balance)>,
    /// What the beacon would give.
    pub(super) noise: ChaCha8Rng,
    /// Thresholds of a block's roll, by the chance of an audit.
    pub(super) thresholds: BTreeMap<Chance, u64>,
    pub(super) claims: Claims,
}

impl Chain {
    /// A chain without anybody on it.
    pub fn new(rules: Rules, seed: u64) -> Self {
        let mut ledger = Ledger::default();
        let mut pot = || ledger.open(0);
        let pots = Pots { stakers: pot(), providers: pot(), publishers: pot(), treasury: pot() };
        Chain {
            rules,
            ledger,
            pots,
            specs: Vec::new(),
            providers: Vec::new(),
            exam_fee: rules.exam_fee(),
            verifiers: Vec::new(),
            noise: ChaCha8Rng::seed_from_u64(seed),
            thresholds: BTreeMap::new(),
            claims: Claims::default(),
        }
    }

    /// Adds a verifier that is drawn by this weight.
    pub fn verify(&mut self, who: Who, weight: Balance) {
        let before = self.verifiers.last().map_or(0, |(_, sum)| *sum);
        self.verifiers.push((who, before + weight));
    }

    /// Lists a model.
    pub fn publish(&mut self, owner: Who, reference: Balance, share: u32, parents: Vec<(Who, u32)>) -> usize {
        let pot = self.ledger.open(0);
        let prices = VecDeque::from([Histogram::default()]);
        self.specs.push(Spec { owner, reference, share, parents, pot, prices, median: reference });
        self.specs.len() - 1
    }

    /// Lets an account serve a spec, for one price a token whichever way it goes; the bond is its own money.
    pub fn register(
        &mut self,
        account: Who,
        validator: Who,
        spec: usize,
        price: Balance,
        capacity: u32,
        bond: Balance,
    ) -> usize {
        let amount = bond;
        let bond = self.ledger.open(0);
        self.ledger.shift(account, bond, amount);
        let prices = Prices { per_1k_input: price, per_1k_output: price };
        self.providers.push(Provider {
            account,
            bond,
            validator,
            spec,
            prices,
            capacity,
            record: Record::default(),
            jailed: false,
            compounds: false,
        });
        self.providers.len() - 1
    }

    /// A provider's bond.
    pub fn bond(&self, provider: usize) -> Balance {
        self.ledger.of(self.providers[provider].bond)
    }

    /// Chance with which its next batch is audited.
    pub fn chance(&self, provider: usize) -> Chance {
        self.providers[provider].record.chance(self.rules.q_min)
    }

    /// Largest batch that its bond carries now. Nothing else is ever open here: a batch ends where it is made.
    pub fn room(&self, provider: usize) -> Balance {
        match self.providers[provider].jailed {
            true => 0,
            false => value_within(self.bond(provider), self.rules.safety, self.chance(provider)),
        }
    }

    /// Mints what an epoch brings, drop by drop, and divides it. What rounding leaves is not minted.
    pub fn mint_epoch(&mut self) {
        let budgets = self.rules.budgets;
        let parts = [
            (self.pots.stakers, budgets.stakers),
            (self.pots.providers, budgets.providers),
            (self.pots.publishers, budgets.publishers),
            (self.pots.treasury, budgets.treasury),
        ];
        for _ in 0..EPOCH_MILLIS / DROP_MILLIS {
            let drop = issued(self.ledger.issuance(), self.rules.emission, DROP_MILLIS);
            for (pot, part) in parts {
                self.ledger.mint(pot, share(drop, part));
            }
        }
    }

    /// Pays what the epoch earned: usage first, then exams out of what is left of the providers' budget. What nobody
    /// earned stays for the next epoch.
    pub fn end_epoch(&mut self) {
        let claims = std::mem::take(&mut self.claims);
        self.pay_usage(&claims);
        self.pay_exams(&claims);
        for spec in &mut self.specs {
            spec.median = median(&spec.prices, spec.reference);
            spec.prices.push_back(Histogram::default());
            while spec.prices.len() > PRICE_EPOCHS as usize {
                spec.prices.pop_front();
            }
        }
    }

    fn pay_usage(&mut self, claims: &Claims) {
        let Pots { providers, publishers, .. } = self.pots;
        let rate = Rate::new(self.ledger.of(providers), claims.providers.iter().map(|(_, c)| c).sum());
        for (provider, claim) in &claims.providers {
            self.pay_provider(*provider, What::Usage, What::UsageCommission, rate.of(*claim));
        }
        let rate = Rate::new(self.ledger.of(publishers), claims.publishers.iter().map(|(_, c)| c).sum());
        for (owner, claim) in &claims.publishers {
            self.ledger.pay(What::Publishing, publishers, *owner, rate.of(*claim));
        }
    }

    fn pay_exams(&mut self, claims: &Claims) {
        let exam = Availability {
            budget: self.ledger.of(self.pots.providers),
            points: claims.points.iter().map(|(_, points, _)| points).sum(),
            caps: claims.points.iter().map(|(_, _, cap)| cap).sum(),
        };
        for (provider, points, cap) in &claims.points {
            let paid = exam.settle(*points, *cap).paid;
            self.pay_provider(*provider, What::Exam, What::ExamCommission, paid);
        }
    }

    fn pay_provider(&mut self, provider: usize, what: What, commissioned: What, amount: Balance) {
        let (pot, Provider { account, bond, validator, compounds, .. }) =
            (self.pots.providers, self.providers[provider].clone());
        let (commission, own) = commission(amount, self.rules.commission);
        self.ledger.pay(commissioned, pot, validator, commission);
        self.ledger.pay(what, pot, account, own);
        if compounds {
            self.ledger.shift(account, bond, own);
        }
    }
}
