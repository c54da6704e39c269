//! Events of paid inference: pallets compute, channels and attestation.

use souk_primitives::{
    audit::Round,
    call::Prices,
    close::CloseReason,
    exposure::Chance,
    verdict::{Report, Verdict},
    AccountId, AuditId, Balance, BatchId, BlockNumber, ChannelId, ListingId, SpecId, VersionId,
};

super::events! {
    /// An event of paid inference.
    SoukEvent by souk
    /// A channel was opened.
    "Channels".ChannelOpened {
        /// Its id.
        channel: ChannelId,
        /// Who is served.
        consumer: AccountId,
        /// Who paid.
        funder: AccountId,
        /// Who serves.
        provider: AccountId,
        /// What is run.
        spec: SpecId,
        /// What was paid in.
        deposit: Balance,
        /// Its prices.
        prices: Prices,
        /// Its last live block.
        expires: BlockNumber,
    }
    /// More was paid in.
    "Channels".ToppedUp {
        /// The channel.
        channel: ChannelId,
        /// How much.
        amount: Balance,
        /// The whole deposit.
        deposit: Balance,
    }
    /// Calls were settled.
    "Channels".Settled {
        /// The channel.
        channel: ChannelId,
        /// Who served.
        provider: AccountId,
        /// Value of the increment.
        value: Balance,
        /// Value settled so far.
        settled: Balance,
        /// Calls settled so far.
        calls: u32,
    }
    /// An increment waits for room.
    "Channels".IncrementQueued {
        /// The channel.
        channel: ChannelId,
        /// Who served.
        provider: AccountId,
        /// Its value.
        value: Balance,
    }
    /// A batch is open to audits.
    "Channels".BatchCommitted {
        /// Its id.
        batch: BatchId,
        /// Its channel.
        channel: ChannelId,
        /// Who served.
        provider: AccountId,
        /// Its value.
        value: Balance,
        /// Its audit chance.
        chance: Chance,
        /// What it exposes of the bond.
        exposure: Balance,
    }
    /// A batch ended.
    "Channels".BatchEnded {
        /// Its id.
        batch: BatchId,
        /// Its channel.
        channel: ChannelId,
        /// Who served.
        provider: AccountId,
        /// Why.
        reason: CloseReason,
        /// To the provider.
        paid: Balance,
        /// To the funder.
        refunded: Balance,
        /// To the treasury.
        treasury: Balance,
        /// Into the audit pot.
        audit: Balance,
        /// Burnt.
        burnt: Balance,
        /// To the publisher of what was served, for a metered licence.
        licensed: Balance,
    }
    /// The grace period began.
    "Channels".ChannelClosing {
        /// The channel.
        channel: ChannelId,
        /// Last live block in which the provider may settle.
        until: BlockNumber,
        /// Why it closes.
        reason: CloseReason,
    }
    /// A channel is closed.
    "Channels".ChannelClosed {
        /// The channel.
        channel: ChannelId,
        /// Why.
        reason: CloseReason,
        /// What went back to the funder.
        returned: Balance,
    }
    /// A provider signed two receipts for one call.
    "Channels".DoubleReceipt {
        /// The channel.
        channel: ChannelId,
        /// The call.
        seq: u32,
        /// The provider.
        provider: AccountId,
        /// Who reported it.
        reporter: AccountId,
        /// What was taken.
        slashed: Balance,
    }
    /// A provider bonded and waits for its validator.
    "Compute".ProviderRegistered {
        /// Who.
        provider: AccountId,
        /// Stash of its validator.
        validator: AccountId,
        /// Its bond.
        bond: Balance,
    }
    /// The validator accepted its sidecar.
    "Compute".SidecarAccepted {
        /// The provider.
        provider: AccountId,
        /// The validator.
        validator: AccountId,
    }
    /// A provider serves a spec, or changed its terms there.
    "Compute".Serving {
        /// The provider.
        provider: AccountId,
        /// The spec.
        spec: SpecId,
        /// Prices.
        prices: Prices,
        /// Tokens a second.
        capacity: u32,
    }
    /// A provider leaves.
    "Compute".Draining {
        /// The provider.
        provider: AccountId,
        /// How long its bond stays, at least.
        until: BlockNumber,
    }
    /// A provider's bond was slashed.
    "Compute".Slashed {
        /// The provider.
        provider: AccountId,
        /// What was taken.
        amount: Balance,
        /// What is left.
        left: Balance,
    }
    /// A provider was convicted.
    "Compute".Jailed {
        /// The provider.
        provider: AccountId,
        /// How long its bond stays, at least.
        until: BlockNumber,
    }
    /// A version became runnable.
    "Compute".SpecRegistered {
        /// The spec.
        spec: SpecId,
        /// Listing of the model.
        listing: ListingId,
        /// Its version.
        version: VersionId,
        /// Deposit on hold.
        deposit: Balance,
    }
    /// Governance accepted the calibration of a spec.
    "Compute".CalibrationAccepted {
        /// The spec.
        spec: SpecId,
        /// Flat fee per audit report.
        report_fee: Balance,
    }
    /// A validator audits a spec.
    "Compute".VerifierRegistered {
        /// Its stash.
        stash: AccountId,
        /// The spec.
        spec: SpecId,
        /// Its whole bond.
        bond: Balance,
    }
    /// A verifier lost its seat.
    "Compute".VerifierRemoved {
        /// Its stash.
        stash: AccountId,
        /// The spec.
        spec: SpecId,
    }
    /// An audit was drawn, or its second committee.
    "Attestation".AuditDrawn {
        /// The audit.
        audit: AuditId,
        /// Its batch.
        batch: BatchId,
        /// Who served.
        provider: AccountId,
        /// Round.
        round: Round,
        /// The drawn point.
        point: Balance,
        /// Stashes of the members.
        committee: Vec<AccountId>,
        /// Last live block for commits.
        commit_by: BlockNumber,
        /// Last live block for reveals.
        reveal_by: BlockNumber,
    }
    /// A window could not be completed: it begins anew.
    "Attestation".DrawPostponed {
        /// The batch.
        batch: BatchId,
    }
    /// A member committed.
    "Attestation".ReportCommitted {
        /// The audit.
        audit: AuditId,
        /// The member.
        validator: AccountId,
    }
    /// A member revealed.
    "Attestation".ReportRevealed {
        /// The audit.
        audit: AuditId,
        /// The member.
        validator: AccountId,
        /// Its report.
        report: Report,
        /// What the rule makes of it.
        verdict: Option<Verdict>,
    }
    /// A member was paid for its report.
    "Attestation".ReportPaid {
        /// The audit.
        audit: AuditId,
        /// The member.
        validator: AccountId,
        /// The fee.
        amount: Balance,
    }
    /// A member let an audit pass without its report.
    "Attestation".VerifierSilent {
        /// The audit.
        audit: AuditId,
        /// The member.
        validator: AccountId,
    }
    /// The first committee decided nothing.
    "Attestation".RedrawScheduled {
        /// The audit.
        audit: AuditId,
        /// Live block in which the second one is drawn.
        at: BlockNumber,
    }
    /// An audit ended.
    "Attestation".AuditEnded {
        /// The audit.
        audit: AuditId,
        /// Its batch.
        batch: BatchId,
        /// Why.
        reason: CloseReason,
    }
    /// A fraud was upheld.
    "Attestation".FraudUpheld {
        /// The audit.
        audit: AuditId,
        /// Its batch.
        batch: BatchId,
        /// Who served.
        provider: AccountId,
        /// What was taken from its bond.
        slashed: Balance,
        /// To the consumer, beyond the refund.
        compensation: Balance,
        /// To the reporters, together.
        rewards: Balance,
    }
}
