//! What a channel's batch goes through, told from the events of finalised blocks.

use super::register::account;
use anyhow::{bail, Result};
use futures::StreamExt;
use souk_client::{souk, Chain, SoukEvent};
use souk_primitives::{
    close::CloseReason,
    verdict::{Report, Verdict},
    AccountId, BatchId, BlockNumber, ChannelId,
};
use sp_core::crypto::Ss58Codec;
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// People of the market, by name.
pub const PEOPLE: [&str; 7] =
    ["//Alice", "//Bob", "//Charlie", "//Dave", "//Publisher", "//Provider", "//Consumer"];

/// Name of an account: its development URI, or its address.
pub fn name(who: &AccountId) -> String {
    PEOPLE
        .iter()
        .find(|uri| account(uri).is_ok_and(|account| account == *who))
        .map_or_else(|| who.to_ss58check(), |uri| (*uri).to_string())
}

/// How the story of one batch ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// The batch.
    pub batch: BatchId,
    /// Why it ended.
    pub reason: CloseReason,
    /// To the provider.
    pub paid: u128,
    /// To the funder.
    pub refunded: u128,
    /// Block of its settlement and of its end.
    pub blocks: (BlockNumber, BlockNumber),
    /// Verdicts of its committees.
    pub verdicts: Vec<(AccountId, Verdict)>,
}

/// A call of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallOf {
    /// The channel.
    pub channel: ChannelId,
    /// Its number there, from 0.
    pub seq: u32,
}

/// Follows a call's channel from the block after `from` until the batch with that call ends, and tells each step.
/// Batches before it, and their audits, are somebody else's story.
pub async fn follow(
    chain: &Chain,
    CallOf { channel, seq }: CallOf,
    from: BlockNumber,
    patience: Duration,
    say: &dyn Fn(&str),
) -> Result<Ended> {
    let deadline = Instant::now() + patience;
    let mut blocks = chain.blocks_after(Some(from));
    // Its voucher was settled, and its batch not yet committed.
    let mut due = false;
    let mut wanted = None;
    let mut ended = None;
    let mut audits = BTreeSet::new();
    let mut verdicts = Vec::new();
    let mut committed_at = from;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(Some(head)) = tokio::time::timeout(left, blocks.next()).await else {
            bail!("no batch with call {seq} of the channel ended within {patience:?}");
        };
        let block = head.number;
        for event in chain.events(&head.hash).await?.iter().filter_map(|event| event.souk()) {
            match event {
                SoukEvent::Settled { channel: of, value, calls, .. }
                    if of == channel && calls > seq && wanted.is_none() =>
                {
                    due = true;
                    say(&format!(
                        "block {block}: //Provider settled {} more; {calls} of the channel's calls are settled now",
                        souk(value)
                    ));
                }
                SoukEvent::BatchCommitted { batch, channel: of, value, chance, exposure, .. }
                    if of == channel && due =>
                {
                    due = false;
                    wanted = Some(batch);
                    committed_at = block;
                    say(&format!(
                        "block {block}: batch {} of {} is pending; it is audited with chance {:.0} %, and {} of the bond stand for it",
                        short(&batch),
                        souk(value),
                        f64::from(chance.millionths()) / 10_000.0,
                        souk(exposure)
                    ));
                }
                SoukEvent::AuditDrawn { audit, batch, committee, point, .. } if wanted == Some(batch) => {
                    audits.insert(audit);
                    let members: Vec<String> = committee.iter().map(name).collect();
                    say(&format!(
                        "block {block}: the chain drew audit {}: the call at {} of the channel's value, checked by {}",
                        short(&audit),
                        souk(point),
                        members.join(", ")
                    ));
                }
                SoukEvent::ReportCommitted { audit, validator } if audits.contains(&audit) => {
                    say(&format!("block {block}: {} committed a sealed report", name(&validator)));
                }
                SoukEvent::ReportRevealed { audit, validator, report, verdict }
                    if audits.contains(&audit) =>
                {
                    let verdict = verdict.unwrap_or(Verdict::Unavailable);
                    say(&format!(
                        "block {block}: {} revealed {verdict:?}: {}",
                        name(&validator),
                        metrics(&report)
                    ));
                    verdicts.push((validator, verdict));
                }
                SoukEvent::ReportPaid { audit, validator, amount } if audits.contains(&audit) => {
                    say(&format!("block {block}: {} got {} for it", name(&validator), souk(amount)));
                }
                SoukEvent::BatchEnded { batch, reason, paid, refunded, treasury, audit, burnt, .. }
                    if wanted == Some(batch) =>
                {
                    say(&format!(
                        "block {block}: the batch ended, {reason:?}: {} to //Provider, {} back to the funder, {} to the pot that audits are paid from, {} to the treasury, {} burnt",
                        souk(paid), souk(refunded), souk(audit), souk(treasury), souk(burnt)
                    ));
                    // Its reports are paid later in the same block.
                    ended = Some((batch, reason, paid, refunded));
                }
                _ => {}
            }
        }
        if let Some((batch, reason, paid, refunded)) = ended {
            return Ok(Ended { batch, reason, paid, refunded, blocks: (committed_at, block), verdicts });
        }
    }
}

/// First bytes of an id, for people.
pub fn short(id: &[u8; 32]) -> String {
    format!("0x{}…", hex::encode(&id[..4]))
}

fn metrics(report: &Report) -> String {
    match report {
        Report::Tokens { n, mean_margin, max_window, max_margin, exact, faults } => format!(
            "{n} tokens, mean margin {:.6}, worst window {:.6}, worst token {:.6}, {:.1} % exact, faults {}",
            millionths(*mean_margin),
            millionths(*max_window),
            millionths(*max_margin),
            f64::from(*exact) / 10.0,
            faults.0
        ),
        Report::Embedding { l2, cosine, faults } => {
            format!(
                "relative error {:.6}, cosine {:.6}, faults {}",
                millionths(*l2),
                millionths(*cosine),
                faults.0
            )
        }
        Report::Unavailable => "the provider did not hand over the call".into(),
    }
}

fn millionths(value: u32) -> f64 {
    f64::from(value) / 1e6
}
