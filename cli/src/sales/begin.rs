//! What was begun before, and what is begun now. The book is open while it is looked into, never while somebody is asked:
//! a question that nobody answers must not keep other purchases from going on.

use super::{
    buying::take,
    record::{Book, Facts, Record},
};
use crate::{
    failure::{Failure, Result},
    output::{legible, Output},
};
use souk_primitives::{close::CloseReason, licence::Purposes, AccountId, Digest, ListingId, OfferId};
use std::{
    future::Future,
    path::{Path, PathBuf},
};

/// The purchases of one buyer on one chain that are kept in a folder.
pub struct Desk {
    /// The folder.
    pub folder: PathBuf,
    /// Genesis hash of the chain.
    pub genesis: Digest,
    /// Who buys.
    pub buyer: AccountId,
    /// Where waits are shown.
    pub output: Output,
}

/// What somebody wants to buy.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// What.
    pub listing: ListingId,
    /// By which offer.
    pub offer: OfferId,
    /// For what.
    pub purpose: Purposes,
    /// Where the file goes: an absolute path.
    pub out: Option<PathBuf>,
    /// Whether it is bought once more though it was bought before.
    pub again: bool,
}

/// What came of asking.
pub enum Asked {
    /// It shall be bought.
    Agreed(Box<Facts>),
    /// It was bought before.
    Has(Box<Record>),
}

/// What there is to go on with.
pub enum Begun {
    /// A purchase that did not end, taken for this program.
    GoesOn(Box<Record>),
    /// It was bought before.
    Has(Box<Record>),
}

/// What is known here of something that is wanted.
enum Known {
    Open(Box<Record>),
    /// It was bought, perhaps in several versions; empty when it was not, or is wanted once more.
    Bought(Vec<Record>),
}

impl Desk {
    /// Opens the book and looks into it. As long as it is open no other program gets at it.
    pub async fn open(&self) -> Result<(Book, Vec<Record>)> {
        let path = self.folder.clone();
        let _wait = self.output.wait(format!("opening {}", self.folder.display()));
        let book = souk_sidecar::blocking::aside(move || Book::open(&path)).await;
        let book = book.map_err(|e| Failure::new(format!("{}: {e}", self.folder.display())))?;
        let mine = |record: &Record| record.facts.genesis == self.genesis && record.facts.buyer == self.buyer;
        let (mut records, unsent): (Vec<Record>, Vec<Record>) =
            book.all()?.into_iter().filter(mine).partition(|record| record.facts.sent.is_some());
        for mut record in unsent {
            match record.take() {
                // Agreed to and never ordered: whoever still wants it is asked again.
                Ok(()) if record.facts.sent.is_none() => record.discard()?,
                // Another program is about to order it, or just did.
                _ => records.push(record),
            }
        }
        Ok((book, records))
    }

    /// Finds what was begun, or asks and begins it. `ask` gets what was bought before.
    pub async fn begin<F: Future<Output = Result<Asked>>>(
        &self,
        wanted: &Wanted,
        ask: impl FnOnce(Vec<Record>) -> F,
    ) -> Result<Begun> {
        let (book, records) = self.open().await?;
        let open = records.iter().filter(|record| record.facts.ended.is_none()).count();
        let begun = known(records, wanted)?;
        let others = open.saturating_sub(usize::from(matches!(begun, Known::Open(_))));
        if others > 0 {
            tracing::warn!(
                "{others} of your purchases wait for a step of yours: run `souk buy --resume` beside this"
            );
        }
        let bought = match begun {
            Known::Open(record) => return taken(record),
            Known::Bought(bought) => bought,
        };
        drop(book);
        let facts = match ask(bought).await? {
            Asked::Agreed(facts) => *facts,
            Asked::Has(record) => return Ok(Begun::Has(record)),
        };
        // Another program may have begun it meanwhile.
        let (book, records) = self.open().await?;
        match known(records, wanted)? {
            Known::Open(record) => taken(record),
            Known::Bought(bought) => {
                let version = facts.order.version;
                match bought.into_iter().find(|one| one.facts.order.version == version) {
                    Some(record) => Ok(Begun::Has(Box::new(record))),
                    None => taken(Box::new(book.begin(facts)?)),
                }
            }
        }
    }
}

fn taken(mut record: Box<Record>) -> Result<Begun> {
    take(&mut record)?;
    Ok(Begun::GoesOn(record))
}

fn known(records: Vec<Record>, wanted: &Wanted) -> Result<Known> {
    let what = (wanted.listing, wanted.offer, wanted.purpose);
    let mut bought = Vec::new();
    for record in records {
        let order = &record.facts.order;
        if (order.listing, order.offer, order.purpose) != what {
            continue;
        }
        match record.facts.ended {
            None => {
                if let Some(out) = &wanted.out {
                    check_same(&record, out)?;
                }
                return Ok(Known::Open(Box::new(record)));
            }
            Some(CloseReason::Delivered | CloseReason::Disproved) if !wanted.again => bought.push(record),
            Some(_) => {}
        }
    }
    Ok(Known::Bought(bought))
}

/// A purchase that was begun keeps its file: parts of it may be there.
fn check_same(record: &Record, out: &Path) -> Result<()> {
    match record.facts.out() {
        Some(begun) if begun != out => Err(Failure::new(format!(
            "this purchase of {} was begun for {}: run the same command with that file, and move it when it is there",
            legible(&record.facts.name),
            begun.display()
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sales::record::tests::facts;
    use std::fs::File;

    #[tokio::test]
    async fn book_should_be_closed_while_its_user_is_asked() {
        let home = tempfile::tempdir().unwrap();
        let facts = facts(&home.path().join("out"));
        let desk = Desk {
            folder: home.path().join("purchases"),
            genesis: facts.genesis,
            buyer: facts.buyer.clone(),
            output: Output { json: true },
        };
        let order = &facts.order;
        let wanted = Wanted {
            listing: order.listing,
            offer: order.offer,
            purpose: order.purpose,
            out: facts.out(),
            again: false,
        };
        let ask = |_| async {
            let lock = File::open(desk.folder.join("lock")).unwrap();
            lock.try_lock().expect("others get at the book meanwhile");
            drop(lock);
            let mut other = Book::open(&desk.folder).unwrap().begin(facts.clone()).unwrap();
            other.update(|facts| facts.sent = Some(1)).unwrap();
            Ok(Asked::Agreed(Box::new(facts.clone())))
        };
        let Begun::GoesOn(record) = desk.begin(&wanted, ask).await.unwrap() else { panic!("it was bought") };
        assert_eq!(record.facts.sent, Some(1), "it goes on with what the other program began");
        assert_eq!(Book::open(&desk.folder).unwrap().all().unwrap().len(), 1);
    }
}
