//! The market's pallets. What each needs from the others is plugged in [`super::ports`].

use super::{
    governance::TreasuryAccount,
    locks::MarketMoney,
    ports::{
        AuditsPort, Beacon, BookPort, FraudReports, ListingsPort, ProxyLinks, SalesPort, ValidatorsPort,
    },
    rewards::TradesPort,
    stake::StakeWatch,
    unbonding::{FinalitySlack, UnbondingPeriod},
};
use crate::{
    constants::time::DAYS, parameters::bounded, AccountId, Authorship, Balance, Balances, BlockNumber,
    Runtime, RuntimeCall, RuntimeHoldReason, Session, TransactionPayment,
};
use codec::MaxEncodedLen;
use frame_support::{
    dispatch::DispatchInfo,
    parameter_types,
    traits::{ConstU32, EitherOf, Get},
    PalletId,
};
use frame_system::{offchain::CreateAuthorizedTransaction, EnsureRoot};
use pallet_governance::{EnsureMarketplaceAdmin, EnsureModerator};
use pallet_licensing::WeightInfo as _;
use souk_primitives::{complaint::Complaint, exposure::Chance, split::Fees};
use sp_runtime::{traits::TransactionExtension, transaction_validity::TransactionPriority};

parameter_types! {
    /// For how long what has ended stays readable.
    pub const HistoryDepth: BlockNumber = DAYS;
    /// Account of the prepaid audit fees.
    pub const AttestationPot: PalletId = PalletId(*b"souk/att");
    /// Account that keeps shares of sales for who could not take them, and gathers those of metered use.
    pub const LicensingClaims: PalletId = PalletId(*b"souk/lic");
    /// Reports come before everything else in the pool: they have deadlines.
    pub const ReportPriority: TransactionPriority = TransactionPriority::MAX / 2;
}

/// Who admits specs to audits and to rewards, and decides appeals: governance.
pub type MarketplaceOrigin = EitherOf<EnsureRoot<AccountId>, EnsureMarketplaceAdmin>;
/// Who appoints moderators, and delists itself.
pub type ModeratorOrigin = EitherOf<EnsureRoot<AccountId>, EnsureModerator>;

/// For how long a spec outlives its last provider: a channel's longest life, its grace, and a day for its audits.
pub struct SpecRetention;
impl Get<BlockNumber> for SpecRetention {
    fn get() -> BlockNumber {
        bounded::MaxLifetime::get().saturating_add(bounded::CloseGrace::get()).saturating_add(DAYS)
    }
}

/// Least audit chance.
pub struct MinChance;
impl Get<Chance> for MinChance {
    fn get() -> Chance {
        Chance::from_millionths(bounded::MinChance::get().deconstruct())
    }
}

/// Fees of a batch. The flat fee per report is the spec's own.
pub struct MarketFees;
impl Get<Fees> for MarketFees {
    fn get() -> Fees {
        Fees {
            protocol: bounded::ProtocolFee::get().deconstruct(),
            audit: bounded::AuditFee::get().deconstruct(),
            report: 0,
            seats: bounded::CommitteeSize::get(),
            window: bounded::BeaconWindow::get(),
        }
    }
}

/// The protocol's share of a price, in millionths.
pub struct SalesFee;
impl Get<u32> for SalesFee {
    fn get() -> u32 {
        bounded::ProtocolFee::get().deconstruct()
    }
}

/// What the largest complaint costs now, with the address, the signature and the extensions around it.
pub struct ComplaintFee;
impl ComplaintFee {
    /// Bytes of a signed transaction around its call.
    const ENVELOPE: u32 = 256;
}
impl Get<Balance> for ComplaintFee {
    fn get() -> Balance {
        let call_weight = pallet_licensing::weights::SubstrateWeight::<Runtime>::complain();
        let length = u32::try_from(Complaint::max_encoded_len()).unwrap_or(u32::MAX);
        let extension = <Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_extension();
        // None of the extensions weighs by the call.
        let any = RuntimeCall::from(frame_system::Call::remark { remark: Default::default() });
        let extension_weight = TransactionExtension::<RuntimeCall>::weight(&extension, &any);
        let info = DispatchInfo { call_weight, extension_weight, ..DispatchInfo::default() };
        TransactionPayment::compute_fee(length.saturating_add(Self::ENVELOPE), &info, 0)
    }
}

/// The author of the current block.
pub struct BlockAuthor;
impl Get<Option<AccountId>> for BlockAuthor {
    fn get() -> Option<AccountId> {
        Authorship::author()
    }
}

/// Index of the current session.
pub struct SessionIndex;
impl Get<u32> for SessionIndex {
    fn get() -> u32 {
        Session::current_index()
    }
}

