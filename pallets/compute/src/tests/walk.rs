//! Whatever is called in whatever order: holds equal bonds, the exposure rule holds, and money only leaves by slashes.

use crate::mock::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Step {
    Register(u128),
    Accept,
    Extra(u128),
    Unbond(u128),
    WithdrawUnbonded,
    Serve(u32),
    Stop(u32),
    Drain,
    Withdraw,
    Batch(u128),
    EndBatch,
    Fraud,
    Jail,
    Doubt(u32),
    Pass(u32),
    Verify(u8, u32, u128),
    Leave(u8, u32),
    TakeBond(u8),
    Silence(u8, u32),
    Outvoted(u8, u32),
    Answer(u8, u32),
    RemoveSpec(u32),
    Wait(u32),
}

fn step() -> impl Strategy<Value = Step> {
    let spec = 1u32..4;
    let verifier = 0u8..3;
    prop_oneof![
        1 => (500u128..6_000).prop_map(Step::Register),
        3 => Just(Step::Accept),
        1 => (0u128..2_000).prop_map(Step::Extra),
        2 => (0u128..3_000).prop_map(Step::Unbond),
        1 => Just(Step::WithdrawUnbonded),
        2 => spec.clone().prop_map(Step::Serve),
        1 => spec.clone().prop_map(Step::Stop),
        1 => Just(Step::Drain),
        1 => Just(Step::Withdraw),
        4 => (0u128..3_000).prop_map(Step::Batch),
        2 => Just(Step::EndBatch),
        1 => Just(Step::Fraud),
        1 => Just(Step::Jail),
        3 => spec.clone().prop_map(Step::Doubt),
        1 => spec.clone().prop_map(Step::Pass),
        1 => (verifier.clone(), spec.clone(), 0u128..300).prop_map(|(v, s, b)| Step::Verify(v, s, b)),
        1 => (verifier.clone(), spec.clone()).prop_map(|(v, s)| Step::Leave(v, s)),
        1 => verifier.clone().prop_map(Step::TakeBond),
        1 => (verifier.clone(), spec.clone()).prop_map(|(v, s)| Step::Silence(v, s)),
        1 => (verifier.clone(), spec.clone()).prop_map(|(v, s)| Step::Outvoted(v, s)),
        1 => (verifier, spec.clone()).prop_map(|(v, s)| Step::Answer(v, s)),
        1 => spec.prop_map(Step::RemoveSpec),
        3 => (1u32..60).prop_map(Step::Wait),
    ]
}

/// Takes a step and returns what was slashed. Refusals are part of the walk.
fn take(step: Step, batches: &mut Vec<u128>) -> u128 {
    let who = signed(&PROVIDER);
    let id = |context| spec_with(context).id();
    let mut slashed = 0;
    let _ = match step {
        Step::Register(bond) => register(&PROVIDER, bond),
        Step::Accept => Compute::accept_sidecar(signed(&VAL), PROVIDER),
        Step::Extra(amount) => Compute::bond_extra(who, amount),
        Step::Unbond(amount) => Compute::unbond_some(who, amount),
        Step::WithdrawUnbonded => Compute::withdraw_unbonded(who),
        Step::Serve(spec) => Compute::serve(who, id(spec), 1, 2, 3),
        Step::Stop(spec) => Compute::stop_serving(who, id(spec)),
        Step::Drain => Compute::drain(who),
        Step::Withdraw => {
            let result = Compute::withdraw(who);
            assert!(result.is_err() || batches.is_empty(), "left with open batches");
            result
        }
        Step::Batch(exposure) => Compute::add_exposure(&PROVIDER, exposure).map(|()| batches.push(exposure)),
        Step::EndBatch => {
            if let Some(exposure) = batches.pop() {
                Compute::free_exposure(&PROVIDER, exposure);
            }
            Ok(())
        }
        // The slash of a batch is its exposure, and can always be taken in full.
        Step::Fraud => {
            if let Some(exposure) = batches.pop() {
                slashed = Compute::slash(&PROVIDER, exposure, &[(CONSUMER, exposure / 10)]);
                assert_eq!(slashed, exposure);
                Compute::free_exposure(&PROVIDER, exposure);
            }
            Ok(())
        }
        Step::Jail => {
            Compute::jail(&PROVIDER);
            Ok(())
        }
        Step::Doubt(spec) => {
            Compute::mutate_record(&PROVIDER, &id(spec), |record| record.doubt());
            Ok(())
        }
        Step::Pass(spec) => {
            Compute::mutate_record(&PROVIDER, &id(spec), |record| record.grow(1, 1));
            Ok(())
        }
        Step::Verify(n, spec, bond) => Compute::register_verifier(signed(&ver(n)), id(spec), bond),
        Step::Leave(n, spec) => Compute::leave_verifier(signed(&ver(n)), id(spec)),
        Step::TakeBond(n) => Compute::withdraw_verifier(signed(&ver(n))),
        Step::Silence(n, spec) => {
            Compute::note_silence(&ver(n), &id(spec));
            Ok(())
        }
        Step::Outvoted(n, spec) => {
            Compute::note_outvoted(&ver(n), &id(spec));
            Ok(())
        }
        Step::Answer(n, spec) => {
            Compute::note_answer(&ver(n), &id(spec));
            Ok(())
        }
        Step::RemoveSpec(spec) => Compute::remove_spec(signed(&PUBLISHER), id(spec)),
        Step::Wait(blocks) => {
            Now::mutate(|now| *now += blocks);
            Ok(())
        }
    };
    slashed
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn bonds_stay_held_and_exposure_covered_over_any_walk(steps in prop::collection::vec(step(), 1..120)) {
        Now::set(1);
        run(|| {
            for context in 1..4 {
                registered_spec(context);
            }
            let (mut batches, mut slashed) = (Vec::new(), 0);
            for step in steps {
                slashed += take(step, &mut batches);
                Compute::do_try_state().unwrap();
                assert_eq!(Compute::exposed(&PROVIDER), batches.iter().sum::<u128>());
                assert!(Compute::exposed(&PROVIDER) <= Compute::active_bond(&PROVIDER));
                for who in [VAL, PUBLISHER, ver(0), ver(1), ver(2)] {
                    assert_eq!(free(&who) + held(&who), ENDOWED);
                }
                assert_eq!(free(&PROVIDER) + held(&PROVIDER), ENDOWED - slashed);
            }
            assert!(Balances::total_issuance() >= 8 * ENDOWED + 20 - slashed);
        });
    }
}
