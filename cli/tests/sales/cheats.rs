//! Each way in which a seller may cheat, and what it gets.

use crate::{
    market::{Cheat, PRICE},
    world::{content, settings, World},
};
use souk_cli::sales::buying::Buyer;
use souk_primitives::{
    close::CloseReason,
    complaint::{Fault, Judgement},
    deal,
    purchase::Stage,
    Balance,
};

fn deposit() -> Balance {
    deal::complaint_deposit(PRICE)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn good_copy_should_become_the_file_and_be_paid() {
    let world = World::new(Cheat::Honest).await;
    world.begin();
    let ending = world.finish().await.unwrap();
    assert_eq!((ending.reason, ending.refunded), (CloseReason::Delivered, deposit()));
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
    assert_eq!(world.market.state.lock().settled, 1);
    assert_eq!(world.left_over(), Vec::<String>::new(), "no secret, copy or list is left");
    let facts = world.record().facts.clone();
    assert!(facts.opened && facts.ended == Some(CloseReason::Delivered));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seller_who_tampers_should_lose_its_bond_by_itself() {
    let cases = [
        (Cheat::OtherBytes(0), Fault::Bytes),
        (Cheat::OtherBytes(5), Fault::Bytes),
        (Cheat::FlippedBit(0), Fault::Tag),
        (Cheat::FlippedBit(4), Fault::Tag),
        (Cheat::GarbageKey, Fault::Tag),
        (Cheat::OtherKey, Fault::Seal),
    ];
    for (cheat, fault) in cases {
        let world = World::new(cheat).await;
        world.begin();
        let ending = world.finish().await.unwrap();
        assert_eq!((ending.reason, ending.fault), (CloseReason::Cheated, Some(fault)), "{cheat:?}");
        assert_eq!(ending.refunded, PRICE + deposit());
        assert_eq!(ending.compensation, deal::seller_bond(PRICE, 0));
        assert_eq!(world.market.state.lock().judged, [Judgement::Upheld(fault)]);
        assert!(!world.out().exists(), "{cheat:?}: a file with a fault has no name");
        assert_eq!(world.left_over(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copy_that_is_not_the_one_on_offer_should_never_be_accepted() {
    let cases = [
        (Cheat::FalseList, "digests/plain"),
        (Cheat::FalseEncryptedList, "digests/encrypted"),
        (Cheat::FalseChunk(3), "chunk 3"),
    ];
    for (cheat, what) in cases {
        let world = World::new(cheat).await;
        world.begin();
        let failure = world.finish().await.unwrap_err().message;
        assert!(failure.contains(what) && failure.contains("--give-up"), "{cheat:?}: {failure}");
        assert!(matches!(world.market.view().stage, Stage::Offered { .. }), "{cheat:?}");
        // Its buyer ends it and loses no more than the handling, as does the seller.
        let mut record = world.record();
        let output = souk_cli::output::Output { json: true };
        let mut buyer = Buyer { market: &*world.market, record: &mut record, settings: settings(), output };
        let ending = buyer.give_up().await.unwrap();
        assert_eq!((ending.reason, ending.burnt), (CloseReason::Rejected, deal::handling(PRICE)));
        assert_eq!(ending.refunded, PRICE + deposit() - deal::handling(PRICE));
        drop(record);
        assert_eq!(world.left_over(), Vec::<String>::new());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn list_that_ends_too_early_should_be_asked_for_until_patience_ends() {
    let world = World::new(Cheat::ShortList).await;
    world.begin();
    let settings =
        souk_cli::sales::buying::Settings { patience: std::time::Duration::from_millis(300), ..settings() };
    let failure = world.run_with(settings).await.unwrap().unwrap_err().message;
    assert!(failure.contains("ends too early") && failure.contains("--resume"), "{failure}");
    assert!(matches!(world.market.view().stage, Stage::Offered { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn starved_fetch_should_go_on_where_it_stopped() {
    let world = World::new(Cheat::Starves(3)).await;
    world.begin();
    let ending = world.finish().await.unwrap();
    assert_eq!(ending.reason, CloseReason::Delivered);
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
    let (sent, whole) = (world.store.sent.load(std::sync::atomic::Ordering::SeqCst), content().len() as u64);
    // Each attempt may lose the chunk that it was in, and what was in its buffers.
    assert!(sent < whole + 4 * 2 * 65_552, "{sent} bytes for {whole}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seller_who_does_nothing_should_cost_nothing() {
    let world = World::new(Cheat::NoCopy).await;
    world.begin();
    let ending = world.finish().await.unwrap();
    assert_eq!((ending.reason, ending.refunded), (CloseReason::NotDelivered, PRICE + deposit()));
    let world = World::new(Cheat::NoKey).await;
    world.begin();
    let ending = world.finish().await.unwrap();
    assert_eq!((ending.reason, ending.refunded), (CloseReason::NotRevealed, PRICE + deposit()));
    assert_eq!(ending.compensation, deal::seller_bond(PRICE, 0));
    assert!(!world.out().exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn store_at_a_private_address_should_not_be_asked() {
    let world = World::new(Cheat::Honest).await;
    world.begin();
    let settings = souk_cli::sales::buying::Settings { allow_private: false, ..settings() };
    let failure = world.run_with(settings).await.unwrap().unwrap_err().message;
    assert!(failure.contains("private") && failure.contains("--dev"), "{failure}");
    assert_eq!(world.store.sent.load(std::sync::atomic::Ordering::SeqCst), 0);
}
