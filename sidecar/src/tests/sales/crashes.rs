use super::*;
use crate::chain::fake::Submitted;
use std::sync::atomic::Ordering;

fn offers(bench: &Bench) -> Vec<Submitted> {
    let submitted = bench.chain.submitted.lock();
    submitted.iter().filter(|sent| matches!(sent, Submitted::Offer(..))).cloned().collect()
}

fn reveals(bench: &Bench) -> Vec<Submitted> {
    let submitted = bench.chain.submitted.lock();
    submitted.iter().filter(|sent| matches!(sent, Submitted::Reveal(..))).cloned().collect()
}

#[tokio::test]
async fn key_should_outlive_a_crash_at_every_step() {
    let bench = Bench::seller().await;
    let file = bytes(11, SIZE);
    let content = bench.bring(&file).await;
    // Ordered, and killed with a key and a part of the copy gone through.
    bench.chain.set_down(true);
    let id = bench.order_copy(&content);
    let shop = bench.sidecar.app().shop().unwrap().clone();
    let begun = shop.vault().begin(&id, &content, u32::MAX).unwrap();
    let key = *begun.key.expose();
    let honest = WholeCopy::make(&GENESIS, id, begun.key.clone(), &file).unwrap();
    let first: Vec<Digest> = honest.encrypted[..64].iter().map(|leaf| leaf.digest).collect();
    shop.pieces().append(&id, 0, &first).unwrap();
    shop.vault().went(&id, 1).unwrap();
    // And with some that were not noted.
    shop.pieces().append(&id, 1, &[[9; 32]; 64]).unwrap();
    drop(shop);
    bench.chain.set_down(false);
    let bench = bench.restart().await;
    bench.until_offered(id).await;
    assert_eq!(bench.key(id).unwrap().expose(), &key);
    let root = bench.chain.with_purchase(id, |view| view.ciphertext_root);
    assert_eq!(root, Some(honest.ciphertext_root()), "on from where it was left");
    // Offered.
    let bench = bench.restart().await;
    assert_eq!(bench.fetch(id, "/copy").await, honest.served.concat());
    bench.accept(id);
    until("the key", || matches!(bench.stage(id), Stage::Revealed { .. })).await;
    // Revealed.
    let bench = bench.restart().await;
    assert_eq!(bench.opened(id).unwrap().expose(), &key);
    until("the money", || bench.stage(id).is_ended()).await;
    // Over.
    let bench = bench.restart().await;
    assert_eq!(bench.fetch(id, "/copy").await, honest.served.concat());
    assert_eq!((offers(&bench).len(), reveals(&bench).len()), (1, 1), "nothing was sent twice");
}

#[tokio::test]
async fn offer_that_may_still_arrive_should_not_be_sent_again() {
    let bench = Bench::seller().await;
    let content = bench.bring(&bytes(12, 100_000)).await;
    // The node goes away with the offer, and the seller is killed.
    bench.chain.loses.store(true, Ordering::SeqCst);
    let id = bench.order_copy(&content);
    until("the lost offer", || !offers(&bench).is_empty()).await;
    let sent_at = bench.chain.head.lock().number;
    let bench = bench.restart().await;
    until("some blocks", || bench.chain.head.lock().number >= sent_at + 12).await;
    assert_eq!(offers(&bench).len(), 1, "it may still be in a pool");
    bench.chain.loses.store(false, Ordering::SeqCst);
    bench.until_offered(id).await;
    assert!(bench.chain.head.lock().number > sent_at + 16);
    let sent = offers(&bench);
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1], "the same copy");
}

#[tokio::test]
async fn key_that_was_lost_on_its_way_should_be_sealed_to_the_same_bytes() {
    let bench = Bench::seller().await;
    let content = bench.bring(&bytes(13, 100_000)).await;
    let id = bench.order_copy(&content);
    bench.until_offered(id).await;
    bench.chain.loses.store(true, Ordering::SeqCst);
    bench.accept(id);
    until("the lost key", || !reveals(&bench).is_empty()).await;
    let bench = bench.restart().await;
    bench.chain.loses.store(false, Ordering::SeqCst);
    until("the key", || matches!(bench.stage(id), Stage::Revealed { .. })).await;
    let sent = reveals(&bench);
    assert!(sent.len() >= 2);
    assert!(sent.iter().all(|reveal| *reveal == sent[0]));
    assert!(bench.opened(id).is_some());
}

#[tokio::test]
async fn copy_that_does_not_come_out_as_promised_should_not_be_served() {
    let bench = Bench::seller().await;
    let content = bench.bring(&bytes(14, 100_000)).await;
    let id = bench.order_copy(&content);
    bench.until_offered(id).await;
    let vault = bench.sidecar.app().shop().unwrap().vault().clone();
    let promised = vault.copy(&id).unwrap().unwrap().ciphertext_root.unwrap();
    assert!(vault.finish(&id, &[1; 32]).is_err());
    assert_eq!(vault.copy(&id).unwrap().unwrap().ciphertext_root, Some(promised));
}
