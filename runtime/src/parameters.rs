//! What governance may tune: names, defaults and bounds.
//!
//! [`params`] declares the parameters with their production defaults. `pallet-parameters` stores overrides and
//! checks nothing, so no pallet reads a parameter directly: it gets one of the [`bounded`] types, which clamp to a
//! stated range. [`Overrides`] is how a genesis names them.
//!
//! A deadline is computed when an obligation starts and stored with it: a change here never moves one that runs.

use crate::{
    constants::currency::{MICROSOUK, MILLISOUK, SOUK},
    Balance, BlockNumber, Runtime,
};
use alloc::vec::Vec;
use frame_support::dynamic_params::{dynamic_pallet_params, dynamic_params};
use serde::{Deserialize, Serialize};
use sp_runtime::Permill;

/// The parameters, with their production defaults. Indices are part of the chain: never reuse or move one.
#[allow(missing_docs)]
#[dynamic_params(RuntimeParameters, pallet_parameters::Parameters::<Runtime>)]
pub mod params {
    use super::*;

    /// Audits.
    #[dynamic_pallet_params]
    #[codec(index = 0)]
    pub mod audit {
        /// Blocks whose authors' randomness decides whether a batch is audited.
        #[codec(index = 0)]
        pub static BeaconWindow: BlockNumber = 16;
        /// Blocks in which a committee commits its reports.
        #[codec(index = 1)]
        pub static CommitWindow: BlockNumber = 20;
        /// Blocks in which it reveals them.
        #[codec(index = 2)]
        pub static RevealWindow: BlockNumber = 10;
        /// Blocks after which a batch that was not drawn is released.
        #[codec(index = 3)]
        pub static ReleaseUndrawn: BlockNumber = 100;
        /// Blocks to wait before an audit without a verdict is drawn anew.
        #[codec(index = 4)]
        pub static RedrawAfter: BlockNumber = 40;
        /// Seats of a committee.
        #[codec(index = 5)]
        pub static CommitteeSize: u32 = 3;
        /// By how much a slash exceeds what cheating could gain.
        #[codec(index = 6)]
        pub static SafetyFactor: u32 = 3;
        /// The least chance with which a batch is audited.
        #[codec(index = 7)]
        pub static MinChance: Permill = Permill::from_percent(10);
        /// Verifiers that a spec needs to count as audited.
        #[codec(index = 8)]
        pub static MinVerifiers: u32 = 7;
        /// The share of the active stake that those verifiers need.
        #[codec(index = 9)]
        pub static MinVerifierStake: Permill = Permill::from_rational(1u32, 3u32);
        /// Audits in a row that a verifier may miss before it is removed.
        #[codec(index = 10)]
        pub static MaxSilence: u32 = 5;
        /// What a validator loses at most for an upheld fraud of a provider that is its sidecar, as a share of its stake.
        #[codec(index = 11)]
        pub static FraudShare: Permill = Permill::from_percent(1);
    }

    /// Payment channels.
    #[dynamic_pallet_params]
    #[codec(index = 1)]
    pub mod channels {
        /// Blocks that a provider has to settle after its consumer closed.
        #[codec(index = 0)]
        pub static CloseGrace: BlockNumber = 7_200;
        /// The longest life of a channel, in blocks.
        #[codec(index = 1)]
        pub static MaxLifetime: BlockNumber = 201_600;
        /// The smallest value that may be settled, except at close.
        #[codec(index = 2)]
        pub static MinBatch: Balance = SOUK / 10;
        /// Channels that one consumer may have open with one provider.
        #[codec(index = 3)]
        pub static MaxOpenPerPair: u32 = 16;
        /// The longest notice before a release that a consumer may ask for, in blocks.
        #[codec(index = 4)]
        pub static MaxNotice: BlockNumber = 14_400;
    }

    /// Providers and verifiers.
    #[dynamic_pallet_params]
    #[codec(index = 2)]
    pub mod compute {
        /// The least bond of a provider.
        #[codec(index = 0)]
        pub static MinProviderBond: Balance = 1_000 * SOUK;
        /// The least bond of a verifier.
        #[codec(index = 1)]
        pub static MinVerifierBond: Balance = 100 * SOUK;
        /// Blocks for which a provider that leaves still serves its open channels.
        #[codec(index = 2)]
        pub static DrainNotice: BlockNumber = 1_200;
        /// Blocks of notice before a verifier leaves a spec.
        #[codec(index = 3)]
        pub static VerifierNotice: BlockNumber = 28_800;
    }

