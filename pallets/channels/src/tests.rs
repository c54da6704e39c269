//! One file a call, and one for each theme that runs through them.

mod admit;
mod batches;
mod claim;
mod close;
mod close_by_provider;
mod double_receipt;
mod history;
mod limits;
mod open;
mod rehearsal;
mod seeds;
mod settle;
mod settle_last;
mod settle_many;
mod story;
mod sweep;
mod top_up;
mod trades;
mod walk;
