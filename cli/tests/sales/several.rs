//! Several purchases at once.

use crate::{
    market::Cheat,
    world::{content, settings, World},
};
use souk_cli::{
    output::Output,
    sales::{buying, market::Market, record::Record, store::Times},
};
use souk_primitives::close::CloseReason;
use std::sync::atomic::Ordering;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn seller_who_dawdles_should_hold_up_no_other_purchase() {
    for dawdler in [0, 1] {
        let world = World::new(Cheat::Honest).await;
        world.market.window.store(5_000, Ordering::SeqCst);
        for listing in [3, 4] {
            world.begin_of(listing, world.folder.path().join(listing.to_string()));
        }
        let mut records = world.book().all().unwrap();
        // Both were ordered; one seller waits until its deadline for the other purchase to end.
        for record in &mut records {
            record.take().unwrap();
            let id = world.market.order(record.facts.order.clone()).await.unwrap();
            record.update(|facts| (facts.sent, facts.purchase) = (Some(0), Some(id))).unwrap();
        }
        *world.market.held.lock() = Some(records[dawdler].facts.order.listing);
        let settings = buying::Settings { times: Times::default(), ..settings() };
        let mut ended = Vec::new();
        let tell = |record: &Record, ending: souk_cli::failure::Result<buying::Ending>| {
            ended.push((record.facts.order.listing, ending.unwrap().reason));
        };
        buying::all(&*world.market, &mut records, settings, Output { json: true }, tell).await;
        let order = [1 - dawdler, dawdler].map(|at| records[at].facts.order.listing);
        assert_eq!(ended, order.map(|listing| (listing, CloseReason::Delivered)));
        for listing in ["3", "4"] {
            assert_eq!(std::fs::read(world.folder.path().join(listing)).unwrap(), content());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn purchase_that_another_program_is_at_should_hold_up_none_either() {
    let world = World::new(Cheat::Honest).await;
    for listing in [3, 4] {
        world.begin_of(listing, world.folder.path().join(listing.to_string()));
    }
    let book = world.book();
    let (mut records, mut taken) = (book.all().unwrap(), book.all().unwrap());
    drop(book);
    taken[0].take().unwrap();
    let mut ended = Vec::new();
    let tell = |_: &Record, ending: souk_cli::failure::Result<buying::Ending>| {
        ended.push(ending.map(|ending| ending.reason).map_err(|failure| failure.message));
    };
    buying::all(&*world.market, &mut records, settings(), Output { json: true }, tell).await;
    assert!(ended[0].as_ref().unwrap_err().contains("another `souk buy`"), "{ended:?}");
    assert_eq!(ended[1], Ok(CloseReason::Delivered));
}
