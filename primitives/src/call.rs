//! What is signed for a call: request, receipt and voucher, and what follows from them.

use crate::{
    hash,
    sumtree::{Leaf, Shape},
    Balance, BatchId, ChannelId, Digest,
};
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Domain tag of a request.
pub const REQUEST_TAG: &[u8] = b"souk/request";
/// Domain tag of a receipt.
pub const RECEIPT_TAG: &[u8] = b"souk/receipt";
/// Domain tag of a voucher.
pub const VOUCHER_TAG: &[u8] = b"souk/voucher";
/// Most calls of one channel that may be open at a time: what either side can lose.
pub const MAX_IN_FLIGHT: u32 = 4;

/// What a call asks for. Tells chat apart from embeddings in the digest.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum CallKind {
    /// Text generation.
    Generate,
    /// An embedding vector.
    Embed,
}

/// The content of a call, which stays off chain; [`CallBody::digest`] is what the request signs.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CallBody {
    /// Generation or embedding.
    pub kind: CallKind,
    /// Token ids of the rendered prompt, after chat template and system prompt.
    pub prompt_ids: Vec<u32>,
    /// Temperature in thousandths; 0 is greedy.
    pub temperature_milli: u16,
    /// Most tokens that may be generated.
    pub max_tokens: u32,
    /// Sequences of token ids that end the answer.
    pub stops: Vec<Vec<u32>>,
}

impl CallBody {
    /// `request_digest = H(SCALE(body))`.
    pub fn digest(&self) -> Digest {
        sp_crypto_hashing::blake2_256(&self.encode())
    }
}

/// A consumer's order for one call, signed with the channel's voucher key.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Request {
    /// Genesis hash of the chain.
    pub genesis: Digest,
    /// Channel that pays.
    pub channel: ChannelId,
    /// Number of the call in its channel, from 0.
    pub seq: u32,
    /// The channel's seed.
    pub seed: Digest,
    /// Digest of the [`CallBody`].
    pub request_digest: Digest,
    /// Most that the call may cost.
    pub max_charge: Balance,
    /// Random bytes of the consumer; later the commitment of a canary.
    pub blinding: Digest,
}

/// How an answer ended.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Finish {
    /// End of sequence or a stop sequence.
    Stop,
    /// `max_tokens` or the context was reached.
    Length,
    /// The consumer went away; charged for what was sent.
    Cancelled,
    /// The provider failed; charge zero.
    Error,
}

/// A provider's statement of what it answered and charged.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Receipt {
    /// Genesis hash of the chain.
    pub genesis: Digest,
    /// Channel that pays.
    pub channel: ChannelId,
    /// Number of the call in its channel.
    pub seq: u32,
    /// Digest of the [`CallBody`] that was answered.
    pub request_digest: Digest,
    /// Digest of the answer, see [`tokens_digest`] and [`vector_digest`].
    pub response_digest: Digest,
    /// Tokens of the prompt.
    pub input_tokens: u32,
    /// Tokens of the answer, end of sequence and stops included.
    pub output_tokens: u32,
    /// What the call costs.
    pub charge: Balance,
    /// How the answer ended.
    pub finish: Finish,
}

/// A consumer's promise to pay for the first `calls` calls of a channel.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Voucher {
    /// Genesis hash of the chain.
    pub genesis: Digest,
    /// Channel that pays.
    pub channel: ChannelId,
    /// Sum of the charges of calls `0..calls`.
    pub cumulative: Balance,
    /// Number of calls that are covered.
    pub calls: u32,
    /// Root of the sum tree over the calls' receipt leaves.
    pub receipts_root: Digest,
}

/// Something that is signed under a domain tag.
pub trait Signed: Encode {
    /// Domain tag, raw ASCII.
    const TAG: &'static [u8];

    /// The bytes that are signed: tag ‖ SCALE.
    fn signing_payload(&self) -> Vec<u8> {
        let mut bytes = Self::TAG.to_vec();
        self.encode_to(&mut bytes);
        bytes
    }

    /// Signs with an sr25519 pair (context `substrate`).
    #[cfg(feature = "std")]
    fn sign(&self, pair: &crate::sr25519::Pair) -> crate::sr25519::Signature {
        sp_core::Pair::sign(pair, &self.signing_payload())
    }

