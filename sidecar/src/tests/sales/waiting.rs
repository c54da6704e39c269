//! Copies that are ordered and not wanted, what is kept of them, and what waits for room.

use super::*;
use souk_primitives::close::CloseReason;

/// Seventeen segments: one more than are noted at once.
const LONG: usize = 17 * tree::SEGMENT;

fn end(bench: &Bench, id: PurchaseId, reason: CloseReason) {
    bench.chain.with_purchase(id, |view| view.stage = Stage::Ended { at: 1, reason });
}

#[tokio::test]
async fn copy_of_a_cancelled_order_should_stop_and_leave_nothing() {
    let bench = Bench::seller().await;
    let (long, short) = (bench.bring(&bytes(50, LONG)).await, bench.bring(&bytes(51, 1_000)).await);
    let id = bench.order_copy(&long);
    let shop = bench.sidecar.app().shop().unwrap().clone();
    until("the beginning", || bench.key(id).is_some()).await;
    end(&bench, id, CloseReason::Cancelled);
    until("the end", || shop.vault().copy(&id).unwrap().unwrap().ended).await;
    let copy = shop.vault().copy(&id).unwrap().unwrap();
    assert!(copy.done >= 16, "a part was under way");
    assert_eq!(copy.ciphertext_root, None, "nobody waits for the rest");
    assert_eq!((shop.pieces().segments(&id).unwrap(), shop.pieces().taken()), (0, 0), "its room is free");
    // The turn is for others again.
    let other = bench.order_copy(&short);
    bench.until_offered(other).await;
    assert!(bench.metrics().await.contains("souk_sales_total{outcome=\"over\",step=\"copy\"} 1"));
}

#[tokio::test]
async fn digests_should_have_room_and_wait_for_it() {
    let bench = Bench::start_with(Duration::ZERO, |config| {
        selling(config);
        config.store.max_digest_bytes = 5_000;
    })
    .await;
    let content = bench.bring(&bytes(54, SIZE)).await;
    let first = bench.order_copy(&content);
    bench.until_offered(first).await;
    let second = bench.order_copy(&content);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(matches!(bench.stage(second), Stage::Ordered { .. }));
    assert!(bench.metrics().await.contains("souk_sales_total{outcome=\"failed\",step=\"copy\"}"));
    // What was not accepted makes room at once, and its key stays until the chain forgets it.
    end(&bench, first, CloseReason::NotAccepted);
    bench.until_offered(second).await;
    assert!(bench.key(first).is_some());
    // What was paid stays until its room is needed.
    end(&bench, second, CloseReason::Delivered);
    bench.fetch(second, "/copy").await;
    let third = bench.order_copy(&content);
    bench.until_offered(third).await;
    let gone = bench.fetch_as(&buyer(), second, "/copy").send().await.unwrap();
    let (status, code, _) = refusal(gone).await;
    assert_eq!((status, code.as_str()), (410, "purchase_over"));
}

#[tokio::test]
async fn digests_that_got_lost_should_be_made_again() {
    let bench = Bench::seller().await;
    let file = bytes(55, SIZE);
    let content = bench.bring(&file).await;
    let id = bench.order_copy(&content);
    bench.until_offered(id).await;
    let whole = bench.fetch(id, "/copy").await;
    std::fs::remove_file(bench.dir.path().join("copies").join(hex::encode(id))).unwrap();
    let shop = bench.sidecar.app().shop().unwrap().clone();
    until("the digests", || shop.pieces().is_whole(&id, &content)).await;
    assert!(bench.fetch(id, "/copy").await == whole);
    assert_eq!(bench.chain.submitted.lock().len(), 1, "it is offered once");
}

#[tokio::test]
async fn repaired_segment_should_be_sold_at_once() {
    let bench = Bench::seller().await;
    let file = bytes(56, SIZE);
    let content = bench.bring(&file).await;
    let (name, _) = segments_of(&file)[1];
    std::fs::remove_file(bench.dir.path().join("objects/segments").join(hex::encode(name))).unwrap();
    let id = bench.order_copy(&content);
    let failed = "souk_sales_total{outcome=\"failed\",step=\"copy\"}";
    for _ in 0..100 {
        if bench.metrics().await.contains(failed) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(matches!(bench.stage(id), Stage::Ordered { .. }));
    // As the CLI does: it asks what is missing, and is told.
    bench.bring(&file).await;
    bench.until_offered(id).await;
    assert_eq!(bench.fetch(id, "/copy").await, bench.honest(id, &file).served.concat());
}

#[tokio::test]
async fn content_should_stay_while_an_order_of_it_waits() {
    let bench = Bench::seller().await;
    let content = bench.bring(&bytes(57, 1_000)).await;
    let id = bench.order_copy(&content);
    // Never begun: the listing says another size.
    bench.chain.with_purchase(id, |view| view.size += 1);
    let path = format!("contents/{}", hex::encode(content.root()));
    let delete = || bench.private("DELETE", &path).send();
    assert_eq!(refusal(delete().await.unwrap()).await.1, "content_in_use");
    assert!(bench.key(id).is_none());
    end(&bench, id, CloseReason::NotDelivered);
    assert_eq!(delete().await.unwrap().status(), 200);
}

#[tokio::test]
async fn key_should_be_forgotten_only_by_a_chain_that_caught_up() {
    let bench = Bench::seller().await;
    let content = bench.bring(&bytes(58, 1_000)).await;
    let (over, open) = (bench.order_copy(&content), bench.order_copy(&content));
    bench.until_offered(over).await;
    bench.until_offered(open).await;
    end(&bench, over, CloseReason::Delivered);
    let vault = bench.sidecar.app().shop().unwrap().vault().clone();
    until("the end", || vault.copy(&over).unwrap().unwrap().ended).await;
    // The node's database is gone, and it reads the chain again from its beginning.
    let ahead = bench.chain.head.lock().number + 1_000;
    vault.saw(ahead).unwrap();
    bench.chain.purchases.lock().clear();
    tokio::time::sleep(Duration::from_millis(1_200)).await;
    assert!(bench.key(over).is_some() && bench.key(open).is_some());
    bench.chain.head.lock().number = ahead;
    until("the end of the key", || bench.key(over).is_none()).await;
    assert!(bench.key(open).is_some(), "that it is unknown does not say that it ended");
    let due = vault.copy(&open).unwrap().unwrap().due;
    bench.chain.head.lock().live = due;
    until("the end of the other key", || bench.key(open).is_none()).await;
}

#[tokio::test]
async fn copy_that_can_not_be_erased_should_not_keep_the_others() {
    let bench = Bench::seller().await;
    let content = bench.bring(&bytes(59, 1_000)).await;
    let ids: Vec<PurchaseId> = (0..6).map(|_| bench.order_copy(&content)).collect();
    let vault = bench.sidecar.app().shop().unwrap().vault().clone();
    for id in &ids {
        bench.until_offered(*id).await;
        end(&bench, *id, CloseReason::Delivered);
        until("the end", || vault.copy(id).unwrap().unwrap().ended).await;
    }
    // Some are in the way of the rest, in whatever order they come.
    let (stuck, others) = ids.split_at(3);
    for id in stuck {
        let file = bench.dir.path().join("copies").join(hex::encode(id));
        std::fs::remove_file(&file).unwrap();
        std::fs::create_dir(&file).unwrap();
    }
    bench.chain.purchases.lock().clear();
    until("the end of the others", || others.iter().all(|id| bench.key(*id).is_none())).await;
    assert!(stuck.iter().all(|id| bench.key(*id).is_some()), "tried again");
}
