//! The published vectors of the fair exchange: content, keys, seals, chunks, complaints, offers and the money of a
//! purchase. See `vectors.rs`.

use codec::Encode;
use common::{check, digest, hex};
use serde_json::{json, Value};
use souk_primitives::{
    complaint::{judge, Complaint, Exchange, Fault, Judgement},
    copy::WholeCopy,
    deal::{self, Shares},
    exchange::{check_public_key, purchase_id, purchase_resource, ContentKey, SealedKey, Secret, WeakKey},
    licence::{Grant, Offer, Purposes, Terms},
    rating::Rating,
    sumtree::{prove, shape, Leaf},
    AccountId, Digest, SOUK,
};

mod common;

/// Two full chunks and a short one.
const SIZE: usize = 2 * 65_536 + 100;

/// Byte `i` is `(i xor (i >> 8)) mod 256`.
fn bytes() -> Vec<u8> {
    (0..SIZE).map(|i| (i ^ (i >> 8)) as u8).collect()
}

fn copy(key: &ContentKey, flip_last: bool) -> WholeCopy {
    let flip = |index, chunk: &mut Vec<u8>| {
        if flip_last && index == 2 {
            chunk[5] ^= 1;
        }
    };
    let (genesis, purchase) = (digest("genesis", 0), digest("purchase", 0));
    WholeCopy::make_with(&genesis, purchase, key.clone(), &bytes(), flip, |_, _| ()).unwrap()
}

fn bad_chunk(copy: &WholeCopy, secret: Digest) -> Complaint {
    copy.bad_chunk(secret, 2).unwrap()
}

fn name(judgement: Judgement) -> &'static str {
    match judgement {
        Judgement::Upheld(Fault::Seal) => "upheld: seal",
        Judgement::Upheld(Fault::Length) => "upheld: length",
        Judgement::Upheld(Fault::Tag) => "upheld: tag",
        Judgement::Upheld(Fault::Bytes) => "upheld: bytes",
        Judgement::Disproved => "disproved",
        Judgement::Malformed => "malformed",
        Judgement::WrongSecret => "wrong secret",
    }
}

fn case(
    what: &str,
    copy: &WholeCopy,
    commitment: Digest,
    sealed_key: SealedKey,
    complaint: &Complaint,
) -> Value {
    let exchange = Exchange {
        genesis: digest("genesis", 0),
        purchase: digest("purchase", 0),
        content: copy.content,
        ciphertext_root: copy.ciphertext_root(),
        key_commitment: commitment,
        buyer_key: Secret::new(digest("buyer", 0)).public_key(),
        sealed_key,
    };
    json!({
        "case": what,
        "ciphertext_root": hex(exchange.ciphertext_root),
        "key_commitment": hex(commitment),
        "sealed_key": hex(sealed_key),
        "complaint": hex(complaint.encode()),
        "judgement": name(judge(&exchange, complaint)),
    })
}

fn complaints(key: &ContentKey, honest: &WholeCopy) -> Vec<Value> {
    let secret = digest("buyer", 0);
    let purchase = digest("purchase", 0);
    let buyer_key = Secret::new(secret).public_key();
    let ephemeral = Secret::new(digest("ephemeral", 0));
    let commitment = key.commitment(&purchase);
    let sealed = key.seal(&purchase, &buyer_key, &ephemeral).unwrap();
    let other = ContentKey::new(digest("other key", 0));
    let other_sealed = other.seal(&purchase, &buyer_key, &ephemeral).unwrap();
    let tampered = copy(key, true);
    let chunk = bad_chunk(honest, secret);
    let Complaint::BadChunk { mut ciphertext_proof, ciphertext, plaintext_digest, plaintext_proof, .. } =
        chunk.clone()
    else {
        unreachable!()
    };
    ciphertext_proof[0].sum += 1;
    let malformed = Complaint::BadChunk {
        secret,
        index: 2,
        ciphertext,
        ciphertext_proof,
        plaintext_digest,
        plaintext_proof,
    };
    let seal = Complaint::BadSeal { secret };
    vec![
        case("an honest seal", honest, commitment, sealed, &seal),
        case("a seal of another key", honest, commitment, other_sealed, &seal),
        case("an honest chunk", honest, commitment, sealed, &chunk),
        case("a chunk with a flipped bit", &tampered, commitment, sealed, &bad_chunk(&tampered, secret)),
        case("another key, committed to", honest, other.commitment(&purchase), other_sealed, &chunk),
        case("a broken path", honest, commitment, sealed, &malformed),
        case("another secret", honest, commitment, sealed, &bad_chunk(honest, digest("buyer", 1))),
    ]
}

