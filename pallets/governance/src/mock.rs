//! A runtime with this pallet and two parameters.

use crate as pallet_governance;
use alloc::vec::Vec;
use frame_support::{
    derive_impl,
    dynamic_params::{dynamic_pallet_params, dynamic_params},
    traits::AsEnsureOriginWithArg,
};
use frame_system::EnsureRoot;
use serde::{Deserialize, Serialize};
use sp_runtime::BuildStorage;

pub const ALICE: u64 = 1;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Parameters: pallet_parameters,
        Governance: pallet_governance,
    }
);

#[dynamic_params(RuntimeParameters, pallet_parameters::Parameters::<Test>)]
pub mod params {
    use super::*;

    #[dynamic_pallet_params]
    #[codec(index = 0)]
    pub mod audit {
        #[codec(index = 0)]
        pub static Window: u32 = 16;
        #[codec(index = 1)]
        pub static Commit: u32 = 20;
    }
}

#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Overrides {
    pub window: Option<u32>,
}

impl From<Overrides> for Vec<RuntimeParameters> {
    fn from(o: Overrides) -> Self {
        use params::audit;
        // A key without a value must leave the default alone.
        alloc::vec![
            RuntimeParameters::Audit(audit::Parameters::Window(audit::Window, o.window)),
            RuntimeParameters::Audit(audit::Parameters::Commit(audit::Commit, None)),
        ]
    }
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = frame_system::mocking::MockBlock<Test>;
}

impl pallet_parameters::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeParameters = RuntimeParameters;
    type AdminOrigin = AsEnsureOriginWithArg<EnsureRoot<u64>>;
    type WeightInfo = ();
}

frame_support::parameter_types! {
    pub static Halted: bool = false;
}

impl pallet_governance::Config for Test {
    type GenesisParameters = Overrides;
    type Halted = Halted;
}

pub fn externalities(timing: pallet_governance::Timing, overrides: Overrides) -> sp_io::TestExternalities {
    RuntimeGenesisConfig {
        governance: pallet_governance::GenesisConfig { timing, parameters: overrides },
        ..Default::default()
    }
    .build_storage()
    .unwrap()
    .into()
}
