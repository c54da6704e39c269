//! Tables of `docs/economics.md`, as text.

use super::{
    emission::{minted_a_year, years},
    ledger::What,
    outcome::{by_kind, gini, incomes, tenths, Budget, Cheating},
    plot::{draw, Axis, Curve},
    population::{Kind, Market, Size, TARGET},
    rings::Trick,
    rules::{Rules, EPOCHS_PER_YEAR},
    search::{any_rules, search, Found},
    year::Tally,
};
use souk_primitives::{
    rewards::{mul_div, Availability, Credit},
    split::Fees,
    Balance, SOUK,
};

/// A table in Markdown: names of the columns, first one to the left, and rows.
pub fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let names: Vec<String> = head.iter().map(ToString::to_string).collect();
    let rule: Vec<String> = (0..head.len()).map(|i| if i == 0 { "---" } else { "--:" }.to_string()).collect();
    let rows: String = rows.iter().map(|row| line(row)).collect();
    line(&names) + &line(&rule) + &rows
}

/// A whole number with commas.
fn grouped(number: Balance) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Whole SOUK, rounded down.
pub fn souk(amount: Balance) -> String {
    grouped(amount / SOUK)
}

/// SOUK with two digits behind the point, towards zero, with a sign when something is lost.
pub fn signed(amount: i128) -> String {
    let (sign, amount) = (if amount < 0 { "−" } else { "" }, amount.unsigned_abs());
    format!("{sign}{}.{:02}", grouped(amount / SOUK), amount % SOUK / (SOUK / 100))
}

/// Part of a whole in percent, one digit behind the point, rounded down.
pub fn percent(part: Balance, whole: Balance) -> String {
    let mille = mul_div(part, 1_000, whole);
    format!("{}.{}", mille / 10, mille % 10)
}

/// Millionths in percent, two digits behind the point.
fn in_percent(millionths: i64) -> String {
    let rounded = (millionths.unsigned_abs() + 50) / 100;
    let sign = if millionths < 0 && rounded > 0 { "−" } else { "" };
    format!("{sign}{}.{:02}", rounded / 100, rounded % 100)
}

/// Emission by stake rate.
pub fn emission(rules: &Rules) -> String {
    let minted = minted_a_year(rules);
    let rows: Vec<Vec<String>> = years(rules, (10..=90).step_by(10))
        .iter()
        .map(|year| {
            vec![
                format!("{} %", year.staked / 10_000),
                in_percent(minted),
                in_percent(year.earned),
                in_percent(year.real),
                in_percent(year.still),
            ]
        })
        .collect();
    table(
        &[
            "staked",
            "minted a year, %",
            "stakers earn, %",
            "their part of all money, %",
            "money that lies still, %",
        ],
        &rows,
    )
}

/// The plot of that table.
pub fn emission_plot(rules: &Rules) -> String {
    let all = years(rules, 10..=90);
    let minted = minted_a_year(rules) as f64 / 1e4;
    let points = |pick: &dyn Fn(&super::emission::Year) -> f64| {
        all.iter().map(|year| (f64::from(year.staked) / 1e4, pick(year))).collect()
    };
    draw(
        "A year of emission by stake rate",
        &Axis { label: "staked, % of all money", low: 10.0, high: 90.0, step: 10.0 },
        &Axis { label: "% a year", low: -10.0, high: 45.0, step: 5.0 },
        &[
            Curve {
                label: "what stakers earn",
                colour: "#1f6fb4",
                points: points(&|y| y.earned as f64 / 1e4),
            },
            Curve { label: "minted, of all money", colour: "#777777", points: points(&|_| minted) },
            Curve {
                label: "change of a staker's part of all money",
                colour: "#c2571a",
                points: points(&|y| y.real as f64 / 1e4),
            },
            Curve {
                label: "the same for money that lies still",
                colour: "#8b3a8f",
                points: points(&|y| y.still as f64 / 1e4),
            },
        ],
    )
}

