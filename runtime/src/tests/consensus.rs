//! Sessions, eras, offences.

use super::{
    harness::*,
    stakers::{era, offend, run_sessions},
};
use crate::{
    genesis, AccountId, Babe, Balances, Grandpa, Historical, Runtime, RuntimeOrigin, Session, Staking, System,
};
use codec::{Decode, Encode};
use frame_support::{assert_ok, traits::KeyOwnerProofSystem};
use sp_consensus_babe::digests::CompatibleDigestItem;
use sp_core::Pair;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::{traits::Header as _, DigestItem, Perbill};

fn sorted(mut accounts: Vec<AccountId>) -> Vec<AccountId> {
    accounts.sort();
    accounts
}

#[test]
fn sessions_should_rotate_with_epochs_and_eras_with_sessions() {
    local().execute_with(|| {
        without_emission();
        let validators = sorted(Session::validators());
        run_blocks_to(epoch());
        assert_eq!(Session::current_index(), 0);
        run_blocks_to(epoch() + 1);
        assert_eq!(Session::current_index(), 1);
        // Two sessions an era; the first new era is planned a session ahead.
        run_blocks_to(6 * epoch() + 2);
        assert_eq!(Session::current_index(), 6);
        let era = pallet_staking::ActiveEra::<Runtime>::get().unwrap().index;
        assert!(era >= 2, "the era is {era}");
        // The election chose the same four, from their stake.
        assert_eq!(sorted(Session::validators()), validators);
        assert_eq!(Babe::authorities().len(), 4);
        assert_eq!(
            pallet_staking::ErasTotalStake::<Runtime>::get(era),
            400_000 * crate::constants::currency::SOUK
        );
    });
}

#[test]
fn each_preset_should_rotate_its_sessions_and_keep_its_validators() {
    for (preset, mut chain, validators) in [
        (genesis::DEVELOPMENT, at_genesis(genesis::DEVELOPMENT), 1),
        (genesis::LOCAL, local(), 4),
        (genesis::PRODUCTION, production(), 4),
    ] {
        chain.execute_with(|| {
            for session in 1..=3 {
                run_blocks_to(session * epoch());
                assert_eq!(Session::current_index(), session - 1, "{preset}");
                blocks(1);
                assert_eq!(Session::current_index(), session, "{preset}");
                assert_eq!(Session::validators().len(), validators);
                assert_eq!(Babe::authorities().len(), validators);
                // The auditors' keys go with the sessions.
                assert_eq!(pallet_attestation::Keys::<Runtime>::count() as usize, validators);
            }
            // Each block left its randomness and its author for the draws.
            let last = pallet_attestation::BeaconRing::<Runtime>::get((System::block_number() - 1) % 256);
            let last = last.unwrap();
            assert!(last.vrf.is_some() && Session::validators().contains(&last.author.unwrap()));
            super::books::check();
        });
    }
}

#[test]
fn a_small_offence_should_disable_nobody() {
    local().execute_with(|| {
        run_to(2);
        let offender = Session::validators()[3].clone();
        offend(&offender, Perbill::zero());
        offend(&offender, Perbill::from_percent(9));
        assert_eq!(Session::disabled_validators(), Vec::<u32>::new());
    });
}

#[test]
fn a_grave_offence_should_disable_its_author() {
    local().execute_with(|| {
        run_to(2);
        let offender = Session::validators()[3].clone();
        offend(&offender, Perbill::from_percent(10));
        assert_eq!(Session::disabled_validators(), vec![3]);
    });
}

#[test]
fn a_disabled_validators_block_should_be_refused_and_an_idle_ones_not() {
    local().execute_with(|| {
        run_to(2);
        offend(&Session::validators()[3].clone(), Perbill::from_percent(5));
        block_by(3, vec![]);
    });
    let refused = std::panic::catch_unwind(|| {
        local().execute_with(|| {
            run_to(2);
            offend(&Session::validators()[3].clone(), Perbill::from_percent(50));
            block_by(3, vec![]);
        })
    });
    assert!(refused.is_err());
}

/// Two blocks by the same author in the same slot, both sealed by it.
pub fn equivocation(offender: Sr25519Keyring) -> sp_consensus_babe::EquivocationProof<crate::Header> {
    let key: sp_consensus_babe::AuthorityPair = offender.pair().into();
    let index = Babe::authorities().iter().position(|(id, _)| *id == key.public()).unwrap() as u32;
    let slot = Babe::current_slot();
    let sealed = |state_root: u8| {
        let mut header = crate::Header::new(
            System::block_number(),
            Default::default(),
            sp_core::H256::repeat_byte(state_root),
            System::parent_hash(),
            digest(index, slot),
        );
        let seal = key.sign(header.hash().as_ref());
        header.digest_mut().push(<DigestItem as CompatibleDigestItem>::babe_seal(seal));
        header
    };
    sp_consensus_babe::EquivocationProof {
        offender: key.public(),
        slot,
        first_header: sealed(1),
        second_header: sealed(2),
    }
}

