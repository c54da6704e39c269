//! One channel in memory: what was answered, what runs, what is covered. Pure rules, no I/O.

use super::{Refusal, VoucherRefusal};
use souk_primitives::{
    call::{Voucher, MAX_IN_FLIGHT},
    sumtree::{Leaf, Shape, Spine, EMPTY},
    Balance,
};
use std::collections::{BTreeMap, VecDeque};

/// A call beyond the gapless prefix of answered calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    /// A task of this process works on it.
    Running {
        /// Most that it may cost.
        max_charge: Balance,
    },
    /// Bound by a process that died before it answered.
    Orphan {
        /// Most that it may cost.
        max_charge: Balance,
    },
    /// Answered, but a call before it is not.
    Answered(Leaf),
}

/// How far the settled calls have been summed up and pruned: each is looked at once, however many blocks go by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Calls from the first one whose value is known.
    pub summed: u32,
    /// Their value.
    pub value: Balance,
    /// Calls from the first one whose content is gone.
    pub pruned: u32,
}

impl Settled {
    /// One more call, of this charge, is found without its content.
    pub fn pruned_one(&mut self, charge: Balance) {
        self.pruned = self.pruned.saturating_add(1);
        self.summed = self.pruned;
        self.value = self.value.saturating_add(charge);
    }
}

/// The state of one channel.
#[derive(Clone, Debug, Default)]
pub struct Book {
    spine: Spine,
    /// Shapes of the tree at the counts that a voucher may still name; the last one is the spine's.
    shapes: VecDeque<Shape>,
    slots: BTreeMap<u32, Slot>,
    voucher: Option<(Voucher, [u8; 64])>,
    answered: Balance,
    settled: Settled,
}

/// What a consumer has to sign next, and what the provider remembers of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookState {
    /// The first sequence number that is not bound.
    pub next_seq: u32,
    /// The tree over the longest gapless prefix of answered calls: what the next voucher must say.
    pub expected: Shape,
    /// Calls that the best voucher covers.
    pub covered: u32,
    /// Value that the best voucher covers.
    pub covered_value: Balance,
    /// Calls that are being answered.
    pub running: u32,
    /// Value of all answered calls, covered or not.
    pub answered_value: Balance,
}

impl Book {
    /// Restores a stored call. Calls must come in order of their sequence numbers.
    pub fn restore(&mut self, seq: u32, max_charge: Balance, leaf: Option<Leaf>) {
        match leaf {
            Some(leaf) => self.answer(seq, leaf),
            None => {
                self.slots.insert(seq, Slot::Orphan { max_charge });
            }
        }
    }

    /// Restores the stored voucher.
    pub fn restore_voucher(&mut self, voucher: Voucher, signature: [u8; 64]) {
        self.voucher = Some((voucher, signature));
        self.forget_shapes();
    }

    /// How far the settled calls are summed up and pruned.
    pub fn settled(&self) -> Settled {
        self.settled
    }

    /// The same, to go on.
    pub fn settled_mut(&mut self) -> &mut Settled {
        &mut self.settled
    }

    /// Calls covered by the best voucher.
    pub fn covered(&self) -> u32 {
        self.voucher.as_ref().map_or(0, |(v, _)| v.calls)
    }

    /// The best voucher.
    pub fn voucher(&self) -> Option<&(Voucher, [u8; 64])> {
        self.voucher.as_ref()
    }

    /// The call at `seq`, if it is beyond the gapless prefix.
    pub fn slot(&self, seq: u32) -> Option<Slot> {
        self.slots.get(&seq).copied()
    }

    /// Whether `seq` is bound to a request.
    pub fn is_bound(&self, seq: u32) -> bool {
        seq < self.spine.count() || self.slots.contains_key(&seq)
    }

    /// Everything that a client may know.
    pub fn state(&self) -> BookState {
        BookState {
            next_seq: (self.spine.count()..).find(|seq| !self.slots.contains_key(seq)).unwrap_or(u32::MAX),
            expected: self.shape(),
            covered: self.covered(),
            covered_value: self.voucher.as_ref().map_or(0, |(v, _)| v.cumulative),
            running: self.slots.values().filter(|slot| !matches!(slot, Slot::Answered(_))).count() as u32,
            answered_value: self.answered,
        }
    }

