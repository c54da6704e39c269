//! Whose copy is gone through next. One turn is for any copy and one for small ones, so that nobody waits behind a huge
//! one; buyers take turns, by the bytes that were gone through for each; and a long copy makes room after a while.

use parking_lot::Mutex;
use souk_primitives::{AccountId, BlockNumber, Digest, PurchaseId};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// Contents up to this many bytes are small: seconds.
pub const SMALL: u64 = 256 << 20;

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
    /// Bytes that were gone through for each buyer since somebody waits.
    gone: HashMap<AccountId, u64>,
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
    /// All that wait now.
    pub fn set(&self, waiting: Vec<Order>) {
        let mut inner = self.0.lock();
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
        let Inner { waiting, running, gone } = &mut *inner;
        let next = waiting
            .iter()
            .enumerate()
            .filter(|(_, order)| turn.takes(order) && !running.contains(&order.id))
            .min_by_key(|(_, order)| {
                let had = gone.get(&order.buyer).copied().unwrap_or(0);
                let (by, size) = (u64::from(order.by), order.size);
                let rank = if turn == Turn::Any { (by, size) } else { (size, by) };
                (had, rank, order.id)
            })
            .map(|(at, _)| at)?;
        let order = waiting.swap_remove(next);
        running.insert(order.id);
        Some(Running { order, turn, turns: self.clone() })
    }
}

impl Running {
    /// So many bytes were gone through.
    pub fn went(&self, bytes: u64) {
        let mut inner = self.turns.0.lock();
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
        Order { id: [id; 32], buyer: AccountId::new([buyer; 32]), root: [0; 32], size, by }
    }

    fn take(turns: &Arc<Turns>, turn: Turn) -> Option<u8> {
        turns.take(turn).map(|running| running.order.id[0])
    }

    #[test]
    fn small_copies_should_not_wait_for_huge_ones() {
        let turns = Arc::new(Turns::default());
        turns.set(vec![
            order(1, 1, HUGE, 10),
            order(2, 1, HUGE, 11),
            order(3, 2, SMALL, 900),
            order(4, 3, 9, 999),
        ]);
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
        turns.set(waiting.clone());
        let first = turns.take(Turn::Any).unwrap();
        assert_eq!(first.order.id, [1; 32]);
        assert!(first.is_awaited());
        first.went(1 << 30);
        turns.set(waiting.clone());
        drop(first);
        let second = turns.take(Turn::Any).unwrap();
        assert_eq!(second.order.id, [3; 32], "the other buyer, whose deadline is later");
        turns.set(waiting[2..].to_vec());
        assert!(!second.is_awaited(), "nobody waits but itself");
        second.went(2 << 30);
        turns.set(waiting);
        drop(second);
        assert_eq!(take(&turns, Turn::Any), Some(1));
        // When nobody waits any more all begin anew.
        turns.set(vec![]);
        turns.set(vec![order(3, 2, HUGE, 5), order(1, 1, HUGE, 10)]);
        assert_eq!(take(&turns, Turn::Any), Some(3));
    }

    #[test]
    fn copy_should_have_one_turn_at_a_time() {
        let turns = Arc::new(Turns::default());
        turns.set(vec![order(1, 1, 5, 10)]);
        let running = turns.take(Turn::Any).unwrap();
        // The next look at the chain names it again.
        turns.set(vec![order(1, 1, 5, 10)]);
        assert_eq!(take(&turns, Turn::Small), None);
        drop(running);
        assert_eq!(take(&turns, Turn::Small), Some(1));
    }
}
