//! What the pallet needs from others. The runtime plugs `pallet-channels`, `pallet-compute` and the offences in.

use alloc::{string::String, vec::Vec};
use souk_primitives::{
    batch::Batch,
    close::CloseReason,
    rate::Record,
    verdict::Thresholds,
    views::{AuditTask, AuditView},
    AccountId, AuditId, Balance, BatchId, BlockNumber, ChannelId, SpecId,
};

/// The batches and the pending money behind them.
pub trait BatchBook {
    /// Facts of a batch that has not ended.
    fn batch(id: &BatchId) -> Option<Batch>;

    /// Ends a batch: its fees are split off and the provider is paid. An exam counts as `reason` says.
    fn release(id: &BatchId, reason: CloseReason);

    /// Live blocks by which the consumer of a channel delays the release of batches that were not drawn; fixed when it
    /// was opened.
    fn notice(channel: &ChannelId) -> BlockNumber;

    /// Ends a batch: its value returns to the funder, but for up to `audit_fee`, which goes to the spec's pot. An exam
    /// has earned nothing.
    fn refund(id: &BatchId, reason: CloseReason, audit_fee: Balance);

    /// What the provider of an exam that has not ended paid into the spec's pot for its audits; zero for other batches.
    fn prepaid(exam: &BatchId) -> Balance;
}

/// Who may audit what, by which numbers, for which fee.
pub trait VerifierBook {
    /// Verifiers of a spec (stashes) with the stake that weighs their chance of a seat. The order must be the same on
    /// every node.
    fn verifiers(spec: &SpecId) -> Vec<(AccountId, Balance)>;

    /// Whether the verifier belongs to the provider: its validator, its stash, a proxy of either.
    fn is_linked(provider: &AccountId, stash: &AccountId) -> bool;

    /// Thresholds of the spec's verdict rule.
    fn thresholds(spec: &SpecId) -> Option<Thresholds>;

    /// Share of exact tokens, per mille, below which an accepted answer calls for more audits.
    fn least_exact(spec: &SpecId) -> u32;

    /// Flat fee per audit report, in units.
    fn report_fee(spec: &SpecId) -> Balance;

    /// A member revealed its report.
    fn answered(stash: &AccountId, spec: &SpecId);

    /// A member let an audit pass without its report.
    fn silent(stash: &AccountId, spec: &SpecId);

    /// A member was alone with an objection that two others contradict.
    fn outvoted(stash: &AccountId, spec: &SpecId);
}

/// Bonds and records of providers.
pub trait Bonds {
    /// Takes up to `amount` of the provider's bond, pays `payees` from it in their order and burns the rest. Returns
    /// what was taken.
    fn slash(provider: &AccountId, amount: Balance, payees: &[(AccountId, Balance)]) -> Balance;

    /// What [`Self::slash`] could take now: the bond of a jailed or draining provider too.
    fn slashable(provider: &AccountId) -> Balance;

    /// What of its active bond no open batch exposes.
    fn room(provider: &AccountId) -> Balance;

    /// Ends a provider's business after an upheld fraud.
    fn jail(provider: &AccountId);

    /// Its record on a spec.
    fn record(provider: &AccountId, spec: &SpecId) -> Record;

    /// Replaces its record on a spec.
    fn set_record(provider: &AccountId, spec: &SpecId, record: Record);

    /// Value that its active bond carries at most: what a batch is measured by when the record grows.
    fn cap(provider: &AccountId) -> Balance;

    /// Stash of the validator whose sidecar it is.
    fn validator(provider: &AccountId) -> Option<AccountId>;
}

/// Where upheld frauds are reported, for the validator that carries the provider.
pub trait OffenceSink {
    /// `session` is the session in which the batch was committed, `slashed` what the provider itself lost: the
    /// validator shares its shame up to that.
    fn report(validator: &AccountId, audit: &AuditId, session: u32, slashed: Balance);
}

/// What the off-chain worker and the views need from other pallets.
pub trait Tasks {
    /// Where a provider answers; empty when it is gone.
    fn endpoint(provider: &AccountId) -> String;

    /// Adds the channel or the exam, and the spec, to an audit, for the sidecar. `None` when any is gone.
    fn task(audit: AuditView) -> Option<AuditTask>;
}

/// What benchmarks need from the pallets behind the ports.
#[cfg(feature = "runtime-benchmarks")]
pub trait BenchmarkHelper {
    /// Makes the `index`-th of several batches exist behind [`BatchBook`], with its value pending, of an active provider
    /// with ample bond on an audited spec, and `seats` verifiers of that spec that are not linked to the provider.
    /// Returns the batch and the verifiers' stashes, which have money to exist.
    fn batch(index: u32, seats: u32) -> (Batch, Vec<AccountId>);
}
