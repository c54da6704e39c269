//! The connection to a chain.

use crate::{
    balance::AccountBalance,
    calls::Call,
    error::{Error, Result},
    events::Event,
    metadata::Runtime,
    rpc::{digest, from_hex, to_hex, Rpc},
};
use codec::{Decode, Encode};
use futures::Stream;
use serde_json::{json, Value};
use souk_primitives::{AccountId, Balance, BlockNumber, Digest};
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::sync::Mutex;

/// Pause between two looks at the finalised head: a fraction of a block.
const LOOK: Duration = Duration::from_millis(400);

/// A block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Head {
    /// Its number.
    pub number: BlockNumber,
    /// Its hash.
    pub hash: Digest,
}

/// A chain behind a node. Cheap to clone; survives restarts of the node.
#[derive(Clone)]
pub struct Chain {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub rpc: Rpc,
    genesis: Digest,
    /// The newest runtime seen.
    runtime: Mutex<Arc<Runtime>>,
    /// One transaction of an account at a time between its nonce and the pool.
    pub turns: Turns,
}

/// One lock an account.
#[derive(Default)]
pub(crate) struct Turns(std::sync::Mutex<HashMap<AccountId, Arc<Mutex<()>>>>);

impl Turns {
    /// The account's lock.
    pub fn of(&self, account: &AccountId) -> Arc<Mutex<()>> {
        let mut map = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        map.entry(account.clone()).or_default().clone()
    }
}

impl Chain {
    /// Connects; waits up to half a minute for a node that is starting.
    pub async fn connect(url: &str) -> Result<Self> {
        Self::connect_within(url, Duration::from_secs(30)).await
    }

    /// Connects with a limit on the wait.
    pub async fn connect_within(url: &str, patience: Duration) -> Result<Self> {
        let rpc = Rpc::new(url);
        let genesis: String = rpc.request_within("chain_getBlockHash", &[json!(0)], patience).await?;
        let genesis = digest("the genesis hash", &genesis)?;
        let runtime = load_runtime(&rpc, genesis, None).await?;
        let inner = Inner { rpc, genesis, runtime: Mutex::new(Arc::new(runtime)), turns: Default::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The node's address.
    pub fn url(&self) -> &str {
        self.inner.rpc.url()
    }

    /// Genesis hash.
    pub fn genesis(&self) -> Digest {
        self.inner.genesis
    }

    /// The finalised head.
    pub async fn finalized(&self) -> Result<Head> {
        let hash: String = self.inner.rpc.request("chain_getFinalizedHead", &[]).await?;
        self.head_at(&hash).await
    }

    /// The best block, which may still be replaced.
    pub async fn best(&self) -> Result<Head> {
        let hash: String = self.inner.rpc.request("chain_getBlockHash", &[]).await?;
        self.head_at(&hash).await
    }

    async fn head_at(&self, hash: &str) -> Result<Head> {
        let header: Value = self.inner.rpc.request("chain_getHeader", &[json!(hash)]).await?;
        let number = header["number"].as_str().unwrap_or_default();
        let number = u32::from_str_radix(number.trim_start_matches("0x"), 16)
            .map_err(|e| Error::Decode { what: "a header".into(), reason: e.to_string() })?;
        Ok(Head { number, hash: digest("a block hash", hash)? })
    }

    /// Hash of the block with this number on the best chain; `None` when there is none yet.
    pub async fn block_hash(&self, number: BlockNumber) -> Result<Option<Digest>> {
        let hash: Option<String> = self.inner.rpc.request("chain_getBlockHash", &[json!(number)]).await?;
        hash.map(|hash| digest("a block hash", &hash)).transpose()
    }

    /// Every finalised block from the current head on, in order, without gaps. Ends never: waits for a node that is
    /// away. A node that comes back with another chain ends it.
    pub fn finalized_blocks(&self) -> impl Stream<Item = Head> + Send + Unpin + 'static {
        self.blocks_after(None)
    }

    /// Every finalised block after `last`, as [`Chain::finalized_blocks`].
    pub fn blocks_after(
        &self,
        last: Option<BlockNumber>,
    ) -> impl Stream<Item = Head> + Send + Unpin + 'static {
        let chain = self.clone();
        let stream = futures::stream::unfold((chain, last), |(chain, last)| async move {
            loop {
                match chain.next_after(last).await {
                    Ok(Some(head)) => return Some((head, (chain, Some(head.number)))),
                    Ok(None) => {}
                    Err(Error::OtherChain(_)) => return None,
                    Err(e) => tracing::warn!("waiting for the chain: {e}"),
                }
                tokio::time::sleep(LOOK).await;
            }
        });
        Box::pin(stream)
    }

    async fn next_after(&self, last: Option<BlockNumber>) -> Result<Option<Head>> {
        let head = self.finalized().await?;
        let Some(last) = last else { return Ok(Some(head)) };
        if head.number <= last {
            return Ok(None);
        }
        let next = last + 1;
        if head.number == next {
            return Ok(Some(head));
        }
        Ok(self.block_hash(next).await?.map(|hash| Head { number: next, hash }))
    }

    /// Calls a runtime API at a block; `args` is a tuple of its arguments.
    pub async fn call_at<A: Encode, R: Decode>(&self, at: &Digest, function: &str, args: A) -> Result<R> {
        let params = [json!(function), to_hex(&args.encode()), to_hex(at)];
        let bytes: String = self.inner.rpc.request("state_call", &params).await?;
        let bytes = from_hex(function, &bytes)?;
        R::decode(&mut bytes.as_slice())
            .map_err(|e| Error::Decode { what: format!("the answer to {function}"), reason: e.to_string() })
    }

