//! What each origin of a referendum may do, by the calls themselves, and that no other origin may.

use super::{harness::*, market::*, stakers::*};
use crate::{
    configs::democracy::TechnicalCommitteeInstance,
    constants::currency::SOUK,
    parameters::{bounded, params},
    AccountId, Balances, Listings, Referenda, Runtime, RuntimeCall, RuntimeEvent, RuntimeOrigin,
    RuntimeParameters, Session, System, TechnicalCommittee,
};
use codec::Encode;
use frame_support::{
    assert_noop, assert_ok,
    storage::{with_transaction, TransactionOutcome},
    traits::Get,
    weights::Weight,
};
use pallet_governance::Origin;
use souk_primitives::{
    moderation::DelistReason,
    spec::NumericClass::{Bf16, F32},
    verdict::{Answers, Thresholds},
};
use sp_runtime::{
    traits::{BlakeTwo256, Hash},
    DispatchError, DispatchResult, Perbill, Permill,
};

/// A call, and who may make it beside root.
struct Right {
    by: &'static [Origin],
    call: RuntimeCall,
    /// What must have been done before.
    before: Vec<(RuntimeOrigin, RuntimeCall)>,
}

impl Right {
    fn after(mut self, origin: impl Into<RuntimeOrigin>, call: impl Into<RuntimeCall>) -> Self {
        self.before.push((origin.into(), call.into()));
        self
    }

    /// What the call comes to. Nothing of it stays.
    fn tried_by(&self, origin: RuntimeOrigin) -> DispatchResult {
        with_transaction(|| {
            for (origin, call) in &self.before {
                assert_ok!(dispatch(call.clone(), origin.clone()));
            }
            TransactionOutcome::Rollback(Ok::<_, DispatchError>(dispatch(self.call.clone(), origin)))
        })
        .unwrap()
    }
}

fn may(by: &'static [Origin], call: impl Into<RuntimeCall>) -> Right {
    Right { by, call: call.into(), before: vec![] }
}

fn only_root(call: impl Into<RuntimeCall>) -> Right {
    may(&[], call)
}

/// The latest deferred slash: the era in which it is due, and which of that era's it is.
fn deferred() -> (u32, Vec<u32>) {
    let (era, slashes) = pallet_staking::UnappliedSlashes::<Runtime>::iter().last().expect("one is deferred");
    (era, vec![slashes.len() as u32 - 1])
}

/// The market's own calls. The market is that of [`open_market`].
fn market_rights() -> Vec<Right> {
    use pallet_listings::Call;
    const ADMIN: &[Origin] = &[Origin::MarketplaceAdmin];
    const MODERATOR: &[Origin] = &[Origin::Moderator];
    let (spec, eve) = (spec().id(), account("Eve"));
    let delist = || Call::delist { listing: 0, reason: DelistReason::Malware, evidence: [1; 32] };
    let appeal = || Call::appeal { listing: 0, statement: [2; 32] };
    let uphold = || Call::decide_appeal { listing: 0, case: 0, uphold_delisting: true };
    let appoint = || Call::appoint_moderator { who: eve.clone() };
    vec![
        may(ADMIN, pallet_compute::Call::accept_calibration { spec, report_fee: 2 * REPORT_FEE }),
        may(ADMIN, pallet_compute::Call::revoke_calibration { spec }),
        may(ADMIN, pallet_compute::Call::register_class { class: Bf16, thresholds: Thresholds::F32 }),
        may(ADMIN, pallet_compute::Call::remove_class { class: F32, answers: Answers::Tokens }),
        may(ADMIN, pallet_rewards::Call::set_reference { spec, price_index: SOUK }),
        may(ADMIN, uphold()).after(Origin::Moderator, delist()).after(by("Publisher"), appeal()),
        may(ADMIN, Call::relist { listing: 0, case: 0 })
            .after(Origin::Moderator, delist())
            .after(by("Publisher"), appeal())
            .after(Origin::MarketplaceAdmin, uphold()),
        may(MODERATOR, delist()),
        may(MODERATOR, Call::withdraw_case { listing: 0 }).after(Origin::Moderator, delist()),
        may(MODERATOR, appoint()),
        may(MODERATOR, Call::dismiss_moderator { who: eve.clone() }).after(Origin::Moderator, appoint()),
    ]
}

