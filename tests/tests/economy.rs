//! The money rules, played by agents: no node, no model.

use anyhow::Result;
use souk_e2e::economy::{
    ledger::What,
    outcome::{incomes, Budget},
    population::{Kind, Market, Size},
    report::{fill, parts, plot, SEED},
    rings::Trick,
    rules::{Rules, Traded, EPOCHS_PER_YEAR},
    search::{play, search, Found},
    tables::search_all,
};
use souk_primitives::{rewards::Credit, split::share, Balance, SOUK};
use std::path::{Path, PathBuf};

/// Epochs of a quarter of a year.
const QUARTER: u32 = 13_149;

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn read(path: &str) -> Result<String> {
    Ok(std::fs::read_to_string(file(path))?)
}

#[test]
fn the_economy_in_the_book_should_be_what_the_rules_make() -> Result<()> {
    let parts = parts(&read("docs/governance.md")?)?;
    let document = read("docs/economics.md")?;
    assert!(
        fill(&document, &parts)? == document,
        "docs/economics.md is out of date: `./scripts/bench.sh --only economy` makes its tables again"
    );
    assert!(read("docs/emission.svg")? == plot(), "docs/emission.svg is out of date");
    Ok(())
}

#[test]
fn no_sequence_of_self_trades_in_the_economy_should_end_with_more() {
    let found = search_all(&Rules::production(), 1, 1_000, 400);
    assert_eq!(found.plays, 400_000);
    assert!(found.profit <= 0, "{} units by {:?}", found.profit, found.best);
    assert_eq!(found.free, 0, "something was burnt and nothing lost");
}

/// The search finds what there is to find: rules that credit a little more than they may.
#[test]
fn the_search_should_find_a_profit_in_a_careless_economy() {
    // Each side is credited from the whole protocol fee, of which only half is burnt.
    fn by_the_fee(rules: &Rules, trade: Traded) -> Credit {
        let (Traded::Call { burnt, .. } | Traded::Sale { burnt, .. }) = trade;
        let credit = share(2 * burnt, rules.kappa);
        Credit { provider: credit, publisher: credit }
    }
    // A sale is credited from its price.
    fn by_the_price(rules: &Rules, trade: Traded) -> Credit {
        match trade {
            Traded::Call { burnt, .. } => Credit::of_call(burnt, rules.kappa, rules.key),
            Traded::Sale { price, .. } => Credit { provider: 0, publisher: share(price, 20_000) },
        }
    }
    for credit in [by_the_fee, by_the_price] {
        let careless = Rules { credit, ..Rules::production() };
        let Found { profit, best, .. } = search(2, 10, 100, |_| careless);
        assert!(profit > SOUK as i128, "{profit}");
        // The same trades under the chain's rule lose.
        assert!(play(Rules::production(), &best).profit < 0);
    }
}

#[test]
fn a_quarter_of_the_economy_should_keep_every_promise() {
    let mut market = Market::open(Rules::production(), Size::BOOK, SEED, &Trick::BOOK);
    let began = market.chain.ledger.issuance();
    let tally = market.play(QUARTER);
    let ledger = &market.chain.ledger;
    assert!(ledger.check());
    assert_eq!(ledger.issuance(), began + ledger.minted() - ledger.burnt());
    // A quarter of 8.33 %, less what was burnt on the way.
    assert!((2_000_000..2_030_000).contains(&(ledger.minted() / SOUK)), "{}", ledger.minted());
    assert!(tally.calls > 1_000_000 * SOUK && tally.sales > 0 && tally.passed > 0);

    for ring in &market.rings {
        let from_trades = ring.from_trades(&market.chain);
        assert!(from_trades <= 0, "{:?} gains {from_trades}", ring.trick);
        assert!(ring.volume > 0 || from_trades == 0, "{:?}", ring.trick);
        assert!(ring.from_exams(&market.chain) <= ring.exam_bound as i128, "{:?}", ring.trick);
        let traded = !matches!(ring.trick, Trick::ManyNames | Trick::OneName);
        assert_eq!(ring.volume > 0, traded, "{:?}", ring.trick);
    }
    let exams = |trick| {
        let ring = market.rings.iter().find(|ring| ring.trick == trick).expect("each trick has its ring");
        ring.from_exams(&market.chain)
    };
    assert!(exams(Trick::OneName) > 0);
    assert!(exams(Trick::ManyNames) <= exams(Trick::OneName), "names are not cheaper than stake");

    let cheats = market.cheating(Kind::Cheat, &tally.saved, &tally.convicted);
    assert_eq!(cheats.convicted, cheats.count as u32);
    assert!(cheats.slashed > cheats.saved);
    assert!(market.cheating(Kind::ExamCheat, &tally.saved, &tally.convicted).slashed > 0);

    // What a budget paid and what it holds is what it was given.
    let given = |part: u32| share(ledger.minted(), part);
    let budgets = Rules::production().budgets;
    let pots = market.chain.pots;
    for (budget, part, pot) in [
        (Budget::Stakers, budgets.stakers, pots.stakers),
        (Budget::Providers, budgets.providers, pots.providers),
        (Budget::Publishers, budgets.publishers, pots.publishers),
    ] {
        let paid: Balance = incomes(&market, budget).iter().map(|income| income.amount).sum();
        let whole = paid + ledger.of(pot);
        // Each drop is rounded down on its own.
        assert!(given(part).abs_diff(whole) < 10_000_000, "{budget:?}: {whole} of {}", given(part));
    }
    assert!(
        ledger.got(What::Report, &market.stakers.validators.iter().map(|(who, _)| *who).collect::<Vec<_>>())
            > 0
    );
}

