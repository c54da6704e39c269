//! `souk rewards`.

use super::{nothing_before, Context};
use crate::{
    args::{Rewards, RewardsArgs, Switch},
    failure::{Failure, Result},
    output::{columns, outcome_json, short},
    times,
};
use serde_json::json;
use souk_client::{calls::rewards, keys, souk, Chain};
use souk_primitives::{
    views::{EraView, ExamPhase, ExamView, RewardsView},
    AccountId,
};
use std::collections::HashMap;

/// Runs it.
pub async fn run(context: &Context, args: RewardsArgs) -> Result<()> {
    nothing_before(args.command.is_some(), args.account.is_some())?;
    match args.command {
        None => status(context, args.account).await,
        Some(Rewards::Claim { beneficiary }) => claim(context, beneficiary).await,
        Some(Rewards::Compound { state }) => compound(context, state).await,
    }
}

/// What an account has earned as a provider, a provider's validator and a publisher.
async fn status(context: &Context, account: Option<AccountId>) -> Result<()> {
    let account = context.account(account)?;
    let chain = context.chain().await?;
    let view = chain.rewards(&account).await?;
    let era = chain.stake(&account).await?.era;
    let is_provider = chain.provider(&account).await?.is_some();
    // An exam is over before its beginning is final.
    let exam = match is_provider {
        true => chain.exam_at(&chain.best().await?.hash, &account).await?,
        false => None,
    };
    let mut value = json!(view);
    value["exam"] = json!(exam);
    let mut rows = describe(&view, &era, is_provider);
    if let Some(exam) = &exam {
        rows.extend(describe_exam(exam, &refusals(&chain, exam).await?));
    }
    context.output.show(value, || columns(&rows));
    Ok(())
}

/// What the refusals of an exam's papers mean, by their names.
async fn refusals(chain: &Chain, exam: &ExamView) -> Result<HashMap<String, String>> {
    let mut meanings = HashMap::new();
    for name in exam.papers.iter().filter_map(|paper| paper.refusal.as_ref()) {
        if let Some(meaning) = chain.meaning("Rewards", name).await? {
            meanings.insert(name.clone(), meaning);
        }
    }
    Ok(meanings)
}

/// The exam that is going on, and how the provider stands in it.
fn describe_exam(exam: &ExamView, meanings: &HashMap<String, String>) -> Vec<(&'static str, String)> {
    let phase = match (exam.phase, exam.commit_by) {
        (ExamPhase::Waiting, _) => return Vec::new(),
        (ExamPhase::Rolling, _) => "any block may draw its questions".into(),
        (ExamPhase::Mixing, _) => "its questions are being drawn".into(),
        (ExamPhase::Open, Some(by)) => format!("answers are taken up to live block {by}"),
        (ExamPhase::Open | ExamPhase::Closed, _) => format!("{} are being audited", exam.audited),
    };
    let mut rows = vec![("exam", format!("of epoch {}: {phase}", exam.epoch))];
    for paper in &exam.papers {
        let state = match (&paper.refusal, paper.committed) {
            (_, true) => "answered".into(),
            (Some(refusal), false) => match meanings.get(refusal) {
                Some(meaning) => format!("not for you: {meaning} ({refusal})"),
                None => format!("not for you: {refusal}"),
            },
            (None, false) => "not answered".into(),
        };
        let (spec, questions) = (short(&paper.spec), paper.questions);
        rows.push((
            "",
            format!("{questions} questions on {spec}, {state}; pays at most {}", souk(paper.cap)),
        ));
    }
    rows
}

fn describe(view: &RewardsView, era: &EraView, is_provider: bool) -> Vec<(&'static str, String)> {
    let mut rows = vec![("account", view.account.to_string()), ("epoch", view.epoch.to_string())];
    rows.push(match view.accrued {
        0 => ("to claim", "nothing".into()),
        accrued => ("to claim", format!("{} (souk rewards claim)", souk(accrued))),
    });
    if view.missing > 0 {
        let told = format!("{} more, or the account is too small to exist", souk(view.missing));
        rows.push(("a claim needs", told));
    }
    if view.pending > 0 {
        rows.push(("to come", format!("about {}, when the epoch and its exam end", souk(view.pending))));
    }
    if view.credits > 0 {
        rows.push(("from trades", format!("{} at most, of this epoch", souk(view.credits))));
    }
    if let Some(last) = view.expires_epoch {
        rows.push(("expires", expiry(view.epoch, last, era)));
    }
    // Nobody else has a bond that they could become.
    if is_provider {
        let compound = if view.compound { "claims become bond" } else { "claims are paid out" };
        rows.push(("compound", compound.into()));
    }
    rows
}

/// When the oldest part can no longer be claimed.
fn expiry(epoch: u32, last: u32, era: &EraView) -> String {
    let each = era.millis.checked_div(era.sessions.into()).unwrap_or(0);
    let left = u64::from(last.saturating_sub(epoch).saturating_add(1)).saturating_mul(each);
    format!("the oldest part after epoch {last}, in {}", times::span(left))
}

