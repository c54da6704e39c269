//! What a seller may do wrong is upheld; nothing that a buyer makes up is.

use super::*;
use crate::{
    content::Builder,
    exchange::ContentKey,
    sumtree::{prove, shape},
};
use proptest::prelude::*;

const GENESIS: Digest = [1; 32];
const PURCHASE: PurchaseId = [2; 32];

/// An exchange with all that both sides know.
#[derive(Clone)]
struct Deal {
    exchange: Exchange,
    secret: [u8; 32],
    plain: Vec<Leaf>,
    served: Vec<Vec<u8>>,
    encrypted: Vec<Leaf>,
}

/// Sells `size` bytes; `tamper` may change what is encrypted, `garble` what was encrypted.
fn deal(size: usize, tamper: impl Fn(usize, &mut Vec<u8>), garble: impl Fn(usize, &mut Vec<u8>)) -> Deal {
    let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
    let mut builder = Builder::default();
    let chunks: Vec<&[u8]> = bytes.chunks(CHUNK as usize).collect();
    let plain: Vec<Leaf> = chunks.iter().map(|chunk| builder.push(chunk).unwrap()).collect();
    let content = builder.finish().unwrap();
    let key = ContentKey::new([3; 32]);
    let cipher = key.cipher(&GENESIS, &PURCHASE, &content.root());
    let served: Vec<Vec<u8>> = chunks
        .iter()
        .enumerate()
        .map(|(i, chunk)| {
            let mut chunk = chunk.to_vec();
            tamper(i, &mut chunk);
            cipher.encrypt(i as u32, &mut chunk).unwrap();
            garble(i, &mut chunk);
            chunk
        })
        .collect();
    let encrypted: Vec<Leaf> = served.iter().map(|chunk| content::leaf(chunk)).collect();
    let secret = Secret::new([4; 32]);
    let exchange = Exchange {
        genesis: GENESIS,
        purchase: PURCHASE,
        content,
        ciphertext_root: shape(&encrypted).unwrap().root,
        key_commitment: key.commitment(&PURCHASE),
        buyer_key: secret.public_key(),
        sealed_key: key.seal(&PURCHASE, &secret.public_key(), &Secret::new([5; 32])).unwrap(),
    };
    Deal { exchange, secret: [4; 32], plain, served, encrypted }
}

fn honest(size: usize) -> Deal {
    deal(size, |_, _| (), |_, _| ())
}

fn path(leaves: &[Leaf], index: usize) -> Path {
    prove(leaves, index as u32).unwrap().try_into().unwrap()
}

impl Deal {
    fn complain(&self, index: usize) -> Complaint {
        Complaint::BadChunk {
            secret: self.secret,
            index: index as u32,
            ciphertext: self.served[index].clone().try_into().unwrap(),
            ciphertext_proof: path(&self.encrypted, index),
            plaintext_digest: self.plain[index].digest,
            plaintext_proof: path(&self.plain, index),
        }
    }

    fn judge(&self, index: usize) -> Judgement {
        judge(&self.exchange, &self.complain(index))
    }
}

const SIZE: usize = 3 * CHUNK as usize + 100;

#[test]
fn honest_copy_should_disprove_every_complaint() {
    for size in [1, CHUNK as usize, CHUNK as usize + 1, SIZE] {
        let deal = honest(size);
        assert_eq!(judge(&deal.exchange, &Complaint::BadSeal { secret: deal.secret }), Judgement::Disproved);
        for index in 0..deal.plain.len() {
            assert_eq!(deal.judge(index), Judgement::Disproved);
        }
    }
}

#[test]
fn one_flipped_bit_in_one_chunk_should_be_upheld_there_only() {
    let before = deal(
        SIZE,
        |i, chunk| {
            if i == 2 {
                chunk[77] ^= 1
            }
        },
        |_, _| (),
    );
    let after = deal(
        SIZE,
        |_, _| (),
        |i, chunk| {
            if i == 2 {
                chunk[77] ^= 1
            }
        },
    );
    for (deal, fault) in [(before, Fault::Bytes), (after, Fault::Tag)] {
        for index in 0..4 {
            let expected = if index == 2 { Judgement::Upheld(fault) } else { Judgement::Disproved };
            assert_eq!(deal.judge(index), expected);
        }
    }
}