    /// Purchases of content.
    #[dynamic_pallet_params]
    #[codec(index = 4)]
    pub mod licensing {
        /// Blocks for a copy at most, whatever the offer says.
        #[codec(index = 0)]
        pub static MaxDelivery: BlockNumber = 28_800;
        /// Blocks to accept a copy, beside what moving its bytes takes.
        #[codec(index = 1)]
        pub static AcceptWindow: BlockNumber = 1_200;
        /// Blocks to reveal the key.
        #[codec(index = 2)]
        pub static RevealKey: BlockNumber = 1_200;
        /// Blocks to complain, beside what reading the bytes takes.
        #[codec(index = 3)]
        pub static ComplainWindow: BlockNumber = 1_200;
        /// Blocks before a buyer may give up waiting for a copy.
        #[codec(index = 4)]
        pub static CancelAfter: BlockNumber = 1_200;
        /// Open purchases that one buyer may have of one listing.
        #[codec(index = 5)]
        pub static MaxOpenPurchases: u32 = 8;
        /// Blocks after which what serving has brought a publisher is paid out.
        #[codec(index = 6)]
        pub static PayoutAfter: BlockNumber = 1_200;
    }

    /// Emission and rewards.
    #[dynamic_pallet_params]
    #[codec(index = 5)]
    pub mod rewards {
        /// What is minted in a year, as a share of all that exists.
        #[codec(index = 0)]
        pub static EmissionRate: Permill = Permill::from_percent(8);
        /// What a trade's parties earn at most, as a share of what the trade burnt.
        #[codec(index = 1)]
        pub static Kappa: Permill = Permill::from_percent(50);
        /// The provider's share of that; the publisher's is the rest.
        #[codec(index = 2)]
        pub static ProviderKey: Permill = Permill::from_percent(60);
        /// The validator's share of what its sidecars earn.
        #[codec(index = 3)]
        pub static Commission: Permill = Permill::from_percent(10);
        /// What exams bring in a year at most, as a share of the bond.
        #[codec(index = 4)]
        pub static YearlyCap: Permill = Permill::from_percent(20);
        /// Epochs from one exam to the next.
        #[codec(index = 5)]
        pub static ExamEvery: u32 = 1;
        /// Seconds of work at the claimed capacity that an exam asks for: what three quarters of the window are
        /// good for, less what the questions, the commitment and its block take. The last quarter is for calls.
        #[codec(index = 6)]
        pub static ExamSeconds: u32 = 20;
        /// Blocks in which the answers must be committed.
        #[codec(index = 7)]
        pub static ExamWindow: BlockNumber = 12;
        /// By how much a price may exceed the spec's median and its provider still be rewarded for capacity.
        #[codec(index = 8)]
        pub static PriceBand: Permill = Permill::from_percent(25);
        /// Epochs in which what was earned must be claimed.
        #[codec(index = 9)]
        pub static ClaimEpochs: u32 = 4_032;
    }

    /// Delisting and appeals.
    #[dynamic_pallet_params]
    #[codec(index = 6)]
    pub mod moderation {
        /// Blocks between a decision to delist and its effect.
        #[codec(index = 0)]
        pub static NoticePeriod: BlockNumber = 201_600;
        /// Blocks that an appeal waits for a referendum.
        #[codec(index = 1)]
        pub static AppealWindow: BlockNumber = 403_200;
        /// What a moderator stakes on one case.
        #[codec(index = 2)]
        pub static CaseBond: Balance = 100 * SOUK;
        /// The least bond of a moderator.
        #[codec(index = 3)]
        pub static MinModeratorBond: Balance = 1_000 * SOUK;
        /// What an owner stakes on its appeal.
        #[codec(index = 4)]
        pub static AppealDeposit: Balance = 50 * SOUK;
    }

    /// Deposits for what is stored.
    #[dynamic_pallet_params]
    #[codec(index = 7)]
    pub mod deposits {
        /// Of a listing, beside its bytes.
        #[codec(index = 0)]
        pub static ListingDeposit: Balance = SOUK;
        /// Of a version, beside its bytes.
        #[codec(index = 1)]
        pub static VersionDeposit: Balance = SOUK / 2;
        /// Of an offer, beside its bytes.
        #[codec(index = 2)]
        pub static OfferDeposit: Balance = SOUK / 2;
        /// Of a seller's announced store, all its bytes included.
        #[codec(index = 3)]
        pub static StoreDeposit: Balance = SOUK;
        /// Of a stored byte.
        #[codec(index = 4)]
        pub static ByteDeposit: Balance = MILLISOUK;
        /// Of a spec.
        #[codec(index = 5)]
        pub static SpecDeposit: Balance = 5 * SOUK;
    }

