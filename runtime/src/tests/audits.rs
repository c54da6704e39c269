//! Commits and reveals through the real transaction extensions: what the pool and a block say to wrong ones.

use super::{harness::*, market::*};
use crate::{Executive, Runtime, Session, System};
use souk_primitives::{
    audit::{Commit, Reveal, Round},
    close::CloseReason,
    AccountId, AuditId, BatchId,
};
use sp_core::{sr25519, Pair};
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

/// A batch of Provider (Alice's sidecar) whose one committee waits for commits.
fn with_audit(test: impl FnOnce(BatchId, AuditId)) {
    with_provider(|| {
        let (_, batch) = settled_batch("Provider", 1_000, 0);
        let audit = run_to_draw(&batch)[0];
        test(batch, audit);
    });
}

/// The committee: everyone but the provider's own validator.
fn members(audit: &AuditId) -> Vec<AccountId> {
    let members: Vec<_> = pallet_attestation::Audits::<Runtime>::get(audit)
        .unwrap()
        .seats
        .iter()
        .map(|seat| seat.validator.clone())
        .collect();
    assert_eq!(members.len(), 3);
    assert!(!members.contains(&account("Alice")));
    members
}

/// Refused by the pool and by a block alike, with this reason.
fn assert_refused(transaction: crate::UncheckedExtrinsic, reason: InvalidTransaction) {
    let refused = TransactionValidityError::Invalid(reason);
    assert_eq!(validate(transaction.clone()), Err(refused));
    let events = System::read_events_no_consensus().count();
    assert_eq!(Executive::apply_extrinsic(transaction), Err(refused));
    assert_eq!(System::read_events_no_consensus().count(), events, "a refused one leaves no trace");
}

#[test]
fn a_right_commit_should_be_free_and_name_its_subject() {
    with_audit(|_, audit| {
        let who = members(&audit)[0].clone();
        open_block();
        let transaction = commit(&validator_pair(&who), &who, audit, &valid());
        let validity = validate(transaction.clone()).unwrap();
        assert!(validity.propagate);
        assert_eq!(validity.provides.len(), 1);
        assert!(validity.priority >= u64::MAX / 2, "reports come first");
        let left = pallet_attestation::Audits::<Runtime>::get(audit).unwrap().commit_by - live();
        assert_eq!(validity.longevity, u64::from(left));
        let before = crate::Balances::free_balance(&who);
        assert_eq!(Executive::apply_extrinsic(transaction), Ok(Ok(())));
        assert_eq!(crate::Balances::free_balance(&who), before);
        close_block();
    });
}

#[test]
fn a_commit_sent_twice_should_be_stale() {
    with_audit(|_, audit| {
        let who = members(&audit)[0].clone();
        open_block();
        let transaction = commit(&validator_pair(&who), &who, audit, &valid());
        assert_eq!(Executive::apply_extrinsic(transaction.clone()), Ok(Ok(())));
        // In the same block, and with another report in the next one.
        assert_refused(transaction, InvalidTransaction::Stale);
        close_block();
        open_block();
        assert_refused(commit(&validator_pair(&who), &who, audit, &invalid()), InvalidTransaction::Stale);
        close_block();
    });
}

#[test]
fn a_wrong_key_should_be_a_bad_proof() {
    with_audit(|_, audit| {
        let members = members(&audit);
        open_block();
        // Another member's key, the provider's own validator's, anybody's.
        for signer in [validator_pair(&members[1]), pair("Alice"), pair("Eve")] {
            assert_refused(commit(&signer, &members[0], audit, &valid()), InvalidTransaction::BadProof);
        }
        // Nobody may send another's items as its own either: the name is part of what is signed.
        let who = &members[0];
        let others = commit(&validator_pair(&members[1]), &members[1], audit, &valid());
        let crate::RuntimeCall::Attestation(pallet_attestation::Call::commit_audit {
            commits,
            signature,
            ..
        }) = others.function
        else {
            panic!()
        };
        let stolen = pallet_attestation::Call::commit_audit { validator: who.clone(), commits, signature };
        assert_refused(authorized(stolen), InvalidTransaction::BadProof);
        let right = commit(&validator_pair(who), who, audit, &valid());
        assert_eq!(Executive::apply_extrinsic(right), Ok(Ok(())));
        close_block();
    });
}

#[test]
fn who_has_no_seat_should_be_a_bad_signer() {
    with_audit(|_, audit| {
        open_block();
        let alice = account("Alice");
        assert_refused(commit(&pair("Alice"), &alice, audit, &valid()), InvalidTransaction::BadSigner);
        close_block();
    });
}