    fn shape(&self) -> Shape {
        self.shapes.back().copied().unwrap_or(EMPTY)
    }

    /// Whether a new call may be bound at `seq`: in the window of calls in flight and within the deposit.
    pub fn may_bind(&self, seq: u32, max_charge: Balance, deposit: Balance) -> Result<(), Refusal> {
        let covered = self.covered();
        let next_seq = self.state().next_seq;
        if seq.saturating_sub(covered) >= MAX_IN_FLIGHT {
            return Err(if seq == next_seq {
                Refusal::Uncovered { expected: self.shape() }
            } else {
                Refusal::SeqGap { next_seq }
            });
        }
        let reserved = self.slots.values().fold(self.answered, |sum, slot| match slot {
            Slot::Running { max_charge } | Slot::Orphan { max_charge } => sum.saturating_add(*max_charge),
            Slot::Answered(_) => sum,
        });
        let needed = reserved.saturating_add(max_charge);
        if needed > deposit {
            return Err(Refusal::OverDeposit { needed, deposit });
        }
        Ok(())
    }

    /// Marks a call as running.
    pub fn bind(&mut self, seq: u32, max_charge: Balance) {
        self.slots.insert(seq, Slot::Running { max_charge });
    }

    /// A running call lost its task.
    pub fn orphan(&mut self, seq: u32) {
        if let Some(Slot::Running { max_charge }) = self.slots.get(&seq).copied() {
            self.slots.insert(seq, Slot::Orphan { max_charge });
        }
    }

    /// Records an answer and extends the gapless prefix as far as it goes.
    pub fn answer(&mut self, seq: u32, leaf: Leaf) {
        self.slots.insert(seq, Slot::Answered(leaf));
        self.answered = self.answered.saturating_add(leaf.amount);
        while let Some(Slot::Answered(leaf)) = self.slots.get(&self.spine.count()).copied() {
            let at = self.spine.count();
            // Charges fit the deposit, a u128: the sum can't overflow.
            if self.spine.push(leaf).is_none() {
                break;
            }
            self.slots.remove(&at);
            self.shapes.extend(self.spine.shape());
        }
        self.forget_shapes();
    }

    /// Keeps the shapes of the last voucher's calls and of a few before: those that a racing call may still carry.
    fn forget_shapes(&mut self) {
        let oldest = self.covered().saturating_sub(MAX_IN_FLIGHT);
        while self.shapes.front().is_some_and(|shape| shape.count < oldest) {
            self.shapes.pop_front();
        }
    }

    /// Checks a voucher whose signature, chain and channel are right. `true` when it is better than the one held.
    pub fn check_voucher(&self, voucher: &Voucher, deposit: Balance) -> Result<bool, VoucherRefusal> {
        if voucher.cumulative > deposit {
            return Err(VoucherRefusal::OverDeposit { cumulative: voucher.cumulative, deposit });
        }
        let answered = self.spine.count();
        if voucher.calls > answered {
            return Err(VoucherRefusal::Unanswered { calls: voucher.calls, answered });
        }
        let covered = self.covered();
        if voucher.calls.saturating_add(MAX_IN_FLIGHT) < covered {
            return Err(VoucherRefusal::Stale { calls: voucher.calls, held: covered });
        }
        let shape = if voucher.calls == 0 {
            Some(EMPTY)
        } else {
            self.shapes.iter().find(|shape| shape.count == voucher.calls).copied()
        };
        let Some(shape) = shape else {
            return Err(VoucherRefusal::Stale { calls: voucher.calls, held: covered });
        };
        if shape.total != voucher.cumulative {
            return Err(VoucherRefusal::WrongTotal { said: voucher.cumulative, due: shape.total });
        }
        if shape.root != voucher.receipts_root {
            return Err(VoucherRefusal::WrongRoot);
        }
        Ok(voucher.calls > covered)
    }

