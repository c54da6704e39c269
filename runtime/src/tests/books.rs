//! What must be true of everybody's money after every block, in whatever state the market is.

use crate::{
    configs::staking::PoolSlashReward, parameters::bounded, AccountId, Attestation, Balance, Balances, Block,
    Channels, Compute, Governance, Licensing, Listings, Rewards, Runtime, RuntimeEvent, RuntimeHoldReason,
    System,
};
use codec::Encode;
use frame_support::traits::Get;
use pallet_dap::LastIssuanceTimestamp;
use souk_primitives::{emission::issued, BatchId};
use std::collections::{BTreeMap, BTreeSet};

/// Checks all invariants of the market's pallets and that money is where the books say.
pub fn check() {
    Listings::do_try_state().unwrap();
    Compute::do_try_state().unwrap();
    Channels::do_try_state().unwrap();
    Attestation::do_try_state().unwrap();
    Licensing::do_try_state().unwrap();
    Rewards::do_try_state().unwrap();
    Governance::do_try_state().unwrap();

    check_exposure();

    let rows = <Runtime as crate::souk_api::runtime_decl_for_souk_api::SoukApi<Block>>::solvency();
    for row in &rows {
        assert_eq!(row.held, row.owed, "{}: {}", row.pallet, row.purpose);
    }

    // Whatever is on hold for the market is owed to somebody: no hold outlives what it was for.
    let mut held = BTreeMap::<Vec<u8>, Balance>::new();
    for hold in pallet_balances::Holds::<Runtime>::iter_values().flatten() {
        let market = matches!(
            hold.id,
            RuntimeHoldReason::Listings(_)
                | RuntimeHoldReason::Compute(_)
                | RuntimeHoldReason::Channels(_)
                | RuntimeHoldReason::Licensing(_)
        );
        if market {
            *held.entry(hold.id.encode()).or_default() += hold.amount;
        }
    }
    // What no hold carries is on accounts of its own.
    let accounts = [("attestation", "audit pots"), ("licensing", "claims"), ("licensing", "metered")];
    let on_account = rows.iter().filter(|row| accounts.contains(&(&row.pallet[..], &row.purpose[..])));
    let pots: Balance = on_account.map(|row| row.owed).sum();
    let owed: Balance = rows.iter().map(|row| row.owed).sum();
    assert_eq!(held.values().sum::<Balance>(), owed - pots);

    // No money came from nowhere, and none is lost but what was burnt.
    let owned = frame_system::Account::<Runtime>::iter_values();
    let owned: Balance = owned.map(|account| account.data.free + account.data.reserved).sum();
    assert_eq!(owned, Balances::total_issuance());
}

/// A bond is exposed to what its provider's open batches and exams may cost, and to nothing else.
fn check_exposure() {
    let batches = pallet_channels::Batches::<Runtime>::iter_values();
    let exams = pallet_rewards::Exams::<Runtime>::iter_values().map(|exam| exam.batch);
    let mut open = BTreeMap::<AccountId, Balance>::new();
    for batch in batches.chain(exams) {
        *open.entry(batch.provider).or_default() += batch.exposure;
    }
    for (who, provider) in pallet_compute::Providers::<Runtime>::iter() {
        assert_eq!(provider.bond.exposure, open.remove(&who).unwrap_or_default(), "{who}");
    }
    assert_eq!(open, BTreeMap::new(), "of no provider");
}

/// Follows the batches by their events: each is committed once, ends once, and its end accounts for all of its value.
#[derive(Default)]
pub struct Ledger {
    open: BTreeMap<BatchId, Balance>,
    ended: BTreeSet<BatchId>,
    /// How many ended, by reason.
    pub reasons: BTreeMap<String, u32>,
}

