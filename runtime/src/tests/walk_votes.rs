//! What those of [`walk_stake`](super::walk_stake) vote, spend, trade and do wrong.

use super::{
    market::*,
    shop::*,
    stakers::{dispatch, offend, power},
    walk_stake::{none, Walk, PEOPLE},
};
use crate::{Authorship, Licensing, Runtime, RuntimeCall, Session};
use codec::Encode;
use frame_support::traits::{schedule::DispatchTime, Bounded};
use pallet_conviction_voting::{AccountVote, Call, Conviction, Vote, Voting, VotingFor};
use pallet_governance::{tracks::ids, Origin};
use pallet_referenda::{ReferendumInfo, ReferendumInfoFor};
use souk_primitives::{exchange::Secret, hash, purchase::Stage};
use sp_runtime::{DispatchResult, Perbill};

const TRACKS: [u16; 2] = [ids::PARAMETERS, ids::SMALL_SPENDER];

/// Referenda that are open, or have ended.
pub fn polls(open: bool) -> Vec<u32> {
    ReferendumInfoFor::<Runtime>::iter()
        .filter(|(_, info)| matches!(info, ReferendumInfo::Ongoing(_)) == open)
        .map(|(poll, _)| poll)
        .collect()
}

/// Who said something on a track: a vote in a referendum, or `None` for a delegation.
pub type Said = (&'static str, u16, Option<u32>);

/// All votes and delegations.
pub fn everything_said() -> Vec<Said> {
    let mut said = Vec::new();
    for name in PEOPLE.into_iter().chain(VALIDATORS) {
        for class in TRACKS {
            match VotingFor::<Runtime>::get(account(name), class) {
                Voting::Casting(casting) => {
                    said.extend(casting.votes.iter().map(|(poll, _)| (name, class, Some(*poll))))
                }
                Voting::Delegating(_) => said.push((name, class, None)),
            }
        }
    }
    said
}

/// Whether it counts for more than there is.
pub fn is_too_much((who, class, poll): &Said) -> bool {
    let power = power(who);
    match VotingFor::<Runtime>::get(account(who), class) {
        Voting::Casting(casting) => casting.votes.iter().any(|(index, vote)| {
            Some(*index) == *poll && vote.balance() > power && polls(true).contains(index)
        }),
        Voting::Delegating(delegating) => delegating.balance > power,
    }
}

impl Walk<'_> {
    /// A vote or a delegation.
    fn said(&mut self, delegated: bool) -> Option<Said> {
        let mut said = everything_said();
        said.retain(|(_, _, poll)| poll.is_none() == delegated);
        (!said.is_empty()).then(|| self.dice.pick(&said))
    }

    pub fn vote_or_trade(&mut self) -> (&'static str, DispatchResult) {
        match self.dice.below(28) {
            0..=1 => ("ask", self.ask()),
            2..=6 => ("vote", self.vote()),
            7 => ("take back", self.take_back()),
            8..=9 => ("delegate", self.delegate()),
            10 if self.dice.one_in(2) => ("undelegate", self.undelegate()),
            11 => ("unlock", self.unlock()),
            10 | 12..=14 | 26..=27 => ("refresh", self.refresh()),
            15 => ("stop", self.stop()),
            16 => ("refund", self.refund()),
            17 => ("spend", self.spend()),
            18 => ("pay out", self.pay_out()),
            19..=22 => ("sell", self.sell()),
            23..=24 => ("claim", submit("Ferdie", pallet_rewards::Call::claim {})),
            _ => ("offend", self.offend()),
        }
    }

    fn conviction(&mut self) -> Conviction {
        self.dice.pick(&[Conviction::None, Conviction::Locked1x, Conviction::Locked2x])
    }

    fn poll(&mut self, open: bool) -> Option<u32> {
        let polls = polls(open);
        (!polls.is_empty()).then(|| self.dice.pick(&polls))
    }

    /// Asks for a spend, which may come to pass, or for a remark.
    fn ask(&mut self) -> DispatchResult {
        let spends = self.dice.one_in(2);
        let (origin, call): (Origin, RuntimeCall) = match spends {
            true => (Origin::SmallSpender, self.wish().into()),
            false => (Origin::ParameterAdmin, frame_system::Call::remark { remark: vec![] }.into()),
        };
        let who = self.person();
        let submission = pallet_referenda::Call::submit {
            proposal_origin: Box::new(origin.into()),
            proposal: Bounded::Inline(call.encode().try_into().unwrap()),
            enactment_moment: DispatchTime::After(1),
        };
        let index = pallet_referenda::ReferendumCount::<Runtime>::get();
        submit(who, submission)?;
        submit(self.person(), pallet_referenda::Call::place_decision_deposit { index })
    }

    fn vote(&mut self) -> DispatchResult {
        let who = self.staker();
        let Some(poll_index) = self.poll(true) else { return none() };
        let power = power(who);
        if power == 0 {
            return none();
        }
        // Mostly all, sometimes more than there is.
        let part = [power, power, power / 3, power + 1][self.dice.below(4)];
        let vote = match self.dice.below(4) {
            0 => AccountVote::SplitAbstain { aye: part / 2, nay: part / 5, abstain: part / 10 },
            1 => AccountVote::Split { aye: part / 3, nay: part / 2 },
            _ => {
                let vote = Vote { aye: !self.dice.one_in(4), conviction: self.conviction() };
                AccountVote::Standard { vote, balance: part }
            }
        };
        let result = submit(who, Call::vote { poll_index, vote });
        assert!(result.is_err() || vote.balance() <= power);
        result
    }

    fn take_back(&mut self) -> DispatchResult {
        let Some((who, class, Some(index))) = self.said(false) else { return none() };
        submit(who, Call::remove_vote { class: Some(class), index })
    }

    fn track(&mut self) -> u16 {
        self.dice.pick(&TRACKS)
    }

    fn delegate(&mut self) -> DispatchResult {
        let (who, to) = (self.staker(), account(self.staker()).into());
        let (class, conviction) = (self.track(), self.conviction());
        let balance = power(who);
        if balance == 0 {
            return none();
        }
        submit(who, Call::delegate { class, to, conviction, balance })
    }

    fn undelegate(&mut self) -> DispatchResult {
        let Some((who, class, _)) = self.said(true) else { return none() };
        submit(who, Call::undelegate { class })
    }

    fn unlock(&mut self) -> DispatchResult {
        let (class, target) = (self.track(), account(self.staker()).into());
        submit(self.staker(), Call::unlock { class, target })
    }

    /// Mostly of what is too much: of a pool's members, whom nobody queues, or before the queue's turn.
    fn refresh(&mut self) -> DispatchResult {
        let mut said = everything_said();
        if !self.dice.one_in(4) {
            said.retain(is_too_much);
        }
        if said.is_empty() {
            return none();
        }
        let (who, class, poll) = self.dice.pick(&said);
        let who = account(who);
        submit(self.person(), pallet_governance::Call::refresh_vote { who, class, poll })
    }

    /// Those who may stop a referendum.
    fn stop(&mut self) -> DispatchResult {
        let Some(index) = self.poll(true) else { return none() };
        match self.dice.below(4) {
            0 => dispatch(pallet_referenda::Call::cancel { index }, Origin::Canceller),
            1 => dispatch(pallet_referenda::Call::kill { index }, Origin::Killer),
            _ => none(),
        }
    }

    fn refund(&mut self) -> DispatchResult {
        let Some(index) = self.poll(false) else { return none() };
        if self.dice.one_in(2) {
            return submit(self.person(), pallet_referenda::Call::refund_submission_deposit { index });
        }
        submit(self.person(), pallet_referenda::Call::refund_decision_deposit { index })
    }

    fn wish(&mut self) -> pallet_treasury::Call<Runtime> {
        pallet_treasury::Call::spend {
            asset_kind: Box::new(()),
            amount: self.dice.souk(20),
            beneficiary: Box::new(account(self.person())),
            valid_from: None,
        }
    }

    fn spend(&mut self) -> DispatchResult {
        dispatch(self.wish(), Origin::SmallSpender)
    }

    fn pay_out(&mut self) -> DispatchResult {
        let count = pallet_treasury::SpendCount::<Runtime>::get();
        if count == 0 {
            return none();
        }
        let index = self.dice.below(count as usize) as u32;
        submit(self.person(), pallet_treasury::Call::payout { index })
    }

    /// The next step of Consumer's purchase of Ferdie's content. What it burns earns Ferdie a reward.
    fn sell(&mut self) -> DispatchResult {
        use pallet_licensing::{Call, PurchasesOf};
        let mut ids = PurchasesOf::<Runtime>::iter_key_prefix(account("Consumer"));
        let open = ids.find(|id| Licensing::purchase_view(id).is_some_and(|view| !view.stage.is_ended()));
        let Some(purchase) = open else {
            let mut call = order("Consumer", 0);
            if let Call::purchase { buyer_key, .. } = &mut call {
                *buyer_key = Secret::new(hash(&[&self.dice.number().to_le_bytes()])).public_key();
            }
            return submit("Consumer", call);
        };
        let copy = copy(purchase);
        match Licensing::purchase_view(&purchase).unwrap().stage {
            Stage::Ordered { .. } => submit("Ferdie", offer_copy(&copy)),
            Stage::Offered { .. } => submit("Consumer", accept_copy(&copy)),
            Stage::Accepted { .. } => submit("Ferdie", reveal_key(&copy)),
            _ => submit("Consumer", Call::settle { purchase }),
        }
    }

    /// One of the validators does wrong, at most a quarter. Now and then its slash is called off.
    fn offend(&mut self) -> DispatchResult {
        let validators = Session::validators();
        let offender = &validators[self.dice.below(validators.len())];
        // Nobody may make a block any more that is disabled in it.
        if Authorship::author().as_ref() == Some(offender) {
            return none();
        }
        offend(offender, Perbill::from_percent(1 + self.dice.below(25) as u32));
        if self.dice.one_in(4) {
            if let Some((era, _)) = pallet_staking::UnappliedSlashes::<Runtime>::iter().next() {
                let cancel = pallet_staking::Call::cancel_deferred_slash { era, slash_indices: vec![0] };
                return dispatch(cancel, Origin::StakingAdmin);
            }
        }
        Ok(())
    }
}
