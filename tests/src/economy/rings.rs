//! Those who trade with themselves, and what they try.

use super::{
    chain::Chain,
    ledger::{What, Who},
    population::Kind,
    trade::{End, Sale, Served},
};
use souk_primitives::{split::share, Balance, SOUK};

/// What a ring tries, once an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trick {
    /// Its own consumer calls its own provider, which serves its own listing.
    Wash,
    /// Licences are sold around a circle of accounts.
    Circle,
    /// Licences whose parents and referrers are its own accounts as well.
    Royalties,
    /// A fraud on its own consumer, for the compensation; then again with a new provider.
    SelfFraud,
    /// Two receipts for one call, reported by a friend; then again with a new provider.
    SelfReport,
    /// Calls to itself at a tiny price, so that others are too dear for the exam.
    Undercut,
    /// As little as may be settled to itself, cheaply, where nobody else trades.
    Dust,
    /// One stake behind many names, all of which sit for exams.
    ManyNames,
    /// The same stake and capacity behind one name: what the one above is measured by.
    OneName,
}

impl Trick {
    /// Those of the year in the book: all but those that change what the others get.
    pub const BOOK: [Trick; 7] = [
        Trick::Wash,
        Trick::Circle,
        Trick::Royalties,
        Trick::SelfFraud,
        Trick::SelfReport,
        Trick::ManyNames,
        Trick::OneName,
    ];

    /// In words.
    pub fn text(self) -> &'static str {
        match self {
            Trick::Wash => "own provider, consumer and listing",
            Trick::Circle => "licences sold in a circle of six",
            Trick::Royalties => "royalties and referrals to oneself",
            Trick::SelfFraud => "fraud on one's own consumer",
            Trick::SelfReport => "double receipts, reported by a friend",
            Trick::Undercut => "calls to oneself at a tiny price",
            Trick::Dust => "the least call to oneself, at a quarter of the reference",
            Trick::ManyNames => "ten names with one stake, exams only",
            Trick::OneName => "one name with the same stake, exams only",
        }
    }

    /// Whether its providers sit for exams.
    fn sits(self) -> bool {
        matches!(self, Trick::Undercut | Trick::Dust | Trick::ManyNames | Trick::OneName)
    }
}

/// One who has many accounts.
#[derive(Clone, Debug)]
pub struct Ring {
    /// What it tries.
    pub trick: Trick,
    /// Its accounts; bonds are in [`Ring::everything`].
    pub accounts: Vec<Who>,
    /// Its providers.
    pub providers: Vec<usize>,
    /// Its own spec, if it has one.
    pub spec: Option<usize>,
    /// What it began with.
    pub began: Balance,
    /// What its exams could bring by bond and cap, all in all.
    pub exam_bound: Balance,
    /// What it traded with itself.
    pub volume: Balance,
}

/// Names that [`Trick::ManyNames`] hides behind.
const NAMES: u32 = 10;
/// Stake that a ring bonds, if it sits for exams.
const STAKE: Balance = 100_000 * SOUK;
/// Tokens a second of all its names.
const CAPACITY: u32 = 2_000;
/// Bond of a provider that is to be slashed.
const LEAST_BOND: Balance = 1_000 * SOUK;
/// What is traded an hour to bend the median: somewhat more than the reference and all others of the spec weigh.
const UNDERCUT: Balance = 1_000 * SOUK;
/// Hours from one fraud to the next: as long as a bond is on its way out.
const AGAIN: u64 = 168;

impl Ring {
    /// Founds a ring with six accounts and the same money as any other.
    pub fn found(chain: &mut Chain, trick: Trick, spec: usize) -> Self {
        let accounts: Vec<Who> = (0..6).map(|_| chain.ledger.open(50_000 * SOUK)).collect();
        let began = chain.ledger.together(&accounts);
        let mut ring =
            Ring { trick, accounts, providers: Vec::new(), spec: None, began, exam_bound: 0, volume: 0 };
        let owner = ring.accounts[0];
        for from in [1, 2, 3] {
            chain.ledger.shift(ring.accounts[from], owner, 40_000 * SOUK);
        }
        let reference = chain.specs[spec].reference;
        match trick {
            Trick::Wash => {
                let parents = vec![(ring.accounts[3], 250_000), (ring.accounts[4], 250_000)];
                let own = chain.publish(ring.accounts[2], reference, 500_000, parents);
                ring.spec = Some(own);
                ring.register(chain, own, reference, CAPACITY, STAKE);
            }
            Trick::SelfFraud | Trick::SelfReport => {
                let own = chain.publish(ring.accounts[2], reference, 0, Vec::new());
                ring.spec = Some(own);
            }
            Trick::Undercut => ring.register(chain, spec, reference >> 8, CAPACITY, STAKE),
            Trick::Dust => ring.register(chain, spec, reference / 4, CAPACITY, STAKE),
            Trick::OneName => ring.register(chain, spec, reference / 2, CAPACITY, STAKE),
            Trick::ManyNames => {
                for _ in 0..NAMES {
                    ring.register(chain, spec, reference / 2, CAPACITY / NAMES, STAKE / Balance::from(NAMES));
                }
            }
            Trick::Circle | Trick::Royalties => {}
        }
        ring
    }

