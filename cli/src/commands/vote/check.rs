//! What is checked before a vote is sent, and what an unlock does. Pure.

use crate::{
    args::{Amount, Choice},
    commands::{referenda::ending, stake::describe_power},
    failure::{Code, Failure, Result},
    times,
};
use souk_client::souk;
use souk_primitives::{
    views::{Ballot, ReferendumState, TrackVotesView, VotingPowerView},
    AccountId, Balance, BlockNumber,
};

/// An ended referendum takes no votes.
pub fn ended(index: u32, state: &ReferendumState) -> Failure {
    Failure::new(format!("referendum {index} takes no votes any more: it ended, {}", ending(state)))
}

/// Who delegates on a track does not vote there.
pub fn may_vote(on_track: Option<&TrackVotesView>) -> Result<()> {
    let Some(votes) = on_track else { return Ok(()) };
    match &votes.delegation {
        Some(delegation) => Err(Failure::new(format!(
            "on the track {} you delegate to {}; first `souk vote undelegate --track {}`",
            votes.name, delegation.to, votes.name
        ))),
        None => Ok(()),
    }
}

/// Who votes on a track, or delegates already, has to end that first.
pub fn may_delegate(on_track: Option<&TrackVotesView>) -> Result<()> {
    may_vote(on_track)?;
    let Some(votes) = on_track.filter(|votes| !votes.votes.is_empty()) else { return Ok(()) };
    let numbers: Vec<String> = votes.votes.iter().map(|vote| vote.referendum.to_string()).collect();
    Err(Failure::new(format!(
        "on the track {} you have votes in referenda {}; take them back first (souk vote remove N)",
        votes.name,
        numbers.join(", ")
    )))
}

/// What is voted with, in units, if so much may vote.
pub fn amount(account: &AccountId, power: &VotingPowerView, wanted: Amount) -> Result<Balance> {
    let amount = wanted.of(power.power);
    if amount > power.power || amount == 0 {
        let asked = match wanted {
            Amount::Some(units) => format!(", and this is {}", souk(units)),
            Amount::All => String::new(),
        };
        return Err(Failure {
            code: Code::Money,
            message: format!("{account} may vote with {}{asked}", describe_power(power)),
        });
    }
    Ok(amount)
}

/// The vote. An abstention has no conviction.
pub fn ballot(choice: Choice, amount: Balance, conviction: u8) -> Ballot {
    match choice {
        Choice::Aye => Ballot::Standard { aye: true, conviction, amount },
        Choice::Nay => Ballot::Standard { aye: false, conviction, amount },
        Choice::Abstain => Ballot::Split { aye: 0, nay: 0, abstain: amount },
    }
}

/// What frees everything that is no longer locked.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Unlocking {
    /// Votes in ended referenda that keep nothing locked any more: track and referendum.
    pub remove: Vec<(u16, u32)>,
    /// Tracks whose lock becomes smaller.
    pub tracks: Vec<u16>,
    /// What stays locked after it, in units. Locks of tracks overlap.
    pub kept: Balance,
    /// The last block for which something of it is known to be locked; none when votes or delegations go on.
    pub until: Option<BlockNumber>,
}

impl Unlocking {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.remove.is_empty() && self.tracks.is_empty()
    }
}

/// What stays locked, for people.
pub fn kept(amount: Balance, until: Option<BlockNumber>, now: BlockNumber) -> String {
    match until {
        Some(until) => format!("{} stay locked until {}", souk(amount), times::to_come(until, now)),
        None => format!("{} stay locked by votes and delegations that go on", souk(amount)),
    }
}

