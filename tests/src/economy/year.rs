//! A year of the market, epoch by epoch.

use super::{
    chain::Chain,
    ledger::Who,
    population::{between, Agent, Kind, Listing, Market},
    rules::EPOCHS_PER_ERA,
    trade::{End, Sale, Served},
};
use rand_chacha::{rand_core::RngCore, ChaCha8Rng};
use souk_primitives::{call::Prices, split::share, Balance};

const EPOCHS_PER_HOUR: u32 = 6;
/// Of calls that a smaller model answered, what the cheat saved, in millionths.
const SAVED: u32 = 800_000;
/// With which chance an audit tells a smaller model's answer from the right one.
const TOLD: u32 = 900_000;
/// Part of the calls that a careful cheat falsifies.
const CAREFUL: u32 = 200_000;
/// Exams of a hundred that a lazy provider passes.
const LAZY: u64 = 40;
/// One in so many hours, a consumer trades; then it trades for as many hours.
const SELDOM: u64 = 24;
/// One in so many hours, a consumer buys a licence.
const LICENCE: u64 = 720;

/// What can't be read from the ledger.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Value of calls that were paid, without the rings'.
    pub calls: Balance,
    /// Calls that no provider had room for.
    pub turned_away: Balance,
    /// Prices of licences that were sold.
    pub sales: Balance,
    /// What cheats saved, by their provider.
    pub saved: Vec<Balance>,
    /// Convictions, by provider.
    pub convicted: Vec<u32>,
    /// Exams that were passed.
    pub passed: u64,
    /// Exams that were refused for the price.
    pub too_dear: u64,
}

impl Market {
    /// Plays some epochs.
    pub fn play(&mut self, epochs: u32) -> Tally {
        let count = self.chain.providers.len();
        let mut tally = Tally { saved: vec![0; count], convicted: vec![0; count], ..Tally::default() };
        let menu = self.menu();
        for epoch in 1..=epochs {
            self.chain.mint_epoch();
            if epoch.is_multiple_of(self.chain.rules.exam_every.max(1)) {
                self.sit(&mut tally);
            }
            if epoch.is_multiple_of(EPOCHS_PER_HOUR) {
                self.consume(&menu, &mut tally);
                let hour = u64::from(epoch / EPOCHS_PER_HOUR);
                for ring in &mut self.rings {
                    ring.trade(&mut self.chain, hour);
                }
            }
            self.chain.end_epoch();
            if epoch.is_multiple_of(EPOCHS_PER_ERA) {
                self.stakers.pay(&mut self.chain);
            }
        }
        tally
    }

    /// An exam of everybody that takes part.
    fn sit(&mut self, tally: &mut Tally) {
        let Market { chain, agents, rings, dice, .. } = self;
        for agent in agents.iter() {
            let Some(provider) = agent.provider.filter(|provider| !chain.providers[*provider].jailed) else {
                continue;
            };
            let served = match agent.kind {
                Kind::Lazy if between(dice, 0, 100) >= LAZY => continue,
                Kind::Cheat | Kind::ExamCheat => Served { wrong: 1_000_000, told: TOLD },
                _ => Served::WELL,
            };
            // Whoever can't get back what the audit costs stays away.
            if chain.exam_cap(provider) <= chain.exam_fee {
                continue;
            }
            tally.too_dear += u64::from(!chain.is_cheap_enough(provider));
            tally.passed += u64::from(chain.exam(provider, served) == End::Good);
        }
        for ring in rings {
            ring.sit(chain);
        }
    }

    /// Who serves each spec, with what makes a consumer choose it: capacity for the price.
    fn menu(&self) -> Vec<Vec<(usize, u64)>> {
        let mut menu = vec![Vec::new(); self.chain.specs.len()];
        for agent in self.agents.iter().filter(|agent| agent.kind != Kind::ExamCheat) {
            let Some(provider) = agent.provider else { continue };
            let one = &self.chain.providers[provider];
            let Prices { per_1k_output, .. } = one.prices;
            let reference = self.chain.specs[one.spec].reference;
            let appeal = Balance::from(one.capacity) * 100 * reference / per_1k_output.max(1);
            menu[one.spec].push((provider, appeal as u64));
        }
        menu
    }

