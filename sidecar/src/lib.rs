//! The sidecar: runs models, answers OpenAI calls for vouchers, re-runs audited calls.
//!
//! - [`engine`]: inference: weights, tokenizers, the scheduler, teacher-forced verification, embeddings.

pub mod engine;
