//! `souk referenda`.

mod propose;

use super::{nothing_before, Context};
use crate::{
    args::{Referenda, ReferendaArgs},
    failure::{Failure, Result},
    output::{columns, hex0x, legible},
    sales::offer::{show_blocks, show_share},
    times,
};
use serde_json::json;
use souk_client::{souk, Chain};
use souk_primitives::{
    views::{EnactmentView, OngoingView, Phase, ReferendumState, ReferendumView, TrackView},
    BlockNumber,
};

/// Referenda of one page.
const PAGE: u32 = 100;
/// Numbers that the chain looks at for one answer.
const LOOKS: u32 = 1_000;

/// Runs it.
pub async fn run(context: &Context, args: ReferendaArgs) -> Result<()> {
    nothing_before(args.command.is_some(), args.all || args.track.is_some())?;
    match args.command {
        None => list(context, args.all, args.track.as_deref()).await,
        Some(Referenda::Show { referendum }) => show(context, referendum).await,
        Some(Referenda::Tracks) => tracks(context).await,
        Some(Referenda::Submit(args)) => propose::submit(context, args).await,
        Some(Referenda::Deposit { referendum }) => propose::deposit(context, referendum).await,
        Some(Referenda::Unnote { call }) => propose::unnote(context, call).await,
        Some(Referenda::Refund { referendum }) => propose::refund(context, referendum).await,
    }
}

async fn list(context: &Context, all: bool, track: Option<&str>) -> Result<()> {
    let chain = context.chain().await?;
    let wanted = match track {
        Some(name) => Some(find_track(&chain.tracks().await?, name)?.id),
        None => None,
    };
    let mut views = pages(&chain, all).await?;
    // An ended referendum has no track any more.
    views.retain(|view| match (&view.state, wanted) {
        (_, None) => true,
        (ReferendumState::Ongoing(open), Some(track)) => open.track == track,
        _ => false,
    });
    let now = chain.finalized().await?.number;
    context.output.show(json!(views), || match views.is_empty() {
        true => "no referenda (souk referenda submit begins one)".into(),
        false => views.iter().map(|view| describe(view, now)).collect::<Vec<_>>().join("\n\n"),
    });
    Ok(())
}

/// All pages, the newest first.
async fn pages(chain: &Chain, all: bool) -> Result<Vec<ReferendumView>> {
    let mut views: Vec<ReferendumView> = Vec::new();
    let mut below = next(chain).await?;
    while below > 0 {
        let page = chain.referenda(!all, Some(below), PAGE).await?;
        below = match page.last() {
            Some(last) if page.len() == PAGE as usize => last.index,
            _ => below.saturating_sub(LOOKS),
        };
        views.extend(page);
    }
    Ok(views)
}

/// The number that the next referendum gets.
async fn next(chain: &Chain) -> Result<u32> {
    Ok(chain.referenda(false, None, 1).await?.first().map_or(0, |view| view.index.saturating_add(1)))
}

/// A referendum, which must be there.
pub async fn find(chain: &Chain, index: u32) -> Result<ReferendumView> {
    let view = chain.referendum(index).await?;
    view.ok_or_else(|| Failure::not_found(format!("there is no referendum {index}; see `souk referenda`")))
}

/// A track by its name or number.
pub fn find_track<'a>(tracks: &'a [TrackView], wanted: &str) -> Result<&'a TrackView> {
    let plain = wanted.replace('-', "_").to_lowercase();
    let found = tracks.iter().find(|track| track.name == plain || track.id.to_string() == wanted);
    found.ok_or_else(|| {
        let names: Vec<&str> = tracks.iter().map(|track| track.name.as_str()).collect();
        Failure::not_found(format!("there is no track {wanted:?}; there are {}", names.join(", ")))
    })
}

async fn show(context: &Context, index: u32) -> Result<()> {
    let chain = context.chain().await?;
    let view = find(&chain, index).await?;
    let now = chain.finalized().await?.number;
    context.output.show(json!(view), || {
        let mut parts = vec![describe(&view, now)];
        parts.extend(match &view.state {
            ReferendumState::Ongoing(open) => Some(details(open)),
            _ => None,
        });
        parts.join("\n")
    });
    Ok(())
}

