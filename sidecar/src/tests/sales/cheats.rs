//! Each cheat of a dishonest seller must be one that its buyer can prove, or that a deadline ends.

use super::*;
use crate::chain::fake::Submitted;
use souk_primitives::{
    complaint::{judge, Complaint, Exchange, Fault, Judgement, Path},
    content::leaf,
    sumtree::{prove, Leaf},
};

async fn seller(cheat: &str) -> (Bench, PurchaseId, Vec<u8>) {
    let name = cheat.to_string();
    let bench = Bench::start_with(Duration::ZERO, move |config| {
        selling(config);
        config.adversary = Some(name);
    })
    .await;
    let file = bytes(30, SIZE);
    let content = bench.bring(&file).await;
    let id = bench.order_copy(&content);
    (bench, id, file)
}

/// What the buyer's complaint about a chunk is judged to be, and how many chunks are bad.
async fn judged(bench: &Bench, id: PurchaseId, file: &[u8]) -> (Vec<Judgement>, usize) {
    bench.until_offered(id).await;
    let copy = bench.fetch(id, "/copy").await;
    let plain = bench.fetch(id, "/digests/plain").await;
    let content = content_of(file).0;
    let view = bench.chain.with_purchase(id, |view| view.clone());
    let served: Vec<&[u8]> = copy.chunks(CHUNK as usize + 16).collect();
    let encrypted: Vec<Leaf> = served.iter().map(|chunk| leaf(chunk)).collect();
    // The list and the copy are what was promised, or the buyer would not accept.
    assert!(content.matches(plain.as_chunks::<32>().0.iter().copied()));
    assert_eq!(
        souk_primitives::sumtree::shape(&encrypted),
        Some(content.encrypted(view.ciphertext_root.unwrap()))
    );
    bench.accept(id);
    until("the key", || matches!(bench.stage(id), Stage::Revealed { .. })).await;
    let view = bench.chain.with_purchase(id, |view| view.clone());
    let exchange = Exchange {
        genesis: GENESIS,
        purchase: id,
        content,
        ciphertext_root: view.ciphertext_root.unwrap(),
        key_commitment: view.key_commitment.unwrap(),
        buyer_key: view.buyer_key,
        sealed_key: view.sealed_key.unwrap(),
    };
    let listed: Vec<Leaf> = file.chunks(CHUNK as usize).map(leaf).collect();
    let complaint = |index: u32| Complaint::BadChunk {
        secret: [78; 32],
        index,
        ciphertext: served[index as usize].to_vec().try_into().unwrap(),
        ciphertext_proof: Path::try_from(prove(&encrypted, index).unwrap()).unwrap(),
        plaintext_digest: listed[index as usize].digest,
        plaintext_proof: Path::try_from(prove(&listed, index).unwrap()).unwrap(),
    };
    let all: Vec<Judgement> =
        (0..content.chunks()).map(|index| judge(&exchange, &complaint(index))).collect();
    let bad = all.iter().filter(|judgement| **judgement != Judgement::Disproved).count();
    (all, bad)
}

#[tokio::test]
async fn honest_seller_should_have_nothing_to_fear() {
    let (bench, id, file) = seller("honest").await;
    let (_, bad) = judged(&bench, id, &file).await;
    assert_eq!(bad, 0);
}

#[tokio::test]
async fn other_bytes_should_be_provable() {
    for (cheat, expected, chunks) in [
        ("other-bytes", Fault::Bytes, 132),
        ("flipped-bit", Fault::Bytes, 1),
        ("broken-tag", Fault::Tag, 1),
        ("other-key", Fault::Tag, 132),
        ("wrong-commitment", Fault::Seal, 132),
        ("wrong-seal", Fault::Seal, 132),
    ] {
        let (bench, id, file) = seller(cheat).await;
        let (all, bad) = judged(&bench, id, &file).await;
        assert_eq!(bad, chunks, "{cheat}");
        assert_eq!(all[1], Judgement::Upheld(expected), "{cheat}");
        assert_eq!(bench.opened(id).is_none(), expected == Fault::Seal, "{cheat}");
    }
}

#[tokio::test]
async fn what_is_withheld_should_be_left_to_the_deadline() {
    let (bench, id, _) = seller("no-copy").await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(matches!(bench.stage(id), Stage::Ordered { .. }) && bench.chain.submitted.lock().is_empty());
    for cheat in ["no-key", "late-key"] {
        let (bench, id, _) = seller(cheat).await;
        bench.until_offered(id).await;
        let live = bench.chain.head.lock().live;
        bench.chain.with_purchase(id, |view| view.stage = view.stage.accept_copy(live, 10).unwrap());
        tokio::time::sleep(Duration::from_millis(600)).await;
        let sent = bench.chain.submitted.lock().clone();
        let reveals = sent.iter().filter(|sent| matches!(sent, Submitted::Reveal(..))).count();
        assert_eq!(reveals > 0, cheat == "late-key", "{sent:?}");
        assert!(matches!(bench.stage(id), Stage::Accepted { .. }), "the chain takes no late key");
    }
}

#[tokio::test]
async fn starving_seller_should_give_half() {
    let (bench, id, file) = seller("starve").await;
    bench.until_offered(id).await;
    let mut response = bench.fetch_as(&buyer(), id, "/copy").send().await.unwrap();
    let (mut got, patience) = (0, Duration::from_millis(500));
    while let Ok(Ok(Some(bytes))) = tokio::time::timeout(patience, response.chunk()).await {
        got += bytes.len();
    }
    assert!(got >= file.len() / 2 && got < file.len() / 2 + 2 * CHUNK as usize, "{got}");
}