impl pallet_listings::Config for Runtime {
    type Currency = MarketMoney;
    type RuntimeHoldReason = RuntimeHoldReason;
    type ModeratorAdmin = ModeratorOrigin;
    type ModeratorOrigin = ModeratorOrigin;
    type AppealOrigin = MarketplaceOrigin;
    type Dependents = ListingsPort;
    type Payments = SalesPort;
    type Clock = pallet_governance::LiveBlock<Runtime>;
    type AppealPeriod = bounded::NoticePeriod;
    type AppealWindow = bounded::AppealWindow;
    type CaseBond = bounded::CaseBond;
    type MinModeratorBond = bounded::MinModeratorBond;
    type AppealDeposit = bounded::AppealDeposit;
    type ListingDeposit = bounded::ListingDeposit;
    type VersionDeposit = bounded::VersionDeposit;
    type OfferDeposit = bounded::OfferDeposit;
    type ByteDeposit = bounded::ByteDeposit;
    type MaxVersions = ConstU32<256>;
    type WeightInfo = pallet_listings::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = super::benchmarks::Stage;
}

impl pallet_compute::Config for Runtime {
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type CalibrationOrigin = MarketplaceOrigin;
    type Listings = ListingsPort;
    type Validators = ValidatorsPort;
    type Links = ProxyLinks;
    type BondWatch = StakeWatch;
    type Clock = pallet_governance::LiveBlock<Runtime>;
    type MinProviderBond = bounded::MinProviderBond;
    type MinVerifierBond = bounded::MinVerifierBond;
    type SpecDeposit = bounded::SpecDeposit;
    type DrainNotice = bounded::DrainNotice;
    type UnbondingPeriod = UnbondingPeriod;
    type VerifierNotice = bounded::VerifierNotice;
    type SpecRetention = SpecRetention;
    type MinVerifiers = bounded::MinVerifiers;
    type MinVerifierStake = bounded::MinVerifierStake;
    type MaxSilence = bounded::MaxSilence;
    type SafetyFactor = bounded::SafetyFactor;
    type QMin = MinChance;
    type WeightInfo = pallet_compute::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = super::benchmarks::Stage;
}

impl pallet_channels::Config for Runtime {
    type Currency = MarketMoney;
    type RuntimeHoldReason = RuntimeHoldReason;
    type Providers = BookPort;
    type Audits = AuditsPort;
    type Publishers = SalesPort;
    type Trades = TradesPort;
    type Vrf = Beacon;
    type Clock = pallet_governance::LiveBlock<Runtime>;
    type Treasury = TreasuryAccount;
    type Fees = MarketFees;
    type MinBatch = bounded::MinBatch;
    type SafetyFactor = bounded::SafetyFactor;
    type QMin = MinChance;
    type CloseGrace = bounded::CloseGrace;
    type MaxExpiry = bounded::MaxLifetime;
    type MaxNotice = bounded::MaxNotice;
    type HistoryDepth = HistoryDepth;
    type MaxChannels = bounded::MaxOpenPerPair;
    type MaxOpenBatches = ConstU32<256>;
    type MaxSettlements = ConstU32<64>;
    type WeightInfo = pallet_channels::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = super::benchmarks::Stage;
}

impl pallet_attestation::Config for Runtime {
    type Currency = Balances;
    type PalletId = AttestationPot;
    type Batches = AuditsPort;
    type Verifiers = BookPort;
    type Bonds = BookPort;
    type Offences = FraudReports;
    type Tasks = AuditsPort;
    type Beacon = Beacon;
    type Author = BlockAuthor;
    type Clock = pallet_governance::LiveBlock<Runtime>;
    type SessionIndex = SessionIndex;
    type Window = bounded::BeaconWindow;
    type Seats = bounded::CommitteeSize;
    type FinalitySlack = FinalitySlack;
    type CommitWindow = bounded::CommitWindow;
    type RevealWindow = bounded::RevealWindow;
    type RedrawAfter = bounded::RedrawAfter;
    type ReleaseAfter = bounded::ReleaseUndrawn;
    type HistoryDepth = HistoryDepth;
    type MaxTasks = ConstU32<128>;
    type UnsignedPriority = ReportPriority;
    type WeightInfo = pallet_attestation::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = super::benchmarks::Stage;
}

impl pallet_licensing::Config for Runtime {
    type Currency = MarketMoney;
    type RuntimeHoldReason = RuntimeHoldReason;
    type PalletId = LicensingClaims;
    type Catalogue = ListingsPort;
    type Trades = TradesPort;
    type Clock = pallet_governance::LiveBlock<Runtime>;
    type Treasury = TreasuryAccount;
    type ProtocolFee = SalesFee;
    type ComplaintFee = ComplaintFee;
    type MaxDelivery = bounded::MaxDelivery;
    type AcceptWindow = bounded::AcceptWindow;
    type RevealWindow = bounded::RevealKey;
    type ComplainWindow = bounded::ComplainWindow;
    type CancelAfter = bounded::CancelAfter;
    type MaxOpen = bounded::MaxOpenPurchases;
    type PayoutAfter = bounded::PayoutAfter;
    type StoreDeposit = bounded::StoreDeposit;
    type HistoryDepth = HistoryDepth;
    type WeightInfo = pallet_licensing::weights::SubstrateWeight<Runtime>;
    #[cfg(feature = "runtime-benchmarks")]
    type BenchmarkHelper = super::benchmarks::Stage;
}
