//! Keeps the index at the finalised head.

use crate::{
    index::{Head, Row, Writer},
    Error,
};
use souk_primitives::{BlockNumber, Digest, ListingId};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

/// Blocks behind the head from which on all listings are read, and not what the blocks say changed.
const MAX_GAP: BlockNumber = 20_000;
/// Listings that changed from which on all are read.
const MAX_CHANGED: usize = 20_000;
/// After all listings were read, it is not done again for so many times as long as it took.
const REST: u32 = 20;

/// The finalised chain, as the index needs it.
pub trait Chain {
    /// The finalised head.
    fn head(&self) -> Result<Head, Error>;
    /// Hash of a finalised block; `None` if it is not known.
    fn hash(&self, number: BlockNumber) -> Result<Option<Digest>, Error>;
    /// The counter that deadlines are counted in.
    fn live_block(&self, at: &Digest) -> Result<BlockNumber, Error>;
    /// Listings that a block changed; `None` when that can't be told.
    fn changed(&self, at: &Digest) -> Result<Option<BTreeSet<ListingId>>, Error>;
    /// A listing as of a block.
    fn listing(&self, at: &Digest, id: ListingId) -> Result<Option<Row>, Error>;
    /// Listings as of a block, from a number on, in the order of their numbers; none when none is left.
    fn listings(&self, at: &Digest, start: ListingId) -> Result<Vec<Row>, Error>;
    /// Whether the work must end.
    fn is_stopping(&self) -> bool;
}

/// Feeds an index from a chain.
pub struct Follower {
    writer: Writer,
    resting_until: Option<Instant>,
}

impl Follower {
    /// Feeds this index.
    pub fn new(writer: Writer) -> Self {
        Follower { writer, resting_until: None }
    }

    /// Brings the index to the finalised head.
    ///
    /// What changed is learnt from each block on the way, and read as of the head. Where that can't be told (the first
    /// fill, blocks whose state is gone, a runtime that this program doesn't know), all listings are read; not more often
    /// than leaves the node its time, so that the index may then be some blocks behind.
    pub fn advance(&mut self, chain: &impl Chain) -> Result<(), Error> {
        self.writer.repair()?;
        let head = chain.head()?;
        let last = self.writer.head()?;
        if last == Some(head) {
            return Ok(());
        }
        let changed = match last {
            Some(last) => changed_since(chain, last, head)?,
            None => None,
        };
        match changed {
            Some(changed) => self.update(chain, head, changed),
            None => self.refill(chain, head, last.is_none()),
        }
    }

    fn update(
        &mut self,
        chain: &impl Chain,
        head: Head,
        mut changed: BTreeSet<ListingId>,
    ) -> Result<(), Error> {
        let now = chain.live_block(&head.hash)?;
        changed.extend(self.writer.due(now)?);
        let mut rows = Vec::with_capacity(changed.len());
        for id in changed {
            check_stop(chain)?;
            rows.push((id, chain.listing(&head.hash, id)?.map(|row| pending(row, now))));
        }
        self.writer.update(head, &rows)
    }

    fn refill(&mut self, chain: &impl Chain, head: Head, is_first: bool) -> Result<(), Error> {
        if !is_first && self.resting_until.is_some_and(|until| Instant::now() < until) {
            return Ok(());
        }
        let begun = Instant::now();
        let now = chain.live_block(&head.hash)?;
        let mut count = 0usize;
        self.writer.refill(head, |start| {
            check_stop(chain)?;
            let rows = chain.listings(&head.hash, start)?;
            count = count.saturating_add(rows.len());
            Ok(rows.into_iter().map(|row| pending(row, now)).collect())
        })?;
        let took = begun.elapsed();
        self.resting_until = Instant::now().checked_add(took.saturating_mul(REST));
        if is_first || took > Duration::from_secs(1) {
            log::info!("🔎 The search index holds {count} listings of block {} ({took:.1?})", head.number);
        }
        Ok(())
    }
}

fn check_stop(chain: &impl Chain) -> Result<(), Error> {
    match chain.is_stopping() {
        true => Err(Error::Stopped),
        false => Ok(()),
    }
}

/// A delisting that has its effect is in the status already.
fn pending(row: Row, now: BlockNumber) -> Row {
    Row { appeal_until: row.appeal_until.filter(|until| now <= *until), ..row }
}

/// Listings that changed behind `last` up to `head`; `None` when that can't be told or all might as well be read.
fn changed_since(chain: &impl Chain, last: Head, head: Head) -> Result<Option<BTreeSet<ListingId>>, Error> {
    let is_behind = head.number.checked_sub(last.number).is_some_and(|gap| gap > 0 && gap <= MAX_GAP);
    if !is_behind || chain.hash(last.number)? != Some(last.hash) {
        return Ok(None);
    }
    let mut all = BTreeSet::new();
    for number in last.number.saturating_add(1)..=head.number {
        check_stop(chain)?;
        let Some(hash) = chain.hash(number)? else { return Ok(None) };
        let Some(changed) = chain.changed(&hash)? else { return Ok(None) };
        all.extend(changed);
        if all.len() > MAX_CHANGED {
            return Ok(None);
        }
    }
    Ok(Some(all))
}
