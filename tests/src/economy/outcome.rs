//! What a year came to: who got how much of each budget, and how unequal that is.

use super::{
    ledger::{What, Who},
    population::{Agent, Kind, Market},
};
use souk_primitives::Balance;

/// One of the budgets, as its recipients see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// The stakers'.
    Stakers,
    /// The providers'.
    Providers,
    /// The publishers'.
    Publishers,
}

impl Budget {
    /// All that have recipients; the treasury's is spent by vote.
    pub const ALL: [Budget; 3] = [Budget::Stakers, Budget::Providers, Budget::Publishers];

    /// In a word.
    pub fn text(self) -> &'static str {
        match self {
            Budget::Stakers => "stakers",
            Budget::Providers => "providers",
            Budget::Publishers => "publishers",
        }
    }

    /// What is paid from it.
    pub fn pays(self) -> &'static [What] {
        match self {
            Budget::Stakers => &[What::Staking],
            Budget::Providers => &[What::Usage, What::UsageCommission, What::Exam, What::ExamCommission],
            Budget::Publishers => &[What::Publishing],
        }
    }
}

impl Kind {
    /// In words; all rings are one kind here.
    pub fn text(self) -> &'static str {
        match self {
            Kind::Validator => "validators",
            Kind::Nominator => "nominators",
            Kind::Honest => "honest providers",
            Kind::Lazy => "lazy providers",
            Kind::Cheat => "cheats",
            Kind::CarefulCheat => "careful cheats",
            Kind::ExamCheat => "cheats at exams",
            Kind::Publisher => "publishers",
            Kind::Consumer => "consumers",
            Kind::Ring(_) => "those who trade with themselves",
            Kind::Holder => "holders",
        }
    }
}

/// What one person got from a budget, and what that is a return on.
#[derive(Clone, Debug)]
pub struct Income {
    /// What the person is.
    pub kind: Kind,
    /// What it got.
    pub amount: Balance,
}

/// Incomes of everybody whom a budget is for or who got something from it.
pub fn incomes(market: &Market, budget: Budget) -> Vec<Income> {
    let got =
        |accounts: &[Who]| budget.pays().iter().map(|what| market.chain.ledger.got(*what, accounts)).sum();
    let agents = market.agents.iter().map(|agent| (agent.kind, agent.accounts.clone()));
    let rings = market.rings.iter().map(|ring| (ring.kind(), ring.accounts.clone()));
    agents
        .chain(rings)
        .map(|(kind, accounts)| Income { kind, amount: got(&accounts) })
        .filter(|income| income.amount > 0 || is_for(budget, income.kind))
        .collect()
}

/// Whom a budget is meant for.
fn is_for(budget: Budget, kind: Kind) -> bool {
    match budget {
        Budget::Stakers => matches!(kind, Kind::Validator | Kind::Nominator),
        Budget::Providers => {
            matches!(kind, Kind::Honest | Kind::Lazy | Kind::Cheat | Kind::CarefulCheat | Kind::ExamCheat)
        }
        Budget::Publishers => kind == Kind::Publisher,
    }
}

/// Incomes by kind, in the order in which kinds appear: how many, and how much together.
pub fn by_kind(incomes: &[Income]) -> Vec<(&'static str, usize, Balance)> {
    let mut kinds: Vec<(&'static str, usize, Balance)> = Vec::new();
    for Income { kind, amount } in incomes {
        match kinds.iter_mut().find(|(text, ..)| *text == kind.text()) {
            Some((_, count, sum)) => {
                *count += 1;
                *sum += amount;
            }
            None => kinds.push((kind.text(), 1, *amount)),
        }
    }
    kinds
}

/// What each tenth of the recipients got, the best paid first. Remainders go to the first tenths.
pub fn tenths(amounts: &[Balance]) -> [Balance; 10] {
    let mut sorted = amounts.to_vec();
    sorted.sort_unstable_by(|a, b| b.cmp(a));
    let mut sums = [0; 10];
    for (i, amount) in sorted.iter().enumerate() {
        sums[i * 10 / sorted.len()] += amount;
    }
    sums
}

/// The Gini coefficient in thousandths: 0 when all have the same, towards 1,000 when one has everything.
pub fn gini(amounts: &[Balance]) -> Balance {
    let mut sorted = amounts.to_vec();
    sorted.sort_unstable();
    let (n, sum) = (sorted.len() as Balance, sorted.iter().sum::<Balance>());
    if sum == 0 {
        return 0;
    }
    let ranked: Balance =
        sorted.iter().zip(1..).map(|(amount, rank): (&Balance, Balance)| amount * rank).sum();
    // 2 Σ rank·x / (n Σ x) − (n + 1) / n, on one denominator.
    (2 * ranked - (n + 1) * sum) / (n * sum / 1_000).max(1)
}

/// What a kind of cheat came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cheating {
    /// How many there were.
    pub count: usize,
    /// Convictions for calls.
    pub convicted: u32,
    /// What the smaller model saved.
    pub saved: Balance,
    /// What was slashed.
    pub slashed: Balance,
    /// What exams brought, less what their audits cost.
    pub exams: i128,
}

impl Market {
    /// What became of a kind of cheat.
    pub fn cheating(&self, kind: Kind, saved: &[Balance], convicted: &[u32]) -> Cheating {
        let mut sum = Cheating::default();
        for agent in self.of(kind) {
            let Agent { accounts, provider: Some(provider), .. } = agent else { continue };
            let ledger = &self.chain.ledger;
            sum.count += 1;
            sum.convicted += convicted[*provider];
            sum.saved += saved[*provider];
            sum.slashed += ledger.gave(What::Slash, accounts);
            sum.exams += ledger.got(What::Exam, accounts) as i128;
            sum.exams -= ledger.gave(What::ExamFee, accounts) as i128;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gini_should_be_none_for_equals_and_nearly_all_for_one() {
        let coin = 1_000_000;
        assert_eq!(gini(&[coin; 7]), 0);
        let mut one = [0; 100];
        one[3] = coin;
        assert_eq!(gini(&one), 990);
        // Half of the people with everything, in equal parts.
        assert_eq!(gini(&[0, 0, coin, coin]), 500);
        assert_eq!(gini(&[coin, 3 * coin]), 250);
        assert_eq!((gini(&[]), gini(&[0, 0])), (0, 0));
    }

    #[test]
    fn tenths_should_add_up_with_the_best_paid_first() {
        let amounts: Vec<Balance> = (1..=25).collect();
        let tenths = tenths(&amounts);
        assert_eq!(tenths.iter().sum::<Balance>(), 325);
        assert_eq!(tenths[0], 25 + 24 + 23);
        assert!(tenths.windows(2).all(|pair| pair[0] >= pair[1] || pair[0] > 0));
        assert_eq!(super::tenths(&[5]), [5, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    }
}
