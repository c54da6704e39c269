//! Whose copy is gone through next. One turn is for any copy and one for small ones, so that nobody waits behind a huge
//! one; buyers take turns, by the bytes that were gone through for each of late; and a long copy makes room after a
//! while. Whoever would be late otherwise goes first, however much was done for its buyer: new accounts cost nothing, and
//! must not push an old customer beyond its deadline.

use crate::chain::Head;
use parking_lot::Mutex;
use souk_primitives::{deal::BYTES_PER_BLOCK, AccountId, BlockNumber, Digest, PurchaseId};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

/// Contents up to this many bytes are small: seconds.
pub const SMALL: u64 = 256 << 20;
/// Blocks after which what was done for a buyer counts half: an hour.
const HALF: BlockNumber = 1_200;
/// Seconds of a block.
const BLOCK_SECS: f64 = 3.0;
/// Blocks that a copy should be done before its deadline: for its offer, and for looks of others.
const SPARE: u64 = 40;

/// Copies that wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The purchase.
    pub id: PurchaseId,
    /// Who bought.
    pub buyer: AccountId,
    /// What is copied.
    pub root: Digest,
    /// Its bytes.
    pub size: u64,
    /// Of these, what is still to be gone through.
    pub rest: u64,
    /// Last live block for the copy.
    pub by: BlockNumber,
}

/// One of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// For any copy, the most urgent first.
    Any,
    /// For small ones, the smallest first.
    Small,
}

impl Turn {
    /// All turns.
    pub const ALL: [Turn; 2] = [Turn::Any, Turn::Small];

    fn takes(self, order: &Order) -> bool {
        self == Turn::Any || order.size <= SMALL
    }
}

#[derive(Default)]
struct Inner {
    waiting: Vec<Order>,
    running: HashSet<PurchaseId>,
    /// Bytes that were gone through for each buyer since somebody waits; half as many count after each hour.
    gone: HashMap<AccountId, u64>,
    /// When they were last halved.
    halved: BlockNumber,
    now: Head,
    /// Bytes that are gone through in a block, as it went of late.
    speed: Option<u64>,
}

impl Inner {
    /// Whether it will be late unless it goes now: twice what it needs is more than what it has. What can't be done in
    /// time at all takes nobody's turn.
    fn is_urgent(&self, order: &Order) -> bool {
        let left = u64::from(order.by.saturating_sub(self.now.live));
        let needs = order.rest / self.speed.unwrap_or(BYTES_PER_BLOCK).max(1);
        needs <= left && left <= needs.saturating_mul(2).saturating_add(SPARE)
    }

    fn decay(&mut self) {
        let hours = self.now.number.saturating_sub(self.halved) / HALF;
        if hours > 0 {
            self.halved = self.now.number;
            self.gone.retain(|_, bytes| {
                *bytes = bytes.checked_shr(hours).unwrap_or(0);
                *bytes > 0
            });
        }
    }
}

/// Who waits, and whose turn it is.
#[derive(Default)]
pub struct Turns(Mutex<Inner>);

/// A copy that has a turn, until it is dropped.
pub struct Running {
    /// Which.
    pub order: Order,
    turn: Turn,
    turns: Arc<Turns>,
}

impl Turns {
    /// All that wait at a block.
    pub fn set(&self, waiting: Vec<Order>, now: Head) {
        let mut inner = self.0.lock();
        inner.now = now;
        inner.decay();
        if waiting.is_empty() && inner.running.is_empty() {
            inner.gone.clear();
        }
        inner.waiting = waiting;
    }

    /// Purchases whose copies are gone through now.
    pub fn running(&self) -> HashSet<PurchaseId> {
        self.0.lock().running.clone()
    }

    /// Gives a turn to whose it is, if anybody waits for it.
    pub fn take(self: &Arc<Self>, turn: Turn) -> Option<Running> {
        let mut inner = self.0.lock();
        let next = inner
            .waiting
            .iter()
            .enumerate()
            .filter(|(_, order)| turn.takes(order) && !inner.running.contains(&order.id))
            .min_by_key(|(_, order)| {
                let is_urgent = inner.is_urgent(order);
                let had = inner.gone.get(&order.buyer).copied().filter(|_| !is_urgent).unwrap_or(0);
                let (by, size) = (u64::from(order.by), order.size);
                let rank = if turn == Turn::Any { (by, size) } else { (size, by) };
                (!is_urgent, had, rank, order.id)
            })
            .map(|(at, _)| at)?;
        let order = inner.waiting.swap_remove(next);
        inner.running.insert(order.id);
        Some(Running { order, turn, turns: self.clone() })
    }
}

impl Running {
    /// So many bytes were gone through in this time.
    pub fn went(&self, bytes: u64, took: Duration) {
        let mut inner = self.turns.0.lock();
        let speed = (bytes as f64 * BLOCK_SECS / took.as_secs_f64().max(0.001)) as u64;
        inner.speed = Some(inner.speed.map_or(speed, |before| before / 4 * 3 + speed / 4));
        let gone = inner.gone.entry(self.order.buyer.clone()).or_default();
        *gone = gone.saturating_add(bytes);
    }

