//! Bytes that a batch keeps in the chain's state, by storage item.

use super::blocks::Reader;
use crate::market::node;
use anyhow::{Context, Result};
use serde_json::{json, Value};
use std::collections::BTreeMap;

/// Pallets in which a batch leaves something.
const PALLETS: [&str; 4] = ["Channels", "Attestation", "Compute", "Balances"];

/// Storage items by name, for the report; what is not here is shown as its pallet's "other".
const NAMES: [(&str, &str); 19] = [
    ("Channels", "Channels"),
    ("Channels", "Batches"),
    ("Channels", "Ended"),
    ("Channels", "BatchesOf"),
    ("Channels", "Lanes"),
    ("Channels", "Queue"),
    ("Channels", "Unclaimed"),
    ("Channels", "Memories"),
    ("Channels", "MemorySpan"),
    ("Channels", "AdmitCursor"),
    ("Attestation", "Batches"),
    ("Attestation", "Audits"),
    ("Attestation", "OpenAudits"),
    ("Attestation", "Pots"),
    ("Attestation", "Agenda"),
    ("Attestation", "AgendaLen"),
    ("Attestation", "Cursor"),
    ("Compute", "Servings"),
    ("Balances", "Holds"),
];

/// Items that change from block to block or with channels, with or without batches: they are left out.
const NOT_OF_BATCHES: [(&str, &str); 5] = [
    ("Channels", "SeedAt"),
    ("Channels", "Unseeded"),
    ("Attestation", "BeaconRing"),
    ("Attestation", "LastAuthor"),
    ("Attestation", "Keys"),
];

/// Keys of one request.
const PAGE: usize = 500;
/// Hex digits of an item's key, with its `0x`.
const ITEM_DIGITS: usize = 66;

/// Bytes of keys and values, by `Pallet.Item`.
pub type Sizes = BTreeMap<String, i64>;

fn item_key(pallet: &str, item: &str) -> String {
    format!("0x{}", hex::encode(super::blocks::prefix(pallet, item)))
}

/// What the pallets' items take at a block.
pub async fn sizes(reader: &Reader, number: u32) -> Result<Sizes> {
    let hash = reader.chain().block_hash(number).await?.with_context(|| format!("no block {number}"))?;
    let at = format!("0x{}", hex::encode(hash));
    let names: BTreeMap<String, String> =
        NAMES.iter().map(|(pallet, item)| (item_key(pallet, item), format!("{pallet}.{item}"))).collect();
    let skipped = NOT_OF_BATCHES.map(|(pallet, item)| item_key(pallet, item));
    let mut all = Sizes::new();
    for pallet in PALLETS {
        let prefix = format!("0x{}", hex::encode(sp_crypto_hashing::twox_128(pallet.as_bytes())));
        let mut start = Value::Null;
        loop {
            let page =
                node::rpc(reader.rpc(), "state_getKeysPaged", json!([prefix, PAGE, start, at])).await?;
            let page = page.as_array().cloned().unwrap_or_default();
            let full = page.len() == PAGE;
            start = page.last().cloned().unwrap_or(Value::Null);
            let keys: Vec<Value> = page.into_iter().filter(|key| !skipped.contains(&item_of(key))).collect();
            if !keys.is_empty() {
                let sets = node::rpc(reader.rpc(), "state_queryStorageAt", json!([keys, at])).await?;
                for change in sets[0]["changes"].as_array().into_iter().flatten() {
                    let name = names.get(&item_of(&change[0])).cloned();
                    let name = name.unwrap_or_else(|| format!("{pallet}, other"));
                    *all.entry(name).or_default() += hex_len(&change[0]) + hex_len(&change[1]);
                }
            }
            if !full {
                break;
            }
        }
    }
    Ok(all)
}

/// The item that a key belongs to.
fn item_of(key: &Value) -> String {
    key.as_str().unwrap_or_default().chars().take(ITEM_DIGITS).collect()
}

fn hex_len(value: &Value) -> i64 {
    value.as_str().map_or(0, |text| (text.len() as i64 - 2).max(0) / 2)
}

/// Items that changed between two looks, and the whole change.
pub fn change(before: &Sizes, after: &Sizes) -> (i64, Vec<(String, i64)>) {
    let mut parts = Vec::new();
    for name in before.keys().chain(after.keys().filter(|name| !before.contains_key(*name))) {
        let of = |sizes: &Sizes| sizes.get(name).copied().unwrap_or(0);
        let change = of(after) - of(before);
        if change != 0 {
            parts.push((name.clone(), change));
        }
    }
    (parts.iter().map(|(_, change)| change).sum(), parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn change_should_name_what_came_went_and_grew() {
        let before = Sizes::from([("A.B".into(), 10), ("A.C".into(), 5), ("A.D".into(), 7)]);
        let after = Sizes::from([("A.B".into(), 30), ("A.C".into(), 5), ("A.E".into(), 2)]);
        let parts = vec![("A.B".into(), 20), ("A.D".into(), -7), ("A.E".into(), 2)];
        assert_eq!(change(&before, &after), (15, parts));
    }

    #[test]
    fn item_should_be_found_from_any_of_its_keys() {
        let key = item_key("Channels", "Batches") + "00112233";
        assert_eq!(item_of(&json!(key)), item_key("Channels", "Batches"));
    }
}
