//! Tells the node's version which commit it was built from.

fn main() {
    substrate_build_script_utils::generate_cargo_keys();
}
