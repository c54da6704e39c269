//! Reads of referenda, tracks and votes. For [`crate::souk_api`].

use crate::{
    stake_api::{millionths, rows},
    AccountId, Balance, BlockNumber, OriginCaller, Preimage, Runtime, RuntimeCall, System,
};
use alloc::{boxed::Box, string::String, vec::Vec};
use codec::{Decode, DecodeLimit, Encode};
use frame_support::{
    traits::{schedule::DispatchTime, Bounded, Get, GetCallMetadata, QueryPreimage, VoteTally},
    MAX_EXTRINSIC_DEPTH,
};
use pallet_conviction_voting::{AccountVote, Casting, ClassLocksFor, Delegating, Voting, VotingFor};
use pallet_governance::{Origin, Tracks, UndecidingTimeout, VoteLockingPeriod};
use pallet_referenda::{
    DecidingStatus, Deposit, ReferendumCount, ReferendumInfo, ReferendumInfoFor, ReferendumStatusOf, Track,
    TrackInfo, TracksInfo,
};
use souk_primitives::views::{
    Ballot, DelegationView, DepositView, EnactmentView, OngoingView, Phase, PriorLockView, ProposalView,
    ReferendumState, ReferendumView, TallyView, TrackView, TrackVotesView, VoteView,
};
use sp_runtime::{traits::BlakeTwo256, Perbill};

/// Referenda that one answer looks at, at most.
const MAX_LOOKS: usize = 1_000;

/// A track of this chain.
type ChainTrack = TrackInfo<Balance, BlockNumber>;
/// An open referendum.
type Status = ReferendumStatusOf<Runtime, ()>;

/// A demand in millionths, rounded up: who shows as many has met it.
fn demand(share: Perbill) -> u32 {
    share.deconstruct().div_ceil(1_000)
}

/// A track's name, which is padded with zeros.
fn name(track: &ChainTrack) -> String {
    String::from_utf8_lossy(&track.name).trim_end_matches('\0').into()
}

fn all_tracks() -> impl Iterator<Item = Track<u16, Balance, BlockNumber>> {
    <Tracks<Runtime> as TracksInfo<Balance, BlockNumber>>::tracks().map(|track| track.into_owned())
}

fn track(id: u16) -> Option<ChainTrack> {
    Some(<Tracks<Runtime> as TracksInfo<Balance, BlockNumber>>::info(id)?.into_owned())
}

/// Whom a track's referenda speak as.
fn origin(track: u16) -> OriginCaller {
    match Origin::ALL.into_iter().find(|origin| origin.track() == track) {
        Some(origin) => origin.into(),
        None => frame_system::RawOrigin::Root.into(),
    }
}

/// On which conditions referenda pass.
pub fn tracks() -> Vec<TrackView> {
    all_tracks()
        .map(|Track { id, info }| TrackView {
            id,
            name: name(&info),
            origin: origin(id).encode(),
            deciding: pallet_referenda::DecidingCount::<Runtime>::get(id),
            max_deciding: info.max_deciding,
            queued: pallet_referenda::TrackQueue::<Runtime>::decode_len(id)
                .map_or(0, |len| u32::try_from(len).unwrap_or(u32::MAX)),
            decision_deposit: info.decision_deposit,
            prepare: info.prepare_period,
            decision: info.decision_period,
            confirm: info.confirm_period,
            enactment: info.min_enactment_period,
        })
        .collect()
}

fn deposit(deposit: Deposit<AccountId, Balance>) -> DepositView {
    DepositView { who: deposit.who, amount: deposit.amount }
}

/// What a referendum asks. The call is read from its preimage when somebody has brought it.
fn proposal(bounded: &Bounded<RuntimeCall, BlakeTwo256>) -> ProposalView {
    let bytes = match bounded {
        Bounded::Inline(bytes) => Some(bytes.to_vec()),
        Bounded::Lookup { hash, .. } | Bounded::Legacy { hash, .. } => {
            <Preimage as QueryPreimage>::fetch(hash, bounded.len()).ok().map(|bytes| bytes.into_owned())
        }
    };
    let call = bytes.as_ref().and_then(|bytes| {
        let call = RuntimeCall::decode_with_depth_limit(MAX_EXTRINSIC_DEPTH, &mut bytes.as_slice()).ok()?;
        let named = call.get_call_metadata();
        Some([named.pallet_name, named.function_name].join("."))
    });
    let known = bytes.map_or(0, |bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX));
    ProposalView { digest: bounded.hash().0, length: bounded.len().unwrap_or(known), call }
}

