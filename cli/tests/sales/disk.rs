//! Disks that are full or taken, and what they must not keep from happening.

use crate::{
    interruptions::{killed_buying_from, killed_when, stands},
    market::Cheat,
    world::{content, settings, World},
};
use souk_primitives::{
    close::CloseReason,
    complaint::{Fault, Judgement},
    purchase::Stage,
};
use std::sync::atomic::Ordering;

/// Killed when it had accepted the copy.
async fn accepted(cheat: Cheat) -> World {
    killed_buying_from(cheat, |world| stands(world, |stage| matches!(stage, Stage::Accepted { .. }))).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disk_that_can_not_be_written_to_should_not_keep_a_complaint_from_being_made() {
    for (cheat, fault) in [(Cheat::OtherBytes(5), Fault::Bytes), (Cheat::FlippedBit(4), Fault::Tag)] {
        let world = accepted(cheat).await;
        std::fs::create_dir(world.record().part().unwrap()).unwrap();
        let ending = world.finish().await.unwrap();
        assert_eq!((ending.reason, ending.fault), (CloseReason::Cheated, Some(fault)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_that_can_not_be_written_should_not_keep_a_complaint_from_being_made() {
    let offered = |world: &World| stands(world, |stage| matches!(stage, Stage::Offered { .. }));
    let world = killed_buying_from(Cheat::FlippedBit(4), offered).await;
    let record = world.record();
    std::fs::remove_file(record.file("facts")).unwrap();
    std::fs::create_dir(record.file("facts")).unwrap();
    // That it ended can't be written either.
    world.run_of(record, settings()).await.unwrap().unwrap_err();
    assert!(matches!(world.market.state.lock().judged[..], [Judgement::Upheld(Fault::Tag)]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn disk_that_can_not_be_written_to_should_be_told_when_the_copy_is_good() {
    let world = accepted(Cheat::Honest).await;
    let part = world.record().part().unwrap();
    std::fs::create_dir(&part).unwrap();
    let failure = world.finish().await.unwrap_err().message;
    assert!(failure.contains("the copy is good") && failure.contains("--resume"), "{failure}");
    assert!(matches!(world.market.view().stage, Stage::Revealed { .. }));
    std::fs::remove_dir(&part).unwrap();
    assert_eq!(world.finish().await.unwrap().reason, CloseReason::Delivered);
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn false_seal_should_be_complained_about_without_the_copy() {
    let world = accepted(Cheat::OtherKey).await;
    std::fs::remove_file(world.record().copy().unwrap()).unwrap();
    *world.market.endpoint.lock() = None;
    let before = world.store.sent.load(Ordering::SeqCst);
    let ending = world.finish().await.unwrap();
    assert_eq!((ending.reason, ending.fault), (CloseReason::Cheated, Some(Fault::Seal)));
    assert_eq!(world.store.sent.load(Ordering::SeqCst), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn file_that_appeared_meanwhile_should_be_left_alone() {
    let world = accepted(Cheat::Honest).await;
    std::fs::write(world.out(), "somebody's work").unwrap();
    let failure = world.finish().await.unwrap_err().message;
    let part = world.record().part().unwrap();
    assert!(failure.contains(&*part.to_string_lossy()) && failure.contains("--resume"), "{failure}");
    assert_eq!(std::fs::read(world.out()).unwrap(), b"somebody's work");
    assert_eq!(std::fs::read(&part).unwrap(), content(), "the finished file is where the error says");
    std::fs::remove_file(world.out()).unwrap();
    assert_eq!(world.finish().await.unwrap().reason, CloseReason::Delivered);
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
    assert_eq!(world.left_over(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn own_file_that_got_its_name_just_before_a_crash_should_be_known_again() {
    let world = killed_when(|world| world.out().exists()).await;
    world.record().update(|facts| facts.opened = false).unwrap();
    assert_eq!(world.finish().await.unwrap().reason, CloseReason::Delivered);
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
    assert_eq!(world.left_over(), Vec::<String>::new());
}
