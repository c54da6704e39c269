//! Stores that give a little, and never enough.

use crate::{
    market::Cheat,
    world::{content, settings, World},
};
use souk_cli::sales::buying::Settings;
use souk_primitives::{close::CloseReason, purchase::Stage};
use std::{
    os::unix::fs::FileExt,
    time::{Duration, Instant},
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn store_that_trickles_should_not_keep_its_buyer_past_the_deadline() {
    let world = World::new(Cheat::Trickles).await;
    world.begin();
    let market = world.market.clone();
    let clock = tokio::spawn(async move {
        loop {
            tokio::time::sleep(Duration::from_millis(20)).await;
            market.state.lock().now += 1;
        }
    });
    let started = Instant::now();
    let ending = world.finish().await.unwrap();
    clock.abort();
    assert_eq!(ending.reason, CloseReason::NotAccepted);
    assert!(started.elapsed() < Duration::from_secs(15), "all of it takes half a minute");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn store_that_trickles_should_be_given_up() {
    let world = World::new(Cheat::Trickles).await;
    world.begin();
    let settings =
        Settings { span: Duration::from_millis(300), patience: Duration::from_millis(800), ..settings() };
    let failure = world.run_with(settings).await.unwrap().unwrap_err().message;
    assert!(failure.contains("too slow") && failure.contains("--give-up"), "{failure}");
    assert!(matches!(world.market.view().stage, Stage::Offered { .. }));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn store_that_gives_a_good_chunk_with_each_false_one_should_be_given_up() {
    let world = World::new(Cheat::Creeps).await;
    world.begin();
    let failure = world.finish().await.unwrap_err().message;
    assert!(failure.contains("another chunk 3") && failure.contains("--give-up"), "{failure}");
    assert_eq!(*world.store.asked.lock(), [0, 65_552, 2 * 65_552]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_checked_should_not_be_read_again_with_each_attempt() {
    let world = World::new(Cheat::Starves(2)).await;
    world.begin();
    let copy = world.record().copy().unwrap();
    let store = world.store.clone();
    // Something changes it while the store hangs: only whoever reads it again can see that.
    let spoiler = tokio::spawn(async move {
        let spoilt = || {
            let file = std::fs::OpenOptions::new().write(true).open(&copy).ok()?;
            let hangs = store.asked.lock().len() == 1 && file.metadata().ok()?.len() >= 65_552;
            hangs.then(|| file.write_at(&[0xff; 8], 0).unwrap())
        };
        while spoilt().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    });
    assert_eq!(world.finish().await.unwrap().reason, CloseReason::Delivered);
    spoiler.await.unwrap();
    let asked = world.store.asked.lock().clone();
    assert!(asked[1] >= 65_552 && asked[2] >= asked[1], "{asked:?}");
    // Decrypting showed it, and only then it was fetched again.
    assert_eq!(asked[3], 0, "{asked:?}");
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
}
