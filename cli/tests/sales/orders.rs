//! Orders of which the node says something else than what became of them.

use crate::{
    market::Cheat,
    world::{content, World},
};
use souk_primitives::close::CloseReason;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn order_that_was_taken_though_it_was_rejected_should_be_gone_on_with() {
    let world = World::new(Cheat::TakenAndRejected).await;
    world.begin();
    assert_eq!(world.finish().await.unwrap().reason, CloseReason::Delivered);
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
    assert_eq!(world.market.state.lock().orders, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rejected_order_should_keep_its_secret_until_it_can_not_come_any_more() {
    let world = World::new(Cheat::RejectedFor(60)).await;
    world.begin();
    let failure = world.finish().await.unwrap_err().message;
    assert!(failure.contains("temporarily banned") && failure.contains("--resume"), "{failure}");
    assert!(world.record().secret().is_ok());
    // Another node had it.
    assert_eq!(world.finish().await.unwrap().reason, CloseReason::Delivered);
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
    assert_eq!(world.market.state.lock().orders, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rejected_order_that_never_came_should_be_forgotten_then() {
    let world = World::new(Cheat::Rejected).await;
    world.begin();
    assert!(world.finish().await.unwrap_err().message.contains("--resume"));
    assert_eq!(world.kept(), 1);
    let failure = world.finish().await.unwrap_err().message;
    assert!(failure.contains("nothing was bought"), "{failure}");
    assert_eq!((world.kept(), world.market.state.lock().orders), (0, 0));
}

/// Kills the buyer of a service at its step `kill_at`; false when it came to its end.
async fn killed_at(kill_at: i64) -> (World, bool) {
    let world = World::service().await;
    // The chain did not begin today.
    world.market.state.lock().now = 1_000;
    world.begin();
    world.market.fuel.set(kill_at);
    let ended = world.run().await;
    world.market.fuel.set(i64::MAX);
    (world, ended.is_none())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_should_never_be_paid_twice() {
    for (steps, later) in (0..).flat_map(|steps| [(steps, 10), (steps, 1_000_000)]) {
        let (world, killed) = killed_at(steps).await;
        if !killed {
            assert!(steps >= 4, "it took {steps} steps");
            break;
        }
        let ordered = world.market.state.lock().orders;
        // Started again when the chain has forgotten the purchase, soon or late, and shows its licence still.
        world.market.state.lock().now += later;
        world.market.state.lock().purchases.clear();
        let ended = world.finish().await;
        let orders = world.market.state.lock().orders;
        match ordered {
            1 => {
                assert_eq!((ended.unwrap().reason, orders), (CloseReason::Delivered, 1), "killed at {steps}")
            }
            _ => assert!(orders == u32::from(ended.is_ok()), "killed at {steps}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn service_of_which_nothing_shows_any_more_should_not_be_ordered_by_itself() {
    for steps in 0.. {
        let (world, killed) = killed_at(steps).await;
        assert!(killed, "it was never killed between the order and its answer");
        let facts = world.record().facts.clone();
        if world.market.state.lock().orders == 0 || facts.purchase.is_some() {
            continue;
        }
        {
            let mut state = world.market.state.lock();
            state.now += 1_000_000;
            state.purchases.clear();
            // An older licence of the same thing counts for nothing.
            state.licences[0].issued_at = facts.sent.unwrap() - 1;
        }
        let failure = world.finish().await.unwrap_err().message;
        assert!(failure.contains("nothing is ordered again"), "{failure}");
        assert_eq!((world.market.state.lock().orders, world.kept()), (1, 0));
        break;
    }
}
