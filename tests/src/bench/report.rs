//! `docs/performance.md` from what was measured.

use super::{machine, Section, Setup, Table};
use anyhow::Result;
use std::{fmt::Write, path::Path};

/// Sections in the report's order.
pub const SECTIONS: [&str; 9] =
    ["overhead", "vouchers", "engine", "verify", "search", "sales", "market", "eras", "economy"];
/// From this line on the report is written by hand and kept.
const NOTES: &str = "## Reading the numbers";

/// Writes the report; keeps what people wrote at its end.
pub fn write(setup: &Setup, path: &Path) -> Result<()> {
    let mut sections = Vec::new();
    for name in SECTIONS {
        sections.extend(Section::load_last(setup, name)?);
    }
    let before = std::fs::read_to_string(path).unwrap_or_default();
    let notes = before.find(NOTES).map(|at| before[at..].trim_end().to_string());
    std::fs::write(path, page(&sections, &machine::facts(), notes.as_deref()))?;
    Ok(())
}

fn page(sections: &[Section], facts: &[[String; 2]], notes: Option<&str>) -> String {
    let mut text = String::new();
    text.push_str(
        "# Performance\n\nWhat `./scripts/bench.sh` measured on the real components. Made by that script: everything above \
         the notes at the end is overwritten by its next run.\n\n",
    );
    let rows: Vec<Vec<String>> = facts.iter().map(|fact| fact.to_vec()).collect();
    table(&mut text, &["machine".into(), String::new()], &rows);
    text.push_str(
        "\nEach part says when it was taken, of which commit (with a `+` when the checkout held more than the commit), and \
         the load of the machine before it: above 0.5, others were at work too. Times in milliseconds and rates a second are \
         given by their median, the middle half of the samples and the 99th percentile.\n\n## Against the aims\n\n",
    );
    let mut rows = Vec::new();
    for section in sections {
        for aim in &section.aims {
            let met = match aim.met {
                Some(true) => "met",
                Some(false) => "**missed**",
                None => "",
            };
            rows.push(vec![aim.what.clone(), aim.aim.clone(), aim.measured.clone(), met.into()]);
        }
    }
    table(&mut text, &["what", "aim", "measured", ""].map(String::from), &rows);
    for section in sections {
        let _ = write!(
            text,
            "\n## {}\n\n`./scripts/bench.sh{} --only {}`, {} UTC, commit `{}`, load before {:.1}\n",
            section.title,
            if section.quick { " --quick" } else { "" },
            section.name,
            section.taken,
            section.commit,
            section.load
        );
        for how in &section.how {
            let _ = write!(text, "\n{how}\n");
        }
        for one in &section.tables {
            let _ = write!(text, "\n{}:\n\n", one.title);
            table(&mut text, &one.head, &one.rows);
        }
    }
    if let Some(notes) = notes {
        let _ = write!(text, "\n{notes}\n");
    }
    text
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

    #[test]
    fn page_should_have_aims_tables_and_the_old_notes() {
        let mut one = Table::new("Speeds", &["a", "b"]);
        one.row(["1".into(), "2".into()]);
        let section = Section {
            name: "engine".into(),
            title: "Engine".into(),
            taken: "2030-01-01 00:00".into(),
            commit: "abc".into(),
            load: 0.0,
            quick: false,
            how: vec!["Like this.".into()],
            aims: vec![Aim { what: "x".into(), aim: "< 2".into(), measured: "3".into(), met: Some(false) }],
            tables: vec![one],
        };
        let page = page(&[section], &[["cores".into(), "2".into()]], Some("## Reading the numbers\n\nMine."));
        for part in ["| cores | 2 |", "| x | < 2 | 3 | **missed** |", "| 1 | 2 |", "Like this.", "\nMine.\n"]
        {
            assert!(page.contains(part), "{part} is missing in\n{page}");
        }
    }
}
