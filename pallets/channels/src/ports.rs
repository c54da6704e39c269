//! What the pallet needs from others. The runtime plugs `pallet-compute` and `pallet-attestation` in.

use frame_support::dispatch::DispatchResult;
use souk_primitives::{
    batch::Batch, call::Prices, close::CloseReason, exposure::Chance, views::BatchState, AccountId, Balance,
    BatchId, Digest, SpecId,
};
use sp_runtime::DispatchError;

/// What a provider offers for a spec now; snapshotted at `open`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Prices.
    pub prices: Prices,
    /// Key (sr25519) with which it signs receipts.
    pub receipt_key: Digest,
    /// Whether batches on the spec are audited.
    pub audited: bool,
}

/// The book of providers and their bonds.
pub trait ProviderBook {
    /// What the provider offers. An error when it is not active or does not serve the spec.
    fn terms(provider: &AccountId, spec: &SpecId) -> Result<Terms, DispatchError>;

    /// Most verifiers that a spec can have.
    const MAX_VERIFIERS: u32;

    /// Verifiers of a spec, of which each is looked at for the terms.
    fn verifiers(spec: &SpecId) -> u32;

    /// A channel was opened: the bond and the spec stay until it is closed.
    fn opened(provider: &AccountId, spec: &SpecId);

    /// A channel was closed and its last batch has ended.
    fn closed(provider: &AccountId, spec: &SpecId);

    /// What the active bond leaves for more exposure.
    fn room(provider: &AccountId) -> Balance;

    /// Sum of what was exposed and not released.
    fn exposed(provider: &AccountId) -> Balance;

    /// Adds exposure. An error when the bond does not carry it.
    fn expose(provider: &AccountId, amount: Balance) -> DispatchResult;

    /// Takes exposure away.
    fn release_exposure(provider: &AccountId, amount: Balance);

    /// Whether the provider is jailed or withdrawn.
    fn is_gone(provider: &AccountId) -> bool;

    /// Bond that can be slashed.
    fn active_bond(provider: &AccountId) -> Balance;

    /// Slashes `amount` for two receipts of one call that charged `charge`, and jails. Returns what was taken.
    fn slash_double_receipt(
        provider: &AccountId,
        amount: Balance,
        charge: Balance,
        consumer: &AccountId,
        reporter: &AccountId,
    ) -> Balance;
}

/// Who audits batches.
pub trait AuditSink {
    /// Audit chance of the provider's next batch on the spec.
    fn chance(provider: &AccountId, spec: &SpecId) -> Chance;

    /// A batch was committed: it will end by `release` or `refund`.
    fn committed(batch: &Batch) -> DispatchResult;

    /// State of a batch that has not ended.
    fn state(batch: &BatchId) -> BatchState;

    /// Account that holds the prepaid audit fees.
    fn pot_account() -> AccountId;

    /// Flat fee per audit report of a spec, in units.
    fn report_fee(spec: &SpecId) -> Balance;

    /// Books a fee that was paid to [`Self::pot_account`].
    fn pot_deposit(spec: &SpecId, amount: Balance);
}

/// Publishers of what is served, who may have licensed it against a share.
pub trait Publishers {
    /// What of a batch of `value` that is paid to `provider` on a spec is due to its publisher, at most `left`.
    fn due(provider: &AccountId, spec: &SpecId, value: Balance, left: Balance) -> Balance;

    /// Account that gathers those shares.
    fn account() -> AccountId;

    /// Books a share that was paid to [`Self::account`].
    fn paid(provider: &AccountId, spec: &SpecId, amount: Balance);
}

/// Who learns of paid calls: rewards go by what they burn.
pub trait Trades {
    /// A batch was paid at its channel's `prices`. `burnt` is the burnt half of the protocol fee, and nothing else: not
    /// what treasury or audit pot could not take.
    fn released(batch: &Batch, prices: Prices, burnt: Balance, reason: CloseReason);
}

/// Nobody does.
impl Trades for () {
    fn released(_: &Batch, _: Prices, _: Balance, _: CloseReason) {}
}

/// What benchmarks need from the pallets behind the ports.
#[cfg(feature = "runtime-benchmarks")]
pub trait BenchmarkHelper {
    /// Makes `provider` an active provider with ample bond and money that serves a spec of so many verifiers at these
    /// prices, under a metered licence, and signs receipts with `receipt_key`. Returns the spec.
    fn serve(provider: &AccountId, receipt_key: Digest, prices: Prices, verifiers: u32) -> SpecId;

    /// Sets the clock of live blocks.
    fn set_clock(now: souk_primitives::BlockNumber);

    /// Sets the parent block's VRF.
    fn set_vrf(vrf: Digest);
}
