//! Buying from sellers that lie, stop and vanish, by a program that is killed at every point; and bringing a file to a
//! store that fails. The chain and the stores are fakes that keep the real ones' rules: stages, complaints and trees are
//! judged by the same library.

mod cheats;
mod disk;
mod fuel;
mod interruptions;
mod market;
mod orders;
mod several;
mod slow;
mod store;
mod trouble;
mod upload;
mod world;
