//! What a slash does to the votes of those who lost by it.

use super::{consensus::equivocation, harness::*, market::*, stakers::*};
use crate::{
    constants::currency::SOUK, Babe, Balance, Compute, ConvictionVoting, Governance, Historical,
    NominationPools, Runtime, RuntimeOrigin, Session, Staking,
};
use frame_support::{assert_noop, assert_ok, dispatch::Pays, traits::KeyOwnerProofSystem};
use pallet_governance::tracks::ids;
use pallet_staking::RewardDestination;
use sp_keyring::Sr25519Keyring;
use sp_runtime::Perbill;

const STAKE: Balance = 50_000 * SOUK;

/// Runs from a session of the era of an offence to where its slash is due within a poll's time.
fn run_to_before_the_slash() {
    let slashed = era() + 2;
    while era() + 1 < slashed {
        blocks(1);
    }
    run_sessions(1);
    assert_eq!(era() + 1, slashed);
    blocks(epoch() / 2);
}

/// Runs to the block in which slashes of the last era but one are applied.
fn run_to_the_slash() {
    let slashed = era() + 1;
    while era() < slashed {
        blocks(1);
    }
}

#[test]
fn a_nominators_vote_should_fall_with_its_validators_stake() {
    local().execute_with(|| {
        without_emission();
        blocks(1);
        assert_ok!(Staking::bond(by("Ferdie"), STAKE, RewardDestination::Stash));
        assert_ok!(Staking::nominate(by("Ferdie"), vec![account("Dave").into()]));
        run_sessions(4);
        assert_eq!(power("Ferdie"), STAKE);
        let own = power("Dave");

        let proof = equivocation(Sr25519Keyring::Dave);
        let ownership = Historical::prove((sp_consensus_babe::KEY_TYPE, proof.offender.clone())).unwrap();
        assert_ok!(Babe::report_equivocation_unsigned(RuntimeOrigin::none(), Box::new(proof), ownership));
        assert_eq!(Session::disabled_validators().len(), 1);
        // What may be lost may still vote.
        run_to_before_the_slash();
        assert_eq!((power("Ferdie"), power("Dave")), (STAKE, own));
        let poll = ask("Eve");
        for (name, amount) in [("Ferdie", STAKE), ("Dave", own), ("Bob", STAKE)] {
            assert_ok!(ConvictionVoting::vote(by(name), poll, aye(amount)));
        }
        assert_eq!(ayes(poll), 2 * STAKE + own);

        run_to_the_slash();
        let fraction = Perbill::from_rational(9u32, 16u32);
        let left = STAKE - fraction * STAKE;
        assert_eq!((power("Ferdie"), power("Dave")), (left, own - fraction * own));
        // Nobody calls anything: the idle blocks after it lower both votes, and no other.
        blocks(2);
        assert_eq!(ayes(poll), left + own - fraction * own + STAKE);
        assert_eq!(pallet_governance::Stale::<Runtime>::count(), 0);
        assert_noop!(
            Governance::refresh_vote(by("Eve"), account("Ferdie"), ids::PARAMETERS, Some(poll))
                .map_err(|refused| refused.error),
            pallet_governance::Error::<Runtime>::NothingToLower
        );
        super::books::check();
    });
}

#[test]
fn a_pool_members_vote_should_wait_for_a_call_after_its_pool_was_slashed() {
    local().execute_with(|| {
        blocks(1);
        let eve = account("Eve");
        assert_ok!(NominationPools::create(
            by("Eve"),
            STAKE,
            eve.clone().into(),
            eve.clone().into(),
            eve.into()
        ));
        assert_ok!(NominationPools::nominate(by("Eve"), 1, vec![account("Dave")]));
        assert_ok!(NominationPools::join(by("Ferdie"), STAKE, 1));
        run_sessions(4);
        assert_eq!((power("Eve"), power("Ferdie")), (STAKE, STAKE));
        offend(&account("Dave"), Perbill::from_percent(50));
        run_to_before_the_slash();
        let poll = ask("Consumer");
        assert_ok!(ConvictionVoting::vote(by("Ferdie"), poll, aye(STAKE)));
        run_to_the_slash();
        assert_eq!((power("Eve"), power("Ferdie")), (STAKE / 2, STAKE / 2));
        // A pool has any number of members, so none of them is queued.
        blocks(3);
        assert_eq!(ayes(poll), STAKE);
        let refresh =
            || Governance::refresh_vote(by("Consumer"), account("Ferdie"), ids::PARAMETERS, Some(poll));
        assert_eq!(refresh().unwrap().pays_fee, Pays::No);
        assert_eq!(ayes(poll), STAKE / 2);
        assert_noop!(
            refresh().map_err(|refused| refused.error),
            pallet_governance::Error::<Runtime>::NothingToLower
        );
        super::books::check();
    });
}

#[test]
fn a_providers_vote_should_fall_with_its_bond_when_it_is_convicted() {
    with_provider(|| {
        run_sessions(4);
        assert_eq!(power("Provider"), BOND);
        let (_, batch) = settled_batch("Provider", 5_000, 0);
        run_to_draw(&batch);
        let poll = ask("Eve");
        assert_ok!(ConvictionVoting::vote(by("Provider"), poll, aye(BOND)));
        assert_ok!(ConvictionVoting::vote(by("Bob"), poll, aye(STAKE)));
        convict_or_clear(&batch, invalid());
        let left = Compute::active_bond(&account("Provider"));
        assert!(left < BOND);
        // Jailed, it serves nobody: what is left of its bond is at no work, and votes nothing.
        assert_eq!(power("Provider"), 0);
        blocks(2);
        assert_eq!(ayes(poll), STAKE);
        assert_eq!(pallet_governance::Stale::<Runtime>::count(), 0);
    });
}
