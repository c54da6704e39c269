//! The tables of `docs/economics.md`: made here, written by the bench, compared by a test.

use super::{
    population::{Market, Size},
    referendum,
    rings::Trick,
    rules::{Rules, EPOCHS_PER_YEAR},
    tables,
};
use anyhow::{ensure, Context, Result};

/// Seed of the year in the book.
pub const SEED: u64 = 4;
/// Climbs and plays of each search in the book's table.
const SEARCH: (u64, u64) = (6, 250);

/// A part of the document that is made.
pub struct Part {
    /// Its name in the markers around it.
    pub name: &'static str,
    /// What lies between them.
    pub text: String,
}

/// Makes every part. `governance` is the text of `docs/governance.md`.
pub fn parts(governance: &str) -> Result<Vec<Part>> {
    let rules = Rules::production();
    let mut market = Market::open(rules, Size::BOOK, SEED, &Trick::BOOK);
    let began = market.chain.ledger.issuance();
    let tally = market.play(EPOCHS_PER_YEAR);
    ensure!(market.chain.ledger.check(), "the year's money does not add up");
    let part = |name, text| Part { name, text };
    Ok(vec![
        part("emission", tables::emission(&rules)),
        part("money", tables::money(&market, &tally, began)),
        part("shares", tables::shares(&market)),
        part("inequality", tables::inequality(&market)),
        part("usage", tables::usage(&rules)),
        part("exam yield", tables::exam_yield(&rules)),
        part("least bonds", tables::least_bonds(&rules)),
        part("rings", tables::rings(&market)),
        part("undercut", tables::undercut(&rules, SEED)),
        part("search", tables::searched(&rules, SEARCH.0, SEARCH.1)),
        part("cheats", tables::cheats(&market, &tally)),
        part("referenda", referendum::costs(governance)?),
    ])
}

/// The plot of the emission.
pub fn plot() -> String {
    tables::emission_plot(&Rules::production())
}

fn markers(name: &str) -> (String, String) {
    (format!("<!-- made: {name} -->\n"), format!("<!-- end: {name} -->"))
}

/// The document with each part between its markers.
pub fn fill(document: &str, parts: &[Part]) -> Result<String> {
    let mut text = document.to_string();
    for Part { name, text: made } in parts {
        let (open, close) = markers(name);
        let from = text.find(&open).with_context(|| format!("no {open}"))? + open.len();
        let length = text[from..].find(&close).with_context(|| format!("no {close}"))?;
        text.replace_range(from..from + length, &format!("\n{made}\n"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_should_go_between_their_markers_and_nowhere_else() {
        let part = Part { name: "a", text: "| new |\n".into() };
        let document = "Before.\n<!-- made: a -->\n\nold\n\n<!-- end: a -->\nAfter.\n";
        let filled = fill(document, std::slice::from_ref(&part)).unwrap();
        assert_eq!(filled, "Before.\n<!-- made: a -->\n\n| new |\n\n<!-- end: a -->\nAfter.\n");
        assert_eq!(fill(&filled, std::slice::from_ref(&part)).unwrap(), filled);
        assert!(fill("nothing", &[part]).is_err());
    }
}
