use crate::{mock::*, types::Step, Error, Event};
use codec::Encode;
use frame_support::assert_noop;
use souk_primitives::{
    audit::{Round, REVEAL_TAG},
    close::CloseReason,
    exposure::Chance,
    verdict::{Report, Verdict},
};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

fn refused(call: RuntimeCall, with: InvalidTransaction, error: Error<Test>) {
    assert_eq!(authorize(&call), Err(TransactionValidityError::Invalid(with)));
    assert_noop!(dispatch(call), error);
}

fn all_commit(id: souk_primitives::AuditId, reports: &[Report]) -> Vec<u8> {
    let members = members(id);
    for (member, report) in members.iter().zip(reports) {
        commit(*member, id, report);
    }
    members
}

#[test]
fn reveals_open_as_soon_as_all_have_committed() {
    run(|| {
        let (_, id) = drawn();
        let members = all_commit(id, &[valid(), valid(), doubtful()]);
        assert!(Live::get() < audit(id).commit_by);
        let call = reveal_call(members[2], vec![reveal_of(id, &doubtful())], &pair(members[2], 0));
        let validity = authorize(&call).unwrap();
        let tag = ("SoukAttestation", (REVEAL_TAG, stash(members[2]), id, Round::First)).encode();
        assert_eq!(validity.provides, vec![tag]);
        assert_eq!(validity.longevity, u64::from(audit(id).reveal_by - Live::get()));
        assert!(validity.propagate);
        dispatch(call).unwrap();
        assert_eq!(audit(id).seats[2].report, Some(doubtful()));
        System::assert_last_event(
            Event::ReportRevealed {
                audit: id,
                validator: stash(members[2]),
                report: doubtful(),
                verdict: Some(Verdict::Doubtful),
            }
            .into(),
        );
        let view = Attestation::audit_view(&id).unwrap();
        assert_eq!(view.seats[2].verdict, Some(Verdict::Doubtful));
        assert_eq!(view.seats[0].verdict, None);
        assert!(view.seats.iter().all(|s| s.committed));
    });
}

#[test]
fn reveal_before_all_have_committed_waits() {
    run(|| {
        let (_, id) = drawn();
        let member = members(id)[0];
        commit(member, id, &valid());
        let call = reveal_call(member, vec![reveal_of(id, &valid())], &pair(member, 0));
        refused(call.clone(), InvalidTransaction::Future, Error::TooEarly);
        run_blocks(audit(id).commit_by - Live::get());
        refused(call.clone(), InvalidTransaction::Future, Error::TooEarly);
        next_block();
        apply(call);
    });
}

#[test]
fn reveal_must_open_the_members_own_commit() {
    run(|| {
        let (_, id) = drawn();
        let members = all_commit(id, &[valid(), invalid(), valid()]);
        let signer = pair(members[0], 0);
        let wrong = InvalidTransaction::Custom(4);

        let call = reveal_call(members[0], vec![reveal_of(id, &invalid())], &signer);
        refused(call, wrong, Error::WrongReveal);

        let mut other_salt = reveal_of(id, &valid());
        other_salt.salt = [1; 32];
        refused(reveal_call(members[0], vec![other_salt], &signer), wrong, Error::WrongReveal);

        let mut other_digest = reveal_of(id, &valid());
        other_digest.digest = Some(([1; 32], 1));
        refused(reveal_call(members[0], vec![other_digest], &signer), wrong, Error::WrongReveal);

        // A copy of a commit that this member never measured: the commit binds its own author.
        reveal(members[2], id, &valid());
        let call = reveal_call(members[1], vec![reveal_of(id, &valid())], &pair(members[1], 0));
        refused(call, wrong, Error::WrongReveal);
    });
}

#[test]
fn copied_commit_can_not_be_revealed() {
    run(|| {
        let (_, id) = drawn();
        let members = members(id);
        commit(members[0], id, &valid());
        let copy = commit_of(members[0], id, &valid());
        apply(commit_call(members[1], vec![copy], &pair(members[1], 0)));
        commit(members[2], id, &valid());
        reveal(members[0], id, &valid());
        let call = reveal_call(members[1], vec![reveal_of(id, &valid())], &pair(members[1], 0));
        refused(call, InvalidTransaction::Custom(4), Error::WrongReveal);
    });
}

