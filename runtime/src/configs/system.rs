//! The system, time, balances and fees.

use crate::{
    constants::{currency::EXISTENTIAL_DEPOSIT, time::SLOT_MILLIS},
    fees::{BurnHalfRestToAuthor, FeeAdjustment, LengthFee, WeightFee},
    filters::RootOnly,
    weights, AccountId, Babe, Balance, Balances, Block, BlockNumber, Migrations, Moment, Nonce, PalletInfo,
    Runtime, RuntimeCall, RuntimeEvent, RuntimeFreezeReason, RuntimeHoldReason, RuntimeOrigin, RuntimeTask,
    SafeMode, System, TxPause, VERSION,
};
use frame_support::{
    derive_impl, parameter_types,
    traits::{ConstU16, ConstU32, ConstU64, ConstU8, InsideBoth, VariantCountOf},
};
use sp_version::RuntimeVersion;

parameter_types! {
    /// How many block hashes the chain remembers: a mortal transaction may be as old.
    pub const BlockHashCount: BlockNumber = 4_096;
    /// The version of this runtime.
    pub const Version: RuntimeVersion = VERSION;
    /// The least that an account holds.
    pub const ExistentialDeposit: Balance = EXISTENTIAL_DEPOSIT;
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type Block = Block;
    type Nonce = Nonce;
    type AccountId = AccountId;
    type AccountData = pallet_balances::AccountData<Balance>;
    type BaseCallFilter = InsideBoth<RootOnly, InsideBoth<SafeMode, TxPause>>;
    type BlockHashCount = BlockHashCount;
    type BlockLength = weights::Length;
    type BlockWeights = weights::Weights;
    type DbWeight = weights::Database;
    type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
    type MultiBlockMigrator = Migrations;
    type SingleBlockMigrations = crate::migrations::InTheBlock;
    type SS58Prefix = ConstU16<42>;
    type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
    type Version = Version;
}

impl pallet_timestamp::Config for Runtime {
    type Moment = Moment;
    type OnTimestampSet = Babe;
    type MinimumPeriod = ConstU64<{ SLOT_MILLIS / 2 }>;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type Balance = Balance;
    type AccountStore = System;
    type DoneSlashHandler = ();
    type DustRemoval = ();
    type ExistentialDeposit = ExistentialDeposit;
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ConstU32<50>;
    type ReserveIdentifier = [u8; 8];
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type FeeMultiplierUpdate = FeeAdjustment;
    type LengthToFee = LengthFee;
    type OnChargeTransaction = pallet_transaction_payment::FungibleAdapter<Balances, BurnHalfRestToAuthor>;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
    type WeightToFee = WeightFee;
}
