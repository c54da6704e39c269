use super::{index::Reserve, *};
use crate::store::tree::SEGMENT;
use bytes::Bytes;
use object_store::memory::InMemory;
use proptest::prelude::*;
use souk_primitives::content::{Builder, Content, CHUNK};

const URL: &str = "memory:///";

fn file(parts: &[u8], rest: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = parts.iter().flat_map(|part| vec![*part; SEGMENT]).collect();
    bytes.extend(vec![7; rest]);
    bytes
}

fn content_of(bytes: &[u8]) -> (Content, Vec<Digest>) {
    let mut builder = Builder::default();
    let digests = bytes.chunks(CHUNK as usize).map(|chunk| builder.push(chunk).unwrap().digest).collect();
    (builder.finish().unwrap(), digests)
}

fn stream(digests: &[Digest]) -> Brought<'static> {
    // In pieces that fit nothing.
    let pieces: Vec<_> =
        digests.concat().chunks(1_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
    Box::pin(futures::stream::iter(pieces))
}

async fn open(objects: &Arc<InMemory>, folder: &std::path::Path) -> Arc<Store> {
    Arc::new(Store::over(objects.clone(), 0, URL, folder).await.unwrap())
}

async fn put_segments(store: &Arc<Store>, bytes: &[u8]) -> Vec<Digest> {
    let mut names = Vec::new();
    for part in bytes.chunks(SEGMENT) {
        let name = tree::name_of(part).unwrap();
        store.put_segment(name, Bytes::copy_from_slice(part)).await.unwrap();
        names.push(name);
    }
    names
}

async fn bring(store: &Arc<Store>, bytes: &[u8]) -> Content {
    put_segments(store, bytes).await;
    let (content, digests) = content_of(bytes);
    assert_eq!(store.put_content(content, stream(&digests)).await.unwrap(), Put::Made);
    content
}

async fn objects_of(objects: &Arc<InMemory>) -> usize {
    objects.list(None).count().await
}

async fn delete(store: &Store, root: Digest) -> Result<(), StoreError> {
    store.delete_content(root, async { Ok(false) }).await
}

/// All bytes of a content, and its list.
async fn read(store: &Store, content: &Content) -> (Vec<u8>, Vec<u8>) {
    let mut bytes = Vec::new();
    for at in 0..tree::segments_of(content) {
        bytes.extend(store.segment(content, at).await.unwrap());
    }
    let list = store.digests(content, 0..u64::from(content.chunks()) * 32).await.unwrap();
    (bytes, list.try_collect::<Vec<_>>().await.unwrap().concat())
}

#[tokio::test]
async fn store_should_give_back_what_was_brought_also_with_a_new_index() {
    let (objects, dir) = (Arc::new(InMemory::new()), tempfile::tempdir().unwrap());
    let (long, short) = (file(&[1, 2, 1], 5), file(&[], 70_000));
    let (long_content, short_content) = {
        let store = open(&objects, dir.path()).await;
        let brought = (bring(&store, &long).await, bring(&store, &short).await);
        // Equal segments are stored once.
        assert_eq!(store.used(), (2 * SEGMENT + 5 + 70_000) as u64);
        brought
    };
    let new = tempfile::tempdir().unwrap();
    for folder in [dir.path(), new.path()] {
        let store = open(&objects, folder).await;
        assert_eq!(store.used(), (2 * SEGMENT + 5 + 70_000) as u64);
        let mut contents = store.contents().await.unwrap();
        contents.sort_by_key(|content| content.size());
        assert_eq!(contents, [short_content, long_content]);
        for (bytes, content) in [(&long, long_content), (&short, short_content)] {
            let (read, list) = read(&store, &content).await;
            assert!(read == *bytes);
            assert_eq!(list, content_of(bytes).1.concat());
        }
    }
}

#[tokio::test]
async fn deletion_should_spare_what_others_use_and_what_is_needed() {
    let (objects, dir) = (Arc::new(InMemory::new()), tempfile::tempdir().unwrap());
    let store = open(&objects, dir.path()).await;
    let one = bring(&store, &file(&[1, 2], 5)).await;
    let other = bring(&store, &file(&[2, 3], 0)).await;
    let refused = store.delete_content(one.root(), async { Ok::<_, StoreError>(true) }).await;
    assert!(matches!(refused, Err(StoreError::InUse)));
    delete(&store, one.root()).await.unwrap();
    assert!(matches!(delete(&store, one.root()).await, Err(StoreError::Unknown)));
    assert!(matches!(store.segment(&one, 0).await, Err(StoreError::Unknown)));
    assert!(read(&store, &other).await.0 == file(&[2, 3], 0));
    assert_eq!(store.used(), 2 * SEGMENT as u64);
    assert_eq!(objects_of(&objects).await, 3);
    delete(&store, other.root()).await.unwrap();
    assert_eq!((store.used(), objects_of(&objects).await), (0, 0));
    // And it can be brought again.
    assert_eq!(bring(&store, &file(&[1, 2], 5)).await, one);
}

