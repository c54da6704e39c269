//! Signed requests for off-chain material: transcripts by committee members, chunks by buyers.

use crate::{call::Signed, BlockNumber, Digest};
use codec::{Decode, Encode};

/// `"souk/fetch" ‖ SCALE { genesis, resource, expires }`.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Fetch {
    /// Genesis hash of the chain.
    pub genesis: Digest,
    /// What is fetched, see [`transcript_resource`].
    pub resource: Digest,
    /// Last block at which the request is good.
    pub expires: BlockNumber,
}

impl Signed for Fetch {
    const TAG: &'static [u8] = b"souk/fetch";
}

/// Resource of the transcript that an audit drew.
pub fn transcript_resource(audit: &crate::AuditId) -> Digest {
    crate::hash(&[b"souk/transcript", audit])
}
