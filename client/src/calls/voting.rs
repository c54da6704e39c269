//! Calls of the voting pallet.

use super::{balances::Address, Call};
use codec::{Compact, Encode, Output};
use souk_primitives::{views::Ballot, AccountId, Balance};

/// `pallet_conviction_voting::AccountVote`, of a [`Ballot`].
struct AccountVote<'a>(&'a Ballot);

impl Encode for AccountVote<'_> {
    fn encode_to<T: Output + ?Sized>(&self, dest: &mut T) {
        match *self.0 {
            // The side is the highest bit of the byte that has the conviction.
            Ballot::Standard { aye, conviction, amount } => {
                (0u8, conviction | if aye { 0x80 } else { 0 }, amount).encode_to(dest)
            }
            Ballot::Split { aye, nay, abstain: 0 } => (1u8, aye, nay).encode_to(dest),
            Ballot::Split { aye, nay, abstain } => (2u8, aye, nay, abstain).encode_to(dest),
        }
    }
}

fn call(name: &'static str) -> Call {
    Call::new("ConvictionVoting", name)
}

/// Votes in a referendum, or changes the vote.
pub fn vote(referendum: u32, ballot: &Ballot) -> Call {
    call("vote").arg("poll_index", Compact(referendum)).arg("vote", AccountVote(ballot))
}

/// Takes a vote back. Of an ended referendum the track must be named.
pub fn remove_vote(track: u16, referendum: u32) -> Call {
    call("remove_vote").arg("class", Some(track)).arg("index", referendum)
}

/// Lets another account vote on a track. `conviction` is 0 to 6.
pub fn delegate(track: u16, to: AccountId, conviction: u8, amount: Balance) -> Call {
    call("delegate")
        .arg("class", track)
        .arg("to", Address::Id(to))
        .arg("conviction", conviction)
        .arg("balance", amount)
}

/// Ends a delegation.
pub fn undelegate(track: u16) -> Call {
    call("undelegate").arg("class", track)
}

/// Makes a lock as small as the votes and delegations of a track still ask for.
pub fn unlock(track: u16, target: AccountId) -> Call {
    call("unlock").arg("class", track).arg("target", Address::Id(target))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ballots_should_be_encoded_as_the_pallet_does() {
        let encoded = |ballot: Ballot| AccountVote(&ballot).encode();
        let five = 5u128.encode();
        let aye = encoded(Ballot::Standard { aye: true, conviction: 6, amount: 5 });
        assert_eq!(aye, [&[0, 0x86][..], &five].concat());
        let nay = encoded(Ballot::Standard { aye: false, conviction: 0, amount: 5 });
        assert_eq!(nay, [&[0, 0][..], &five].concat());
        let split = encoded(Ballot::Split { aye: 5, nay: 0, abstain: 0 });
        assert_eq!(split, [&[1][..], &five, &0u128.encode()].concat());
        let abstain = encoded(Ballot::Split { aye: 0, nay: 0, abstain: 5 });
        assert_eq!(abstain, [&[2][..], &0u128.encode(), &0u128.encode(), &five].concat());
    }
}