    /// Fees and splits.
    #[dynamic_pallet_params]
    #[codec(index = 3)]
    pub mod fees {
        /// The protocol's share of what a consumer pays.
        #[codec(index = 0)]
        pub static ProtocolFee: Permill = Permill::from_percent(1);
        /// What a batch pays at least for audits, as a share of its value.
        #[codec(index = 1)]
        pub static AuditFee: Permill = Permill::from_percent(2);
    }
}

#[cfg(feature = "runtime-benchmarks")]
impl Default for RuntimeParameters {
    fn default() -> Self {
        use params::channels;
        RuntimeParameters::Channels(channels::Parameters::MinBatch(channels::MinBatch, Some(SOUK)))
    }
}

/// Makes a `Get` that clamps a parameter to a range, so that no vote can break a pallet's arithmetic.
macro_rules! clamped {
    ($( $(#[$doc:meta])* $name:ident : $ty:ty = $group:ident, $low:expr, $high:expr; )*) => {
        $(
            $(#[$doc])*
            pub struct $name;
            impl $name {
                /// The least that it ever is.
                pub const LOW: $ty = $low;
                /// The most that it ever is.
                pub const HIGH: $ty = $high;
            }
            impl frame_support::traits::Get<$ty> for $name {
                fn get() -> $ty {
                    <params::$group::$name as frame_support::traits::Get<$ty>>::get().clamp(Self::LOW, Self::HIGH)
                }
            }
        )*

        /// Every one of them with what it is, the least and the most that it ever is; shares in millionths.
        #[cfg(test)]
        pub fn all() -> Vec<(&'static str, [u128; 3])> {
            use frame_support::traits::Get;
            vec![$((stringify!($name), [$name::get(), $name::LOW, $name::HIGH].map(tests::number))),*]
        }
    };
}

/// The parameters as pallets read them.
pub mod bounded {
    use super::*;

    clamped! {
        /// 1 to 128 blocks: the beacon's ring buffer holds 256.
        BeaconWindow: BlockNumber = audit, 1, 128;
        /// 2 to 1,200 blocks.
        CommitWindow: BlockNumber = audit, 2, 1_200;
        /// 2 to 1,200 blocks.
        RevealWindow: BlockNumber = audit, 2, 1_200;
        /// 1 to 14,400 blocks, counted from the end of the beacon's window.
        ReleaseUndrawn: BlockNumber = audit, 1, 14_400;
        /// 1 to 1,200 blocks.
        RedrawAfter: BlockNumber = audit, 1, 1_200;
        /// 3 to 7 seats: a conviction needs two votes, and one member may be away.
        CommitteeSize: u32 = audit, 3, 7;
        /// 1 to 10 times.
        SafetyFactor: u32 = audit, 1, 10;
        /// 1 % to 100 %: a chance of zero would make a slash infinite.
        MinChance: Permill = audit, Permill::from_percent(1), Permill::one();
        /// 1 to 100 verifiers.
        MinVerifiers: u32 = audit, 1, 100;
        /// 0 % to 90 %.
        MinVerifierStake: Permill = audit, Permill::zero(), Permill::from_percent(90);
        /// 1 to 100 audits.
        MaxSilence: u32 = audit, 1, 100;
        /// 0 % to 9 %: from 10 % on, an offence disables.
        FraudShare: Permill = audit, Permill::zero(), Permill::from_percent(9);
        /// 10 to 201,600 blocks.
        CloseGrace: BlockNumber = channels, 10, 201_600;
        /// 100 to 201,600 blocks.
        MaxLifetime: BlockNumber = channels, 100, 201_600;
        /// 0.001 to 1,000 SOUK.
        MinBatch: Balance = channels, MILLISOUK, 1_000 * SOUK;
        /// 1 to 256 channels.
        MaxOpenPerPair: u32 = channels, 1, 256;
        /// 0 to 14,400 blocks.
        MaxNotice: BlockNumber = channels, 0, 14_400;
        /// 1 to 1,000,000 SOUK.
        MinProviderBond: Balance = compute, SOUK, 1_000_000 * SOUK;
        /// 1 to 1,000,000 SOUK.
        MinVerifierBond: Balance = compute, SOUK, 1_000_000 * SOUK;
        /// 1 to 28,800 blocks.
        DrainNotice: BlockNumber = compute, 1, 28_800;
        /// 1 to 201,600 blocks.
        VerifierNotice: BlockNumber = compute, 1, 201_600;
        /// 10 to 28,800 blocks.
        MaxDelivery: BlockNumber = licensing, 10, 28_800;
        /// 10 to 28,800 blocks.
        AcceptWindow: BlockNumber = licensing, 10, 28_800;
        /// 10 to 28,800 blocks.
        RevealKey: BlockNumber = licensing, 10, 28_800;
        /// 10 to 28,800 blocks.
        ComplainWindow: BlockNumber = licensing, 10, 28_800;
        /// 1 to 28,800 blocks.
        CancelAfter: BlockNumber = licensing, 1, 28_800;
        /// 1 to 64 purchases.
        MaxOpenPurchases: u32 = licensing, 1, 64;
        /// 1 to 28,800 blocks.
        PayoutAfter: BlockNumber = licensing, 1, 28_800;
        /// 0 % to 10 % a year.
        EmissionRate: Permill = rewards, Permill::zero(), Permill::from_percent(10);
        /// 0 % to 50 %: more would let trades with oneself lose less than they must.
        Kappa: Permill = rewards, Permill::zero(), Permill::from_percent(50);
        /// 0 % to 100 %.
        ProviderKey: Permill = rewards, Permill::zero(), Permill::one();
        /// 0 % to 50 %.
        Commission: Permill = rewards, Permill::zero(), Permill::from_percent(50);
        /// 0 % to 100 % a year.
        YearlyCap: Permill = rewards, Permill::zero(), Permill::one();
        /// 1 to 4,032 epochs.
        ExamEvery: u32 = rewards, 1, 4_032;
        /// 1 to 120 seconds.
        ExamSeconds: u32 = rewards, 1, 120;
        /// 4 to 100 blocks.
        ExamWindow: BlockNumber = rewards, 4, 100;
        /// 0 % to 100 %.
        PriceBand: Permill = rewards, Permill::zero(), Permill::one();
        /// 10 to 52,560 epochs.
        ClaimEpochs: u32 = rewards, 10, 52_560;
        /// 10 to 403,200 blocks.
        NoticePeriod: BlockNumber = moderation, 10, 403_200;
        /// 10 to 1,209,600 blocks.
        AppealWindow: BlockNumber = moderation, 10, 1_209_600;
        /// 1 to 100,000 SOUK.
        CaseBond: Balance = moderation, SOUK, 100_000 * SOUK;
        /// 1 to 1,000,000 SOUK.
        MinModeratorBond: Balance = moderation, SOUK, 1_000_000 * SOUK;
        /// 1 to 100,000 SOUK.
        AppealDeposit: Balance = moderation, SOUK, 100_000 * SOUK;
        /// 0.001 to 1,000 SOUK.
        ListingDeposit: Balance = deposits, MILLISOUK, 1_000 * SOUK;
        /// 0.001 to 1,000 SOUK.
        VersionDeposit: Balance = deposits, MILLISOUK, 1_000 * SOUK;
        /// 0.001 to 1,000 SOUK.
        OfferDeposit: Balance = deposits, MILLISOUK, 1_000 * SOUK;
        /// 0.001 to 1,000 SOUK.
        StoreDeposit: Balance = deposits, MILLISOUK, 1_000 * SOUK;
        /// 0.000001 to 1 SOUK.
        ByteDeposit: Balance = deposits, MICROSOUK, SOUK;
        /// 0.001 to 1,000 SOUK.
        SpecDeposit: Balance = deposits, MILLISOUK, 1_000 * SOUK;
        /// 0 % to 10 %.
        ProtocolFee: Permill = fees, Permill::zero(), Permill::from_percent(10);
        /// 0 % to 20 %.
        AuditFee: Permill = fees, Permill::zero(), Permill::from_percent(20);
    }
}

/// Declares the parameters that a genesis may override by name.
macro_rules! overrides {
    ($( $field:ident : $ty:ty => $variant:ident $group:ident $key:ident; )*) => {
        /// Parameters that a genesis overrides. What is absent keeps its default.
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
        pub struct Overrides {
            $(
                #[doc = concat!("Overrides `", stringify!($group), "::", stringify!($key), "`.")]
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $field: Option<$ty>,
            )*
        }

        impl From<Overrides> for Vec<RuntimeParameters> {
            fn from(overrides: Overrides) -> Self {
                let mut parameters = Vec::new();
                $(
                    if let Some(value) = overrides.$field {
                        parameters.push(RuntimeParameters::$variant(
                            params::$group::Parameters::$key(params::$group::$key, Some(value)),
                        ));
                    }
                )*
                parameters
            }
        }
    };
}

overrides! {
    beacon_window: BlockNumber => Audit audit BeaconWindow;
    commit_window: BlockNumber => Audit audit CommitWindow;
    reveal_window: BlockNumber => Audit audit RevealWindow;
    release_undrawn: BlockNumber => Audit audit ReleaseUndrawn;
    redraw_after: BlockNumber => Audit audit RedrawAfter;
    committee_size: u32 => Audit audit CommitteeSize;
    safety_factor: u32 => Audit audit SafetyFactor;
    min_chance: Permill => Audit audit MinChance;
    min_verifiers: u32 => Audit audit MinVerifiers;
    min_verifier_stake: Permill => Audit audit MinVerifierStake;
    max_silence: u32 => Audit audit MaxSilence;
    fraud_share: Permill => Audit audit FraudShare;
    close_grace: BlockNumber => Channels channels CloseGrace;
    max_lifetime: BlockNumber => Channels channels MaxLifetime;
    min_batch: Balance => Channels channels MinBatch;
    max_open_per_pair: u32 => Channels channels MaxOpenPerPair;
    max_notice: BlockNumber => Channels channels MaxNotice;
    min_provider_bond: Balance => Compute compute MinProviderBond;
    min_verifier_bond: Balance => Compute compute MinVerifierBond;
    drain_notice: BlockNumber => Compute compute DrainNotice;
    verifier_notice: BlockNumber => Compute compute VerifierNotice;
    max_delivery: BlockNumber => Licensing licensing MaxDelivery;
    accept_window: BlockNumber => Licensing licensing AcceptWindow;
    reveal_key: BlockNumber => Licensing licensing RevealKey;
    complain_window: BlockNumber => Licensing licensing ComplainWindow;
    cancel_after: BlockNumber => Licensing licensing CancelAfter;
    max_open_purchases: u32 => Licensing licensing MaxOpenPurchases;
    payout_after: BlockNumber => Licensing licensing PayoutAfter;
    emission_rate: Permill => Rewards rewards EmissionRate;
    kappa: Permill => Rewards rewards Kappa;
    provider_key: Permill => Rewards rewards ProviderKey;
    commission: Permill => Rewards rewards Commission;
    yearly_cap: Permill => Rewards rewards YearlyCap;
    exam_every: u32 => Rewards rewards ExamEvery;
    exam_seconds: u32 => Rewards rewards ExamSeconds;
    exam_window: BlockNumber => Rewards rewards ExamWindow;
    price_band: Permill => Rewards rewards PriceBand;
    claim_epochs: u32 => Rewards rewards ClaimEpochs;
    notice_period: BlockNumber => Moderation moderation NoticePeriod;
    appeal_window: BlockNumber => Moderation moderation AppealWindow;
    case_bond: Balance => Moderation moderation CaseBond;
    min_moderator_bond: Balance => Moderation moderation MinModeratorBond;
    appeal_deposit: Balance => Moderation moderation AppealDeposit;
    listing_deposit: Balance => Deposits deposits ListingDeposit;
    version_deposit: Balance => Deposits deposits VersionDeposit;
    offer_deposit: Balance => Deposits deposits OfferDeposit;
    store_deposit: Balance => Deposits deposits StoreDeposit;
    byte_deposit: Balance => Deposits deposits ByteDeposit;
    spec_deposit: Balance => Deposits deposits SpecDeposit;
    protocol_fee: Permill => Fees fees ProtocolFee;
    audit_fee: Permill => Fees fees AuditFee;
}

impl Overrides {
    /// The fast column of the design's section 15: what `development` and `local` run on.
    pub fn fast() -> Self {
        Self {
            beacon_window: Some(4),
            commit_window: Some(6),
            reveal_window: Some(6),
            release_undrawn: Some(20),
            min_verifiers: Some(3),
            min_verifier_stake: Some(Permill::zero()),
            close_grace: Some(20),
            max_notice: Some(10),
            min_provider_bond: Some(100 * SOUK),
            min_verifier_bond: Some(10 * SOUK),
            drain_notice: Some(20),
            verifier_notice: Some(40),
            max_delivery: Some(40),
            accept_window: Some(40),
            reveal_key: Some(20),
            complain_window: Some(20),
            cancel_after: Some(20),
            payout_after: Some(20),
            // The whole market runs on a machine or two: an exam every third minute, of two seconds' work.
            exam_every: Some(3),
            exam_seconds: Some(2),
            notice_period: Some(20),
            appeal_window: Some(80),
            ..Self::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub trait Number {
        fn number(self) -> u128;
    }
    impl Number for u32 {
        fn number(self) -> u128 {
            self.into()
        }
    }
    impl Number for u128 {
        fn number(self) -> u128 {
            self
        }
    }
    impl Number for Permill {
        fn number(self) -> u128 {
            self.deconstruct().into()
        }
    }
    pub fn number(value: impl Number) -> u128 {
        value.number()
    }
}
