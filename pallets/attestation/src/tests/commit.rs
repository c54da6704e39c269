use crate::{mock::*, types::Step, Call, Error, Event};
use codec::Encode;
use frame_support::{
    assert_noop,
    dispatch::{DispatchClass, GetDispatchInfo, Pays},
};
use souk_primitives::{
    audit::{Round, COMMIT_TAG},
    exposure::Chance,
};
use sp_runtime::{
    traits::Dispatchable,
    transaction_validity::{InvalidTransaction, TransactionValidityError},
    DispatchError,
};

fn refused(call: RuntimeCall, with: InvalidTransaction, error: Error<Test>) {
    assert_eq!(authorize(&call), Err(TransactionValidityError::Invalid(with)));
    assert_noop!(dispatch(call), error);
}

#[test]
fn member_commits() {
    run(|| {
        let (_, id) = drawn();
        let member = members(id)[1];
        let item = commit_of(member, id, &valid());
        let call = commit_call(member, vec![item.clone()], &pair(member, 0));
        let validity = authorize(&call).unwrap();
        let tag = ("SoukAttestation", (COMMIT_TAG, stash(member), id, Round::First)).encode();
        assert_eq!(validity.provides, vec![tag]);
        assert!(validity.requires.is_empty());
        assert_eq!(validity.longevity, u64::from(audit(id).commit_by - Live::get()));
        assert_eq!(validity.priority, 1_000);
        assert!(validity.propagate);
        let info = call.get_dispatch_info();
        assert_eq!((info.class, info.pays_fee), (DispatchClass::Operational, Pays::Yes));

        dispatch(call).unwrap();
        assert_eq!(audit(id).seats[1].commitment, Some(item.commitment));
        assert!(audit(id).seats[0].commitment.is_none());
        System::assert_last_event(Event::ReportCommitted { audit: id, validator: stash(member) }.into());
    });
}

#[test]
fn several_audits_go_in_one_submission() {
    run(|| {
        let batch = settle_with_hits(3, Chance::ONE);
        run_blocks(5);
        let audits = crate::Batches::<Test>::get(batch).unwrap().audits;
        let member = *members(audits[0])
            .iter()
            .find(|m| audits.iter().all(|a| members(*a).contains(m)))
            .unwrap_or(&members(audits[0])[0]);
        let mine: Vec<_> = audits.iter().filter(|a| members(**a).contains(&member)).collect();
        let items: Vec<_> = mine.iter().map(|a| commit_of(member, **a, &valid())).collect();
        let call = commit_call(member, items, &pair(member, 0));
        assert_eq!(authorize(&call).unwrap().provides.len(), mine.len());
        dispatch(call).unwrap();
        for id in mine {
            assert!(audit(*id).seat(&stash(member)).unwrap().commitment.is_some());
        }
    });
}

#[test]
fn only_an_authorized_origin_gets_in() {
    run(|| {
        let (_, id) = drawn();
        let member = members(id)[0];
        let call = commit_call(member, vec![commit_of(member, id, &valid())], &pair(member, 0));
        for origin in [RuntimeOrigin::signed(stash(member)), RuntimeOrigin::none(), RuntimeOrigin::root()] {
            assert_noop!(
                call.clone().dispatch(origin).map_err(|e| e.error).map(|_| ()),
                DispatchError::BadOrigin
            );
        }
    });
}

#[test]
fn wrong_key_is_a_bad_proof() {
    run(|| {
        let (_, id) = drawn();
        let members = members(id);
        let items = || vec![commit_of(members[0], id, &valid())];
        for signer in [pair(members[1], 0), pair(members[0], 1), pair(OWN, 0)] {
            let call = commit_call(members[0], items(), &signer);
            assert_eq!(authorize(&call), Err(InvalidTransaction::BadProof.into()));
        }
    });
}

