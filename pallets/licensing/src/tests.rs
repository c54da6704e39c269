//! One file a call or a theme that runs through several.

mod agenda;
mod cancel;
mod claim;
mod complain;
mod deadlines;
mod exchange;
mod instant;
mod licences;
mod metered;
mod purchase;
mod renew;
mod stores;
mod trades;
mod walk;
