//! Exams of those of [`walk`](super::walk), and the claims of what they earn.

use super::{
    market::*,
    stakers::dispatch,
    walk::{Dice, PROVIDERS},
    walk_stake::none,
};
use crate::{Rewards, Runtime, RuntimeEvent, RuntimeOrigin};
use frame_support::assert_ok;
use pallet_rewards::{Call, Event};
use souk_primitives::{rewards::price_index, Balance};
use sp_runtime::DispatchResult;
use std::collections::BTreeMap;

/// Has the capacity of all providers be worth a reward.
pub fn hold_exams() {
    let reference = Call::set_reference { spec: spec().id(), price_index: price_index(&PRICES) };
    assert_ok!(dispatch(reference, RuntimeOrigin::root()));
}

/// Those providers that have a paper commit to answers, of whatever length.
pub fn sit(dice: &mut Dice) -> DispatchResult {
    let mut result = none();
    for (who, _) in PROVIDERS {
        let view = Rewards::exam_view(&account(who));
        let Some(paper) = view.papers.first().filter(|paper| !paper.committed) else { continue };
        let most = Balance::from(paper.questions) * Balance::from(paper.max_tokens);
        let total = if dice.one_in(3) { most / 2 } else { most };
        let (spec, count, root) = (paper.spec, paper.questions, [9; 32]);
        result = result.or(submit(who, Call::commit_exam { spec, root, total, count }));
    }
    result
}

/// A provider or its validator takes what it has earned, or says what shall become of it.
pub fn claim(dice: &mut Dice) -> DispatchResult {
    let (provider, validator) = dice.pick(&PROVIDERS);
    match dice.below(4) {
        0 => submit(provider, Call::set_compound { compound: dice.one_in(2) }),
        1 => submit(validator, Call::claim {}),
        _ => submit(provider, Call::claim {}),
    }
}

/// Counts how exams ended, and what was paid.
pub fn count(event: &RuntimeEvent, ends: &mut BTreeMap<String, u32>) {
    let RuntimeEvent::Rewards(event) = event else { return };
    let what = match event {
        Event::<Runtime>::ExamPassed { .. } => "passed",
        Event::ExamFailed { .. } => "failed",
        Event::ExamSettled { promised, .. } if *promised > 0 => "settled",
        Event::Claimed { compounded: true, .. } => "compounded",
        Event::Claimed { .. } => "claimed",
        _ => return,
    };
    *ends.entry(what.into()).or_default() += 1;
}
