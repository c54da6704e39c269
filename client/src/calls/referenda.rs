//! Calls about referenda: what is asked, and the deposits.

use super::{Call, Scale};
use codec::{Encode, Output};
use souk_primitives::{views::EnactmentView, Digest};

/// Longest call that a referendum carries itself; a longer one is noted as a preimage.
pub const INLINE: usize = 128;

/// `Bounded<RuntimeCall, BlakeTwo256>`, of an encoded call.
struct Proposal<'a>(&'a [u8]);

impl Encode for Proposal<'_> {
    fn encode_to<T: Output + ?Sized>(&self, dest: &mut T) {
        match u32::try_from(self.0.len()) {
            Ok(length) if self.0.len() > INLINE => (2u8, digest(self.0), length).encode_to(dest),
            _ => (1u8, self.0).encode_to(dest),
        }
    }
}

/// `DispatchTime<BlockNumber>`.
struct Moment(EnactmentView);

impl Encode for Moment {
    fn encode_to<T: Output + ?Sized>(&self, dest: &mut T) {
        match self.0 {
            EnactmentView::At(block) => (0u8, block).encode_to(dest),
            EnactmentView::After(blocks) => (1u8, blocks).encode_to(dest),
        }
    }
}

/// Under which the chain keeps the bytes of a call.
pub fn digest(bytes: &[u8]) -> Digest {
    sp_crypto_hashing::blake2_256(bytes)
}

/// Brings the bytes of a call to the chain, for a deposit by their number.
pub fn note_preimage(bytes: Vec<u8>) -> Call {
    Call::new("Preimage", "note_preimage").arg("bytes", bytes)
}

/// Takes the bytes of a call away again, and the deposit back; refused while an approved call waits for its time.
pub fn unnote_preimage(digest: Digest) -> Call {
    Call::new("Preimage", "unnote_preimage").arg("hash", digest)
}

fn call(name: &'static str) -> Call {
    Call::new("Referenda", name)
}

/// Asks for an encoded call. `origin` is the track's, as `souk_tracks` names it; one longer than [`INLINE`] also needs
/// its preimage.
pub fn submit(origin: Vec<u8>, proposal: &[u8], enactment: EnactmentView) -> Call {
    call("submit")
        .arg("proposal_origin", Scale(origin))
        .arg("proposal", Proposal(proposal))
        .arg("enactment_moment", Moment(enactment))
}

/// Puts up the deposit without which nothing is decided.
pub fn place_decision_deposit(referendum: u32) -> Call {
    call("place_decision_deposit").arg("index", referendum)
}

/// Has the decision deposit of an ended referendum returned to whoever put it up.
pub fn refund_decision_deposit(referendum: u32) -> Call {
    call("refund_decision_deposit").arg("index", referendum)
}

/// The same of the submission's deposit.
pub fn refund_submission_deposit(referendum: u32) -> Call {
    call("refund_submission_deposit").arg("index", referendum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::Arg;
    use codec::Compact;

    #[test]
    fn a_long_call_should_be_named_by_its_digest() {
        let short = [7; INLINE];
        assert_eq!(Proposal(&short).encode(), [&[1][..], &Compact(128u32).encode(), &short].concat());
        let long = [7; INLINE + 1];
        let named = [&[2][..], &digest(&long), &129u32.encode()].concat();
        assert_eq!(Proposal(&long).encode(), named);
    }

    #[test]
    fn an_origin_should_be_taken_as_it_is() {
        let submitted = submit(vec![0, 0], &[1, 2, 3], EnactmentView::After(5));
        let bytes = submitted.args.iter().map(|(_, arg)| match arg {
            Arg::Scale(bytes) => bytes.as_slice(),
            other => panic!("{other:?}"),
        });
        let bytes: Vec<&[u8]> = bytes.collect();
        assert_eq!(bytes, [&[0, 0][..], &[1, 12, 1, 2, 3], &[1, 5, 0, 0, 0]]);
    }
}
