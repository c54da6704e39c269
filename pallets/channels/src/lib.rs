#![doc = include_str!("../README.md")]
#![cfg_attr(not(feature = "std"), no_std)]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing
    )
)]

extern crate alloc;

mod batches;
#[cfg(feature = "runtime-benchmarks")]
pub mod benchmarking;
mod closing;
mod conduct;
mod events;
mod housekeeping;
mod invariants;
mod money;
mod opening;
pub mod ports;
mod queue;
#[cfg(any(test, feature = "rehearsal"))]
pub mod rehearsal;
mod seeds;
mod settlement;
pub mod state;
pub mod types;
mod views;
pub mod weights;

#[cfg(test)]
mod mock;
#[cfg(test)]
mod tests;

use frame_support::pallet_macros::import_section;
pub use pallet::*;
pub use weights::WeightInfo;

// The macros' own code expects what they have checked; `open` takes plain arguments, for wallets.
#[allow(clippy::expect_used, clippy::too_many_arguments)]
#[import_section(events::events)]
#[frame_support::pallet]
pub mod pallet {
    use super::{
        ports::{AuditSink, ProviderBook, Publishers, Trades},
        types::*,
        WeightInfo,
    };
    use alloc::boxed::Box;
    use frame_support::{pallet_prelude::*, traits::fungible, weights::WeightMeter};
    use frame_system::pallet_prelude::*;
    use souk_primitives::{
        batch::Batch,
        call::{Prices, Voucher},
        close::CloseReason,
        exposure::Chance,
        split::Fees,
        sr25519::Signature,
        AccountId, Balance, BatchId, BlockNumber, ChannelId, Digest, SpecId,
    };

    /// Most limits that one consumer may set.
    pub const MAX_LIMITS: u32 = 64;
    /// Most opening blocks that may wait for a VRF.
    pub const MAX_UNSEEDED: u32 = 16;

    /// Version of what is stored.
    const STORAGE_VERSION: StorageVersion =
        StorageVersion::new(if cfg!(feature = "rehearsal") { 2 } else { 1 });

    /// The pallet.
    #[pallet::pallet]
    #[pallet::storage_version(STORAGE_VERSION)]
    pub struct Pallet<T>(_);

    /// Configuration of the pallet.
    #[pallet::config]
    pub trait Config: frame_system::Config<AccountId = AccountId, Hash = sp_core::H256> {
        /// Money.
        type Currency: fungible::Inspect<AccountId, Balance = Balance>
            + fungible::InspectHold<AccountId, Reason = Self::RuntimeHoldReason>
            + fungible::MutateHold<AccountId>;

        /// The runtime's hold reasons.
        type RuntimeHoldReason: From<HoldReason>;

        /// Providers and their bonds.
        type Providers: ProviderBook;

        /// Audits.
        type Audits: AuditSink;

        /// Publishers of what is served.
        type Publishers: Publishers;

        /// Who learns of paid calls.
        type Trades: Trades;

        /// The parent block's VRF output; `None` in block 1.
        type Vrf: Get<Option<Digest>>;

        /// Live blocks so far.
        type Clock: Get<BlockNumber>;

        /// Gets half of the protocol fee.
        type Treasury: Get<AccountId>;

        /// Fees of a released batch; the flat fee per report comes from [`AuditSink::report_fee`].
        type Fees: Get<Fees>;

        /// Least deposit, and least value of a batch except at the end of a channel.
        type MinBatch: Get<Balance>;

        /// `m` of the exposure rule.
        type SafetyFactor: Get<u32>;

        /// Least audit chance, by which double receipts are slashed.
        type QMin: Get<Chance>;

        /// Live blocks between `close` and `sweep`.
        type CloseGrace: Get<BlockNumber>;

        /// Live blocks for which a channel may be opened at most.
        type MaxExpiry: Get<BlockNumber>;

        /// Live blocks by which a consumer may delay releases at most.
        type MaxNotice: Get<BlockNumber>;

        /// Real blocks for which what has ended stays readable.
        type HistoryDepth: Get<BlockNumber>;

        /// Most channels of one consumer with one provider, and how many a consumer without a limit may have.
        type MaxChannels: Get<u32>;

