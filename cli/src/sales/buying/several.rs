//! Several purchases side by side.

use super::{Buyer, Ending, Result, Settings};
use crate::{
    failure::Failure,
    output::Output,
    sales::{market::Market, record::Record},
};
use futures::{stream::FuturesUnordered, StreamExt};
use std::io::ErrorKind;

/// Takes a purchase for this program.
pub fn take(record: &mut Record) -> Result<()> {
    record.take().map_err(|e| match e.kind() {
        ErrorKind::WouldBlock => Failure::new("another `souk buy` is at this purchase; it goes on there"),
        _ => e.into(),
    })
}

/// Sees purchases through, all at once: a seller who dawdles must not make another purchase miss its deadline. `ended`
/// gets each of them as soon as it ended or failed.
pub async fn all(
    market: &dyn Market,
    records: &mut [Record],
    settings: Settings,
    output: Output,
    mut ended: impl FnMut(&Record, Result<Ending>),
) {
    let mut running: FuturesUnordered<_> = records
        .iter_mut()
        .map(|record| async move {
            let ending = match take(record) {
                Ok(()) => Buyer { market, record, settings, output }.run().await,
                Err(error) => Err(error),
            };
            (record, ending)
        })
        .collect();
    while let Some((record, ending)) = running.next().await {
        ended(record, ending);
    }
}
