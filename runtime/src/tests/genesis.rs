//! What each preset starts with.

use super::harness::*;
use crate::{
    configs::{governance::TreasuryAccount, staking::MAX_CANDIDATES},
    constants::currency::{EXISTENTIAL_DEPOSIT, SOUK},
    genesis::{self, Validator},
    parameters::{bounded, params, Overrides},
    AccountId, Babe, Balances, Grandpa, Parameters, Runtime, RuntimeOrigin, RuntimeParameters, Session,
    Staking,
};
use frame_support::{
    assert_noop, assert_ok,
    traits::{fungible::Inspect, Get, GetStorageVersion, PalletInfoAccess, StorageVersion},
};
use pallet_governance::{ChainTiming, Timing};
use pallet_staking::ValidatorPrefs;
use sp_consensus_babe::{runtime_decl_for_babe_api::BabeApi, AllowedSlots};
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};
use sp_runtime::Perbill;

fn balance(name: &str) -> u128 {
    use sp_core::Pair;
    let pair = sp_core::sr25519::Pair::from_string(&format!("//{name}"), None).unwrap();
    Balances::total_balance(&AccountId::from(pair.public().0))
}

#[test]
fn presets_should_be_three() {
    assert_eq!(
        Runtime::preset_names(),
        ["development", "local", "production"].map(sp_genesis_builder::PresetId::from)
    );
    assert_eq!(Runtime::get_preset(&Some("mainnet".into())), None);
}

/// An upgrade migrates by these: a pallet that has none can't tell old state from new.
#[test]
fn our_pallets_should_start_with_the_version_of_their_storage() {
    fn check<P: PalletInfoAccess + GetStorageVersion<InCodeStorageVersion = StorageVersion>>() {
        let (on_chain, in_code) = (P::on_chain_storage_version(), P::in_code_storage_version());
        assert_eq!(on_chain, in_code, "{}", P::name());
        assert!(in_code >= StorageVersion::new(1), "{}", P::name());
    }
    local().execute_with(|| {
        check::<crate::Listings>();
        check::<crate::Licensing>();
        check::<crate::Compute>();
        check::<crate::Channels>();
        check::<crate::Attestation>();
        check::<crate::Rewards>();
        check::<crate::Governance>();
    });
}

#[test]
fn development_should_start_with_alice_alone() {
    at_genesis(genesis::DEVELOPMENT).execute_with(|| {
        assert_eq!(Session::validators(), vec![Sr25519Keyring::Alice.to_account_id()]);
        assert_eq!(Babe::authorities().len(), 1);
        assert_eq!(ChainTiming::<Runtime>::get(), Timing::FAST);
    });
}

#[test]
fn local_should_start_with_four_validators_and_their_keys() {
    local().execute_with(|| {
        let names = ["Alice", "Bob", "Charlie", "Dave"];
        let expected: Vec<_> = names.map(|name| Validator::well_known(name).stash).into();
        let mut validators = Session::validators();
        assert_eq!(validators.len(), 4);
        validators.sort();
        let mut sorted = expected.clone();
        sorted.sort();
        assert_eq!(validators, sorted);
        assert_eq!(Babe::authorities().len(), 4);
        assert_eq!(Grandpa::grandpa_authorities().len(), 4);
        for stash in expected {
            let keys = pallet_session::NextKeys::<Runtime>::get(&stash).unwrap();
            assert_eq!(keys.attestation.as_ref() as &[u8], keys.babe.as_ref() as &[u8]);
            assert_eq!(Staking::slashable_balance_of(&stash), 100_000 * SOUK);
        }
    });
}

#[test]
fn nobody_should_validate_for_less_than_a_twentieth() {
    let prefs = |commission| ValidatorPrefs { commission, blocked: false };
    let least = Perbill::from_percent(5);
    let below = Perbill::from_parts(least.deconstruct() - 1);
    for mut chain in [at_genesis(genesis::DEVELOPMENT), local(), production()] {
        chain.execute_with(|| {
            // Those of the genesis were there before the least commission was.
            for stash in Session::validators() {
                assert_eq!(pallet_staking::ErasValidatorPrefs::<Runtime>::get(0, &stash).commission, least);
                assert_eq!(pallet_staking::Validators::<Runtime>::get(stash).commission, least);
            }
            blocks(1);
            let alice = || RuntimeOrigin::signed(Sr25519Keyring::Alice.to_account_id());
            let refused = pallet_staking::Error::<Runtime>::CommissionTooLow;
            assert_noop!(Staking::validate(alice(), prefs(below)), refused);
            assert_ok!(Staking::validate(alice(), prefs(least)));
        });
    }
}

