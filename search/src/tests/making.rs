//! The file: what changes it, and when it is made again.

use super::*;
use crate::Error;

/// What happens to a file while nobody looks.
type Spoil = fn(&std::path::Path);

fn path(folder: &tempfile::TempDir) -> std::path::PathBuf {
    crate::schema::file(folder.path())
}

#[test]
fn a_changed_listing_should_be_found_by_what_it_is_now_only() {
    let mut shelf = Shelf::of(vec![listing(0, "old words"), listing(1, "others")]);
    let after = ListingView {
        tags: vec!["tag".into()],
        kind: ListingKind::Dataset,
        offers: vec![offer(0, 3, Purposes::TRAINING)],
        ..rated(listing(0, "new words"), 4_200, 2)
    };
    shelf.writer.update(head(2), &[(0, Some(row(after.clone())))]).unwrap();
    assert_eq!(shelf.ids(&text("old")), Vec::<u64>::new());
    let page = shelf.page(&text("new words"));
    assert_eq!((page.results.len(), page.at), (1, head(2)));
    assert_eq!(page.results[0].listing, after);
    assert_eq!(shelf.ids(&Query { tags: vec!["tag".into()], ..Query::default() }), [0]);
    assert_eq!(shelf.ids(&Query { min_rating: Some(4_200), max_price: Some(3), ..Query::default() }), [0]);

    shelf.writer.update(head(3), &[(0, None), (9, None)]).unwrap();
    for query in [text("new"), Query { tags: vec!["tag".into()], ..Query::default() }] {
        assert_eq!(shelf.ids(&query), Vec::<u64>::new());
    }
    assert_eq!(shelf.ids(&Query::default()), [1]);
}

#[test]
fn a_refill_should_leave_what_is_on_the_chain_and_nothing_else() {
    let mut shelf = Shelf::of((0..50).map(|id| listing(id, "before")).collect());
    let now: Vec<Row> = [3u64, 4, 17, 60].into_iter().map(|id| row(listing(id, "after"))).collect();
    shelf
        .writer
        .refill(head(2), |start| Ok(now.iter().filter(|row| row.view.id >= start).take(3).cloned().collect()))
        .unwrap();
    assert_eq!(shelf.ids(&Query::default()), [60, 17, 4, 3]);
    assert_eq!(shelf.ids(&text("after")), [60, 17, 4, 3]);
    assert_eq!(shelf.ids(&text("before")), Vec::<u64>::new());
    // One that fails on the way changes nothing.
    let failed = shelf.writer.refill(head(3), |start| match start {
        0 => Ok(vec![row(listing(5, "half"))]),
        _ => Err(Error::Stopped),
    });
    assert!(matches!(failed, Err(Error::Stopped)));
    assert_eq!(
        (shelf.ids(&Query::default()), shelf.page(&Query::default()).at),
        (vec![60, 17, 4, 3], head(2))
    );
    shelf.writer.refill(head(4), |_| Ok(Vec::new())).unwrap();
    assert_eq!(shelf.ids(&Query::default()), Vec::<u64>::new());
}

#[test]
fn the_index_should_be_kept_over_a_restart() {
    let Shelf { index, writer, folder } = Shelf::of(vec![listing(0, "kept")]);
    drop((index, writer));
    let (index, writer) = Index::open(folder.path(), GENESIS).unwrap();
    assert_eq!(writer.head().unwrap(), Some(head(1)));
    assert_eq!(index.search(&text("kept")).unwrap().results.len(), 1);
}

#[test]
fn an_index_that_is_no_good_should_be_begun_again() {
    let spoil: [(&str, Spoil); 5] = [
        ("missing", |path| std::fs::remove_file(path).unwrap()),
        ("empty", |path| std::fs::write(path, b"").unwrap()),
        ("no database", |path| std::fs::write(path, vec![b'x'; 10_000]).unwrap()),
        ("damaged in the middle", |path| {
            let mut bytes = std::fs::read(path).unwrap();
            let len = bytes.len();
            bytes[4_096..len].fill(0xa5);
            std::fs::write(path, bytes).unwrap();
        }),
        ("of another program", |path| {
            std::fs::remove_file(path).unwrap();
            rusqlite::Connection::open(path).unwrap().execute_batch("CREATE TABLE other (x)").unwrap();
        }),
    ];
    for (what, spoil) in spoil {
        let Shelf { index, writer, folder } = Shelf::of((0..200).map(|id| listing(id, "gone")).collect());
        drop((index, writer));
        spoil(&path(&folder));
        let (index, mut writer) =
            Index::open(folder.path(), GENESIS).unwrap_or_else(|e| panic!("{what}: {e}"));
        assert_eq!(writer.head().unwrap(), None, "{what}");
        assert!(matches!(index.search(&text("gone")), Err(Error::Building)), "{what}");
        writer.update(head(9), &[(0, Some(row(listing(0, "back"))))]).unwrap();
        assert_eq!(index.search(&text("back")).unwrap().results.len(), 1, "{what}");
    }
    let Shelf { index, writer, folder } = Shelf::of(vec![listing(0, "of another chain")]);
    drop((index, writer));
    let (_, writer) = Index::open(folder.path(), [8; 32]).unwrap();
    assert_eq!(writer.head().unwrap(), None);
}

#[test]
fn damage_found_by_a_search_should_be_repaired() {
    let mut shelf = Shelf::of((0..200).map(|id| listing(id, "whole")).collect());
    let db = rusqlite::Connection::open(path(&shelf.folder)).unwrap();
    db.execute("UPDATE views SET view = x'00' WHERE id = 7", []).unwrap();
    assert!(matches!(
        shelf.index.search(&Query { limit: Some(200), ..text("whole") }),
        Err(Error::Damaged(_))
    ));
    drop(db);
    assert!(matches!(shelf.index.search(&text("whole")), Err(Error::Building)));
    shelf.writer.repair().unwrap();
    assert_eq!(shelf.writer.head().unwrap(), None);
    shelf.writer.update(head(2), &[(7, Some(row(listing(7, "whole"))))]).unwrap();
    assert_eq!(shelf.ids(&text("whole")), [7]);
}