#[test]
fn an_equivocation_should_disable_and_slash_its_author() {
    local().execute_with(|| {
        without_emission();
        run_to(2);
        let dave = Sr25519Keyring::Dave.to_account_id();
        let stake = Staking::slashable_balance_of(&dave);
        let issuance = Balances::total_issuance();
        let proof = equivocation(Sr25519Keyring::Dave);
        let ownership = Historical::prove((sp_consensus_babe::KEY_TYPE, proof.offender.clone())).unwrap();
        assert_ok!(Babe::report_equivocation_unsigned(
            RuntimeOrigin::none(),
            Box::new(proof.clone()),
            ownership.clone(),
        ));
        let index = Session::validators().iter().position(|v| *v == dave).unwrap() as u32;
        // One of four: (3 · 1 / 4)² = 56.25 %.
        assert_eq!(Session::disabled_validators(), vec![index]);
        assert_eq!(pallet_offences::Reports::<Runtime>::iter().count(), 1);
        // A second report of the same is refused.
        assert!(
            Babe::report_equivocation_unsigned(RuntimeOrigin::none(), Box::new(proof), ownership).is_err()
        );

        // The slash is deferred by an era, then burnt.
        assert_eq!(Staking::slashable_balance_of(&dave), stake);
        while Session::current_index() < 6 {
            blocks(1);
        }
        let slash = Perbill::from_rational(9u32, 16u32) * stake;
        assert_eq!(Staking::slashable_balance_of(&dave), stake - slash);
        // A twentieth goes to whoever reported it (the author of the report's block), the rest is burnt.
        assert_eq!(Balances::total_issuance(), issuance - slash + slash / 20);
    });
}

#[test]
fn validators_that_are_silent_together_should_lose_stake() {
    local().execute_with(|| {
        without_emission();
        run_sessions(1);
        let validators = Session::validators();
        let stakes = || validators.iter().map(Staking::slashable_balance_of).collect::<Vec<_>>();
        let (session, began, before) = (Session::current_index(), era(), stakes());
        // A whole session in which the last two make no block, and send no heartbeat.
        while Session::current_index() == session {
            block_by(System::block_number() % 2, vec![]);
        }
        assert_eq!(pallet_offences::Reports::<Runtime>::iter().count(), 2);
        assert_eq!(Session::disabled_validators(), Vec::<u32>::new());
        assert_eq!(stakes(), before, "the slash is deferred");
        let mut left = 8 * epoch();
        while stakes() == before && left > 0 {
            blocks(1);
            left -= 1;
        }
        assert!(era() > began);
        // 7 % of 3 · (2 − 1) / 4: one of four may be away for nothing.
        let slash = Perbill::from_parts(52_500_000) * before[3];
        assert_eq!(stakes(), [before[0], before[1], before[2] - slash, before[3] - slash]);
    });
}

/// Two prevotes of one validator in one round, both signed by it, in the bytes that nodes exchange.
fn double_vote(
    key: &sp_core::ed25519::Pair,
    set: u64,
) -> sp_consensus_grandpa::EquivocationProof<crate::Hash, crate::BlockNumber> {
    const PREVOTE: u8 = 0;
    const ROUND: u64 = 1;
    let vote = |target: u8| {
        let vote = (sp_core::H256::repeat_byte(target), System::block_number());
        let signature = key.sign(&sp_consensus_grandpa::localized_payload(ROUND, set, &(PREVOTE, vote)));
        (vote, signature)
    };
    let bytes = (set, PREVOTE, ROUND, key.public(), vote(1), vote(2)).encode();
    Decode::decode(&mut bytes.as_slice()).unwrap()
}

#[test]
fn a_double_vote_for_finality_should_disable_and_slash_its_voter() {
    local().execute_with(|| {
        without_emission();
        run_to(2);
        let key = Ed25519Keyring::Dave.pair();
        let dave = Sr25519Keyring::Dave.to_account_id();
        let stake = Staking::slashable_balance_of(&dave);
        let set = Grandpa::current_set_id();
        let id = sp_consensus_grandpa::AuthorityId::from(key.public());
        let ownership = Historical::prove((sp_consensus_grandpa::KEY_TYPE, id)).unwrap();
        let report = |proof| {
            Grandpa::report_equivocation_unsigned(RuntimeOrigin::none(), Box::new(proof), ownership.clone())
        };
        // Signed by somebody else, or in another set, it shows nothing about Dave.
        let mut forged = double_vote(&Ed25519Keyring::Alice.pair(), set).encode();
        let theirs = double_vote(&key, set).encode();
        // The identity stands behind set, kind and round.
        forged[17..49].copy_from_slice(&theirs[17..49]);
        assert!(report(Decode::decode(&mut forged.as_slice()).unwrap()).is_err());
        assert!(report(double_vote(&key, set + 1)).is_err());
        assert_eq!(Session::disabled_validators(), Vec::<u32>::new());

        assert_ok!(report(double_vote(&key, set)));
        let index = Session::validators().iter().position(|v| *v == dave).unwrap() as u32;
        assert_eq!(Session::disabled_validators(), vec![index]);
        assert!(report(double_vote(&key, set)).is_err(), "a second report of the same");
        while Session::current_index() < 6 {
            blocks(1);
        }
        assert_eq!(Staking::slashable_balance_of(&dave), stake - Perbill::from_rational(9u32, 16u32) * stake);
    });
}