#[test]
fn a_chain_specification_should_bound_candidates_by_less_and_never_by_more() {
    for (asked, taken) in [(None, MAX_CANDIDATES), (Some(40), 40), (Some(5_000), MAX_CANDIDATES)] {
        let mut json = genesis_json(genesis::LOCAL);
        json["staking"]["maxValidatorCount"] = asked.into();
        from_json(json).execute_with(|| {
            assert_eq!(pallet_staking::MaxValidatorsCount::<Runtime>::get(), Some(taken), "{asked:?}");
            assert!(pallet_staking::ChillThreshold::<Runtime>::exists());
        });
    }
}

#[test]
fn pools_and_their_members_should_have_no_limit() {
    use pallet_nomination_pools::{MaxPoolMembers, MaxPoolMembersPerPool, MaxPools};
    for mut chain in [at_genesis(genesis::DEVELOPMENT), local(), production()] {
        chain.execute_with(|| {
            assert_eq!(MaxPools::<Runtime>::get(), None);
            assert_eq!(MaxPoolMembers::<Runtime>::get(), None);
            assert_eq!(MaxPoolMembersPerPool::<Runtime>::get(), None);
        });
    }
}

#[test]
fn session_keys_should_be_those_that_the_node_inserts_for_alice() {
    let keys = Validator::well_known("Alice").keys;
    assert_eq!(keys.babe, Sr25519Keyring::Alice.public().into());
    assert_eq!(keys.grandpa, Ed25519Keyring::Alice.public().into());
    assert_eq!(keys.authority_discovery, Sr25519Keyring::Alice.public().into());
    assert_eq!(keys.attestation, Sr25519Keyring::Alice.public().into());
}

#[test]
fn local_should_endow_the_markets_accounts() {
    local().execute_with(|| {
        for name in ["Publisher", "Provider", "Consumer", "Eve", "Ferdie"] {
            assert_eq!(balance(name), 1_000_000 * SOUK, "{name}");
        }
        assert_eq!(Balances::total_balance(&TreasuryAccount::get()), EXISTENTIAL_DEPOSIT);
        assert_eq!(pallet_sudo::Key::<Runtime>::get(), Some(Sr25519Keyring::Alice.to_account_id()));
    });
}

#[test]
fn babe_should_run_on_the_presets_clock() {
    for (preset, slots) in [(genesis::DEVELOPMENT, 20), (genesis::LOCAL, 20), (genesis::PRODUCTION, 200)] {
        at_genesis(preset).execute_with(|| {
            let config = <Runtime as BabeApi<crate::Block>>::configuration();
            assert_eq!(config.epoch_length, slots, "{preset}");
            assert_eq!(config.slot_duration, 3_000);
            assert_eq!(config.c, (1, 4));
            assert_eq!(config.allowed_slots, AllowedSlots::PrimaryAndSecondaryVRFSlots);
        });
    }
}

