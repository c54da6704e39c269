//! Builds a preset's genesis and runs real blocks on it.

use crate::{
    genesis, parameters::Overrides, Babe, BlockNumber, Executive, Header, Parameters, Runtime, RuntimeCall,
    RuntimeOrigin, RuntimeParameters, Session, System, UncheckedExtrinsic,
};
use codec::Encode;
use frame_support::{assert_ok, traits::Get};
use serde_json::Value;
use sp_consensus_babe::{
    digests::{PreDigest, SecondaryPlainPreDigest, SecondaryVRFPreDigest},
    make_vrf_sign_data, Slot, BABE_ENGINE_ID,
};
use sp_core::{crypto::VrfSecret, sr25519, Pair};
use sp_genesis_builder::runtime_decl_for_genesis_builder::GenesisBuilder;
use sp_runtime::{traits::Header as _, Digest, DigestItem, Permill};

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

/// Externalities of a production network with local's validators.
pub fn production() -> sp_io::TestExternalities {
    let mut json = genesis_json(genesis::PRODUCTION);
    let local = genesis_json(genesis::LOCAL);
    json["session"]["keys"] = local["session"]["keys"].clone();
    json["staking"]["stakers"] = local["staking"]["stakers"].clone();
    json["staking"]["validatorCount"] = 4.into();
    json["balances"]["balances"] = local["balances"]["balances"].clone();
    from_json(json)
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
    initialize(digest(author, next_slot()));
    for extrinsic in extrinsics {
        Executive::apply_extrinsic(extrinsic).expect("the extrinsic is valid").expect("and succeeds");
    }
    Executive::finalize_block()
}

fn next_slot() -> Slot {
    Slot::from(FIRST_SLOT + u64::from(System::block_number()))
}

/// Starts the next block, with its inherent.
fn initialize(digest: Digest) {
    let number = System::block_number() + 1;
    let now = *next_slot() * crate::constants::time::SLOT_MILLIS;
    let parent = System::block_hash(number - 1);
    Executive::initialize_block(&Header::new(number, Default::default(), Default::default(), parent, digest));
    let inherent = RuntimeCall::Timestamp(pallet_timestamp::Call::set { now });
    Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(inherent)).unwrap().unwrap();
}

/// Ends the emission, for tests that count every unit of what a slash or a fee burns.
pub fn without_emission() {
    let overrides = Overrides { emission_rate: Some(Permill::zero()), ..Default::default() };
    for parameter in Vec::<RuntimeParameters>::from(overrides) {
        assert_ok!(Parameters::set_parameter(RuntimeOrigin::root(), parameter));
    }
}

/// The key pair of `//name`.
pub fn pair(name: &str) -> sr25519::Pair {
    sr25519::Pair::from_string(&format!("//{name}"), None).unwrap()
}

/// Starts a block that has room for transactions: the first of a session is full with the change of sessions.
pub fn open_block() {
    if start_block() {
        close_block();
        start_block();
    }
}

/// Starts a block with a VRF, as real ones have, by the next authority that may author. Returns whether it is the first
/// of a session.
pub fn start_block() -> bool {
    let session = Session::current_index();
    let authorities = Babe::authorities();
    let disabled = Session::disabled_validators();
    let count = authorities.len() as u32;
    let turn = System::block_number() % count;
    let author = (0..count).map(|i| (turn + i) % count).find(|i| !disabled.contains(i)).unwrap();
    let key = authorities[author as usize].0.clone();
    let key = ["Alice", "Bob", "Charlie", "Dave"].map(pair).into_iter().find(|p| p.public() == *key.as_ref());
    let slot = next_slot();
    let data = make_vrf_sign_data(&Babe::randomness(), slot, pallet_babe::EpochIndex::<Runtime>::get());
    let pre = PreDigest::SecondaryVRF(SecondaryVRFPreDigest {
        authority_index: author,
        slot,
        vrf_signature: key.unwrap().vrf_sign(&data),
    });
    initialize(Digest { logs: vec![DigestItem::PreRuntime(BABE_ENGINE_ID, pre.encode())] });
    Session::current_index() > session
}

/// Ends a block.
pub fn close_block() {
    Executive::finalize_block();
}

/// Runs empty blocks with VRFs.
pub fn blocks(count: u32) {
    for _ in 0..count {
        start_block();
        close_block();
    }
}

/// Runs empty blocks with VRFs until block `number` is done.
pub fn run_blocks_to(number: BlockNumber) {
    blocks(number.saturating_sub(System::block_number()));
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