#[test]
fn exchange_vectors() {
    let key = ContentKey::new(digest("key", 0));
    let honest = copy(&key, false);
    let purchase = digest("purchase", 0);
    let ephemeral = Secret::new(digest("ephemeral", 0));
    let buyer_key = Secret::new(digest("buyer", 0)).public_key();
    let encrypted = shape(&honest.encrypted).unwrap();
    let chunks: Vec<Value> = (0..3)
        .map(|i| {
            let path = |leaves: &[Leaf]| hex(prove(leaves, i).unwrap().encode());
            json!({
                "length": honest.content.chunk_length(i),
                "digest": hex(honest.plain[i as usize].digest),
                "path": path(&honest.plain),
                "ciphertext_digest": hex(honest.encrypted[i as usize].digest),
                "ciphertext_path": path(&honest.encrypted),
            })
        })
        .collect();
    let mut high_bit = buyer_key;
    high_bit[31] |= 0x80;
    let mut prime = [0xff; 32];
    (prime[0], prime[31]) = (0xed, 0x7f);
    let keys: Vec<Value> = [buyer_key, high_bit, prime, [0; 32], {
        let mut one = [0; 32];
        one[0] = 1;
        one
    }]
    .into_iter()
    .map(|key| {
        let verdict = match check_public_key(&key) {
            Ok(()) => "good",
            Err(WeakKey::NonCanonical) => "non-canonical",
            Err(WeakKey::LowOrder) => "low order",
        };
        json!({ "key": hex(key), "verdict": verdict })
    })
    .collect();
    let creator = AccountId::new([9; 32]);
    check(
        "exchange.json",
        json!({
            "genesis": hex(digest("genesis", 0)),
            "purchase": hex(purchase),
            "purchase_id": { "parent": hex(digest("parent", 0)), "buyer": hex([9u8; 32]), "counter": 3,
                "id": hex(purchase_id(&digest("parent", 0), &creator, 3)) },
            "resource": hex(purchase_resource(&purchase)),
            "content": { "size": SIZE, "root": hex(honest.content.root()), "chunks": chunks,
                "ciphertext_root": hex(encrypted.root), "ciphertext_total": encrypted.total.to_string() },
            "key": hex(key.expose()),
            "key_commitment": hex(key.commitment(&purchase)),
            "buyer": { "secret": hex(digest("buyer", 0)), "public": hex(buyer_key) },
            "ephemeral": { "secret": hex(digest("ephemeral", 0)), "public": hex(ephemeral.public_key()) },
            "sealed_key": hex(key.seal(&purchase, &buyer_key, &ephemeral).unwrap()),
            "public_keys": keys,
            "complaints": complaints(&key, &honest),
        }),
    );
}

