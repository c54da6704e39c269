//! Calls of the channels pallet.

use super::Call;
use codec::Encode;
use souk_primitives::{
    call::{Prices, Receipt, Request, Voucher},
    AccountId, Balance, BlockNumber, ChannelId, Digest, SpecId,
};

/// What a consumer or its funder asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Open {
    /// Who serves.
    pub provider: AccountId,
    /// What is run.
    pub spec: SpecId,
    /// What is paid in.
    pub deposit: Balance,
    /// Highest prices that are accepted.
    pub max_prices: Prices,
    /// Key (sr25519) that will sign requests and vouchers.
    pub voucher_key: Digest,
    /// Last live block of the channel.
    pub expires: BlockNumber,
    /// Whether a spec that nobody audits is fine.
    pub allow_unaudited: bool,
    /// Delay of releases, to force audits.
    pub notice: BlockNumber,
    /// Who is served, when it is not the signer.
    pub for_consumer: Option<AccountId>,
}

/// A voucher with the consumer's signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct SignedVoucher {
    /// The voucher.
    pub voucher: Voucher,
    /// By the channel's voucher key.
    pub signature: [u8; 64],
}

/// A receipt with the provider's signature.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct SignedReceipt {
    /// The receipt.
    pub receipt: Receipt,
    /// By the channel's receipt key.
    pub signature: [u8; 64],
}

/// A call that no voucher covers.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
pub struct SignedCall {
    /// The order.
    pub request: Request,
    /// By the channel's voucher key.
    pub request_signature: [u8; 64],
    /// The answer's receipt.
    pub receipt: Receipt,
    /// By the channel's receipt key.
    pub receipt_signature: [u8; 64],
}

fn call(name: &'static str) -> Call {
    Call::new("Channels", name)
}

/// Opens a channel; its id is in the event.
pub fn open(order: Open) -> Call {
    call("open")
        .arg("provider", order.provider)
        .arg("spec", order.spec)
        .arg("deposit", order.deposit)
        .arg("max_price_input", order.max_prices.per_1k_input)
        .arg("max_price_output", order.max_prices.per_1k_output)
        .arg("voucher_key", order.voucher_key)
        .arg("expires", order.expires)
        .arg("allow_unaudited", order.allow_unaudited)
        .arg("notice", order.notice)
        .arg("for_consumer", order.for_consumer)
}

/// Pays more into a channel. Only its funder may.
pub fn top_up(channel: ChannelId, amount: Balance) -> Call {
    call("top_up").arg("channel", channel).arg("amount", amount)
}

/// Limits what the signer has in channels with a provider.
pub fn set_limit(provider: AccountId, max_amount: Balance, max_channels: u32) -> Call {
    call("set_limit")
        .arg("provider", provider)
        .arg("max_amount", max_amount)
        .arg("max_channels", max_channels)
}

/// Settles what a voucher covers. Only the provider may.
pub fn settle(channel: ChannelId, voucher: Voucher, signature: [u8; 64]) -> Call {
    call("settle").arg("channel", channel).arg("voucher", voucher).arg("signature", signature)
}

/// Settles several channels; each succeeds or fails alone.
pub fn settle_many(vouchers: Vec<SignedVoucher>) -> Call {
    call("settle_many").arg("vouchers", vouchers)
}

/// In the grace period, once: settles up to four calls that no voucher covers.
pub fn settle_last(channel: ChannelId, calls: Vec<SignedCall>) -> Call {
    call("settle_last").arg("channel", channel).arg("calls", calls)
}

/// Closes a channel at once, after a last voucher. Only the provider may.
pub fn close_by_provider(channel: ChannelId, last: Option<SignedVoucher>) -> Call {
    call("close_by_provider").arg("channel", channel).arg("last", last)
}

/// Starts the grace period.
pub fn close(channel: ChannelId) -> Call {
    call("close").arg("channel", channel)
}

/// Closes a channel whose grace period is over.
pub fn sweep(channel: ChannelId) -> Call {
    call("sweep").arg("channel", channel)
}

/// Lets queued increments become batches, as far as there is room.
pub fn admit(provider: AccountId) -> Call {
    call("admit").arg("provider", provider)
}

/// Proves that a provider signed two different receipts for one call.
pub fn report_double_receipt(first: SignedReceipt, second: SignedReceipt) -> Call {
    call("report_double_receipt").arg("first", first).arg("second", second)
}