        /// Most open batches of a provider.
        type MaxOpenBatches: Get<u32>;

        /// Most vouchers in one `settle_many`.
        #[pallet::constant]
        type MaxSettlements: Get<u32>;

        /// Weights.
        type WeightInfo: WeightInfo;

        /// Sets the scene for benchmarks.
        #[cfg(feature = "runtime-benchmarks")]
        type BenchmarkHelper: crate::ports::BenchmarkHelper;
    }

    /// Why money is on hold.
    #[pallet::composite_enum]
    pub enum HoldReason {
        /// On the funder: what a channel has not settled.
        Channel,
        /// On the provider: what was settled and is neither released nor refunded.
        Pending,
    }

    /// Channels, closed ones until they are forgotten.
    #[pallet::storage]
    pub type Channels<T: Config> = StorageMap<_, Blake2_128Concat, ChannelId, Channel>;

    /// How many channels were ever opened: makes their ids distinct.
    #[pallet::storage]
    pub type ChannelCount<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// How many channels there were when the rehearsal's upgrade came.
    #[cfg(any(test, feature = "rehearsal"))]
    #[pallet::storage]
    pub type ChannelsBefore<T: Config> = StorageValue<_, u64, ValueQuery>;

    /// What was paid into each provider's channels when the rehearsal's upgrade came.
    #[cfg(any(test, feature = "rehearsal"))]
    #[pallet::storage]
    pub type DepositsTo<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, Balance, ValueQuery>;

    /// Channels by consumer, funder and provider.
    #[pallet::storage]
    pub type ChannelsOf<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, AccountId, Blake2_128Concat, ChannelId, ()>;

    /// Limits that consumers have set, by consumer and provider.
    #[pallet::storage]
    pub type Limits<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, AccountId, Blake2_128Concat, AccountId, Limit>;

    /// How many limits a consumer has set.
    #[pallet::storage]
    pub type LimitCount<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, u32, ValueQuery>;

    /// What consumers have in channels that are not closed, by consumer and provider.
    #[pallet::storage]
    pub type Usages<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, AccountId, Blake2_128Concat, AccountId, Usage, ValueQuery>;

    /// Opening blocks whose channels are remembered.
    #[pallet::storage]
    pub type SeedAt<T: Config> = StorageMap<_, Twox64Concat, BlockNumber, OpeningBlock, ValueQuery>;

    /// Opening blocks that wait for their VRF, oldest first.
    #[pallet::storage]
    pub type Unseeded<T: Config> =
        StorageValue<_, BoundedVec<BlockNumber, ConstU32<MAX_UNSEEDED>>, ValueQuery>;

    /// Open batches.
    #[pallet::storage]
    pub type Batches<T: Config> = StorageMap<_, Blake2_128Concat, BatchId, Batch>;

    /// Ended batches, until they are forgotten.
    #[pallet::storage]
    pub type Ended<T: Config> = StorageMap<_, Blake2_128Concat, BatchId, EndedBatch>;

    /// Batches by channel, ended ones until they are forgotten.
    #[pallet::storage]
    pub type BatchesOf<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, ChannelId, Blake2_128Concat, BatchId, ()>;

    /// What each provider has open.
    #[pallet::storage]
    pub type Lanes<T: Config> = StorageMap<_, Blake2_128Concat, AccountId, Lane, ValueQuery>;

    /// Increments that wait for room, by provider and place in its queue.
    #[pallet::storage]
    pub type Queue<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, AccountId, Twox64Concat, u32, Increment>;

    /// Refunds that their owner's account could not take (it had ceased to exist, and the amount is below the
    /// existential deposit), by provider and owner. They stay on the provider's pending hold until claimed.
    #[pallet::storage]
    pub type Unclaimed<T: Config> =
        StorageDoubleMap<_, Blake2_128Concat, AccountId, Blake2_128Concat, AccountId, Balance, ValueQuery>;

    /// What double receipts were slashed for, by channel and seq.
    #[pallet::storage]
    pub type DoubleReceipts<T: Config> = StorageMap<_, Blake2_128Concat, ChannelId, Doubles, ValueQuery>;

