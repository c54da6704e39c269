//! What becomes of everybody's money and record, for each way in which an audit can end.

use crate::{decide::end_of, mock::*, types::worst, types::Phase, Batches, Convicted, Event, Pots};
use souk_primitives::{
    audit::Round,
    beacon,
    close::CloseReason,
    exposure::Chance,
    rate::Record,
    split,
    verdict::{decide, Decision, Report, Verdict},
    AccountId, AuditId, Balance, BatchId, SOUK,
};

/// Everybody's money.
#[derive(Debug, PartialEq, Clone)]
struct Books {
    provider: Balance,
    consumer: Balance,
    funder: Balance,
    members: Vec<Balance>,
    pot: Balance,
    issuance: Balance,
}

fn books(members: &[u8]) -> Books {
    Books {
        provider: free(&PROVIDER),
        consumer: free(&CONSUMER),
        funder: free(&FUNDER),
        members: members.iter().map(|m| free(&stash(*m))).collect(),
        pot: Attestation::pot(&SPEC),
        issuance: issuance(),
    }
}

fn drawn_with_pot() -> (BatchId, AuditId, Books) {
    fill_pot(10 * FEE);
    let (batch, id) = drawn();
    let before = books(&members(id));
    (batch, id, before)
}

const FEE_OF_BATCH: Balance = VALUE / 50;

#[test]
fn valid_batch_is_paid_and_the_record_grows() {
    run(|| {
        let (batch, id, before) = drawn_with_pot();
        report(id, &[valid(), valid(), valid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Valid, true)));
        let after = books(&members(id));
        assert_eq!(after.provider, before.provider + VALUE - FEE_OF_BATCH);
        assert_eq!(after.members, before.members.iter().map(|m| m + FEE).collect::<Vec<_>>());
        assert_eq!(after.pot, before.pot - 3 * FEE + FEE_OF_BATCH);
        assert_eq!((after.consumer, after.funder), (before.consumer, before.funder));
        assert_eq!(after.issuance, before.issuance);
        // A quarter of the cap is one whole batch.
        assert_eq!(Records::get(PROVIDER), Record { ok: 1_000, ..Record::default() });
        assert!(Silences::get().is_empty());
        System::assert_has_event(Event::AuditEnded { audit: id, batch, reason: CloseReason::Valid }.into());
        assert_eq!(Attestation::audit_view(&id).unwrap().outcome, Some(CloseReason::Valid));
    });
}

#[test]
fn doubtful_batch_is_paid_and_the_next_ones_are_audited() {
    run(|| {
        let (batch, id, before) = drawn_with_pot();
        report(id, &[doubtful(), doubtful(), valid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Doubtful, true)));
        assert_eq!(free(&PROVIDER), before.provider + VALUE - FEE_OF_BATCH);
        assert_eq!(Records::get(PROVIDER), Record { ok: 0, certain_left: 10, window: 1 });
    });
}

#[test]
fn lone_doubt_leaves_the_record_as_if_it_were_none() {
    run(|| {
        for reports in [
            vec![valid(), doubtful(), valid()],
            vec![doubtful(), valid()],
            vec![doubtful(), valid(), valid()],
        ] {
            let (batch, id, before) = drawn_with_pot();
            Records::remove(PROVIDER);
            report(id, &reports);
            assert_eq!(Ended::get(batch), Some((CloseReason::Valid, true)));
            assert_eq!(free(&PROVIDER), before.provider + VALUE - FEE_OF_BATCH);
            assert_eq!(Records::get(PROVIDER), Record { ok: 1_000, ..Record::default() });
        }
    });
}

#[test]
fn doubt_of_a_lone_member_is_worth_another_committee_and_no_more() {
    run(|| {
        Registered::put(vec![(stash(2), 100 * SOUK)]);
        let (batch, id) = drawn();
        report(id, &[doubtful()]);
        run_to_redraw(id);
        report(id, &[doubtful()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Unaudited, true)));
        assert_eq!(Records::get(PROVIDER), Record::default());
    });
}

