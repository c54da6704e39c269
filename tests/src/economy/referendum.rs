//! What an attack on a referendum costs, from the table of `docs/governance.md`, which a test of the governance pallet
//! compares with the curves.

use super::tables::{souk, table};
use anyhow::{Context, Result};
use souk_primitives::{Balance, SOUK};

/// Minutes of a year.
const YEAR: Balance = 525_960;
/// Minutes in which stake that was bought becomes power: the rest of an era, and a whole one.
const WARM_UP: Balance = 12 * 60;
/// Minutes for which a vote is locked after its side won: a week, and with the most conviction 32.
const LOCK: [Balance; 2] = [7 * 24 * 60, 32 * 7 * 24 * 60];
/// All money.
const ISSUANCE: Balance = 100_000_000 * SOUK;

/// Cells of a line of a Markdown table.
fn cells(line: &str) -> Option<Vec<&str>> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    Some(inner.split('|').map(str::trim).collect())
}

/// `3 d`, `2 h`, `10 min`.
fn minutes(text: &str) -> Option<Balance> {
    let (number, unit) = text.split_once(' ')?;
    let number: Balance = number.parse().ok()?;
    match unit {
        "min" => Some(number),
        "h" => Some(number * 60),
        "d" => Some(number * 24 * 60),
        _ => None,
    }
}

/// `38.8` percent, in thousandths.
fn mille(text: &str) -> Option<Balance> {
    let (whole, digit) = text.split_once('.')?;
    Some(whole.parse::<Balance>().ok()? * 10 + digit.parse::<Balance>().ok()?)
}

/// A track, as the document has it.
struct Track<'a> {
    name: &'a str,
    /// From the submission to the end, when it takes all of its time.
    minutes: Balance,
    /// Ayes that are needed when 0, 5, 10, 20 % vote nay, and 20 % at six to one: thousandths of all money.
    needed: Vec<Balance>,
}

fn tracks(document: &str) -> Result<Vec<Track<'_>>> {
    let rows: Vec<Vec<&str>> = document.lines().filter_map(cells).collect();
    let periods = rows.iter().filter(|row| row.len() == 8 && minutes(row[5]).is_some());
    periods
        .map(|row| {
            let time = |i: usize| minutes(row[i]).with_context(|| format!("no period: {}", row[i]));
            let costs = rows.iter().find(|other| other.len() == 7 && other[0] == row[0] && other[1] == "all");
            let costs = costs.with_context(|| format!("no costs of {}", row[0]))?;
            let needed =
                costs[2..].iter().map(|cell| mille(cell).with_context(|| format!("no share: {cell}")));
            Ok(Track {
                name: row[0],
                minutes: time(4)? + time(5)? + time(6)?,
                needed: needed.collect::<Result<_>>()?,
            })
        })
        .collect()
}

/// The table: SOUK that have to vote aye, and for how long that money is bound.
pub fn costs(document: &str) -> Result<String> {
    let tracks = tracks(document)?;
    anyhow::ensure!(!tracks.is_empty(), "docs/governance.md has no table of tracks");
    let rows: Vec<Vec<String>> = tracks
        .iter()
        .map(|track| {
            let mut row = vec![track.name.to_string()];
            for (i, needed) in track.needed.iter().enumerate() {
                let stake = ISSUANCE * needed / 1_000;
                let lock = LOCK[usize::from(i + 1 == track.needed.len())];
                let years = stake * (WARM_UP + track.minutes + lock) / YEAR;
                row.push(format!("{} ({})", souk(stake), souk(years)));
            }
            row
        })
        .collect();
    let head = ["track", "nobody votes nay", "5 %", "10 %", "20 %", "20 %, at six to one"];
    Ok(table(&head, &rows))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_should_bind_its_stake_for_warm_up_poll_and_lock() {
        let document =
            "| track | may | deposit, SOUK | at a time | prepare | decision | confirm | enactment |\n\
                        | root | everything | 10,000 | 10 | 2 h | 4 d | 1 d | 1 d |\n\n\
                        | root | half | 27.5 | 27.5 | 27.5 | 30.0 | 27.5 |\n\
                        | root | all | 5.0 | 5.0 | 10.0 | 20.0 | 5.0 |\n";
        let [root] = &tracks(document).unwrap()[..] else { panic!() };
        assert_eq!((root.name, root.minutes), ("root", 120 + 5 * 1_440));
        assert_eq!(root.needed, [50, 50, 100, 200, 50]);
        // 5 % of 100 million, for 12 + 2 + 120 + 168 of 8,766 hours; and for 32 weeks.
        let table = costs(document).unwrap();
        assert!(table.contains("| 5,000,000 (172,256) |"), "{table}");
        assert!(table.ends_with("| 5,000,000 (3,142,824) |\n"), "{table}");
        assert!(costs("nothing").is_err());
        assert!(costs(&document.replace("| all |", "| half |")).is_err());
    }
}
