//! One file a group of calls.

mod bond;
mod calibration;
mod classes;
mod earning;
mod exposure;
mod leaving;
mod provider;
mod reads;
mod serve;
mod slash;
mod spec;
mod standing;
mod verifier;
mod walk;
mod watch;
