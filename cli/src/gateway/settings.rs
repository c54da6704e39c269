//! What a consumer allows its gateway.

use souk_primitives::{Balance, BlockNumber, SOUK};
use std::time::Duration;

/// Limits and habits.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Paid into a new channel, and again when it runs short.
    pub deposit: Balance,
    /// Most that may be in open channels at a time.
    pub budget: Balance,
    /// Most that one call may cost.
    pub max_charge: Balance,
    /// Highest price per 1,000 tokens of prompt.
    pub max_price_input: Balance,
    /// Highest price per 1,000 tokens of answer.
    pub max_price_output: Balance,
    /// Audited Valid batches that a provider must have, in thousandths.
    pub min_record: u64,
    /// Whether specs that nobody audits may be used.
    pub allow_unaudited: bool,
    /// Channels with one provider for one spec; each carries four calls at a time.
    pub max_channels: usize,
    /// Live blocks for which a channel is open.
    pub channel_blocks: BlockNumber,
    /// Longest answer when the client names no limit.
    pub default_max_tokens: u32,
    /// Idle time after which a channel's last voucher is handed over.
    pub idle: Duration,
    /// How long a call waits for a channel.
    pub open_timeout: Duration,
    /// How long a provider may take to begin an answer.
    pub first_token: Duration,
    /// How long it may pause within one.
    pub pause: Duration,
    /// How long receipts that are missing are asked for before a channel is given up.
    pub patience: Duration,
    /// Whether providers at private addresses are used.
    pub private_endpoints: bool,
    /// How long closed channels are kept after their end: calls, receipts, vouchers.
    pub keep: Duration,
    /// Pause between two looks at the chain, if not the usual one.
    pub look: Option<Duration>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            deposit: SOUK,
            budget: 100 * SOUK,
            max_charge: 10 * SOUK,
            max_price_input: Balance::MAX,
            max_price_output: Balance::MAX,
            min_record: 0,
            allow_unaudited: false,
            max_channels: 4,
            channel_blocks: 100_000,
            default_max_tokens: 512,
            idle: Duration::from_secs(5),
            open_timeout: Duration::from_secs(120),
            first_token: Duration::from_secs(120),
            pause: Duration::from_secs(60),
            patience: Duration::from_secs(600),
            private_endpoints: false,
            keep: Duration::from_secs(30 * 24 * 3_600),
            look: None,
        }
    }
}
