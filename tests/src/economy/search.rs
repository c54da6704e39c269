//! A search for a profit from oneself.
//!
//! One person is everybody: providers, consumers, owners of listings and of their parents, referrers, validators, all
//! verifiers, and whoever gets the treasury's money. The budgets hold more than anybody can be credited with. Sequences
//! of trades within this circle are tried at random, and the best of them changed step by step, for one that ends with
//! more than it began. Exams are left out: what they bring is a subsidy, and bounded elsewhere.

use super::{
    chain::Chain,
    ledger::Who,
    population::between,
    rules::Rules,
    trade::{End, Sale, Served},
};
use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha8Rng,
};
use souk_primitives::{exposure::Chance, Balance, SOUK};

/// Accounts of the circle.
const ACCOUNTS: u64 = 5;
/// What each has.
const EACH: Balance = 100_000 * SOUK;
/// What the budgets hold.
const BUDGET: Balance = 1_000_000_000 * SOUK;
/// Providers.
const PROVIDERS: u64 = 3;
/// Moves of the longest sequence.
const LONGEST: usize = 24;
/// What must be traded for a sequence to be compared by its rate.
const ENOUGH: Balance = 100 * SOUK;

/// One step.
#[derive(Clone, Debug)]
pub enum Move {
    /// A batch.
    Call {
        /// Who serves.
        provider: usize,
        /// Who pays.
        consumer: usize,
        /// How much.
        value: Balance,
        /// Part of it that is false, in millionths.
        wrong: u32,
    },
    /// A licence.
    Sale(Licence),
    /// A licence that is not accepted.
    Unaccepted(Licence),
    /// Two receipts for one call.
    Double {
        /// Who gave them.
        provider: usize,
        /// To whom.
        consumer: usize,
        /// Who reports it.
        reporter: usize,
        /// What the larger one charges.
        charge: Balance,
    },
    /// The epoch ends, and credits are paid.
    Epoch,
}

/// A licence of the circle.
#[derive(Clone, Debug)]
pub struct Licence {
    owner: usize,
    buyer: usize,
    price: Balance,
    royalties: Vec<(usize, u32)>,
    referrer: Option<(usize, u32)>,
}

/// What a sequence came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Played {
    /// What the circle has more than it began with.
    pub profit: i128,
    /// What it traded.
    pub volume: Balance,
    /// What was burnt.
    pub burnt: Balance,
}

impl Played {
    /// Profit for 1,000,000 units that were traded. Too little trade is worse than any.
    fn score(&self) -> i128 {
        match self.volume < ENOUGH {
            true => self.volume as i128 - (1i128 << 100),
            false => self.profit * 1_000_000 / self.volume as i128,
        }
    }
}

/// What a search came to.
#[derive(Clone, Debug)]
pub struct Found {
    /// Sequences that were played.
    pub plays: u64,
    /// The largest profit of any of them, in units.
    pub profit: i128,
    /// The best rate of those that traded enough, in millionths of what they traded.
    pub rate: i128,
    /// The sequence with the largest profit, under these rules.
    pub best: Vec<Move>,
    /// Sequences that burnt something and lost nothing.
    pub free: u64,
}

/// The circle before its first trade.
fn circle(rules: Rules) -> (Chain, Vec<Who>) {
    let mut chain = Chain::new(rules, 0);
    let accounts: Vec<Who> = (0..ACCOUNTS).map(|_| chain.ledger.open(EACH)).collect();
    let rich = chain.ledger.open(2 * BUDGET);
    let (providers, publishers) = (chain.pots.providers, chain.pots.publishers);
    chain.ledger.shift(rich, providers, BUDGET);
    chain.ledger.shift(rich, publishers, BUDGET);
    for (i, who) in accounts.iter().enumerate() {
        chain.verify(*who, 1);
        if i < PROVIDERS as usize {
            let parents = vec![(accounts[(i + 1) % 5], 250_000), (accounts[(i + 3) % 5], 250_000)];
            let spec = chain.publish(accounts[(i + 2) % 5], SOUK, 100_000 * i as u32, parents);
            let validator = accounts[(i + 4) % 5];
            chain.register(*who, validator, spec, SOUK / 2, 1_000, EACH / 2);
        }
    }
    (chain, accounts)
}

/// Everything that the circle has a hand on.
fn wealth(chain: &Chain, accounts: &[Who]) -> i128 {
    let bonds = chain.providers.iter().map(|provider| provider.bond);
    let pots = chain.specs.iter().map(|spec| spec.pot);
    let all = accounts.iter().copied().chain(bonds).chain(pots).chain([chain.pots.treasury]);
    all.map(|who| chain.ledger.of(who) as i128).sum()
}

fn sale(licence: &Licence, accounts: &[Who]) -> Sale {
    let at = |(i, part): &(usize, u32)| (accounts[*i], *part);
    Sale {
        owner: accounts[licence.owner],
        buyer: accounts[licence.buyer],
        price: licence.price,
        parents: licence.royalties.iter().map(at).collect(),
        referrer: licence.referrer.as_ref().map(at),
    }
}

