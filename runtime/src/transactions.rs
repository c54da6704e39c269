//! Transaction extensions, and how the node's own transactions are built.

use crate::{Address, Runtime, RuntimeCall, Signature};
use frame_system::offchain::{
    CreateAuthorizedTransaction, CreateBare, CreateTransaction, CreateTransactionBase,
};
use sp_runtime::generic;

/// What every transaction carries and is checked by. The order is part of the chain.
pub type TxExtension = (
    // First: an authorized call becomes its own origin before anything else looks at it.
    frame_system::AuthorizeCall<Runtime>,
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckEra<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
    frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
    // Last: gives back the weight that the others did not use.
    frame_system::WeightReclaim<Runtime>,
);

/// A transaction as it travels.
pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<Address, RuntimeCall, Signature, TxExtension>;

impl<C> CreateTransactionBase<C> for Runtime
where
    RuntimeCall: From<C>,
{
    type Extrinsic = UncheckedExtrinsic;
    type RuntimeCall = RuntimeCall;
}

impl<C> CreateTransaction<C> for Runtime
where
    RuntimeCall: From<C>,
{
    type Extension = TxExtension;

    fn create_transaction(call: RuntimeCall, extension: TxExtension) -> UncheckedExtrinsic {
        UncheckedExtrinsic::new_transaction(call, extension)
    }
}

impl<C> CreateAuthorizedTransaction<C> for Runtime
where
    RuntimeCall: From<C>,
{
    /// Immortal, nonce 0, no tip: such a call carries its own subject and deadline, and nobody pays for it.
    fn create_extension() -> TxExtension {
        (
            frame_system::AuthorizeCall::new(),
            frame_system::CheckNonZeroSender::new(),
            frame_system::CheckSpecVersion::new(),
            frame_system::CheckTxVersion::new(),
            frame_system::CheckGenesis::new(),
            frame_system::CheckEra::from(generic::Era::Immortal),
            frame_system::CheckNonce::from(0),
            frame_system::CheckWeight::new(),
            pallet_transaction_payment::ChargeTransactionPayment::from(0),
            frame_metadata_hash_extension::CheckMetadataHash::new(false),
            frame_system::WeightReclaim::new(),
        )
    }
}

/// Equivocation reports of BABE and GRANDPA are bare: their pallets check the proof.
impl<C> CreateBare<C> for Runtime
where
    RuntimeCall: From<C>,
{
    fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
        UncheckedExtrinsic::new_bare(call)
    }
}
