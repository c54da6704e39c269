//! One channel in memory: which numbers are free, what was answered, what the next voucher says. Pure rules, no I/O.

use souk_primitives::{
    call::{Voucher, MAX_IN_FLIGHT},
    sumtree::{Leaf, Spine},
    views::{ChannelState, ChannelView},
    Balance, BlockNumber, Digest,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

/// A channel.
#[derive(Clone, Debug)]
pub struct Book {
    /// Its facts as the chain has them.
    pub view: ChannelView,
    /// Genesis hash of its chain.
    pub genesis: Digest,
    /// Where its provider answers.
    pub endpoint: String,
    /// A live block at which the chain knew it.
    pub seen: BlockNumber,
    /// Why it takes no more calls, if so.
    pub retired: Option<String>,
    /// Since when it takes none.
    pub retired_at: Option<Instant>,
    /// Its closing transaction is on its way.
    pub closing: bool,
    /// A top-up is on its way.
    pub topping: bool,
    /// Calls covered by the last voucher that the provider took.
    pub handed: u32,
    /// When it was last used.
    pub used: Instant,
    /// Tree over the longest gapless prefix of answered calls.
    spine: Spine,
    /// Answered calls behind a gap.
    ahead: BTreeMap<u32, Leaf>,
    /// Calls without a receipt, with what they may cost.
    open: BTreeMap<u32, Balance>,
    /// Calls without a receipt whose provider is away: the channel rests until they are resolved.
    stuck: BTreeSet<u32>,
    /// Numbers below `next` that the provider refused to take.
    free: BTreeSet<u32>,
    /// The first number that was never used.
    next: u32,
    /// Value of all answered calls.
    answered: Balance,
}

/// How far the payment of a channel is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfinished {
    /// Calls that the last voucher covers.
    pub calls: u32,
    /// Their value.
    pub value: Balance,
    /// Calls covered by the last voucher that the provider took.
    pub handed: u32,
    /// Calls without a receipt.
    pub open: Vec<u32>,
}

impl Unfinished {
    /// Whether the provider has everything that it is owed.
    pub fn is_done(&self) -> bool {
        self.open.is_empty() && self.handed >= self.calls
    }
}

impl Book {
    /// An unused channel.
    pub fn new(view: ChannelView, genesis: Digest, endpoint: String) -> Self {
        Self {
            view,
            genesis,
            endpoint,
            seen: 0,
            retired: None,
            retired_at: None,
            closing: false,
            topping: false,
            handed: 0,
            used: Instant::now(),
            spine: Spine::default(),
            ahead: BTreeMap::new(),
            open: BTreeMap::new(),
            stuck: BTreeSet::new(),
            free: BTreeSet::new(),
            next: 0,
            answered: 0,
        }
    }

    /// Restores a stored call; calls come in order of their numbers.
    pub fn restore(&mut self, seq: u32, max_charge: Balance, leaf: Option<Leaf>) {
        for missing in self.next..seq {
            self.free.insert(missing);
        }
        self.next = self.next.max(seq.saturating_add(1));
        self.open.insert(seq, max_charge);
        match leaf {
            Some(leaf) => self.answer(seq, leaf),
            None => self.stick(seq),
        }
    }

    /// Takes a number for a call that may cost `max_charge`; `None` when four are in flight, the channel rests, or
    /// the deposit is too small.
    pub fn take(&mut self, max_charge: Balance) -> Option<u32> {
        if !self.has_place() || max_charge > self.room() {
            return None;
        }
        let seq = self.free.pop_first().unwrap_or_else(|| {
            let seq = self.next;
            self.next = self.next.saturating_add(1);
            seq
        });
        self.open.insert(seq, max_charge);
        self.used = Instant::now();
        Some(seq)
    }

    /// Whether another call could go now, money aside. A channel takes none before its seed is final, or when it
    /// is closing.
    pub fn has_place(&self) -> bool {
        let seq = self.free.first().copied().unwrap_or(self.next);
        self.retired.is_none()
            && self.view.seed.is_some()
            && self.view.state == ChannelState::Open
            && self.stuck.is_empty()
            && self.open.len() < MAX_IN_FLIGHT as usize
            && seq < self.spine.count().saturating_add(MAX_IN_FLIGHT)
    }

    /// What the deposit leaves for new calls.
    pub fn room(&self) -> Balance {
        let reserved = self.open.values().fold(self.answered, |sum, max| sum.saturating_add(*max));
        self.view.deposit.saturating_sub(reserved)
    }

    /// A call was never taken by the provider: its number is free.
    pub fn release(&mut self, seq: u32) {
        self.stuck.remove(&seq);
        if self.open.remove(&seq).is_some() {
            self.free.insert(seq);
        }
    }

    /// A call waits for its receipt while its provider is away.
    pub fn stick(&mut self, seq: u32) {
        if self.open.contains_key(&seq) {
            self.stuck.insert(seq);
        }
    }

    /// A call has its receipt.
    pub fn answer(&mut self, seq: u32, leaf: Leaf) {
        if self.open.remove(&seq).is_none() {
            return;
        }
        self.stuck.remove(&seq);
        self.answered = self.answered.saturating_add(leaf.amount);
        self.ahead.insert(seq, leaf);
        while let Some(leaf) = self.ahead.get(&self.spine.count()).copied() {
            let at = self.spine.count();
            // Charges fit the deposit: the sum can't overflow.
            if self.spine.push(leaf).is_none() {
                break;
            }
            self.ahead.remove(&at);
        }
    }

