use super::*;
use crate::{
    deal::{metered, metered_due, Shares},
    exposure::Chance,
    split::Fees,
    SOUK,
};
use proptest::{collection::vec, prelude::*};

#[test]
fn credit_should_be_kappa_of_what_was_burnt_split_by_the_key() {
    assert_eq!(Credit::of_call(1_000, 500_000, 600_000), Credit { provider: 300, publisher: 200 });
    assert_eq!(Credit::of_sale(1_000, 250_000), Credit { provider: 0, publisher: 250 });
    // More than a half is a half.
    assert_eq!(Credit::of_sale(1_000, 1_000_000), Credit::of_sale(1_000, MAX_KAPPA));
    assert_eq!(Credit::of_call(1, 500_000, 600_000), Credit { provider: 0, publisher: 0 });
}

#[test]
fn rate_should_pay_in_full_while_it_can() {
    assert_eq!(Rate::new(500, 300).of(120), 120);
    assert_eq!(Rate::new(100, 300).of(120), 40);
    assert_eq!(Rate::new(100, 0).of(0), 0);
}

#[test]
fn availability_should_follow_the_points_up_to_the_cap() {
    // Money is short: by points.
    let short = Availability { budget: 100, points: 10, caps: 1_000 };
    assert_eq!(short.settle(4, 500), Earned { paid: 40, promised: 40 });
    assert_eq!(short.settle(6, 50), Earned { paid: 50, promised: 60 });
    // It is not: the cap was promised, points can still be worth less.
    let ample = Availability { budget: 1_000, points: 10, caps: 100 };
    assert_eq!(ample.settle(5, 70), Earned { paid: 70, promised: 70 });
    let lopsided = Availability { budget: 1_000, points: 1_000, caps: 900 };
    assert_eq!(lopsided.settle(10, 800), Earned { paid: 10, promised: 800 });
    assert_eq!(Availability::default().promised(), 0);
    assert_eq!(Availability::default().settle(0, 0), Earned { paid: 0, promised: 0 });
}

#[test]
fn a_bond_should_earn_its_cap_in_a_year_and_no_more() {
    let bond = 1_000 * SOUK;
    assert_eq!(prorate(bond, 100_000, MILLIS_PER_YEAR), 100 * SOUK);
    assert_eq!(prorate(bond, 100_000, 600_000), 1_901_285_268);
    assert_eq!(prorate(Balance::MAX, 1_000_000, MILLIS_PER_YEAR), Balance::MAX);
    assert_eq!(prorate(Balance::MAX, 1_000_000, u64::MAX), Balance::MAX);
    assert_eq!(prorate(bond, 0, MILLIS_PER_YEAR), 0);
}

#[test]
fn points_should_be_the_tokens_at_the_reference_price() {
    assert_eq!(points(64_000, SOUK), 64 * SOUK);
    assert_eq!(points(999, 1), 0);
}

#[test]
fn index_should_weigh_three_tokens_of_prompt_to_one_of_answer() {
    let prices = |per_1k_input, per_1k_output| Prices { per_1k_input, per_1k_output };
    assert_eq!(price_index(&prices(100, 200)), 125);
    assert_eq!(price_index(&prices(0, 1)), 1);
    assert_eq!(price_index(&prices(Balance::MAX, 0)), Balance::MAX / 4 + 1);
}

#[test]
fn buckets_should_be_quarters_of_an_octave() {
    assert_eq!([0, 1, 2, 3, 4, 6, 8].map(bucket), [0, 0, 4, 6, 8, 10, 12]);
    assert_eq!(bucket(1_000_000), 79);
    assert_eq!(bucket(Balance::MAX), 511);
    assert_eq!((bucket_floor(0), bucket_floor(4), bucket_floor(79)), (1, 2, 881_744));
}

fn histogram(trades: &[(Balance, Balance)], reference: Balance) -> Histogram {
    let mut histogram = Histogram::default();
    for (price, value) in trades {
        histogram.note(*price, *value, reference);
    }
    histogram
}