fn phase(status: &Status, track: &ChainTrack) -> Phase {
    match status.deciding {
        Some(DecidingStatus { since, confirming: Some(until) }) => Phase::Confirming { since, until },
        Some(DecidingStatus { since, confirming: None }) => {
            Phase::Deciding { since, until: since.saturating_add(track.decision_period) }
        }
        None if status.in_queue => Phase::Queued,
        None if status.decision_deposit.is_some() => {
            Phase::Preparing { until: status.submitted.saturating_add(track.prepare_period) }
        }
        None => {
            let timeout: BlockNumber = UndecidingTimeout::<Runtime>::get();
            Phase::NoDeposit { until: status.submitted.saturating_add(timeout) }
        }
    }
}

/// The block in which a referendum would be approved if no vote came or went any more.
fn approved_at(status: &Status, phase: &Phase, track: &ChainTrack) -> Option<BlockNumber> {
    let begins = match *phase {
        Phase::Confirming { until, .. } => return Some(until),
        Phase::Deciding { since, .. } => since,
        Phase::Preparing { until } => until,
        Phase::NoDeposit { .. } | Phase::Queued => return None,
    };
    let (approval, support) = (status.tally.approval(status.track), status.tally.support(status.track));
    let met = track.min_approval.delay(approval).max(track.min_support.delay(support));
    // A demand that is never met has the end as its time, too.
    if !track.min_approval.passing(met, approval) || !track.min_support.passing(met, support) {
        return None;
    }
    let met = begins.saturating_add(met.mul_ceil(track.decision_period));
    Some(met.max(System::block_number().saturating_add(1)).saturating_add(track.confirm_period))
}

fn tally(status: &Status, track: &ChainTrack) -> TallyView {
    let elapsed = match &status.deciding {
        Some(deciding) => System::block_number().saturating_sub(deciding.since),
        None => 0,
    };
    let elapsed = Perbill::from_rational(elapsed.min(track.decision_period), track.decision_period);
    TallyView {
        ayes: status.tally.ayes,
        nays: status.tally.nays,
        support: status.tally.support,
        approval: millionths(status.tally.approval(status.track)),
        approval_needed: demand(track.min_approval.threshold(elapsed)),
        turnout: millionths(status.tally.support(status.track)),
        turnout_needed: demand(track.min_support.threshold(elapsed)),
    }
}

fn ongoing(status: Status) -> Option<OngoingView> {
    let track = track(status.track)?;
    let phase = phase(&status, &track);
    Some(OngoingView {
        track: status.track,
        track_name: name(&track),
        proposal: proposal(&status.proposal),
        enactment: match status.enactment {
            DispatchTime::At(block) => EnactmentView::At(block),
            DispatchTime::After(blocks) => EnactmentView::After(blocks),
        },
        submitted_at: status.submitted,
        tally: tally(&status, &track),
        approved_at: approved_at(&status, &phase, &track),
        phase,
        submission: deposit(status.submission_deposit),
        decision_deposit: status.decision_deposit.map(deposit),
        decision_deposit_needed: track.decision_deposit,
    })
}

/// One referendum.
pub fn referendum(index: u32) -> Option<ReferendumView> {
    type Left = Option<Deposit<AccountId, Balance>>;
    let left = |submission: Left, decision: Left| {
        submission.into_iter().chain(decision).map(deposit).collect::<Vec<_>>()
    };
    let (state, refundable) = match ReferendumInfoFor::<Runtime>::get(index)? {
        ReferendumInfo::Ongoing(status) => (ReferendumState::Ongoing(Box::new(ongoing(status)?)), Vec::new()),
        // Of a rejected or a forgotten one, the submission's deposit does not come back.
        ReferendumInfo::Approved(at, submission, decision) => {
            (ReferendumState::Approved { at }, left(submission, decision))
        }
        ReferendumInfo::Cancelled(at, submission, decision) => {
            (ReferendumState::Cancelled { at }, left(submission, decision))
        }
        ReferendumInfo::Rejected(at, _, decision) => (ReferendumState::Rejected { at }, left(None, decision)),
        ReferendumInfo::TimedOut(at, _, decision) => (ReferendumState::TimedOut { at }, left(None, decision)),
        ReferendumInfo::Killed(at) => (ReferendumState::Killed { at }, Vec::new()),
    };
    Some(ReferendumView { index, state, refundable })
}

