//! The real runtime on its real presets.

mod audits;
mod books;
mod consensus;
mod electorate;
mod emission;
mod exam;
mod fraud;
mod genesis;
mod guards;
mod harness;
mod hostile;
mod lifetimes;
mod market;
mod sales;
mod shop;
mod stake_reads;
mod transactions;
mod treasury;
mod walk;
mod walk_sales;
mod weights;
