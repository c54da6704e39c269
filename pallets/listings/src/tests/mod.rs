//! One file a group of calls.

mod delist;
mod lineage;
mod offers;
mod publish_version;
mod reads;
mod register;
mod remove;
mod retire;
mod reviews;
mod set_status;
mod set_text;
mod transfer;
mod walk;
