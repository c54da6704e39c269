//! How money is divided. Every split adds up to what went in, rounded against the one who is paid the rest.

use crate::{beacon::expected_draws, exposure::Chance, Balance};

/// A part per million of an amount, floored.
pub fn share(amount: Balance, millionths: u32) -> Balance {
    let parts = Balance::from(millionths.min(1_000_000));
    // By halves of the number, so that the product can't overflow.
    let whole = amount.checked_div(1_000_000).unwrap_or(0).saturating_mul(parts);
    let rest =
        amount.checked_rem(1_000_000).unwrap_or(0).saturating_mul(parts).checked_div(1_000_000).unwrap_or(0);
    whole.saturating_add(rest)
}

/// What becomes of a released batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Release {
    /// Burnt: half of the protocol fee.
    pub burnt: Balance,
    /// To the treasury: the other half.
    pub treasury: Balance,
    /// Into the spec's audit pot.
    pub audit: Balance,
    /// To the provider.
    pub provider: Balance,
}

/// Fees of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fees {
    /// Protocol fee in millionths, half burnt, half to the treasury.
    pub protocol: u32,
    /// Least audit fee in millionths of the value.
    pub audit: u32,
    /// Flat fee per audit report (F).
    pub report: Balance,
    /// Seats of a committee (k).
    pub seats: u32,
    /// Blocks of a window (W).
    pub window: u32,
}

impl Fees {
    /// `max(2 % v, n · k · F)` with the number of audits that a window draws on average (n), at most what the protocol
    /// fee leaves of the batch.
    pub fn audit_fee(&self, value: Balance, chance: Chance) -> Balance {
        let audit = self.report.saturating_mul(self.seats.into());
        let draws = expected_draws(chance, self.window);
        // At certainty it is more than one.
        let whole = audit.saturating_mul(draws.checked_div(1_000_000).unwrap_or(0).into());
        let expected = whole.saturating_add(share(audit, draws.checked_rem(1_000_000).unwrap_or(0)));
        let left = value.saturating_sub(share(value, self.protocol));
        share(value, self.audit).max(expected).min(left)
    }

    /// Splits a released batch. `unaudited_spec` pays no audit fee: nobody could have audited it.
    pub fn release(&self, value: Balance, chance: Chance, unaudited_spec: bool) -> Release {
        let protocol = share(value, self.protocol);
        let treasury = protocol.checked_div(2).unwrap_or(0);
        let audit = if unaudited_spec { 0 } else { self.audit_fee(value, chance) };
        Release {
            burnt: protocol.saturating_sub(treasury),
            treasury,
            audit,
            provider: value.saturating_sub(protocol).saturating_sub(audit),
        }
    }
}

/// What becomes of a slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slash {
    /// To the wronged consumer, beyond the refund: 10 % of the batch.
    pub consumer: Balance,
    /// To the reporters, together.
    pub reporters: Balance,
    /// The rest; at least half, so that slashing oneself never pays.
    pub burnt: Balance,
}

/// Compensation of a wronged consumer: 10 % of the batch's value.
pub const COMPENSATION: u32 = 100_000;
/// Share of a slash, in millionths, for those whose votes convicted. Nothing until a jury can say that they were right:
/// two members of a small set sit together often enough that a false conviction would pay.
pub const CONVICTING: u32 = 0;
/// Share of a slash, in millionths, for who reports two receipts of one call: these prove themselves.
pub const REPORTING_DOUBLE: u32 = 200_000;

/// Splits what was slashed for a batch of `value`: the consumer first, then `reporters` millionths of the slash to those
/// who reported, the rest burnt.
pub fn slash(slashed: Balance, value: Balance, reporters: u32) -> Slash {
    let half = slashed.checked_div(2).unwrap_or(0);
    let consumer = share(value, COMPENSATION).min(half);
    let reporters = share(slashed, reporters).min(half.saturating_sub(consumer));
    Slash { consumer, reporters, burnt: slashed.saturating_sub(consumer).saturating_sub(reporters) }
}

/// Splits what was slashed for two receipts of one call that charged `charge`: a tenth of the charge to the consumer,
/// a fifth of the slash to the reporter, and both together at most `free`, the part of the bond that no open batch
/// exposes. The rest is burnt. So a provider that is about to be convicted can't have a friend report it and carry
/// off what the conviction would take.
pub fn slash_double(slashed: Balance, charge: Balance, free: Balance) -> Slash {
    let whole = slash(slashed, charge, REPORTING_DOUBLE);
    let consumer = whole.consumer.min(free);
    let reporters = whole.reporters.min(free.saturating_sub(consumer));
    Slash { consumer, reporters, burnt: slashed.saturating_sub(consumer).saturating_sub(reporters) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_share_for_reporters_comes_out_of_what_is_burnt() {
        let (with, without) = (slash(1_000, 100, 200_000), slash(1_000, 100, 0));
        assert_eq!(with, Slash { consumer: 10, reporters: 200, burnt: 790 });
        assert_eq!(without, Slash { consumer: 10, reporters: 0, burnt: 990 });
    }

    #[test]
    fn the_audit_fee_expects_what_the_window_draws() {
        let fees = Fees { protocol: 0, audit: 0, report: 1_000_000, seats: 3, window: 16 };
        let fee = |q| fees.audit_fee(1 << 60, Chance::from_millionths(q));
        // Close to -ln(1 - q) audits, and 4/3 at certainty.
        assert_eq!((fee(100_000) / 1_000, fee(500_000) / 1_000, fee(1_000_000) / 1_000), (315, 2_035, 4_011));
        assert_eq!(fees.audit_fee(5, Chance::ONE), 5);
    }

    proptest! {
        #[test]
        fn release_adds_up(v: u128, q in 1u32..=1_000_000, report in 0u128..1 << 60, unaudited: bool) {
            let fees = Fees { protocol: 10_000, audit: 20_000, report, seats: 3, window: 16 };
            let r = fees.release(v, Chance::from_millionths(q), unaudited);
            prop_assert_eq!(r.burnt.checked_add(r.treasury).unwrap().checked_add(r.audit).unwrap().checked_add(r.provider), Some(v));
            prop_assert!(r.burnt >= r.treasury && r.burnt - r.treasury <= 1);
            prop_assert!(!unaudited || r.audit == 0);
        }

        #[test]
        fn slash_adds_up_and_burns_at_least_half(s: u128, v: u128, reporters: u32) {
            let split = slash(s, v, reporters);
            prop_assert_eq!(split.consumer + split.reporters + split.burnt, s);
            prop_assert!(split.burnt >= s / 2);
            prop_assert_eq!(slash(s, v, CONVICTING).reporters, 0);
        }

        #[test]
        fn a_double_receipt_pays_out_of_what_is_free(s: u128, charge in 0u128..1 << 100, free: u128) {
            let split = slash_double(s, charge, free);
            prop_assert_eq!(split.consumer + split.reporters + split.burnt, s);
            prop_assert!(split.burnt >= s / 2);
            prop_assert!(split.consumer + split.reporters <= free);
            prop_assert!(split.consumer <= charge / 10);
            prop_assert!(split.reporters <= s / 5);
        }

        #[test]
        fn share_is_floored(a in 0u128..1 << 100, p in 0u32..=1_000_000) {
            prop_assert_eq!(share(a, p), a * u128::from(p) / 1_000_000);
        }
    }
}