    /// Closing channels in the order of their deadlines.
    #[pallet::storage]
    pub type Sweeps<T: Config> = StorageMap<_, Twox64Concat, u64, (BlockNumber, ChannelId)>;

    /// Ends of the queue in [`Sweeps`].
    #[pallet::storage]
    pub type SweepSpan<T: Config> = StorageValue<_, Span, ValueQuery>;

    /// What is to be forgotten, in the order of its (real) block.
    #[pallet::storage]
    pub type Memories<T: Config> = StorageMap<_, Twox64Concat, u64, (BlockNumber, Memory)>;

    /// Ends of the queue in [`Memories`].
    #[pallet::storage]
    pub type MemorySpan<T: Config> = StorageValue<_, Span, ValueQuery>;

    /// Where the idle round over [`Lanes`] goes on.
    #[pallet::storage]
    pub type AdmitCursor<T: Config> = StorageValue<_, AccountId>;

    /// Why a call is refused, and so what to do next.
    #[pallet::error]
    #[derive(PartialEq, Eq)]
    pub enum Error<T> {
        /// There is no such channel, or it was forgotten.
        ChannelNotFound,
        /// Only the channel's provider may do that.
        NotProvider,
        /// Only the channel's funder may do that.
        NotFunder,
        /// Only the channel's consumer may do that before the channel expires.
        NotConsumer,
        /// The consumer has set no limit for this provider, which is how it agrees to channels that others fund.
        NotInvited,
        /// The deposit is below the least.
        DepositBelowMinimum,
        /// The amount is zero.
        ZeroAmount,
        /// The amount or count is out of range.
        Overflow,
        /// The provider asks for more than the highest price that was named.
        PriceAboveMaximum,
        /// Nobody audits the spec: open with `allow_unaudited`, or choose another.
        SpecUnaudited,
        /// The channel would be expired already, or expire too late.
        ExpiryOutOfRange,
        /// The notice is longer than allowed.
        NoticeTooLong,
        /// The consumer's limit, or the general one, of channels with this provider is reached.
        TooManyChannels,
        /// The consumer's limit of money in channels with this provider is reached.
        OverLimit,
        /// The limit allows more channels than a consumer may have with one provider.
        LimitTooHigh,
        /// The consumer has set as many limits as it may.
        TooManyLimits,
        /// There is no such limit.
        LimitNotFound,
        /// The beacon stands still: open the channel later.
        BeaconMissing,
        /// The channel has expired.
        ChannelExpired,
        /// The channel is closing.
        AlreadyClosing,
        /// The channel is not closing.
        NotClosing,
        /// The channel is closed.
        ChannelClosed,
        /// The grace period is over.
        GraceOver,
        /// The grace period is not over.
        GraceNotOver,
        /// The voucher, request or receipt is for another chain.
        WrongChain,
        /// The voucher, request or receipt is for another channel.
        WrongChannel,
        /// The signature is not by the channel's key over these bytes.
        BadSignature,
        /// The voucher covers no more value, or no more calls, than was settled.
        StaleVoucher,
        /// More than the deposit holds.
        OverDeposit,
        /// The increment is too small for a batch: settle more calls at once.
        BatchBelowMinimum,
        /// The provider's bond has no room for the increment: wait until batches end, or bond more.
        OverExposure,
        /// The provider has as many open batches as it may.
        TooManyOpenBatches,
        /// Nothing to settle was handed in.
        NothingToSettle,
        /// The last calls were settled: the channel takes nothing more.
        LastCallsSettled,
        /// The calls are not in the order of distinct seqs.
        CallsNotAscending,
        /// A voucher covers the call already.
        CallSettled,
        /// The request carries another seed than the channel's.
        WrongSeed,
        /// The receipt does not answer the request at the channel's prices.
        ReceiptMismatch,
        /// The receipts are one and the same, or of different calls.
        NotDouble,
        /// These receipts were slashed for already.
        AlreadyReported,
        /// As many double receipts were reported for the channel as may be.
        TooManyReports,
        /// Nothing waits that could enter now.
        NothingToAdmit,
        /// Nothing is kept for this account.
        NothingToClaim,
        /// A last call was cancelled before its first token: only a voucher pays for it.
        NothingAnswered,
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(_: BlockNumberFor<T>) -> Weight {
            Self::fix_seeds()
        }

