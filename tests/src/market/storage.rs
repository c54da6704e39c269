//! Values of the chain's state that the client has no typed read for.

use anyhow::{ensure, Context, Result};
use codec::Decode;
use souk_client::Chain;
use souk_primitives::Digest;
use sp_crypto_hashing::{blake2_128, twox_128, twox_64};

/// Key of a value of a pallet, or of a map in it.
pub fn key(pallet: &str, item: &str) -> Vec<u8> {
    [twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

/// Key of an entry of a map that hashes with `Twox64Concat`.
pub fn twox(pallet: &str, item: &str, entry: &[u8]) -> Vec<u8> {
    [key(pallet, item), twox_64(entry).to_vec(), entry.to_vec()].concat()
}

/// Key of an entry of a map that hashes with `Blake2_128Concat`.
pub fn blake2(pallet: &str, item: &str, entry: &[u8]) -> Vec<u8> {
    [key(pallet, item), blake2_128(entry).to_vec(), entry.to_vec()].concat()
}

/// The value under a key in a block's state; `None` when there is none.
pub async fn read<T: Decode>(chain: &Chain, at: &Digest, key: &[u8]) -> Result<Option<T>> {
    let Some(bytes) = chain.storage_at(at, key).await? else { return Ok(None) };
    Ok(Some(whole(&bytes)?))
}

/// Decodes all of the bytes: what is left over means that the type is another one.
pub fn whole<T: Decode>(mut bytes: &[u8]) -> Result<T> {
    let value = T::decode(&mut bytes).context("the bytes are not of that type")?;
    ensure!(bytes.is_empty(), "{} bytes too many for that type", bytes.len());
    Ok(value)
}