#[test]
fn replayed_reveal_is_stale() {
    run(|| {
        let (_, id) = drawn();
        let members = all_commit(id, &[valid(), valid(), valid()]);
        let call = reveal_call(members[0], vec![reveal_of(id, &valid())], &pair(members[0], 0));
        apply(call.clone());
        refused(call.clone(), InvalidTransaction::Stale, Error::AlreadyRevealed);
        reveal(members[1], id, &valid());
        reveal(members[2], id, &valid());
        assert!(!audit(id).is_open());
        refused(call, InvalidTransaction::Stale, Error::TooLate);
    });
}

#[test]
fn reveal_without_a_commit_is_refused() {
    run(|| {
        let (_, id) = drawn();
        let members = members(id);
        commit(members[0], id, &valid());
        run_blocks(audit(id).commit_by - Live::get() + 1);
        let call = reveal_call(members[1], vec![reveal_of(id, &valid())], &pair(members[1], 0));
        refused(call, InvalidTransaction::Custom(3), Error::NotCommitted);
    });
}

#[test]
fn reveal_after_the_deadline_is_stale() {
    run(|| {
        let (_, id) = drawn();
        let members = all_commit(id, &[valid(), valid(), valid()]);
        let call = reveal_call(members[0], vec![reveal_of(id, &valid())], &pair(members[0], 0));
        run_blocks(audit(id).reveal_by - Live::get());
        assert_eq!(audit(id).step(Live::get()), Step::Reveal);
        authorize(&call).unwrap();
        next_block();
        refused(call, InvalidTransaction::Stale, Error::TooLate);
    });
}

#[test]
fn wrong_key_outsider_wrong_round_unknown_and_duplicate_are_refused() {
    run(|| {
        let (_, id) = drawn();
        let members = all_commit(id, &[valid(), valid(), valid()]);
        let signer = pair(members[0], 0);
        let item = reveal_of(id, &valid());

        let call = reveal_call(members[0], vec![item.clone()], &pair(members[0], 1));
        assert_eq!(authorize(&call), Err(InvalidTransaction::BadProof.into()));

        let call = reveal_call(OWN, vec![item.clone()], &pair(OWN, 0));
        refused(call, InvalidTransaction::BadSigner, Error::NotAMember);

        let mut second = item.clone();
        second.round = Round::Second;
        refused(
            reveal_call(members[0], vec![second], &signer),
            InvalidTransaction::Custom(2),
            Error::WrongRound,
        );

        let mut unknown = item.clone();
        unknown.audit = [3; 32];
        refused(
            reveal_call(members[0], vec![unknown], &signer),
            InvalidTransaction::Custom(1),
            Error::UnknownAudit,
        );

        refused(
            reveal_call(members[0], vec![item.clone(), item], &signer),
            InvalidTransaction::Custom(6),
            Error::DuplicateItem,
        );
    });
}

#[test]
fn one_submission_may_convict_a_batch_of_which_it_carries_two_audits() {
    run(|| {
        Registered::put((2..=4).map(|v| (stash(v), 1)).collect::<Vec<_>>());
        let batch = settle_with_hits(2, Chance::ONE);
        run_blocks(5);
        let audits = crate::Batches::<Test>::get(batch).unwrap().audits;
        for id in &audits {
            for member in members(*id) {
                commit(member, *id, &invalid());
            }
        }
        for member in [2, 3] {
            for id in &audits {
                reveal(member, *id, &invalid());
            }
        }
        let items = audits.iter().map(|id| reveal_of(*id, &invalid())).collect();
        apply(reveal_call(4, items, &pair(4, 0)));
        assert_eq!(audit(audits[0]).outcome(), Some(CloseReason::Fraud));
        assert_eq!(audit(audits[1]).outcome(), Some(CloseReason::Superseded));
        assert_eq!(Ended::get(batch), Some((CloseReason::Fraud, false)));
    });
}