    fn register(&mut self, chain: &mut Chain, spec: usize, price: Balance, capacity: u32, bond: Balance) {
        let (owner, validator) = (self.accounts[0], self.accounts[5]);
        self.providers.push(chain.register(owner, validator, spec, price, capacity, bond));
    }

    /// Its accounts, the bonds included.
    pub fn everything(&self, chain: &Chain) -> Vec<Who> {
        let bonds = self.providers.iter().map(|provider| chain.providers[*provider].bond);
        self.accounts.iter().copied().chain(bonds).collect()
    }

    /// What exams brought it, less what they cost.
    pub fn from_exams(&self, chain: &Chain) -> i128 {
        let got = [What::Exam, What::ExamCommission].map(|what| chain.ledger.got(what, &self.accounts));
        let gave = chain.ledger.gave(What::ExamFee, &self.accounts);
        (got[0] + got[1]) as i128 - gave as i128
    }

    /// What its trades brought it: everything that it has now and had not, without exams.
    pub fn from_trades(&self, chain: &Chain) -> i128 {
        let now = chain.ledger.together(&self.everything(chain)) as i128;
        now - self.began as i128 - self.from_exams(chain)
    }

    /// What it does at an exam.
    pub fn sit(&mut self, chain: &mut Chain) {
        if !self.trick.sits() {
            return;
        }
        for provider in self.providers.clone() {
            if chain.exam_cap(provider) > chain.exam_fee && chain.exam(provider, Served::WELL) == End::Good {
                self.exam_bound += chain.exam_cap(provider);
            }
        }
    }

    /// What it does in an hour.
    pub fn trade(&mut self, chain: &mut Chain, hour: u64) {
        let end = match self.trick {
            Trick::Wash => self.call(chain, 1_000 * SOUK),
            Trick::Undercut => self.call(chain, UNDERCUT),
            Trick::Dust => self.call(chain, SOUK / 10),
            Trick::Circle => self.circle(chain, hour, false),
            Trick::Royalties => self.circle(chain, hour, true),
            Trick::SelfFraud | Trick::SelfReport if hour.is_multiple_of(AGAIN) => self.be_caught(chain),
            Trick::SelfFraud | Trick::SelfReport | Trick::ManyNames | Trick::OneName => None,
        };
        self.volume += end.unwrap_or(0);
        self.balance_out(chain);
    }

    /// Puts what has gathered with one account back to where it is spent.
    fn balance_out(&self, chain: &mut Chain) {
        let equal = chain.ledger.together(&self.accounts) / self.accounts.len() as Balance;
        let (owner, others) = (self.accounts[0], &self.accounts[1..]);
        for other in others {
            let surplus = chain.ledger.of(*other).saturating_sub(equal);
            chain.ledger.shift(*other, owner, surplus);
        }
        for other in others {
            let lack = equal.saturating_sub(chain.ledger.of(*other));
            chain.ledger.shift(owner, *other, lack.min(chain.ledger.of(owner)));
        }
    }

    fn call(&self, chain: &mut Chain, most: Balance) -> Option<Balance> {
        let (provider, consumer) = (*self.providers.first()?, self.accounts[1]);
        let value = most.min(chain.room(provider)).min(chain.ledger.of(consumer));
        (chain.call(provider, consumer, value, Served::WELL) == End::Good).then_some(value)
    }

    fn circle(&self, chain: &mut Chain, hour: u64, family: bool) -> Option<Balance> {
        let at = |step: u64| self.accounts[((hour + step) % self.accounts.len() as u64) as usize];
        let buyer = at(0);
        let parents = match family {
            true => vec![(at(2), 250_000), (at(3), 250_000)],
            false => Vec::new(),
        };
        let price = share(chain.ledger.of(buyer), 20_000);
        let sale = Sale { owner: at(1), buyer, price, parents, referrer: family.then(|| (at(4), 50_000)) };
        (chain.sale(&sale) == End::Good).then_some(price)
    }

    fn be_caught(&mut self, chain: &mut Chain) -> Option<Balance> {
        let (owner, consumer, friend, spec) =
            (self.accounts[0], self.accounts[1], self.accounts[2], self.spec?);
        if chain.ledger.of(owner) < LEAST_BOND {
            return None;
        }
        self.register(chain, spec, chain.specs[spec].reference, CAPACITY, LEAST_BOND);
        let provider = *self.providers.last()?;
        let value = chain.room(provider).min(chain.ledger.of(consumer));
        let end = match self.trick {
            Trick::SelfFraud => {
                chain.call(provider, consumer, value, Served { wrong: 1_000_000, told: 1_000_000 })
            }
            _ => chain.double_receipt(provider, consumer, friend, value),
        };
        // What the slash left comes back when the provider has left.
        let bond = chain.providers[provider].bond;
        let left = chain.ledger.of(bond);
        chain.ledger.shift(bond, owner, left);
        (end == End::Convicted).then_some(value)
    }

    /// As an agent of the market.
    pub fn kind(&self) -> Kind {
        Kind::Ring(self.trick)
    }
}