    /// Checks a signature.
    #[cfg(feature = "std")]
    fn verify(&self, signature: &crate::sr25519::Signature, key: &crate::sr25519::Public) -> bool {
        <crate::sr25519::Pair as sp_core::Pair>::verify(signature, self.signing_payload(), key)
    }
}

impl Signed for Request {
    const TAG: &'static [u8] = REQUEST_TAG;
}
impl Signed for Receipt {
    const TAG: &'static [u8] = RECEIPT_TAG;
}
impl Signed for Voucher {
    const TAG: &'static [u8] = VOUCHER_TAG;
}

/// Digest of generated token ids: `H(SCALE(Vec<u32>))`.
pub fn tokens_digest(ids: &[u32]) -> Digest {
    sp_crypto_hashing::blake2_256(&ids.encode())
}

/// Digest of an embedding: `H` of its f32 values, little endian, given as their bits.
pub fn vector_digest(bits: impl IntoIterator<Item = u32>) -> Digest {
    let bytes: Vec<u8> = bits.into_iter().flat_map(u32::to_le_bytes).collect();
    sp_crypto_hashing::blake2_256(&bytes)
}

/// The leaf of a call in its channel's tree: digest `H(SCALE(request, receipt))`, amount = charge.
pub fn receipt_leaf(request: &Request, receipt: &Receipt) -> Leaf {
    Leaf { digest: sp_crypto_hashing::blake2_256(&(request, receipt).encode()), amount: receipt.charge }
}

/// Prices of a channel, in units per 1,000 tokens.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen, Default,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Prices {
    /// Units per 1,000 tokens of prompt.
    pub per_1k_input: Balance,
    /// Units per 1,000 tokens of answer.
    pub per_1k_output: Balance,
}

impl Prices {
    /// `ceil((in · p_in + out · p_out) / 1000)`; `None` on overflow.
    pub fn charge(&self, input_tokens: u32, output_tokens: u32) -> Option<Balance> {
        let input = self.per_1k_input.checked_mul(input_tokens.into())?;
        let output = self.per_1k_output.checked_mul(output_tokens.into())?;
        Some(input.checked_add(output)?.div_ceil(1000))
    }

    /// Most tokens of answer that a call with such a prompt can have for `budget` units; `None` when the prompt alone
    /// costs more.
    pub fn affordable_output(&self, input_tokens: u32, budget: Balance) -> Option<u32> {
        let input = self.per_1k_input.checked_mul(input_tokens.into())?;
        let left = budget.checked_mul(1000)?.checked_sub(input)?;
        Some(
            left.checked_div(self.per_1k_output)
                .map_or(u32::MAX, |tokens| tokens.try_into().unwrap_or(u32::MAX)),
        )
    }
}

/// Why a receipt does not answer a request at the channel's prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReceiptMismatch {
    /// Another chain, channel, seq or request digest.
    OtherCall,
    /// The charge is not what the prices and token counts give, or a failed call was charged.
    WrongCharge,
    /// The charge is above the request's `max_charge`.
    OverMaxCharge,
}

/// Checks a receipt's accounting against its request and the channel's prices (not the signatures).
pub fn check_receipt(request: &Request, receipt: &Receipt, prices: &Prices) -> Result<(), ReceiptMismatch> {
    let same_call = request.genesis == receipt.genesis
        && request.channel == receipt.channel
        && request.seq == receipt.seq
        && request.request_digest == receipt.request_digest;
    if !same_call {
        return Err(ReceiptMismatch::OtherCall);
    }
    let due = match receipt.finish {
        Finish::Error => Some(0),
        _ => prices.charge(receipt.input_tokens, receipt.output_tokens),
    };
    if due != Some(receipt.charge) {
        return Err(ReceiptMismatch::WrongCharge);
    }
    if receipt.charge > request.max_charge {
        return Err(ReceiptMismatch::OverMaxCharge);
    }
    Ok(())
}

impl Voucher {
    /// The tree that the voucher commits to.
    pub fn shape(&self) -> Shape {
        Shape { root: self.receipts_root, total: self.cumulative, count: self.calls }
    }
}

