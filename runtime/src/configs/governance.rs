//! The clock, the parameters, upgrades, and the brakes.

use super::{locks::MarketHolds, stake::ActiveStakes};
use crate::{
    constants::time::{DAYS, HOURS},
    filters::{SafeModeWhitelist, TxPauseWhitelist},
    parameters::Overrides,
    weights::Weights,
    AccountId, Balance, Balances, BlockNumber, Migrations, Runtime, RuntimeCall, RuntimeEvent,
    RuntimeHoldReason, RuntimeParameters, SafeMode,
};
use frame_support::{
    migrations::{EnterSafeModeOnFailedMigration, FreezeChainOnFailedMigration, MultiStepMigrator},
    parameter_types,
    traits::{AsEnsureOriginWithArg, ConstU32, EitherOf, Get},
    weights::Weight,
    PalletId,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess, EnsureWithSuccess};
use pallet_governance::{EnsureEmergency, EnsureParameterAdmin};
use sp_runtime::{traits::AccountIdConversion, Perbill};

parameter_types! {
    /// What migrations may use of a block.
    pub MigrationWeight: Weight = Perbill::from_percent(80) * Weights::get().max_block;
    /// How long one call puts the chain into safe mode.
    pub const SafeModeDuration: BlockNumber = 4 * HOURS;
    /// By how much one call prolongs it.
    pub const SafeModeExtension: BlockNumber = 2 * HOURS;
    /// Safe mode can't be bought.
    pub const NoDeposit: Option<Balance> = None;
    /// So nothing is ever released.
    pub const NoRelease: Option<BlockNumber> = None;
    /// The treasury's account.
    pub TreasuryAccount: AccountId = PalletId(*b"py/trsry").into_account_truncating();
}

// A forced stop must end by itself.
const _: () = assert!(SafeModeDuration::get() <= DAYS);

/// Who pulls the brakes and lets them go.
pub type EmergencyOrigin = EitherOf<EnsureRoot<AccountId>, EnsureEmergency>;

/// Whether those who must act by a deadline may not: in safe mode, and while an upgrade's migrations run. Calls that end
/// an obligation can't be paused.
pub struct MarketHalted;
impl Get<bool> for MarketHalted {
    fn get() -> bool {
        SafeMode::is_entered() || <Migrations as MultiStepMigrator>::ongoing()
    }
}

/// The staking era that runs.
pub struct ActiveEra;
impl Get<u32> for ActiveEra {
    fn get() -> u32 {
        pallet_staking::ActiveEra::<Runtime>::get().map_or(0, |era| era.index)
    }
}

impl pallet_governance::Config for Runtime {
    type GenesisParameters = Overrides;
    type Halted = MarketHalted;
    type Era = ActiveEra;
    type Stakes = ActiveStakes;
    type PayableHolds = MarketHolds;
    type EmergencyOrigin = EmergencyOrigin;
    type MaxHold = ConstU32<DAYS>;
    type MaxStale = ConstU32<1_000>;
    type WeightInfo = pallet_governance::weights::SubstrateWeight<Runtime>;
}

impl pallet_parameters::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeParameters = RuntimeParameters;
    type AdminOrigin = AsEnsureOriginWithArg<EitherOf<EnsureRoot<AccountId>, EnsureParameterAdmin>>;
    type WeightInfo = ();
}

impl pallet_migrations::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    #[cfg(not(feature = "runtime-benchmarks"))]
    type Migrations = crate::migrations::OverBlocks;
    #[cfg(feature = "runtime-benchmarks")]
    type Migrations = pallet_migrations::mock_helpers::MockedMigrations;
    type CursorMaxLen = ConstU32<65_536>;
    type IdentifierMaxLen = ConstU32<256>;
    type MigrationStatusHandler = ();
    type FailedMigrationHandler = EnterSafeModeOnFailedMigration<SafeMode, FreezeChainOnFailedMigration>;
    type MaxServiceWeight = MigrationWeight;
    type WeightInfo = pallet_migrations::weights::SubstrateWeight<Runtime>;
}

impl pallet_safe_mode::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Currency = Balances;
    type WhitelistedCalls = SafeModeWhitelist;
    type EnterDuration = SafeModeDuration;
    type ExtendDuration = SafeModeExtension;
    type EnterDepositAmount = NoDeposit;
    type ExtendDepositAmount = NoDeposit;
    type ForceEnterOrigin = EitherOf<
        EnsureRootWithSuccess<AccountId, SafeModeDuration>,
        EnsureWithSuccess<EnsureEmergency, AccountId, SafeModeDuration>,
    >;
    type ForceExtendOrigin = EitherOf<
        EnsureRootWithSuccess<AccountId, SafeModeExtension>,
        EnsureWithSuccess<EnsureEmergency, AccountId, SafeModeExtension>,
    >;
    type ForceExitOrigin = EmergencyOrigin;
    type ForceDepositOrigin = EnsureRoot<AccountId>;
    type Notify = ();
    type ReleaseDelay = NoRelease;
    type WeightInfo = pallet_safe_mode::weights::SubstrateWeight<Runtime>;
}

impl pallet_tx_pause::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PauseOrigin = EmergencyOrigin;
    type UnpauseOrigin = EmergencyOrigin;
    type WhitelistedCalls = TxPauseWhitelist;
    type MaxNameLen = ConstU32<256>;
    type WeightInfo = pallet_tx_pause::weights::SubstrateWeight<Runtime>;
}

/// Only the development presets set a key; without one no call of it succeeds.
impl pallet_sudo::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}
