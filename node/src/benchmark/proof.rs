//! What a benchmark touched, and how large a proof of it could be at most. This chain has no relay chain that would
//! check proofs, so nothing is limited by them; they are stated all the same.

use super::text;
use frame_benchmarking::BenchmarkResult;
use frame_support::traits::StorageInfo;
use std::collections::{BTreeMap, HashSet};

/// Values that a map is assumed to have.
const WORST_CASE_MAP: u32 = 1_000_000;
/// Bytes of the 15 siblings in a layer of the trie.
const LAYER: u32 = 15 * 33;
/// Layers of the trie above those of a map.
const EXTRA_LAYERS: u32 = 2;

/// What was touched.
pub struct Touched {
    /// A comment for each storage item.
    pub comments: Vec<String>,
    /// By storage item: the measurements, with the size of the proof of this item alone.
    pub by_item: BTreeMap<Vec<u8>, Vec<BenchmarkResult>>,
}

/// Bytes of a proof that one read of an item costs, beside the value.
fn path(max_values: Option<u32>) -> u32 {
    let mut values = max_values.unwrap_or(WORST_CASE_MAP);
    let mut depth: u32 = 1;
    while values > 16 {
        values = values.div_ceil(16);
        depth += 1;
    }
    depth * LAYER
}

impl Touched {
    /// Reads the keys of all measurements.
    pub fn of(results: &[BenchmarkResult], storage: &[StorageInfo]) -> Self {
        let mut touched = Self { comments: Vec::new(), by_item: BTreeMap::new() };
        let mut named = HashSet::new();
        // The largest values come last, and their numbers are what the comments state.
        for result in results.iter().rev() {
            let mut sums = BTreeMap::<Vec<u8>, (u32, u32)>::new();
            for (key, reads, writes, whitelisted) in &result.keys {
                if !whitelisted {
                    let sum = sums.entry(key[..key.len().min(32)].to_vec()).or_default();
                    sum.0 += reads;
                    sum.1 += writes;
                }
            }
            for (prefix, (reads, writes)) in sums {
                let info = storage.iter().find(|info| info.prefix == prefix);
                let name = info.map_or_else(
                    || format!("0x{}", hex::encode(&prefix)),
                    |info| format!("{}::{}", text(&info.pallet_name), text(&info.storage_name)),
                );
                let sized = info.and_then(|info| info.max_size);
                let each = path(info.and_then(|info| info.max_values));
                let mut alone = result.clone();
                alone.proof_size = match sized {
                    Some(size) => (each + size) * reads,
                    // Without a bound, what was measured has to do.
                    None => result.proof_size + each * reads,
                };
                if reads > 0 {
                    alone.proof_size += LAYER * EXTRA_LAYERS;
                }
                touched.by_item.entry(prefix.clone()).or_default().push(alone);
                if named.insert(prefix) {
                    let size = sized.map_or("unbounded".into(), |size| format!("at most {size} bytes"));
                    touched.comments.push(format!("`{name}` (r:{reads} w:{writes}), {size}"));
                }
            }
        }
        touched
    }
}
