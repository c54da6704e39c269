//! Moments and blocks as people read them.

use crate::sales::offer::show_blocks;
use souk_primitives::BlockNumber;

/// The last moment that is shown: the end of the year 9999.
const LAST: u64 = 253_402_300_799_999;
const DAY: u64 = 86_400;

/// A moment, in milliseconds since 1970, as `2026-11-21 22:03 UTC`.
pub fn date(millis: u64) -> String {
    let seconds = millis.min(LAST) / 1_000;
    let (mut days, minutes) = (seconds / DAY, seconds % DAY / 60);
    let mut year = 1970;
    while days >= days_of_year(year) {
        days -= days_of_year(year);
        year += 1;
    }
    let mut month = 1;
    while days >= days_of_month(year, month) {
        days -= days_of_month(year, month);
        month += 1;
    }
    format!("{year}-{month:02}-{:02} {:02}:{:02} UTC", days + 1, minutes / 60, minutes % 60)
}

/// The first whole minute from a moment on, which is not too early to come back.
pub fn date_after(millis: u64) -> String {
    date(millis.saturating_add(59_999))
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_of_year(year: u64) -> u64 {
    365 + u64::from(is_leap(year))
}

fn days_of_month(year: u64, month: u64) -> u64 {
    match month {
        2 => 28 + u64::from(is_leap(year)),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// A block to come, seen from the finalised one: `block 120, in about 5 minutes`.
pub fn to_come(at: BlockNumber, now: BlockNumber) -> String {
    match at.checked_sub(now) {
        None | Some(0) => format!("block {at}"),
        Some(left) => format!("block {at}, in {}", show_blocks(left)),
    }
}

/// A stretch of time in milliseconds, as `about 6 hours`.
pub fn span(millis: u64) -> String {
    let blocks = millis / 1_000 / crate::sales::offer::BLOCK_SECS;
    show_blocks(BlockNumber::try_from(blocks).unwrap_or(BlockNumber::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_should_be_those_of_the_calendar() {
        // By `date -u -d @SECONDS`.
        for (seconds, shown) in [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59 UTC"),
            (1_709_251_200, "2024-03-01 00:00 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
            (1_798_761_599, "2026-12-31 23:59 UTC"),
        ] {
            assert_eq!(date(seconds * 1_000), shown);
        }
        assert_eq!(date(u64::MAX), "9999-12-31 23:59 UTC");
        assert_eq!(date_after(60_000), "1970-01-01 00:01 UTC");
        assert_eq!(date_after(60_001), "1970-01-01 00:02 UTC");
    }

    #[test]
    fn blocks_should_be_told_as_times() {
        assert_eq!(to_come(120, 20), "block 120, in about 5 minutes");
        assert_eq!(to_come(20, 20), "block 20");
        assert_eq!(to_come(19, 20), "block 19");
        assert_eq!(span(21_600_000), "about 6 hours");
    }
}