#[test]
fn only_batches_that_an_audit_let_pass_count_for_the_doubts() {
    run(|| {
        for reports in [
            [doubtful(), doubtful(), valid()],
            [valid(), valid(), valid()],
            // Refunded ones: a disagreement, and a request that the provider could have made up itself.
            [invalid(), valid(), valid()],
            [foreign_seed(), foreign_seed(), valid()],
            [doubtful(), doubtful(), valid()],
        ] {
            let (_, id) = drawn();
            report(id, &reports);
        }
        assert_eq!((Records::get(PROVIDER).window, Records::get(PROVIDER).doubts()), (0b101, 2));
        assert!(!Records::get(PROVIDER).is_out());
        let (_, id) = drawn();
        report(id, &[doubtful(), doubtful(), doubtful()]);
        assert!(Records::get(PROVIDER).is_out());
        assert!(!Jailed::contains_key(PROVIDER));
        assert_eq!(free(&PROVIDER), BOND + ED + 4 * (VALUE - FEE_OF_BATCH), "paid and not slashed");
    });
}

#[test]
fn majority_invalid_refunds_slashes_and_jails() {
    run(|| {
        Records::insert(PROVIDER, Record { ok: 9_000, ..Record::default() });
        let (batch, id, before) = drawn_with_pot();
        report(id, &[invalid(), valid(), invalid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Fraud, false)));
        let exposure = 3 * VALUE;
        let parts = split::slash(exposure, VALUE, split::CONVICTING);
        assert_eq!(parts.consumer, VALUE / 10);
        let after = books(&members(id));
        assert_eq!(after.provider, before.provider - exposure);
        assert_eq!(after.funder, before.funder + VALUE);
        assert_eq!(after.consumer, before.consumer + parts.consumer);
        // To convict pays no more than to accept: while no jury looks at it, the whole rest is burnt.
        assert_eq!(after.members, before.members.iter().map(|m| m + FEE).collect::<Vec<_>>());
        assert_eq!(before.issuance - after.issuance, exposure - parts.consumer);
        assert!(Jailed::contains_key(PROVIDER));
        assert_eq!(Records::get(PROVIDER), Record::default());
        assert_eq!(Offences::get(), vec![(stash(OWN), id, 7, exposure)]);
        assert!(Convicted::<Test>::contains_key(PROVIDER));
        System::assert_has_event(
            Event::FraudUpheld {
                audit: id,
                batch,
                provider: PROVIDER,
                slashed: exposure,
                compensation: parts.consumer,
                rewards: 0,
            }
            .into(),
        );
    });
}

#[test]
fn slash_takes_no_more_than_the_bond() {
    run(|| {
        let (_, id) = drawn();
        use frame_support::traits::{
            fungible::Mutate,
            tokens::{Fortitude, Precision, Preservation},
        };
        Balances::burn_from(
            &PROVIDER,
            BOND - VALUE,
            Preservation::Preserve,
            Precision::Exact,
            Fortitude::Force,
        )
        .unwrap();
        let consumer = free(&CONSUMER);
        report(id, &[invalid(), invalid(), invalid()]);
        assert_eq!(free(&PROVIDER), ED);
        assert_eq!(free(&CONSUMER), consumer + VALUE / 10);
    });
}

#[test]
fn single_invalid_refunds_and_slashes_nobody() {
    run(|| {
        let (batch, id, before) = drawn_with_pot();
        report(id, &[valid(), valid(), invalid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Disputed, false)));
        let after = books(&members(id));
        assert_eq!(after.funder, before.funder + VALUE);
        assert_eq!(after.provider, before.provider);
        assert_eq!(after.consumer, before.consumer);
        assert_eq!(after.issuance, before.issuance);
        assert!(!Jailed::contains_key(PROVIDER));
        assert!(Offences::get().is_empty());
    });
}

#[test]
fn lone_member_convicts_nobody() {
    run(|| {
        Registered::put(vec![(stash(2), 100 * SOUK)]);
        let (accused, first) = drawn();
        let (withheld, second) = drawn();
        let before = free(&PROVIDER);
        report(first, &[invalid()]);
        assert_eq!(Ended::get(accused), Some((CloseReason::Disputed, false)));
        report(second, &[Report::Unavailable]);
        run_to_redraw(second);
        report(second, &[Report::Unavailable]);
        assert_eq!(Ended::get(withheld), Some((CloseReason::Disputed, false)));
        assert_eq!(free(&PROVIDER), before);
        assert!(!Jailed::contains_key(PROVIDER));
    });
}

#[test]
fn request_with_a_foreign_seed_is_refunded() {
    run(|| {
        let (batch, id, before) = drawn_with_pot();
        report(id, &[foreign_seed(), foreign_seed(), valid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::BadRequest, false)));
        let after = books(&members(id));
        // The consumer bears the audit of its own request: the pot is what it was.
        assert_eq!(after.funder, before.funder + VALUE - 3 * FEE);
        assert_eq!(after.provider, before.provider);
        assert_eq!(after.pot, before.pot);
        assert_eq!(after.members, before.members.iter().map(|m| m + FEE).collect::<Vec<_>>());
    });
}