#[tokio::test]
async fn crash_should_leave_nothing_that_nobody_knows() {
    let (objects, dir) = (Arc::new(InMemory::new()), tempfile::tempdir().unwrap());
    let bytes = file(&[1, 2], 5);
    let (content, digests) = content_of(&bytes);
    {
        let store = open(&objects, dir.path()).await;
        let names = put_segments(&store, &bytes).await;
        // Killed between a segment's row and its object, and between the object and the row's end.
        assert_eq!(store.index.reserve(&[9; 32], 100, 0).unwrap(), Reserve::Taken { was_lost: false });
        objects.put(&segment_path(&[8; 32]), Bytes::from_static(b"x").into()).await.unwrap();
        store.index.reserve(&[8; 32], 1, 0).unwrap();
        // Killed while a list was brought.
        store.index.begin(&content).unwrap();
        store.index.add_parts(&content.root(), 0, &names[..1]).unwrap();
        objects.put(&content_path(&content.root()), Bytes::from_static(b"half").into()).await.unwrap();
    }
    let store = open(&objects, dir.path()).await;
    assert_eq!(store.used(), bytes.len() as u64 + 1);
    assert_eq!(store.missing(vec![[9; 32], [8; 32]]).await.unwrap(), [[9; 32]]);
    assert_eq!(store.contents().await.unwrap(), []);
    assert!(objects.head(&content_path(&content.root())).await.is_err());
    // Its segments are still there: the next attempt brings the list alone.
    assert_eq!(store.put_content(content, stream(&digests)).await.unwrap(), Put::Made);
    // Killed while a content was being deleted.
    store.index.set_content(&content.root(), index::GOING).unwrap();
    drop(store);
    let store = open(&objects, dir.path()).await;
    assert_eq!((store.used(), objects_of(&objects).await), (1, 1));
}

#[tokio::test]
async fn segments_that_nobody_made_a_content_of_should_go_after_a_while() {
    let (objects, dir) = (Arc::new(InMemory::new()), tempfile::tempdir().unwrap());
    let store = open(&objects, dir.path()).await;
    let kept = bring(&store, &file(&[1], 0)).await;
    put_segments(&store, &file(&[2], 0)).await;
    store.clean().await.unwrap();
    assert_eq!(objects_of(&objects).await, 3, "somebody may still be bringing it");
    assert_eq!(store.index.give_up_unused(unix_now() + 10).unwrap(), 1);
    store.clean().await.unwrap();
    assert_eq!(objects_of(&objects).await, 2);
    assert!(store.segment(&kept, 0).await.is_ok());
}

#[tokio::test]
async fn damaged_segments_should_not_be_read() {
    let (objects, dir) = (Arc::new(InMemory::new()), tempfile::tempdir().unwrap());
    let store = open(&objects, dir.path()).await;
    let content = bring(&store, &file(&[1], 100)).await;
    let name = tree::name_of(&vec![1; SEGMENT]).unwrap();
    objects.put(&segment_path(&name), vec![2u8; SEGMENT].into()).await.unwrap();
    assert!(matches!(store.segment(&content, 0).await, Err(StoreError::Damaged(at)) if at == name));
    objects.put(&segment_path(&name), vec![1u8; 10].into()).await.unwrap();
    assert!(matches!(store.segment(&content, 0).await, Err(StoreError::Damaged(_))));
    objects.delete(&segment_path(&name)).await.unwrap();
    assert!(matches!(store.segment(&content, 0).await, Err(StoreError::Damaged(_))));
    assert!(store.segment(&content, 1).await.is_ok());
}

