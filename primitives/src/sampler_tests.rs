//! The sampler against its definition, word for word, and against the published vectors.

use super::*;
use proptest::prelude::*;
use rand_chacha::rand_core::{RngCore, SeedableRng};
use serde_json::{json, Value};

/// The rule as it is written: a score for every token, then the largest.
fn naive(logits: &[f32], milli: u16, seed: &[u8; 32], t: u64) -> Best {
    let mut rng = ChaCha8Rng::from_seed(*seed);
    rng.set_stream(t);
    let mut best = Best { token: 0, score: f64::NEG_INFINITY };
    for (v, z) in logits.iter().enumerate() {
        let score = if milli == 0 {
            f64::from(*z)
        } else {
            let u = (f64::from(rng.next_u32() >> 8) + 0.5) / 16_777_216.0;
            f64::from(*z) / (f64::from(milli) / 1000.0) + -libm::log(-libm::log(u))
        };
        if score > best.score {
            best = Best { token: v as u32, score };
        }
    }
    best
}

fn logit() -> impl Strategy<Value = f32> {
    prop_oneof![
        8 => -30f32..30f32,
        2 => Just(1.5f32),
        1 => Just(0f32),
        1 => Just(f32::NEG_INFINITY),
        1 => Just(f32::NAN),
    ]
}

proptest! {
    #[test]
    fn best_should_equal_the_naive_rule_bit_by_bit(
        logits in prop::collection::vec(logit(), 1..600),
        milli in prop_oneof![Just(0u16), Just(1), Just(800), Just(1000), any::<u16>()],
        seed in any::<[u8; 32]>(),
        t in prop_oneof![0u64..300, any::<u64>()],
    ) {
        let (fast, slow) = (best(&logits, milli, &seed, t), naive(&logits, milli, &seed, t));
        prop_assert_eq!(fast.token, slow.token);
        prop_assert_eq!(fast.score.to_bits(), slow.score.to_bits());
    }

    #[test]
    fn bound_should_hold_for_every_word(word in any::<u32>()) {
        prop_assert!(gumbel(uniform(word)) < Bounds::new().of(word));
    }

    #[test]
    fn summary_should_equal_direct_sums(margins in prop::collection::vec((0f64..6.0, any::<bool>()), 0..200)) {
        let mut stats = MarginStats::default();
        for (margin, exact) in &margins {
            stats.push(Judged { margin: *margin, exact: *exact });
        }
        let nano: Vec<u64> = margins.iter().map(|(m, _)| (m.min(MARGIN_CLIP) * NANO) as u64).collect();
        let n = nano.len() as u64;
        let mean = |part: &[u64]| (part.iter().sum::<u64>() / (part.len() as u64).max(1) / 1000) as u32;
        let summary = stats.summary();
        prop_assert_eq!(summary.n as u64, n);
        prop_assert_eq!(summary.mean_margin, mean(&nano));
        let window = if n < 32 { mean(&nano) } else { nano.windows(32).map(mean).max().unwrap() };
        prop_assert_eq!(summary.max_window, window);
        prop_assert_eq!(summary.max_margin, nano.iter().max().map_or(0, |m| (m / 1000) as u32));
        let exact = margins.iter().filter(|(_, e)| *e).count() as u64;
        prop_assert_eq!(summary.exact as u64, (exact * 1000).checked_div(n).unwrap_or(0));
    }
}

#[test]
fn bound_should_hold_at_the_edges_of_every_class() {
    let bounds = Bounds::new();
    for bits in 0..=24u32 {
        for near in [(1u64 << bits) - 1, 1 << bits, (1 << bits) + 1] {
            if (1..=1 << 24).contains(&near) {
                let word = (((1u64 << 24) - near) << 8) as u32;
                assert!(gumbel(uniform(word)) < bounds.of(word), "distance {near}");
            }
        }
    }
}

#[test]
fn real_sized_vocabulary_should_equal_the_naive_rule() {
    let mut rng = ChaCha8Rng::from_seed([9; 32]);
    let logits: Vec<f32> = (0..49_152).map(|_| (rng.next_u32() % 2_000) as f32 / 100.0 - 10.0).collect();
    for t in 0..40 {
        assert_eq!(best(&logits, 800, &[1; 32], t), naive(&logits, 800, &[1; 32], t));
    }
}

#[test]
fn ties_should_go_to_the_lower_id() {
    assert_eq!(pick(&[1.0, 3.0, 3.0], 0, &[0; 32], 0), 1);
    assert_eq!(pick(&[f32::NAN, f32::NAN], 0, &[0; 32], 0), 0);
    assert_eq!(pick(&[], 1000, &[0; 32], 0), 0);
}

#[test]
fn margin_should_be_zero_for_the_pick_and_clipped_for_nonsense() {
    let logits = [0.5f32, 2.0, -1.0, 40.0];
    let seed = [7; 32];
    let token = pick(&logits, 700, &seed, 3);
    assert_eq!(judge(&logits, 700, &seed, 3, token), Judged { margin: 0.0, exact: true });
    assert_eq!(judge(&logits, 0, &seed, 3, 2), Judged { margin: MARGIN_CLIP, exact: false });
    assert_eq!(judge(&logits, 0, &seed, 3, 4), Judged { margin: MARGIN_CLIP, exact: false });
    assert_eq!(margin(&[f32::NEG_INFINITY; 2], 0, &seed, 0, 1), MARGIN_CLIP);
    assert_eq!(margin(&[1.0, 0.25], 0, &seed, 0, 1), 0.75);
}

