//! What the pallet tells: a section of its module, which uses what that imports.

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod events {
    /// What happened.
    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A channel was opened; its deposit is on hold.
        ChannelOpened {
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
        },
        /// More was paid in.
        ToppedUp {
            /// The channel.
            channel: ChannelId,
            /// How much.
            amount: Balance,
            /// The whole deposit.
            deposit: Balance,
        },
        /// A consumer limits what it has with a provider.
        LimitSet {
            /// Who.
            consumer: AccountId,
            /// With whom.
            provider: AccountId,
            /// The limit.
            limit: Limit,
        },
        /// A consumer's limit is the default again.
        LimitCleared {
            /// Who.
            consumer: AccountId,
            /// With whom.
            provider: AccountId,
        },
        /// Calls were settled; their value is pending.
        Settled {
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
        },
        /// One of many settlements was refused.
        SettlementRefused {
            /// The channel that its voucher names.
            channel: ChannelId,
            /// Why.
            error: DispatchError,
        },
        /// An increment waits for room.
        IncrementQueued {
            /// The channel.
            channel: ChannelId,
            /// Who served.
            provider: AccountId,
            /// Its value.
            value: Balance,
        },
        /// A batch is open to audits.
        BatchCommitted {
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
        },
        /// A batch ended.
        BatchEnded {
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
        },
        /// The grace period began.
        ChannelClosing {
            /// The channel.
            channel: ChannelId,
            /// Last live block in which the provider may settle.
            until: BlockNumber,
            /// Why it closes.
            reason: CloseReason,
        },
        /// A channel is closed.
        ChannelClosed {
            /// The channel.
            channel: ChannelId,
            /// Why.
            reason: CloseReason,
            /// What went back to the funder.
            returned: Balance,
        },
        /// A provider signed two receipts for one call: it was slashed and jailed.
        DoubleReceipt {
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
        },
        /// A refund could not be paid to an account that no longer exists.
        RefundKept {
            /// Whose pending hold keeps it.
            provider: AccountId,
            /// Whose it is.
            owner: AccountId,
            /// How much.
            amount: Balance,
        },
        /// A kept refund was paid.
        RefundClaimed {
            /// Whose pending hold kept it.
            provider: AccountId,
            /// Who got it.
            owner: AccountId,
            /// How much.
            amount: Balance,
        },
    }
}
