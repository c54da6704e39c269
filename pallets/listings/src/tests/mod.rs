//! One file a group of calls.

mod appeal;
mod delist;
mod lineage;
mod moderation_walk;
mod moderators;
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
mod withdraw_case;
