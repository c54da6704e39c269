//! The search index: how long it takes to make, to follow a block, and to answer.

use super::{stats::Samples, Section, Setup, Table};
use anyhow::{ensure, Context, Result};
use souk_primitives::views::ListingView;
use souk_search::{
    crowd::{crowd, queries},
    Head, Index, Query, Row, Sort, Writer,
};
use std::{path::Path, time::Instant};

/// Seed of the listings and the searches.
const SEED: u64 = 3;
/// Listings that a busy block changes.
const CHANGED: usize = 20;
/// The design's aim for the 99th percentile, in milliseconds.
const AIM: f64 = 20.0;

fn ms(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1_000.0
}

fn rows(views: impl Iterator<Item = ListingView>) -> Vec<(u64, Option<Row>)> {
    views.map(|view| (view.id, Some(Row { view, appeal_until: None }))).collect()
}

fn head(number: u32) -> Head {
    Head { number, hash: [1; 32] }
}

/// Samples of one kind of search.
struct Group {
    name: &'static str,
    holds: fn(&Query) -> bool,
    samples: Samples,
}

fn groups() -> Vec<Group> {
    let group = |name, holds| Group { name, holds, samples: Samples::default() };
    vec![
        group("all", |_| true),
        group("by text, best first", |query| query.text.is_some() && query.sort.is_none()),
        group("by text, in another order", |query| query.text.is_some() && query.sort.is_some()),
        group("by filters alone", |query| query.text.is_none()),
        group("the cheapest", |query| query.sort == Some(Sort::Price)),
        group("a later page", |query| query.cursor.is_some()),
    ]
}

/// One search as a node answers it: found, and written as JSON.
fn ask(index: &Index, query: &Query, groups: &mut [Group]) -> Result<Option<String>> {
    let begun = Instant::now();
    let page = index.search(query)?;
    let text = serde_json::to_vec(&page)?;
    let took = ms(begun);
    ensure!(!text.is_empty());
    for group in groups.iter_mut().filter(|group| (group.holds)(query)) {
        group.samples.push(took);
    }
    Ok(page.next)
}

fn follow_blocks(writer: &mut Writer, count: u32, listings: usize) -> Result<Samples> {
    let mut samples = Samples::default();
    let mut fresh = crowd(SEED + 1);
    for number in 0..count {
        let mut changed: Vec<ListingView> = fresh.by_ref().take(CHANGED).collect();
        for (i, view) in changed.iter_mut().enumerate() {
            view.id = ((number as usize * 7_919 + i * 104_729) % listings) as u64;
        }
        let begun = Instant::now();
        writer.update(head(number + 2), &rows(changed.into_iter()))?;
        samples.push(ms(begun));
    }
    Ok(samples)
}

fn file_size(folder: &Path) -> Result<u64> {
    let mut size = 0;
    for entry in std::fs::read_dir(folder)? {
        size += entry?.metadata()?.len();
    }
    Ok(size)
}

/// Measures everything.
pub async fn measure(setup: &Setup, say: &dyn Fn(&str)) -> Result<Section> {
    let setup = setup.clone();
    let (listings, searches, blocks) = setup.pick((100_000, 10_000, 200), (10_000, 1_000, 20));
    let mut section = Section::new(&setup, "search", "Search");
    section.how(format!(
        "An index of {listings} made-up listings whose words are as unequal as in real texts (the n-th most common is n times as rare as the \
         first), on the disk, in one process without a node; {searches} searches one after the other, of all kinds and orders, with common \
         and rare words, for 20 results each, written as JSON; after every other one that has more results, its next page."
    ));
    say(&format!("search: making {listings} listings"));
    // Everything here waits for the disk: not on a thread that serves others.
    let measured = tokio::task::spawn_blocking(move || -> Result<_> {
        let folder = tempfile::Builder::new().prefix("search").tempdir_in(&setup.folder)?;
        let (index, mut writer) = Index::open(folder.path(), [3; 32])?;
        let all = rows(crowd(SEED).take(listings));
        let begun = Instant::now();
        writer.update(head(1), &all)?;
        let made = begun.elapsed();
        let updates = follow_blocks(&mut writer, blocks, listings)?;
        drop((index, writer));
        let size = file_size(folder.path())?;
        let begun = Instant::now();
        let (index, _writer) = Index::open(folder.path(), [3; 32])?;
        let opened = ms(begun);

        let mut groups = groups();
        for (number, query) in queries(SEED).take(searches).enumerate() {
            let next = ask(&index, &query, &mut groups)?;
            if let Some(next) = next.filter(|_| number % 2 == 0) {
                ask(&index, &Query { cursor: Some(next), ..query }, &mut groups)?;
            }
        }
        Ok((made, updates, size, opened, groups))
    });
    let (made, updates, size, opened, groups) = measured.await.context("the search index")??;

    let p99 = groups.first().map_or(f64::MAX, |all| all.samples.quantile(0.99));
    section.aim(
        &format!("search among {listings} listings, 99th percentile"),
        "under 20 ms",
        format!("{p99:.1} ms"),
        Some(p99 < AIM),
    );
    let mut table =
        Table::new("Searches, ms", &["searches", "how many", "median", "middle half", "p99", "slowest"]);
    for group in &groups {
        let [median, half, p99] = group.samples.cells(2);
        let slowest = format!("{:.2}", group.samples.quantile(1.0));
        table.row([group.name.into(), group.samples.count().to_string(), median, half, p99, slowest]);
    }
    section.tables.push(table);
    let mut table = Table::new("The index", &["what", "measured"]);
    table.row(["made from nothing".into(), format!("{:.1} s", made.as_secs_f64())]);
    table.row([format!("a block that changes {CHANGED} listings"), format!("{} ms", updates.short(2))]);
    table.row(["opened and checked at a start".into(), format!("{opened:.0} ms")]);
    table.row(["on the disk".into(), format!("{:.0} MB", size as f64 / 1e6)]);
    section.tables.push(table);
    Ok(section)
}
