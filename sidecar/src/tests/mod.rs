//! The services over HTTP, with a model and a chain in memory: fast, and every corner can be reached.

mod audits;
mod bad_input;
mod exams;
mod keeping;
mod paid;
mod real;
mod sales;
mod support;