/// A referendum in a few lines.
fn describe(view: &ReferendumView, now: BlockNumber) -> String {
    let mut rows = vec![("referendum", view.index.to_string())];
    match &view.state {
        ReferendumState::Ongoing(open) => {
            rows.push(("asks", question(open)));
            rows.push(("track", open.track_name.clone()));
            rows.push(("ayes", format!("{}, nays {}", souk(open.tally.ayes), souk(open.tally.nays))));
            rows.push(("approval", demand(open.tally.approval, open.tally.approval_needed, open)));
            rows.push(("support", demand(open.tally.turnout, open.tally.turnout_needed, open)));
            rows.push(("stands", standing(view.index, open, now)));
        }
        ended => {
            rows.push(("ended", ending(ended)));
            if view.refundable.is_empty() {
                rows.push(("to take back", "no deposit".into()));
            }
        }
    }
    rows.extend(view.refundable.iter().map(|deposit| {
        let hint = format!("souk referenda refund {}", view.index);
        ("to take back", format!("{}, the deposit of {} ({hint})", souk(deposit.amount), deposit.who))
    }));
    columns(&rows)
}

/// What is asked, for people.
pub fn question(open: &OngoingView) -> String {
    match &open.proposal.call {
        Some(call) => legible(call),
        None => format!(
            "a call of {} bytes that nobody has brought to the chain, {}",
            open.proposal.length,
            hex0x(&open.proposal.digest)
        ),
    }
}

/// What there is of something, and what is asked for.
fn demand(has: u32, needed: u32, open: &OngoingView) -> String {
    let when = match open.phase {
        Phase::Deciding { .. } | Phase::Confirming { .. } => "now",
        _ => "when the decision begins",
    };
    let met = if has >= needed { "met" } else { "not met" };
    format!("{} of the {} that are asked {when}: {met}", show_share(has), show_share(needed))
}

fn standing(index: u32, open: &OngoingView, now: BlockNumber) -> String {
    match open.phase {
        Phase::NoDeposit { until } => format!(
            "nobody has put up the decision deposit of {} (souk referenda deposit {index}); ends without a decision in {}",
            souk(open.decision_deposit_needed),
            times::to_come(until, now)
        ),
        Phase::Preparing { until } => format!("the decision begins in {}", times::to_come(until, now)),
        Phase::Queued => "waits for a place on its track".into(),
        Phase::Deciding { until, .. } => match open.approved_at {
            Some(at) => format!(
                "as the votes are, approved in {}; what it is asked falls until block {until}",
                times::to_come(at, now)
            ),
            None => format!("as the votes are, rejected in {}", times::to_come(until, now)),
        },
        Phase::Confirming { until, .. } => {
            format!("approved in {}, if both stay met", times::to_come(until, now))
        }
    }
}

/// How it ended.
pub fn ending(state: &ReferendumState) -> String {
    match state {
        ReferendumState::Ongoing(_) => "is open".into(),
        ReferendumState::Approved { at } => format!("approved in block {at}"),
        ReferendumState::Rejected { at } => format!("rejected in block {at}"),
        ReferendumState::Cancelled { at } => format!("cancelled in block {at}"),
        ReferendumState::TimedOut { at } => format!("without a decision in block {at}"),
        ReferendumState::Killed { at } => format!("killed in block {at}"),
    }
}

fn details(open: &OngoingView) -> String {
    let mut rows = vec![
        ("call", hex0x(&open.proposal.digest)),
        ("submitted", format!("in block {} by {}", open.submitted_at, open.submission.who)),
    ];
    if let Some(deposit) = &open.decision_deposit {
        rows.push(("deposit", format!("{} by {}", souk(deposit.amount), deposit.who)));
    }
    rows.push((
        "runs",
        match open.enactment {
            EnactmentView::At(block) => format!("in block {block} at the earliest"),
            EnactmentView::After(0) => "as soon as the track allows".into(),
            EnactmentView::After(blocks) => {
                format!("{} after its approval at the earliest", show_blocks(blocks))
            }
        },
    ));
    columns(&rows)
}

async fn tracks(context: &Context) -> Result<()> {
    let chain = context.chain().await?;
    let all = chain.tracks().await?;
    context.output.show(json!(all), || all.iter().map(track).collect::<Vec<_>>().join("\n"));
    Ok(())
}

