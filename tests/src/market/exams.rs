//! Exams, told from the events of finalised blocks.

use super::{
    storage::whole,
    story::{name, short},
};
use anyhow::{bail, Context, Result};
use futures::StreamExt;
use souk_client::{souk, Chain, Head};
use souk_primitives::{
    close::CloseReason, rewards::Rate, AccountId, AuditId, Balance, BatchId, BlockNumber, Digest, SpecId,
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// How an exam ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its answers were found valid.
    Passed {
        /// What they are worth.
        points: Balance,
    },
    /// They were not.
    Failed {
        /// Why.
        reason: CloseReason,
        /// What that cost.
        slashed: Balance,
    },
}

/// An exam that somebody sat.
#[derive(Clone, Debug)]
pub struct Sat {
    /// Its number.
    pub exam: BatchId,
    /// Questions that were answered.
    pub questions: u32,
    /// Tokens of the answers.
    pub tokens: Balance,
    /// What wrong answers cost.
    pub exposure: Balance,
    /// How it ended; none while it is audited.
    pub end: Option<End>,
}

/// The end of an exam.
#[derive(Clone, Copy, Debug)]
pub struct End {
    /// The block before it.
    pub before: Head,
    /// Its block.
    pub block: Head,
    /// What came out.
    pub outcome: Outcome,
}

/// An exam of all providers, whose money is divided.
#[derive(Clone, Debug)]
pub struct Round {
    /// The last block before that.
    pub before: Head,
    /// The block in which it was.
    pub settled: Head,
    /// What the epoch's trades are paid from the same budget.
    pub usage: Rate,
    /// What was left for the points.
    pub budget: Balance,
    /// All points.
    pub points: Balance,
    /// Who sat.
    pub sat: BTreeMap<AccountId, Sat>,
}

/// Follows the exams from the block after `from` until one has been settled that everybody in `who` sat. Tells each step.
pub async fn follow(
    chain: &Chain,
    from: BlockNumber,
    who: &[AccountId],
    patience: Duration,
    say: &dyn Fn(&str),
) -> Result<Round> {
    let deadline = Instant::now() + patience;
    let mut blocks = chain.blocks_after(Some(from));
    let mut sat: BTreeMap<AccountId, Sat> = BTreeMap::new();
    let mut before = Head::default();
    let mut usage = Rate::default();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let Ok(Some(head)) = tokio::time::timeout(left, blocks.next()).await else {
            bail!("no exam of all of them within {patience:?}; of the last one: {sat:?}");
        };
        let block = head.number;
        for event in chain.events(&head.hash).await? {
            match (&*event.pallet, &*event.name) {
                ("Rewards", "ExamOpened") => {
                    let (epoch, _, by): (u32, Digest, BlockNumber) = whole(&event.fields)?;
                    say(&format!("block {block}: the questions of epoch {epoch}'s exam are known; answers are taken up to live block {by}"));
                    sat.clear();
                }
                ("Rewards", "ExamCommitted") => {
                    type Fields = (BatchId, AccountId, SpecId, u32, Balance, Balance);
                    let (exam, provider, _, questions, tokens, exposure): Fields = whole(&event.fields)?;
                    say(&format!(
                        "block {block}: {} committed to {questions} answers of {tokens} tokens, exam {}; wrong ones cost {}",
                        name(&provider),
                        short(&exam),
                        souk(exposure)
                    ));
                    sat.insert(provider, Sat { exam, questions, tokens, exposure, end: None });
                }
                ("Rewards", "ExamPassed") => {
                    type Fields = (BatchId, AccountId, SpecId, Balance, u32);
                    let (_, provider, _, points, capacity): Fields = whole(&event.fields)?;
                    say(&format!(
                        "block {block}: {} passed and has shown {capacity} tokens a second",
                        name(&provider)
                    ));
                    let outcome = Outcome::Passed { points };
                    end(&mut sat, &provider, End { before, block: head, outcome })?;
                }
                // Of the two events of that name this one says what it cost.
                ("Attestation", "ExamFailed") => {
                    type Fields = (AuditId, BatchId, AccountId, CloseReason, Balance);
                    let (_, _, provider, reason, slashed): Fields = whole(&event.fields)?;
                    say(&format!(
                        "block {block}: {} failed, {reason:?}: {} of its bond are burnt",
                        name(&provider),
                        souk(slashed)
                    ));
                    let outcome = Outcome::Failed { reason, slashed };
                    end(&mut sat, &provider, End { before, block: head, outcome })?;
                }
                ("Rewards", "EpochSettled") => {
                    type Fields = (u32, u8, Balance, Balance, Balance);
                    let (_, pot, _, claims, paid): Fields = whole(&event.fields)?;
                    // The providers' budget is the first of the two.
                    if pot == 0 {
                        usage = Rate { paid, claims };
                    }
                }
                ("Rewards", "ExamSettled") => {
                    let (epoch, budget, points, promised): (u32, Balance, Balance, Balance) =
                        whole(&event.fields)?;
                    say(&format!(
                        "block {block}: of {} there are {} for the {points} points of epoch {epoch}'s exam",
                        souk(budget),
                        souk(promised)
                    ));
                    if who.iter().all(|who| sat.contains_key(who)) {
                        return Ok(Round { before, settled: head, usage, budget, points, sat });
                    }
                }
                _ => {}
            }
        }
        before = head;
    }
}

fn end(sat: &mut BTreeMap<AccountId, Sat>, who: &AccountId, end: End) -> Result<()> {
    sat.get_mut(who).context("an exam ended that nobody had sat")?.end = Some(end);
    Ok(())
}

/// What the books say that an account has earned in all its roles, up to a block.
pub async fn accrued(chain: &Chain, who: &AccountId, to: BlockNumber) -> Result<Balance> {
    let mut sum = 0;
    for number in 1..=to {
        let hash = chain.block_hash(number).await?.with_context(|| format!("no block {number}"))?;
        for event in chain.events(&hash).await? {
            if (&*event.pallet, &*event.name) == ("Rewards", "Accrued") {
                let (account, _, amount): (AccountId, u8, Balance) = whole(&event.fields)?;
                sum += if account == *who { amount } else { 0 };
            }
        }
    }
    Ok(sum)
}
