//! Events of the rewards pallet that a claimant reads.

use super::{whole, Event};
use souk_primitives::{AccountId, Balance};

impl Event {
    /// What a claim paid, and whether it became bond.
    pub fn claimed(&self) -> Option<(Balance, bool)> {
        if (self.pallet.as_str(), self.name.as_str()) != ("Rewards", "Claimed") {
            return None;
        }
        let (_, amount, compounded) = whole::<(AccountId, Balance, bool)>(&self.fields)?;
        Some((amount, compounded))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;

    #[test]
    fn a_claim_should_say_what_it_paid() {
        let fields = (AccountId::new([1; 32]), 5u128, true).encode();
        let event = |name: &str, fields: Vec<u8>| Event {
            pallet: "Rewards".into(),
            name: name.into(),
            fields,
            extrinsic: Some(1),
        };
        assert_eq!(event("Claimed", fields.clone()).claimed(), Some((5, true)));
        assert_eq!(event("Accrued", fields.clone()).claimed(), None);
        assert_eq!(event("Claimed", [fields, vec![0]].concat()).claimed(), None);
    }
}