#[test]
fn signature_binds_call_chain_validator_and_items() {
    run(|| {
        let (_, id) = drawn();
        let members = members(id);
        let signer = pair(members[0], 0);
        let item = commit_of(members[0], id, &valid());
        let signed = commit_call(members[0], vec![item.clone()], &signer);
        let RuntimeCall::Attestation(Call::commit_audit { signature, validator, commits }) = signed else {
            unreachable!()
        };
        // Another commitment under the same signature.
        let mut other = commits.clone();
        other[0].commitment = [1; 32];
        let call: RuntimeCall =
            Call::commit_audit { validator: validator.clone(), commits: other, signature: signature.clone() }
                .into();
        assert_eq!(authorize(&call), Err(InvalidTransaction::BadProof.into()));
        // The same submission on another chain.
        let call: RuntimeCall = Call::commit_audit { validator, commits, signature }.into();
        authorize(&call).unwrap();
        frame_system::BlockHash::<Test>::insert(0, sp_core::H256([43; 32]));
        assert_eq!(authorize(&call), Err(InvalidTransaction::BadProof.into()));
        frame_system::BlockHash::<Test>::insert(0, sp_core::H256(GENESIS));
        // The signature of a reveal.
        let payload = souk_primitives::audit::submission_payload(
            souk_primitives::audit::REVEAL_TAG,
            &GENESIS,
            &stash(members[0]),
            &vec![item.clone()],
        );
        let signature = sp_core::Pair::sign(&signer, &payload).into();
        let commits = vec![item].try_into().unwrap();
        let call: RuntimeCall =
            Call::commit_audit { validator: stash(members[0]), commits, signature }.into();
        assert_eq!(authorize(&call), Err(InvalidTransaction::BadProof.into()));
    });
}

#[test]
fn outsider_has_no_seat() {
    run(|| {
        let (_, id) = drawn();
        let call = commit_call(OWN, vec![commit_of(OWN, id, &valid())], &pair(OWN, 0));
        refused(call, InvalidTransaction::BadSigner, Error::NotAMember);
    });
}

#[test]
fn second_commit_is_stale() {
    run(|| {
        let (_, id) = drawn();
        let member = members(id)[0];
        commit(member, id, &valid());
        for report in [valid(), invalid()] {
            let call = commit_call(member, vec![commit_of(member, id, &report)], &pair(member, 0));
            refused(call, InvalidTransaction::Stale, Error::AlreadyCommitted);
        }
    });
}

#[test]
fn unknown_audit_wrong_round_duplicates_and_nothing_are_refused() {
    run(|| {
        let (_, id) = drawn();
        let member = members(id)[0];
        let signer = pair(member, 0);
        let item = commit_of(member, id, &valid());

        let mut unknown = item.clone();
        unknown.audit = [1; 32];
        let call = commit_call(member, vec![unknown], &signer);
        refused(call, InvalidTransaction::Custom(1), Error::UnknownAudit);

        let mut second = item.clone();
        second.round = Round::Second;
        let call = commit_call(member, vec![second], &signer);
        refused(call, InvalidTransaction::Custom(2), Error::WrongRound);

        let call = commit_call(member, vec![item.clone(), item], &signer);
        refused(call, InvalidTransaction::Custom(6), Error::DuplicateItem);

        let call = commit_call(member, vec![], &signer);
        refused(call, InvalidTransaction::Custom(5), Error::NothingSubmitted);
    });
}

#[test]
fn commit_after_the_deadline_is_stale() {
    run(|| {
        let (_, id) = drawn();
        let members = members(id);
        commit(members[1], id, &valid());
        let commit_by = audit(id).commit_by;
        let call = commit_call(members[0], vec![commit_of(members[0], id, &valid())], &pair(members[0], 0));
        run_blocks(commit_by - Live::get());
        assert_eq!(authorize(&call).unwrap().longevity, 1);
        next_block();
        assert_eq!(audit(id).step(Live::get()), Step::Reveal);
        refused(call, InvalidTransaction::Stale, Error::TooLate);
    });
}

#[test]
fn commit_to_an_ended_audit_is_stale() {
    run(|| {
        let (_, id) = drawn();
        let call = commit_call(members(id)[0], vec![commit_of(members(id)[0], id, &valid())], &pair(2, 0));
        report(id, &[valid(), valid(), valid()]);
        refused(call, InvalidTransaction::Stale, Error::TooLate);
    });
}

#[test]
fn seats_with_two_keys_come_in_two_submissions() {
    run(|| {
        let (_, first) = drawn();
        rotate_keys(1);
        let (_, second) = drawn();
        let member = *members(first).iter().find(|m| members(second).contains(m)).unwrap();
        let items = vec![commit_of(member, first, &valid()), commit_of(member, second, &valid())];
        for generation in [0, 1] {
            let call = commit_call(member, items.clone(), &pair(member, generation));
            refused(call, InvalidTransaction::Custom(7), Error::TwoKeys);
        }
        apply(commit_call(member, vec![items[0].clone()], &pair(member, 0)));
        apply(commit_call(member, vec![items[1].clone()], &pair(member, 1)));
    });
}