/// Brakes, referenda, the whitelist, parameters.
fn governing_rights(poll: u32) -> Vec<Right> {
    const EMERGENCY: &[Origin] = &[Origin::Emergency];
    let enter = pallet_safe_mode::Call::<Runtime>::force_enter {};
    let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
    let call_hash = BlakeTwo256::hash_of(&remark);
    let name = || -> pallet_tx_pause::RuntimeCallNameOf<Runtime> {
        (b"Balances".to_vec().try_into().unwrap(), b"transfer_all".to_vec().try_into().unwrap())
    };
    let fee =
        params::fees::Parameters::ProtocolFee(params::fees::ProtocolFee, Some(Permill::from_percent(2)));
    vec![
        may(EMERGENCY, enter.clone()),
        may(EMERGENCY, pallet_safe_mode::Call::force_extend {}).after(Origin::Emergency, enter.clone()),
        may(EMERGENCY, pallet_safe_mode::Call::force_exit {}).after(Origin::Emergency, enter),
        may(EMERGENCY, pallet_tx_pause::Call::pause { full_name: name() }),
        may(EMERGENCY, pallet_tx_pause::Call::unpause { ident: name() })
            .after(Origin::Emergency, pallet_tx_pause::Call::pause { full_name: name() }),
        may(EMERGENCY, pallet_governance::Call::hold_clock { blocks: 5 }),
        may(&[Origin::Canceller], pallet_referenda::Call::cancel { index: poll }),
        may(&[Origin::Killer], pallet_referenda::Call::kill { index: poll }),
        may(
            &[Origin::Whitelisted],
            pallet_whitelist::Call::dispatch_whitelisted_call_with_preimage { call: Box::new(remark) },
        )
        .after(RuntimeOrigin::root(), pallet_whitelist::Call::whitelist_call { call_hash }),
        may(
            &[Origin::ParameterAdmin],
            pallet_parameters::Call::set_parameter { key_value: RuntimeParameters::Fees(fee) },
        ),
    ]
}

/// Staking and the treasury.
fn money_rights() -> Vec<Right> {
    use pallet_nomination_pools::ConfigOp::Noop;
    const STAKING: &[Origin] = &[Origin::StakingAdmin];
    const SPENDERS: &[Origin] =
        &[Origin::Treasurer, Origin::SmallSpender, Origin::MediumSpender, Origin::BigSpender];
    let (era, slash_indices) = deferred();
    let spend = pallet_treasury::Call::<Runtime>::spend {
        asset_kind: Box::new(()),
        amount: SOUK,
        beneficiary: Box::new(account("Eve")),
        valid_from: None,
    };
    let limits = pallet_nomination_pools::Call::set_configs {
        min_join_bond: Noop,
        min_create_bond: Noop,
        max_pools: Noop,
        max_members: Noop,
        max_members_per_pool: Noop,
        global_max_commission: Noop,
    };
    vec![
        may(STAKING, pallet_staking::Call::cancel_deferred_slash { era, slash_indices }),
        may(STAKING, pallet_staking::Call::set_min_commission { new: Perbill::from_percent(6) }),
        may(STAKING, limits),
        may(SPENDERS, spend.clone()),
        may(&[Origin::Treasurer], pallet_treasury::Call::void_spend { index: 0 })
            .after(Origin::SmallSpender, spend),
    ]
}

