//! Views of stake: who has bonded what, validators, pools, and where the emission goes.

use super::{json, BudgetView};
use crate::{AccountId, Balance};
use alloc::{string::String, vec::Vec};
use codec::{Decode, Encode};
use scale_info::TypeInfo;

view! {
    /// The staking era that runs.
    pub struct EraView {
        /// Its number.
        pub index: u32,
        /// When it began, in milliseconds since 1970; none for the first moments of a chain.
        pub started: Option<u64>,
        /// How long an era takes, in milliseconds, on a chain that keeps its pace.
        pub millis: u64,
        /// Epochs in an era.
        pub sessions: u32,
        /// Eras that stake stays bonded after it was unbonded.
        pub bonding: u32,
    }
}

impl EraView {
    /// When an era begins, in milliseconds since 1970, on a chain that keeps its pace. None while the running era's own
    /// beginning is not known.
    pub fn begins(&self, era: u32) -> Option<u64> {
        let started = self.started?;
        let ahead = u64::from(era.saturating_sub(self.index)).saturating_mul(self.millis);
        let behind = u64::from(self.index.saturating_sub(era)).saturating_mul(self.millis);
        Some(started.saturating_add(ahead).saturating_sub(behind))
    }

    /// When stake that is unbonded until `era` may be withdrawn, in milliseconds since 1970: staking goes by the era that
    /// is planned, and plans each one epoch before it begins.
    pub fn frees(&self, era: u32) -> Option<u64> {
        let epoch = self.millis.checked_div(self.sessions.into()).unwrap_or(0);
        Some(self.begins(era)?.saturating_sub(epoch))
    }
}

view! {
    /// Stake that was unbonded and is not free yet.
    pub struct UnlockingView {
        /// In units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub amount: Balance,
        /// The era by which it may be withdrawn: one epoch before it begins.
        pub era: u32,
        /// When that is, in milliseconds since 1970, as far as one can tell.
        pub at: Option<u64>,
    }
}

/// What a bond is there for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all_fields = "camelCase")
)]
pub enum StakingRole {
    /// Nothing: it earns nothing and can't be slashed for anybody.
    Idle,
    /// Stands for election as a validator.
    Validator {
        /// What the validator keeps of its nominators' rewards, in millionths.
        commission: u32,
        /// Whether it takes no new nominators.
        blocked: bool,
    },
    /// Backs validators.
    Nominator {
        /// Whom.
        targets: Vec<AccountId>,
    },
}

/// Where a staker's rewards go.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum PayeeView {
    /// Into the bond.
    Staked,
    /// To the staker, free.
    Stash,
    /// To this account.
    Account(AccountId),
    /// Nowhere.
    None,
}

view! {
    /// A bond of one's own.
    pub struct BondView {
        /// Everything on hold for it, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub total: Balance,
        /// What is at stake and not unbonded, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub active: Balance,
        /// What was unbonded and is not free yet, the soonest first.
        pub unlocking: Vec<UnlockingView>,
        /// What may be withdrawn now, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub withdrawable: Balance,
        /// What it is there for.
        pub role: StakingRole,
        /// Where rewards go.
        pub payee: PayeeView,
        /// Whether the validators of the running era include it. Always false for a nominator.
        pub elected: bool,
        /// Slashing spans, which the last withdrawal of a bond has to name.
        pub slashing_spans: u32,
    }
}

view! {
    /// A share in a pool.
    pub struct MembershipView {
        /// Number of the pool.
        pub pool: u32,
        /// Its name.
        pub name: String,
        /// What of the pool's active stake is the member's, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub active: Balance,
        /// The same in points, in which one leaves: without slashes a point is a unit.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub points: Balance,
        /// What was unbonded and is not free yet, the soonest first.
        pub unlocking: Vec<UnlockingView>,
        /// What may be withdrawn now, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub withdrawable: Balance,
        /// Rewards that may be claimed, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub pending: Balance,
        /// Slashing spans of the pool, which a withdrawal has to name.
        pub slashing_spans: u32,
    }
}

