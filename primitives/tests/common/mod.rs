//! What the tests of the published vectors share.

use serde_json::{json, Value};
use souk_primitives::{hash, Digest};
use std::path::PathBuf;

/// Bytes as `0x` hex.
pub fn hex(bytes: impl AsRef<[u8]>) -> Value {
    json!(format!("0x{}", hex::encode(bytes)))
}

/// A digest that a label and a number name.
pub fn digest(label: &str, i: u32) -> Digest {
    hash(&[label.as_bytes(), &i.to_le_bytes()])
}

/// Compares with what is published under `name`, or writes it.
pub fn check(name: &str, computed: Value) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/vectors").join(name);
    if std::env::var_os("SOUK_WRITE_VECTORS").is_some() {
        let text = serde_json::to_string_pretty(&computed).unwrap();
        std::fs::write(&path, text + "\n").unwrap();
    }
    let published: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert!(published == computed, "{name} is not what the code computes");
}
