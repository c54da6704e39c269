//! Who fetches, how often and how slowly.

use super::*;
use souk_primitives::{close::CloseReason, views::PurchaseView};

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

/// A seller that sends a megabyte a second and looks at streams often.
async fn watchful(max_streams: usize) -> Bench {
    Bench::start_with(Duration::ZERO, |config| {
        selling(config);
        config.limits.write_secs = 60;
        config.store.bandwidth_per_peer = 1_000_000;
        config.store.max_streams = max_streams;
        config.store.least_rate_secs = 1;
    })
    .await
}

#[tokio::test]
async fn fetch_should_not_outlive_its_purchase() {
    let bench = watchful(2).await;
    let content = bench.bring(&bytes(65, 3_000_000)).await;
    let id = bench.order_copy(&content);
    bench.until_offered(id).await;
    let fetch = bench.fetch_as(&buyer(), id, "/copy").send().await.unwrap();
    bench.chain.purchases.lock().clear();
    assert!(fetch.bytes().await.is_err());
    assert!(streams(&bench, 0).await);
    assert!(bench.metrics().await.contains("souk_copy_slow_readers_total 0"));
}

#[tokio::test]
async fn fetch_whose_purchase_was_paid_meanwhile_should_leave_its_place() {
    let bench = watchful(2).await;
    let content = bench.bring(&bytes(66, 3_000_000)).await;
    let ids = [bench.order_copy(&content), bench.order_copy(&content)];
    let mut fetches = Vec::new();
    for id in ids {
        bench.until_offered(id).await;
        fetches.push(bench.fetch_as(&buyer(), id, "/copy").send().await.unwrap());
    }
    for id in ids {
        bench.chain.with_purchase(id, |view| {
            view.stage = Stage::Ended { at: 1, reason: CloseReason::Delivered };
        });
    }
    // One of two places is for those who have no deadline.
    let ended = futures::future::join_all(fetches.into_iter().map(|fetch| fetch.bytes())).await;
    assert_eq!(ended.iter().filter(|bytes| bytes.is_ok()).count(), 1);
}

#[tokio::test]
async fn copy_should_be_read_as_fast_as_its_deadline_asks() {
    let bench = watchful(8).await;
    let content = bench.bring(&bytes(67, 8_000_000)).await;
    let id = bench.order_copy(&content);
    bench.until_offered(id).await;
    let shop = bench.sidecar.app().shop().unwrap();
    let least = |left: u32, live: u32| {
        let view = bench.chain.with_purchase(id, |view| view.clone());
        shop.least_rate(&PurchaseView { stage: Stage::Offered { accept_by: live + left }, ..view }, live)
    };
    let configured = 64 << 10;
    let length = crate::sales::copy::length_of(&content);
    assert_eq!(least(10_000, 50), configured);
    assert_eq!(least(10, 50), length / 30);
    assert_eq!(least(0, 50), length / 3, "the last block");
    let mut view = bench.chain.with_purchase(id, |view| view.clone());
    let places: Vec<_> = (0..2).map(|_| shop.place(&view, None).unwrap()).collect();
    assert_eq!(least(10, 50), length / 60, "by two streams");
    drop(places);
    // What it had is not missing, and when it had all it has no deadline.
    assert!(shop.may_send(&view, 5_000_000));
    assert_eq!(least(10, 50), (length - 5_000_000) / 30);
    assert!(!shop.has_no_deadline(&view));
    assert!(shop.may_send(&view, length as usize + (12 << 20)));
    assert!(shop.has_no_deadline(&view));
    view.stage = Stage::Accepted { reveal_by: 60 };
    assert_eq!(shop.least_rate(&view, 50), configured);
}

#[tokio::test]
async fn large_contents_should_leave_places_to_small_ones() {
    let bench = watchful(4).await;
    let shop = bench.sidecar.app().shop().unwrap();
    let content = bench.bring(&bytes(68, 1_000)).await;
    let view = |buyer: u8, size: u64| {
        let id = bench.chain.order(&content, AccountId::new([buyer; 32]), [7; 32]);
        bench.chain.with_purchase(id, |view| PurchaseView { size, ..view.clone() })
    };
    let large: Vec<_> = (1..=3).map(|buyer| shop.place(&view(buyer, 1 << 40), None).unwrap()).collect();
    assert!(shop.place(&view(4, 1 << 40), None).is_err());
    assert!(shop.place(&view(4, 1 << 20), None).is_ok());
    drop(large);
}
