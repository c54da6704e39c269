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
    for (preset, longest) in [
        // max(5, 20 + 10) + 5 + (4 + 6 + 4 + 1) · 2 + 10
        (genesis::DEVELOPMENT, 75),
        (genesis::LOCAL, 75),
        // max(17, 100 + 14,400) + 17 + (4 + 20 + 10 + 1) · 2 + 40
        (genesis::PRODUCTION, 14_627),
    ] {
        at_genesis(preset).execute_with(|| {
            let bonding: u32 = BondingBlocks::<Runtime>::get();
            assert_eq!(Windows::now().longest_batch(), longest, "{preset}");
            assert!(bonding > longest, "{preset}: {bonding} blocks of bonding");
            // So the pallet's period is the chain's own.
            assert_eq!(<Runtime as pallet_compute::Config>::UnbondingPeriod::get(), bonding);
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
