//! One file a group of calls.

mod delist;
mod publish_version;
mod reads;
mod register;
mod remove;
mod set_status;
mod set_text;
mod transfer;
mod walk;
