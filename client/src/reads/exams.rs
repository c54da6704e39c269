//! Reads of exams: at a block of the caller's choice, since an exam is over before its beginning is final.

use crate::{chain::Chain, error::Result};
use souk_primitives::{views::ExamView, AccountId, BlockNumber, Digest};

impl Chain {
    /// The exam that goes on and the papers of a provider, as a block has them. `None` for an account that is no
    /// provider, or when there never was an exam.
    pub async fn exam_at(&self, at: &Digest, provider: &AccountId) -> Result<Option<ExamView>> {
        self.call_at(at, "SoukApi_exam", (provider,)).await
    }

    /// The live-block counter as a block has it.
    pub async fn live_block_at(&self, at: &Digest) -> Result<BlockNumber> {
        self.call_at(at, "SoukApi_live_block", ()).await
    }
}