/// Plays a sequence from the beginning, and pays out what it was credited with.
pub fn play(rules: Rules, moves: &[Move]) -> Played {
    let (mut chain, accounts) = circle(rules);
    let began = wealth(&chain, &accounts);
    let mut volume = 0;
    for one in moves {
        let (end, value) = match one {
            Move::Call { provider, consumer, value, wrong } => {
                let served = Served { wrong: *wrong, told: 1_000_000 };
                let value = (*value).min(chain.room(*provider));
                (chain.call(*provider, accounts[*consumer], value, served), value)
            }
            Move::Sale(licence) => (chain.sale(&sale(licence, &accounts)), licence.price),
            Move::Unaccepted(licence) => (chain.unaccepted(&sale(licence, &accounts)), 0),
            Move::Double { provider, consumer, reporter, charge } => {
                let (consumer, reporter) = (accounts[*consumer], accounts[*reporter]);
                (chain.double_receipt(*provider, consumer, reporter, *charge), 0)
            }
            Move::Epoch => {
                chain.end_epoch();
                (End::Good, 0)
            }
        };
        volume += if end == End::Good { value } else { 0 };
    }
    chain.end_epoch();
    assert!(chain.ledger.check(), "money came from nowhere");
    Played { profit: wealth(&chain, &accounts) - began, volume, burnt: chain.ledger.burnt() }
}

/// An amount of any size: dust matters where shares are floored.
fn amount(dice: &mut ChaCha8Rng) -> Balance {
    let bits = between(dice, 0, 56);
    Balance::from(dice.next_u64() >> (63 - bits)) % EACH
}

/// A share, often one of the ends.
fn part(dice: &mut ChaCha8Rng, most: u32) -> u32 {
    match between(dice, 0, 4) {
        0 => 0,
        1 => most,
        _ => between(dice, 0, u64::from(most) + 1) as u32,
    }
}

fn licence(dice: &mut ChaCha8Rng) -> Licence {
    let mut who = || between(dice, 0, ACCOUNTS) as usize;
    let (owner, buyer, parents, referrer) = (who(), who(), [who(), who(), who(), who()], who());
    let count = between(dice, 0, 5) as usize;
    let royalties = parents.into_iter().take(count).map(|parent| (parent, part(dice, 500_000))).collect();
    let referral = part(dice, 50_000);
    Licence {
        owner,
        buyer,
        price: amount(dice),
        royalties,
        referrer: (referral > 0).then_some((referrer, referral)),
    }
}

impl Move {
    /// Any move.
    fn any(dice: &mut ChaCha8Rng) -> Move {
        let provider = between(dice, 0, PROVIDERS) as usize;
        let consumer = between(dice, 0, ACCOUNTS) as usize;
        match between(dice, 0, 12) {
            0..=4 => {
                let wrong = if between(dice, 0, 8) == 0 { part(dice, 1_000_000) } else { 0 };
                Move::Call { provider, consumer, value: amount(dice), wrong }
            }
            5..=8 => Move::Sale(licence(dice)),
            9 => Move::Unaccepted(licence(dice)),
            10 => {
                let reporter = between(dice, 0, ACCOUNTS) as usize;
                Move::Double { provider, consumer, reporter, charge: amount(dice) }
            }
            _ => Move::Epoch,
        }
    }
}

/// A sequence that is like another one, but for a step or two.
fn like(moves: &[Move], dice: &mut ChaCha8Rng) -> Vec<Move> {
    let mut next = moves.to_vec();
    for _ in 0..1 + between(dice, 0, 2) {
        let at = between(dice, 0, next.len() as u64) as usize;
        match between(dice, 0, 4) {
            0 if next.len() < LONGEST => next.insert(at, Move::any(dice)),
            1 if next.len() > 1 => {
                next.remove(at);
            }
            2 if !next.is_empty() => {
                let other = between(dice, 0, next.len() as u64) as usize;
                next.swap(at, other);
            }
            _ if !next.is_empty() => next[at] = Move::any(dice),
            _ => next.push(Move::any(dice)),
        }
    }
    next
}

/// Rules with any κ below one, any key and commission, and any fee.
pub fn any_rules(rules: &Rules, dice: &mut ChaCha8Rng) -> Rules {
    let mut next = *rules;
    next.kappa = part(dice, 999_999);
    next.key = part(dice, 1_000_000);
    next.commission = part(dice, 1_000_000);
    next.fees.protocol = match between(dice, 0, 3) {
        0 => part(dice, 1_000_000),
        _ => part(dice, 30_000),
    };
    next.fees.audit = part(dice, 1_000_000);
    next.fees.report = amount(dice) >> 8;
    next.safety = 1 + between(dice, 0, 10) as u32;
    next.q_min = Chance::from_millionths(part(dice, 1_000_000));
    next
}

/// Climbs from one random sequence, `steps` plays long.
fn climb(rules: Rules, dice: &mut ChaCha8Rng, steps: u64, found: &mut Found) {
    let length = 1 + between(dice, 0, LONGEST as u64) as usize;
    let mut moves: Vec<Move> = (0..length).map(|_| Move::any(dice)).collect();
    let mut best = None;
    for step in 0..steps {
        let next = if step == 0 { moves.clone() } else { like(&moves, dice) };
        let played = play(rules, &next);
        found.plays += 1;
        found.free += u64::from(played.burnt > 0 && played.profit >= 0);
        if played.volume >= ENOUGH {
            found.rate = found.rate.max(played.score());
        }
        if played.profit > found.profit {
            found.profit = played.profit;
            found.best = next.clone();
        }
        if best.is_none_or(|best| played.score() >= best) {
            best = Some(played.score());
            moves = next;
        }
    }
}

/// Searches: `climbs` climbs of `steps` plays, each under rules that `pick` gives.
pub fn search(seed: u64, climbs: u64, steps: u64, mut pick: impl FnMut(&mut ChaCha8Rng) -> Rules) -> Found {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let mut found = Found { plays: 0, profit: i128::MIN, rate: i128::MIN, best: Vec::new(), free: 0 };
    for _ in 0..climbs {
        let rules = pick(&mut dice);
        climb(rules, &mut dice, steps, &mut found);
    }
    found
}
