//! Calls of the staking pallet: bonds, nominations, validators.

use super::{balances::Address, Call};
use codec::{Compact, Encode};
use souk_primitives::{views::PayeeView, AccountId, Balance};

/// `pallet_staking::RewardDestination`.
#[derive(Clone, Debug, PartialEq, Eq, Encode)]
enum RewardDestination {
    #[codec(index = 0)]
    Staked,
    #[codec(index = 1)]
    Stash,
    #[codec(index = 3)]
    Account(AccountId),
    #[codec(index = 4)]
    None,
}

impl From<PayeeView> for RewardDestination {
    fn from(payee: PayeeView) -> Self {
        match payee {
            PayeeView::Staked => Self::Staked,
            PayeeView::Stash => Self::Stash,
            PayeeView::Account(account) => Self::Account(account),
            PayeeView::None => Self::None,
        }
    }
}

fn call(name: &'static str) -> Call {
    Call::new("Staking", name)
}

/// Puts money at stake, for the first time. The chain takes what there is if it is less.
pub fn bond(value: Balance, payee: PayeeView) -> Call {
    call("bond").arg("value", Compact(value)).arg("payee", RewardDestination::from(payee))
}

/// Puts more money at stake. The chain takes what there is if it is less.
pub fn bond_extra(max_additional: Balance) -> Call {
    call("bond_extra").arg("max_additional", Compact(max_additional))
}

/// Takes money off stake; it may be withdrawn after the bonding period.
pub fn unbond(value: Balance) -> Call {
    call("unbond").arg("value", Compact(value))
}

/// Frees what was unbonded and whose time is over. `spans` are the stash's slashing spans, which the last withdrawal clears.
pub fn withdraw_unbonded(spans: u32) -> Call {
    call("withdraw_unbonded").arg("num_slashing_spans", spans)
}

/// Backs these validators from the next election on, at most 16.
pub fn nominate(targets: Vec<AccountId>) -> Call {
    call("nominate").arg("targets", targets.into_iter().map(Address::Id).collect::<Vec<_>>())
}

/// Neither validates nor nominates from the next election on.
pub fn chill() -> Call {
    call("chill")
}

/// Says where rewards go.
pub fn set_payee(payee: PayeeView) -> Call {
    call("set_payee").arg("payee", RewardDestination::from(payee))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the staking pallet numbers them; 2 is the controller, which no chain of ours has.
    #[test]
    fn payees_should_have_the_pallets_numbers() {
        let account = AccountId::new([7; 32]);
        let encoded = |payee: PayeeView| RewardDestination::from(payee).encode();
        assert_eq!(encoded(PayeeView::Staked), [0]);
        assert_eq!(encoded(PayeeView::Stash), [1]);
        assert_eq!(encoded(PayeeView::Account(account)), [&[3][..], &[7; 32]].concat());
        assert_eq!(encoded(PayeeView::None), [4]);
    }
}
