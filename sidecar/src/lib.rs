//! The sidecar: runs models, answers OpenAI calls for vouchers, re-runs audited calls, delivers what is sold.
//!
//! - [`engine`]: inference: weights, tokenizers, the scheduler, teacher-forced verification, embeddings.
//! - [`api`]: the public API; [`payment`] checks what pays for a call, [`calls`] runs it and signs its one receipt.
//! - [`fields`] reads what OpenAI clients send; the gateway reads it in the same way.
//! - [`ledger`]: the durable memory of channels; [`keeper`] settles them on the [`chain`].
//! - [`exam`]: the chain's questions about the claimed capacity, answered in time.
//! - [`store`]: contents that are sold, in a folder or a bucket; [`sales`] hands a copy of its own to each buyer.
//! - [`audit`]: the loopback API of the validator's off-chain worker.
//! - [`server`] puts it together from a [`config::Config`].

pub mod adversary;
pub mod api;
pub mod audit;
pub mod blocking;
pub mod budget;
pub mod calls;
pub mod chain;
pub mod config;
mod database;
pub mod engine;
pub mod exam;
pub mod fields;
pub mod keeper;
pub mod ledger;
pub mod models;
pub mod payment;
pub mod runner;
pub mod sales;
pub mod secrets;
pub mod served;
pub mod server;
pub mod store;
pub mod telemetry;

#[cfg(test)]
mod tests;
