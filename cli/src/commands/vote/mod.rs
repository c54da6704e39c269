//! `souk vote`.

mod check;
mod show;

use super::{
    nothing_before,
    referenda::{find, find_track, question},
    Context,
};
use crate::{
    args::{Amount, Choice, Vote, VoteArgs},
    failure::{Failure, Result},
    output::outcome_json,
};
use check::Unlocking;
use serde_json::json;
use souk_client::{
    calls::{system, voting, Call},
    keys, souk, Chain, Keypair, Outcome,
};
use souk_primitives::{
    views::{ReferendumState, TrackVotesView},
    AccountId,
};

/// Runs it.
pub async fn run(context: &Context, args: VoteArgs) -> Result<()> {
    nothing_before(args.command.is_some(), args.referendum.is_some())?;
    let command = match args.command {
        Some(Vote::Status { account }) => return show::status(context, account).await,
        command => command,
    };
    let voter = Voter::new(context).await?;
    match command {
        None => {
            let (Some(referendum), Some(choice), Some(amount)) = (args.referendum, args.choice, args.amount)
            else {
                return Err(Failure::new("name the referendum, what you say, and with how much"));
            };
            cast(context, &voter, referendum, choice, amount, args.conviction).await
        }
        Some(Vote::Remove { referendum }) => remove(context, &voter, referendum).await,
        Some(Vote::Delegate { to, amount, track, conviction }) => {
            delegate(context, &voter, to, amount, &track, conviction).await
        }
        Some(Vote::Undelegate { track }) => undelegate(context, &voter, &track).await,
        Some(Vote::Unlock) => unlock(context, &voter).await,
        Some(Vote::Status { .. }) => Ok(()),
    }
}

/// Who signs, and what it votes already.
struct Voter {
    pair: Keypair,
    account: AccountId,
    chain: Chain,
    votes: Vec<TrackVotesView>,
}

impl Voter {
    async fn new(context: &Context) -> Result<Self> {
        let pair = context.pair()?;
        let account = keys::account(&pair);
        let chain = context.chain().await?;
        let votes = chain.votes(&account).await?;
        Ok(Self { pair, account, chain, votes })
    }

    fn on(&self, track: u16) -> Option<&TrackVotesView> {
        self.votes.iter().find(|votes| votes.track == track)
    }

    async fn send(&self, context: &Context, call: Call) -> Result<Outcome> {
        context.output.submit(&self.chain, &self.pair, call).await
    }
}

async fn cast(
    context: &Context,
    voter: &Voter,
    index: u32,
    choice: Choice,
    amount: Amount,
    conviction: u8,
) -> Result<()> {
    let view = find(&voter.chain, index).await?;
    let ReferendumState::Ongoing(open) = view.state else {
        return Err(check::ended(index, &view.state));
    };
    check::may_vote(voter.on(open.track))?;
    let power = voter.chain.power(&voter.account).await?;
    let amount = check::amount(&voter.account, &power, amount)?;
    let ballot = check::ballot(choice, amount, conviction);
    let outcome = voter.send(context, voting::vote(index, &ballot)).await?;
    let mut value = outcome_json(&outcome);
    value["referendum"] = json!(index);
    value["ballot"] = json!(ballot);
    context
        .output
        .show(value, || format!("{} in referendum {index} ({})", show::ballot(&ballot), question(&open)));
    Ok(())
}

async fn remove(context: &Context, voter: &Voter, index: u32) -> Result<()> {
    let (track, vote) = voter
        .votes
        .iter()
        .find_map(|votes| Some((votes.track, votes.votes.iter().find(|vote| vote.referendum == index)?)))
        .ok_or_else(|| Failure::not_found(format!("{} has no vote in referendum {index}", voter.account)))?;
    let outcome = voter.send(context, voting::remove_vote(track, index)).await?;
    let mut value = outcome_json(&outcome);
    value["referendum"] = json!(index);
    value["lockedUntil"] = json!(vote.locked_until);
    context.output.show(value, || match vote.locked_until {
        Some(until) => format!(
            "your vote in referendum {index} is taken back; its {} stay locked until block {until}",
            souk(vote.ballot.amount())
        ),
        None => {
            format!("your vote in referendum {index} is taken back; `souk vote unlock` frees what it locked")
        }
    });
    Ok(())
}

async fn delegate(
    context: &Context,
    voter: &Voter,
    to: AccountId,
    amount: Amount,
    track: &str,
    conviction: u8,
) -> Result<()> {
    let tracks = voter.chain.tracks().await?;
    let track = find_track(&tracks, track)?;
    if to == voter.account {
        return Err(Failure::new("your stake votes for you already: name somebody else to delegate to"));
    }
    check::may_delegate(voter.on(track.id))?;
    let power = voter.chain.power(&voter.account).await?;
    let amount = check::amount(&voter.account, &power, amount)?;
    let outcome = voter.send(context, voting::delegate(track.id, to.clone(), conviction, amount)).await?;
    let mut value = outcome_json(&outcome);
    value["track"] = json!(track.id);
    value["to"] = json!(to.to_string());
    value["amount"] = json!(amount.to_string());
    context
        .output
        .show(value, || format!("{to} votes with {} of yours on the track {}", souk(amount), track.name));
    Ok(())
}

async fn undelegate(context: &Context, voter: &Voter, track: &str) -> Result<()> {
    let tracks = voter.chain.tracks().await?;
    let track = find_track(&tracks, track)?;
    if voter.on(track.id).is_none_or(|votes| votes.delegation.is_none()) {
        return Err(Failure::not_found(format!(
            "{} delegates nothing on the track {}",
            voter.account, track.name
        )));
    }
    let outcome = voter.send(context, voting::undelegate(track.id)).await?;
    let mut value = outcome_json(&outcome);
    value["track"] = json!(track.id);
    context.output.show(value, || {
        format!("on the track {} you vote for yourself again; what was delegated stays locked for the time of its conviction", track.name)
    });
    Ok(())
}

async fn unlock(context: &Context, voter: &Voter) -> Result<()> {
    let now = voter.chain.finalized().await?.number;
    let plan = check::unlocking(&voter.votes, now);
    if plan.is_empty() {
        return Err(Failure::new(match plan.kept {
            0 => "nothing is locked".into(),
            kept => format!("nothing to unlock: {}", check::kept(kept, plan.until, now)),
        }));
    }
    let Unlocking { remove, tracks, kept, until } = plan;
    let mut calls: Vec<Call> =
        remove.iter().map(|(track, index)| voting::remove_vote(*track, *index)).collect();
    calls.extend(tracks.iter().map(|track| voting::unlock(*track, voter.account.clone())));
    let outcome = voter.send(context, system::batch_all(calls)).await?;
    let removed: Vec<u32> = remove.iter().map(|(_, index)| *index).collect();
    let mut value = outcome_json(&outcome);
    value["removed"] = json!(removed);
    value["locked"] = json!(kept.to_string());
    context.output.show(value, || match kept {
        0 => "nothing is locked by votes any more".into(),
        kept => check::kept(kept, until, now),
    });
    Ok(())
}