/// Id of the batch `(settled, cumulative]` of a channel: one channel never settles one cumulative twice.
/// `slice` tells apart the slices of an increment that entered in parts.
pub fn batch_id(channel: &ChannelId, cumulative: Balance, slice: u32) -> BatchId {
    hash(&[b"souk/batch", channel, &cumulative.to_le_bytes(), &slice.to_le_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sp_core::Pair;

    fn request() -> Request {
        Request {
            genesis: [1; 32],
            channel: [2; 32],
            seq: 3,
            seed: [4; 32],
            request_digest: [5; 32],
            max_charge: 1000,
            blinding: [6; 32],
        }
    }

    fn receipt(prices: &Prices, input: u32, output: u32) -> Receipt {
        Receipt {
            genesis: [1; 32],
            channel: [2; 32],
            seq: 3,
            request_digest: [5; 32],
            response_digest: [7; 32],
            input_tokens: input,
            output_tokens: output,
            charge: prices.charge(input, output).unwrap(),
            finish: Finish::Stop,
        }
    }

    #[test]
    fn receipt_of_another_call_is_refused() {
        let prices = Prices { per_1k_input: 1000, per_1k_output: 2000 };
        let good = receipt(&prices, 10, 20);
        assert_eq!(check_receipt(&request(), &good, &prices), Ok(()));
        for change in [
            |r: &mut Receipt| r.genesis = [9; 32],
            |r: &mut Receipt| r.channel = [9; 32],
            |r: &mut Receipt| r.seq = 9,
            |r: &mut Receipt| r.request_digest = [9; 32],
        ] {
            let mut other = good.clone();
            change(&mut other);
            assert_eq!(check_receipt(&request(), &other, &prices), Err(ReceiptMismatch::OtherCall));
        }
    }

    #[test]
    fn receipt_must_charge_what_prices_give() {
        let prices = Prices { per_1k_input: 1000, per_1k_output: 2000 };
        let mut wrong = receipt(&prices, 10, 20);
        wrong.charge += 1;
        assert_eq!(check_receipt(&request(), &wrong, &prices), Err(ReceiptMismatch::WrongCharge));
        let dear = receipt(&prices, 10, 1000);
        assert_eq!(check_receipt(&request(), &dear, &prices), Err(ReceiptMismatch::OverMaxCharge));
        let mut failed = receipt(&prices, 10, 20);
        failed.finish = Finish::Error;
        assert_eq!(check_receipt(&request(), &failed, &prices), Err(ReceiptMismatch::WrongCharge));
        failed.charge = 0;
        assert_eq!(check_receipt(&request(), &failed, &prices), Ok(()));
    }

    #[test]
    fn signature_binds_the_tag_and_every_field() {
        let pair = sp_core::sr25519::Pair::from_seed(&[7; 32]);
        let order = request();
        let signature = order.sign(&pair);
        assert!(order.verify(&signature, &pair.public()));
        let mut other = order.clone();
        other.max_charge += 1;
        assert!(!other.verify(&signature, &pair.public()));
    }

    proptest! {
        #[test]
        fn charge_rounds_up_and_never_overflows_silently(p_in in 0u128..1 << 90, p_out in 0u128..1 << 90, i: u32, o: u32) {
            let prices = Prices { per_1k_input: p_in, per_1k_output: p_out };
            let exact = p_in * u128::from(i) + p_out * u128::from(o);
            let charge = prices.charge(i, o).unwrap();
            prop_assert!(charge * 1000 >= exact && charge * 1000 < exact + 1000);
        }
    }

    proptest! {
        #[test]
        fn affordable_output_is_the_most_that_fits(
            p_in in 0u128..1 << 40, p_out in 0u128..1 << 40, input in 0u32..1 << 20, budget in 0u128..1 << 62,
        ) {
            let prices = Prices { per_1k_input: p_in, per_1k_output: p_out };
            match prices.affordable_output(input, budget) {
                None => prop_assert!(prices.charge(input, 0).unwrap() > budget),
                Some(most) => {
                    prop_assert!(prices.charge(input, most).unwrap() <= budget);
                    if let Some(more) = most.checked_add(1) {
                        prop_assert!(prices.charge(input, more).unwrap() > budget);
                    }
                }
            }
        }
    }

    #[test]
    fn charge_overflow_is_none() {
        let prices = Prices { per_1k_input: u128::MAX, per_1k_output: 0 };
        assert_eq!(prices.charge(2, 0), None);
    }
}
