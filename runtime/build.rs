//! Builds the runtime for the chain (wasm) beside the native library.

fn main() {
    #[cfg(feature = "std")]
    substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
