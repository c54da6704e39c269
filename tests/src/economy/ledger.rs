//! Accounts, and where their money came from.

use souk_primitives::Balance;

/// An account: a person's, a bond, or a pot of the chain.
pub type Who = usize;

/// What money is paid for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Stakers' rewards.
    Staking,
    /// Usage credits of providers, without the commission.
    Usage,
    /// What exams brought, without the commission.
    Exam,
    /// The validator's part of usage credits.
    UsageCommission,
    /// The validator's part of what exams brought.
    ExamCommission,
    /// Usage credits of publishers.
    Publishing,
    /// Flat fees of audit reports.
    Report,
    /// What was sold: calls, licences, royalties, referrals; and what was paid for them.
    Trade,
    /// What is prepaid for the audit of an exam.
    ExamFee,
    /// Slashes, and what the wronged get of them.
    Slash,
}

/// Kinds of [`What`].
const KINDS: usize = 10;

/// What one account took in and gave out.
#[derive(Clone, Copy, Debug, Default)]
struct Flows {
    got: [Balance; KINDS],
    gave: [Balance; KINDS],
}

/// All money there is. What is minted less what is burnt is what it grows by: [`Ledger::check`] adds it up.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    balances: Vec<Balance>,
    flows: Vec<Flows>,
    genesis: Balance,
    minted: Balance,
    burnt: Balance,
}

impl Ledger {
    /// A new account with money from the beginning.
    pub fn open(&mut self, amount: Balance) -> Who {
        self.genesis += amount;
        self.balances.push(amount);
        self.flows.push(Flows::default());
        self.balances.len() - 1
    }

    /// What an account holds.
    pub fn of(&self, who: Who) -> Balance {
        self.balances[who]
    }

    /// What several hold together.
    pub fn together(&self, accounts: &[Who]) -> Balance {
        accounts.iter().map(|who| self.of(*who)).sum()
    }

    /// Moves money. Whoever calls this looked whether there is enough.
    pub fn pay(&mut self, what: What, from: Who, to: Who, amount: Balance) {
        self.take(what, from, amount);
        self.balances[to] += amount;
        self.flows[to].got[what as usize] += amount;
    }

    /// Moves money between two purses of one owner: neither income nor expense.
    pub fn shift(&mut self, from: Who, to: Who, amount: Balance) {
        self.balances[from] = self.balances[from].checked_sub(amount).expect("only what is there moves");
        self.balances[to] += amount;
    }

    /// Destroys money.
    pub fn burn(&mut self, what: What, from: Who, amount: Balance) {
        self.take(what, from, amount);
        self.burnt += amount;
    }

    /// Makes money.
    pub fn mint(&mut self, to: Who, amount: Balance) {
        self.balances[to] += amount;
        self.minted += amount;
    }

    fn take(&mut self, what: What, from: Who, amount: Balance) {
        self.balances[from] = self.balances[from].checked_sub(amount).expect("only what is there is paid");
        self.flows[from].gave[what as usize] += amount;
    }

    /// What several accounts took in for something.
    pub fn got(&self, what: What, accounts: &[Who]) -> Balance {
        accounts.iter().map(|who| self.flows[*who].got[what as usize]).sum()
    }

    /// What several accounts gave out for something.
    pub fn gave(&self, what: What, accounts: &[Who]) -> Balance {
        accounts.iter().map(|who| self.flows[*who].gave[what as usize]).sum()
    }

    /// What exists: kept by counting, not by adding up.
    pub fn issuance(&self) -> Balance {
        self.genesis + self.minted - self.burnt
    }

    /// What was minted.
    pub fn minted(&self) -> Balance {
        self.minted
    }

    /// What was burnt.
    pub fn burnt(&self) -> Balance {
        self.burnt
    }

    /// Whether all accounts together hold what exists, to the unit.
    pub fn check(&self) -> bool {
        self.balances.iter().sum::<Balance>() == self.issuance()
    }
}
