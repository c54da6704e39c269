//! A benchmark for every call, for every authorization, and for the tasks of `on_initialize`. Audits end the dearest
//! way: a fraud is upheld by all members, and the batch's other audits are superseded.

use crate::{
    sr25519::{AuthorityId, AuthoritySignature},
    types::{Phase, Seat, Stage, MAX_AUDITS, MAX_ITEMS, MAX_SEATS},
    Audits, BatchBook, Batches, BenchmarkHelper, Call, Commits, Config, Keys, Pallet, Pots, Reveals,
};
use alloc::vec::Vec;
use frame_benchmarking::v2::*;
use frame_support::traits::{fungible::Mutate, Authorize, Get, Hooks};
use frame_system::{pallet_prelude::BlockNumberFor, RawOrigin};
use souk_primitives::{
    audit::{commitment, submission_payload, Commit, Reveal, Round, COMMIT_TAG, REVEAL_TAG},
    hash,
    verdict::{Faults, Report},
    AccountId, AuditId, Balance, BatchId, Digest, SOUK,
};
use sp_application_crypto::RuntimeAppPublic;
use sp_runtime::transaction_validity::TransactionSource;

const SALT: Digest = [7; 32];

fn invalid() -> Report {
    Report::Tokens {
        n: 96,
        mean_margin: 4_000_000,
        max_window: 4_000_000,
        max_margin: 5_000_000,
        exact: 10,
        faults: Faults::CHARGE,
    }
}

fn vrf(index: u32) -> Digest {
    hash(&[b"benchmark vrf", &index.to_le_bytes()])
}

fn seats<T: Config>() -> u32 {
    T::Seats::get().clamp(1, MAX_SEATS)
}

/// The `index`-th batch, with as many open audits as a batch may have, a full pot, and committees of all `seats`.
fn audited_batch<T: Config>(index: u32, key: &AuthorityId) -> (AccountId, AuditId) {
    let (batch, stashes) = T::BenchmarkHelper::batch(index, seats::<T>());
    let raw = Pallet::<T>::raw_key(key.clone());
    for stash in &stashes {
        Keys::<T>::insert(stash, raw);
    }
    let fund: Balance = 1_000 * SOUK;
    T::Currency::mint_into(&Pallet::<T>::pot_account(), fund).unwrap();
    Pots::<T>::insert(batch.spec, fund);
    Pallet::<T>::committed(&batch).unwrap();
    let audits: Vec<AuditId> =
        (0..MAX_AUDITS).map(|i| Pallet::<T>::open_audit(&batch, i, &vrf(index * MAX_AUDITS + i))).collect();
    for id in &audits {
        Audits::<T>::mutate_extant(id, |audit| {
            let seats: Vec<_> = stashes.iter().map(|s| Seat::new(s.clone(), raw)).collect();
            audit.seats = seats.try_into().unwrap();
            audit.commit_by = u32::MAX - 1;
            audit.reveal_by = u32::MAX - 1;
        });
    }
    Batches::<T>::mutate_extant(batch.id, |tracked| {
        tracked.stage = Stage::Audited;
        tracked.audits = audits.clone().try_into().unwrap();
    });
    (stashes[0].clone(), audits[0])
}

/// Lets every seat but the first reveal, and the first one commit.
fn all_but_one<T: Config>(id: AuditId, validator: &AccountId) {
    Audits::<T>::mutate_extant(id, |audit| {
        for seat in audit.seats.iter_mut() {
            seat.commitment = Some(sealed::<T>(id, validator));
            if seat.validator != *validator {
                seat.report = Some(invalid());
            }
        }
    });
}

fn sealed<T: Config>(id: AuditId, validator: &AccountId) -> Digest {
    commitment(&Pallet::<T>::genesis(), &id, Round::First, &invalid(), &None, &SALT, validator)
}

fn commits<T: Config>(n: u32) -> (AccountId, Commits, AuthoritySignature) {
    let key = AuthorityId::generate_pair(None);
    let mut items = Vec::new();
    let mut who = None;
    for index in 0..n {
        let (validator, id) = audited_batch::<T>(index, &key);
        items.push(Commit { audit: id, round: Round::First, commitment: sealed::<T>(id, &validator) });
        who = Some(validator);
    }
    let validator = who.unwrap();
    let items = Commits::try_from(items).unwrap();
    let payload = submission_payload(COMMIT_TAG, &Pallet::<T>::genesis(), &validator, &items);
    let signature = key.sign(&payload).unwrap();
    (validator, items, signature)
}

fn reveals<T: Config>(n: u32) -> (AccountId, Reveals, AuthoritySignature) {
    let key = AuthorityId::generate_pair(None);
    let mut items = Vec::new();
    let mut who = None;
    for index in 0..n {
        let (validator, id) = audited_batch::<T>(index, &key);
        all_but_one::<T>(id, &validator);
        items.push(Reveal { audit: id, round: Round::First, report: invalid(), digest: None, salt: SALT });
        who = Some(validator);
    }
    let validator = who.unwrap();
    let items = Reveals::try_from(items).unwrap();
    let payload = submission_payload(REVEAL_TAG, &Pallet::<T>::genesis(), &validator, &items);
    let signature = key.sign(&payload).unwrap();
    (validator, items, signature)
}

