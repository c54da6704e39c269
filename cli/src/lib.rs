//! `souk`: the command line of the market, and the gateway that makes it look like a plain OpenAI API.

pub mod args;
pub mod commands;
pub mod failure;
pub mod gateway;
pub mod output;
mod refusals;
pub mod sales;
pub mod times;