#[tokio::test]
async fn damaged_segments_should_be_brought_again() {
    let (objects, dir) = (Arc::new(InMemory::new()), tempfile::tempdir().unwrap());
    let bytes = file(&[1, 2], 100);
    let parts: Vec<Bytes> = bytes.chunks(SEGMENT).map(Bytes::copy_from_slice).collect();
    let names: Vec<Digest> = parts.iter().map(|part| tree::name_of(part).unwrap()).collect();
    let path = |at: usize| segment_path(&names[at]);
    let store = open(&objects, dir.path()).await;
    let content = bring(&store, &bytes).await;
    assert_eq!(store.missing(names.clone()).await.unwrap(), [] as [Digest; 0]);
    // One is changed and one is lost; whoever reads them finds out, in whole or in part.
    objects.put(&path(0), vec![9u8; SEGMENT].into()).await.unwrap();
    objects.delete(&path(2)).await.unwrap();
    assert!(store.segment(&content, 0).await.is_err());
    assert!(store.part_of_segment(&content, 2, 0..10).await.is_err());
    assert_eq!(store.missing(names.clone()).await.unwrap(), [names[0], names[2]]);
    assert_eq!(store.used(), bytes.len() as u64, "their room is kept");
    drop(store);
    // Also after a restart they are asked for, and taken.
    let store = open(&objects, dir.path()).await;
    assert_eq!(store.missing(names.clone()).await.unwrap(), [names[0], names[2]]);
    let brought = store.brought();
    for at in [0, 2] {
        assert_eq!(store.put_segment(names[at], parts[at].clone()).await.unwrap(), Put::Made);
    }
    assert!(store.brought() > brought, "whoever waits for them is told");
    assert!(read(&store, &content).await.0 == bytes);
    assert_eq!((store.used(), objects_of(&objects).await), (bytes.len() as u64, 4));
    // Brought without being asked for, a damaged one is found as well.
    objects.put(&path(1), vec![9u8; SEGMENT].into()).await.unwrap();
    assert_eq!(store.put_segment(names[1], parts[1].clone()).await.unwrap(), Put::Made);
    assert_eq!(store.put_segment(names[1], parts[1].clone()).await.unwrap(), Put::There);
    assert!(read(&store, &content).await.0 == bytes);
    // And what is lost goes with its content.
    objects.delete(&path(0)).await.unwrap();
    assert!(store.segment(&content, 0).await.is_err());
    delete(&store, content.root()).await.unwrap();
    assert_eq!((store.used(), objects_of(&objects).await), (0, 0));
}

#[tokio::test]
async fn room_should_be_counted_while_segments_are_on_their_way() {
    let (objects, dir) = (Arc::new(InMemory::new()), tempfile::tempdir().unwrap());
    let store = Arc::new(Store::over(objects, 100, URL, dir.path()).await.unwrap());
    let part =
        |byte: u8, size: usize| (tree::name_of(&vec![byte; size]).unwrap(), Bytes::from(vec![byte; size]));
    let ((a, bytes_a), (b, bytes_b), (c, bytes_c)) = (part(1, 60), part(2, 40), part(3, 1));
    let (first, second) = tokio::join!(store.put_segment(a, bytes_a), store.put_segment(b, bytes_b));
    assert_eq!((first.unwrap(), second.unwrap()), (Put::Made, Put::Made));
    let full = store.put_segment(c, bytes_c).await;
    assert!(matches!(full, Err(StoreError::Full { used: 100, most: 100 })));
    assert_eq!(store.used(), 100);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn list_should_be_taken_only_with_all_segments(parts in prop::collection::vec(0u8..4, 0..4), rest in 1usize..200_000, drop in any::<prop::sample::Index>(), wrong in any::<prop::sample::Index>()) {
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let (objects, dir) = (Arc::new(InMemory::new()), tempfile::tempdir().unwrap());
            let store = open(&objects, dir.path()).await;
            let bytes = file(&parts, rest);
            let (content, digests) = content_of(&bytes);
            let names: Vec<Digest> = bytes.chunks(SEGMENT).map(|part| tree::name_of(part).unwrap()).collect();
            let left_out = names[drop.index(names.len())];
            for (name, part) in names.iter().zip(bytes.chunks(SEGMENT)).filter(|(name, _)| **name != left_out) {
                store.put_segment(*name, Bytes::copy_from_slice(part)).await.unwrap();
            }
            match store.put_content(content, stream(&digests)).await {
                Err(StoreError::Missing(missing)) => assert_eq!(missing, [left_out]),
                other => panic!("{other:?}"),
            }
            put_segments(&store, &bytes).await;
            let mut other = digests.clone();
            other[wrong.index(digests.len())][5] ^= 1;
            let refused = store.put_content(content, stream(&other)).await;
            assert!(matches!(refused, Err(StoreError::NotTheContent)));
            assert_eq!(store.contents().await.unwrap(), []);
            assert_eq!(store.put_content(content, stream(&digests)).await.unwrap(), Put::Made);
            assert_eq!(store.put_content(content, stream(&digests)).await.unwrap(), Put::There);
            assert!(read(&store, &content).await.0 == bytes);
        });
    }
}
