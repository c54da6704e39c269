//! Transactions: extensions, fees, what the node makes itself.

use super::{
    harness::*,
    market::{extension, sign},
};
use crate::{
    constants::currency::{MILLISOUK, SOUK},
    AccountId, Balances, Executive, Runtime, RuntimeCall, Session, SignedPayload, System, TxExtension,
    UncheckedExtrinsic,
};
use codec::{Decode, Encode};
use frame_support::traits::fungible::Inspect;
use frame_system::offchain::{CreateAuthorizedTransaction, CreateBare};
use sp_keyring::Sr25519Keyring::{self, Alice, Bob};
use sp_runtime::{
    traits::TransactionExtension,
    transaction_validity::{InvalidTransaction, TransactionValidityError},
};

fn signed(who: Sr25519Keyring, nonce: u32, tip: u128, call: RuntimeCall) -> UncheckedExtrinsic {
    sign(&who.pair(), nonce, tip, call)
}

fn transfer(to: Sr25519Keyring, value: u128) -> RuntimeCall {
    RuntimeCall::Balances(pallet_balances::Call::transfer_keep_alive {
        dest: to.to_account_id().into(),
        value,
    })
}

#[test]
fn extensions_should_come_in_the_order_that_wallets_know() {
    let names: Vec<_> = <TxExtension as TransactionExtension<RuntimeCall>>::metadata()
        .into_iter()
        .map(|extension| extension.identifier)
        .collect();
    assert_eq!(
        names,
        [
            "AuthorizeCall",
            "CheckNonZeroSender",
            "CheckSpecVersion",
            "CheckTxVersion",
            "CheckGenesis",
            "CheckMortality",
            "CheckNonce",
            "CheckWeight",
            "ChargeTransactionPayment",
            "CheckMetadataHash",
            "WeightReclaim",
        ]
    );
}

#[test]
fn a_fee_should_be_half_burnt_and_half_the_authors() {
    local().execute_with(|| {
        run_to(1);
        let author: AccountId = Session::validators()[1].clone();
        let payer = Sr25519Keyring::Eve;
        let (issuance, before) =
            (Balances::total_issuance(), Balances::total_balance(&payer.to_account_id()));
        let earned = Balances::total_balance(&author);
        let tip = 7 * MILLISOUK;
        block_by(1, vec![signed(payer, 0, tip, transfer(Sr25519Keyring::Ferdie, SOUK))]);

        let paid = before - SOUK - Balances::total_balance(&payer.to_account_id());
        let fee = paid - tip;
        let burnt = issuance - Balances::total_issuance();
        assert_eq!(burnt, fee / 2);
        assert_eq!(Balances::total_balance(&author) - earned, fee - burnt + tip);
        // A transfer costs some ten-thousandths of a SOUK.
        assert!((MILLISOUK / 10..2 * MILLISOUK).contains(&fee), "the fee is {fee}");
    });
}

#[test]
fn a_transaction_should_be_refused_when_replayed_or_signed_by_another() {
    local().execute_with(|| {
        run_to(1);
        let first = signed(Alice, 0, 0, transfer(Bob, SOUK));
        block_by(0, vec![first.clone()]);
        let check = |tx| {
            Executive::validate_transaction(
                sp_runtime::transaction_validity::TransactionSource::External,
                tx,
                System::block_hash(System::block_number()),
            )
        };
        assert_eq!(check(first), Err(TransactionValidityError::Invalid(InvalidTransaction::Stale)));
        let forged = {
            let call = transfer(Bob, SOUK);
            let extension = extension(1, 0);
            let payload = SignedPayload::new(call.clone(), extension.clone()).unwrap();
            let signature = payload.using_encoded(|bytes| Bob.sign(bytes));
            UncheckedExtrinsic::new_signed(call, Alice.to_account_id().into(), signature.into(), extension)
        };
        assert_eq!(check(forged), Err(TransactionValidityError::Invalid(InvalidTransaction::BadProof)));
    });
}

#[test]
fn the_nodes_own_transactions_should_survive_the_wire() {
    let call = RuntimeCall::System(frame_system::Call::remark { remark: vec![1, 2, 3] });
    let authorized =
        <Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_authorized_transaction(call.clone());
    let bare = <Runtime as CreateBare<RuntimeCall>>::create_bare(call);
    for transaction in [authorized, bare] {
        let bytes = transaction.encode();
        assert_eq!(UncheckedExtrinsic::decode(&mut &bytes[..]).unwrap().encode(), bytes);
    }
}

#[test]
fn a_call_that_nothing_authorizes_should_be_refused() {
    local().execute_with(|| {
        run_to(1);
        let call = transfer(Bob, SOUK);
        let transaction =
            <Runtime as CreateAuthorizedTransaction<RuntimeCall>>::create_authorized_transaction(call);
        let validity = Executive::validate_transaction(
            sp_runtime::transaction_validity::TransactionSource::Local,
            transaction,
            System::block_hash(1),
        );
        assert!(validity.is_err());
    });
}
