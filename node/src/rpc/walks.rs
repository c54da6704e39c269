//! Reads that walk much of the state: each once for a head, and for other blocks one at a time.
//!
//! Callers name the block, so without a bound anyone could make a node walk for ever. Only what is asked of a current head
//! is remembered, so nobody can push that out by asking for old blocks; and nobody waits for another one's walk but for
//! its answer to the same question.

use jsonrpsee::{
    core::RpcResult,
    types::{error::ErrorObject, ErrorObjectOwned},
};
use sp_core::H256;
use std::{
    collections::{HashMap, VecDeque},
    hash::Hash,
    sync::{Arc, Mutex, MutexGuard, PoisonError, TryLockError},
};

/// Another block is being read.
pub const BUSY_ERROR: i32 = 8103;

/// Blocks whose answers are remembered: clients ask a few blocks behind the head too.
const MAX_BLOCKS: usize = 8;
/// Most answers that are remembered of one block.
const MAX_REMEMBERED: usize = 256;

/// An answer, once it is there. Who finds none, finds it.
type Slot<R> = Arc<Mutex<Option<R>>>;

/// Answers of one block, by what was asked.
type Answers<K, R> = HashMap<K, Slot<R>>;

/// Answers of the last heads.
pub struct Walks<K, R> {
    heads: Mutex<VecDeque<(H256, Answers<K, R>)>>,
    /// Held while a block that is no head is read. All kinds of walks share it.
    other: Arc<Mutex<()>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn busy() -> ErrorObjectOwned {
    let text = "another old block is being read: ask for the finalised head (no block), or ask again later";
    ErrorObject::owned(BUSY_ERROR, text, None::<()>)
}

impl<K: Eq + Hash, R: Clone> Walks<K, R> {
    /// Nothing remembered. `other` is what all walks of a node share.
    pub fn new(other: Arc<Mutex<()>>) -> Self {
        Self { heads: Mutex::default(), other }
    }

    /// What is remembered, or what `read` finds. `is_head` says whether the block is one that deserves to be remembered.
    pub fn answer(
        &self,
        block: H256,
        is_head: bool,
        asked: K,
        read: impl FnOnce() -> RpcResult<R>,
    ) -> RpcResult<R> {
        let Some(slot) = self.slot(block, is_head, asked) else {
            let _one_at_a_time = match self.other.try_lock() {
                Ok(guard) => guard,
                Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
                Err(TryLockError::WouldBlock) => return Err(busy()),
            };
            return read();
        };
        let mut slot = lock(&slot);
        if let Some(answer) = &*slot {
            return Ok(answer.clone());
        }
        let answer = read()?;
        *slot = Some(answer.clone());
        Ok(answer)
    }

    /// Where the answer is, or will be. `None` when it is not to be remembered.
    fn slot(&self, block: H256, is_head: bool, asked: K) -> Option<Slot<R>> {
        let mut heads = lock(&self.heads);
        if is_head && heads.iter().all(|(known, _)| *known != block) {
            heads.truncate(MAX_BLOCKS.saturating_sub(1));
            heads.push_front((block, HashMap::new()));
        }
        let (_, answers) = heads.iter_mut().find(|(known, _)| *known == block)?;
        if let Some(slot) = answers.get(&asked) {
            return Some(slot.clone());
        }
        if answers.len() >= MAX_REMEMBERED {
            return None;
        }
        Some(answers.entry(asked).or_default().clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;

    fn walks() -> Walks<usize, u32> {
        Walks::new(Arc::default())
    }

    fn block(n: u8) -> H256 {
        H256([n; 32])
    }

    #[test]
    fn a_head_is_walked_once_for_each_question() {
        let (walks, count) = (walks(), Cell::new(0));
        let ask = |n: u8, what: usize, answer: RpcResult<u32>| {
            walks.answer(block(n), true, what, || {
                count.set(count.get() + 1);
                answer
            })
        };
        assert_eq!(ask(1, 0, Ok(10)).unwrap(), 10);
        assert_eq!(ask(1, 0, Ok(11)).unwrap(), 10);
        assert_eq!(ask(1, 1, Ok(12)).unwrap(), 12);
        assert_eq!(count.get(), 2);
        assert_eq!(ask(2, 0, Ok(20)).unwrap(), 20);
        // A failure is not remembered.
        assert!(ask(3, 0, Err(busy())).is_err());
        assert_eq!(ask(3, 0, Ok(30)).unwrap(), 30);
        assert_eq!(count.get(), 5);
        (0..10 * MAX_REMEMBERED).for_each(|what| assert!(ask(3, what, Ok(0)).is_ok()));
        // What was remembered stays, whatever else is asked.
        assert_eq!(ask(3, 0, Ok(31)).unwrap(), 30);
        (4..50).for_each(|n| assert!(ask(n, 0, Ok(0)).is_ok()));
        let heads = lock(&walks.heads);
        assert!(heads.len() <= MAX_BLOCKS && heads.iter().all(|(_, all)| all.len() <= MAX_REMEMBERED));
    }

    #[test]
    fn other_blocks_push_nothing_out_and_are_read_one_at_a_time() {
        let (walks, count) = (walks(), Cell::new(0));
        let read = |answer: u32| {
            count.set(count.get() + 1);
            Ok(answer)
        };
        assert_eq!(walks.answer(block(1), true, 0, || read(10)).unwrap(), 10);
        for n in 100..200 {
            assert_eq!(walks.answer(block(n), false, 0, || read(7)).unwrap(), 7);
        }
        assert_eq!(walks.answer(block(1), true, 0, || read(11)).unwrap(), 10);
        // And when the head has moved on.
        assert_eq!(walks.answer(block(1), false, 0, || read(11)).unwrap(), 10);
        assert_eq!(count.get(), 101);

        let during = walks.answer(block(200), false, 0, || {
            // While an old block is read, another one is refused and a head is not.
            let refused = walks.answer(block(201), false, 0, || read(0)).unwrap_err();
            assert_eq!(refused.code(), BUSY_ERROR);
            assert_eq!(walks.answer(block(2), true, 0, || read(20)).unwrap(), 20);
            read(1)
        });
        assert_eq!(during.unwrap(), 1);
        assert!(walks.answer(block(201), false, 0, || read(0)).is_ok());
    }

    #[test]
    fn questions_do_not_wait_for_each_other() {
        let walks = walks();
        let outer = walks.answer(block(1), true, 0, || walks.answer(block(1), true, 1, || Ok(5)));
        assert_eq!(outer.unwrap(), 5);
    }
}