/// Where the year's money came from and went.
pub fn money(market: &Market, tally: &Tally, began: Balance) -> String {
    let ledger = &market.chain.ledger;
    let everybody: Vec<usize> = market.agents.iter().flat_map(|agent| agent.accounts.clone()).collect();
    let rings: Vec<usize> = market.rings.iter().flat_map(|ring| ring.everything(&market.chain)).collect();
    let all = [everybody, rings].concat();
    let slashes = ledger.gave(What::Slash, &all) - ledger.got(What::Slash, &all);
    let fees = ledger.got(What::Trade, &[market.chain.pots.treasury]);
    let audit: Balance = market.chain.specs.iter().map(|spec| ledger.of(spec.pot)).sum();
    let ring_volume: Balance = market.rings.iter().map(|ring| ring.volume).sum();
    let rows = [
        ("all money at the beginning", began),
        ("minted", ledger.minted()),
        ("burnt by trades", ledger.burnt() - slashes),
        ("burnt by slashes", slashes),
        ("all money at the end", ledger.issuance()),
        ("calls that honest consumers paid", tally.calls),
        ("calls that nobody had room for", tally.turned_away),
        ("licences that honest consumers bought", tally.sales),
        ("trades with oneself", ring_volume),
        ("treasury: its share of the emission", ledger.of(market.chain.pots.treasury) - fees),
        ("treasury: its half of the fees", fees),
        ("audit pots: paid for reports", ledger.got(What::Report, &all)),
        ("audit pots: left at the end", audit),
    ];
    let rows: Vec<Vec<String>> =
        rows.iter().map(|(what, amount)| vec![(*what).into(), souk(*amount)]).collect();
    table(&["what", "SOUK"], &rows)
}

/// Who got which share of each budget.
pub fn shares(market: &Market) -> String {
    let pots = market.chain.pots;
    let mut rows = Vec::new();
    for (budget, pot) in Budget::ALL.into_iter().zip([pots.stakers, pots.providers, pots.publishers]) {
        let incomes = incomes(market, budget);
        let paid: Balance = incomes.iter().map(|income| income.amount).sum();
        let left = market.chain.ledger.of(pot);
        let whole = paid + left;
        let mut row = |who: &str, count: String, amount| {
            rows.push(vec![budget.text().into(), who.into(), count, souk(amount), percent(amount, whole)]);
        };
        for (kind, count, amount) in by_kind(&incomes) {
            row(kind, count.to_string(), amount);
        }
        row("nobody: still in the pot", String::new(), left);
    }
    table(&["budget", "recipients", "how many", "SOUK", "% of the budget"], &rows)
}

/// How unequal what each budget paid is.
pub fn inequality(market: &Market) -> String {
    let staked = market.agents.iter().filter(|agent| matches!(agent.kind, Kind::Validator | Kind::Nominator));
    let bonds = market.agents.iter().filter_map(|agent| agent.accounts.get(1));
    let paid = |budget| incomes(market, budget).iter().map(|income| income.amount).collect::<Vec<Balance>>();
    let lists = [
        ("staked at the beginning", staked.map(|agent| agent.began).collect()),
        ("paid to stakers", paid(Budget::Stakers)),
        ("bonded by providers at the end", bonds.map(|bond| market.chain.ledger.of(*bond)).collect()),
        ("paid to providers", paid(Budget::Providers)),
        ("paid to publishers", paid(Budget::Publishers)),
    ];
    let rows: Vec<Vec<String>> = lists
        .iter()
        .map(|(what, amounts): &(&str, Vec<Balance>)| {
            let sum = amounts.iter().sum();
            let mut row = vec![what.to_string(), amounts.len().to_string()];
            row.extend(tenths(amounts).iter().map(|part| percent(*part, sum)));
            row.push(format!("0.{:03}", gini(amounts)));
            row
        })
        .collect();
    let head = [
        "budget",
        "people",
        "1st tenth, %",
        "2nd",
        "3rd",
        "4th",
        "5th",
        "6th",
        "7th",
        "8th",
        "9th",
        "10th",
        "Gini",
    ];
    table(&head, &rows)
}