#[test]
fn bytes_moved_between_chunks_should_be_upheld_by_their_length() {
    // The lengths still add up to the listed size, so that the tree's total fits.
    let moved = deal(
        SIZE,
        |i, chunk| match i {
            2 => chunk.truncate(CHUNK as usize - 10),
            3 => chunk.extend([0; 10]),
            _ => (),
        },
        |_, _| (),
    );
    assert_eq!(moved.judge(1), Judgement::Disproved);
    assert_eq!(moved.judge(2), Judgement::Upheld(Fault::Length));
    assert_eq!(moved.judge(3), Judgement::Upheld(Fault::Length));
}

#[test]
fn garbage_under_an_honest_key_should_be_upheld_everywhere() {
    let garbage = deal(SIZE, |_, chunk| chunk.fill(0), |_, _| ());
    assert!((0..4).all(|index| garbage.judge(index) == Judgement::Upheld(Fault::Bytes)));
}

#[test]
fn bad_seals_should_be_upheld_in_either_form() {
    let good = honest(100);
    let key = ContentKey::new([3; 32]);
    let wrong = ContentKey::new([6; 32]);
    let (buyer, ephemeral) = (good.exchange.buyer_key, Secret::new([5; 32]));
    let mut low_order = good.exchange.sealed_key;
    low_order[..32].fill(0);
    let sealed = [
        // Opens to a key that breaks the commitment.
        wrong.seal(&PURCHASE, &buyer, &ephemeral).unwrap(),
        // Sealed to somebody else.
        key.seal(&PURCHASE, &Secret::new([7; 32]).public_key(), &ephemeral).unwrap(),
        // Sealed for another purchase.
        key.seal(&[8; 32], &buyer, &ephemeral).unwrap(),
        low_order,
        [0; 80],
    ];
    for sealed_key in sealed {
        let exchange = Exchange { sealed_key, ..good.exchange };
        for complaint in [Complaint::BadSeal { secret: good.secret }, good.complain(0)] {
            assert_eq!(judge(&exchange, &complaint), Judgement::Upheld(Fault::Seal));
        }
    }
    // A seller that commits to a key and seals another one, made for the wrong commitment.
    let exchange = Exchange { key_commitment: wrong.commitment(&PURCHASE), ..good.exchange };
    assert_eq!(judge(&exchange, &good.complain(0)), Judgement::Upheld(Fault::Seal));
}

#[test]
fn right_ciphertext_under_another_committed_key_should_be_upheld() {
    let good = honest(100);
    let wrong = ContentKey::new([6; 32]);
    let exchange = Exchange {
        key_commitment: wrong.commitment(&PURCHASE),
        sealed_key: wrong.seal(&PURCHASE, &good.exchange.buyer_key, &Secret::new([5; 32])).unwrap(),
        ..good.exchange
    };
    assert_eq!(judge(&exchange, &Complaint::BadSeal { secret: good.secret }), Judgement::Disproved);
    assert_eq!(judge(&exchange, &good.complain(0)), Judgement::Upheld(Fault::Tag));
}

#[test]
fn another_secret_should_have_no_effect() {
    let bad = deal(SIZE, |_, chunk| chunk.fill(0), |_, _| ());
    let secret = [9; 32];
    assert_eq!(judge(&bad.exchange, &Complaint::BadSeal { secret }), Judgement::WrongSecret);
    assert_eq!(Deal { secret, ..bad }.judge(0), Judgement::WrongSecret);
}

