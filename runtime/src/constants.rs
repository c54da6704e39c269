//! Units of money and of time.

/// Amounts.
pub mod currency {
    use crate::Balance;

    /// One SOUK: 12 decimals.
    pub const SOUK: Balance = 1_000_000_000_000;
    /// A thousandth of a SOUK.
    pub const MILLISOUK: Balance = SOUK / 1_000;
    /// A millionth of a SOUK.
    pub const MICROSOUK: Balance = MILLISOUK / 1_000;
    /// The least that an account holds.
    pub const EXISTENTIAL_DEPOSIT: Balance = MILLISOUK;

    /// The deposit for keeping `items` storage items of `bytes` in all on the chain.
    pub const fn deposit(items: u32, bytes: u32) -> Balance {
        items as Balance * 100 * MILLISOUK + bytes as Balance * 100 * MICROSOUK
    }
}

/// Time in milliseconds and in blocks.
pub mod time {
    use crate::{BlockNumber, Moment};

    /// The length of a BABE slot, and so the expected time between two blocks.
    pub const SLOT_MILLIS: Moment = 3_000;
    /// Blocks in a minute.
    pub const MINUTES: BlockNumber = 60_000 / SLOT_MILLIS as BlockNumber;
    /// Blocks in an hour.
    pub const HOURS: BlockNumber = 60 * MINUTES;
    /// Blocks in a day.
    pub const DAYS: BlockNumber = 24 * HOURS;
    /// The share of slots that get a primary author by lottery: 1 in 4. Every other slot gets a secondary one.
    pub const PRIMARY_PROBABILITY: (u64, u64) = (1, 4);
}