#[test]
fn median_should_be_weighted_by_value() {
    let reference = 1_000_000;
    let cheap = histogram(&[(10_000, 1_000 * SOUK), (10_100, 501 * SOUK)], reference);
    let dear = histogram(&[(600_000, 499 * SOUK)], reference);
    assert_eq!(median([&cheap, &dear], reference), bucket_floor(bucket(10_000)));
    // As much above as below: the reference is one of those above.
    let dear = histogram(&[(600_000, 502 * SOUK)], reference);
    assert_eq!(median([&cheap, &dear], reference), bucket_floor(bucket(600_000)));
    assert_eq!(median([&Histogram::default()], reference), reference);
    assert_eq!(median([], reference), reference);
}

#[test]
fn dust_should_not_move_the_median() {
    let reference = 1_000_000;
    for (price, value) in [(5, 0), (5, 1), (5, SOUK), (250_000, REFERENCE_WEIGHT - 1)] {
        assert_eq!(median([&histogram(&[(price, value)], reference)], reference), reference, "{value}");
    }
    assert_eq!(median([&histogram(&[(250_000, REFERENCE_WEIGHT)], reference)], reference), 220_436);
}

#[test]
fn what_is_out_of_range_should_count_at_its_ends() {
    let (reference, much) = (1 << 20, 2 * REFERENCE_WEIGHT);
    assert_eq!(median([&histogram(&[(Balance::MAX, much)], reference)], reference), reference);
    assert_eq!(median([&histogram(&[(1, much)], reference)], reference), reference >> 8);
    // Of a time when the reference was higher.
    assert_eq!(median([&histogram(&[(reference, much)], reference)], reference / 4), reference / 4);
}

#[test]
fn a_price_should_be_within_the_band_and_the_reference() {
    assert_eq!(check_price(100, 100, 100, 250_000), Ok(()));
    assert_eq!(check_price(101, 100, 100, 250_000), Err(TooDear::AboveReference));
    assert_eq!(check_price(50, 100, 40, 250_000), Ok(()));
    assert_eq!(check_price(51, 100, 40, 250_000), Err(TooDear::AboveMedian));
    assert_eq!(price_limit(100, 90, 250_000), 100);
    // Whatever somebody trades with itself can't push it below half of the reference.
    assert_eq!(price_limit(100, 1, 250_000), 50);
    assert_eq!((check_price(50, 100, 1, 0), check_price(51, 100, 1, 0)), (Ok(()), Err(TooDear::AboveMedian)));
}

/// One trade in which everybody is the same person.
#[derive(Clone, Debug)]
enum Own {
    /// A call: value, chance, protocol fee, audit fee, flat fee, the publisher's share, its parents' royalties.
    Call(Balance, u32, u32, u32, Balance, u32, Vec<u32>),
    /// A sale: price, protocol fee, royalties, referral.
    Sale(Balance, u32, Vec<u32>, u32),
}

fn own() -> impl Strategy<Value = Own> {
    let (value, part) = (0u128..1 << 90, 0u32..=1_000_000);
    prop_oneof![
        (
            value.clone(),
            1u32..=1_000_000,
            part.clone(),
            part.clone(),
            0u128..1 << 60,
            part.clone(),
            vec(part.clone(), 0..5)
        )
            .prop_map(|(v, q, fee, audit, flat, share, royalties)| Own::Call(
                v, q, fee, audit, flat, share, royalties
            )),
        (value, part.clone(), vec(part.clone(), 0..5), part)
            .prop_map(|(price, fee, royalties, referral)| Own::Sale(price, fee, royalties, referral)),
    ]
}

/// What the ring pays, what of it comes back to one of its accounts at best (it runs the verifiers, and whoever sits on
/// the treasury is a friend), and what is burnt.
fn play(trade: &Own) -> (Balance, Balance, Balance) {
    match trade {
        Own::Call(value, q, protocol, audit, report, share, royalties) => {
            let fees = Fees { protocol: *protocol, audit: *audit, report: *report, seats: 3, window: 16 };
            let split = fees.release(*value, Chance::from_millionths(*q), false);
            let due = metered_due(*value, split.provider, *share);
            let published = metered(due, royalties);
            let provider = split.provider - due;
            (*value, provider + published.total() + split.treasury + split.audit, split.burnt)
        }
        Own::Sale(price, protocol, royalties, referral) => {
            let shares = Shares { protocol: *protocol, royalties: royalties.clone(), referral: *referral };
            let split = shares.settle(*price);
            let royalties: Balance = split.royalties.iter().sum();
            (*price, split.owner + royalties + split.referral + split.treasury, split.burnt)
        }
    }
}