impl Ledger {
    /// Reads the events of the current block.
    pub fn read_block(&mut self) {
        for record in System::read_events_no_consensus() {
            let RuntimeEvent::Channels(event) = record.event else { continue };
            match event {
                pallet_channels::Event::BatchCommitted { batch, value, .. } => {
                    assert_eq!(self.open.insert(batch, value), None, "committed twice");
                    assert!(!self.ended.contains(&batch), "committed again");
                }
                pallet_channels::Event::BatchEnded {
                    batch,
                    reason,
                    paid,
                    refunded,
                    treasury,
                    audit,
                    burnt,
                    licensed,
                    ..
                } => {
                    let value = self.open.remove(&batch).expect("it ends once, and was open");
                    assert_eq!(paid + refunded + treasury + audit + burnt + licensed, value);
                    self.ended.insert(batch);
                    *self.reasons.entry(format!("{reason:?}")).or_default() += 1;
                }
                _ => {}
            }
        }
    }

    /// Batches that have not ended.
    pub fn open(&self) -> usize {
        self.open.len()
    }
}

/// Follows the issuance, to the unit: what a block adds was minted by the emission's curve, what it takes away was burnt.
pub struct Issuance {
    /// What there was at first.
    pub first: Balance,
    last: Balance,
    /// What was minted so far.
    pub minted: Balance,
    /// What was burnt so far.
    pub burnt: Balance,
    /// When the curve minted last, in milliseconds since 1970.
    minted_at: u64,
}

impl Issuance {
    /// From the current state on.
    pub fn new() -> Self {
        let first = Balances::total_issuance();
        Self { first, last: first, minted: 0, burnt: 0, minted_at: LastIssuanceTimestamp::<Runtime>::get() }
    }

    /// Reads the events of the current block.
    pub fn read_block(&mut self) {
        use pallet_balances::Event as Money;
        use pallet_transaction_payment::Event::TransactionFeePaid;
        let (mut curve, mut minted, mut burnt, mut dropped) = (0, 0, 0, 0);
        for record in System::read_events_no_consensus() {
            match record.event {
                RuntimeEvent::Dap(pallet_dap::Event::IssuanceMinted { total_minted, .. }) => {
                    curve += total_minted
                }
                RuntimeEvent::Balances(Money::Minted { amount, .. } | Money::Issued { amount }) => {
                    minted += amount
                }
                RuntimeEvent::Balances(
                    Money::Burned { amount, .. }
                    | Money::BurnedHeld { amount, .. }
                    | Money::Rescinded { amount },
                ) => burnt += amount,
                RuntimeEvent::Balances(Money::BurnedDebt { amount }) => dropped = amount,
                // Nobody reported these offences but the runtime, so nobody has a share of the slash. What a pool's account
                // loses is its members', and burns when it is taken from them.
                RuntimeEvent::Staking(pallet_staking::Event::Slashed { staker, amount }) => {
                    let is_pools = pallet_staking::VirtualStakers::<Runtime>::contains_key(&staker);
                    burnt += if is_pools { 0 } else { amount }
                }
                RuntimeEvent::DelegatedStaking(pallet_delegated_staking::Event::Slashed {
                    amount, ..
                }) => {
                    let found = PoolSlashReward::get() * amount;
                    assert!(dropped == amount || dropped == amount - found, "all but who brought it up gets");
                    burnt += dropped
                }
                // Half of a fee; the author gets the rest and the tip.
                RuntimeEvent::TransactionPayment(TransactionFeePaid { actual_fee, tip, .. }) => {
                    burnt += (actual_fee - tip) / 2
                }
                _ => {}
            }
        }
        assert_eq!(minted, curve, "somebody else mints");
        self.check_curve(curve, burnt);
        let now = Balances::total_issuance();
        assert_eq!(now, self.last + minted - burnt);
        (self.last, self.minted, self.burnt) = (now, self.minted + minted, self.burnt + burnt);
    }

    /// The curve mints in the beginning of a block, for the time since it did so last and for what there is then: not all
    /// that the block burns is gone yet. Its four parts are rounded down.
    fn check_curve(&mut self, curve: Balance, burnt: Balance) {
        let now = LastIssuanceTimestamp::<Runtime>::get();
        let passed = if self.minted_at == 0 { 0 } else { now - self.minted_at };
        let due = |total| issued(total, bounded::EmissionRate::get().deconstruct(), passed);
        let (least, most) = (due(self.last - burnt).saturating_sub(3), due(self.last));
        assert!((least..=most).contains(&curve), "{curve} for {passed} ms, not {least} to {most}");
        self.minted_at = now;
    }
}
