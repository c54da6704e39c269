//! The bond outlasts what it answers for.

use super::harness::*;
use crate::{
    configs::unbonding::{UnbondingPeriod, Windows},
    genesis,
    parameters::{bounded, params},
    Parameters, Runtime, RuntimeOrigin, RuntimeParameters,
};
use frame_support::{assert_ok, traits::Get};
use pallet_governance::BondingBlocks;

#[test]
fn the_bonding_period_should_outlast_any_batch_in_each_preset() {
    for (preset, longest, unbonding) in [
        // max(5, 20 + 10) + 5 + (4 + 6 + 6 + 1) · 2 + 40 + 5: more than the chain's own 80 blocks of bonding.
        (genesis::DEVELOPMENT, 114, 115),
        (genesis::LOCAL, 114, 115),
        // max(17, 100 + 14,400) + 17 + (4 + 20 + 10 + 1) · 2 + 40 + 17
        (genesis::PRODUCTION, 14_644, 201_600),
    ] {
        at_genesis(preset).execute_with(|| {
            let bonding: u32 = BondingBlocks::<Runtime>::get();
            assert_eq!(Windows::now().longest_batch(), longest, "{preset}");
            let period = <Runtime as pallet_compute::Config>::UnbondingPeriod::get();
            assert_eq!(period, unbonding, "{preset}");
            assert!(period > longest && period >= bonding);
        });
    }
}

#[test]
fn the_unbonding_period_should_grow_with_windows_that_governance_makes_longer() {
    local().execute_with(|| {
        use params::{audit, channels};
        let windows = [
            RuntimeParameters::Channels(channels::Parameters::MaxNotice(channels::MaxNotice, Some(u32::MAX))),
            RuntimeParameters::Audit(audit::Parameters::CommitWindow(audit::CommitWindow, Some(u32::MAX))),
            RuntimeParameters::Audit(audit::Parameters::RevealWindow(audit::RevealWindow, Some(u32::MAX))),
            RuntimeParameters::Audit(audit::Parameters::RedrawAfter(audit::RedrawAfter, Some(u32::MAX))),
            RuntimeParameters::Audit(audit::Parameters::BeaconWindow(audit::BeaconWindow, Some(u32::MAX))),
            RuntimeParameters::Audit(audit::Parameters::ReleaseUndrawn(
                audit::ReleaseUndrawn,
                Some(u32::MAX),
            )),
        ];
        for window in windows {
            assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), window));
            assert!(UnbondingPeriod::get() > Windows::now().longest_batch());
        }
        assert_eq!(Windows::now(), Windows::LONGEST);
        assert_eq!(bounded::MaxNotice::get(), 14_400);
    });
}
