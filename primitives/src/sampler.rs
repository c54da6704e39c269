//! Sampler V1: the noise that makes an honest answer nearly determined by model, prompt and seed.
//!
//! Noise for output position `t` (0 is the first token of the answer) and token `v`: ChaCha8 keyed by the call's seed,
//! stream `t`, word `v` gives `u = ((x >> 8) + 0.5) / 2^24` and `g = -ln(-ln u)`. The token is the one with the largest
//! `z / T + g`; at temperature 0 there is no noise and the score is the logit `z`. Ties go to the lower id. All of it
//! is f64 through `libm`, because platform libraries differ in the last bit.
//!
//! Most tokens never need their two logarithms: the leading bits of `u` bound `g` from above, and a token whose bound
//! can't reach the best score so far is skipped. That is exact, since rounding is monotonic.

use crate::{hash, Digest};
use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha8Rng,
};

/// A margin is clipped here, so that one hopeless token can't decide about a whole answer.
pub const MARGIN_CLIP: f64 = 5.0;
/// The lowest temperature, in thousandths, that a call may have besides 0. Scores are logits divided by the temperature,
/// and so are the differences between honest engines: below this, rounding alone would look like a cheat.
pub const COLDEST_MILLI: u16 = 100;
/// Length, in tokens, of the window whose mean margin is reported.
pub const WINDOW: usize = 32;

/// Added to the bound of `g`: far above the rounding of two logarithms, far below what a bound could miss.
const SLACK: f64 = 1e-6;
/// Units of one in the accumulator's fixed point.
const NANO: f64 = 1e9;
/// Fixed-point units in a millionth.
const NANO_PER_MILLIONTH: u64 = 1_000;

/// `H("souk/sample" ‖ channel.seed ‖ seq_le4 ‖ request_digest)`: neither side of a call can choose its noise.
pub fn call_seed(channel_seed: &[u8; 32], seq: u32, request_digest: &Digest) -> [u8; 32] {
    hash(&[b"souk/sample", channel_seed, &seq.to_le_bytes(), request_digest])
}

/// `u` of a 32-bit word of the stream.
fn uniform(word: u32) -> f64 {
    (f64::from(word >> 8) + 0.5) / 16_777_216.0
}

/// `-ln(-ln u)`.
fn gumbel(u: f64) -> f64 {
    -libm::log(-libm::log(u))
}

/// The noise of one output position.
#[derive(Clone, Debug)]
pub struct Noise {
    rng: ChaCha8Rng,
}

impl Noise {
    /// Noise of position `t` under the seed of a call.
    pub fn new(seed: &[u8; 32], t: u64) -> Self {
        let mut rng = ChaCha8Rng::from_seed(*seed);
        rng.set_stream(t);
        Noise { rng }
    }

    /// The stream's word for token `v`.
    pub fn word(&mut self, v: u32) -> u32 {
        self.rng.set_word_pos(u128::from(v));
        self.rng.next_u32()
    }

    /// The noise `g` of token `v`.
    pub fn gumbel(&mut self, v: u32) -> f64 {
        gumbel(uniform(self.word(v)))
    }
}

/// Upper bounds of `g` by how many bits the distance of `u` from 1 takes.
struct Bounds([f64; 25]);

impl Bounds {
    fn new() -> Self {
        let mut bounds = [0.0; 25];
        // Class c holds the words with `distance = 2^24 - (x >> 8)` of c + 1 bits, so `distance >= 2^c`.
        let mut least = 1.0;
        for bound in bounds.iter_mut() {
            *bound = gumbel(1.0 - (least - 0.5) / 16_777_216.0) + SLACK;
            least *= 2.0;
        }
        Bounds(bounds)
    }

    /// At least the `g` of this word.
    fn of(&self, word: u32) -> f64 {
        let distance = 16_777_216u32.saturating_sub(word >> 8);
        let class = distance.checked_ilog2().unwrap_or(0) as usize;
        // 25 classes cover every distance of 1..=2^24.
        self.0.get(class).copied().unwrap_or(f64::INFINITY)
    }
}

/// Highest score and its token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// The token that the sampler picks.
    pub token: u32,
    /// Its score.
    pub score: f64,
}

fn temperature(milli: u16) -> f64 {
    f64::from(milli) / 1000.0
}

/// Token ids count from 0; a vocabulary has far fewer than 2^32 entries.
fn ids(logits: &[f32]) -> impl Iterator<Item = (u32, f64)> + '_ {
    (0u32..).zip(logits.iter().map(|z| f64::from(*z)))
}

/// Argmax of the logits alone; ties, and nothing but NaN, give the lower id.
fn greedy(logits: &[f32]) -> Best {
    let mut best = Best { token: 0, score: f64::NEG_INFINITY };
    for (token, score) in ids(logits) {
        if score > best.score {
            best = Best { token, score };
        }
    }
    best
}

/// The sampler's choice at position `t` with its score.
pub fn best(logits: &[f32], temperature_milli: u16, seed: &[u8; 32], t: u64) -> Best {
    let top = greedy(logits);
    if temperature_milli == 0 {
        return top;
    }
    let temperature = temperature(temperature_milli);
    let bounds = Bounds::new();
    let mut noise = Noise::new(seed, t);
    // The likeliest token first: a good score to beat saves most logarithms.
    let mut best = Best { token: 0, score: f64::NEG_INFINITY };
    let first = top.score / temperature + noise.gumbel(top.token);
    if first > best.score {
        best = Best { token: top.token, score: first };
    }
    let mut words = Noise::new(seed, t).rng;
    for (token, z) in ids(logits) {
        let word = words.next_u32();
        let scaled = z / temperature;
        if scaled + bounds.of(word) < best.score {
            continue;
        }
        let score = scaled + gumbel(uniform(word));
        if score > best.score || (score == best.score && token < best.token) {
            best = Best { token, score };
        }
    }
    best
}