#[test]
fn unusable_request_bears_both_committees() {
    run(|| {
        let (batch, id, before) = drawn_with_pot();
        report(id, &[Report::Unavailable, Report::Unavailable, Report::Unavailable]);
        run_to_redraw(id);
        report(id, &[foreign_seed(), foreign_seed(), foreign_seed()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::BadRequest, false)));
        assert_eq!(free(&FUNDER), before.funder + VALUE - 6 * FEE);
        assert_eq!(Attestation::pot(&SPEC), before.pot);
    });
}

#[test]
fn lone_objection_against_two_earns_nothing_and_counts_against_the_seat() {
    run(|| {
        let (batch, id, before) = drawn_with_pot();
        report(id, &[valid(), invalid(), valid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Disputed, false)));
        let after = books(&members(id));
        assert_eq!(after.members, vec![before.members[0] + FEE, before.members[1], before.members[2] + FEE]);
        let objector = stash(members(id)[1]);
        assert_eq!(Outvoted::get(), vec![objector.clone()]);
        assert!(Silences::get().is_empty());
        assert!(!Answers::get().contains(&objector));
        System::assert_has_event(Event::VerifierOutvoted { audit: id, validator: objector }.into());
    });
}

#[test]
fn objection_that_two_do_not_contradict_is_paid() {
    for reports in [
        [invalid(), valid(), doubtful()],
        [invalid(), valid(), Report::Unavailable],
        [invalid(), invalid(), valid()],
    ] {
        run(|| {
            let (_, id, _) = drawn_with_pot();
            report(id, &reports);
            assert!(Outvoted::get().is_empty());
            assert_eq!(Answers::get().len(), 3);
        });
    }
}

#[test]
fn few_exact_tokens_raise_the_rate_and_nothing_else() {
    run(|| {
        let (batch, id, before) = drawn_with_pot();
        report(id, &[inexact(), inexact(), valid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Valid, true)));
        assert_eq!(Records::get(PROVIDER), Record { ok: 1_000, certain_left: 10, window: 0 });
        assert_eq!(free(&PROVIDER), before.provider + VALUE - FEE_OF_BATCH);
        // One member alone says nothing.
        Records::remove(PROVIDER);
        let (_, id) = drawn();
        report(id, &[inexact(), valid(), valid()]);
        assert_eq!(Records::get(PROVIDER), Record { ok: 1_000, ..Record::default() });
    });
}

#[test]
fn withheld_transcript_is_redrawn_once_and_then_slashed() {
    run(|| {
        let (batch, id, before) = drawn_with_pot();
        let first = members(id);
        report(id, &[Report::Unavailable, Report::Unavailable, valid()]);
        assert_eq!(Ended::get(batch), None);
        let from = System::block_number();
        assert_eq!(audit(id).phase, Phase::Redrawing { at: Live::get() + 40, from });
        assert_eq!(free(&PROVIDER), before.provider);
        for (i, member) in first.iter().enumerate() {
            assert_eq!(free(&stash(*member)), before.members[i] + FEE, "the first committee worked too");
        }
        run_to_redraw(id);
        let second = members(id);
        let middle = books(&second);
        report(id, &[Report::Unavailable, Report::Unavailable, valid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Withheld, false)));
        assert_eq!(free(&PROVIDER), before.provider - 3 * VALUE);
        assert_eq!(free(&FUNDER), before.funder + VALUE);
        for (i, member) in second.iter().enumerate() {
            assert_eq!(free(&stash(*member)), middle.members[i] + FEE);
        }
        assert!(Jailed::contains_key(PROVIDER));
    });
}

#[test]
fn transcript_that_comes_back_is_paid() {
    run(|| {
        let (batch, id, before) = drawn_with_pot();
        report(id, &[Report::Unavailable, Report::Unavailable, Report::Unavailable]);
        run_to_redraw(id);
        report(id, &[valid(), valid(), valid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Valid, true)));
        assert_eq!(free(&PROVIDER), before.provider + VALUE - FEE_OF_BATCH);
        assert_eq!(audit(id).outcome(), Some(CloseReason::Valid));
    });
}

