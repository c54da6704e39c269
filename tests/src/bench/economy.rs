//! The economy: years of the market with other seeds, a longer search for a profit from oneself, and `docs/economics.md`.
//!
//! Nothing here depends on the machine but the time it takes.

use super::{Section, Setup, Table};
use crate::economy::{
    ledger::What,
    outcome::{gini, incomes, Budget},
    population::{Market, Size},
    report::{fill, parts, plot},
    rings::Trick,
    rules::{Rules, EPOCHS_PER_YEAR},
    tables::{percent, search_all, signed},
};
use anyhow::{Context, Result};
use souk_primitives::Balance;
use std::time::Instant;

/// First seed of the search; the tests have others.
const SEED: u64 = 1_000;

/// A year with one seed, as a row: what exams and usage paid, how unequal that is, and the best of the rings.
fn year(seed: u64, epochs: u32) -> Vec<String> {
    let mut market = Market::open(Rules::production(), Size::BOOK, seed, &Trick::BOOK);
    market.play(epochs);
    let amounts =
        |budget| incomes(&market, budget).iter().map(|income| income.amount).collect::<Vec<Balance>>();
    let everybody: Vec<usize> = market.agents.iter().flat_map(|agent| agent.accounts.clone()).collect();
    let usage = market.chain.ledger.got(What::Usage, &everybody);
    let paid: Balance = amounts(Budget::Providers).iter().sum();
    let best =
        market.rings.iter().filter(|ring| ring.volume > 0).map(|ring| ring.from_trades(&market.chain)).max();
    let mut row = vec![seed.to_string(), percent(usage, paid)];
    row.extend(Budget::ALL.map(|budget| format!("0.{:03}", gini(&amounts(budget)))));
    row.push(best.map_or_else(String::new, signed));
    row
}

/// Simulates, searches, and writes the document.
pub async fn measure(setup: &Setup, say: &dyn Fn(&str)) -> Result<Section> {
    let mut section = Section::new(setup, "economy", "The economy");
    let setup = setup.clone();
    let (years, epochs) = setup.pick((5, EPOCHS_PER_YEAR), (2, EPOCHS_PER_YEAR / 12));
    let (climbs, steps) = setup.pick((4_000, 1_000), (200, 500));
    say(&format!("economy: {years} simulated years, {climbs} searches, docs/economics.md"));
    let measured = tokio::task::spawn_blocking(move || -> Result<_> {
        let governance =
            std::fs::read_to_string(setup.docs.join("governance.md")).context("governance.md")?;
        let path = setup.docs.join("economics.md");
        let document = std::fs::read_to_string(&path).context("economics.md")?;
        let begun = Instant::now();
        let parts = parts(&governance)?;
        let took = begun.elapsed();
        std::fs::write(&path, fill(&document, &parts)?)?;
        std::fs::write(setup.docs.join("emission.svg"), plot())?;
        let rows: Vec<Vec<String>> = (0..years).map(|seed| year(seed, epochs)).collect();
        let found = search_all(&Rules::production(), SEED, climbs, steps);
        Ok((took, rows, found))
    });
    let (took, rows, found) = measured.await.context("the simulation")??;

    section.how(format!(
        "The money rules of the chain, played by agents; `docs/economics.md` explains them and holds the tables of its year, which took {:.1} s \
         to make. Below, {years} other seeds over {epochs} epochs each, and a search over {} sequences of trades with oneself, each \
         climb under other rules: any κ below one, any fee, any commission.",
        took.as_secs_f64(),
        found.plays
    ));
    section.aim(
        "profit from trades with oneself",
        "none, for any κ < 1 and any fee",
        format!(
            "at best {} units, {} of {} sequences free of loss though they burnt",
            found.profit, found.free, found.plays
        ),
        Some(found.profit <= 0 && found.free == 0),
    );
    let head = [
        "seed",
        "usage, % of what providers got",
        "Gini of stakers",
        "of providers",
        "of publishers",
        "best ring's trades, SOUK",
    ];
    let mut table = Table::new("Years with other seeds", &head);
    table.rows = rows;
    section.tables.push(table);
    Ok(section)
}