/// What an account can free at block `now`.
pub fn unlocking(all: &[TrackVotesView], now: BlockNumber) -> Unlocking {
    let mut plan = Unlocking::default();
    let mut goes_on = false;
    let mut last = None;
    for track in all {
        let mut needed: Balance = 0;
        for vote in &track.votes {
            match (vote.ongoing, vote.locked_until) {
                (false, None) => {
                    plan.remove.push((track.track, vote.referendum));
                    continue;
                }
                (true, _) => goes_on = true,
                (false, until) => last = last.max(until),
            }
            needed = needed.max(vote.ballot.amount());
        }
        if let Some(delegation) = &track.delegation {
            goes_on = true;
            needed = needed.max(delegation.amount);
        }
        if let Some(prior) = track.prior.as_ref().filter(|prior| prior.until > now) {
            last = last.max(Some(prior.until));
            needed = needed.max(prior.amount);
        }
        if needed < track.locked {
            plan.tracks.push(track.track);
        }
        plan.kept = plan.kept.max(needed);
    }
    plan.until = last.filter(|_| !goes_on);
    plan
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::{
        views::{DelegationView, PriorLockView, VoteView},
        SOUK,
    };

    fn power(power: Balance, warming: Balance) -> VotingPowerView {
        let more_in = (warming > 0).then_some(9);
        VotingPowerView { bond: power + warming, pool: 0, provider: 0, power, warming, era: 8, more_in }
    }

    fn track(track: u16, locked: Balance, votes: Vec<VoteView>) -> TrackVotesView {
        TrackVotesView {
            track,
            name: format!("track{track}"),
            votes,
            delegation: None,
            received: 0,
            locked,
            prior: None,
        }
    }

    fn vote(referendum: u32, amount: Balance, ongoing: bool, locked_until: Option<u32>) -> VoteView {
        let ballot = Ballot::Standard { aye: true, conviction: 1, amount };
        VoteView { referendum, ballot, ongoing, locked_until }
    }

    fn delegating(mut view: TrackVotesView) -> TrackVotesView {
        view.delegation =
            Some(DelegationView { to: AccountId::new([2; 32]), amount: 3 * SOUK, conviction: 1 });
        view
    }

    #[test]
    fn who_wants_more_than_may_vote_should_be_told_the_numbers() {
        let who = AccountId::new([1; 32]);
        let power = power(25 * SOUK / 2, 31 * SOUK / 10);
        let refused = amount(&who, &power, Amount::Some(13 * SOUK)).unwrap_err();
        assert_eq!(refused.code, Code::Money);
        let told = "may vote with 12.5 SOUK, 3.1 SOUK more from era 9 on, and this is 13 SOUK";
        assert!(refused.message.ends_with(told), "{refused}");
        assert_eq!(amount(&who, &power, Amount::All).unwrap(), 25 * SOUK / 2);
        assert_eq!(amount(&who, &power, Amount::Some(SOUK)).unwrap(), SOUK);
        let none = amount(&who, &super::tests::power(0, 0), Amount::All).unwrap_err();
        assert!(none.message.contains("may vote with nothing: what votes is stake"), "{none}");
        assert!(amount(&who, &power, Amount::Some(0)).is_err());
    }

    #[test]
    fn votes_and_delegations_should_not_mix_on_a_track() {
        let idle = track(20, 0, Vec::new());
        assert!(may_vote(None).is_ok() && may_vote(Some(&idle)).is_ok() && may_delegate(Some(&idle)).is_ok());
        let told = may_vote(Some(&delegating(idle.clone()))).unwrap_err().message;
        assert!(told.contains("souk vote undelegate --track track20"), "{told}");
        let voting = track(20, SOUK, vec![vote(3, SOUK, true, None), vote(5, SOUK, true, None)]);
        assert!(may_vote(Some(&voting)).is_ok());
        let told = may_delegate(Some(&voting)).unwrap_err().message;
        assert!(told.contains("votes in referenda 3, 5"), "{told}");
    }

    #[test]
    fn abstentions_should_have_no_conviction() {
        assert_eq!(ballot(Choice::Abstain, 5, 6), Ballot::Split { aye: 0, nay: 0, abstain: 5 });
        assert_eq!(ballot(Choice::Nay, 5, 6), Ballot::Standard { aye: false, conviction: 6, amount: 5 });
    }

    #[test]
    fn unlocking_should_free_what_is_over_and_keep_the_rest() {
        // One vote is over, one is locked by its conviction, one goes on.
        let over =
            track(1, 9 * SOUK, vec![vote(1, 9 * SOUK, false, None), vote(2, 4 * SOUK, false, Some(70))]);
        let plan = unlocking(std::slice::from_ref(&over), 50);
        let expected = Unlocking { remove: vec![(1, 1)], tracks: vec![1], kept: 4 * SOUK, until: Some(70) };
        assert_eq!(plan, expected);
        assert_eq!(kept(plan.kept, plan.until, 50), "4 SOUK stay locked until block 70, in about 60 seconds");
        let on = track(2, 5 * SOUK, vec![vote(3, 5 * SOUK, true, None)]);
        let plan = unlocking(&[over, on.clone()], 50);
        assert_eq!((plan.kept, plan.until), (5 * SOUK, None));
        // Nothing to do.
        assert!(unlocking(&[on, delegating(track(3, 3 * SOUK, Vec::new()))], 50).is_empty());
        assert!(unlocking(&[], 50).is_empty());
    }

    #[test]
    fn old_locks_should_end_with_their_block() {
        let mut left = track(1, 2 * SOUK, Vec::new());
        left.prior = Some(PriorLockView { amount: 2 * SOUK, until: 60 });
        let early = unlocking(std::slice::from_ref(&left), 59);
        assert!(early.is_empty() && early.kept == 2 * SOUK && early.until == Some(60));
        let due = unlocking(&[left], 60);
        assert_eq!((due.tracks, due.kept), (vec![1], 0));
    }
}
