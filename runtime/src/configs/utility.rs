//! Batches, proxies, multisigs, preimages, the scheduler, identities.

use crate::{
    constants::{
        currency::{deposit, MILLISOUK, SOUK},
        time::DAYS,
    },
    filters::ProxyType,
    weights::Weights,
    AccountId, Balance, Balances, BlockNumber, OriginCaller, Preimage, Runtime, RuntimeCall, RuntimeEvent,
    RuntimeHoldReason, RuntimeOrigin, Signature, System,
};
use frame_support::{
    parameter_types,
    traits::{fungible::HoldConsideration, ConstU32, EqualPrivilegeOnly, LinearStoragePrice},
    weights::Weight,
};
use frame_system::EnsureRoot;
use pallet_identity::legacy::IdentityInfo;
use sp_runtime::{
    traits::{BlakeTwo256, Verify},
    Perbill,
};

parameter_types! {
    /// Deposit for having proxies: one storage item, 16 bytes.
    pub const ProxyDepositBase: Balance = deposit(1, 16);
    /// Deposit for each proxy: 32 bytes of account and one of type, four of delay.
    pub const ProxyDepositFactor: Balance = deposit(0, 37);
    /// Deposit for having announcements.
    pub const AnnouncementDepositBase: Balance = deposit(1, 16);
    /// Deposit for each announcement.
    pub const AnnouncementDepositFactor: Balance = deposit(0, 68);
    /// Deposit for a multisig operation.
    pub const MultisigDepositBase: Balance = deposit(1, 88);
    /// Deposit for each signatory that it needs.
    pub const MultisigDepositFactor: Balance = deposit(0, 32);
    /// Deposit for a preimage.
    pub const PreimageBase: Balance = deposit(2, 64);
    /// Deposit for each byte of it.
    pub const PreimageByte: Balance = deposit(0, 1);
    /// Why a preimage's deposit is held.
    pub const PreimageHold: RuntimeHoldReason = RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
    /// What scheduled calls may use of a block.
    pub SchedulerWeight: Weight = Perbill::from_percent(50) * Weights::get().max_block;
    /// Deposit for an identity.
    pub const IdentityDeposit: Balance = SOUK;
    /// Deposit for each byte of it.
    pub const IdentityByte: Balance = deposit(0, 1);
    /// Deposit for a sub-account.
    pub const SubAccountDeposit: Balance = deposit(1, 53);
    /// Deposit for a user name.
    pub const UsernameDeposit: Balance = 200 * MILLISOUK;
    /// Blocks in which a user name must be accepted.
    pub const UsernameExpiration: BlockNumber = 7 * DAYS;
    /// Blocks before an authority may take one back.
    pub const UsernameGrace: BlockNumber = 30 * DAYS;
}

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = OriginCaller;
    type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_proxy::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type ProxyType = ProxyType;
    type ProxyDepositBase = ProxyDepositBase;
    type ProxyDepositFactor = ProxyDepositFactor;
    type MaxProxies = ConstU32<32>;
    type MaxPending = ConstU32<32>;
    type CallHasher = BlakeTwo256;
    type AnnouncementDepositBase = AnnouncementDepositBase;
    type AnnouncementDepositFactor = AnnouncementDepositFactor;
    type BlockNumberProvider = System;
    type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
}

impl pallet_multisig::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type DepositBase = MultisigDepositBase;
    type DepositFactor = MultisigDepositFactor;
    type MaxSignatories = ConstU32<100>;
    type BlockNumberProvider = System;
    type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
}

impl pallet_preimage::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Balances;
    type ManagerOrigin = EnsureRoot<AccountId>;
    type Consideration = HoldConsideration<
        AccountId,
        Balances,
        PreimageHold,
        LinearStoragePrice<PreimageBase, PreimageByte, Balance>,
    >;
    type WeightInfo = pallet_preimage::weights::SubstrateWeight<Runtime>;
}

impl pallet_scheduler::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeOrigin = RuntimeOrigin;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = OriginCaller;
    type MaximumWeight = SchedulerWeight;
    type ScheduleOrigin = EnsureRoot<AccountId>;
    type OriginPrivilegeCmp = EqualPrivilegeOnly;
    type MaxScheduledPerBlock = ConstU32<512>;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
    type WeightInfo = pallet_scheduler::weights::SubstrateWeight<Runtime>;
}

impl pallet_identity::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Balances;
    type BasicDeposit = IdentityDeposit;
    type ByteDeposit = IdentityByte;
    type UsernameDeposit = UsernameDeposit;
    type SubAccountDeposit = SubAccountDeposit;
    type MaxSubAccounts = ConstU32<100>;
    type IdentityInformation = IdentityInfo<ConstU32<100>>;
    type MaxRegistrars = ConstU32<20>;
    type Slashed = ();
    type ForceOrigin = EnsureRoot<AccountId>;
    type RegistrarOrigin = EnsureRoot<AccountId>;
    type OffchainSignature = Signature;
    type SigningPublicKey = <Signature as Verify>::Signer;
    type UsernameAuthorityOrigin = EnsureRoot<AccountId>;
    type PendingUsernameExpiration = UsernameExpiration;
    type UsernameGracePeriod = UsernameGrace;
    type MaxSuffixLength = ConstU32<7>;
    type MaxUsernameLength = ConstU32<32>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = ();
    type WeightInfo = pallet_identity::weights::SubstrateWeight<Runtime>;
}
