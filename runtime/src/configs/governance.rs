//! The clock, the parameters, upgrades, and the brakes.

use crate::{
    constants::time::{DAYS, HOURS},
    filters::{SafeModeWhitelist, TxPauseWhitelist},
    parameters::Overrides,
    weights::Weights,
    AccountId, Balance, Balances, BlockNumber, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason,
    RuntimeParameters, SafeMode,
};
use frame_support::{
    migrations::{EnterSafeModeOnFailedMigration, FreezeChainOnFailedMigration},
    parameter_types,
    traits::{AsEnsureOriginWithArg, ConstU32, Get},
    weights::Weight,
    PalletId,
};
use frame_system::{EnsureRoot, EnsureRootWithSuccess};
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

/// Whether those who must act by a deadline may not: in safe mode. Calls that end an obligation can't be paused.
pub struct MarketHalted;
impl Get<bool> for MarketHalted {
    fn get() -> bool {
        SafeMode::is_entered()
    }
}

impl pallet_governance::Config for Runtime {
    type GenesisParameters = Overrides;
    type Halted = MarketHalted;
}

impl pallet_parameters::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeParameters = RuntimeParameters;
    type AdminOrigin = AsEnsureOriginWithArg<EnsureRoot<AccountId>>;
    type WeightInfo = ();
}

impl pallet_migrations::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    #[cfg(not(feature = "runtime-benchmarks"))]
    type Migrations = ();
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
    type ForceEnterOrigin = EnsureRootWithSuccess<AccountId, SafeModeDuration>;
    type ForceExtendOrigin = EnsureRootWithSuccess<AccountId, SafeModeExtension>;
    type ForceExitOrigin = EnsureRoot<AccountId>;
    type ForceDepositOrigin = EnsureRoot<AccountId>;
    type Notify = ();
    type ReleaseDelay = NoRelease;
    type WeightInfo = pallet_safe_mode::weights::SubstrateWeight<Runtime>;
}

impl pallet_tx_pause::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PauseOrigin = EnsureRoot<AccountId>;
    type UnpauseOrigin = EnsureRoot<AccountId>;
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