    /// It takes no more calls: a receipt was refused, it is about to expire, or its owner closes it.
    pub fn retire(&mut self, why: impl Into<String>) {
        if self.retired.is_none() {
            self.retired = Some(why.into());
            self.retired_at = Some(Instant::now());
        }
    }

    /// The voucher over everything that was answered without a gap; `None` before the first answer.
    pub fn voucher(&self) -> Option<Voucher> {
        let shape = self.spine.shape()?;
        (shape.count > 0).then_some(Voucher {
            genesis: self.genesis,
            channel: self.view.id,
            cumulative: shape.total,
            calls: shape.count,
            receipts_root: shape.root,
        })
    }

    /// Calls answered without a gap.
    pub fn covered(&self) -> u32 {
        self.spine.count()
    }

    /// Value of all answered calls.
    pub fn spent(&self) -> Balance {
        self.answered
    }

    /// Calls in flight.
    pub fn in_flight(&self) -> usize {
        self.open.len()
    }

    /// Calls that wait for a provider that is away.
    pub fn stuck(&self) -> impl Iterator<Item = u32> + '_ {
        self.stuck.iter().copied()
    }

    /// Whether it rests until receipts that are missing are found.
    pub fn is_resting(&self) -> bool {
        self.retired.is_none() && !self.stuck.is_empty()
    }

    /// What is left to do before it can be closed without a loss for its provider.
    pub fn unfinished(&self) -> Unfinished {
        Unfinished {
            calls: self.spine.count(),
            value: self.covered_value(),
            handed: self.handed,
            open: self.open.keys().copied().collect(),
        }
    }

    /// Value of the calls answered without a gap.
    pub fn covered_value(&self) -> Balance {
        self.spine.shape().map_or(0, |shape| shape.total)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use souk_primitives::{sumtree, AccountId};

    pub(crate) fn view(deposit: Balance) -> ChannelView {
        ChannelView {
            id: [9; 32],
            consumer: AccountId::new([1; 32]),
            funder: AccountId::new([1; 32]),
            provider: AccountId::new([2; 32]),
            spec: [3; 32],
            deposit,
            settled: 0,
            settled_calls: 0,
            per_1k_input: 1000,
            per_1k_output: 2000,
            voucher_key: [4; 32],
            receipt_key: [5; 32],
            seed: Some([6; 32]),
            opened_at: 1,
            expires: 1000,
            state: ChannelState::Open,
            audited: true,
            open_batches: 0,
            notice: 0,
        }
    }

    fn book(deposit: Balance) -> Book {
        Book::new(view(deposit), [7; 32], "http://localhost".into())
    }

    fn leaf(amount: Balance) -> Leaf {
        Leaf { digest: [1; 32], amount }
    }

    #[test]
    fn four_calls_should_be_in_flight_and_no_more() {
        let mut book = book(1_000);
        assert_eq!(
            (0..5).map(|_| book.take(10)).collect::<Vec<_>>(),
            [Some(0), Some(1), Some(2), Some(3), None]
        );
        book.answer(1, leaf(5));
        // The gap at 0 keeps the window where it is.
        assert_eq!(book.take(10), None);
        assert_eq!(book.voucher(), None);
        book.answer(0, leaf(5));
        assert_eq!(book.take(10), Some(4));
        assert_eq!(book.voucher().map(|v| (v.calls, v.cumulative)), Some((2, 10)));
        assert_eq!(
            book.voucher().map(|v| v.receipts_root),
            sumtree::shape(&[leaf(5), leaf(5)]).map(|s| s.root)
        );
    }

    #[test]
    fn deposit_should_cover_what_is_in_flight() {
        let mut book = book(100);
        assert_eq!(book.take(60), Some(0));
        assert_eq!(book.take(41), None);
        assert_eq!(book.take(40), Some(1));
        book.answer(0, leaf(10));
        assert_eq!(book.room(), 50);
    }

    #[test]
    fn refused_number_should_be_used_before_a_new_one() {
        let mut book = book(1_000);
        book.take(1);
        book.take(1);
        book.release(0);
        assert_eq!(book.take(1), Some(0));
        assert_eq!(book.take(1), Some(2));
    }

    #[test]
    fn stuck_call_should_rest_the_channel_until_it_is_resolved() {
        let mut book = book(1_000);
        book.take(1);
        book.stick(0);
        assert_eq!(book.take(1), None);
        book.answer(0, leaf(0));
        assert_eq!(book.take(1), Some(1));
        book.retire("bad receipt");
        assert_eq!(book.take(1), None);
    }

    #[test]
    fn restored_book_should_be_the_same() {
        let mut book = book(1_000);
        book.restore(0, 10, Some(leaf(3)));
        book.restore(2, 10, Some(leaf(4)));
        book.restore(3, 10, None);
        assert_eq!(book.spent(), 7);
        assert_eq!(book.voucher().map(|v| v.calls), Some(1));
        assert_eq!(book.stuck().collect::<Vec<_>>(), [3]);
        book.release(3);
        // 1 was never bound: a crash came between the reservation and the disk.
        assert_eq!((book.take(1), book.take(1)), (Some(1), Some(3)));
    }
}
