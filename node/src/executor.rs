//! What runs the chain's wasm.

use sc_executor::{HeapAllocStrategy, WasmExecutor, DEFAULT_HEAP_ALLOC_STRATEGY};
use sc_service::{error::Error as ServiceError, Configuration};
use std::{fs, os::unix::fs::DirBuilderExt, path::Path};

/// Runs the chain's wasm.
pub type Executor = WasmExecutor<sp_io::SubstrateHostFunctions>;

/// The executor that `config` asks for. Unlike the SDK's own it keeps compiled runtimes on disk: compiling takes
/// seconds at each start, twice as long where several nodes share two cores.
pub fn new(config: &Configuration, cache: Option<&Path>) -> Result<Executor, ServiceError> {
    let cache = cache.map_or_else(|| config.base_path.path().join("wasm-cache"), Path::to_path_buf);
    // Its contents are native code that is run without a further check, so it is for the owner alone.
    fs::DirBuilder::new().recursive(true).mode(0o700).create(&cache)?;
    let settings = &config.executor;
    let heap = settings
        .default_heap_pages
        .map_or(DEFAULT_HEAP_ALLOC_STRATEGY, |pages| HeapAllocStrategy::Static { extra_pages: pages as _ });
    Ok(Executor::builder()
        .with_execution_method(settings.wasm_method)
        .with_onchain_heap_alloc_strategy(heap)
        .with_offchain_heap_alloc_strategy(heap)
        .with_max_runtime_instances(settings.max_runtime_instances)
        .with_runtime_cache_size(settings.runtime_cache_size)
        .with_cache_path(cache.canonicalize()?)
        .build())
}
