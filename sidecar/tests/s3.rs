//! The content store over an S3 server that we did not write, which the environment names as it does for the sidecar:
//! `scripts/test-s3.sh` starts one and runs this.

use bytes::Bytes;
use futures::TryStreamExt;
use souk_primitives::{
    content::{leaf, Content, CHUNK},
    sumtree::Spine,
    Digest,
};
use souk_sidecar::{
    config,
    store::{
        tree::{name_of, SEGMENT},
        Put, Store, StoreError,
    },
};
use std::sync::Arc;

/// Equal segments of a large content: its list of digests goes up in several parts.
const SEGMENTS: usize = 3_200;

async fn open(url: &str, folder: &std::path::Path) -> Arc<Store> {
    Arc::new(Store::open(&config::Store::default(), url, folder).await.unwrap())
}

#[tokio::test]
#[ignore = "needs an S3 server: scripts/test-s3.sh starts one"]
async fn bucket_should_keep_what_is_sold() {
    let url =
        std::env::var("SOUK_TEST_S3").expect("SOUK_TEST_S3 names a bucket and a prefix: s3://bucket/prefix");
    let dir = tempfile::tempdir().unwrap();
    let store = open(&url, dir.path()).await;
    let segment = vec![5u8; SEGMENT];
    let rest = vec![6u8; 100_000];
    let equal = leaf(&segment[..CHUNK as usize]);
    let mut digests: Vec<Digest> = vec![equal.digest; SEGMENTS * 64];
    digests.extend(rest.chunks(CHUNK as usize).map(|chunk| leaf(chunk).digest));
    let mut spine = Spine::default();
    for _ in 0..SEGMENTS * 64 {
        spine.push(equal).unwrap();
    }
    for chunk in rest.chunks(CHUNK as usize) {
        spine.push(leaf(chunk)).unwrap();
    }
    let shape = spine.shape().unwrap();
    let content = Content::new(shape.root, shape.total as u64).unwrap();
    let list = || {
        let pieces: Vec<_> =
            digests.concat().chunks(60_000).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        Box::pin(futures::stream::iter(pieces))
    };

    let names = [name_of(&segment).unwrap(), name_of(&rest).unwrap()];
    assert_eq!(store.missing(names.to_vec()).await.unwrap(), names);
    assert!(
        matches!(store.put_content(content, list()).await, Err(StoreError::Missing(missing)) if missing.len() == 2)
    );
    for (name, bytes) in names.iter().zip([&segment, &rest]) {
        assert_eq!(store.put_segment(*name, bytes.clone().into()).await.unwrap(), Put::Made);
    }
    assert_eq!(store.put_content(content, list()).await.unwrap(), Put::Made);
    drop(store);

    // With a new index, made from a listing.
    let new = tempfile::tempdir().unwrap();
    let store = open(&url, new.path()).await;
    assert_eq!(store.contents().await.unwrap(), [content]);
    assert_eq!(store.used(), (SEGMENT + rest.len()) as u64);
    assert!(store.segment(&content, 0).await.unwrap() == segment);
    assert!(store.segment(&content, SEGMENTS as u32).await.unwrap() == rest);
    assert!(store.part_of_segment(&content, 7, 10..20).await.unwrap() == segment[10..20]);
    let part: Vec<Bytes> =
        store.digests(&content, 3_200_000..6_500_000).await.unwrap().try_collect().await.unwrap();
    assert!(part.concat() == digests.concat()[3_200_000..6_500_000]);

    store.delete_content(content.root(), async { Ok::<_, StoreError>(false) }).await.unwrap();
    assert_eq!(store.used(), 0);
    drop(store);
    let empty = open(&url, tempfile::tempdir().unwrap().path()).await;
    assert_eq!((empty.used(), empty.contents().await.unwrap().len()), (0, 0));
}