/// The token that Sampler V1 chooses from `logits` at output position `t`.
pub fn pick(logits: &[f32], temperature_milli: u16, seed: &[u8; 32], t: u64) -> u32 {
    best(logits, temperature_milli, seed, t).token
}

/// Score of one token.
fn score(logits: &[f32], temperature_milli: u16, seed: &[u8; 32], t: u64, token: u32) -> Option<f64> {
    let z = f64::from(*logits.get(token as usize)?);
    if temperature_milli == 0 {
        return Some(z);
    }
    Some(z / temperature(temperature_milli) + Noise::new(seed, t).gumbel(token))
}

/// What a verifier finds about one token of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Judged {
    /// How far the token's score lies below the best one, between 0 and [`MARGIN_CLIP`].
    pub margin: f64,
    /// Whether the sampler picks this very token.
    pub exact: bool,
}

/// Compares `token`, said to stand at output position `t`, with the verifier's own logits.
///
/// A token outside of the vocabulary, or without a finite score, has the largest margin. Below [`COLDEST_MILLI`] a margin
/// is measured as there: no API takes such a call, and a provider that did is neither convicted for the rounding that its
/// consumer chose to amplify, nor excused from being judged.
pub fn judge(logits: &[f32], temperature_milli: u16, seed: &[u8; 32], t: u64, token: u32) -> Judged {
    let best = best(logits, temperature_milli, seed, t);
    let scale = match temperature_milli {
        1..COLDEST_MILLI => f64::from(temperature_milli) / f64::from(COLDEST_MILLI),
        _ => 1.0,
    };
    let margin = score(logits, temperature_milli, seed, t, token)
        .map_or(MARGIN_CLIP, |score| (best.score - score) * scale);
    let margin = if margin.is_nan() { MARGIN_CLIP } else { margin.clamp(0.0, MARGIN_CLIP) };
    Judged { margin, exact: best.token == token && (token as usize) < logits.len() }
}

/// How far `token`'s score lies below the best one, clipped at [`MARGIN_CLIP`].
pub fn margin(logits: &[f32], temperature_milli: u16, seed: &[u8; 32], t: u64, token: u32) -> f64 {
    judge(logits, temperature_milli, seed, t, token).margin
}

/// Collects the margins of one answer; sums are in integers, so the order of additions can't matter.
#[derive(Clone, Debug)]
pub struct MarginStats {
    n: u32,
    exact: u32,
    sum: u64,
    largest: u64,
    ring: [u64; WINDOW],
    window: u64,
    largest_window: u64,
}

impl Default for MarginStats {
    fn default() -> Self {
        MarginStats { n: 0, exact: 0, sum: 0, largest: 0, ring: [0; WINDOW], window: 0, largest_window: 0 }
    }
}

/// The numbers of a report: margins in millionths, rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "std", derive(serde::Serialize, serde::Deserialize))]
pub struct MarginSummary {
    /// Tokens of the answer.
    pub n: u32,
    /// Mean margin, millionths.
    pub mean_margin: u32,
    /// Largest mean over 32 consecutive tokens (over all of them when fewer), millionths.
    pub max_window: u32,
    /// Largest margin, millionths.
    pub max_margin: u32,
    /// Tokens that equal the verifier's own choice, per mille.
    pub exact: u32,
}

impl MarginStats {
    /// Adds the next token of the answer.
    pub fn push(&mut self, judged: Judged) {
        // The margin is within 0..=5, so the product is within 0..=5e9.
        let nano = (judged.margin.clamp(0.0, MARGIN_CLIP) * NANO) as u64;
        let slot = (self.n as usize).checked_rem(WINDOW).and_then(|i| self.ring.get_mut(i));
        if let Some(slot) = slot {
            self.window = self.window.saturating_sub(*slot).saturating_add(nano);
            *slot = nano;
        }
        self.n = self.n.saturating_add(1);
        self.exact = self.exact.saturating_add(u32::from(judged.exact));
        self.sum = self.sum.saturating_add(nano);
        self.largest = self.largest.max(nano);
        if self.n as usize >= WINDOW {
            self.largest_window = self.largest_window.max(self.window);
        }
    }

    /// Tokens so far.
    pub fn n(&self) -> u32 {
        self.n
    }

    /// The numbers of a report.
    pub fn summary(&self) -> MarginSummary {
        let mean = |sum: u64, count: u64| -> u32 {
            let millionths = sum.checked_div(count).unwrap_or(0).checked_div(NANO_PER_MILLIONTH).unwrap_or(0);
            u32::try_from(millionths).unwrap_or(u32::MAX)
        };
        let n = u64::from(self.n);
        let mean_margin = mean(self.sum, n);
        let per_mille = u64::from(self.exact).saturating_mul(1000).checked_div(n).unwrap_or(0);
        MarginSummary {
            n: self.n,
            mean_margin,
            max_window: if (self.n as usize) < WINDOW {
                mean_margin
            } else {
                mean(self.largest_window, WINDOW as u64)
            },
            max_margin: mean(self.largest, 1),
            exact: u32::try_from(per_mille).unwrap_or(u32::MAX),
        }
    }
}

#[cfg(test)]
#[path = "sampler_tests.rs"]
mod tests;