#[test]
fn reports_of_the_first_round_say_nothing_in_the_second() {
    run(|| {
        let (_, id, _) = drawn_with_pot();
        let old = members(id)[0];
        let reveal = reveal_of(id, &Report::Unavailable);
        report(id, &[Report::Unavailable, Report::Unavailable, valid()]);
        run_to_redraw(id);
        let call = reveal_call(old, vec![reveal], &pair(old, 0));
        assert!(authorize(&call).is_err());
        assert!(audit(id).seats.iter().all(|s| s.commitment.is_none() && s.report.is_none()));
    });
}

#[test]
fn two_of_three_decide_and_the_silent_one_pays() {
    run(|| {
        let (batch, id, before) = drawn_with_pot();
        let members = members(id);
        report(id, &[valid(), valid()]);
        // With the time for commits over and both revealed, nobody is waited for.
        assert!(Live::get() <= audit(id).reveal_by);
        assert_eq!(Ended::get(batch), Some((CloseReason::Valid, true)));
        let after = books(&members);
        assert_eq!(after.members, vec![before.members[0] + FEE, before.members[1] + FEE, before.members[2]]);
        assert_eq!(after.pot, before.pot - 2 * FEE + FEE_OF_BATCH);
        assert_eq!(Silences::get(), vec![stash(members[2])]);
        assert_eq!(Answers::get(), vec![stash(members[0]), stash(members[1])]);
        System::assert_has_event(Event::VerifierSilent { audit: id, validator: stash(members[2]) }.into());
    });
}

#[test]
fn member_that_commits_and_never_reveals_is_silent_too() {
    run(|| {
        let (batch, id, before) = drawn_with_pot();
        let members = members(id);
        for member in &members {
            commit(*member, id, &valid());
        }
        reveal(members[0], id, &valid());
        reveal(members[1], id, &valid());
        assert_eq!(Ended::get(batch), None);
        run_past_reveals(id);
        assert_eq!(Ended::get(batch), Some((CloseReason::Valid, true)));
        assert_eq!(Silences::get(), vec![stash(members[2])]);
        assert_eq!(free(&stash(members[2])), before.members[2]);
    });
}

#[test]
fn silent_committees_end_unaudited_and_paid() {
    run(|| {
        let (batch, id, before) = drawn_with_pot();
        run_blocks(audit(id).commit_by - Live::get() + 1);
        // Nobody committed, so nobody can reveal: there is nothing to wait for.
        run_to_redraw(id);
        run_past_reveals(id);
        assert_eq!(Ended::get(batch), Some((CloseReason::Unaudited, true)));
        assert_eq!(free(&PROVIDER), before.provider + VALUE - FEE_OF_BATCH);
        assert_eq!(Records::get(PROVIDER), Record::default());
        assert_eq!(Silences::get().len(), 6);
        assert_eq!(Attestation::pot(&SPEC), before.pot + FEE_OF_BATCH);
    });
}

#[test]
fn second_committee_comes_from_the_window_after_the_decision() {
    run(|| {
        let (batch, id) = drawn();
        run_blocks(audit(id).commit_by - Live::get() + 1);
        let decided = System::block_number();
        run_to_redraw(id);
        let vrfs: Vec<_> = (decided + 1..=decided + 4).map(vrf).collect();
        let candidates: Vec<_> = (2..=VALIDATORS).map(|v| (stash(v), 100 * SOUK)).collect();
        let seats = beacon::committee(&beacon::redraw(&vrfs, &batch, &id), &candidates, 3);
        let seats: Vec<_> = seats.into_iter().map(|i| number(&candidates[i].0)).collect();
        assert_eq!(members(id), seats);
    });
}

#[test]
fn redraw_waits_for_its_window_and_begins_anew_when_the_ring_forgets_it() {
    run(|| {
        let (_, id) = drawn();
        run_blocks(audit(id).commit_by - Live::get() + 1);
        let Phase::Redrawing { at, from } = audit(id).phase else { panic!() };
        assert_eq!(from, System::block_number());
        // One author alone makes no window.
        OnlyAuthor::put(stash(2));
        while Live::get() < at {
            next_block();
        }
        assert_eq!(audit(id).phase, Phase::Redrawing { at: at + 1, from });
        run_blocks(200);
        let Phase::Redrawing { from: later, .. } = audit(id).phase else { panic!() };
        assert!(later >= from + 200);
        OnlyAuthor::kill();
        run_blocks(6);
        assert_eq!(audit(id).round, Round::Second);
    });
}

#[test]
fn redraw_without_anyone_left_ends_unaudited() {
    run(|| {
        let (batch, id) = drawn();
        run_blocks(audit(id).commit_by - Live::get() + 1);
        Registered::kill();
        run_blocks(41);
        assert_eq!(Ended::get(batch), Some((CloseReason::Unaudited, true)));
    });
}

