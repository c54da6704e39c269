//! The exam: how a provider shows that its claimed capacity exists.
//!
//! Once in a while a block is drawn, and some VRFs after it give `drawn`. From it every provider on every audited spec has
//! its own **paper**, and from the paper the **questions**: random prompts that nobody signs and nobody pays for. Within
//! a few blocks the provider commits to the sum tree over its answers, one leaf a question, tokens as amounts. The
//! commitment is a batch of its own kind ([`crate::batch::BatchKind`]) and is audited like one; a verifier derives the
//! question itself, so the evidence is the answer and its proof alone ([`ExamTranscript`]).

use crate::{
    call::{tokens_digest, CallBody, CallKind},
    hash, low_u128,
    sumtree::{self, Leaf, Node, ProofError, Shape},
    AccountId, Balance, BatchId, Digest, SpecId,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha8Rng,
};

/// VRFs that are mixed after the drawn block: as long as one of their authors is honest, nobody who sees its own VRF
/// ahead of time knows its questions.
pub const MIX: u32 = 4;
/// Token ids of a question's prompt.
pub const PROMPT_TOKENS: u32 = 32;
/// Most tokens of an answer.
pub const ANSWER_TOKENS: u32 = 64;
/// Temperature of the answers, in thousandths: warm, so that no answer can be had without the noise of its question.
pub const TEMPERATURE_MILLI: u16 = 800;
/// Most questions of one paper.
pub const MAX_QUESTIONS: u32 = 4_096;

/// Whether the block after the one with this VRF is the epoch's exam. `blocks_left` counts the blocks that may still be
/// drawn, this one included, so that each has the same chance and the last one surely hits. Without any left: never.
pub fn hits(vrf: &Digest, epoch: u32, blocks_left: u32) -> bool {
    low_u128(&hash(&[b"souk/exam-roll", vrf, &epoch.to_le_bytes()])).checked_rem(blocks_left.into())
        == Some(0)
}

/// `H("souk/exam" ‖ SCALE(Vec<vrf>))` of the [`MIX`] VRFs after the hit, in the order of their blocks.
pub fn drawn(vrfs: &[Digest]) -> Digest {
    sp_crypto_hashing::blake2_256(&(b"souk/exam", vrfs).encode())
}

/// `H("souk/exam-id" ‖ epoch_le4 ‖ drawn ‖ provider ‖ spec)`: id of the batch that commits to a provider's answers.
pub fn exam_id(epoch: u32, drawn: &Digest, provider: &AccountId, spec: &SpecId) -> BatchId {
    hash(&[b"souk/exam-id", &epoch.to_le_bytes(), drawn, provider.as_ref(), spec])
}

/// `H("souk/exam-paper" ‖ drawn ‖ provider ‖ spec)`: the questions of one provider on one spec.
pub fn paper(drawn: &Digest, provider: &AccountId, spec: &SpecId) -> Digest {
    hash(&[b"souk/exam-paper", drawn, provider.as_ref(), spec])
}

/// Questions that `capacity` tokens a second are worth in `seconds`: `ceil(capacity · seconds / 64)`, between 1 and
/// [`MAX_QUESTIONS`].
pub fn questions(capacity: u32, seconds: u32) -> u32 {
    let tokens = u64::from(capacity).saturating_mul(seconds.into());
    let questions = tokens.div_ceil(ANSWER_TOKENS.into());
    u32::try_from(questions).unwrap_or(MAX_QUESTIONS).clamp(1, MAX_QUESTIONS)
}

/// Whether `count` answers can have `total` tokens: each has 1 to [`ANSWER_TOKENS`].
pub fn plausible(count: u32, total: Balance) -> bool {
    let count = Balance::from(count);
    (count..=count.saturating_mul(ANSWER_TOKENS.into())).contains(&total)
}

/// Tokens a second that answers of `total` tokens show, when `seconds` were asked for: as many as if each answer had twice
/// its length, for a model ends some of them early. At most the capacity that was claimed. So whoever claims ten times
/// what it has, and gives most questions an answer of one token, has shown little more than twice what it has.
pub fn shown(capacity: u32, total: Balance, seconds: u32) -> u32 {
    let most = total.saturating_mul(2).div_ceil(Balance::from(seconds.max(1)));
    capacity.min(u32::try_from(most).unwrap_or(u32::MAX))
}

/// One question: what is run, and under which noise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The call, as a paid one would have it.
    pub body: CallBody,
    /// Seed of the sampler: `H("souk/exam-sample" ‖ paper ‖ index_le4 ‖ request_digest)`.
    pub seed: Digest,
}

/// Question `index` of a paper for a model with `vocab` token ids.
pub fn question(paper: &Digest, index: u32, vocab: u32) -> Question {
    let body = CallBody {
        kind: CallKind::Generate,
        prompt_ids: prompt(paper, index, vocab),
        temperature_milli: TEMPERATURE_MILLI,
        max_tokens: ANSWER_TOKENS,
        stops: Vec::new(),
    };
    let seed = hash(&[b"souk/exam-sample", paper, &index.to_le_bytes(), &body.digest()]);
    Question { body, seed }
}

/// Word `w` of ChaCha8 keyed by `H("souk/exam-question" ‖ paper ‖ index_le4)` is the id `w mod vocab`.
fn prompt(paper: &Digest, index: u32, vocab: u32) -> Vec<u32> {
    let mut words = ChaCha8Rng::from_seed(hash(&[b"souk/exam-question", paper, &index.to_le_bytes()]));
    (0..PROMPT_TOKENS).map(|_| words.next_u32().checked_rem(vocab).unwrap_or(0)).collect()
}

/// Leaf of an answer: digest `H("souk/exam-answer" ‖ paper ‖ index_le4 ‖ tokens_digest(ids))`, amount = its tokens.
pub fn answer_leaf(paper: &Digest, index: u32, answer: &[u32]) -> Leaf {
    Leaf {
        digest: hash(&[b"souk/exam-answer", paper, &index.to_le_bytes(), &tokens_digest(answer)]),
        // A slice is shorter than 2^128.
        amount: Balance::try_from(answer.len()).unwrap_or(Balance::MAX),
    }
}

/// What a provider hands to a committee member about one question.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ExamTranscript {
    /// Number of the question, and index of its leaf.
    pub index: u32,
    /// Proof of the leaf.
    pub proof: Vec<Node>,
    /// Token ids of the answer, end of sequence included.
    pub answer: Vec<u32>,
}

/// Why a transcript does not open the committed point: the same as handing over nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotOpened {
    /// The answer is empty, or longer than it may be.
    Length,
    /// The leaf or its proof.
    Proof(ProofError),
}

impl ExamTranscript {
    /// Checks that this opens `point` of the tree over the answers to `paper`. Whether the answer ends where it should,
    /// and is the model's, takes the model.
    pub fn opens(&self, shape: &Shape, point: Balance, paper: &Digest) -> Result<(), NotOpened> {
        let leaf = answer_leaf(paper, self.index, &self.answer);
        if leaf.amount == 0 || leaf.amount > ANSWER_TOKENS.into() {
            return Err(NotOpened::Length);
        }
        sumtree::verify_point(shape, self.index, &leaf, &self.proof, point).map_err(NotOpened::Proof)
    }
}

#[cfg(test)]
#[path = "exam_tests.rs"]
mod tests;