/// What is nobody's but root's, though it stands beside what a track may.
fn root_rights() -> Vec<Right> {
    use pallet_staking::ConfigOp::Noop;
    let remark = RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
    let root = frame_system::RawOrigin::<AccountId>::Root;
    let bonds = pallet_staking::Call::set_staking_configs {
        min_nominator_bond: Noop,
        min_validator_bond: Noop,
        max_nominator_count: Noop,
        max_validator_count: Noop,
        chill_threshold: Noop,
        min_commission: Noop,
        max_staked_rewards: Noop,
    };
    let committee = pallet_collective::Call::set_members {
        new_members: vec![account("Eve")],
        prime: None,
        old_count: VALIDATORS.len() as u32,
    };
    let gift =
        pallet_balances::Call::force_set_balance { who: account("Eve").into(), new_free: 2_000_000 * SOUK };
    let schedule = pallet_scheduler::Call::schedule {
        when: System::block_number() + 5,
        maybe_periodic: None,
        priority: 0,
        call: Box::new(remark.clone()),
    };
    let propose = pallet_collective::Call::propose {
        threshold: 3,
        length_bound: remark.encoded_size() as u32,
        proposal: Box::new(remark.clone()),
    };
    let proposal_hash = BlakeTwo256::hash_of(&remark);
    let kill = pallet_collective::Call::kill { proposal_hash };
    let disapprove = pallet_collective::Call::disapprove_proposal { proposal_hash };
    let new_allocations = pallet_dap::BudgetAllocation::<Runtime>::get();
    vec![
        only_root(frame_system::Call::set_storage { items: vec![] }),
        only_root(bonds),
        only_root(pallet_staking::Call::set_validator_count { new: 4 }),
        only_root(pallet_staking::Call::force_new_era {}),
        only_root(pallet_dap::Call::set_budget_allocation { new_allocations }),
        only_root(RuntimeCall::TechnicalCommittee(committee)),
        only_root(RuntimeCall::TechnicalCommittee(disapprove)),
        only_root(RuntimeCall::TechnicalCommittee(kill))
            .after(by("Alice"), RuntimeCall::TechnicalCommittee(propose)),
        only_root(pallet_whitelist::Call::whitelist_call { call_hash: BlakeTwo256::hash_of(&remark) }),
        only_root(schedule),
        only_root(gift),
        only_root(pallet_preimage::Call::request_preimage { hash: BlakeTwo256::hash_of(&remark) }),
        only_root(pallet_identity::Call::add_registrar { account: account("Eve").into() }),
        only_root(pallet_utility::Call::dispatch_as {
            as_origin: Box::new(root.into()),
            call: Box::new(remark),
        }),
    ]
}

#[test]
fn each_origin_should_do_what_its_track_says_and_nothing_else() {
    local().execute_with(|| {
        open_market();
        offend(&Session::validators()[3], Perbill::from_percent(5));
        let poll = ask("Eve");
        let rights: Vec<Right> = [market_rights(), governing_rights(poll), money_rights(), root_rights()]
            .into_iter()
            .flatten()
            .collect();
        for right in &rights {
            assert_ok!(right.tried_by(RuntimeOrigin::root()));
            for origin in Origin::ALL {
                let expected =
                    if right.by.contains(&origin) { Ok(()) } else { Err(DispatchError::BadOrigin) };
                assert_eq!(right.tried_by(origin.into()), expected, "{origin:?}: {:?}", right.call);
            }
            // Nor does an account decide any of it.
            assert!(right.tried_by(by("Alice")).is_err(), "{:?}", right.call);
        }
        for origin in Origin::ALL {
            assert!(rights.iter().any(|right| right.by.contains(&origin)), "{origin:?} may do nothing");
        }
    });
}

#[test]
fn a_cancelled_referendum_should_give_the_deposits_back_and_a_killed_one_burn_them() {
    local().execute_with(|| {
        blocks(1);
        let reserved = || Balances::reserved_balance(account("Eve"));
        let (submission, decision) = (SOUK, 2_000 * SOUK);
        let cancelled = ask("Eve");
        assert_eq!(reserved(), submission + decision);
        assert_ok!(dispatch(pallet_referenda::Call::cancel { index: cancelled }, Origin::Canceller));
        assert_ok!(Referenda::refund_submission_deposit(by("Bob"), cancelled));
        assert_ok!(Referenda::refund_decision_deposit(by("Bob"), cancelled));
        assert_eq!(reserved(), 0);

        let killed = ask("Eve");
        let issuance = Balances::total_issuance();
        assert_ok!(dispatch(pallet_referenda::Call::kill { index: killed }, Origin::Killer));
        assert_eq!(reserved(), 0);
        assert_eq!(issuance - Balances::total_issuance(), submission + decision);
        assert!(Referenda::refund_decision_deposit(by("Eve"), killed).is_err());
    });
}