#[test]
fn spec_without_thresholds_decides_nothing() {
    run(|| {
        let (batch, id) = drawn();
        NoThresholds::put(true);
        report(id, &[invalid(), invalid(), invalid()]);
        run_to_redraw(id);
        report(id, &[invalid(), invalid(), invalid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Unaudited, true)));
    });
}

#[test]
fn first_batch_of_a_spec_pays_for_its_own_audit() {
    run(|| {
        let (_, id) = drawn();
        let before = books(&members(id));
        report(id, &[valid(), valid(), valid()]);
        let after = books(&members(id));
        assert_eq!(after.members.iter().sum::<u128>(), before.members.iter().sum::<u128>() + 3 * FEE);
        assert_eq!(Pots::<Test>::get(SPEC), FEE_OF_BATCH - 3 * FEE);
        let row = &Attestation::solvency()[0];
        assert_eq!((row.held, row.owed), (FEE_OF_BATCH - 3 * FEE, FEE_OF_BATCH - 3 * FEE));
    });
}

#[test]
fn empty_pot_pays_what_it_has() {
    run(|| {
        fill_pot(FEE / 2);
        let (_, id) = drawn();
        let before = books(&members(id));
        // A refunded batch pays no fee.
        report(id, &[invalid(), valid(), valid()]);
        let after = books(&members(id));
        assert_eq!(after.members.iter().sum::<u128>(), before.members.iter().sum::<u128>() + FEE / 2);
        assert_eq!(Pots::<Test>::get(SPEC), 0);
    });
}

#[test]
fn pots_of_two_specs_do_not_mix() {
    run(|| {
        fill_pot(10 * FEE);
        Attestation::pot_deposit(&[99; 32], 0);
        let mut batch = batch_of([1; 32], Chance::ONE);
        batch.spec = [99; 32];
        settle(&batch).unwrap();
        run_blocks(5);
        for id in Batches::<Test>::get(batch.id).unwrap().audits {
            report(id, &[valid(), valid(), valid()]);
        }
        assert_eq!(Pots::<Test>::get(SPEC), 10 * FEE);
    });
}

#[test]
fn batch_with_several_audits_waits_for_the_last_and_takes_the_worst() {
    run(|| {
        let batch = settle_with_hits(3, Chance::ONE);
        run_blocks(5);
        let audits = Batches::<Test>::get(batch).unwrap().audits;
        report(audits[0], &[valid(), valid(), invalid()]);
        assert_eq!(audit(audits[0]).outcome(), Some(CloseReason::Disputed));
        assert_eq!(Ended::get(batch), None, "one dispute must not shield the rest");
        report(audits[1], &[valid(), valid(), valid()]);
        assert_eq!(Ended::get(batch), None);
        report(audits[2], &[valid(), doubtful(), valid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Disputed, false)));
    });
}

#[test]
fn batch_is_refunded_and_slashed_once() {
    run(|| {
        let provider = free(&PROVIDER);
        let funder = free(&FUNDER);
        let batch = settle_with_hits(3, Chance::ONE);
        run_blocks(5);
        let audits = Batches::<Test>::get(batch).unwrap().audits;
        report(audits[2], &[invalid(), invalid(), invalid()]);
        assert_eq!(Ended::get(batch), Some((CloseReason::Fraud, false)));
        for id in &audits[..2] {
            assert_eq!(audit(*id).outcome(), Some(CloseReason::Superseded));
        }
        run_blocks(40);
        assert_eq!(free(&PROVIDER), provider - 3 * VALUE);
        assert_eq!(free(&FUNDER), funder);
        assert_eq!(Offences::get().len(), 1);
    });
}

#[test]
fn superseded_audit_pays_who_revealed_and_blames_nobody() {
    run(|| {
        fill_pot(100 * FEE);
        let batch = settle_with_hits(2, Chance::ONE);
        run_blocks(5);
        let audits = Batches::<Test>::get(batch).unwrap().audits;
        let late = members(audits[0]);
        for member in &late {
            commit(*member, audits[0], &valid());
        }
        reveal(late[0], audits[0], &valid());
        report(audits[1], &[invalid(), invalid(), invalid()]);
        assert_eq!(audit(audits[0]).outcome(), Some(CloseReason::Superseded));
        System::assert_has_event(
            Event::ReportPaid { audit: audits[0], validator: stash(late[0]), amount: FEE }.into(),
        );
        assert!(Silences::get().is_empty());
    });
}