    /// Calls a runtime API at the finalised head.
    pub async fn call<A: Encode, R: Decode>(&self, function: &str, args: A) -> Result<R> {
        let hash: String = self.inner.rpc.request("chain_getFinalizedHead", &[]).await?;
        self.call_at(&digest("a block hash", &hash)?, function, args).await
    }

    /// A raw value of the state at a block.
    pub async fn storage_at(&self, at: &Digest, key: &[u8]) -> Result<Option<Vec<u8>>> {
        let value: Option<String> =
            self.inner.rpc.request("state_getStorage", &[to_hex(key), to_hex(at)]).await?;
        value.map(|value| from_hex("a stored value", &value)).transpose()
    }

    /// What an account has, at the finalised head.
    pub async fn balance(&self, account: &AccountId) -> Result<AccountBalance> {
        /// `frame_system::AccountInfo` with the data of `pallet-balances`.
        #[derive(Decode)]
        struct Info {
            _counters: (u32, u32, u32, u32),
            free: Balance,
            reserved: Balance,
            frozen: Balance,
        }
        let who: &[u8] = account.as_ref();
        let mut key = prefix("System", "Account");
        key.extend(sp_crypto_hashing::blake2_128(who));
        key.extend(who);
        let at = self.finalized().await?.hash;
        let Some(bytes) = self.storage_at(&at, &key).await? else { return Ok(AccountBalance::default()) };
        let info = Info::decode(&mut bytes.as_slice())
            .map_err(|e| Error::Decode { what: "an account".into(), reason: e.to_string() })?;
        Ok(AccountBalance { free: info.free, held: info.reserved, frozen: info.frozen })
    }

    /// All events of a block.
    pub async fn events(&self, at: &Digest) -> Result<Vec<Event>> {
        let bytes = self.storage_at(at, &prefix("System", "Events")).await?.unwrap_or_default();
        self.runtime().await?.events(bytes)
    }

    /// Encoded transactions of a block.
    pub(crate) async fn extrinsics(&self, at: &Digest) -> Result<Vec<Vec<u8>>> {
        let block: Value = self.inner.rpc.request("chain_getBlock", &[to_hex(at)]).await?;
        let list = block["block"]["extrinsics"].as_array().cloned().unwrap_or_default();
        list.iter().map(|bytes| from_hex("a transaction", bytes.as_str().unwrap_or_default())).collect()
    }

    /// A constant of a pallet, as the runtime's metadata has it.
    pub async fn constant<T: Decode>(&self, pallet: &str, name: &str) -> Result<Option<T>> {
        Ok(self.runtime().await?.constant(pallet, name))
    }

    /// SCALE of a call, as this runtime has it.
    pub async fn encode(&self, call: &Call) -> Result<Vec<u8>> {
        self.runtime().await?.encode_call(call)
    }

    /// `Pallet.call` of an encoded call; fails when the bytes are no call, or more than one.
    pub async fn name_of(&self, call: &[u8]) -> Result<String> {
        // The runtime's own bounds of lists and depths are not in its metadata: it has to read them itself.
        match self.fee_of(call.to_vec(), 0).await {
            Err(Error::Rpc { .. }) => Err(Error::NoCall("it can't read them".into())),
            Err(other) => Err(other),
            Ok(_) => self.runtime().await?.name_of(call),
        }
    }

    /// Whether it is a test chain, on which development keys are somebody's.
    pub async fn is_for_tests(&self) -> Result<bool> {
        let at = self.finalized().await?.hash;
        Ok(self.storage_at(&at, &prefix("Sudo", "Key")).await?.is_some())
    }

    /// What an error of a pallet means, in the pallet's own words.
    pub async fn meaning(&self, pallet: &str, error: &str) -> Result<Option<String>> {
        Ok(self.runtime().await?.meaning(pallet, error))
    }

    /// The runtime as it is now; its metadata is read again after an upgrade.
    pub(crate) async fn runtime(&self) -> Result<Arc<Runtime>> {
        let mut slot = self.inner.runtime.lock().await;
        let version: Value = self.inner.rpc.request("state_getRuntimeVersion", &[]).await?;
        if version["specVersion"].as_u64() != Some(slot.spec_version.into()) {
            let genesis: String = self.inner.rpc.request("chain_getBlockHash", &[json!(0)]).await?;
            if digest("the genesis hash", &genesis)? != self.inner.genesis {
                return Err(Error::OtherChain(self.url().to_string()));
            }
            *slot = Arc::new(load_runtime(&self.inner.rpc, self.inner.genesis, Some(version)).await?);
        }
        Ok(slot.clone())
    }
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain").field("url", &self.url()).finish()
    }
}

async fn load_runtime(rpc: &Rpc, genesis: Digest, version: Option<Value>) -> Result<Runtime> {
    let version = match version {
        Some(version) => version,
        None => rpc.request("state_getRuntimeVersion", &[]).await?,
    };
    let number = |name: &str| version[name].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or_default();
    // Version 15 is stable and has what is needed here.
    let params = [json!("Metadata_metadata_at_version"), to_hex(&15u32.encode())];
    let answer: String = rpc.request("state_call", &params).await?;
    let answer = from_hex("the metadata", &answer)?;
    let metadata = <Option<Vec<u8>>>::decode(&mut answer.as_slice())
        .ok()
        .flatten()
        .ok_or_else(|| Error::Incompatible("it has no metadata of version 15".into()))?;
    Runtime::new(&metadata, number("specVersion"), number("transactionVersion"), genesis)
}

/// Key of a storage item.
pub(crate) fn prefix(pallet: &str, item: &str) -> Vec<u8> {
    [sp_crypto_hashing::twox_128(pallet.as_bytes()), sp_crypto_hashing::twox_128(item.as_bytes())].concat()
}