#[test]
fn made_up_proofs_should_prove_nothing() {
    let good = honest(SIZE);
    let Complaint::BadChunk {
        secret, ciphertext, ciphertext_proof, plaintext_digest, plaintext_proof, ..
    } = good.complain(1)
    else {
        panic!("a chunk")
    };
    let with = |index,
                ciphertext: &Ciphertext,
                ciphertext_proof: &Path,
                plaintext_digest,
                plaintext_proof: &Path| {
        let complaint = Complaint::BadChunk {
            secret,
            index,
            ciphertext: ciphertext.clone(),
            ciphertext_proof: ciphertext_proof.clone(),
            plaintext_digest,
            plaintext_proof: plaintext_proof.clone(),
        };
        judge(&good.exchange, &complaint)
    };
    // The true chunk at another index, or beyond the last.
    for index in [0, 2, 3, 4, u32::MAX] {
        assert_eq!(
            with(index, &ciphertext, &ciphertext_proof, plaintext_digest, &plaintext_proof),
            Judgement::Malformed
        );
    }
    // Bytes that were never served, and a digest that was never listed.
    let mut other = ciphertext.clone();
    other[5] ^= 1;
    assert_eq!(with(1, &other, &ciphertext_proof, plaintext_digest, &plaintext_proof), Judgement::Malformed);
    assert_eq!(with(1, &ciphertext, &ciphertext_proof, [7; 32], &plaintext_proof), Judgement::Malformed);
    // The neighbour's digest with its own path: not at this index.
    let neighbour = good.plain[2].digest;
    assert_eq!(
        with(1, &ciphertext, &ciphertext_proof, neighbour, &path(&good.plain, 2)),
        Judgement::Malformed
    );
    // An inner node as a leaf: the pair of leaves 0 and 1, with the rest of their path.
    let inner = Node::parent(&good.plain[0].node(), &good.plain[1].node()).unwrap();
    let rest: Path = path(&good.plain, 0).into_iter().skip(1).collect::<Vec<_>>().try_into().unwrap();
    for index in [0, 1] {
        assert_eq!(with(index, &ciphertext, &ciphertext_proof, inner.hash, &rest), Judgement::Malformed);
        assert_eq!(
            with(index, &ciphertext, &ciphertext_proof, inner.hash, &plaintext_proof),
            Judgement::Malformed
        );
    }
    // Paths that are too short or too long.
    let short: Path = plaintext_proof.iter().skip(1).copied().collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(with(1, &ciphertext, &ciphertext_proof, plaintext_digest, &short), Judgement::Malformed);
    let mut long = ciphertext_proof.clone();
    long.try_push(Node::default()).unwrap();
    assert_eq!(with(1, &ciphertext, &long, plaintext_digest, &plaintext_proof), Judgement::Malformed);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_tampering_should_be_upheld_at_the_chunk_it_hit(
        size in 1usize..300_000,
        pick in any::<prop::sample::Index>(),
        place in any::<prop::sample::Index>(),
        before: bool,
    ) {
        let chunk = pick.index(size.div_ceil(CHUNK as usize));
        let hit = |at: usize, bytes: &mut Vec<u8>| if at == chunk {
            let place = place.index(bytes.len());
            bytes[place] ^= 1;
        };
        let cheat = if before { deal(size, hit, |_, _| ()) } else { deal(size, |_, _| (), hit) };
        for index in 0..cheat.plain.len() {
            prop_assert_eq!(matches!(cheat.judge(index), Judgement::Upheld(_)), index == chunk);
        }
    }

    #[test]
    fn no_complaint_against_an_honest_seller_should_be_upheld(size in 1usize..200_000, pick in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), what in 0u8..4) {
        let deal = honest(size);
        let index = pick.index(deal.plain.len());
        let mut complaint = deal.complain(index);
        let Complaint::BadChunk { ciphertext, ciphertext_proof, plaintext_digest, index: at, .. } = &mut complaint else { unreachable!() };
        match what {
            0 => { let place = place.index(ciphertext.len()); ciphertext[place] ^= 1 },
            1 => plaintext_digest[place.index(32)] ^= 1,
            2 => *at = at.wrapping_add(1 + place.index(7) as u32),
            _ => { let _ = ciphertext_proof.pop(); },
        }
        prop_assert!(!matches!(judge(&deal.exchange, &complaint), Judgement::Upheld(_)));
    }
}
