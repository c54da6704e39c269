//! Weights: conservative estimates in terms of the runtime's database weights, until the benchmarks have run on the
//! reference machine. Times are picoseconds of computation, on top of the reads and writes.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{constants::RocksDbWeight, RuntimeDbWeight, Weight},
};

/// Weights of the calls, their authorization, and the work of `on_initialize`.
pub trait WeightInfo {
    /// Storing `n` commits.
    fn commit_audit(n: u32) -> Weight;
    /// Checking `n` commits and their signature.
    fn authorize_commit(n: u32) -> Weight;
    /// Opening `n` reports; each may decide its audit.
    fn reveal_audit(n: u32) -> Weight;
    /// Checking `n` reveals and their signature.
    fn authorize_reveal(n: u32) -> Weight;
    /// Deciding an audit by hand; also what one decision on the agenda costs.
    fn sweep() -> Weight;
    /// The ring, and a look at both queues.
    fn on_initialize() -> Weight;
    /// Drawing a batch or a second committee.
    fn draw() -> Weight;
    /// Paying a batch that was not drawn, or forgetting one.
    fn release() -> Weight;
}

const MICRO: u64 = 1_000_000;

fn item(n: u32) -> u64 {
    n.max(1).into()
}

/// Estimates with database weights `D`: the runtime's `DbWeight`.
pub struct Estimates<D>(PhantomData<D>);

impl<D: Get<RuntimeDbWeight>> Estimates<D> {
    fn estimate(micros: u64, proof: u64, reads: u64, writes: u64) -> Weight {
        Weight::from_parts(micros.saturating_mul(MICRO), proof)
            .saturating_add(D::get().reads_writes(reads, writes))
    }
}

impl<D: Get<RuntimeDbWeight>> WeightInfo for Estimates<D> {
    fn commit_audit(n: u32) -> Weight {
        let n = item(n);
        Self::estimate(
            n.saturating_mul(30).saturating_add(20),
            n.saturating_mul(8_000),
            n.saturating_mul(2),
            n,
        )
    }

    fn authorize_commit(n: u32) -> Weight {
        let n = item(n);
        Self::estimate(
            n.saturating_mul(15).saturating_add(80),
            n.saturating_mul(8_000),
            n.saturating_add(2),
            0,
        )
    }

    fn reveal_audit(n: u32) -> Weight {
        let n = item(n);
        Self::sweep().saturating_add(Self::commit_audit(1)).saturating_mul(n)
    }

    fn authorize_reveal(n: u32) -> Weight {
        let n = item(n);
        Self::estimate(
            n.saturating_mul(20).saturating_add(80),
            n.saturating_mul(8_000),
            n.saturating_add(2),
            0,
        )
    }

    fn sweep() -> Weight {
        // The dearest end: three fees, a refund, a slash with five payees, jail, the other audits superseded.
        Self::estimate(900, 60_000, 45, 40)
    }

    fn on_initialize() -> Weight {
        Self::estimate(15, 6_000, 7, 3)
    }

    fn draw() -> Weight {
        // Window, verifiers with their links and keys, four audits.
        Self::estimate(600, 120_000, 90, 30)
    }

    fn release() -> Weight {
        Self::estimate(250, 30_000, 15, 15)
    }
}

impl WeightInfo for () {
    fn commit_audit(n: u32) -> Weight {
        Estimates::<RocksDbWeight>::commit_audit(n)
    }
    fn authorize_commit(n: u32) -> Weight {
        Estimates::<RocksDbWeight>::authorize_commit(n)
    }
    fn reveal_audit(n: u32) -> Weight {
        Estimates::<RocksDbWeight>::reveal_audit(n)
    }
    fn authorize_reveal(n: u32) -> Weight {
        Estimates::<RocksDbWeight>::authorize_reveal(n)
    }
    fn sweep() -> Weight {
        Estimates::<RocksDbWeight>::sweep()
    }
    fn on_initialize() -> Weight {
        Estimates::<RocksDbWeight>::on_initialize()
    }
    fn draw() -> Weight {
        Estimates::<RocksDbWeight>::draw()
    }
    fn release() -> Weight {
        Estimates::<RocksDbWeight>::release()
    }
}
