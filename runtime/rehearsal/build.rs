//! Builds the runtime's wasm once more, with the feature `rehearsal`. It shares the compiled dependencies of the first
//! build, so this costs the runtime's own crate, and is done only when a whole workspace is built.

use std::path::Path;
use substrate_wasm_builder::WasmBuilder;

fn main() {
    let own = std::env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it; qed");
    let runtime = Path::new(&own).parent().expect("it lies in the runtime's folder; qed").join("Cargo.toml");
    WasmBuilder::new()
        .with_project(runtime)
        .expect("the runtime has a manifest; qed")
        .import_memory()
        .export_heap_base()
        .enable_feature("rehearsal")
        .set_file_name("rehearsal.rs")
        .build();
}