    /// An hour of honest trade.
    fn consume(&mut self, menu: &[Vec<(usize, u64)>], tally: &mut Tally) {
        let Market { chain, agents, listings, dice, .. } = self;
        let specs = menu.iter().filter(|providers| !providers.is_empty()).count() as u64;
        for agent in agents.iter().filter(|agent| agent.kind == Kind::Consumer) {
            if dice.next_u64().is_multiple_of(SELDOM) {
                let spec = between(dice, 0, specs) as usize;
                let most = 2_000_000 * SELDOM;
                let value = share_of(agent.demand, between(dice, 0, most));
                call(chain, agents, choose(chain, &menu[spec], dice), agent, value, tally);
            }
            if dice.next_u64().is_multiple_of(LICENCE) {
                buy(chain, listings, agent.accounts[0], dice, tally);
            }
        }
    }
}

/// `amount · millionths`, where that may be more than all of it.
fn share_of(amount: Balance, millionths: u64) -> Balance {
    amount * Balance::from(millionths) / 1_000_000
}

/// A provider that is not jailed, by its appeal.
fn choose(chain: &Chain, menu: &[(usize, u64)], dice: &mut ChaCha8Rng) -> Option<usize> {
    let open = || menu.iter().filter(|(provider, _)| !chain.providers[*provider].jailed);
    let whole: u64 = open().map(|(_, appeal)| appeal).sum();
    let mut at = between(dice, 0, whole);
    let mut providers = open();
    providers.find_map(|(provider, appeal)| match at.checked_sub(*appeal) {
        None => Some(*provider),
        Some(left) => {
            at = left;
            None
        }
    })
}

/// A consumer's calls of an hour with one provider: as many batches as its bond needs, one after the other.
fn call(
    chain: &mut Chain,
    agents: &[Agent],
    provider: Option<usize>,
    consumer: &Agent,
    value: Balance,
    tally: &mut Tally,
) {
    let Some(provider) = provider else {
        tally.turned_away += value;
        return;
    };
    let kind = agents.iter().find(|agent| agent.provider == Some(provider)).map(|agent| agent.kind);
    let mut left = value.min(chain.ledger.of(consumer.accounts[0]));
    while left > 0 {
        let batch = left.min(chain.room(provider));
        let served = match kind {
            Some(Kind::Cheat) => Served { wrong: 1_000_000, told: TOLD },
            Some(Kind::CarefulCheat) if is_trusted(chain, provider) => Served { wrong: CAREFUL, told: TOLD },
            _ => Served::WELL,
        };
        match chain.call(provider, consumer.accounts[0], batch, served) {
            End::Good => {
                tally.calls += batch;
                tally.saved[provider] += share(share(batch, served.wrong), SAVED);
                left -= batch;
            }
            End::Convicted => {
                tally.convicted[provider] += 1;
                tally.turned_away += left;
                return;
            }
            End::Refused => {
                tally.turned_away += left;
                return;
            }
        }
    }
}

/// Whether a provider is audited as seldom as anybody is.
fn is_trusted(chain: &Chain, provider: usize) -> bool {
    chain.chance(provider) == chain.rules.q_min
}

fn buy(chain: &mut Chain, listings: &[Listing], buyer: Who, dice: &mut ChaCha8Rng, tally: &mut Tally) {
    let listing = &listings[between(dice, 0, listings.len() as u64) as usize];
    let referrer = &listings[between(dice, 0, listings.len() as u64) as usize];
    let sale = Sale {
        owner: listing.owner,
        buyer,
        price: listing.price,
        parents: listing.parents.clone(),
        referrer: (listing.referral > 0).then_some((referrer.owner, listing.referral)),
    };
    if chain.sale(&sale) == End::Good {
        tally.sales += sale.price;
    }
}