view! {
    /// What an account has at stake, on its own and in a pool. A provider's bond is in its own view.
    pub struct StakeView {
        /// The account.
        pub account: AccountId,
        /// The era that runs.
        pub era: EraView,
        /// Its bond, if it has one.
        pub bond: Option<BondView>,
        /// Its share in a pool, if it is in one.
        pub pool: Option<MembershipView>,
        /// The least bond of a nominator, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub min_nominator_bond: Balance,
        /// The least amount with which one joins a pool, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub min_join_bond: Balance,
    }
}

view! {
    /// Somebody who stands for election as a validator.
    pub struct ValidatorView {
        /// Its stash.
        pub account: AccountId,
        /// What it keeps of its nominators' rewards, in millionths.
        pub commission: u32,
        /// Whether it takes no new nominators.
        pub blocked: bool,
        /// Whether it is a validator in the running era.
        pub elected: bool,
        /// Its own bond, active now, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub own: Balance,
        /// What backs it in the running era, its own included, in units: zero when it is not elected.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub stake: Balance,
        /// Nominators whose stake backs it in the running era.
        pub nominators: u32,
    }
}

/// Whether one may join a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode, TypeInfo)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum PoolStatus {
    /// Yes.
    Open,
    /// Not now.
    Blocked,
    /// Never again: it is being dissolved.
    Destroying,
}

view! {
    /// A pool.
    pub struct PoolView {
        /// Its number.
        pub id: u32,
        /// Its name.
        pub name: String,
        /// Whether one may join.
        pub status: PoolStatus,
        /// What it has at stake, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub stake: Balance,
        /// Members.
        pub members: u32,
        /// What its owner keeps of the rewards, in millionths.
        pub commission: u32,
        /// Who made it.
        pub depositor: AccountId,
        /// The account that stakes.
        pub account: AccountId,
        /// Whom it backs.
        pub targets: Vec<AccountId>,
    }
}

view! {
    /// One recipient of the emission.
    pub struct ShareView {
        /// Its key in the allocation, as text.
        pub key: String,
        /// The account that it flows to.
        pub account: AccountId,
        /// Its share, in millionths.
        pub share: u32,
        /// What is in that account, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub balance: Balance,
    }
}

view! {
    /// What is minted, and for whom.
    pub struct EmissionView {
        /// All that exists, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub issuance: Balance,
        /// What of it may vote at most: the base of every referendum's support, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub active_issuance: Balance,
        /// What is at stake with validators in the running era, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub staked: Balance,
        /// Minted in a year, as millionths of what exists at each moment.
        pub rate: u32,
        /// What that comes to in the coming year at the least, in units: without what new money brings in its turn.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub yearly: Balance,
        /// When something was minted last, in milliseconds since 1970.
        pub last: u64,
        /// Milliseconds from one time to the next, at the least.
        pub cadence: u64,
        /// Who gets it.
        pub budgets: Vec<ShareView>,
        /// What of the budgets for providers and publishers is spoken for.
        pub rewards: Vec<BudgetView>,
        /// What stakers and validators of the last ended era share, in units.
        #[cfg_attr(feature = "serde", serde(with = "json::amount"))]
        pub last_era: Balance,
        /// The era that runs.
        pub era: EraView,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eras_should_begin_at_their_pace() {
        let era = EraView { index: 10, started: Some(1_000_000), millis: 600, sessions: 2, bonding: 2 };
        assert_eq!(era.begins(10), Some(1_000_000));
        assert_eq!(era.begins(13), Some(1_001_800));
        assert_eq!(era.begins(9), Some(999_400));
        assert_eq!(era.frees(12), Some(1_000_900));
        assert_eq!(EraView { started: None, ..era }.begins(11), None);
    }
}
