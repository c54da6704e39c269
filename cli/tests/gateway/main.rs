//! The gateway against providers that lie, fail and vanish, and a chain that can be told anything: what is paid, what is
//! not, and what a crash leaves.

mod calls;
mod closing;
mod crash;
mod evidence;
mod market;
mod money;
mod provider;
mod support;