#[test]
fn a_wrong_phase_should_be_future_or_stale() {
    with_audit(|batch, audit| {
        let members = members(&audit);
        let signer = |i: usize| validator_pair(&members[i]);
        open_block();
        assert_eq!(Executive::apply_extrinsic(commit(&signer(0), &members[0], audit, &valid())), Ok(Ok(())));
        // The others may still commit.
        assert_refused(reveal(&signer(0), &members[0], audit, &valid()), InvalidTransaction::Future);
        close_block();
        let read = || pallet_attestation::Audits::<Runtime>::get(audit).unwrap();
        while live() <= read().commit_by {
            blocks(1);
        }
        open_block();
        assert_refused(commit(&signer(1), &members[1], audit, &valid()), InvalidTransaction::Stale);
        // What was not committed can't be revealed, nor anything else than what was.
        assert_refused(reveal(&signer(1), &members[1], audit, &valid()), InvalidTransaction::Custom(3));
        assert_refused(reveal(&signer(0), &members[0], audit, &invalid()), InvalidTransaction::Custom(4));
        let right = reveal(&signer(0), &members[0], audit, &valid());
        assert_eq!(Executive::apply_extrinsic(right.clone()), Ok(Ok(())));
        // The last that could come: the audit was decided, here for a second committee.
        assert_refused(right, InvalidTransaction::Stale);
        close_block();
        assert_eq!(end_of(&batch), None);
    });
}

#[test]
fn a_wrong_round_or_audit_should_have_numbers_of_their_own() {
    with_audit(|_, audit| {
        let who = members(&audit)[0].clone();
        let signer = validator_pair(&who);
        let item = |audit, round| Commit { audit, round, commitment: [1; 32] };
        open_block();
        let one = |item| commit_items(&signer, &who, vec![item]);
        assert_refused(one(item([9; 32], Round::First)), InvalidTransaction::Custom(1));
        assert_refused(one(item(audit, Round::Second)), InvalidTransaction::Custom(2));
        assert_refused(commit_items(&signer, &who, vec![]), InvalidTransaction::Custom(5));
        let twice = vec![item(audit, Round::First); 2];
        assert_refused(commit_items(&signer, &who, twice), InvalidTransaction::Custom(6));
        let early = Reveal { audit, round: Round::Second, report: valid(), digest: None, salt: [0; 32] };
        assert_refused(reveal_items(&signer, &who, vec![early]), InvalidTransaction::Custom(2));
        close_block();
    });
}

/// Gives a validator another attestation key from the session after the next on.
fn change_key(stash: &AccountId, key: &sr25519::Pair) {
    pallet_session::NextKeys::<Runtime>::mutate_extant(stash, |keys| {
        keys.attestation = sp_core::sr25519::Public::from_raw(key.public().0).into();
    });
}

#[test]
fn a_key_of_another_session_should_be_a_bad_proof() {
    with_provider(|| {
        let fresh = pair("fresh");
        let all = ["Bob", "Charlie", "Dave"].map(account);
        // Set in session 0, active from session 2 on; the draw comes just before it.
        all.iter().for_each(|stash| change_key(stash, &fresh));
        run_blocks_to(2 * epoch() - 11);
        let (_, old) = settled_batch("Provider", 1_000, 0);
        let old_audit = run_to_draw(&old)[0];
        let drawn_in = Session::current_index();
        run_blocks_to(2 * epoch() + 1);
        assert_eq!((drawn_in, Session::current_index()), (1, 2));
        assert_eq!(pallet_attestation::Keys::<Runtime>::get(&all[0]), Some(fresh.public().0));
        let who = members(&old_audit)[0].clone();
        open_block();
        // The seat has the key of its draw: the session's new one does not sign for it.
        assert_refused(commit(&fresh, &who, old_audit, &valid()), InvalidTransaction::BadProof);
        let right = commit(&validator_pair(&who), &who, old_audit, &valid());
        assert_eq!(Executive::apply_extrinsic(right), Ok(Ok(())));
        close_block();
        // And the other way round for what is drawn now.
        let (_, new) = settled_batch("Provider", 1_000, 0);
        let new_audit = run_to_draw(&new)[0];
        let who = members(&new_audit)[0].clone();
        open_block();
        let stale = commit(&validator_pair(&who), &who, new_audit, &valid());
        assert_refused(stale, InvalidTransaction::BadProof);
        assert_eq!(Executive::apply_extrinsic(commit(&fresh, &who, new_audit, &valid())), Ok(Ok(())));
        close_block();
    });
}

#[test]
fn a_whole_committee_should_release_the_batch() {
    with_audit(|batch, _| {
        convict_or_clear(&batch, valid());
        assert_eq!(end_of(&batch), Some(CloseReason::Valid));
    });
}
