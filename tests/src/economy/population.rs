//! Who is on the market: made up, but for what the rules ask of them.
//!
//! Sizes follow the harmonic law (the n-th largest has an n-th of the largest), since stakes and demands do so wherever
//! they were looked at.

use super::{
    chain::Chain,
    ledger::Who,
    rings::{Ring, Trick},
    rules::Rules,
    staking::Stakers,
};
use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha8Rng,
};
use souk_primitives::{rewards::mul_div, Balance, SOUK};

/// What an agent is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Authors blocks.
    Validator,
    /// Backs validators.
    Nominator,
    /// Serves what it promises.
    Honest,
    /// Claims more than it has, and passes two exams of five.
    Lazy,
    /// Answers all calls with a smaller model.
    Cheat,
    /// Builds a record until it is audited least, then answers a fifth of the calls with a smaller model.
    CarefulCheat,
    /// Serves nobody and sits for exams with a smaller model.
    ExamCheat,
    /// Publishes models and sells licences.
    Publisher,
    /// Buys calls and licences.
    Consumer,
    /// Trades with itself.
    Ring(Trick),
    /// Holds money and does nothing.
    Holder,
}

/// One person.
#[derive(Clone, Debug)]
pub struct Agent {
    /// What it is.
    pub kind: Kind,
    /// All of its accounts, bonds included. The first one pays.
    pub accounts: Vec<Who>,
    /// The provider it runs, if any.
    pub provider: Option<usize>,
    /// What a consumer spends on calls in an hour, on average.
    pub demand: Balance,
    /// What it had at the beginning.
    pub began: Balance,
}

/// A listing that is sold.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Its publisher.
    pub owner: Who,
    /// Its price.
    pub price: Balance,
    /// Its parents' owners, and their royalties.
    pub parents: Vec<(Who, u32)>,
    /// The referral of its offer, in millionths.
    pub referral: u32,
}

/// The market before its first epoch.
pub struct Market {
    /// The chain.
    pub chain: Chain,
    /// Who stakes.
    pub stakers: Stakers,
    /// Everybody but the rings.
    pub agents: Vec<Agent>,
    /// What is sold.
    pub listings: Vec<Listing>,
    /// Who trades with itself.
    pub rings: Vec<Ring>,
    /// What agents toss, apart from the chain's own draws.
    pub dice: ChaCha8Rng,
}

/// How many there are of each, and how much they have.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// All money at genesis.
    pub issuance: Balance,
    /// Of it, staked: a fifth by validators themselves.
    pub staked: Balance,
    /// Bonds of all providers of [`Kind`]s that serve.
    pub bonds: Balance,
    /// What consumers spend on calls in a year.
    pub demand: Balance,
    /// Validators.
    pub validators: usize,
    /// Nominators.
    pub nominators: usize,
    /// Providers that serve as promised.
    pub honest: usize,
    /// Of each other kind of provider.
    pub others: usize,
    /// Publishers.
    pub publishers: usize,
    /// Consumers.
    pub consumers: usize,
}

impl Size {
    /// The market of `docs/economics.md`.
    pub const BOOK: Size = Size {
        issuance: 100_000_000 * SOUK,
        staked: 50_000_000 * SOUK,
        bonds: 8_000_000 * SOUK,
        demand: 10_000_000 * SOUK,
        validators: 100,
        nominators: 1_000,
        honest: 50,
        others: 4,
        publishers: 40,
        consumers: 400,
    };
}

/// Reference prices of the four specs, per 1,000 tokens, from a small model to a large one.
const REFERENCES: [Balance; 4] = [SOUK / 500, SOUK / 200, SOUK / 100, SOUK / 25];
/// The spec that tricks with prices and exams are played on: the one of the small model.
pub const TARGET: usize = 0;

/// Parts of a whole that fall as one over their number. They add up to it, but for rounding.
pub fn harmonic(whole: Balance, count: usize) -> Vec<Balance> {
    let weight = |i: usize| 1_000_000_000 / (i as Balance + 1);
    let sum = (0..count).map(weight).sum();
    (0..count).map(|i| mul_div(whole, weight(i), sum)).collect()
}

/// A number from `low` up to but without `high`.
pub fn between(dice: &mut ChaCha8Rng, low: u64, high: u64) -> u64 {
    low + dice.next_u64() % (high - low).max(1)
}