/// Referenda below the number `before`, the newest first; only the open ones when asked so. Looks at no more than
/// [`MAX_LOOKS`] of them.
pub fn referenda(only_ongoing: bool, before: Option<u32>, limit: u32) -> Vec<ReferendumView> {
    let count = ReferendumCount::<Runtime>::get();
    let end = before.unwrap_or(count).min(count);
    (0..end)
        .rev()
        .take(MAX_LOOKS)
        .filter_map(referendum)
        .filter(|view| !only_ongoing || matches!(view.state, ReferendumState::Ongoing(_)))
        .take(rows(limit))
        .collect()
}

/// Until when an ended referendum keeps what voted for its outcome, and whether it has ended.
fn lock(index: u32, vote: &AccountVote<Balance>) -> (bool, Option<BlockNumber>) {
    let (end, outcome) = match ReferendumInfoFor::<Runtime>::get(index) {
        Some(ReferendumInfo::Ongoing(_)) => return (true, None),
        Some(ReferendumInfo::Approved(end, ..)) => (end, true),
        Some(ReferendumInfo::Rejected(end, ..)) => (end, false),
        _ => return (false, None),
    };
    let AccountVote::Standard { vote, .. } = vote else { return (false, None) };
    let periods = vote.conviction.lock_periods();
    if vote.aye != outcome || periods == 0 {
        return (false, None);
    }
    let period: BlockNumber = VoteLockingPeriod::<Runtime>::get();
    let until = end.saturating_add(period.saturating_mul(periods));
    (false, (until > System::block_number()).then_some(until))
}

fn ballot(vote: &AccountVote<Balance>) -> Ballot {
    match *vote {
        AccountVote::Standard { vote, balance } => {
            Ballot::Standard { aye: vote.aye, conviction: vote.conviction.into(), amount: balance }
        }
        AccountVote::Split { aye, nay } => Ballot::Split { aye, nay, abstain: 0 },
        AccountVote::SplitAbstain { aye, nay, abstain } => Ballot::Split { aye, nay, abstain },
    }
}

/// What an account votes and delegates, track by track; tracks without anything are left out.
pub fn votes(account: AccountId) -> Vec<TrackVotesView> {
    let locks = ClassLocksFor::<Runtime>::get(&account);
    all_tracks()
        .filter_map(|Track { id, info }| {
            let locked = locks.iter().find(|(class, _)| *class == id).map_or(0, |(_, amount)| *amount);
            let voting = VotingFor::<Runtime>::get(&account, id);
            let (votes, delegation, delegations, prior) = match voting {
                Voting::Casting(Casting { votes, delegations, prior }) => (votes, None, delegations, prior),
                Voting::Delegating(Delegating { balance, target, conviction, delegations, prior }) => {
                    let delegation =
                        DelegationView { to: target, amount: balance, conviction: conviction.into() };
                    (Default::default(), Some(delegation), delegations, prior)
                }
            };
            // The block is no public field.
            let (until, amount) = <(BlockNumber, Balance)>::decode(&mut prior.encode().as_slice()).ok()?;
            let idle = votes.is_empty() && delegation.is_none() && delegations.capital == 0;
            if idle && locked == 0 && amount == 0 {
                return None;
            }
            let votes = votes.iter().map(|(index, vote)| {
                let (ongoing, locked_until) = lock(*index, vote);
                VoteView { referendum: *index, ballot: ballot(vote), ongoing, locked_until }
            });
            Some(TrackVotesView {
                track: id,
                name: name(&info),
                votes: votes.collect(),
                delegation,
                received: delegations.capital,
                locked,
                prior: (amount > 0).then_some(PriorLockView { amount, until }),
            })
        })
        .collect()
}
