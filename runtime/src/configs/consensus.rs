//! Blocks, finality, sessions, offences.

use super::rewards::WithEpochs;
use crate::{
    constants::{currency::SOUK, time::SLOT_MILLIS},
    disabling::FromThreshold,
    AccountId, Babe, Balance, Balances, Historical, ImOnline, Offences, Runtime, RuntimeEvent, Session,
    SessionKeys, Staking,
};
use frame_support::{
    parameter_types,
    traits::{ConstU32, ConstU64, KeyOwnerProofSystem},
};
use pallet_governance::{EpochSlots, OffenceLongevity, SetIdSessionEntries};
use pallet_session::disabling::UpToLimitWithReEnablingDisablingStrategy;
use sp_core::crypto::KeyTypeId;
use sp_runtime::{
    traits::{ConvertInto, OpaqueKeys},
    transaction_validity::TransactionPriority,
};

parameter_types! {
    /// Heartbeats come after audit reports and before what users send.
    pub const HeartbeatPriority: TransactionPriority = TransactionPriority::MAX / 4;
    /// What registering session keys holds.
    pub const KeyDeposit: Balance = SOUK;
}

/// Validators whose keys fit into a session.
pub type MaxAuthorities = ConstU32<1_000>;
/// Nominators of one validator that an equivocation report's weight counts.
pub type MaxNominators = ConstU32<256>;

impl pallet_babe::Config for Runtime {
    type EpochDuration = EpochSlots<Runtime>;
    type ExpectedBlockTime = ConstU64<SLOT_MILLIS>;
    type EpochChangeTrigger = pallet_babe::ExternalTrigger;
    type DisabledValidators = Session;
    type WeightInfo = ();
    type MaxAuthorities = MaxAuthorities;
    type MaxNominators = MaxNominators;
    type KeyOwnerProof =
        <Historical as KeyOwnerProofSystem<(KeyTypeId, sp_consensus_babe::AuthorityId)>>::Proof;
    type EquivocationReportSystem =
        pallet_babe::EquivocationReportSystem<Self, Offences, Historical, OffenceLongevity<Runtime>>;
}

impl pallet_grandpa::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type MaxAuthorities = MaxAuthorities;
    type MaxNominators = MaxNominators;
    type MaxSetIdSessionEntries = SetIdSessionEntries<Runtime>;
    type KeyOwnerProof =
        <Historical as KeyOwnerProofSystem<(KeyTypeId, sp_consensus_grandpa::AuthorityId)>>::Proof;
    type EquivocationReportSystem =
        pallet_grandpa::EquivocationReportSystem<Self, Offences, Historical, OffenceLongevity<Runtime>>;
}

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = ConvertInto;
    type ShouldEndSession = Babe;
    type NextSessionRotation = Babe;
    type SessionManager = WithEpochs<pallet_session::historical::NoteHistoricalRoot<Self, Staking>>;
    type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
    type Keys = SessionKeys;
    type DisablingStrategy = FromThreshold<UpToLimitWithReEnablingDisablingStrategy>;
    type Currency = Balances;
    type KeyDeposit = KeyDeposit;
    type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
}

impl pallet_session::historical::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type FullIdentification = ();
    type FullIdentificationOf = pallet_staking::UnitIdentificationOf<Self>;
}

impl pallet_offences::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type IdentificationTuple = pallet_session::historical::IdentificationTuple<Self>;
    type OnOffenceHandler = Staking;
}

impl pallet_authorship::Config for Runtime {
    type FindAuthor = pallet_session::FindAccountFromAuthorIndex<Self, Babe>;
    type EventHandler = (Staking, ImOnline);
}

impl pallet_authority_discovery::Config for Runtime {
    type MaxAuthorities = MaxAuthorities;
}

/// Reports validators that were silent for a session: they neither authored a block nor sent a heartbeat.
impl pallet_im_online::Config for Runtime {
    type AuthorityId = pallet_im_online::sr25519::AuthorityId;
    type MaxKeys = MaxAuthorities;
    type MaxPeerInHeartbeats = ConstU32<10_000>;
    type RuntimeEvent = RuntimeEvent;
    type ValidatorSet = Historical;
    type NextSessionRotation = Babe;
    type ReportUnresponsiveness = Offences;
    type UnsignedPriority = HeartbeatPriority;
    type WeightInfo = pallet_im_online::weights::SubstrateWeight<Runtime>;
}
