//! Rounds over a map: a few rows a block, and from the start again once the end is reached.

use frame_support::weights::{Weight, WeightMeter};

/// Visits up to `most` of the `rows` after `last`, as far as the weight goes. `visit` returns a row's key. Returns the key
/// after which the next block goes on: `None` begins anew.
pub fn go_on<Row, Key>(
    meter: &mut WeightMeter,
    step: Weight,
    most: u32,
    last: Option<Key>,
    mut rows: impl Iterator<Item = Row>,
    mut visit: impl FnMut(Row) -> Key,
) -> Option<Key> {
    let mut last = last;
    for _ in 0..most {
        if meter.try_consume(step).is_err() {
            break;
        }
        match rows.next() {
            Some(row) => last = Some(visit(row)),
            None => return None,
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_should_go_on_where_it_stopped_and_begin_anew() {
        let step = Weight::from_parts(10, 0);
        let mut seen = Vec::new();
        let mut round = |limit: u64, last: Option<u32>| {
            let mut meter = WeightMeter::with_limit(Weight::from_parts(limit, 0));
            let rows = (0..5u32).filter(move |row| last.is_none_or(|last| *row > last));
            go_on(&mut meter, step, 3, last, rows, |row| {
                seen.push(row);
                row
            })
        };
        assert_eq!(round(9, None), None);
        assert_eq!(round(25, None), Some(1));
        // Without weight it stays where it is.
        assert_eq!(round(9, Some(1)), Some(1));
        assert_eq!(round(1_000, Some(1)), Some(4));
        assert_eq!(round(1_000, Some(4)), None);
        assert_eq!(round(1_000, None), Some(2));
        assert_eq!(seen, [0, 1, 2, 3, 4, 0, 1, 2]);
    }
}
