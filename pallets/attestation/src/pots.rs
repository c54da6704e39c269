//! Prepaid audit fees, one pot for each spec, all on one account.

use crate::{Config, Event, Pallet, Pots, VerifierBook};
use alloc::vec::Vec;
use frame_support::traits::{fungible::Mutate, tokens::Preservation, Get};
use souk_primitives::{views::SolvencyRow, AccountId, AuditId, Balance, SpecId};
use sp_runtime::traits::AccountIdConversion;

impl<T: Config> Pallet<T> {
    /// Account of the pots. Beyond what the pots own it keeps the existential deposit.
    pub fn pot_account() -> AccountId {
        T::PalletId::get().into_account_truncating()
    }

    /// Books a fee that was already paid to [`Self::pot_account`].
    pub fn pot_deposit(spec: &SpecId, amount: Balance) {
        if amount > 0 {
            Pots::<T>::mutate(spec, |pot| *pot = pot.saturating_add(amount));
        }
    }

    /// Fees of a spec that are not spent yet.
    pub fn pot(spec: &SpecId) -> Balance {
        Pots::<T>::get(spec)
    }

    /// Pays the flat fee of one report, as far as the spec's pot goes. A payment that fails leaves the fee in the pot:
    /// it never stops an audit from ending.
    pub(crate) fn pay_report(audit: AuditId, spec: &SpecId, member: &AccountId) {
        let pot = Pots::<T>::get(spec);
        let fee = T::Verifiers::report_fee(spec).min(pot);
        if fee == 0 {
            return;
        }
        if T::Currency::transfer(&Self::pot_account(), member, fee, Preservation::Preserve).is_ok() {
            Pots::<T>::insert(spec, pot.saturating_sub(fee));
            Self::deposit_event(Event::ReportPaid { audit, validator: member.clone(), amount: fee });
        }
    }

    /// Held against owed. The pot account's own existential deposit belongs to nobody and is not counted.
    pub fn solvency() -> Vec<SolvencyRow> {
        use frame_support::traits::fungible::Inspect;
        alloc::vec![SolvencyRow {
            pallet: "attestation".into(),
            purpose: "audit pots".into(),
            held: T::Currency::total_balance(&Self::pot_account())
                .saturating_sub(T::Currency::minimum_balance()),
            owed: Pots::<T>::iter_values().fold(0, |sum: Balance, pot| sum.saturating_add(pot)),
        }]
    }
}
