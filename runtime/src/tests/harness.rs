//! Builds a preset's genesis and runs real blocks on it.

use crate::{genesis, BlockNumber, Executive, Header, Runtime, RuntimeCall, System, UncheckedExtrinsic};
use codec::Encode;
use frame_support::traits::Get;
use serde_json::Value;
use sp_consensus_babe::{
    digests::{PreDigest, SecondaryPlainPreDigest},
    Slot, BABE_ENGINE_ID,
};
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder;
use sp_runtime::{traits::Header as _, Digest, DigestItem};

/// The slot of block 1.
pub const FIRST_SLOT: u64 = 1_000_000;

/// The whole genesis of a preset, as a node would build it: the default with the preset's patch merged over it.
pub fn genesis_json(preset: &str) -> Value {
    let default = Runtime::get_preset(&None).expect("the default genesis serialises");
    let patch = Runtime::get_preset(&Some(preset.into())).expect("the preset exists");
    let mut json: Value = serde_json::from_slice(&default).unwrap();
    merge(&mut json, serde_json::from_slice(&patch).unwrap());
    json
}

fn merge(base: &mut Value, patch: Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, patch) => *base = patch,
    }
}

/// Externalities at the genesis of a preset.
pub fn at_genesis(preset: &str) -> sp_io::TestExternalities {
    from_json(genesis_json(preset))
}

/// Externalities at the genesis that the JSON describes.
pub fn from_json(json: Value) -> sp_io::TestExternalities {
    let mut ext = sp_io::TestExternalities::default();
    ext.execute_with(|| {
        Runtime::build_state(serde_json::to_vec(&json).unwrap()).expect("the genesis builds");
    });
    ext.commit_all().unwrap();
    ext
}

/// Externalities of the local network.
pub fn local() -> sp_io::TestExternalities {
    at_genesis(genesis::LOCAL)
}

/// The digest of a block that authority 0 makes in `slot`.
pub fn digest(author: u32, slot: Slot) -> Digest {
    let pre = PreDigest::SecondaryPlain(SecondaryPlainPreDigest { authority_index: author, slot });
    Digest { logs: vec![DigestItem::PreRuntime(BABE_ENGINE_ID, pre.encode())] }
}

/// Runs the next block, made by `author`, with these extrinsics; each must apply.
pub fn block_by(author: u32, extrinsics: Vec<UncheckedExtrinsic>) -> Header {
    let number = System::block_number() + 1;
    let slot = Slot::from(FIRST_SLOT + u64::from(number) - 1);
    let header = Header::new(
        number,
        Default::default(),
        Default::default(),
        System::block_hash(number - 1),
        digest(author, slot),
    );
    Executive::initialize_block(&header);
    let now = *slot * crate::constants::time::SLOT_MILLIS;
    let inherent = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now });
    Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(inherent)).unwrap().unwrap();
    for extrinsic in extrinsics {
        Executive::apply_extrinsic(extrinsic).expect("the extrinsic is valid").expect("and succeeds");
    }
    Executive::finalize_block()
}

/// Runs empty blocks by authority 0 until block `number` is done.
pub fn run_to(number: BlockNumber) {
    while System::block_number() < number {
        block_by(0, vec![]);
    }
}

/// Slots in an epoch of this chain.
pub fn epoch() -> BlockNumber {
    <Runtime as pallet_babe::Config>::EpochDuration::get() as BlockNumber
}