        fn on_idle(_: BlockNumberFor<T>, limit: Weight) -> Weight {
            let mut meter = WeightMeter::with_limit(limit);
            Self::keep_house(&mut meter);
            meter.consumed()
        }

        #[cfg(feature = "try-runtime")]
        fn try_state(_: BlockNumberFor<T>) -> Result<(), sp_runtime::TryRuntimeError> {
            Self::do_try_state()
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Opens a channel to `provider` for `spec` and puts `deposit` on hold at the signer.
        ///
        /// The provider's prices (units per 1,000 tokens) are snapshotted and must not be above the highest ones named.
        /// `voucher_key` (sr25519) signs requests and vouchers; `expires` is a live block. With `for_consumer` the
        /// signer only funds the channel of another consumer, which must have set a limit for the provider. `notice` delays
        /// the release of each batch that is not drawn, by so many live blocks. No call is
        /// served before the block that fixes the channel's seed, two blocks later, is final.
        #[pallet::call_index(0)]
        #[pallet::weight(T::WeightInfo::open(<T::Providers as ProviderBook>::MAX_VERIFIERS))]
        pub fn open(
            origin: OriginFor<T>,
            provider: AccountId,
            spec: SpecId,
            deposit: Balance,
            max_price_input: Balance,
            max_price_output: Balance,
            voucher_key: Digest,
            expires: BlockNumber,
            allow_unaudited: bool,
            notice: BlockNumber,
            for_consumer: Option<AccountId>,
        ) -> DispatchResultWithPostInfo {
            let funder = ensure_signed(origin)?;
            let consumer = for_consumer.unwrap_or_else(|| funder.clone());
            let max_prices = Prices { per_1k_input: max_price_input, per_1k_output: max_price_output };
            let order =
                Order { provider, spec, deposit, max_prices, voucher_key, expires, allow_unaudited, notice };
            let verifiers = T::Providers::verifiers(&order.spec);
            Self::do_open(funder, consumer, order)?;
            // Most specs have far fewer verifiers than they can: only those are paid for.
            Ok(Some(T::WeightInfo::open(verifiers)).into())
        }

        /// Adds `amount` to the deposit of an open channel. Only its funder may.
        #[pallet::call_index(1)]
        #[pallet::weight(T::WeightInfo::top_up())]
        pub fn top_up(origin: OriginFor<T>, channel: ChannelId, amount: Balance) -> DispatchResult {
            let funder = ensure_signed(origin)?;
            Self::do_top_up(funder, channel, amount)
        }

        /// Limits what the signer has in channels with `provider`: the sum of their deposits, and how many are not
        /// closed. What is open stays open. It also agrees to channels that others fund, within the limit.
        #[pallet::call_index(2)]
        #[pallet::weight(T::WeightInfo::set_limit())]
        pub fn set_limit(
            origin: OriginFor<T>,
            provider: AccountId,
            max_amount: Balance,
            max_channels: u32,
        ) -> DispatchResult {
            let consumer = ensure_signed(origin)?;
            Self::do_set_limit(consumer, provider, Limit { max_amount, max_channels })
        }

        /// Takes the signer's limit for `provider` away: the default holds again.
        #[pallet::call_index(3)]
        #[pallet::weight(T::WeightInfo::clear_limit())]
        pub fn clear_limit(origin: OriginFor<T>, provider: AccountId) -> DispatchResult {
            let consumer = ensure_signed(origin)?;
            Self::do_clear_limit(consumer, provider)
        }

        /// Settles what `voucher` covers beyond what was settled. Only the provider may.
        ///
        /// In an open channel the increment has a least value and must fit the provider's exposure; in the grace
        /// period neither: what does not fit is queued.
        #[pallet::call_index(4)]
        #[pallet::weight(T::WeightInfo::settle().max(T::WeightInfo::settle_unaudited()))]
        pub fn settle(
            origin: OriginFor<T>,
            channel: ChannelId,
            voucher: Voucher,
            signature: Signature,
        ) -> DispatchResultWithPostInfo {
            let provider = ensure_signed(origin)?;
            let audited = Self::do_settle(&provider, channel, &voucher, &signature)?;
            Ok(audited.then(T::WeightInfo::settle).into())
        }

        /// Settles several channels. Each voucher succeeds or fails alone, with its own event.
        #[pallet::call_index(5)]
        #[pallet::weight(
            T::WeightInfo::settle_many(vouchers.len() as u32)
                .max(T::WeightInfo::settle_many_unaudited(vouchers.len() as u32))
        )]
        pub fn settle_many(
            origin: OriginFor<T>,
            vouchers: BoundedVec<SignedVoucher, T::MaxSettlements>,
        ) -> DispatchResultWithPostInfo {
            let provider = ensure_signed(origin)?;
            let count = vouchers.len() as u32;
            let audited = Self::do_settle_many(provider, vouchers)?;
            Ok(audited.then(|| T::WeightInfo::settle_many(count)).into())
        }

