//! A program that is killed at each of its steps and started again.

use crate::{
    market::Cheat,
    world::{content, settings, World},
};
use souk_cli::sales::buying::Settings;
use souk_primitives::{close::CloseReason, complaint::Judgement, purchase::Stage};
use std::io::Write;

/// Kills the program at its step `kill_at`, then lets it run to its end. False when it took fewer steps.
async fn killed_at(kill_at: i64, cheat: Cheat) -> (World, bool) {
    let world = World::new(cheat).await;
    world.begin();
    world.market.fuel.set(kill_at);
    // A store that stalls because its reader was killed must not look like one that starves it.
    let settings = Settings { times: souk_cli::sales::store::Times::default(), ..settings() };
    let first = world.run_with(settings).await;
    world.market.fuel.set(i64::MAX);
    let killed = first.is_none();
    if killed {
        let ending = world.run_with(settings).await.unwrap().unwrap();
        assert!(ending.is_bought() || ending.reason == CloseReason::Cheated, "{kill_at}: {ending:?}");
    }
    (world, killed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_step_it_should_buy_once_and_get_the_file() {
    let mut steps = 0;
    loop {
        let (world, killed) = killed_at(steps, Cheat::Honest).await;
        let state = world.market.state.lock();
        assert_eq!((state.purchases.len(), state.settled), (1, 1), "killed at {steps}");
        drop(state);
        assert_eq!(std::fs::read(world.out()).unwrap(), content(), "killed at {steps}");
        assert_eq!(world.left_over(), Vec::<String>::new(), "killed at {steps}");
        if !killed {
            break;
        }
        steps += 1;
    }
    assert!(steps > 25, "it was killed at {steps} steps");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_step_it_should_complain_once() {
    let mut steps = 0;
    loop {
        let (world, killed) = killed_at(steps, Cheat::FlippedBit(2)).await;
        let state = world.market.state.lock();
        assert_eq!(state.purchases.len(), 1, "killed at {steps}");
        assert!(matches!(state.judged[..], [Judgement::Upheld(_)]), "killed at {steps}: {:?}", state.judged);
        drop(state);
        assert!(!world.out().exists());
        if !killed {
            break;
        }
        steps += 1;
    }
    assert!(steps > 25, "it was killed at {steps} steps");
}

/// A buyer of an honest seller that was killed as soon as `is_there`.
pub async fn killed_when(is_there: impl Fn(&World) -> bool) -> World {
    killed_buying_from(Cheat::Honest, is_there).await
}

/// The same of any seller.
pub async fn killed_buying_from(cheat: Cheat, is_there: impl Fn(&World) -> bool) -> World {
    for steps in 0..1_000 {
        let world = World::new(cheat).await;
        world.begin();
        world.market.fuel.set(steps);
        let ended = world.run_with(Settings { times: Default::default(), ..settings() }).await;
        world.market.fuel.set(i64::MAX);
        if is_there(&world) {
            return world;
        }
        assert!(ended.is_none(), "it never came there");
    }
    panic!("it never came to an end");
}

/// Whether the purchase stands at such a stage.
pub fn stands(world: &World, stage: fn(&Stage) -> bool) -> bool {
    world.market.state.lock().purchases.values().any(|view| stage(&view.stage))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn torn_write_should_be_fetched_again() {
    let written =
        |world: &World| std::fs::metadata(world.record().copy().unwrap()).map_or(0, |found| found.len());
    let world = killed_when(|world| written(world) > 2 * 65_552).await;
    let copy = world.record().copy().unwrap();
    // The disk kept three chunks, something else in the last of them, and a part of one more.
    let mut bytes = std::fs::read(&copy).unwrap();
    bytes.truncate(3 * 65_552);
    *bytes.last_mut().unwrap() ^= 1;
    bytes.extend_from_slice(&[9; 1_000]);
    std::fs::write(&copy, bytes).unwrap();
    assert_eq!(world.finish().await.unwrap().reason, CloseReason::Delivered);
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copy_that_was_damaged_after_it_was_accepted_should_not_become_a_false_complaint() {
    let world = killed_when(|world| stands(world, |stage| matches!(stage, Stage::Accepted { .. }))).await;
    let copy = world.record().copy().unwrap();
    let mut file = std::fs::OpenOptions::new().write(true).open(copy).unwrap();
    file.write_all(&[1, 2, 3]).unwrap();
    drop(file);
    assert_eq!(world.finish().await.unwrap().reason, CloseReason::Delivered);
    assert!(world.market.state.lock().judged.is_empty());
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
}

/// Changes a bit in the third digest of a list.
fn rot(list: &std::path::Path) {
    let mut bytes = std::fs::read(list).unwrap();
    bytes[70] ^= 1;
    std::fs::write(list, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn list_that_rotted_should_be_fetched_again() {
    for (cheat, reason) in
        [(Cheat::Honest, CloseReason::Delivered), (Cheat::FlippedBit(4), CloseReason::Cheated)]
    {
        for list in ["plain", "encrypted"] {
            let world = killed_buying_from(cheat, is_accepted).await;
            rot(&world.record().file(list));
            assert_eq!(world.finish().await.unwrap().reason, reason, "{list}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn list_that_rotted_while_the_copy_came_should_be_fetched_again() {
    let written =
        |world: &World| std::fs::metadata(world.record().copy().unwrap()).map_or(0, |found| found.len());
    let world = killed_when(|world| written(world) > 65_552).await;
    let copy = world.record().copy().unwrap();
    let part = std::fs::read(&copy).unwrap()[..65_552].to_vec();
    std::fs::write(&copy, part).unwrap();
    rot(&world.record().file("encrypted"));
    assert_eq!(world.finish().await.unwrap().reason, CloseReason::Delivered);
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seller_who_settled_first_should_not_keep_the_file_from_its_buyer() {
    let world = killed_when(|world| stands(world, |stage| matches!(stage, Stage::Revealed { .. }))).await;
    {
        let mut state = world.market.state.lock();
        state.now += 100;
        let now = state.now;
        let view = state.purchases.values_mut().next().unwrap();
        view.stage = Stage::Ended { at: now, reason: CloseReason::Delivered };
    }
    assert_eq!(world.finish().await.unwrap().reason, CloseReason::Delivered);
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
}

/// The chain forgets what ended, and with it the key; the seller's store forgets its copy.
fn forget(world: &World) {
    let mut state = world.market.state.lock();
    state.now += 1_000_000;
    state.purchases.clear();
    state.copies.clear();
}

fn saw_the_key(world: &World) -> bool {
    world.record().facts.seen.as_ref().is_some_and(|view| view.sealed_key.is_some())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn purchase_that_the_chain_forgot_should_end_with_its_file() {
    let mut forgotten = 0;
    for steps in 0..1_000 {
        let world = World::new(Cheat::Honest).await;
        world.begin();
        world.market.fuel.set(steps);
        let first = world.run_with(Settings { times: Default::default(), ..settings() }).await;
        world.market.fuel.set(i64::MAX);
        if first.is_some() {
            break;
        }
        if !saw_the_key(&world) {
            continue;
        }
        forget(&world);
        let ending = world.finish().await.unwrap();
        assert_eq!((ending.reason, ending.forgotten), (CloseReason::Delivered, true), "killed at {steps}");
        assert_eq!(std::fs::read(world.out()).unwrap(), content(), "killed at {steps}");
        assert_eq!(world.left_over(), Vec::<String>::new(), "killed at {steps}");
        forgotten += 1;
    }
    assert!(forgotten >= 3, "it saw the key at {forgotten} steps");
}

fn is_accepted(world: &World) -> bool {
    stands(world, |stage| matches!(stage, Stage::Accepted { .. }))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn purchase_that_was_forgotten_before_its_key_was_seen_should_open_with_its_licence() {
    for (cheat, is_good) in [(Cheat::Honest, true), (Cheat::OtherKey, false)] {
        let world = killed_buying_from(cheat, is_accepted).await;
        assert!(!saw_the_key(&world));
        world.market.goes_on_alone();
        forget(&world);
        let ended = world.finish().await;
        if is_good {
            let ending = ended.unwrap();
            assert_eq!((ending.reason, ending.forgotten), (CloseReason::Delivered, true));
            assert_eq!(std::fs::read(world.out()).unwrap(), content());
            assert_eq!(world.left_over(), Vec::<String>::new());
        } else {
            assert!(ended.unwrap_err().message.contains("too late for a complaint"));
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn purchase_that_was_forgotten_and_gave_no_licence_should_keep_its_secret() {
    let world = killed_when(is_accepted).await;
    let now = std::mem::replace(&mut world.market.state.lock().now, 0);
    world.market.state.lock().purchases.clear();
    world.record().update(|facts| facts.seen.as_mut().unwrap().ordered_at = 1).unwrap();
    let failure = world.finish().await.unwrap_err().message;
    assert!(failure.contains("caught up"), "a node that is behind: {failure}");
    world.market.state.lock().now = now + 1_000_000;
    let failure = world.finish().await.unwrap_err().message;
    assert!(failure.contains("no licence of it"), "{failure}");
    assert!(world.record().secret().is_ok() && world.record().copy().unwrap().exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn complaint_that_comes_too_late_should_be_told_and_not_sent() {
    let revealed = |world: &World| stands(world, |stage| matches!(stage, Stage::Revealed { .. }));
    let world = killed_buying_from(Cheat::OtherBytes(2), revealed).await;
    world.market.state.lock().now += 100;
    let failure = world.finish().await.unwrap_err().message;
    assert!(failure.contains("too late for a complaint"), "{failure}");
    assert!(world.market.state.lock().judged.is_empty() && !world.out().exists());
}
