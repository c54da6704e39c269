//! Whether a receipt may be paid.

use super::wire::SignedReceipt;
use souk_primitives::{
    call::{
        check_receipt, tokens_digest, vector_digest, CallBody, CallKind, Finish, Prices, Receipt,
        ReceiptMismatch, Request, Signed,
    },
    sr25519, Digest,
};

/// Everything that a receipt is checked against.
#[derive(Clone, Debug)]
pub struct Ordered {
    /// What was signed.
    pub request: Request,
    /// Its content.
    pub body: CallBody,
    /// Prices of the channel.
    pub prices: Prices,
    /// The key that must have signed the receipt.
    pub receipt_key: Digest,
}

/// What was received.
#[derive(Clone, Copy, Debug)]
pub enum Received<'a> {
    /// Token ids.
    Tokens(&'a [u32]),
    /// Bits of the f32 values of an embedding.
    Vector(&'a [u32]),
}

/// Why a receipt is not paid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReceipt {
    /// Not signed by the channel's receipt key.
    #[error("the receipt is not signed by the provider's receipt key")]
    Signature,
    /// Another call's.
    #[error("the receipt is for another call")]
    OtherCall,
    /// The charge is not what prices and tokens give.
    #[error("the receipt charges {charge} units, prices and tokens give another sum")]
    WrongCharge {
        /// What it charges.
        charge: u128,
    },
    /// More than was agreed to.
    #[error("the receipt charges {charge} units, at most {max} were agreed")]
    OverMaxCharge {
        /// What it charges.
        charge: u128,
        /// What was agreed.
        max: u128,
    },
    /// Tokens counted that were not there.
    #[error("the receipt counts {said} tokens, there were {there}")]
    WrongTokens {
        /// What it counts.
        said: u32,
        /// What was there.
        there: usize,
    },
    /// Not the digest of what was received.
    #[error("the receipt's response_digest is not the digest of the answer")]
    WrongDigest,
    /// More than `max_tokens`.
    #[error("the answer is longer than max_tokens")]
    Overrun,
}

/// Whether the receipt key signed a receipt.
pub fn is_signed((receipt, signature): &SignedReceipt, key: &Digest) -> bool {
    receipt.verify(&sr25519::Signature::from_raw(*signature), &sr25519::Public::from_raw(*key))
}

/// Checks signature, accounting, token counts and the digest of the answer.
pub fn check(
    ordered: &Ordered,
    receipt: &Receipt,
    signature: &[u8; 64],
    received: Received<'_>,
) -> Result<(), BadReceipt> {
    if !is_signed(&(receipt.clone(), *signature), &ordered.receipt_key) {
        return Err(BadReceipt::Signature);
    }
    let charge = receipt.charge;
    check_receipt(&ordered.request, receipt, &ordered.prices).map_err(|mismatch| match mismatch {
        ReceiptMismatch::OtherCall => BadReceipt::OtherCall,
        ReceiptMismatch::WrongCharge => BadReceipt::WrongCharge { charge },
        ReceiptMismatch::OverMaxCharge => {
            BadReceipt::OverMaxCharge { charge, max: ordered.request.max_charge }
        }
    })?;
    if receipt.finish == Finish::Error {
        // Charge zero, which was just checked: there is nothing to compare.
        return Ok(());
    }
    let count = |said: u32, there: usize| {
        (usize::try_from(said) == Ok(there)).then_some(()).ok_or(BadReceipt::WrongTokens { said, there })
    };
    count(receipt.input_tokens, ordered.body.prompt_ids.len())?;
    let digest = match received {
        Received::Tokens(ids) => {
            count(receipt.output_tokens, ids.len())?;
            if ordered.body.kind == CallKind::Generate && receipt.output_tokens > ordered.body.max_tokens {
                return Err(BadReceipt::Overrun);
            }
            tokens_digest(ids)
        }
        Received::Vector(bits) => {
            count(receipt.output_tokens, 0)?;
            vector_digest(bits.iter().copied())
        }
    };
    (digest == receipt.response_digest).then_some(()).ok_or(BadReceipt::WrongDigest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sp_core::Pair;

    fn provider() -> sr25519::Pair {
        sr25519::Pair::from_seed(&[3; 32])
    }

    fn ordered() -> Ordered {
        let body = CallBody {
            kind: CallKind::Generate,
            prompt_ids: vec![1, 2, 3],
            temperature_milli: 0,
            max_tokens: 4,
            stops: vec![],
        };
        Ordered {
            request: Request {
                genesis: [1; 32],
                channel: [2; 32],
                seq: 5,
                seed: [3; 32],
                request_digest: body.digest(),
                max_charge: 100,
                blinding: [0; 32],
            },
            body,
            prices: Prices { per_1k_input: 1000, per_1k_output: 2000 },
            receipt_key: provider().public().0,
        }
    }

    fn honest(ids: &[u32]) -> Receipt {
        let ordered = ordered();
        Receipt {
            genesis: [1; 32],
            channel: [2; 32],
            seq: 5,
            request_digest: ordered.request.request_digest,
            response_digest: tokens_digest(ids),
            input_tokens: 3,
            output_tokens: ids.len() as u32,
            charge: ordered.prices.charge(3, ids.len() as u32).unwrap(),
            finish: Finish::Stop,
        }
    }

    fn verdict(receipt: Receipt, ids: &[u32]) -> Result<(), BadReceipt> {
        let signature = receipt.sign(&provider()).0;
        check(&ordered(), &receipt, &signature, Received::Tokens(ids))
    }

    #[test]
    fn honest_receipt_should_pass_and_each_lie_should_not() {
        let ids = [7, 8];
        assert_eq!(verdict(honest(&ids), &ids), Ok(()));
        assert_eq!(
            verdict(Receipt { charge: 8, ..honest(&ids) }, &ids),
            Err(BadReceipt::WrongCharge { charge: 8 })
        );
        assert_eq!(verdict(Receipt { seq: 6, ..honest(&ids) }, &ids), Err(BadReceipt::OtherCall));
        assert_eq!(verdict(honest(&ids), &[7, 9]), Err(BadReceipt::WrongDigest));
        assert_eq!(verdict(honest(&ids), &[7]), Err(BadReceipt::WrongTokens { said: 2, there: 1 }));
        assert_eq!(verdict(honest(&[1; 5]), &[1; 5]), Err(BadReceipt::Overrun));
        let padded = Receipt { input_tokens: 4, charge: 8, ..honest(&ids) };
        assert_eq!(verdict(padded, &ids), Err(BadReceipt::WrongTokens { said: 4, there: 3 }));
        let other = sr25519::Pair::from_seed(&[4; 32]);
        let forged = check(&ordered(), &honest(&ids), &honest(&ids).sign(&other).0, Received::Tokens(&ids));
        assert_eq!(forged, Err(BadReceipt::Signature));
    }

    #[test]
    fn failed_call_should_cost_nothing() {
        let failed = Receipt { finish: Finish::Error, charge: 0, ..honest(&[]) };
        assert_eq!(verdict(failed.clone(), &[]), Ok(()));
        assert_eq!(verdict(Receipt { charge: 3, ..failed }, &[]), Err(BadReceipt::WrongCharge { charge: 3 }));
    }
}