#[test]
fn call_seed_should_depend_on_every_part() {
    let base = call_seed(&[1; 32], 2, &[3; 32]);
    assert_ne!(base, call_seed(&[0; 32], 2, &[3; 32]));
    assert_ne!(base, call_seed(&[1; 32], 3, &[3; 32]));
    assert_ne!(base, call_seed(&[1; 32], 2, &[4; 32]));
}

fn hex32(value: &Value) -> [u8; 32] {
    hex::decode(value.as_str().unwrap()).unwrap().try_into().unwrap()
}

/// Vectors as this code computes them; the committed file must say the same.
fn vectors() -> Value {
    let seeds: [[u8; 32]; 2] = [[0; 32], core::array::from_fn(|i| i as u8)];
    let mut noise = Vec::new();
    for seed in &seeds {
        for t in [0u64, 1, 255, 1 << 40] {
            for v in [0u32, 1, 15, 16, 63, 64, 49_151] {
                let mut source = Noise::new(seed, t);
                let u = uniform(source.word(v));
                noise.push(json!({
                    "seed": hex::encode(seed), "t": t, "v": v, "word": source.word(v),
                    "u": format!("{:016x}", u.to_bits()), "g": format!("{:016x}", source.gumbel(v).to_bits()),
                }));
            }
        }
    }
    let mut picks = Vec::new();
    for milli in [0u16, 300, 800, 1000, 1500] {
        for t in 0..4u64 {
            let logits: Vec<f32> = (0..20).map(|i| ((i * 7 + 3) % 20) as f32 * 0.25 - 1.0).collect();
            let best = best(&logits, milli, &seeds[1], t);
            picks.push(json!({
                "logits": logits, "temperature_milli": milli, "seed": hex::encode(seeds[1]), "t": t,
                "token": best.token, "score": format!("{:016x}", best.score.to_bits()),
                "margin_of_token_0": format!("{:016x}", margin(&logits, milli, &seeds[1], t, 0).to_bits()),
            }));
        }
    }
    let call_seeds: Vec<Value> = [0u32, 1, 70_000]
        .iter()
        .map(|seq| {
            json!({
                "channel_seed": hex::encode([0x11; 32]), "seq": seq, "request_digest": hex::encode([0x22; 32]),
                "seed": hex::encode(call_seed(&[0x11; 32], *seq, &[0x22; 32])),
            })
        })
        .collect();
    json!({ "call_seeds": call_seeds, "noise": noise, "picks": picks })
}

/// `SOUK_WRITE_VECTORS=1` writes the file anew.
#[test]
fn published_vectors_should_hold() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/vectors/sampler.json");
    let ours = vectors();
    if std::env::var_os("SOUK_WRITE_VECTORS").is_some() {
        std::fs::write(path, serde_json::to_string_pretty(&ours).unwrap() + "\n").unwrap();
    }
    let published: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert_eq!(published, ours);
    // The seed of the first vector is the RFC's all-zero key, so its first word is ChaCha8's well-known one.
    assert_eq!(published["noise"][0]["word"], json!(0x2fef003eu32));
    assert_eq!(hex32(&published["noise"][0]["seed"]), [0; 32]);
}

/// Honest engines differ in the last bits of a logit. A consumer must not make a fraud of that by dividing them by a tiny
/// temperature, under a prompt with as many near-ties as it likes; and a cheat must not hide there.
#[test]
fn cold_calls_should_show_cheats_and_not_rounding() {
    use crate::verdict::{judge as verdict, Faults, Report, Thresholds, Verdict};
    let judged = |margins: MarginSummary| {
        let MarginSummary { n, mean_margin, max_window, max_margin, exact } = margins;
        let faults = Faults::default();
        verdict(&Report::Tokens { n, mean_margin, max_window, max_margin, exact, faults }, &Thresholds::F32)
    };
    let seed = [7; 32];
    for milli in [0, 1, 10, 50, 99, 100] {
        let (mut honest, mut cheat) = (MarginStats::default(), MarginStats::default());
        for t in 0..96u32 {
            let ours: Vec<f32> = (0..50u32).map(|v| 3.0 + 1e-5 * ((v * 37 + t) % 11) as f32).collect();
            let theirs: Vec<f32> = ours
                .iter()
                .zip(0u32..)
                .map(|(z, v)| if (v * 31 + t * 17) % 5 < 2 { z - 1e-4 } else { z + 1e-4 })
                .collect();
            let said = pick(&theirs, milli, &seed, t.into());
            honest.push(judge(&ours, milli, &seed, t.into(), said));
            let mut clear = ours.clone();
            clear[0] += 1.0;
            cheat.push(judge(&clear, milli, &seed, t.into(), 1));
        }
        assert_eq!(judged(honest.summary()), Verdict::Valid, "{milli}: {:?}", honest.summary());
        assert_eq!(judged(cheat.summary()), Verdict::Invalid, "{milli}: {:?}", cheat.summary());
    }
}