proptest! {
    #[test]
    fn nobody_should_profit_from_trading_with_itself(
        trades in vec(own(), 0..40),
        kappa in 0u32..1_000_000,
        key in 0u32..=1_000_000,
        commission_part in 0u32..=1_000_000,
        budgets in (0u128..1 << 100, 0u128..1 << 100),
    ) {
        let began = 1u128 << 100;
        let mut ring = began;
        let (mut provider, mut publisher, mut burnt) = (Vec::new(), Vec::new(), 0u128);
        for trade in &trades {
            let (paid, back, gone) = play(trade);
            prop_assert_eq!(back + gone, paid);
            ring = ring - paid + back;
            burnt += gone;
            let credit = match trade {
                Own::Call(..) => Credit::of_call(gone, kappa, key),
                Own::Sale(..) => Credit::of_sale(gone, kappa),
            };
            prop_assert!(credit.provider + credit.publisher <= gone / 2);
            // Any other share below one keeps the promise, too: half is a margin.
            let most = Credit::unbounded(gone, kappa, key);
            prop_assert!(most.provider + most.publisher < gone.max(1));
            prop_assert!(credit.provider + credit.publisher <= most.provider + most.publisher);
            provider.push(credit.provider);
            publisher.push(credit.publisher);
        }
        // All claims are the ring's, and there may be more money than claims.
        for (claims, budget) in [(provider, budgets.0), (publisher, budgets.1)] {
            let rate = Rate::new(budget, claims.iter().sum());
            for claim in claims {
                let (validator, own) = commission(rate.of(claim), commission_part);
                prop_assert!(validator + own <= claim);
                ring += validator + own;
            }
        }
        prop_assert!(ring <= began);
        prop_assert!(began - ring >= burnt / 2);
        // Not a single unit is earned as soon as anything was burnt.
        prop_assert!(burnt == 0 || ring < began);
    }

    #[test]
    fn a_rate_should_never_pay_more_than_there_is(claims in vec(0u128..1 << 100, 1..30), budget in 0u128..1 << 104) {
        let rate = Rate::new(budget, claims.iter().sum());
        let paid: Balance = claims.iter().map(|claim| rate.of(*claim)).sum();
        prop_assert!(paid <= rate.paid && rate.paid <= budget);
        prop_assert!(claims.iter().all(|claim| rate.of(*claim) <= *claim));
        prop_assert!(rate.paid - paid <= claims.len() as u128);
    }

    #[test]
    fn availability_should_keep_its_promise(
        shares in vec((0u128..1 << 70, 0u128..1 << 70), 1..30),
        budget in 0u128..1 << 76,
    ) {
        let points = shares.iter().map(|(points, _)| points).sum();
        let caps = shares.iter().map(|(_, cap)| cap).sum();
        let availability = Availability { budget, points, caps };
        let (mut paid, mut promised) = (0, 0);
        for (points, cap) in shares {
            let earned = availability.settle(points, cap);
            prop_assert!(earned.paid <= cap && earned.paid <= earned.promised);
            prop_assert_eq!(earned.paid, cap.min(mul_div(points, budget, availability.points)));
            paid += earned.paid;
            promised += earned.promised;
        }
        prop_assert!(paid <= promised);
        prop_assert!(points == 0 || promised <= availability.promised());
        prop_assert!(availability.promised() <= budget);
    }

    #[test]
    fn two_identities_should_earn_no_more_than_one(
        bond in 0u128..1 << 90,
        part in 0u32..=1_000_000,
        yearly in 0u32..=1_000_000,
        millis in 0u64..MILLIS_PER_YEAR,
    ) {
        let first = share(bond, part);
        let apart = prorate(first, yearly, millis) + prorate(bond - first, yearly, millis);
        prop_assert!(apart <= prorate(bond, yearly, millis));
    }

    #[test]
    fn mul_div_should_be_exact(a in 0u128..1 << 60, b in 0u128..1 << 60, d in 1u128..1 << 60) {
        prop_assert_eq!(mul_div(a, b, d), a * b / d);
        prop_assert_eq!(mul_div(u128::MAX, a, a.max(1)), if a == 0 { 0 } else { u128::MAX });
    }

    #[test]
    fn buckets_should_be_ordered_and_narrow(a in 1u128..1 << 127, b in 1u128..1 << 127) {
        let (low, high) = (a.min(b), a.max(b));
        prop_assert!(bucket(low) <= bucket(high));
        let floor = bucket_floor(bucket(a));
        prop_assert!(floor <= a);
        prop_assert_eq!(bucket(floor), bucket(a));
        // So whoever asks for the median price is within a band of a quarter over its bucket.
        prop_assert!(a <= floor + share(floor, 250_000) + 1);
    }

    #[test]
    fn median_should_be_a_price_that_halves_the_value(
        trades in vec((1u128..1 << 40, 1u128..1 << 54), 1..60),
        reference in 1u128..1 << 40,
    ) {
        let histogram = histogram(&trades, reference);
        let median = median([&histogram], reference);
        let all: Vec<_> = trades.into_iter().chain([(reference, REFERENCE_WEIGHT)]).collect();
        let total: Balance = all.iter().map(|(_, value)| value).sum();
        let counted = |price: Balance| bucket(price.clamp(reference >> 8, reference));
        let sum = |of: &dyn Fn(u16) -> bool| -> Balance {
            all.iter().filter(|(price, _)| of(counted(*price))).map(|(_, value)| value).sum()
        };
        let upto = sum(&|bucket| bucket <= super::bucket(median));
        let below = sum(&|bucket| bucket < super::bucket(median));
        prop_assert!(2 * upto >= total && 2 * below < total);
        prop_assert!(median <= reference);
    }

    #[test]
    fn less_than_the_references_weight_should_leave_the_median_with_the_reference(
        trades in vec((1u128..1 << 40, 1u128..1 << 50), 0..60),
        reference in 1u128..1 << 40,
        band in 0u32..1_000_000,
    ) {
        let mut left = REFERENCE_WEIGHT - 1;
        let few: Vec<_> = trades.into_iter().map_while(|(price, value)| {
            left = left.checked_sub(value)?;
            Some((price, value))
        }).collect();
        let median = median([&histogram(&few, reference)], reference);
        prop_assert_eq!(median, reference);
        prop_assert_eq!(check_price(reference, reference, median, band), Ok(()));
    }

    #[test]
    fn much_trade_should_lead_the_median(
        price in 1u128..1 << 40,
        value in REFERENCE_WEIGHT + 1..1 << 90,
        dust in vec((1u128..1 << 40, 1u128..1 << 30), 0..20),
        reference in 1u128..1 << 40,
    ) {
        let value = value + dust.iter().map(|(_, value)| value).sum::<Balance>();
        let all: Vec<_> = dust.into_iter().chain([(price, value)]).collect();
        let median = median([&histogram(&all, reference)], reference);
        // The market's price, as far down as is told apart, up to the reference.
        let market = price.clamp(reference >> 8, reference);
        prop_assert_eq!(bucket(median), bucket(market));
    }

    #[test]
    fn a_histogram_should_lose_nothing_when_references_change(
        trades in vec((1u128..1 << 100, 1u128..1 << 20, 1u128..1 << 100), 0..200),
    ) {
        let mut histogram = Histogram::default();
        for (price, value, reference) in &trades {
            histogram.note(*price, *value, *reference);
        }
        let sum: Balance = histogram.buckets.iter().map(|(_, value)| value).sum();
        prop_assert_eq!(sum, trades.iter().map(|(_, value, _)| value).sum::<Balance>());
        prop_assert!(histogram.buckets.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
