//! What blocks carry: transactions with their bytes, events and weights, read from the chain as it stands.

use crate::market::node;
use anyhow::{Context, Result};
use codec::{Compact, Decode};
use serde_json::{json, Value};
use souk_client::{Chain, Event, Head};

/// A transaction of a block.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Its bytes, as the block carries them.
    pub bytes: Vec<u8>,
    /// Its events.
    pub events: Vec<Event>,
}

/// Weight as a block counts it: nanoseconds/1000 of processor time, and bytes of proof.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Picoseconds.
    pub time: u64,
    /// Bytes.
    pub proof: u64,
}

impl Transaction {
    /// Whether it has an event of this name.
    pub fn has(&self, pallet: &str, name: &str) -> bool {
        self.count(pallet, name) > 0
    }

    /// How many events of this name it has.
    pub fn count(&self, pallet: &str, name: &str) -> usize {
        self.events.iter().filter(|event| event.pallet == pallet && event.name == name).count()
    }

    /// The weight that its `ExtrinsicSuccess` reports: the call, the transaction extensions, and what every transaction
    /// costs.
    pub fn weight(&self) -> Option<Weight> {
        let success = self.events.iter().find(|e| e.pallet == "System" && e.name == "ExtrinsicSuccess")?;
        let mut fields = success.fields.as_slice();
        let time = Compact::<u64>::decode(&mut fields).ok()?.0;
        let proof = Compact::<u64>::decode(&mut fields).ok()?.0;
        Some(Weight { time, proof })
    }
}

/// A block with everything in it.
pub struct Block {
    /// Its number and hash.
    pub head: Head,
    /// Its time, milliseconds since 1970.
    pub time: u64,
    /// Its transactions.
    pub transactions: Vec<Transaction>,
    /// Events of no transaction: of hooks.
    pub hooks: Vec<Event>,
}

/// Reads blocks of one chain.
pub struct Reader {
    chain: Chain,
    rpc: u16,
}

fn from_hex(text: &str) -> Result<Vec<u8>> {
    Ok(hex::decode(text.trim_start_matches("0x"))?)
}

impl Reader {
    /// Reads through the node at this RPC port.
    pub fn new(chain: Chain, rpc: u16) -> Self {
        Reader { chain, rpc }
    }

    /// The block with this number, which must be final.
    pub async fn block(&self, number: u32) -> Result<Block> {
        let hash = self.chain.block_hash(number).await?.with_context(|| format!("no block {number}"))?;
        let text = format!("0x{}", hex::encode(hash));
        let answer = node::rpc(self.rpc, "chain_getBlock", json!([text])).await?;
        let list = answer["block"]["extrinsics"].as_array().cloned().unwrap_or_default();
        let mut transactions = Vec::new();
        for item in &list {
            let bytes = from_hex(item.as_str().unwrap_or_default())?;
            transactions.push(Transaction { bytes, events: Vec::new() });
        }
        let mut hooks = Vec::new();
        for event in self.chain.events(&hash).await? {
            match event.extrinsic.and_then(|index| transactions.get_mut(index as usize)) {
                Some(transaction) => transaction.events.push(event),
                None => hooks.push(event),
            }
        }
        let now = self.chain.storage_at(&hash, &prefix("Timestamp", "Now")).await?.unwrap_or_default();
        let time = u64::decode(&mut now.as_slice()).context("a block without a time")?;
        Ok(Block { head: Head { number, hash }, time, transactions, hooks })
    }

    /// Weight of a transaction as the fee is made from it: the call and the transaction extensions, nothing else.
    pub async fn asked_weight(&self, bytes: &[u8]) -> Result<Weight> {
        let text = format!("0x{}", hex::encode(bytes));
        let info = node::rpc(self.rpc, "payment_queryInfo", json!([text])).await?;
        let part = |name: &str| number(&info["weight"][name]);
        Ok(Weight {
            time: part("ref_time").context("no weight")?,
            proof: part("proof_size").context("no weight")?,
        })
    }

    /// The chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// RPC port of the node.
    pub fn rpc(&self) -> u16 {
        self.rpc
    }
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// Key of a storage item.
pub fn prefix(pallet: &str, item: &str) -> Vec<u8> {
    [sp_crypto_hashing::twox_128(pallet.as_bytes()), sp_crypto_hashing::twox_128(item.as_bytes())].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use codec::Encode;

    #[test]
    fn weight_should_be_read_from_the_success_event() {
        let event = Event {
            pallet: "System".into(),
            name: "ExtrinsicSuccess".into(),
            fields: (Compact(123_456_789u64), Compact(4_096u64), 0u8, 0u8).encode(),
            extrinsic: Some(1),
        };
        let mut transaction = Transaction { bytes: Vec::new(), events: vec![event] };
        assert_eq!(transaction.weight(), Some(Weight { time: 123_456_789, proof: 4_096 }));
        transaction.events.clear();
        assert_eq!(transaction.weight(), None);
    }
}
