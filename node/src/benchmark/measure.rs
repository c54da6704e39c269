//! Runs a runtime's benchmarks: each on a fresh state in memory, once with every read and write recorded, then for time.

use super::{text, PalletCmd};
use codec::{Decode, Encode};
use frame_benchmarking::{
    benchmarking, BenchmarkBatch, BenchmarkList, BenchmarkMetadata, BenchmarkParameter, BenchmarkResult,
};
use frame_support::traits::StorageInfo;
use sc_chain_spec::GenesisConfigBuilderRuntimeCaller;
use sc_client_db::BenchmarkingState;
use sc_executor::{HeapAllocStrategy, WasmExecutor};
use sp_core::{
    storage::{well_known_keys::CODE, Storage},
    traits::{CallContext, RuntimeCode, WrappedRuntimeCode},
};
use sp_externalities::Extensions;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::traits::{BlakeTwo256, Hash};
use sp_state_machine::StateMachine;

type HostFunctions = (sp_io::SubstrateHostFunctions, benchmarking::HostFunctions);
type State = BenchmarkingState<BlakeTwo256>;
type Components = Vec<(BenchmarkParameter, u32)>;

/// A runtime that is measured.
pub struct Bench {
    code: Vec<u8>,
    executor: WasmExecutor<HostFunctions>,
    /// Counts reads and writes and records proofs.
    counting: State,
    /// Does neither, so that the time is that of a node.
    timing: State,
}

/// What was measured of one benchmark.
pub struct Results {
    /// For each value of each component: time.
    pub times: Vec<BenchmarkResult>,
    /// For each value of each component: reads, writes, and the keys.
    pub accesses: Vec<BenchmarkResult>,
}

impl Bench {
    /// Loads the runtime and builds its genesis.
    pub fn new(cmd: &PalletCmd) -> sc_cli::Result<Self> {
        let code = std::fs::read(&cmd.runtime)?;
        let genesis = genesis(cmd, &code)?;
        let strategy = HeapAllocStrategy::Dynamic { maximum_pages: Some(4_096) };
        Ok(Self {
            executor: WasmExecutor::builder()
                // What only the SDK's own tool provides is a second log level.
                .with_allow_missing_host_functions(true)
                .with_onchain_heap_alloc_strategy(strategy)
                .with_offchain_heap_alloc_strategy(strategy)
                .build(),
            counting: State::new(genesis.clone(), None, true, true)?,
            timing: State::new(genesis, None, false, false)?,
            code,
        })
    }

    fn call<R: Decode>(&self, state: &State, method: &str, data: &[u8]) -> sc_cli::Result<R> {
        let fetcher = WrappedRuntimeCode((&self.code).into());
        let runtime = RuntimeCode {
            code_fetcher: &fetcher,
            heap_pages: None,
            hash: BlakeTwo256::hash(&self.code).as_bytes().to_vec(),
        };
        let mut extensions = Extensions::default();
        extensions.register(KeystoreExt::new(MemoryKeystore::new()));
        let mut overlay = Default::default();
        let answer = StateMachine::new(
            state,
            &mut overlay,
            &self.executor,
            method,
            data,
            &mut extensions,
            &runtime,
            CallContext::Offchain,
        )
        .execute()
        .map_err(|error| format!("{method}: {error}; is the runtime built with `runtime-benchmarks`?"))?;
        R::decode(&mut answer.as_slice()).map_err(|error| format!("{method}: {error}").into())
    }

    /// What can be measured, and what is stored where.
    pub fn metadata(&self) -> sc_cli::Result<(Vec<BenchmarkList>, Vec<StorageInfo>)> {
        self.call(&self.timing, "Benchmark_benchmark_metadata", &false.encode())
    }

    /// Measures one benchmark. Its own checks run first, once for each value.
    pub fn run(
        &self,
        pallet: &BenchmarkList,
        benchmark: &BenchmarkMetadata,
        steps: u32,
        repeat: u32,
    ) -> sc_cli::Result<Results> {
        let dispatch = |state: &State, components: &Components, verify: bool, repeat: u32| {
            let config =
                (&pallet.pallet, &pallet.instance, &benchmark.name, components, verify, repeat).encode();
            let batches: Result<Vec<BenchmarkBatch>, String> =
                self.call(state, "Benchmark_dispatch_benchmark", &config)?;
            let batches = batches
                .map_err(|error| format!("{}::{}: {error}", text(&pallet.pallet), text(&benchmark.name)))?;
            let results = batches.into_iter().flat_map(|batch| batch.results);
            Ok::<_, sc_cli::Error>(results.collect::<Vec<_>>())
        };
        let mut results = Results { times: Vec::new(), accesses: Vec::new() };
        for components in values(benchmark, steps) {
            dispatch(&self.timing, &components, true, 1)?;
            results.accesses.extend(dispatch(&self.counting, &components, false, 1)?);
            results.times.extend(dispatch(&self.timing, &components, false, repeat)?);
        }
        Ok(results)
    }
}

/// Genesis of the preset and its patch.
fn genesis(cmd: &PalletCmd, code: &[u8]) -> sc_cli::Result<Storage> {
    let caller = GenesisConfigBuilderRuntimeCaller::<HostFunctions>::new(code);
    let mut preset = caller.get_named_preset(Some(&cmd.genesis_builder_preset))?;
    if let Some(file) = &cmd.genesis_patch {
        let patch = serde_json::from_slice(&std::fs::read(file)?)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        sc_chain_spec::json_merge(&mut preset, patch);
    }
    let mut storage = caller.get_storage_for_patch(preset)?;
    storage.top.insert(CODE.to_vec(), code.to_vec());
    Ok(storage)
}

/// The values to measure: each component from its least to its most in `steps` steps, the others at their most.
fn values(benchmark: &BenchmarkMetadata, steps: u32) -> Vec<Components> {
    if benchmark.components.is_empty() {
        return vec![Vec::new()];
    }
    let mut values = Vec::new();
    for (name, low, high) in &benchmark.components {
        let span = u64::from(high.saturating_sub(*low));
        for step in 0..u64::from(steps) {
            let value = u64::from(*low) + span * step / u64::from(steps.saturating_sub(1).max(1));
            let of = |other: &BenchmarkParameter, most: u32| {
                if other == name {
                    u32::try_from(value).unwrap_or(most)
                } else {
                    most
                }
            };
            values.push(benchmark.components.iter().map(|(n, _, most)| (*n, of(n, *most))).collect());
        }
    }
    values.dedup();
    values
}