/// Fills the ring with a complete window, and returns a batch that is due for its draw.
fn due_for_draw<T: Config>() -> BatchId {
    let (batch, stashes) = T::BenchmarkHelper::batch(0, seats::<T>());
    let key = Pallet::<T>::raw_key(AuthorityId::generate_pair(None));
    for stash in &stashes {
        Keys::<T>::insert(stash, key);
    }
    Pallet::<T>::committed(&batch).unwrap();
    let from = Pallet::<T>::real_now();
    let window = Pallet::<T>::window_blocks();
    for i in 1..=window {
        Pallet::<T>::note_past(from + i, Some(vrf(i)), Some(stashes[i as usize % stashes.len()].clone()));
    }
    frame_system::Pallet::<T>::set_block_number((from + window + 1).into());
    batch.id
}

#[benchmarks(where <T as frame_system::Config>::RuntimeCall: From<Call<T>>)]
mod benchmarks {
    use super::*;

    #[benchmark]
    fn commit_audit(n: Linear<1, MAX_ITEMS>) {
        let (validator, items, signature) = commits::<T>(n);
        let last = items.last().unwrap().audit;

        #[extrinsic_call]
        _(RawOrigin::Authorized, validator.clone(), items, signature);

        assert!(Audits::<T>::get(last).unwrap().seat(&validator).unwrap().commitment.is_some());
    }

    #[benchmark]
    fn authorize_commit(n: Linear<1, MAX_ITEMS>) {
        let (validator, commits, signature) = commits::<T>(n);
        let call: <T as frame_system::Config>::RuntimeCall =
            Call::<T>::commit_audit { validator, commits, signature }.into();

        #[block]
        {
            call.authorize(TransactionSource::InBlock).unwrap().unwrap();
        }
    }

    #[benchmark]
    fn reveal_audit(n: Linear<1, MAX_ITEMS>) {
        let (validator, items, signature) = reveals::<T>(n);
        let last = items.last().unwrap().audit;

        #[extrinsic_call]
        _(RawOrigin::Authorized, validator, items, signature);

        assert!(!Audits::<T>::get(last).unwrap().is_open());
    }

    #[benchmark]
    fn authorize_reveal(n: Linear<1, MAX_ITEMS>) {
        let (validator, reveals, signature) = reveals::<T>(n);
        let call: <T as frame_system::Config>::RuntimeCall =
            Call::<T>::reveal_audit { validator, reveals, signature }.into();

        #[block]
        {
            call.authorize(TransactionSource::InBlock).unwrap().unwrap();
        }
    }

    #[benchmark]
    fn sweep() {
        let (validator, id) = audited_batch::<T>(0, &AuthorityId::generate_pair(None));
        all_but_one::<T>(id, &validator);
        Audits::<T>::mutate_extant(id, |audit| {
            for seat in audit.seats.iter_mut() {
                seat.report = Some(invalid());
            }
        });

        #[extrinsic_call]
        _(RawOrigin::Signed(validator), id);

        assert!(!Audits::<T>::get(id).unwrap().is_open());
    }

    #[benchmark]
    fn on_initialize() {
        let now: BlockNumberFor<T> = 1u32.into();

        #[block]
        {
            Pallet::<T>::on_initialize(now);
        }
    }

    #[benchmark]
    fn draw() {
        let batch = due_for_draw::<T>();

        #[block]
        {
            Pallet::<T>::do_draw(batch);
        }

        assert_eq!(Batches::<T>::get(batch).unwrap().stage, Stage::Audited);
    }

    #[benchmark]
    fn sweep_batch() {
        let id = due_for_draw::<T>();
        let batch = T::Batches::batch(&id).unwrap();
        let from = Pallet::<T>::real_now() - Pallet::<T>::window_blocks() - 1;
        let audits: Vec<AuditId> =
            (0..MAX_AUDITS).map(|i| Pallet::<T>::open_audit(&batch, i, &vrf(1_000 + i))).collect();
        for audit in &audits {
            Audits::<T>::mutate_extant(audit, |audit| audit.phase = Phase::Redrawing { at: 0, from });
        }
        Batches::<T>::mutate_extant(id, |tracked| {
            tracked.stage = Stage::Audited;
            tracked.audits = audits.clone().try_into().unwrap();
        });

        #[extrinsic_call]
        _(RawOrigin::Signed(batch.consumer), id);

        assert!(audits.iter().all(|id| Audits::<T>::get(id).unwrap().round == Round::Second));
    }

    #[benchmark]
    fn release() {
        let (mut batch, _) = T::BenchmarkHelper::batch(0, seats::<T>());
        batch.audited = false;
        Pallet::<T>::committed(&batch).unwrap();

        #[block]
        {
            Pallet::<T>::do_release(batch.id);
        }

        assert!(matches!(Batches::<T>::get(batch.id).unwrap().stage, Stage::Ended { .. }));
    }

    impl_benchmark_test_suite!(Pallet, crate::mock::with_keystore(), crate::mock::Test);
}
