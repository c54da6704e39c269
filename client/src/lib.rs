//! The chain as the sidecar and the CLI see it.
//!
//! - [`Chain`] is a connection that survives restarts of the node. Reads are runtime APIs at the finalised head:
//!   off-chain parties act on finalised state only.
//! - [`calls`] builds the transactions of Souk's pallets. Pallet and call are looked up by name in the node's metadata,
//!   and the names of the fields are compared, so that a program that is too old says so instead of sending nonsense.
//! - [`Chain::submit`] signs (mortal), sends and watches until the transaction is final. It finds the transaction in the
//!   blocks themselves, so a lost connection or a restarted node neither loses it nor sends it twice.
//! - [`events`] are Souk's events as types; [`keys`] reads secrets and never shows them.
mod balance;
pub mod calls;
mod chain;
pub mod content;
mod error;
pub mod events;
pub mod keys;
mod metadata;
mod reads;
mod rpc;
mod submit;

pub use balance::AccountBalance;
pub use calls::Call;
pub use chain::{Chain, Head};
pub use error::{Error, Refusal, Result};
pub use events::{Event, ListingEvent, SaleEvent, SoukEvent};
pub use keys::{Keypair, SecretSource};
pub use submit::{Outcome, Until};

pub use souk_primitives as primitives;

/// An amount as people read it: `12.5 SOUK`.
pub fn souk(amount: souk_primitives::Balance) -> String {
    let unit = souk_primitives::SOUK;
    let (whole, rest) = (amount / unit, amount % unit);
    if rest == 0 {
        return format!("{whole} SOUK");
    }
    let digits = format!("{rest:012}");
    format!("{whole}.{} SOUK", digits.trim_end_matches('0'))
}

/// Reads an amount as people write it: `12.5`, `12.5 SOUK`, or units as `1000u`.
pub fn parse_souk(text: &str) -> std::result::Result<souk_primitives::Balance, String> {
    let bad = || format!("{text:?} is no amount: write 12.5 for SOUK or 1000u for units");
    let many = || format!("{text} is more than there can be");
    let text = text.trim();
    if let Some(units) = text.strip_suffix('u') {
        return whole_number(units.trim()).ok_or_else(bad)?.ok_or_else(many);
    }
    let number = text.strip_suffix("SOUK").unwrap_or(text).trim();
    let (whole, rest) = number.split_once('.').unwrap_or((number, ""));
    if (whole.is_empty() && rest.is_empty()) || !rest.bytes().all(|b| b.is_ascii_digit()) {
        return Err(bad());
    }
    if rest.len() > 12 {
        return Err(format!("{text:?} has {} decimals, and a SOUK is divided into 12", rest.len()));
    }
    let whole = if whole.is_empty() { 0 } else { whole_number(whole).ok_or_else(bad)?.ok_or_else(many)? };
    let rest: u128 = format!("{rest:0<12}").parse().map_err(|_| bad())?;
    whole.checked_mul(souk_primitives::SOUK).and_then(|units| units.checked_add(rest)).ok_or_else(many)
}

/// `None` for what is no number, `Some(None)` for one that is too large.
fn whole_number(digits: &str) -> Option<Option<u128>> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_should_read_back_as_written() {
        for amount in [0, 1, 999, souk_primitives::SOUK, 12_500_000_000_000, u128::MAX] {
            assert_eq!(parse_souk(&souk(amount)), Ok(amount));
        }
        assert_eq!(parse_souk("1000u"), Ok(1000));
        assert_eq!(parse_souk(".5"), Ok(500_000_000_000));
        for bad in ["", ".", "-1", "1.0000000000001", "1e3", "x"] {
            assert!(parse_souk(bad).is_err(), "{bad}");
        }
        assert!(parse_souk("1.0000000000001").unwrap_err().contains("13 decimals"));
        for many in ["9".repeat(40), format!("{}u", "9".repeat(40)), format!("{}", u128::MAX)] {
            assert!(parse_souk(&many).unwrap_err().ends_with("is more than there can be"), "{many}");
        }
        for bad in ["+5", "-5u", "u", "1 000"] {
            assert!(parse_souk(bad).unwrap_err().contains("is no amount"), "{bad}");
        }
    }
}
