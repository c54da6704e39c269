//! What transactions weigh, all of it: the call, the extensions, the base.

use super::{harness::local, market::account};
use crate::{
    constants::currency::SOUK,
    weights::{Weights, MAXIMUM_BLOCK_WEIGHT},
    Runtime, RuntimeCall, RuntimeOrigin, Staking, System, TxExtension,
};
use frame_support::{
    assert_ok,
    dispatch::{DispatchClass, GetDispatchInfo},
    traits::Get,
    weights::Weight,
};
use pallet_attestation::WeightInfo as _;
use pallet_channels::{types::SignedVoucher, WeightInfo as _};
use pallet_staking::RewardDestination;
use souk_primitives::{call::Voucher, sr25519::Signature, AccountId};
use sp_runtime::{traits::TransactionExtension, BoundedVec};

const SOMEONE: AccountId = AccountId::new([7; 32]);

/// Picoseconds of a normal transaction with this call, when it turns out to weigh that much.
fn time_of(call: &RuntimeCall, weight: Weight) -> u64 {
    let base = Weights::get().get(DispatchClass::Normal).base_extrinsic;
    let extension = <TxExtension as TransactionExtension<RuntimeCall>>::weight(&extension(), call);
    (base + extension + weight).ref_time()
}

/// Picoseconds of a normal transaction with this call.
fn time(call: RuntimeCall) -> u64 {
    time_of(&call, call.get_dispatch_info().call_weight)
}

fn extension() -> TxExtension {
    use frame_system::offchain::CreateAuthorizedTransaction;
    <Runtime as CreateAuthorizedTransaction<pallet_attestation::Call<Runtime>>>::create_extension()
}

fn transfer() -> u64 {
    time(pallet_balances::Call::transfer_keep_alive { dest: SOMEONE.into(), value: 1 }.into())
}

fn voucher() -> SignedVoucher {
    let voucher =
        Voucher { genesis: [0; 32], channel: [1; 32], cumulative: 1, calls: 1, receipts_root: [2; 32] };
    SignedVoucher { voucher, signature: Signature::default() }
}

#[test]
fn a_settlement_weighs_a_few_transfers() {
    let SignedVoucher { voucher: one, signature } = voucher();
    // On audited specs, which is what the calls give back the difference for.
    type Weighed = <Runtime as pallet_channels::Config>::WeightInfo;
    let call = pallet_channels::Call::settle { channel: [1; 32], voucher: one, signature }.into();
    let settle = time_of(&call, Weighed::settle());
    assert!(time(call) > settle);
    let most: u32 = <Runtime as pallet_channels::Config>::MaxSettlements::get();
    let vouchers = BoundedVec::truncate_from(vec![voucher(); most as usize]);
    let many = time_of(&pallet_channels::Call::settle_many { vouchers }.into(), Weighed::settle_many(most));
    assert!(settle < transfer() * 3, "alone: {settle} of {}", transfer());
    assert!(many < transfer() * u64::from(most) * 3 / 2, "many: {many} of {}", transfer());
}

#[test]
fn what_a_block_begins_with_leaves_room_for_transactions() {
    type Audits = <Runtime as pallet_attestation::Config>::WeightInfo;
    type Channels = <Runtime as pallet_channels::Config>::WeightInfo;
    // The agenda stops after the task that fills a fourth of the block, in each of two queues.
    let dearest = Audits::draw().saturating_add(Audits::sweep());
    let agenda = MAXIMUM_BLOCK_WEIGHT / 4 + dearest;
    let begin = agenda * 2 + Audits::on_initialize() + Channels::seeds(16);
    assert!(begin.ref_time() < MAXIMUM_BLOCK_WEIGHT.ref_time() * 6 / 10);
}

#[test]
fn the_dearest_report_fits_into_a_block() {
    type Audits = <Runtime as pallet_attestation::Config>::WeightInfo;
    let items = pallet_attestation::types::MAX_ITEMS;
    let report = Audits::reveal_audit(items).saturating_add(Audits::authorize_reveal(items));
    let most = Weights::get().get(DispatchClass::Operational).max_extrinsic;
    assert!(report.ref_time() < MAXIMUM_BLOCK_WEIGHT.ref_time() / 4);
    assert!(most.is_none_or(|most| report.all_lte(most)));
}

/// A direct call weighs nothing by itself: what is counted is what its watcher adds.
#[test]
fn who_watches_stake_should_be_counted_in_the_block() {
    local().execute_with(|| {
        let by = || RuntimeOrigin::signed(account("Ferdie"));
        let counted = || System::block_weight().get(DispatchClass::Normal).ref_time();
        let before = counted();
        assert_ok!(Staking::bond(by(), 500 * SOUK, RewardDestination::Stash));
        assert_eq!(counted(), before);
        assert_ok!(Staking::nominate(by(), vec![account("Bob").into()]));
        let once = counted() - before;
        assert!(once > 0);
        assert_ok!(Staking::bond_extra(by(), SOUK));
        assert_eq!(counted(), before + 2 * once);
    });
}
