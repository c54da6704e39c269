//! How long an answer may be: the same rule for the provider that stops and for the verifier that checks where it stopped.

use souk_primitives::{
    call::{CallBody, CallKind, Prices},
    Balance,
};

/// Stop sequences of a call at most.
pub const STOPS: usize = 16;
/// Tokens of one stop sequence at most.
pub const STOP_TOKENS: usize = 64;
/// Bytes of a transcript beside its token ids, amply: signatures, proof, stop sequences, or an embedding.
const TRANSCRIPT_FRAME: usize = 128 * 1024;

/// Whether a call may have these stop sequences. A provider that answers others answers what can't be checked.
pub fn stops_fit(stops: &[Vec<u32>]) -> bool {
    stops.len() <= STOPS && stops.iter().all(|stop| (1..=STOP_TOKENS).contains(&stop.len()))
}

/// Bytes of the transcript of a call within the context, at most.
pub fn transcript_bytes(max_context: u32) -> usize {
    (max_context as usize).saturating_mul(4).saturating_add(TRANSCRIPT_FRAME)
}

/// Most output tokens that `max_charge` pays for after `input` tokens of prompt. `None` when the prompt alone costs more.
pub fn affordable(prices: &Prices, input: u32, max_charge: Balance) -> Option<u32> {
    let fits = |output: u32| prices.charge(input, output).is_some_and(|charge| charge <= max_charge);
    if !fits(0) {
        return None;
    }
    let (mut low, mut high) = (0u32, u32::MAX);
    // The largest output that fits: `low` always does, everything above `high` never does.
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if fits(middle) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    Some(low)
}

/// Most output tokens of a call: what was asked for, what the context holds, what the money pays for.
/// `None` when there is room for no answer at all.
pub fn output_limit(body: &CallBody, max_context: u32, prices: &Prices, max_charge: Balance) -> Option<u32> {
    let input = u32::try_from(body.prompt_ids.len()).ok()?;
    let paid = affordable(prices, input, max_charge)?;
    if body.kind == CallKind::Embed {
        return (input <= max_context).then_some(0);
    }
    let room = max_context.checked_sub(input)?;
    Some(body.max_tokens.min(room).min(paid)).filter(|limit| *limit > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const PRICES: Prices = Prices { per_1k_input: 1_000, per_1k_output: 2_000 };

    fn body(prompt: usize, max_tokens: u32) -> CallBody {
        CallBody {
            kind: CallKind::Generate,
            prompt_ids: vec![1; prompt],
            temperature_milli: 0,
            max_tokens,
            stops: vec![],
        }
    }

    #[test]
    fn stops_should_be_few_and_short() {
        for (stops, fit) in [
            (vec![], true),
            (vec![vec![1; 64]; 16], true),
            (vec![vec![1; 65]], false),
            (vec![vec![]], false),
            (vec![vec![1]; 17], false),
        ] {
            assert_eq!(stops_fit(&stops), fit, "{stops:?}");
        }
    }

    proptest! {
        #[test]
        fn affordable_should_fit_and_one_more_should_not(p_in in 0u128..10_000, p_out in 1u128..10_000, input in 0u32..5_000, money in 0u128..1_000_000) {
            let prices = Prices { per_1k_input: p_in, per_1k_output: p_out };
            match affordable(&prices, input, money) {
                None => prop_assert!(prices.charge(input, 0).unwrap() > money),
                Some(n) => {
                    prop_assert!(prices.charge(input, n).unwrap() <= money);
                    prop_assert!(n == u32::MAX || prices.charge(input, n + 1).unwrap() > money);
                }
            }
        }
    }

    #[test]
    fn free_output_should_be_unlimited() {
        assert_eq!(affordable(&Prices::default(), 10, 0), Some(u32::MAX));
    }

    #[test]
    fn limit_should_be_the_smallest_of_wish_context_and_money() {
        assert_eq!(output_limit(&body(10, 50), 100, &PRICES, 1_000), Some(50));
        assert_eq!(output_limit(&body(90, 50), 100, &PRICES, 1_000), Some(10));
        assert_eq!(output_limit(&body(10, 50), 100, &PRICES, 30), Some(10));
        assert_eq!(output_limit(&body(100, 50), 100, &PRICES, 1_000), None);
        assert_eq!(output_limit(&body(101, 50), 100, &PRICES, 1_000), None);
        assert_eq!(output_limit(&body(10, 50), 100, &PRICES, 9), None);
    }
}