/// What trading with oneself came to.
pub fn rings(market: &Market) -> String {
    let chain = &market.chain;
    let rows: Vec<Vec<String>> = market
        .rings
        .iter()
        .map(|ring| {
            let bound = if ring.exam_bound == 0 { "–".into() } else { souk(ring.exam_bound) };
            let exams = if ring.exam_bound == 0 { "–".into() } else { signed(ring.from_exams(chain)) };
            vec![ring.trick.text().into(), souk(ring.volume), signed(ring.from_trades(chain)), exams, bound]
        })
        .collect();
    table(
        &["trick", "traded, SOUK", "profit from trades", "exams, less their audits", "bond × cap, at most"],
        &rows,
    )
}

/// Years with one provider that is cheap, and with the same provider cheap to itself only: where others call, and where
/// nobody does.
pub fn undercut(rules: &Rules, seed: u64) -> String {
    let quiet = Size { demand: 0, ..Size::BOOK };
    let years = [
        (Size::BOOK, Trick::OneName),
        (Size::BOOK, Trick::Undercut),
        (quiet, Trick::OneName),
        (quiet, Trick::Dust),
    ];
    let rows: Vec<Vec<String>> = years
        .into_iter()
        .map(|(size, trick)| {
            let mut market = Market::open(*rules, size, seed, &[trick]);
            let tally = market.play(EPOCHS_PER_YEAR);
            let chain = &market.chain;
            let rivals: Vec<usize> = market
                .agents
                .iter()
                .filter(|agent| {
                    agent.provider.is_some_and(|provider| chain.providers[provider].spec == TARGET)
                })
                .flat_map(|agent| agent.accounts.clone())
                .collect();
            let [ring] = &market.rings[..] else { return Vec::new() };
            vec![
                trick.text().into(),
                souk(tally.calls),
                souk(ring.volume),
                signed(ring.from_trades(chain)),
                signed(ring.from_exams(chain)),
                souk(chain.ledger.got(What::Exam, &rivals)),
                grouped(tally.too_dear.into()),
            ]
        })
        .collect();
    let head = [
        "trick",
        "others' calls, SOUK",
        "its own",
        "profit from trades",
        "exams, less their audits",
        "exams of the spec's others",
        "exams refused for a price",
    ];
    table(&head, &rows)
}

/// What usage brings by how much is traded in a year, as calls at the chance of an audit that most have.
pub fn usage(rules: &Rules) -> String {
    let issuance = 100_000_000 * SOUK;
    let minted = mul_div(issuance, rules.emission.into(), 1_000_000);
    let rows: Vec<Vec<String>> = [10u128, 100, 1_000, 10_000]
        .into_iter()
        .map(|hundredth| {
            let volume = issuance * hundredth / 100;
            let burnt = rules.fees.release(volume, rules.q_min, false).burnt;
            let calls = Credit::of_call(burnt, rules.kappa, rules.key);
            let sales = Credit::of_sale(burnt, rules.kappa);
            let part = |amount, of: u32| percent(amount, mul_div(minted, of.into(), 1_000_000));
            vec![
                format!("{} %", grouped(hundredth)),
                souk(burnt),
                part(calls.provider, rules.budgets.providers),
                part(calls.publisher, rules.budgets.publishers),
                part(sales.publisher, rules.budgets.publishers),
            ]
        })
        .collect();
    let head = [
        "traded in a year, of all money",
        "burnt, SOUK",
        "providers' credits, % of their budget",
        "publishers', all calls",
        "publishers', all licences",
    ];
    table(&head, &rows)
}

