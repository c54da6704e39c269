//! What the chain is set to: read from the runtime's own sources, so that nothing is named twice.

use souk_primitives::{exposure::Chance, rewards::Credit, split::Fees, Balance, SOUK};

/// Milliseconds of an epoch: ten minutes.
pub const EPOCH_MILLIS: u64 = 600_000;
/// Epochs of an era.
pub const EPOCHS_PER_ERA: u32 = 36;
/// Milliseconds between two drops of the emission.
pub const DROP_MILLIS: u64 = 12_000;
/// Epochs of a year of 365.25 days.
pub const EPOCHS_PER_YEAR: u32 = 52_596;

/// Where the parameters are declared with production's defaults.
const PARAMETERS: &str = include_str!("../../../runtime/src/parameters.rs");
/// Where the budgets are set.
const GENESIS: &str = include_str!("../../../runtime/src/genesis/mod.rs");

/// What follows `mark` in a text, up to the end of its line.
fn after<'a>(text: &'a str, mark: &str) -> &'a str {
    let (_, rest) = text.split_once(mark).unwrap_or_else(|| panic!("the runtime has no {mark:?} any more"));
    rest.lines().next().unwrap_or_default()
}

fn number(text: &str) -> u32 {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("no number: {text}"))
}

/// A parameter's default, a share in millionths.
fn parameter(name: &str) -> u32 {
    let line = after(PARAMETERS, &format!("pub static {name}: "));
    let (_, value) = line.split_once(" = ").unwrap_or_else(|| panic!("no default: {line}"));
    match value.contains("from_percent(") {
        true => number(value) * 10_000,
        false => number(value),
    }
}

/// A budget's part, in millionths.
fn budget(key: &str) -> u32 {
    number(after(GENESIS, &format!("({key}, "))) * 10_000
}

/// How the emission is divided, in millionths.
#[derive(Clone, Copy, Debug)]
pub struct Budgets {
    /// To stakers.
    pub stakers: u32,
    /// To providers.
    pub providers: u32,
    /// To publishers.
    pub publishers: u32,
    /// To the treasury.
    pub treasury: u32,
}

/// A trade that ended well, as the rule that credits it sees it.
#[derive(Clone, Copy, Debug)]
pub enum Traded {
    /// A released batch.
    Call {
        /// What it burnt.
        burnt: Balance,
        /// What it cost.
        value: Balance,
    },
    /// A settled sale.
    Sale {
        /// What it burnt.
        burnt: Balance,
        /// Its price.
        price: Balance,
    },
}

/// The chain's parameters as far as money goes; shares in millionths.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Minted a year, of all that exists.
    pub emission: u32,
    /// How that is divided.
    pub budgets: Budgets,
    /// What a trade is credited with, of what it burnt.
    pub kappa: u32,
    /// The provider's part of a credit.
    pub key: u32,
    /// The validator's part of what its provider earns.
    pub commission: u32,
    /// What exams bring in a year at most, of the bond.
    pub yearly_cap: u32,
    /// How far a price may lie over the median.
    pub band: u32,
    /// Epochs from one exam to the next.
    pub exam_every: u32,
    /// Seconds of work that an exam asks for.
    pub exam_seconds: u32,
    /// Fees of batches; the protocol's fee is that of sales, too.
    pub fees: Fees,
    /// By how much a slash exceeds what cheating could gain.
    pub safety: u32,
    /// The least chance of an audit.
    pub q_min: Chance,
    /// The rule that credits a trade: [`by_what_was_burnt`], but in a test of the search.
    pub credit: fn(&Rules, Traded) -> Credit,
}

impl Rules {
    /// The starting parameters of production. The flat fee of a report is set spec by spec; a thousandth of a SOUK is
    /// assumed here, what a hundred tokens cost at the reference price.
    pub fn production() -> Self {
        let fees = Fees {
            protocol: parameter("ProtocolFee"),
            audit: parameter("AuditFee"),
            report: SOUK / 1_000,
            seats: parameter("CommitteeSize"),
            window: parameter("BeaconWindow"),
        };
        Rules {
            emission: parameter("EmissionRate"),
            budgets: Budgets {
                stakers: budget("StakersBudget::KEY"),
                providers: budget("pallet_rewards::PROVIDERS"),
                publishers: budget("pallet_rewards::PUBLISHERS"),
                treasury: budget("TreasuryBudget::KEY"),
            },
            kappa: parameter("Kappa"),
            key: parameter("ProviderKey"),
            commission: parameter("Commission"),
            yearly_cap: parameter("YearlyCap"),
            band: parameter("PriceBand"),
            exam_every: parameter("ExamEvery"),
            exam_seconds: parameter("ExamSeconds"),
            fees,
            safety: parameter("SafetyFactor"),
            q_min: Chance::from_millionths(parameter("MinChance")),
            credit: by_what_was_burnt,
        }
    }

    /// Milliseconds from one exam to the next.
    pub fn exam_millis(&self) -> u64 {
        EPOCH_MILLIS * u64::from(self.exam_every.max(1))
    }

    /// What the certain audit of an exam costs on average: prepaid by who sits for it.
    pub fn exam_fee(&self) -> Balance {
        let flat = Fees { protocol: 0, audit: 0, ..self.fees };
        flat.audit_fee(Balance::MAX, Chance::ONE)
    }
}

/// The chain's rule.
pub fn by_what_was_burnt(rules: &Rules, trade: Traded) -> Credit {
    match trade {
        Traded::Call { burnt, .. } => Credit::of_call(burnt, rules.kappa, rules.key),
        Traded::Sale { burnt, .. } => Credit::of_sale(burnt, rules.kappa),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::rewards::MAX_KAPPA;
    use souk_sidecar::{config::Config, engine::EXAM_SHARE, exam::MARGIN};

    #[test]
    fn rules_should_be_read_from_the_runtime() {
        let rules = Rules::production();
        let Budgets { stakers, providers, publishers, treasury } = rules.budgets;
        assert_eq!(stakers + providers + publishers + treasury, 1_000_000);
        assert!(stakers > 0 && providers > 0 && publishers > 0 && treasury > 0);
        assert_eq!((rules.emission, rules.fees.protocol, rules.fees.audit), (80_000, 10_000, 20_000));
        assert!(rules.kappa > 0 && rules.kappa <= MAX_KAPPA);
        assert!(rules.exam_every > 0 && rules.exam_seconds > 0 && rules.yearly_cap <= 1_000_000);
        assert_eq!(number("4_032;"), 4_032);
    }

    #[test]
    fn an_exam_should_fit_into_its_share_of_the_window_when_it_is_seen_a_block_late() {
        let blocks = parameter("ExamWindow") - MARGIN - 1;
        let millis = u64::from(blocks) * Config::default().audit.block_millis;
        let share = millis * u64::from(EXAM_SHARE) / u64::from(EXAM_SHARE + 1);
        let work = u64::from(Rules::production().exam_seconds) * 1_000;
        assert!(work <= share, "{work} ms of work have {share} ms while others call");
    }
}
