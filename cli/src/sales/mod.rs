//! Buying and selling files.
//!
//! - [`offer`] reads offers, purposes and times as people write them; [`listed`] says which calls list a file;
//!   [`upload`] puts it into the seller's own store.
//! - [`buying`] takes a purchase from stage to stage. What must survive a crash is in a [`record`]: the one-time secret
//!   before anything else. What was begun [`begin`] finds, or begins. The chain is a port, [`market`].
//! - [`store`] asks a seller's store, [`lists`] and [`copy`] keep and check what it serves, [`unlock`] decrypts it, and
//!   [`evidence`] makes the complaint when that does not give what was listed.
//!
//! [`purse`] says whether its fees can be paid, [`disk`] opens and names files where others may have laid some.
//!
//! Content goes through memory a chunk at a time, lists of digests through files.
pub mod begin;
pub mod buying;
pub mod copy;
pub mod disk;
pub mod evidence;
pub mod listed;
pub mod lists;
pub mod market;
pub mod offer;
pub mod purse;
pub mod record;
pub mod store;
pub mod unlock;
pub mod upload;
