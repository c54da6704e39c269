//! A node that is away or takes nothing, and a buyer without money for a complaint.

use crate::{
    interruptions::{killed_buying_from, stands},
    market::Cheat,
    world::{content, settings, World},
};
use souk_cli::{failure::Code, sales::buying::Settings};
use souk_primitives::{close::CloseReason, complaint::Judgement, purchase::Stage};
use std::time::Duration;

/// Patience with nothing; the store may take its time.
fn impatient() -> Settings {
    Settings { patience: Duration::ZERO, times: Default::default(), ..settings() }
}

fn is_accepted(stage: &Stage) -> bool {
    matches!(stage, Stage::Accepted { .. })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_that_is_away_should_be_waited_for_at_each_step() {
    for (cheat, reason) in
        [(Cheat::Honest, CloseReason::Delivered), (Cheat::FlippedBit(2), CloseReason::Cheated)]
    {
        let mut killed = true;
        for steps in 0.. {
            if !killed {
                break;
            }
            let world = World::new(cheat).await;
            world.begin();
            world.market.fuel.set(steps);
            killed = world.run_with(Settings { times: Default::default(), ..settings() }).await.is_none();
            world.market.fuel.set(i64::MAX);
            if killed {
                world.market.state.lock().away = 3;
                let ending = world.run_with(Settings { times: Default::default(), ..settings() }).await;
                assert_eq!(ending.unwrap().unwrap().reason, reason, "away at {steps}");
            }
            assert_eq!(world.market.state.lock().orders, 1, "away at {steps}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn outage_should_not_keep_a_complaint_from_being_made() {
    for (away, rejects) in [(20, 0), (0, 5), (5, 5)] {
        let world = killed_buying_from(Cheat::FlippedBit(2), |world| stands(world, is_accepted)).await;
        // Whatever it was about to do when it was killed, it knows that money is at stake.
        let view = world.market.view();
        world.record().update(|facts| facts.seen = Some(view)).unwrap();
        {
            let mut state = world.market.state.lock();
            (state.away, state.rejects) = (away, rejects);
        }
        let ending = world.run_with(impatient()).await.unwrap().unwrap();
        assert_eq!(ending.reason, CloseReason::Cheated);
        let state = world.market.state.lock();
        assert!(matches!(state.judged[..], [Judgement::Upheld(_)]));
        assert_eq!((state.away, state.rejects), (0, 0));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn node_that_stays_away_should_be_told_when_nothing_is_at_stake() {
    let world = World::new(Cheat::Honest).await;
    world.begin();
    world.market.state.lock().away = u32::MAX;
    let failure = world.run_with(impatient()).await.unwrap().unwrap_err();
    assert_eq!(failure.code, Code::Unreachable, "{failure}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copy_should_be_accepted_only_when_a_complaint_can_be_paid_for() {
    let world = World::new(Cheat::FlippedBit(2)).await;
    world.begin();
    world.market.state.lock().poor_until = u32::MAX;
    let ending = world.finish().await.unwrap();
    assert_eq!(ending.reason, CloseReason::NotAccepted, "a seller who cheats would have got the price");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn purchase_should_go_on_when_there_is_money() {
    let world = World::new(Cheat::Honest).await;
    world.begin();
    world.market.state.lock().poor_until = 20;
    let ending = world.finish().await.unwrap();
    assert_eq!(ending.reason, CloseReason::Delivered);
    assert!(world.market.state.lock().now >= 20);
    assert_eq!(std::fs::read(world.out()).unwrap(), content());
}
