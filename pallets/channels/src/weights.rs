//! Weights. The numbers here are conservative estimates, what the ports do included; the benchmarks of this pallet
//! replace them.

use core::marker::PhantomData;
use frame_support::{
    traits::Get,
    weights::{
        constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_MICROS},
        RuntimeDbWeight, Weight,
    },
};

/// Weights of the calls and of the idle steps.
pub trait WeightInfo {
    /// Fixing the seeds of `n` opening blocks.
    fn seeds(n: u32) -> Weight;
    /// `open`.
    fn open() -> Weight;
    /// `top_up`.
    fn top_up() -> Weight;
    /// `set_limit`.
    fn set_limit() -> Weight;
    /// `clear_limit`.
    fn clear_limit() -> Weight;
    /// `settle`.
    fn settle() -> Weight;
    /// `settle_many` of `n` vouchers.
    fn settle_many(n: u32) -> Weight;
    /// `settle_last` of `n` calls.
    fn settle_last(n: u32) -> Weight;
    /// `close_by_provider`.
    fn close_by_provider() -> Weight;
    /// `close`.
    fn close() -> Weight;
    /// `sweep`.
    fn sweep() -> Weight;
    /// `admit`.
    fn admit() -> Weight;
    /// `report_double_receipt`.
    fn report_double_receipt() -> Weight;
    /// `claim`.
    fn claim() -> Weight;
    /// One idle step that sweeps.
    fn idle_sweep() -> Weight;
    /// One idle step that forgets.
    fn idle_forget() -> Weight;
}

/// Proof size per item read: unused on a chain of its own, stated all the same.
const PROOF: u64 = 3_000;
/// An sr25519 verification, in microseconds.
const SIGNATURE: u64 = 55;

fn cost(db: RuntimeDbWeight, micros: u64, reads: u64, writes: u64) -> Weight {
    Weight::from_parts(micros.saturating_mul(WEIGHT_REF_TIME_PER_MICROS), reads.saturating_mul(PROOF))
        .saturating_add(db.reads_writes(reads, writes))
}

/// One batch that enters: lane, channel, batch, its listing, exposure, the audits' own queue.
const BATCH_READS: u64 = 8;
const BATCH_WRITES: u64 = 7;

macro_rules! estimates {
    ($db:expr) => {
        fn seeds(n: u32) -> Weight {
            cost($db, 5, 2, 0).saturating_add(cost($db, 2, 1, 2).saturating_mul(n.into()))
        }
        fn open() -> Weight {
            cost($db, 80, 16, 12)
        }
        fn top_up() -> Weight {
            cost($db, 50, 5, 4)
        }
        fn set_limit() -> Weight {
            cost($db, 20, 2, 2)
        }
        fn clear_limit() -> Weight {
            cost($db, 20, 2, 2)
        }
        fn settle() -> Weight {
            let fixed = SIGNATURE.saturating_add(60);
            cost($db, fixed, BATCH_READS.saturating_add(6), BATCH_WRITES.saturating_add(4))
        }
        fn settle_many(n: u32) -> Weight {
            cost($db, 10, 0, 0).saturating_add(Self::settle().saturating_mul(n.into()))
        }
        fn settle_last(n: u32) -> Weight {
            let signatures = SIGNATURE.saturating_mul(2).saturating_mul(n.into());
            cost($db, signatures, 0, 0).saturating_add(Self::settle()).saturating_add(Self::admit())
        }
        fn close_by_provider() -> Weight {
            Self::settle().saturating_add(Self::admit()).saturating_add(cost($db, 40, 4, 4))
        }
        fn close() -> Weight {
            cost($db, 20, 4, 3)
        }
        fn sweep() -> Weight {
            cost($db, 50, 7, 6)
        }
        fn admit() -> Weight {
            let slices = u64::from(crate::queue::MAX_ADMITTED);
            cost($db, 40, BATCH_READS.saturating_add(4), BATCH_WRITES.saturating_add(3))
                .saturating_mul(slices)
        }
        fn report_double_receipt() -> Weight {
            cost($db, SIGNATURE.saturating_mul(2).saturating_add(60), 12, 8).saturating_add(Self::admit())
        }
        fn claim() -> Weight {
            cost($db, 40, 5, 5)
        }
        fn idle_sweep() -> Weight {
            Self::sweep().saturating_add(cost($db, 5, 2, 2))
        }
        fn idle_forget() -> Weight {
            cost($db, 10, 5, 8)
        }
    };
}

/// Estimates with the runtime's database weights.
pub struct Estimated<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for Estimated<T> {
    estimates!(T::DbWeight::get());
}

impl WeightInfo for () {
    estimates!(RocksDbWeight::get());
}