/// What cheating came to.
pub fn cheats(market: &Market, tally: &Tally) -> String {
    let row = |kind: Kind| {
        let Cheating { count, convicted, saved, slashed, exams } =
            market.cheating(kind, &tally.saved, &tally.convicted);
        let net = saved as i128 - slashed as i128;
        vec![
            kind.text().into(),
            count.to_string(),
            convicted.to_string(),
            souk(saved),
            souk(slashed),
            signed(net),
            signed(exams),
        ]
    };
    table(
        &[
            "cheats",
            "how many",
            "convicted",
            "saved, SOUK",
            "slashed",
            "saved less slashed",
            "exams, less their audits",
        ],
        &[Kind::Cheat, Kind::CarefulCheat, Kind::ExamCheat].map(row),
    )
}

/// What a bond earns by exams in a year, by how much is bonded altogether, when the pot holds nothing from before.
pub fn exam_yield(rules: &Rules) -> String {
    let issuance = 100_000_000 * SOUK;
    let budget = mul_div(
        mul_div(issuance, rules.emission.into(), 1_000_000),
        rules.budgets.providers.into(),
        1_000_000,
    );
    let rows: Vec<Vec<String>> = [5u128, 10, 20, 40, 80, 160, 320]
        .into_iter()
        .map(|mille| {
            let bonds = issuance * mille / 1_000;
            let caps = mul_div(bonds, rules.yearly_cap.into(), 1_000_000);
            // Everybody has points in proportion to its bond.
            let exam = Availability { budget, points: bonds, caps };
            let earned = exam.settle(bonds / 100, caps / 100).paid * 100;
            let left = budget.saturating_sub(caps);
            vec![
                format!("{}.{} %", mille / 10, mille % 10),
                souk(earned),
                percent(earned, bonds),
                percent(left, budget),
            ]
        })
        .collect();
    table(
        &[
            "bonded by providers, of all money",
            "exams pay, SOUK",
            "return on bonds, %",
            "of the budget left over, %",
        ],
        &rows,
    )
}

/// From which bond on an exam pays for its own audit, by the flat fee of a report and how often there is one.
pub fn least_bonds(rules: &Rules) -> String {
    let every = [1u32, 6, 36];
    let rows: Vec<Vec<String>> = [10_000u128, 1_000, 100, 10]
        .into_iter()
        .map(|part| {
            let report = SOUK / part;
            let fee = Rules { fees: Fees { report, ..rules.fees }, ..*rules }.exam_fee();
            let mut row = vec![format!("1/{part}")];
            row.extend(every.map(|epochs| {
                let exams = Balance::from(EPOCHS_PER_YEAR / epochs);
                souk(mul_div(fee * exams, 1_000_000, rules.yearly_cap.into()))
            }));
            row
        })
        .collect();
    table(&["fee of a report, SOUK", "an exam each epoch", "each hour", "each era"], &rows)
}

/// The best that a person who is everybody found, under some κ and fees: units of a million that were traded.
pub fn searched(rules: &Rules, climbs: u64, steps: u64) -> String {
    let fees = [1_000u32, 10_000, 100_000];
    let rows: Vec<Vec<String>> = [0u32, 250_000, 500_000, 999_999]
        .into_iter()
        .map(|kappa| {
            let mut row = vec![format!("{}.{:02}", kappa / 1_000_000, kappa / 10_000)];
            for protocol in fees {
                let fixed = Rules { kappa, fees: Fees { protocol, ..rules.fees }, ..*rules };
                let Found { rate, .. } = search(u64::from(kappa ^ protocol), climbs, steps, |_| fixed);
                row.push(if rate < 0 {
                    format!("−{}", grouped(rate.unsigned_abs()))
                } else {
                    rate.to_string()
                });
            }
            row
        })
        .collect();
    table(&["κ", "fee 0.1 %", "fee 1 %", "fee 10 %"], &rows)
}

/// A search under any rules.
pub fn search_all(rules: &Rules, seed: u64, climbs: u64, steps: u64) -> Found {
    search(seed, climbs, steps, |dice| any_rules(rules, dice))
}
