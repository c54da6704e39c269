use super::*;
use crate::chain::fake::Submitted;
use souk_primitives::close::CloseReason;

#[tokio::test]
async fn sale_should_go_from_the_order_to_the_money() {
    let bench = Bench::seller().await;
    let file = bytes(1, SIZE);
    let content = bench.bring(&file).await;
    let id = bench.order_copy(&content);
    bench.until_offered(id).await;
    // The buyer fetches all, and checks it against the chain.
    let view = bench.chain.with_purchase(id, |view| view.clone());
    let (plain, encrypted) =
        (bench.fetch(id, "/digests/plain").await, bench.fetch(id, "/digests/encrypted").await);
    assert!(content.matches(plain.as_chunks::<32>().0.iter().copied()));
    let copy = bench.fetch(id, "/copy").await;
    let stride = CHUNK as usize + 16;
    let leaves: Vec<_> = copy.chunks(stride).map(souk_primitives::content::leaf).collect();
    let shape = souk_primitives::sumtree::shape(&leaves).unwrap();
    assert_eq!(shape, content.encrypted(view.ciphertext_root.unwrap()));
    assert_eq!(encrypted, leaves.iter().flat_map(|leaf| leaf.digest).collect::<Vec<u8>>());
    assert_eq!(copy, bench.honest(id, &file).served.concat());
    // It accepts, opens the key, and has the file.
    bench.accept(id);
    until("the key", || matches!(bench.stage(id), Stage::Revealed { .. })).await;
    let cipher = bench.opened(id).unwrap().cipher(&GENESIS, &id, &content.root());
    let opened: Vec<u8> = (0..)
        .zip(copy.chunks(stride))
        .flat_map(|(index, chunk)| {
            let mut chunk = chunk.to_vec();
            cipher.decrypt(index, &mut chunk).unwrap();
            chunk
        })
        .collect();
    assert!(opened == file);
    // Nobody complains: the seller is paid, and each step was sent once.
    until("the money", || bench.stage(id).is_ended()).await;
    assert!(matches!(bench.stage(id), Stage::Ended { reason: CloseReason::Delivered, .. }));
    let submitted = bench.chain.submitted.lock().clone();
    assert!(
        matches!(submitted[..], [Submitted::Offer(..), Submitted::Reveal(..), Submitted::SettleSale(_)]),
        "{submitted:?}"
    );
    let metrics = bench.metrics().await;
    for line in [
        "souk_sales_total{outcome=\"ok\",step=\"offer\"} 1",
        "souk_sales_total{outcome=\"ok\",step=\"settle\"} 1",
        &format!("souk_store_bytes {SIZE}"),
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    // It may be fetched again until the chain forgets it; then its key is erased.
    assert!(bench.fetch(id, "/copy").await == copy);
    let vault = bench.sidecar.app().shop().unwrap().vault().clone();
    until("the end", || vault.copy(&id).unwrap().unwrap().ended).await;
    bench.chain.purchases.lock().clear();
    until("the end of the key", || bench.key(id).is_none()).await;
}

#[tokio::test]
async fn missing_content_should_be_offered_once_it_is_brought() {
    let bench = Bench::seller().await;
    let file = bytes(2, 100_000);
    let (content, _) = content_of(&file);
    let id = bench.order_copy(&content);
    let resting = "souk_sales_total{outcome=\"missing\",step=\"copy\"}";
    for _ in 0..100 {
        if bench.metrics().await.contains(resting) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(bench.metrics().await.contains(resting));
    assert!(bench.key(id).is_none(), "no key for what can't be delivered");
    let (status, code, _) = refusal(bench.fetch_as(&buyer(), id, "/copy").send().await.unwrap()).await;
    assert_eq!((status, code.as_str()), (425, "copy_not_ready"));
    bench.bring(&file).await;
    bench.until_offered(id).await;
    assert_eq!(bench.fetch(id, "/copy").await, bench.honest(id, &file).served.concat());
}

#[tokio::test]
async fn two_purchases_should_have_two_keys() {
    let bench = Bench::seller().await;
    let file = bytes(3, 200_000);
    let content = bench.bring(&file).await;
    let (one, other) = (bench.order_copy(&content), bench.order_copy(&content));
    bench.until_offered(one).await;
    bench.until_offered(other).await;
    assert_ne!(bench.key(one).unwrap().expose(), bench.key(other).unwrap().expose());
    let (a, b) = (bench.fetch(one, "/copy").await, bench.fetch(other, "/copy").await);
    assert!(a.len() == b.len() && a != b);
    assert_eq!(bench.fetch(one, "/digests/plain").await, bench.fetch(other, "/digests/plain").await);
}

#[tokio::test]
async fn what_is_refused_or_too_late_should_not_be_repeated_without_end() {
    let bench = Bench::seller().await;
    let content = bench.bring(&bytes(4, 1_000)).await;
    let late = bench.order_copy(&content);
    bench.chain.with_purchase(late, |view| view.stage = Stage::Ordered { deliver_by: 1 });
    let accepted = bench.order_copy(&content);
    // Somebody else's copy was accepted: this vault has no key for it, and shows no other one.
    bench.chain.with_purchase(accepted, |view| {
        view.stage = Stage::Accepted { reveal_by: u32::MAX };
        (view.ciphertext_root, view.key_commitment) = (Some([1; 32]), Some([2; 32]));
    });
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert_eq!(*bench.chain.submitted.lock(), []);
    let metrics = bench.metrics().await;
    let count = |line: &str| -> u32 {
        let found = metrics.lines().find_map(|text| text.strip_prefix(line));
        found.unwrap_or_else(|| panic!("{line}: {metrics}")).trim().parse().unwrap()
    };
    assert!((1..8).contains(&count("souk_sales_total{outcome=\"unknown\",step=\"reveal\"}")));
    assert!((1..8).contains(&count("souk_sales_total{outcome=\"missed\",step=\"deadline\"}")));
}