async fn claim(context: &Context, beneficiary: Option<AccountId>) -> Result<()> {
    let pair = context.pair()?;
    let me = keys::account(&pair);
    let who = beneficiary.unwrap_or_else(|| me.clone());
    let chain = context.chain().await?;
    let view = chain.rewards(&who).await?;
    claimable(&view)?;
    let call = if who == me { rewards::claim() } else { rewards::claim_for(who.clone()) };
    let outcome = context.output.submit(&chain, &pair, call).await?;
    let paid = outcome.events.iter().find_map(souk_client::Event::claimed);
    let (amount, bonded) = paid.ok_or_else(|| Failure::new("the chain paid nothing"))?;
    let mut value = outcome_json(&outcome);
    value["account"] = json!(who.to_string());
    value["amount"] = json!(amount.to_string());
    value["compounded"] = json!(bonded);
    context.output.show(value, || match bonded {
        true => format!("{} more of bond for {who}", souk(amount)),
        false => format!("{} paid to {who}", souk(amount)),
    });
    Ok(())
}

/// Whether a claim would pay.
fn claimable(view: &RewardsView) -> Result<()> {
    if view.missing > 0 {
        return Err(Failure::new(format!(
            "{} would be paid to an account that lacks {} to exist; send it that first",
            souk(view.accrued),
            souk(view.missing)
        )));
    }
    if view.accrued > 0 {
        return Ok(());
    }
    Err(Failure::new(match view.pending {
        0 => format!("{} has nothing to claim", view.account),
        pending => format!(
            "{} has nothing to claim yet; about {} when the epoch and its exam end",
            view.account,
            souk(pending)
        ),
    }))
}

async fn compound(context: &Context, state: Switch) -> Result<()> {
    let pair = context.pair()?;
    let chain = context.chain().await?;
    let on = state == Switch::On;
    let account = keys::account(&pair);
    if on && chain.provider(&account).await?.is_none() {
        return Err(Failure::not_found(format!(
            "{account} is no provider, and only a provider has a bond that rewards can become (souk provider register)"
        )));
    }
    let outcome = context.output.submit(&chain, &pair, rewards::set_compound(on)).await?;
    let mut value = outcome_json(&outcome);
    value["compound"] = json!(on);
    context.output.show(value, || match on {
        true => "what you claim becomes bond of your provider, as far as it can be bonded".into(),
        false => "what you claim is paid out".into(),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::{views::PaperView, SOUK};

    fn view() -> RewardsView {
        RewardsView {
            account: AccountId::new([1; 32]),
            epoch: 10,
            accrued: 0,
            pending: 0,
            credits: 0,
            points: 0,
            missing: 0,
            compound: false,
            expires_epoch: None,
        }
    }

    #[test]
    fn a_claim_without_money_should_say_when_there_is_some() {
        assert!(claimable(&view()).unwrap_err().message.ends_with("has nothing to claim"));
        let later = claimable(&RewardsView { pending: 2 * SOUK, ..view() }).unwrap_err();
        assert!(later.message.contains("nothing to claim yet; about 2 SOUK"), "{later}");
        let small = claimable(&RewardsView { accrued: 5, missing: 7, ..view() }).unwrap_err();
        assert!(small.message.contains("lacks 0.000000000007 SOUK to exist"), "{small}");
        assert!(claimable(&RewardsView { accrued: 5, ..view() }).is_ok());
    }

    #[test]
    fn earnings_should_say_when_they_expire() {
        let era = EraView { index: 1, started: None, millis: 21_600_000, sessions: 36, bonding: 28 };
        let earned = RewardsView { accrued: SOUK, expires_epoch: Some(4_041), ..view() };
        let text = columns(&describe(&earned, &era, true));
        assert!(text.contains("1 SOUK (souk rewards claim)"), "{text}");
        assert!(text.contains("the oldest part after epoch 4041, in about 28 days"), "{text}");
        assert!(text.contains("claims are paid out"), "{text}");
        assert!(!columns(&describe(&earned, &era, false)).contains("compound"), "it has no bond");
    }

    #[test]
    fn a_provider_should_see_why_an_exam_is_not_for_it() {
        let paper = |refusal: Option<&str>, committed| PaperView {
            spec: [7; 32],
            exam: [1; 32],
            paper: [2; 32],
            questions: 7,
            max_tokens: 64,
            committed,
            cost: 1,
            cap: SOUK,
            refusal: refusal.map(Into::into),
        };
        let exam = ExamView {
            epoch: 3,
            phase: ExamPhase::Open,
            drawn: Some([3; 32]),
            commit_by: Some(99),
            audited: 0,
            papers: vec![paper(Some("PriceAboveMedian"), false), paper(None, true), paper(None, false)],
        };
        let meanings = HashMap::from([("PriceAboveMedian".into(), "lower the price".into())]);
        let text = columns(&describe_exam(&exam, &meanings));
        let refused = "not for you: lower the price (PriceAboveMedian)";
        for words in ["of epoch 3: answers are taken up to live block 99", refused] {
            assert!(text.contains(words), "{text}");
        }
        assert!(text.contains("7 questions on") && text.contains("answered; pays at most 1 SOUK"), "{text}");
        assert!(describe_exam(&ExamView { phase: ExamPhase::Waiting, ..exam }, &meanings).is_empty());
    }
}
