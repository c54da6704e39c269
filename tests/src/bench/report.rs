//! `docs/performance.md` from what was measured.

use super::{Section, Setup, Table};
use anyhow::Result;
use std::{fmt::Write, path::Path};

/// Sections in the report's order.
pub const SECTIONS: [&str; 9] =
    ["overhead", "vouchers", "engine", "verify", "search", "sales", "market", "eras", "economy"];
/// From this line on the report is written by hand and kept.
const NOTES: &str = "## Reading the numbers";
/// Heading of the first table.
const AIMS: &str = "## Against the aims";

/// Writes the report. Keeps what people wrote at its end, and sections of which this machine has no results.
pub fn write(setup: &Setup, path: &Path) -> Result<()> {
    let mut sections = Vec::new();
    for name in SECTIONS {
        sections.extend(Section::load_last(setup, name)?);
    }
    let before = std::fs::read_to_string(path).unwrap_or_default();
    std::fs::write(path, page(&sections, &before))?;
    Ok(())
}

fn page(sections: &[Section], before: &str) -> String {
    let (made, notes) = before.split_at(before.find(NOTES).unwrap_or(before.len()));
    let mut text = String::from(
        "# Performance\n\nWhat `./scripts/bench.sh` measured on the real components. Made by that script: everything above \
         the notes at the end is overwritten by its next run.\n\nEach part says when it was taken, of which commit (with a \
         `+` when the checkout held more than the commit), the load of the machine before it (above 0.5, others were at work \
         too), and which machine that was. Times in milliseconds and rates a second are given by their median, the middle \
         half of the samples and the 99th percentile.\n\n",
    );
    let _ = write!(text, "{AIMS}\n\n");
    table(&mut text, &["what", "aim", "measured", ""].map(String::from), &aims(sections, made));
    for name in SECTIONS {
        match sections.iter().find(|section| section.name == name) {
            // Of an old result, the page may know the machine.
            Some(section) if !section.machine.is_empty() => tell(&mut text, section),
            _ => text.extend(standing(made, name).map(|part| format!("\n{}\n", part.trim_end()))),
        }
    }
    if !notes.is_empty() {
        let _ = write!(text, "\n{}\n", notes.trim_end());
    }
    text
}

fn tell(text: &mut String, section: &Section) {
    let _ = write!(
        text,
        "\n## {}\n\n`./scripts/bench.sh{} --only {}`, {} UTC, commit `{}`, load before {:.1}, on {}\n",
        section.title,
        if section.quick { " --quick" } else { "" },
        section.name,
        section.taken,
        section.commit,
        section.load,
        section.machine
    );
    for how in &section.how {
        let _ = write!(text, "\n{how}\n");
    }
    for one in &section.tables {
        let _ = write!(text, "\n{}:\n\n", one.title);
        table(text, &one.head, &one.rows);
    }
}

/// A part of the page, with its heading, as it stands.
fn part(page: &str, is_it: impl Fn(&str) -> bool) -> Option<&str> {
    let starts: Vec<usize> = page.match_indices("\n## ").map(|(at, _)| at + 1).collect();
    let ends = starts.iter().skip(1).copied().chain([page.len()]);
    starts.iter().zip(ends).map(|(start, end)| &page[*start..end]).find(|part| is_it(part))
}

/// The section of that name as it stands.
fn standing<'a>(page: &'a str, name: &str) -> Option<&'a str> {
    part(page, |part| part.contains(&format!("--only {name}`, ")))
}

/// Rows of the first table: those that stand there, each with its newest numbers, then new ones.
fn aims(sections: &[Section], page: &str) -> Vec<Vec<String>> {
    let stands = part(page, |part| part.starts_with(AIMS)).unwrap_or_default();
    let rows = stands.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")).skip(2);
    let mut rows: Vec<Vec<String>> =
        rows.map(|row| row.split(" | ").map(|cell| cell.trim().to_string()).collect()).collect();
    for aim in sections.iter().flat_map(|section| &section.aims) {
        let met = match aim.met {
            Some(true) => "met",
            Some(false) => "**missed**",
            None => "",
        };
        let row = vec![aim.what.clone(), aim.aim.clone(), aim.measured.clone(), met.into()];
        match rows.iter_mut().find(|old| old.first() == Some(&aim.what)) {
            Some(old) => *old = row,
            None => rows.push(row),
        }
    }
    rows
}

fn table(text: &mut String, head: &[String], rows: &[Vec<String>]) {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    text.push_str(&line(head));
    text.push_str(&line(&vec!["---".to_string(); head.len()]));
    for row in rows {
        text.push_str(&line(row));
    }
}

/// A section as people read it in a terminal.
pub fn print(section: &Section) {
    for aim in &section.aims {
        let met = match aim.met {
            Some(true) => ": met",
            Some(false) => ": missed",
            None => "",
        };
        println!("    {}: {} (aim: {}{met})", aim.what, aim.measured, aim.aim);
    }
    for table in &section.tables {
        print_table(table);
    }
}

fn print_table(table: &Table) {
    println!("\n    {}", table.title);
    let all = || std::iter::once(&table.head).chain(&table.rows);
    let width =
        |column: usize| all().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..table.head.len()).map(|column| width(column).unwrap_or(0)).collect();
    for row in all() {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}", width = *width)).collect();
        println!("      {}", cells.join("  ").trim_end());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Aim;

    fn section(name: &str, measured: &str) -> Section {
        let mut one = Table::new("Speeds", &["a", "b"]);
        one.row([measured.into(), "2".into()]);
        let aim = Aim {
            what: format!("{name} speed"),
            aim: "< 2".into(),
            measured: measured.into(),
            met: Some(false),
        };
        Section {
            name: name.into(),
            title: name.to_uppercase(),
            taken: "2030-01-01 00:00".into(),
            commit: "abc".into(),
            load: 0.0,
            quick: false,
            machine: "an abacus, 2 cores".into(),
            how: vec!["Like this.".into()],
            aims: vec![aim],
            tables: vec![one],
        }
    }

    #[test]
    fn page_should_have_aims_tables_and_the_old_notes() {
        let page = page(&[section("engine", "3")], "old\n## Reading the numbers\n\nMine.");
        for part in [
            "| engine speed | < 2 | 3 | **missed** |",
            "| 3 | 2 |",
            "Like this.",
            "on an abacus, 2 cores\n",
            "\nMine.\n",
        ] {
            assert!(page.contains(part), "{part} is missing in\n{page}");
        }
        assert!(!page.contains("old"), "{page}");
    }

    #[test]
    fn sections_of_another_machine_should_stay_as_they_are() {
        let whole = page(&[section("engine", "3"), section("eras", "4")], "");
        assert_eq!(page(&[], &whole), whole);
        let partly = page(&[section("eras", "5")], &whole);
        assert_eq!(partly, page(&[section("engine", "3"), section("eras", "5")], ""));
    }
}