        /// In the grace period, once: settles up to four calls that no voucher covers, in the order of their seqs.
        /// They are always audited; none of them may have been cancelled before its first token. After it the channel
        /// takes no voucher.
        #[pallet::call_index(6)]
        #[pallet::weight(
            T::WeightInfo::settle_last(calls.len() as u32).saturating_add(Pallet::<T>::unaudited_extra())
        )]
        pub fn settle_last(origin: OriginFor<T>, channel: ChannelId, calls: LastCalls) -> DispatchResult {
            let provider = ensure_signed(origin)?;
            Self::do_settle_last(provider, channel, calls)
        }

        /// Closes a channel at once, after settling a last voucher if there is one; the rest goes back to the funder.
        /// Only the provider may.
        #[pallet::call_index(7)]
        #[pallet::weight(T::WeightInfo::close_by_provider().saturating_add(Pallet::<T>::unaudited_extra()))]
        pub fn close_by_provider(
            origin: OriginFor<T>,
            channel: ChannelId,
            last: Option<SignedVoucher>,
        ) -> DispatchResult {
            let provider = ensure_signed(origin)?;
            Self::do_close_by_provider(provider, channel, last)
        }

        /// Starts the grace period in which the provider may still settle. The consumer may at any time, anyone once
        /// the channel has expired. Nothing is returned before it ends.
        #[pallet::call_index(8)]
        #[pallet::weight(T::WeightInfo::close())]
        pub fn close(origin: OriginFor<T>, channel: ChannelId) -> DispatchResult {
            let who = ensure_signed(origin)?;
            Self::do_close(who, channel)
        }

        /// Closes a channel whose grace period is over and returns the rest to the funder. Anyone may; idle blocks do.
        #[pallet::call_index(9)]
        #[pallet::weight(T::WeightInfo::sweep())]
        pub fn sweep(origin: OriginFor<T>, channel: ChannelId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_sweep(channel)
        }

        /// Lets queued increments of `provider` become batches, as far as there is room. Anyone may; releases
        /// and idle blocks do.
        #[pallet::call_index(10)]
        #[pallet::weight(T::WeightInfo::admit())]
        pub fn admit(origin: OriginFor<T>, provider: AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            ensure!(Self::admit_queued(&provider) > 0, Error::<T>::NothingToAdmit);
            Ok(())
        }

        /// Proves that a provider signed two different receipts for one call of a channel. It is slashed what the
        /// dearer one exposes at the least audit chance, and jailed.
        #[pallet::call_index(11)]
        #[pallet::weight(T::WeightInfo::report_double_receipt())]
        pub fn report_double_receipt(
            origin: OriginFor<T>,
            first: Box<SignedReceipt>,
            second: Box<SignedReceipt>,
        ) -> DispatchResult {
            let reporter = ensure_signed(origin)?;
            Self::do_report_double_receipt(reporter, *first, *second)
        }

        /// Pays a refund that was kept because its owner's account had ceased to exist. Anyone may.
        #[pallet::call_index(12)]
        #[pallet::weight(T::WeightInfo::claim())]
        pub fn claim(origin: OriginFor<T>, provider: AccountId, owner: AccountId) -> DispatchResult {
            ensure_signed(origin)?;
            Self::do_claim(provider, owner)
        }
    }
}