fn offers() -> Vec<Value> {
    let base = Offer {
        grant: Grant::Perpetual,
        price: 25 * SOUK,
        purposes: Purposes::RESEARCH.and(Purposes::INFERENCE),
        seats: 3,
        transferable: true,
        deliver_within: 1_200,
        referral: 20_000,
        terms: Terms {
            uri: b"https://example.org/terms".to_vec().try_into().unwrap(),
            digest: digest("terms", 0),
        },
    };
    let lease = Offer { grant: Grant::Lease { period: 864_000 }, ..base.clone() };
    let metered = Offer {
        grant: Grant::Metered { share: 150_000 },
        price: 0,
        seats: 1,
        transferable: false,
        ..base.clone()
    };
    [base, lease, metered]
        .into_iter()
        .map(|offer| {
            let grant = match offer.grant {
                Grant::Perpetual => json!({ "perpetual": null }),
                Grant::Lease { period } => json!({ "lease": period }),
                Grant::Metered { share } => json!({ "metered": share }),
            };
            json!({
                "grant": grant,
                "price": offer.price.to_string(),
                "purposes": offer.purposes.0,
                "seats": offer.seats,
                "transferable": offer.transferable,
                "deliver_within": offer.deliver_within,
                "referral": offer.referral,
                "terms_uri": String::from_utf8(offer.terms.uri.to_vec()).unwrap(),
                "terms_digest": hex(offer.terms.digest),
                "scale": hex(offer.encode()),
                "digest": hex(offer.digest()),
            })
        })
        .collect()
}

#[test]
fn licence_vectors() {
    let deals: Vec<Value> = [
        (0u128, 1u64),
        (SOUK, 98_362_432),
        (25 * SOUK + 7, 10 << 30),
        (5_000 * SOUK, 4 << 40),
    ]
    .into_iter()
    .map(|(price, size)| {
        let (deposit, bond) = (deal::complaint_deposit(price), deal::seller_bond(price, SOUK / 500));
        let unaccepted = deal::unaccepted(price, deposit, bond);
        json!({
            "price": price.to_string(), "size": size, "complaint_fee": (SOUK / 500).to_string(),
            "accept_window": deal::window(1_200, size), "handling": deal::handling(price).to_string(),
            "complaint_deposit": deposit.to_string(), "seller_bond": bond.to_string(),
            "unaccepted": { "refund": unaccepted.refund.to_string(), "bond": unaccepted.bond.to_string(),
                "burnt": unaccepted.burnt.to_string() },
        })
    })
    .collect();
    let settlements: Vec<Value> = [
        (25 * SOUK + 7, 10_000, vec![], 0),
        (25 * SOUK + 7, 10_000, vec![100_000, 33_333], 50_000),
        (1, 10_000, vec![500_000], 50_000),
        (1_000_003, 100_000, vec![800_000, 400_000], 50_000),
    ]
    .into_iter()
    .map(|(price, protocol, royalties, referral)| {
        let shares = Shares { protocol, royalties: royalties.clone(), referral };
        let split = shares.settle(price);
        json!({
            "price": price.to_string(), "protocol": protocol, "royalties": royalties, "referral": referral,
            "burnt": split.burnt.to_string(), "treasury": split.treasury.to_string(),
            "to_parents": split.royalties.iter().map(u128::to_string).collect::<Vec<_>>(),
            "to_referrer": split.referral.to_string(), "to_owner": split.owner.to_string(),
        })
    })
    .collect();
    let metered = deal::metered(deal::metered_due(1_234_567, 1_000_000, 150_000), &[100_000, 50_000]);
    let mut rating = Rating::default();
    let reviews: Vec<Value> = [(5u8, SOUK, 0u128), (1, SOUK / 500, 0), (4, SOUK / 2, 0)]
        .into_iter()
        .map(|(stars, burnt, given)| {
            let counts = rating.counts(burnt, given);
            rating = rating.with(stars, counts, true);
            json!({ "stars": stars, "burnt": burnt.to_string(), "given": given.to_string(), "counts": counts.to_string(),
                "average_milli": rating.average_milli() })
        })
        .collect();
    check(
        "licence.json",
        json!({
            "offers": offers(),
            "deals": deals,
            "settlements": settlements,
            "metered": { "value": "1234567", "left": "1000000", "share": 150_000, "royalties": [100_000, 50_000],
                "to_parents": metered.royalties.iter().map(u128::to_string).collect::<Vec<_>>(),
                "to_publisher": metered.publisher.to_string() },
            "reviews": reviews,
        }),
    );
}
