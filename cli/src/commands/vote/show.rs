//! What `souk vote` shows.

use crate::{
    commands::{stake::describe_power, Context},
    failure::Result,
    output::columns,
    times,
};
use serde_json::json;
use souk_client::souk;
use souk_primitives::{
    views::{Ballot, TrackVotesView, VoteView, VotingPowerView},
    AccountId, BlockNumber,
};

/// What an account votes, delegates and has locked.
pub async fn status(context: &Context, account: Option<AccountId>) -> Result<()> {
    let account = context.account(account)?;
    let chain = context.chain().await?;
    let power = chain.power(&account).await?;
    let votes = chain.votes(&account).await?;
    let now = chain.finalized().await?.number;
    let value = json!({ "account": account.to_string(), "power": power, "votes": votes });
    context.output.show(value, || describe(&account, &power, &votes, now));
    Ok(())
}

fn describe(
    account: &AccountId,
    power: &VotingPowerView,
    votes: &[TrackVotesView],
    now: BlockNumber,
) -> String {
    let rows = [("account", account.to_string()), ("may vote", describe_power(power))];
    let mut parts = vec![columns(&rows)];
    parts.extend(votes.iter().map(|track| describe_track(track, now)));
    parts.join("\n\n")
}

fn describe_track(track: &TrackVotesView, now: BlockNumber) -> String {
    let mut rows = vec![("track", track.name.clone())];
    rows.extend(track.votes.iter().map(|vote| ("votes", describe_vote(vote, now))));
    if let Some(delegation) = &track.delegation {
        rows.push((
            "delegates",
            format!(
                "{} with conviction {} to {}",
                souk(delegation.amount),
                delegation.conviction,
                delegation.to
            ),
        ));
    }
    if track.received > 0 {
        rows.push(("of others", format!("{} is delegated to it", souk(track.received))));
    }
    if track.locked > 0 {
        rows.push(("locked", souk(track.locked)));
    }
    if let Some(prior) = track.prior.as_ref().filter(|prior| prior.until > now) {
        let told = format!("{} until {}", souk(prior.amount), times::to_come(prior.until, now));
        rows.push(("of the past", told));
    }
    columns(&rows)
}

fn describe_vote(vote: &VoteView, now: BlockNumber) -> String {
    let state = match (vote.ongoing, vote.locked_until) {
        (true, _) => String::new(),
        (false, Some(until)) => format!("; ended, locked until {}", times::to_come(until, now)),
        (false, None) => "; ended (souk vote unlock)".into(),
    };
    format!("{} in referendum {}{state}", ballot(&vote.ballot), vote.referendum)
}

/// A vote, for people.
pub fn ballot(ballot: &Ballot) -> String {
    match *ballot {
        Ballot::Standard { aye, conviction, amount } => {
            let side = if aye { "aye" } else { "nay" };
            format!("{side} with {}, conviction {conviction}", souk(amount))
        }
        Ballot::Split { aye: 0, nay: 0, abstain } => format!("abstain with {}", souk(abstain)),
        Ballot::Split { aye, nay, abstain } => {
            format!("aye with {}, nay with {}, abstain with {}", souk(aye), souk(nay), souk(abstain))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::SOUK;

    #[test]
    fn votes_should_say_what_they_keep_locked() {
        let ballot = Ballot::Standard { aye: false, conviction: 2, amount: SOUK };
        let mut vote = VoteView { referendum: 4, ballot, ongoing: true, locked_until: None };
        assert_eq!(describe_vote(&vote, 10), "nay with 1 SOUK, conviction 2 in referendum 4");
        vote.ongoing = false;
        assert!(describe_vote(&vote, 10).ends_with("in referendum 4; ended (souk vote unlock)"));
        vote.locked_until = Some(50);
        assert!(describe_vote(&vote, 10).ends_with("locked until block 50, in about 2 minutes"));
    }
}
