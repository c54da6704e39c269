use super::*;
use crate::chain::{
    fake::{Submitted, RICH},
    Purse,
};
use souk_primitives::{deal, Balance};

const PRICE: Balance = 1_000;

/// A seller that can afford so many offers, and the fees of them up to the end, and so many copies ordered of it.
async fn poor_seller(offers: Balance, orders: usize, by_proxy: bool) -> (Bench, Vec<PurchaseId>) {
    let bench = Bench::seller().await;
    *bench.chain.purse.lock() = purse(offers, by_proxy);
    let content = bench.bring(&bytes(40, 100_000)).await;
    let ids = (0..orders).map(|_| bench.order_copy(&content)).collect();
    (bench, ids)
}

fn purse(offers: Balance, by_proxy: bool) -> Purse {
    let (bonds, fees) = (offers * deal::seller_bond(PRICE, 2 * RICH.complaint), offers * 8 * 30);
    match by_proxy {
        false => Purse { seller: bonds + fees, ..RICH },
        true => Purse { seller: Balance::from(u64::MAX), proxy: Some(fees), ..RICH },
    }
}

fn offered(bench: &Bench, ids: &[PurchaseId]) -> Vec<PurchaseId> {
    let is_offered = |id: &&PurchaseId| !matches!(bench.stage(**id), Stage::Ordered { .. });
    ids.iter().filter(is_offered).copied().collect()
}

#[tokio::test]
async fn seller_should_offer_only_what_it_can_pay_for_to_the_end() {
    for by_proxy in [false, true] {
        let (bench, ids) = poor_seller(3, 8, by_proxy).await;
        until("three offers", || offered(&bench, &ids).len() >= 3).await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        let taken = offered(&bench, &ids);
        assert_eq!(taken.len(), 3, "by proxy: {by_proxy}");
        let offers = bench.chain.submitted.lock().len();
        assert_eq!(offers, 3, "nothing is sent that would be refused for money");
        assert!(bench.metrics().await.contains("souk_offers_unfunded 5"));
        // All at once: each key has its fee.
        taken.iter().for_each(|id| bench.accept(*id));
        for id in &taken {
            until("the key", || matches!(bench.stage(*id), Stage::Revealed { .. } | Stage::Ended { .. }))
                .await;
        }
        // With money it goes on by itself.
        *bench.chain.purse.lock() = purse(20, by_proxy);
        until("all offers", || offered(&bench, &ids).len() == 8).await;
        let submitted = bench.chain.submitted.lock().clone();
        let offers = submitted.iter().filter(|sent| matches!(sent, Submitted::Offer(..))).count();
        assert_eq!(offers, 8);
    }
}

#[tokio::test]
async fn key_should_be_revealed_although_the_vault_can_not_be_written() {
    let bench = Bench::seller().await;
    let content = bench.bring(&bytes(41, 100_000)).await;
    let id = bench.order_copy(&content);
    bench.until_offered(id).await;
    let full = rusqlite::Connection::open(bench.dir.path().join("sales.db")).unwrap();
    let trigger =
        "CREATE TRIGGER full BEFORE UPDATE OF offer_quiet, reveal_quiet ON copies BEGIN SELECT RAISE(FAIL, 'full'); END;";
    full.execute_batch(trigger).unwrap();
    bench.accept(id);
    until("the key", || matches!(bench.stage(id), Stage::Revealed { .. } | Stage::Ended { .. })).await;
    assert!(bench.opened(id).is_some());
    // An offer that the vault does not know of is not sent.
    let other = bench.order_copy(&content);
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(matches!(bench.stage(other), Stage::Ordered { .. }));
}