    /// Keeps a checked, better voucher.
    pub fn keep_voucher(&mut self, voucher: Voucher, signature: [u8; 64]) {
        self.restore_voucher(voucher, signature);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use souk_primitives::sumtree;

    fn leaf(i: u32) -> Leaf {
        Leaf { digest: [i as u8; 32], amount: 10 + Balance::from(i) }
    }

    fn voucher(leaves: &[Leaf]) -> Voucher {
        let shape = sumtree::shape(leaves).unwrap();
        Voucher {
            genesis: [0; 32],
            channel: [0; 32],
            cumulative: shape.total,
            calls: shape.count,
            receipts_root: shape.root,
        }
    }

    fn answered(n: u32) -> (Book, Vec<Leaf>) {
        let mut book = Book::default();
        let leaves: Vec<_> = (0..n).map(leaf).collect();
        for (i, leaf) in leaves.iter().enumerate() {
            book.bind(i as u32, 100);
            book.answer(i as u32, *leaf);
        }
        (book, leaves)
    }

    #[test]
    fn four_uncovered_calls_should_be_the_most() {
        let (mut book, leaves) = answered(3);
        assert_eq!(book.may_bind(3, 10, 10_000), Ok(()));
        book.bind(3, 10);
        assert!(matches!(book.may_bind(4, 10, 10_000), Err(Refusal::Uncovered { .. })));
        assert!(matches!(book.may_bind(5, 10, 10_000), Err(Refusal::SeqGap { next_seq: 4 })));
        assert_eq!(book.check_voucher(&voucher(&leaves[..1]), 10_000), Ok(true));
        book.keep_voucher(voucher(&leaves[..1]), [0; 64]);
        assert_eq!(book.may_bind(4, 10, 10_000), Ok(()));
    }

    #[test]
    fn running_calls_should_be_reserved_from_the_deposit() {
        let (mut book, _) = answered(2);
        book.bind(2, 100);
        let spent = 10 + 11 + 100;
        assert_eq!(book.may_bind(3, 50, spent + 50), Ok(()));
        assert_eq!(
            book.may_bind(3, 51, spent + 50),
            Err(Refusal::OverDeposit { needed: spent + 51, deposit: spent + 50 })
        );
    }

    #[test]
    fn answers_out_of_order_should_close_the_gap_later() {
        let mut book = Book::default();
        book.bind(0, 100);
        book.bind(1, 100);
        book.answer(1, leaf(1));
        assert_eq!(book.state().expected, EMPTY);
        assert_eq!(book.state().next_seq, 2);
        book.answer(0, leaf(0));
        assert_eq!(Some(book.state().expected), sumtree::shape(&[leaf(0), leaf(1)]));
    }

    #[test]
    fn vouchers_should_be_refused_for_each_reason() {
        let (mut book, leaves) = answered(12);
        let good = voucher(&leaves);
        assert_eq!(book.check_voucher(&good, 10_000), Ok(true));
        let over = Voucher { cumulative: 20_000, ..good.clone() };
        assert!(matches!(book.check_voucher(&over, 10_000), Err(VoucherRefusal::OverDeposit { .. })));
        let early = Voucher { calls: 13, ..good.clone() };
        assert!(matches!(book.check_voucher(&early, 10_000), Err(VoucherRefusal::Unanswered { .. })));
        let short = Voucher { cumulative: good.cumulative - 1, ..good.clone() };
        assert!(matches!(book.check_voucher(&short, 10_000), Err(VoucherRefusal::WrongTotal { .. })));
        let other = Voucher { receipts_root: [9; 32], ..good.clone() };
        assert_eq!(book.check_voucher(&other, 10_000), Err(VoucherRefusal::WrongRoot));
        book.keep_voucher(good.clone(), [0; 64]);
        assert_eq!(book.check_voucher(&good, 10_000), Ok(false));
        assert_eq!(book.check_voucher(&voucher(&leaves[..9]), 10_000), Ok(false), "a racing call's voucher");
        assert!(matches!(
            book.check_voucher(&voucher(&leaves[..7]), 10_000),
            Err(VoucherRefusal::Stale { calls: 7, held: 12 })
        ));
    }
}