#[test]
fn a_slash_that_is_cancelled_should_never_be_applied() {
    local().execute_with(|| {
        without_emission();
        blocks(1);
        let (dave, staked) = (account("Dave"), power("Dave"));
        offend(&dave, Perbill::from_percent(9));
        let (due, slash_indices) = deferred();
        let cancel = pallet_staking::Call::cancel_deferred_slash { era: due, slash_indices };
        assert_ok!(dispatch(cancel, Origin::StakingAdmin));
        while era() <= due {
            blocks(1);
        }
        assert_eq!(power("Dave"), staked);
    });
}

#[test]
fn a_delisting_by_the_track_should_bite_after_its_notice() {
    local().execute_with(|| {
        open_market();
        let delist =
            pallet_listings::Call::delist { listing: 0, reason: DelistReason::Malware, evidence: [1; 32] };
        assert_ok!(dispatch(delist, Origin::Moderator));
        blocks(bounded::NoticePeriod::get());
        assert!(Listings::is_active(0));
        blocks(1);
        assert!(!Listings::is_active(0));
        super::books::check();
    });
}

/// Has the first `ayes` members of the technical committee pass a motion with as many votes as its threshold.
fn motion(ayes: usize, call: impl Into<RuntimeCall>) -> DispatchResult {
    let call: RuntimeCall = call.into();
    let hash = BlakeTwo256::hash_of(&call);
    let length = call.encoded_size() as u32;
    let index = pallet_collective::ProposalCount::<Runtime, TechnicalCommitteeInstance>::get();
    let refused = |error: sp_runtime::DispatchErrorWithPostInfo<_>| error.error;
    TechnicalCommittee::propose(by("Alice"), ayes as u32, Box::new(call), length).map_err(refused)?;
    for name in &VALIDATORS[..ayes] {
        TechnicalCommittee::vote(by(name), hash, index, true).map_err(refused)?;
    }
    TechnicalCommittee::close(by("Eve"), hash, index, Weight::MAX, length).map_err(refused)?;
    let executed = last_event(|event| match event {
        RuntimeEvent::TechnicalCommittee(pallet_collective::Event::Executed { result, .. }) => Some(result),
        _ => None,
    });
    executed.unwrap()
}

#[test]
fn a_whitelisted_call_should_need_the_vote_and_two_thirds_of_the_committee() {
    const KEY: &[u8] = b"whitelisted";
    let written = || sp_io::storage::get(KEY).is_some();
    let call = RuntimeCall::System(frame_system::Call::set_storage { items: vec![(KEY.to_vec(), vec![1])] });
    let call_hash = BlakeTwo256::hash_of(&call);
    let whitelist = || pallet_whitelist::Call::<Runtime>::whitelist_call { call_hash };
    let run =
        || pallet_whitelist::Call::dispatch_whitelisted_call_with_preimage { call: Box::new(call.clone()) };
    local().execute_with(|| {
        blocks(1);
        // Two of four are too few, three are enough.
        assert_eq!(motion(2, whitelist()), Err(DispatchError::BadOrigin));
        assert!(!pallet_whitelist::WhitelistedCall::<Runtime>::contains_key(call_hash));
        assert_ok!(motion(3, whitelist()));
        // The committee alone does nothing with it.
        assert_eq!(motion(4, run()), Err(DispatchError::BadOrigin));
        assert_noop!(
            dispatch(run(), by("Alice")),
            pallet_whitelist::Error::<Runtime>::DeferredDispatchNotFound
        );
        assert!(!written());
        assert_ok!(dispatch(run(), Origin::Whitelisted));
        assert!(written());
    });
    // The other way round: the vote was first, and its call waits for the committee.
    local().execute_with(|| {
        blocks(1);
        assert_ok!(dispatch(run(), Origin::Whitelisted));
        assert!(!written());
        assert_noop!(dispatch(run(), by("Eve")), pallet_whitelist::Error::<Runtime>::CallIsNotWhitelisted);
        assert_ok!(motion(3, whitelist()));
        assert!(!written());
        assert_ok!(dispatch(run(), by("Eve")));
        assert!(written());
        assert_noop!(
            dispatch(run(), by("Eve")),
            pallet_whitelist::Error::<Runtime>::DeferredDispatchNotFound
        );
    });
}