/// A slash comes seldom and is large: it takes many calls until the mean shows.
#[test]
fn careful_cheats_should_lose_more_than_they_save_in_the_economy() {
    let size = Size { others: 12, demand: 10 * Size::BOOK.demand, ..Size::BOOK };
    let mut market = Market::open(Rules::production(), size, SEED, &[]);
    let tally = market.play(EPOCHS_PER_YEAR);
    let cheats = market.cheating(Kind::CarefulCheat, &tally.saved, &tally.convicted);
    assert!(cheats.convicted > 5 && cheats.saved > 0, "{cheats:?}");
    assert!(cheats.slashed > cheats.saved, "{cheats:?}");
}

/// Who trades nearly nothing with itself, cheaply, where nobody else trades: nobody else is too dear for the exam by that.
#[test]
fn dust_should_keep_nobody_from_the_exam_in_the_economy() {
    let quiet = Size { demand: 0, ..Size::BOOK };
    let play = |trick| {
        let mut market = Market::open(Rules::production(), quiet, SEED, &[trick]);
        let tally = market.play(1_000);
        (tally.too_dear, tally.passed, market.rings[0].volume)
    };
    let (fair, dust) = (play(Trick::OneName), play(Trick::Dust));
    assert!(fair.1 > 0 && fair.2 == 0 && dust.2 > 0);
    assert_eq!((fair.0, dust.0), (0, 0));
    // All others pass as often; the draws of audits are different ones.
    assert!(dust.1.abs_diff(fair.1) * 100 < fair.1, "{} instead of {}", dust.1, fair.1);
}

/// Whoever calls itself at a tiny price, and for more than the reference and all others weigh, keeps others from the exam,
/// and pays more for it than exams can bring its bond.
#[test]
fn undercutting_a_market_should_cost_more_than_exams_bring_in_the_economy() {
    let quarter = |trick| {
        let mut market = Market::open(Rules::production(), Size::BOOK, SEED, &[trick]);
        let tally = market.play(QUARTER);
        let ring = &market.rings[0];
        (tally.too_dear, ring.from_trades(&market.chain), ring.from_exams(&market.chain), ring.exam_bound)
    };
    let (fair, trick) = (quarter(Trick::OneName), quarter(Trick::Undercut));
    assert!(trick.0 > fair.0, "{} prices were too high instead of {}", trick.0, fair.0);
    // Both earn the cap: keeping others out brings the ring nothing.
    assert!(trick.2 >= fair.2 && trick.2 <= trick.3 as i128);
    assert!(trick.1 + trick.2 < fair.1 + fair.2);
}

#[test]
fn the_same_seed_should_give_the_same_economy() {
    let run = |seed| {
        let mut market = Market::open(Rules::production(), Size::BOOK, seed, &Trick::BOOK);
        market.play(300);
        let ledger = &market.chain.ledger;
        let validators = market.stakers.validators.iter().map(|(who, _)| ledger.of(*who)).collect::<Vec<_>>();
        (ledger.burnt(), validators)
    };
    assert_eq!(run(7), run(7));
    assert_ne!(run(7), run(8));
}
