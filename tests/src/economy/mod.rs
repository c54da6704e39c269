//! Who gets what: the money rules of the chain, played through by agents.
//!
//! Every rule is the chain's own, from `souk_primitives`: what is minted, what a trade burns, what it is credited with,
//! what an exam brings, what a fraud costs. Only the agents are made up here ([`population`]), with what they want and
//! what they try. Three questions are asked:
//!
//! - who gets how much of each budget in a year of the market ([`year`], [`outcome`]);
//! - whether any sequence of trades with oneself ends with more than it began ([`search`]);
//! - what the emission means to who stakes and who doesn't ([`emission`]).
//!
//! [`report`] writes the answers into `docs/economics.md`. All of it is exact and seeded: amounts are whole units, no
//! function of the standard library that rounds differently from machine to machine is used, so that the document is
//! the same wherever it is made, and a test compares it.

pub mod chain;
pub mod emission;
pub mod ledger;
pub mod outcome;
pub mod plot;
pub mod population;
pub mod referendum;
pub mod report;
pub mod rings;
pub mod rules;
pub mod search;
pub mod staking;
pub mod tables;
pub mod trade;
pub mod year;
