//! The published vectors in `docs/vectors/`: what the code computes must be what is published.
//!
//! `SOUK_WRITE_VECTORS=1 cargo test -p souk-primitives` writes them anew. A second implementation in
//! Python (`tests/vectors/check.py`) checks itself against the same files.

use codec::Encode;
use common::{check, digest, hex};
use serde_json::{json, Value};
use souk_primitives::{
    audit::{commitment, Round},
    beacon::{self, Purpose},
    call::{
        batch_id, receipt_leaf, tokens_digest, vector_digest, CallBody, CallKind, Finish, Prices, Receipt,
        Request, Signed, Voucher,
    },
    creation_id,
    exposure::{exposure, Chance},
    fetch::{transcript_resource, Fetch},
    hash,
    spec::{NumericClass, Sampler, Spec},
    split::Fees,
    sumtree::{self, Leaf},
    verdict::{Faults, Report, Thresholds},
    AccountId,
};

mod common;

#[test]
fn sumtree_vectors() {
    let trees: Vec<Value> = [1u32, 2, 3, 5, 8, 13]
        .into_iter()
        .map(|count| {
            let leaves: Vec<Leaf> = (0..count)
                .map(|i| Leaf { digest: digest("leaf", i), amount: u128::from(i) * 1_000_003 + 7 })
                .collect();
            let shape = sumtree::shape(&leaves).unwrap();
            let proofs: Vec<Value> = (0..count)
                .map(|i| {
                    let proof = sumtree::prove(&leaves, i).unwrap();
                    let steps: Vec<Value> =
                        proof.iter().map(|n| json!({ "hash": hex(n.hash), "sum": n.sum.to_string() })).collect();
                    json!({ "index": i, "steps": steps, "scale": hex(proof.encode()) })
                })
                .collect();
            let middle = shape.total / 2;
            json!({
                "leaves": leaves.iter().map(|l| json!({ "digest": hex(l.digest), "amount": l.amount.to_string() })).collect::<Vec<_>>(),
                "root": hex(shape.root),
                "total": shape.total.to_string(),
                "proofs": proofs,
                "point": { "at": middle.to_string(), "index": sumtree::leaf_at(&leaves, middle).unwrap().0 },
            })
        })
        .collect();
    check("sumtree.json", json!({ "trees": trees }));
}

fn samples() -> (CallBody, Request, Receipt, Voucher) {
    let body = CallBody {
        kind: CallKind::Generate,
        prompt_ids: vec![1, 2, 65, 49_151, 300],
        temperature_milli: 800,
        max_tokens: 64,
        stops: vec![vec![2], vec![198, 198]],
    };
    let prices = Prices { per_1k_input: 50_000_000_000, per_1k_output: 200_000_000_001 };
    let request = Request {
        genesis: digest("genesis", 0),
        channel: digest("channel", 0),
        seq: 7,
        seed: digest("seed", 0),
        request_digest: body.digest(),
        max_charge: 20_000_000_000,
        blinding: digest("blinding", 0),
    };
    let receipt = Receipt {
        genesis: request.genesis,
        channel: request.channel,
        seq: 7,
        request_digest: request.request_digest,
        response_digest: tokens_digest(&[10, 20, 30, 2]),
        input_tokens: 5,
        output_tokens: 4,
        charge: prices.charge(5, 4).unwrap(),
        finish: Finish::Stop,
    };
    let voucher = Voucher {
        genesis: request.genesis,
        channel: request.channel,
        cumulative: 123_456_789_012_345,
        calls: 8,
        receipts_root: digest("root", 0),
    };
    (body, request, receipt, voucher)
}

#[test]
fn call_vectors() {
    let (body, request, receipt, voucher) = samples();
    let leaf = receipt_leaf(&request, &receipt);
    let vector = [0.25f32, -1.5, 3.0e-5];
    let fetch = Fetch {
        genesis: request.genesis,
        resource: transcript_resource(&digest("audit", 0)),
        expires: 4_242,
    };
    check(
        "call.json",
        json!({
            "body": { "kind": 0, "prompt_ids": body.prompt_ids, "temperature_milli": body.temperature_milli,
                "max_tokens": body.max_tokens, "stops": body.stops, "digest": hex(body.digest()) },
            "request": { "genesis": hex(request.genesis), "channel": hex(request.channel), "seq": request.seq,
                "seed": hex(request.seed), "request_digest": hex(request.request_digest),
                "max_charge": request.max_charge.to_string(), "blinding": hex(request.blinding),
                "signed_bytes": hex(request.signing_payload()) },
            "receipt": { "response_ids": [10, 20, 30, 2], "response_digest": hex(receipt.response_digest),
                "input_tokens": 5, "output_tokens": 4, "per_1k_input": "50000000000", "per_1k_output": "200000000001",
                "charge": receipt.charge.to_string(), "finish": 0, "signed_bytes": hex(receipt.signing_payload()) },
            "leaf": { "digest": hex(leaf.digest), "amount": leaf.amount.to_string() },
            "voucher": { "cumulative": voucher.cumulative.to_string(), "calls": voucher.calls,
                "receipts_root": hex(voucher.receipts_root), "signed_bytes": hex(voucher.signing_payload()) },
            "vector": { "bits": vector.map(f32::to_bits), "digest": hex(vector_digest(vector.map(f32::to_bits))) },
            "fetch": { "audit": hex(digest("audit", 0)), "expires": 4_242, "signed_bytes": hex(fetch.signing_payload()) },
            "batch_id": hex(batch_id(&request.channel, voucher.cumulative, 0)),
            "creation_id": { "tag": "souk/channel", "parent": hex(digest("parent", 0)), "creator": hex([9u8; 32]),
                "counter": 3, "id": hex(creation_id(b"souk/channel", &digest("parent", 0), &AccountId::new([9; 32]), 3)) },
        }),
    );
}