#[test]
fn superseded_audit_that_waits_for_its_second_committee_pays_the_first_once() {
    run(|| {
        fill_pot(100 * FEE);
        let batch = settle_with_hits(2, Chance::ONE);
        run_blocks(5);
        let audits = Batches::<Test>::get(batch).unwrap().audits;
        report(audits[0], &[Report::Unavailable, Report::Unavailable, valid()]);
        assert!(audit(audits[0]).is_redrawing());
        let (paid, answers) = (Attestation::pot(&SPEC), Answers::get().len());
        report(audits[1], &[invalid(), invalid(), invalid()]);
        assert_eq!(audit(audits[0]).outcome(), Some(CloseReason::Superseded));
        assert_eq!(Attestation::pot(&SPEC), paid - 3 * FEE);
        assert_eq!(Answers::get().len(), answers + 3);
    });
}

#[test]
fn convictions_are_forgotten_with_their_providers() {
    run(|| {
        let others: Vec<_> = (60..70).map(|n| AccountId::new([n; 32])).collect();
        let (_, id) = drawn();
        report(id, &[invalid(), invalid(), invalid()]);
        for other in &others {
            Convicted::<Test>::insert(other, 1);
        }
        // None of the others is a provider.
        run_blocks(8);
        assert_eq!(Convicted::<Test>::iter_keys().collect::<Vec<_>>(), vec![PROVIDER]);
        Gone::insert(PROVIDER, ());
        run_blocks(3);
        assert_eq!(Convicted::<Test>::iter_keys().count(), 0);
    });
}

#[test]
fn each_decision_has_its_reason() {
    use Verdict::*;
    let end = |verdicts: &[Verdict], second| end_of(decide(verdicts, 3, second), verdicts, 3);
    assert_eq!(end(&[Invalid, Invalid, Valid], false), Some(CloseReason::Fraud));
    assert_eq!(end(&[Invalid, Unavailable, Valid], true), Some(CloseReason::Withheld));
    assert_eq!(end(&[Unavailable, Unavailable], true), Some(CloseReason::Withheld));
    assert_eq!(end(&[Invalid, Invalid, Unavailable], true), Some(CloseReason::Fraud));
    assert_eq!(end(&[Invalid], false), Some(CloseReason::Disputed));
    assert_eq!(end(&[Refund, Refund], false), Some(CloseReason::BadRequest));
    assert_eq!(end(&[Valid, Doubtful], false), Some(CloseReason::Valid));
    assert_eq!(end(&[Doubtful, Doubtful], false), Some(CloseReason::Doubtful));
    assert_eq!(end(&[Valid], true), Some(CloseReason::Unaudited));
    assert_eq!(end(&[], false), None);
    let alone = |verdict, second| end_of(decide(&[verdict], 1, second), &[verdict], 1);
    assert_eq!(alone(Invalid, false), Some(CloseReason::Disputed));
    assert_eq!(alone(Unavailable, false), None);
    assert_eq!(alone(Unavailable, true), Some(CloseReason::Disputed));
    assert_eq!(alone(Refund, true), Some(CloseReason::BadRequest));
    assert_eq!(alone(Valid, false), Some(CloseReason::Valid));
    assert_eq!(end_of(Decision::Release(true), &[], 0), Some(CloseReason::Valid));
}

#[test]
fn worst_outcome_decides() {
    use CloseReason::*;
    assert_eq!(worst([Valid, Doubtful, Unaudited]), Doubtful);
    assert_eq!(worst([Valid, BadRequest, Disputed]), Disputed);
    assert_eq!(worst([Unaudited, Valid]), Valid);
    assert_eq!(worst([Valid, Withheld, Fraud]), Fraud);
    assert_eq!(worst([]), Unaudited);
}

#[test]
fn provider_without_a_validator_is_not_reported_but_slashed() {
    run(|| {
        let other = AccountId::new([51; 32]);
        use frame_support::traits::fungible::Mutate;
        Balances::mint_into(&other, BOND).unwrap();
        let mut batch = batch_of([5; 32], Chance::ONE);
        batch.provider = other.clone();
        settle(&batch).unwrap();
        run_blocks(5);
        let id = Batches::<Test>::get(batch.id).unwrap().audits[0];
        report(id, &[invalid(), invalid(), invalid()]);
        assert!(Offences::get().is_empty());
        assert_eq!(free(&other), BOND - 3 * VALUE);
    });
}