fn track(view: &TrackView) -> String {
    format!(
        "{:>3}  {:<18} {:>11} to decide  decision {:<17} confirmation {:<17} {} of {} places taken",
        view.id,
        view.name,
        souk(view.decision_deposit),
        show_blocks(view.decision),
        show_blocks(view.confirm),
        view.deciding,
        view.max_deciding
    )
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use souk_primitives::{
        views::{DepositView, ProposalView, TallyView},
        AccountId, SOUK,
    };

    /// A referendum on track 20.
    pub fn open(phase: Phase, approved_at: Option<BlockNumber>) -> OngoingView {
        OngoingView {
            track: 20,
            track_name: "parameters".into(),
            proposal: ProposalView {
                digest: [7; 32],
                length: 9,
                call: Some("Parameters.set_parameter".into()),
            },
            enactment: EnactmentView::After(10),
            submitted_at: 1,
            submission: DepositView { who: AccountId::new([1; 32]), amount: SOUK },
            decision_deposit: None,
            decision_deposit_needed: 2_000 * SOUK,
            phase,
            tally: TallyView {
                ayes: 3 * SOUK,
                nays: SOUK,
                support: SOUK,
                approval: 750_000,
                approval_needed: 800_100,
                turnout: 31_000,
                turnout_needed: 30_000,
            },
            approved_at,
        }
    }

    fn told(phase: Phase, approved_at: Option<BlockNumber>) -> String {
        let state = ReferendumState::Ongoing(Box::new(open(phase, approved_at)));
        describe(&ReferendumView { index: 3, state, refundable: Vec::new() }, 100)
    }

    #[test]
    fn referenda_should_say_what_is_missing_and_when_they_end() {
        let deciding = Phase::Deciding { since: 50, until: 200 };
        let text = told(deciding, None);
        for line in [
            "asks        Parameters.set_parameter",
            "ayes        3 SOUK, nays 1 SOUK",
            "approval    75 % of the 80.01 % that are asked now: not met",
            "support     3.1 % of the 3 % that are asked now: met",
            "stands      as the votes are, rejected in block 200, in about 5 minutes",
        ] {
            assert!(text.lines().any(|told| told == line), "{line:?} is not in:\n{text}");
        }
        assert!(told(deciding, Some(160)).contains("approved in block 160, in about 3 minutes"));
        let text = told(Phase::NoDeposit { until: 130 }, None);
        assert!(
            text.contains("the decision deposit of 2000 SOUK (souk referenda deposit 3); ends without a decision in block 130"),
            "{text}"
        );
        assert!(text.contains("asked when the decision begins"), "{text}");
        let text = told(Phase::Confirming { since: 50, until: 101 }, Some(101));
        assert!(text.contains("approved in block 101, in about 3 seconds, if both stay met"), "{text}");
    }

    #[test]
    fn an_ended_one_should_say_what_may_be_taken_back() {
        let ended = |refundable| {
            let state = ReferendumState::TimedOut { at: 9 };
            describe(&ReferendumView { index: 3, state, refundable }, 100)
        };
        assert!(ended(Vec::new()).contains("to take back  no deposit"), "{}", ended(Vec::new()));
        let who = AccountId::new([1; 32]);
        let text = ended(vec![DepositView { who: who.clone(), amount: SOUK }]);
        assert!(text.contains(&format!("1 SOUK, the deposit of {who} (souk referenda refund 3)")), "{text}");
        assert!(!text.contains("no deposit"), "{text}");
    }

    #[test]
    fn an_unknown_call_should_be_named_by_its_digest() {
        let mut open = open(Phase::Queued, None);
        open.proposal.call = None;
        assert!(question(&open)
            .contains(&format!("9 bytes that nobody has brought to the chain, 0x{}", "07".repeat(32))));
    }

    #[test]
    fn tracks_should_be_found_by_name_and_number() {
        let track = |id, name: &str| TrackView {
            id,
            name: name.into(),
            origin: Vec::new(),
            deciding: 0,
            max_deciding: 1,
            queued: 0,
            decision_deposit: 0,
            prepare: 1,
            decision: 1,
            confirm: 1,
            enactment: 1,
        };
        let tracks = [track(0, "root"), track(21, "marketplace_admin")];
        for wanted in ["marketplace_admin", "marketplace-admin", "Marketplace_Admin", "21"] {
            assert_eq!(find_track(&tracks, wanted).unwrap().id, 21, "{wanted}");
        }
        let unknown = find_track(&tracks, "x").unwrap_err().message;
        assert!(unknown.contains("there are root, marketplace_admin"), "{unknown}");
    }
}
