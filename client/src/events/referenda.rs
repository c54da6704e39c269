//! Events of referenda that who begins one reads.

use super::{whole, Event};
use codec::Decode;
use souk_primitives::{AccountId, Balance};

impl Event {
    /// The number of a new referendum, and its track.
    pub fn submitted(&self) -> Option<(u32, u16)> {
        match (self.pallet.as_str(), self.name.as_str()) {
            // What is asked follows them.
            ("Referenda", "Submitted") => <(u32, u16)>::decode(&mut self.fields.as_slice()).ok(),
            _ => None,
        }
    }

    /// A deposit of a referendum that was returned: to whom, and how much.
    pub fn refunded(&self) -> Option<(AccountId, Balance)> {
        match (self.pallet.as_str(), self.name.as_str()) {
            ("Referenda", "DecisionDepositRefunded" | "SubmissionDepositRefunded") => {
                let (_, who, amount) = whole::<(u32, AccountId, Balance)>(&self.fields)?;
                Some((who, amount))
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;

    fn event(name: &str, fields: Vec<u8>) -> Event {
        Event { pallet: "Referenda".into(), name: name.into(), fields, extrinsic: Some(1) }
    }

    #[test]
    fn a_new_referendum_should_say_its_number() {
        let fields = (7u32, 20u16, [1u8, 4, 0]).encode();
        assert_eq!(event("Submitted", fields.clone()).submitted(), Some((7, 20)));
        assert_eq!(event("Rejected", fields).submitted(), None);
    }

    #[test]
    fn a_refund_should_say_to_whom() {
        let who = AccountId::new([1; 32]);
        let fields = (7u32, who.clone(), 5u128).encode();
        assert_eq!(event("DecisionDepositRefunded", fields.clone()).refunded(), Some((who, 5)));
        assert_eq!(event("DecisionDepositPlaced", fields).refunded(), None);
    }
}