impl Market {
    /// Everybody, with what they have, and a ring for each of the tricks.
    pub fn open(rules: Rules, size: Size, seed: u64, tricks: &[Trick]) -> Self {
        let mut market = Market {
            chain: Chain::new(rules, seed),
            stakers: Stakers::default(),
            agents: Vec::new(),
            listings: Vec::new(),
            rings: Vec::new(),
            dice: ChaCha8Rng::seed_from_u64(seed ^ 0x5eed),
        };
        market.stakers(&size);
        market.publishers(&size);
        market.providers(&size);
        market.consumers(&size);
        for trick in tricks {
            market.rings.push(Ring::found(&mut market.chain, *trick, TARGET));
        }
        let rest = size.issuance.saturating_sub(market.chain.ledger.issuance());
        market.agent(Kind::Holder, rest);
        for agent in &mut market.agents {
            agent.began = market.chain.ledger.together(&agent.accounts);
        }
        market
    }

    fn agent(&mut self, kind: Kind, amount: Balance) -> Who {
        let who = self.chain.ledger.open(amount);
        self.agents.push(Agent { kind, accounts: vec![who], provider: None, demand: 0, began: 0 });
        who
    }

    fn stakers(&mut self, size: &Size) {
        let own = harmonic(size.staked / 5, size.validators);
        for stake in own {
            let commission = between(&mut self.dice, 20_000, 150_000) as u32;
            let who = self.agent(Kind::Validator, stake);
            self.stakers.validators.push((who, commission));
            // As many seats in committees as any other: each runs a sidecar.
            self.chain.verify(who, 1);
        }
        for stake in harmonic(size.staked / 5 * 4, size.nominators) {
            let who = self.agent(Kind::Nominator, stake);
            self.stakers.nominators.push(who);
        }
    }

    fn publishers(&mut self, size: &Size) {
        let owners: Vec<Who> =
            (0..size.publishers).map(|_| self.agent(Kind::Publisher, 1_000 * SOUK)).collect();
        for (i, reference) in REFERENCES.into_iter().enumerate() {
            // The largest is a derived work.
            let parents = if i == 3 { vec![(owners[0], 100_000)] } else { Vec::new() };
            self.chain.publish(owners[i], reference, 50_000, parents);
        }
        let prices = harmonic(6_000 * SOUK, owners.len());
        for (i, owner) in owners.iter().enumerate() {
            let parent = owners[between(&mut self.dice, 0, owners.len() as u64) as usize];
            let parents = if i % 3 == 0 && parent != *owner { vec![(parent, 150_000)] } else { Vec::new() };
            let referral = if i % 2 == 0 { 50_000 } else { 0 };
            self.listings.push(Listing { owner: *owner, price: prices[i], parents, referral });
        }
    }

    fn providers(&mut self, size: &Size) {
        let others = [Kind::Lazy, Kind::Cheat, Kind::CarefulCheat, Kind::ExamCheat];
        let small = 5_000 * SOUK;
        let rest = size.bonds.saturating_sub(small * (others.len() * size.others) as Balance);
        for bond in harmonic(rest, size.honest) {
            self.provider(Kind::Honest, bond.max(1_000 * SOUK));
        }
        for kind in others {
            for _ in 0..size.others {
                self.provider(kind, small);
            }
        }
    }

    fn provider(&mut self, kind: Kind, bond: Balance) {
        let account = self.agent(kind, bond + 2_000 * SOUK);
        let number = self.chain.providers.len();
        let spec = number % REFERENCES.len();
        let reference = self.chain.specs[spec].reference;
        let price = reference * Balance::from(between(&mut self.dice, 50, 80)) / 100;
        let capacity = between(&mut self.dice, 100, 3_000) as u32;
        // Which one it is makes no difference to the rules.
        let (validator, _) = self.stakers.validators[number % self.stakers.validators.len()];
        let provider = self.chain.register(account, validator, spec, price, capacity, bond);
        // Every other one lets its earnings become bond.
        self.chain.providers[provider].compounds = number.is_multiple_of(2);
        let bond = self.chain.providers[provider].bond;
        let Some(agent) = self.agents.last_mut() else { return };
        agent.provider = Some(provider);
        agent.accounts.push(bond);
    }

    fn consumers(&mut self, size: &Size) {
        const HOURS: Balance = 8_766;
        for spends in harmonic(size.demand, size.consumers) {
            // Twice what it will spend on calls, and some for licences.
            self.agent(Kind::Consumer, spends * 2 + 4_000 * SOUK);
            let Some(agent) = self.agents.last_mut() else { return };
            agent.demand = spends / HOURS;
        }
    }

    /// Agents of one kind.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = &Agent> {
        self.agents.iter().filter(move |agent| agent.kind == kind)
    }
}
