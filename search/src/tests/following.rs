//! Following a chain.

use super::*;
use crate::{Chain, Error, Follower};
use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

type State = BTreeMap<ListingId, Row>;

/// A chain whose blocks are written by the test: the listings after each, and what each says it changed.
#[derive(Default)]
struct Story {
    blocks: RefCell<Vec<(State, Option<BTreeSet<ListingId>>)>>,
    /// Live blocks before the first.
    salt: u8,
    passes: Cell<usize>,
    reads: Cell<usize>,
    stopping: Cell<bool>,
}

impl Story {
    fn block(&self, changed: &[(ListingId, Option<Row>)]) {
        let mut state = self.blocks.borrow().last().map(|(state, _)| state.clone()).unwrap_or_default();
        for (id, row) in changed {
            match row {
                Some(row) => state.insert(*id, row.clone()),
                None => state.remove(id),
            };
        }
        self.blocks.borrow_mut().push((state, Some(changed.iter().map(|(id, _)| *id).collect())));
    }

    fn forget_events(&self, number: usize) {
        self.blocks.borrow_mut()[number].1 = None;
    }

    fn number(at: &Digest) -> usize {
        usize::from(at[0])
    }

    fn hash_of(&self, number: usize) -> Digest {
        let mut hash = [self.salt; 32];
        hash[0] = u8::try_from(number).unwrap();
        hash
    }

    fn state(&self, at: &Digest) -> State {
        let now = u32::try_from(Self::number(at)).unwrap();
        let mut state = self.blocks.borrow()[Self::number(at)].0.clone();
        for row in state.values_mut() {
            if row.appeal_until.is_some_and(|until| now > until) {
                row.view.status = ListingStatus::Delisted { reason: DelistReason::Fraud };
            }
        }
        state
    }
}

impl Chain for Story {
    fn head(&self) -> Result<Head, Error> {
        let number = self.blocks.borrow().len() - 1;
        Ok(Head { number: u32::try_from(number).unwrap(), hash: self.hash_of(number) })
    }
    fn hash(&self, number: BlockNumber) -> Result<Option<Digest>, Error> {
        let number = number as usize;
        Ok((number < self.blocks.borrow().len()).then(|| self.hash_of(number)))
    }
    fn live_block(&self, at: &Digest) -> Result<BlockNumber, Error> {
        Ok(u32::try_from(Self::number(at)).unwrap())
    }
    fn changed(&self, at: &Digest) -> Result<Option<BTreeSet<ListingId>>, Error> {
        Ok(self.blocks.borrow()[Self::number(at)].1.clone())
    }
    fn listing(&self, at: &Digest, id: ListingId) -> Result<Option<Row>, Error> {
        self.reads.set(self.reads.get() + 1);
        Ok(self.state(at).get(&id).cloned())
    }
    fn listings(&self, at: &Digest, start: ListingId) -> Result<Vec<Row>, Error> {
        if start == 0 {
            self.passes.set(self.passes.get() + 1);
        }
        Ok(self.state(at).range(start..).take(2).map(|(_, row)| row.clone()).collect())
    }
    fn is_stopping(&self) -> bool {
        self.stopping.get()
    }
}

struct Reader {
    index: Arc<Index>,
    follower: Follower,
    _folder: tempfile::TempDir,
}

impl Reader {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (index, writer) = Index::open(folder.path(), GENESIS).unwrap();
        Reader { index, follower: Follower::new(writer), _folder: folder }
    }

    fn ids(&self, query: &Query) -> Vec<ListingId> {
        self.index.search(query).unwrap().results.iter().map(|hit| hit.listing.id).collect()
    }
}

fn put(id: ListingId, name: &str) -> (ListingId, Option<Row>) {
    (id, Some(row(listing(id, name))))
}

#[test]
fn first_all_is_read_and_then_what_changed() {
    let (story, mut reader) = (Story::default(), Reader::new());
    story.block(&(0..5).map(|id| put(id, "first")).collect::<Vec<_>>());
    assert!(matches!(reader.index.search(&Query::default()), Err(Error::Building)));
    reader.follower.advance(&story).unwrap();
    assert_eq!((reader.ids(&Query::default()), story.passes.get()), (vec![4, 3, 2, 1, 0], 1));
    story.block(&[put(1, "second")]);
    story.block(&[]);
    story.block(&[put(5, "third"), (0, None), put(1, "third")]);
    reader.follower.advance(&story).unwrap();
    // Only those, once each, as they are at the head.
    assert_eq!((story.passes.get(), story.reads.get()), (1, 3));
    assert_eq!(reader.ids(&Query::default()), [5, 4, 3, 2, 1]);
    assert_eq!(reader.ids(&text("third")), [5, 1]);
    assert_eq!(reader.index.search(&text("third")).unwrap().at, story.head().unwrap());
    reader.follower.advance(&story).unwrap();
    assert_eq!((story.passes.get(), story.reads.get()), (1, 3));
}

#[test]
fn all_is_read_again_after_a_gap_and_on_another_chain() {
    let (story, mut reader) = (Story::default(), Reader::new());
    story.block(&[put(0, "first"), put(1, "first")]);
    reader.follower.advance(&story).unwrap();
    story.block(&[put(1, "second"), (0, None)]);
    story.forget_events(1);
    story.block(&[put(2, "second")]);
    // A pass just now: the next one rests at least as long, which is nothing here.
    std::thread::sleep(std::time::Duration::from_millis(500));
    reader.follower.advance(&story).unwrap();
    assert_eq!((reader.ids(&text("second")), story.passes.get()), (vec![2, 1], 2));
    assert_eq!(reader.ids(&Query::default()), [2, 1]);

    let other = Story { salt: 9, ..Story::default() };
    other.block(&[put(7, "other")]);
    std::thread::sleep(std::time::Duration::from_millis(500));
    reader.follower.advance(&other).unwrap();
    assert_eq!(reader.ids(&Query::default()), [7]);
}

#[test]
fn a_delisting_should_show_when_its_appeal_period_ends() {
    let (story, mut reader) = (Story::default(), Reader::new());
    let sentenced = Row { appeal_until: Some(2), ..row(listing(0, "bad")) };
    story.block(&[(0, Some(sentenced)), put(1, "good")]);
    let seen = |reader: &mut Reader| {
        reader.follower.advance(&story).unwrap();
        reader.ids(&Query::default())
    };
    assert_eq!(seen(&mut reader), [1, 0]);
    story.block(&[]);
    story.block(&[]);
    assert_eq!(seen(&mut reader), [1, 0]);
    story.block(&[]);
    assert_eq!(seen(&mut reader), [1]);
    assert_eq!(reader.ids(&Query { inactive: true, ..Query::default() }), [1, 0]);
    // It is not read for ever.
    let reads = story.reads.get();
    story.block(&[]);
    assert_eq!((seen(&mut reader), story.reads.get()), (vec![1], reads));
}

#[test]
fn a_stop_should_leave_the_index_as_it_was() {
    let (story, mut reader) = (Story::default(), Reader::new());
    story.block(&[put(0, "first")]);
    reader.follower.advance(&story).unwrap();
    story.block(&[put(1, "second")]);
    story.stopping.set(true);
    assert!(matches!(reader.follower.advance(&story), Err(Error::Stopped)));
    assert_eq!(reader.ids(&Query::default()), [0]);
    story.stopping.set(false);
    reader.follower.advance(&story).unwrap();
    assert_eq!(reader.ids(&Query::default()), [1, 0]);
}