#[test]
fn local_should_run_on_fast_windows_and_production_on_real_ones() {
    local().execute_with(|| {
        assert_eq!(bounded::BeaconWindow::get(), 4);
        assert_eq!(bounded::CommitWindow::get(), 6);
        assert_eq!(bounded::RevealWindow::get(), 6);
        assert_eq!(bounded::ReleaseUndrawn::get(), 20);
        assert_eq!(bounded::CloseGrace::get(), 20);
        assert_eq!(bounded::MinProviderBond::get(), 100 * SOUK);
        assert_eq!(bounded::MinVerifierBond::get(), 10 * SOUK);
        assert_eq!(bounded::CommitteeSize::get(), 3);
        assert_eq!(bounded::RedrawAfter::get(), 40);
        assert_eq!((bounded::MaxDelivery::get(), bounded::AcceptWindow::get()), (40, 40));
        assert_eq!((bounded::RevealKey::get(), bounded::ComplainWindow::get()), (20, 20));
        assert_eq!(bounded::CancelAfter::get(), 20);
    });
    at_genesis(genesis::PRODUCTION).execute_with(|| {
        assert_eq!(bounded::BeaconWindow::get(), 16);
        assert_eq!(bounded::CommitWindow::get(), 20);
        assert_eq!(bounded::RevealWindow::get(), 10);
        assert_eq!(bounded::ReleaseUndrawn::get(), 100);
        assert_eq!(bounded::CloseGrace::get(), 7_200);
        assert_eq!(bounded::MinProviderBond::get(), 1_000 * SOUK);
        assert_eq!(bounded::MinVerifierBond::get(), 100 * SOUK);
        assert_eq!(bounded::MaxDelivery::get(), 28_800);
        let windows =
            [bounded::AcceptWindow::get(), bounded::RevealKey::get(), bounded::ComplainWindow::get()];
        assert_eq!(windows, [1_200; 3]);
        assert_eq!((bounded::CancelAfter::get(), bounded::MaxOpenPurchases::get()), (1_200, 8));
        assert_eq!(pallet_parameters::Parameters::<Runtime>::iter().count(), 0);
    });
}

#[test]
fn parameters_should_be_clamped_when_governance_sets_nonsense() {
    local().execute_with(|| {
        let window = |value| {
            RuntimeParameters::Audit(params::audit::Parameters::BeaconWindow(
                params::audit::BeaconWindow,
                Some(value),
            ))
        };
        assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), window(0)));
        assert_eq!(bounded::BeaconWindow::get(), 1);
        assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), window(1_000)));
        assert_eq!(bounded::BeaconWindow::get(), 128);
        assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), window(9)));
        assert_eq!(bounded::BeaconWindow::get(), 9);
        // One member alone, or two with one of them away, could decide nothing.
        let size = params::audit::Parameters::CommitteeSize(params::audit::CommitteeSize, Some(1));
        assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), RuntimeParameters::Audit(size)));
        assert_eq!(bounded::CommitteeSize::get(), 3);
        let alice = RuntimeOrigin::signed(Sr25519Keyring::Alice.to_account_id());
        assert!(Parameters::set_parameter(alice, window(5)).is_err());
    });
}

#[test]
fn every_parameter_should_stay_in_its_range_whatever_governance_sets() {
    let set = |value: fn([u128; 3]) -> u128| {
        let named = bounded::all().into_iter().map(|(name, range)| {
            let name = name[..1].to_lowercase() + &name[1..];
            (name, serde_json::Value::from(u64::try_from(value(range)).unwrap()))
        });
        // A name that no genesis knows is an error.
        let overrides: Overrides =
            serde_json::from_value(named.collect::<serde_json::Map<_, _>>().into()).unwrap();
        let all = Vec::<RuntimeParameters>::from(overrides);
        assert_eq!(all.len(), bounded::all().len());
        for parameter in all {
            assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), parameter));
        }
    };
    local().execute_with(|| {
        // More than all of something can't even be stored.
        set(|[_, _, most]| if most == 1_000_000 { most } else { most + 1 });
        assert!(bounded::all().into_iter().all(|(_, [is, _, most])| is == most), "{:?}", bounded::all());
        set(|[_, least, _]| least.saturating_sub(1));
        assert!(bounded::all().into_iter().all(|(_, [is, least, _])| is == least), "{:?}", bounded::all());
    });
}

#[test]
fn overrides_should_survive_json_and_refuse_unknown_names() {
    let fast = Overrides::fast();
    let json = serde_json::to_string(&fast).unwrap();
    assert_eq!(serde_json::from_str::<Overrides>(&json).unwrap(), fast);
    assert!(serde_json::from_str::<Overrides>(r#"{"beaconWindows": 4}"#).is_err());
}

#[test]
fn production_should_start_once_a_patch_names_validators() {
    production().execute_with(|| {
        assert_eq!(Session::validators().len(), 4);
        assert_eq!(pallet_sudo::Key::<Runtime>::get(), None);
        assert_eq!(ChainTiming::<Runtime>::get(), Timing::PRODUCTION);
    });
}
