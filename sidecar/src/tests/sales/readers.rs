//! Who fetches, how often and how slowly.

use super::*;
use souk_primitives::close::CloseReason;

fn stranger() -> sr25519::Pair {
    Pair::from_seed(&[79; 32])
}

async fn streams(bench: &Bench, count: usize) -> bool {
    bench.metrics().await.contains(&format!("souk_copy_streams {count}\n"))
}

#[tokio::test]
async fn slow_reader_should_lose_its_place() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        selling(config);
        config.limits.write_secs = 60;
        config.store.max_streams = 1;
        (config.store.least_rate, config.store.least_rate_secs) = (8 << 20, 1);
    })
    .await;
    // More than what systems keep of a connection.
    let content = bench.bring(&bytes(60, 32 << 20)).await;
    let id = bench.order_copy(&content);
    bench.until_offered(id).await;
    let mut slow = bench.fetch_as(&buyer(), id, "/copy").send().await.unwrap();
    slow.chunk().await.unwrap().unwrap();
    let full = bench.fetch_as(&buyer(), id, "/copy").send().await.unwrap();
    assert_eq!(refusal(full).await.1, "busy");
    for _ in 0..40 {
        // A little now and then.
        slow.chunk().await.ok();
        tokio::time::sleep(Duration::from_millis(200)).await;
        if streams(&bench, 0).await {
            break;
        }
    }
    assert!(bench.metrics().await.contains("souk_copy_slow_readers_total 1"));
    let mut got = 0;
    while let Ok(Some(bytes)) = slow.chunk().await {
        got += bytes.len();
    }
    assert!((got as u64) < content.size(), "the connection is closed");
    // Others get through, and who reads is not cut off.
    assert_eq!(bench.fetch(id, "/copy").await.len() as u64, content.size() + 512 * 16);
}

#[tokio::test]
async fn buyers_and_peers_should_have_their_shares() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        selling(config);
        config.limits.write_secs = 60;
        config.store.bandwidth_per_peer = 1_000_000;
        config.store.max_streams_per_buyer = 1;
        config.store.max_streams_per_peer = 2;
    })
    .await;
    let content = bench.bring(&bytes(61, 5_000_000)).await;
    let buyers = [buyer(), buyer(), stranger(), Pair::from_seed(&[80; 32])];
    let ids = buyers.each_ref().map(|pair| bench.chain.order(&content, account_of(pair), [7; 32]));
    for id in ids {
        bench.until_offered(id).await;
    }
    let fetch = |at: usize| bench.fetch_as(&buyers[at], ids[at], "/copy").send();
    let first = fetch(0).await.unwrap();
    assert_eq!(first.status(), 200);
    assert_eq!(refusal(fetch(1).await.unwrap()).await.1, "busy", "the same buyer");
    let other = fetch(2).await.unwrap();
    assert_eq!(other.status(), 200);
    assert_eq!(refusal(fetch(3).await.unwrap()).await.1, "busy", "the same address");
    drop((first, other));
    for _ in 0..100 {
        if streams(&bench, 0).await {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(fetch(3).await.unwrap().status(), 200);
}

#[tokio::test]
async fn purchases_that_are_over_should_leave_places() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        selling(config);
        config.limits.write_secs = 60;
        config.store.bandwidth_per_peer = 1_000_000;
        config.store.max_streams = 2;
    })
    .await;
    let content = bench.bring(&bytes(62, 5_000_000)).await;
    let (over, open) = (bench.order_copy(&content), bench.order_copy(&content));
    bench.until_offered(over).await;
    bench.until_offered(open).await;
    bench.chain.with_purchase(over, |view| {
        view.stage = Stage::Ended { at: 1, reason: CloseReason::Delivered };
    });
    let vault = bench.sidecar.app().shop().unwrap().vault().clone();
    until("the end", || vault.copy(&over).unwrap().unwrap().ended).await;
    let _first = bench.fetch_as(&buyer(), over, "/copy").send().await.unwrap();
    let second = bench.fetch_as(&buyer(), over, "/copy").send().await.unwrap();
    assert_eq!(refusal(second).await.1, "busy");
    assert_eq!(bench.fetch_as(&buyer(), open, "/copy").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn unpaid_copy_should_not_be_fetched_without_end() {
    let bench = Bench::seller().await;
    let content = bench.bring(&bytes(63, 4 << 20)).await;
    let id = bench.order_copy(&content);
    bench.until_offered(id).await;
    let mut whole = 0;
    let refused = loop {
        let response = bench.fetch_as(&buyer(), id, "/copy").send().await.unwrap();
        if response.status() != 200 {
            break refusal(response).await;
        }
        // The last one is cut off where the measure is full.
        whole += usize::from(response.bytes().await.is_ok());
        assert!(whole < 10);
    };
    assert_eq!((refused.0, refused.1.as_str()), (429, "fetched_often"));
    // Three times, and 16 MiB for what got lost.
    assert_eq!(whole, 6);
    assert_eq!(bench.fetch_as(&buyer(), id, "").send().await.unwrap().status(), 200);
    bench.chain.with_purchase(id, |view| {
        view.stage = Stage::Ended { at: 1, reason: CloseReason::Delivered };
    });
    let vault = bench.sidecar.app().shop().unwrap().vault().clone();
    until("the end", || vault.copy(&id).unwrap().unwrap().ended).await;
    for _ in 0..4 {
        bench.fetch(id, "/copy").await;
    }
}

#[tokio::test]
async fn looks_should_be_limited() {
    let bench = Bench::seller().await;
    let content = bench.bring(&bytes(64, 1_000)).await;
    let id = bench.order_copy(&content);
    bench.until_offered(id).await;
    let mut refused = 0;
    for _ in 0..80 {
        refused +=
            usize::from(bench.fetch_as(&buyer(), id, "/chunks/0").send().await.unwrap().status() == 429);
    }
    assert!((1..=30).contains(&refused), "{refused}");
    bench.fetch(id, "/copy").await;
}