    /// Whether another buyer waits for this turn.
    pub fn is_awaited(&self) -> bool {
        let inner = self.turns.0.lock();
        inner.waiting.iter().any(|order| {
            self.turn.takes(order) && order.buyer != self.order.buyer && !inner.running.contains(&order.id)
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.turns.0.lock().running.remove(&self.order.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HUGE: u64 = 1 << 40;

    fn order(id: u8, buyer: u8, size: u64, by: BlockNumber) -> Order {
        Order { id: [id; 32], buyer: AccountId::new([buyer; 32]), root: [0; 32], size, rest: size, by }
    }

    /// A head at which nobody's copy is in a hurry.
    const EARLY: Head = Head { number: 5_000, live: 0 };
    /// At which a gigabyte takes ten blocks.
    const PACE: Duration = Duration::from_secs(30);

    fn take(turns: &Arc<Turns>, turn: Turn) -> Option<u8> {
        turns.take(turn).map(|running| running.order.id[0])
    }

    #[test]
    fn small_copies_should_not_wait_for_huge_ones() {
        let turns = Arc::new(Turns::default());
        turns.set(
            vec![order(1, 1, HUGE, 10), order(2, 1, HUGE, 11), order(3, 2, SMALL, 900), order(4, 3, 9, 999)],
            EARLY,
        );
        let huge = turns.take(Turn::Any).unwrap();
        assert_eq!(huge.order.id, [1; 32], "the most urgent");
        assert_eq!(take(&turns, Turn::Small), Some(4), "the smallest");
        assert_eq!(take(&turns, Turn::Small), Some(3));
        assert_eq!(take(&turns, Turn::Small), None, "this turn is kept for small ones");
        assert_eq!(turns.running(), HashSet::from([[1; 32]]));
    }

    #[test]
    fn buyers_should_take_turns() {
        let turns = Arc::new(Turns::default());
        let waiting = vec![order(1, 1, HUGE, 10), order(2, 1, HUGE, 10), order(3, 2, HUGE, 50)];
        turns.set(waiting.clone(), EARLY);
        let first = turns.take(Turn::Any).unwrap();
        assert_eq!(first.order.id, [1; 32]);
        assert!(first.is_awaited());
        first.went(1 << 30, PACE);
        turns.set(waiting.clone(), EARLY);
        drop(first);
        let second = turns.take(Turn::Any).unwrap();
        assert_eq!(second.order.id, [3; 32], "the other buyer, whose deadline is later");
        turns.set(waiting[2..].to_vec(), EARLY);
        assert!(!second.is_awaited(), "nobody waits but itself");
        second.went(2 << 30, PACE);
        turns.set(waiting, EARLY);
        drop(second);
        assert_eq!(take(&turns, Turn::Any), Some(1));
        // When nobody waits any more all begin anew.
        turns.set(vec![], EARLY);
        turns.set(vec![order(3, 2, HUGE, 5), order(1, 1, HUGE, 10)], EARLY);
        assert_eq!(take(&turns, Turn::Any), Some(3));
    }

    #[test]
    fn old_customers_should_not_stand_behind_new_accounts_for_ever() {
        let turns = Arc::new(Turns::default());
        let waiting = vec![order(1, 1, 1 << 30, 90_000), order(2, 2, 1 << 30, 90_000)];
        turns.set(waiting.clone(), EARLY);
        let first = turns.take(Turn::Any).unwrap();
        first.went(50 << 30, PACE * 50);
        drop(first);
        let second = turns.take(Turn::Any).unwrap();
        assert_eq!(second.order.id, [2; 32]);
        second.went(1 << 30, PACE);
        turns.set(waiting.clone(), EARLY);
        drop(second);
        // Within the hour the new one goes on first; a day later nothing of it counts.
        assert_eq!(take(&turns, Turn::Any), Some(2));
        let day = |days: BlockNumber| Head { number: EARLY.number + days * 24 * HALF, ..EARLY };
        turns.set(waiting.clone(), day(0));
        assert_eq!(take(&turns, Turn::Any), Some(2));
        turns.set(waiting, day(2));
        assert_eq!(take(&turns, Turn::Any), Some(1));
    }

    #[test]
    fn whoever_would_be_late_should_go_first() {
        let turns = Arc::new(Turns::default());
        let waiting = |by| vec![order(1, 1, 10 << 30, by), order(2, 2, 10 << 30, 90_000)];
        turns.set(waiting(500), EARLY);
        turns.take(Turn::Any).unwrap().went(50 << 30, PACE * 50);
        let next = |left: BlockNumber| {
            turns.set(waiting(left), EARLY);
            take(&turns, Turn::Any)
        };
        // Ten gigabytes take a hundred blocks.
        assert_eq!(next(241), Some(2), "there is time");
        assert_eq!(next(239), Some(1));
        assert_eq!(next(101), Some(1));
        assert_eq!(next(90), Some(2), "it is lost, and takes no turn from others");
    }

    #[test]
    fn copy_should_have_one_turn_at_a_time() {
        let turns = Arc::new(Turns::default());
        turns.set(vec![order(1, 1, 5, 10)], EARLY);
        let running = turns.take(Turn::Any).unwrap();
        // The next look at the chain names it again.
        turns.set(vec![order(1, 1, 5, 10)], EARLY);
        assert_eq!(take(&turns, Turn::Small), None);
        drop(running);
        assert_eq!(take(&turns, Turn::Small), Some(1));
    }
}