#[test]
fn audit_vectors() {
    let batch = digest("batch", 0);
    let vrf = digest("vrf", 0);
    let candidates: Vec<(AccountId, u128)> =
        (0..7u8).map(|i| (AccountId::new([i; 32]), u128::from(i) * 1_000)).collect();
    let thresholds: Vec<Value> = [(1_000_000, 16), (500_000, 4), (100_000, 16), (100_000, 17), (1, 4)]
        .into_iter()
        .map(|(q, window)| {
            let value = beacon::roll_threshold(Chance::from_millionths(q), window);
            json!({ "q_millionths": q, "window": window, "threshold": value.to_string() })
        })
        .collect();
    let report = Report::Tokens {
        n: 48,
        mean_margin: 123,
        max_window: 456,
        max_margin: 78_900,
        exact: 997,
        faults: Faults::default(),
    };
    let who = AccountId::new([5; 32]);
    let sealed = commitment(
        &digest("genesis", 0),
        &digest("audit", 0),
        Round::First,
        &report,
        &None,
        &digest("salt", 0),
        &who,
    );
    let point_draw = beacon::draw(&vrf, &batch, Purpose::Point);
    let spec = Spec {
        listing: 0,
        version: 0,
        manifest_digest: digest("manifest", 0),
        numeric_class: NumericClass::F32,
        sampler: Sampler::V1,
        max_context: 2_048,
        thresholds: Thresholds::F32,
    };
    let q = Chance::from_millionths(300_000);
    let fees = Fees { protocol: 10_000, audit: 20_000, report: 5_000_000_000, seats: 3, window: 16 };
    let release = fees.release(1_234_567_890_123, q, false);
    // Small batches pay what their audits are expected to cost, which the value's share does not cover.
    let flat: Vec<Value> = [(1_000_000, 16), (500_000, 4), (100_000, 16)]
        .into_iter()
        .map(|(millionths, window)| {
            let chance = Chance::from_millionths(millionths);
            json!({ "q_millionths": millionths, "window": window,
                "draws": beacon::expected_draws(chance, window),
                "audit": Fees { window, ..fees }.audit_fee(60_000_000_000, chance).to_string() })
        })
        .collect();
    check(
        "audit.json",
        json!({
            "thresholds": thresholds,
            "roll": { "vrf": hex(vrf), "batch": hex(batch), "hash": hex(hash(&[b"souk/roll", &vrf, &batch])) },
            "draw": { "point": hex(point_draw), "settled": "1000", "value": "77777",
                "at": beacon::point(&point_draw, 1_000, 77_777).unwrap().to_string() },
            "committee": { "draw": hex(beacon::draw(&vrf, &batch, Purpose::Committee)),
                "weights": candidates.iter().map(|(_, w)| w.to_string()).collect::<Vec<_>>(),
                "seats": beacon::committee(&beacon::draw(&vrf, &batch, Purpose::Committee), &candidates, 3) },
            "combined": hex(beacon::combined(&[vrf, digest("vrf", 1)])),
            "redraw": hex(beacon::redraw(&[vrf, digest("vrf", 1)], &batch, &digest("audit", 0))),
            "audit_id": hex(beacon::audit_id(&batch, 2, &vrf)),
            "commit": { "report_scale": hex((report, Option::<([i16; 32], u32)>::None).encode()), "commitment": hex(sealed) },
            "spec": { "scale": hex(spec.encode()), "id": hex(spec.id()) },
            "exposure": { "value": "1000001", "m": 3, "q_millionths": 300_000, "exposure": exposure(1_000_001, 3, q).unwrap().to_string() },
            "release": { "value": "1234567890123", "burnt": release.burnt.to_string(), "treasury": release.treasury.to_string(),
                "audit": release.audit.to_string(), "provider": release.provider.to_string() },
            "flat_fees": flat,
        }),
    );
}
