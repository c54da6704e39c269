//! What it costs to pass a referendum against the others' will, computed from the curves; `docs/governance.md` shows
//! this table, and may not show another.

use crate::tracks::{Plan, PLANS};
use sp_runtime::Perbill;

const HEAD: &str = "| track | after | 0 % | 5 % | 10 % | 20 % | 20 %, at six to one |";

fn share(value: Perbill) -> f64 {
    f64::from(value.deconstruct()) / 1e9
}

/// Share of the active issuance that has to vote aye, when `nays` of it vote nay and an aye has `conviction` times the
/// votes of a nay.
fn cost(plan: &Plan, after: Perbill, nays: f64, conviction: f64) -> f64 {
    let (approval, support) = (share(plan.approval.threshold(after)), share(plan.support.threshold(after)));
    let majority = if nays == 0.0 { 0.0 } else { nays * approval / (1.0 - approval) / conviction };
    support.max(majority)
}

/// In percent; more than there is can't be done.
fn percent(cost: f64) -> String {
    if cost > 1.0 {
        "–".into()
    } else {
        format!("{:.1}", cost * 100.0)
    }
}

fn rows() -> Vec<String> {
    let mut rows = Vec::new();
    for plan in &PLANS {
        for (after, label) in [(25, "a quarter"), (50, "half"), (100, "all")] {
            let after = Perbill::from_percent(after);
            let mut cells: Vec<String> =
                [0.0, 0.05, 0.1, 0.2].iter().map(|nays| percent(cost(plan, after, *nays, 1.0))).collect();
            cells.push(percent(cost(plan, after, 0.2, 6.0)));
            rows.push(format!("| {} | {label} | {} |", plan.name, cells.join(" | ")));
        }
    }
    rows
}

#[test]
fn the_table_in_the_docs_should_be_what_the_curves_say() {
    let table = format!("{HEAD}\n| --- | --- | --: | --: | --: | --: | --: |\n{}\n", rows().join("\n"));
    let page = include_str!("../../../../docs/governance.md");
    assert!(page.contains(&table), "docs/governance.md should have:\n{table}");
}

#[test]
fn against_a_fifth_of_all_money_nothing_should_pass_with_less_at_equal_conviction() {
    for plan in &PLANS {
        assert!(cost(plan, Perbill::one(), 0.2, 1.0) > 0.1999, "{}", plan.name);
    }
}
