//! One file for each call and each capability.

mod commit;
mod decisions;
mod draw;
mod exams;
mod random_walk;
mod reveal;
mod sweep;
mod worker;
