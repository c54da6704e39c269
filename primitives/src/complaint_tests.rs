//! What a seller may do wrong is upheld; nothing that a buyer makes up is.

use super::*;
use crate::{copy::WholeCopy, exchange::ContentKey, sumtree::prove};
use proptest::prelude::*;

const GENESIS: Digest = [1; 32];
const PURCHASE: PurchaseId = [2; 32];

/// An exchange with all that both sides know.
#[derive(Clone)]
struct Deal {
    exchange: Exchange,
    secret: [u8; 32],
    copy: WholeCopy,
}

/// Sells `size` bytes; `tamper` may change what is encrypted, `garble` what was encrypted.
fn deal(size: usize, tamper: impl Fn(u32, &mut Vec<u8>), garble: impl Fn(u32, &mut Vec<u8>)) -> Deal {
    let bytes: Vec<u8> = (0..size).map(|i| (i % 251) as u8).collect();
    let key = ContentKey::new([3; 32]);
    let copy = WholeCopy::make_with(&GENESIS, PURCHASE, key, &bytes, tamper, garble).unwrap();
    let buyer_key = Secret::new([4; 32]).public_key();
    let exchange = Exchange {
        genesis: GENESIS,
        purchase: PURCHASE,
        content: copy.content,
        ciphertext_root: copy.ciphertext_root(),
        key_commitment: copy.commitment(),
        buyer_key,
        sealed_key: copy.seal(&buyer_key, &Secret::new([5; 32])).unwrap(),
    };
    Deal { exchange, secret: [4; 32], copy }
}

fn honest(size: usize) -> Deal {
    deal(size, |_, _| (), |_, _| ())
}

fn path(leaves: &[Leaf], index: u32) -> Path {
    prove(leaves, index).unwrap().try_into().unwrap()
}

impl Deal {
    fn complain(&self, index: u32) -> Complaint {
        self.copy.bad_chunk(self.secret, index).unwrap()
    }

    fn judge(&self, index: u32) -> Judgement {
        judge(&self.exchange, &self.complain(index))
    }

    fn chunks(&self) -> u32 {
        self.copy.content.chunks()
    }
}

const SIZE: usize = 3 * CHUNK as usize + 100;

#[test]
fn honest_copy_should_disprove_every_complaint() {
    for size in [1, CHUNK as usize, CHUNK as usize + 1, SIZE] {
        let deal = honest(size);
        assert_eq!(judge(&deal.exchange, &Complaint::BadSeal { secret: deal.secret }), Judgement::Disproved);
        for index in 0..deal.chunks() {
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
    let neighbour = good.copy.plain[2].digest;
    assert_eq!(
        with(1, &ciphertext, &ciphertext_proof, neighbour, &path(&good.copy.plain, 2)),
        Judgement::Malformed
    );
    // An inner node as a leaf: the pair of leaves 0 and 1, with the rest of their path.
    let inner = Node::parent(&good.copy.plain[0].node(), &good.copy.plain[1].node()).unwrap();
    let rest: Path = path(&good.copy.plain, 0).into_iter().skip(1).collect::<Vec<_>>().try_into().unwrap();
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
        let chunk = pick.index(size.div_ceil(CHUNK as usize)) as u32;
        let hit = |at: u32, bytes: &mut Vec<u8>| if at == chunk {
            let place = place.index(bytes.len());
            bytes[place] ^= 1;
        };
        let cheat = if before { deal(size, hit, |_, _| ()) } else { deal(size, |_, _| (), hit) };
        for index in 0..cheat.chunks() {
            prop_assert_eq!(matches!(cheat.judge(index), Judgement::Upheld(_)), index == chunk);
        }
    }

    #[test]
    fn no_complaint_against_an_honest_seller_should_be_upheld(size in 1usize..200_000, pick in any::<prop::sample::Index>(), place in any::<prop::sample::Index>(), what in 0u8..4) {
        let deal = honest(size);
        let index = pick.index(deal.chunks() as usize) as u32;
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
