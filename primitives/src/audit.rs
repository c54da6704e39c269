//! Sealed reports: what a committee member commits to and then reveals.

use crate::{hash, verdict::Report, AccountId, AuditId, Digest};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;

/// Round of an audit, part of every commit and signature.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Encode,
    Decode,
    DecodeWithMemTracking,
    TypeInfo,
    MaxEncodedLen,
)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Round {
    /// The committee of the draw.
    First,
    /// The committee of the one redraw.
    Second,
}

impl Round {
    /// The byte inside commits.
    pub fn byte(self) -> u8 {
        match self {
            Round::First => 0,
            Round::Second => 1,
        }
    }
}

/// Projection of the last hidden state. Empty until the issue on attestation; the commit has its place.
pub type PersonalDigest = Option<([i16; 32], u32)>;

/// `H("souk/audit" ‖ genesis ‖ audit ‖ round ‖ SCALE(report, D_v) ‖ salt ‖ validator)`.
pub fn commitment(
    genesis: &Digest,
    audit: &AuditId,
    round: Round,
    report: &Report,
    digest: &PersonalDigest,
    salt: &Digest,
    validator: &AccountId,
) -> Digest {
    let sealed = (report, digest).encode();
    hash(&[b"souk/audit", genesis, audit, &[round.byte()], &sealed, salt, validator.as_ref()])
}

/// What a committee member's hot key signs: the tag says which of the two calls.
pub fn submission_payload<T: Encode>(
    tag: &[u8],
    genesis: &Digest,
    validator: &AccountId,
    items: &T,
) -> alloc::vec::Vec<u8> {
    let mut bytes = tag.to_vec();
    (genesis, validator, items).encode_to(&mut bytes);
    bytes
}

/// Tag of a signed batch of commits.
pub const COMMIT_TAG: &[u8] = b"souk/audit-commit";
/// Tag of a signed batch of reveals.
pub const REVEAL_TAG: &[u8] = b"souk/audit-reveal";

/// One sealed report.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Commit {
    /// The audit.
    pub audit: AuditId,
    /// Its round.
    pub round: Round,
    /// See [`commitment`].
    pub commitment: Digest,
}

/// One opened report.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, DecodeWithMemTracking, TypeInfo, MaxEncodedLen)]
pub struct Reveal {
    /// The audit.
    pub audit: AuditId,
    /// Its round.
    pub round: Round,
    /// The report.
    pub report: Report,
    /// The personal digest.
    pub digest: PersonalDigest,
    /// The salt of the commit.
    pub salt: Digest,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commitment_binds_every_part() {
        let report = Report::Unavailable;
        let who = AccountId::new([1; 32]);
        let base = commitment(&[0; 32], &[1; 32], Round::First, &report, &None, &[2; 32], &who);
        for other in [
            commitment(&[9; 32], &[1; 32], Round::First, &report, &None, &[2; 32], &who),
            commitment(&[0; 32], &[9; 32], Round::First, &report, &None, &[2; 32], &who),
            commitment(&[0; 32], &[1; 32], Round::Second, &report, &None, &[2; 32], &who),
            commitment(&[0; 32], &[1; 32], Round::First, &report, &Some(([0; 32], 0)), &[2; 32], &who),
            commitment(&[0; 32], &[1; 32], Round::First, &report, &None, &[9; 32], &who),
            commitment(&[0; 32], &[1; 32], Round::First, &report, &None, &[2; 32], &AccountId::new([2; 32])),
        ] {
            assert_ne!(base, other);
        }
    }
}
