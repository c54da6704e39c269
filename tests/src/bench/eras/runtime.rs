//! The runtime's wasm without a node: blocks made one after the other on a state in memory.

use anyhow::{anyhow, bail, Context, Result};
use codec::{Decode, Encode};
use sc_chain_spec::{json_merge, GenesisConfigBuilderRuntimeCaller};
use sc_executor::{HeapAllocStrategy, WasmExecutor};
use serde_json::Value;
use sp_consensus_babe::{
    digests::{CompatibleDigestItem, PreDigest, SecondaryPlainPreDigest},
    Slot,
};
use sp_core::{
    storage::well_known_keys::CODE,
    traits::{CallContext, CodeExecutor, RuntimeCode, WrappedRuntimeCode},
    Blake2Hasher, H256,
};
use sp_externalities::Externalities;
use sp_inherents::InherentData;
use sp_runtime::{
    generic,
    traits::{BlakeTwo256, Hash, Header as _},
    ApplyExtrinsicResult, Digest, DigestItem, OpaqueExtrinsic,
};
use sp_state_machine::TestExternalities;
use std::time::{Duration, Instant};

type Header = generic::Header<u32, BlakeTwo256>;

/// Milliseconds of a slot: the chain's.
const SLOT: u64 = 3_000;

/// A chain in memory.
pub struct Runtime {
    code: Vec<u8>,
    /// Of the code, once: it has megabytes.
    hash: Vec<u8>,
    executor: WasmExecutor<sp_io::SubstrateHostFunctions>,
    state: TestExternalities<Blake2Hasher>,
    head: Header,
    authors: u32,
}

/// What a block took.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// To make it: its hooks and inherents, and the root of its state.
    pub time: Duration,
    /// Its weight in all classes, in picoseconds.
    pub weight: u64,
}

impl Runtime {
    /// The chain of this wasm at its genesis: the preset with the patch. Its blocks have `authors` authors in turn.
    pub fn new(code: Vec<u8>, preset: &str, patch: Value, authors: u32) -> Result<Self> {
        let caller = GenesisConfigBuilderRuntimeCaller::<sp_io::SubstrateHostFunctions>::new(&code);
        let text = |error: String| anyhow!(error);
        let mut genesis = caller.get_named_preset(Some(&preset.to_string())).map_err(text)?;
        json_merge(&mut genesis, patch);
        let mut storage = caller.get_storage_for_patch(genesis).map_err(text)?;
        storage.top.insert(CODE.to_vec(), code.clone());
        let strategy = HeapAllocStrategy::Dynamic { maximum_pages: None };
        let executor = WasmExecutor::builder()
            .with_onchain_heap_alloc_strategy(strategy)
            .with_offchain_heap_alloc_strategy(strategy)
            .build();
        let head = header(0, H256::zero(), Digest::default());
        let hash = BlakeTwo256::hash(&code).as_bytes().to_vec();
        Ok(Self { code, hash, executor, state: TestExternalities::new(storage), head, authors })
    }

    fn call<R: Decode>(&mut self, method: &str, data: &[u8]) -> Result<R> {
        let fetcher = WrappedRuntimeCode((&self.code).into());
        let code = RuntimeCode { code_fetcher: &fetcher, heap_pages: None, hash: self.hash.clone() };
        let mut ext = self.state.ext();
        let (answer, _) =
            self.executor.call(&mut ext, &code, method, data, CallContext::Onchain { import: false });
        let answer = answer.with_context(|| method.to_string())?;
        R::decode(&mut answer.as_slice()).with_context(|| format!("answer of {method}"))
    }

    /// Makes the next block, with nothing in it but its inherents.
    pub fn block(&mut self) -> Result<Cost> {
        let number = self.head.number + 1;
        let slot = Slot::from(u64::from(number));
        let claim = SecondaryPlainPreDigest { authority_index: number % self.authors, slot };
        let digest = Digest { logs: vec![DigestItem::babe_pre_digest(PreDigest::SecondaryPlain(claim))] };
        let next = header(number, self.head.hash(), digest);
        let mut inherents = InherentData::new();
        let now = sp_timestamp::InherentType::new(u64::from(number) * SLOT);
        inherents.put_data(sp_timestamp::INHERENT_IDENTIFIER, &now)?;

        let begun = Instant::now();
        let _: sp_runtime::ExtrinsicInclusionMode = self.call("Core_initialize_block", &next.encode())?;
        let extrinsics: Vec<OpaqueExtrinsic> =
            self.call("BlockBuilder_inherent_extrinsics", &inherents.encode())?;
        for extrinsic in extrinsics {
            let applied: ApplyExtrinsicResult =
                self.call("BlockBuilder_apply_extrinsic", &extrinsic.encode())?;
            match applied {
                Ok(Ok(())) => {}
                other => bail!("an inherent of block {number} failed: {other:?}"),
            }
        }
        self.head = self.call("BlockBuilder_finalize_block", &[])?;
        let time = begun.elapsed();
        self.state.commit_all().map_err(|error| anyhow!(error))?;
        let weights =
            self.value::<[(codec::Compact<u64>, codec::Compact<u64>); 3]>("System", "BlockWeight")?;
        let weight = weights.context("a block without a weight")?.iter().map(|(time, _)| time.0).sum();
        Ok(Cost { time, weight })
    }

    /// A storage value.
    pub fn value<T: Decode>(&mut self, pallet: &str, item: &str) -> Result<Option<T>> {
        let bytes = self.state.ext().storage(&crate::bench::blocks::prefix(pallet, item));
        bytes.map(|bytes| T::decode(&mut bytes.as_slice())).transpose().context("a value of another shape")
    }

    /// All rows under a prefix: what follows it in their keys, and what they hold.
    pub fn rows(&mut self, prefix: &[u8]) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut ext = self.state.ext();
        let mut rows = Vec::new();
        let mut key = prefix.to_vec();
        while let Some(next) = ext.next_storage_key(&key).filter(|next| next.starts_with(prefix)) {
            let value = ext.storage(&next).unwrap_or_default();
            rows.push((next[prefix.len()..].to_vec(), value));
            key = next;
        }
        rows
    }
}

fn header(number: u32, parent: H256, digest: Digest) -> Header {
    Header::new(number, H256::zero(), H256::zero(), parent, digest)
}
