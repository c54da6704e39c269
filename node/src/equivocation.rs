//! Reports authors that sign two blocks of one slot.
//!
//! BABE's own import looks for them too, but in this release of the SDK it sees the headers without their seals, and the
//! chain refuses a report of those: they prove nothing. [`Witness`] sees whole headers. It looks first, so that its
//! report has the offence's place in the pool and the other one is not taken. `tests/tests/stake.rs` runs two authors
//! with one key.

use crate::service::FullClient;
use futures::future::BoxFuture;
use sc_client_api::AuxStore;
use sc_consensus::{BlockCheckParams, BlockImport, BlockImportParams, ImportResult};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use souk_runtime::opaque::{Block, Header};
use sp_api::{ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_consensus_babe::{
    digests::CompatibleDigestItem, AuthorityId, AuthorityPair, BabeApi, EquivocationProof, Slot, SlotDuration,
};
use sp_core::Pair;
use sp_runtime::traits::Header as HeaderT;
use sp_timestamp::Timestamp;
use std::sync::Arc;

/// What goes wrong when a block is looked at. It never stops the block's import.
type Fault = Box<dyn std::error::Error + Send + Sync>;

/// A block import that reports equivocations before it hands the block on.
#[derive(Clone)]
pub struct Witness<I> {
    inner: I,
    client: Arc<FullClient>,
    pool: OffchainTransactionPoolFactory<Block>,
    slot_duration: SlotDuration,
}

impl<I> Witness<I> {
    /// Looks at every block before `inner` imports it.
    pub fn new(
        inner: I,
        client: Arc<FullClient>,
        pool: OffchainTransactionPoolFactory<Block>,
        slot_duration: SlotDuration,
    ) -> Self {
        Self { inner, client, pool, slot_duration }
    }

    /// Reports the block's author when it has signed another block of the slot.
    fn look(&self, block: &BlockImportParams<Block>) -> Result<(), Fault> {
        use sp_consensus::BlockOrigin::{ConsensusBroadcast, NetworkBroadcast, Own};
        // What is fetched from the past was reported when it was new.
        if !matches!(block.origin, NetworkBroadcast | ConsensusBroadcast | Own) || block.with_state() {
            return Ok(());
        }
        let header = block.post_header();
        let digest = sc_consensus_babe::find_pre_digest::<Block>(&header)?;
        let slot = digest.slot();
        let Some(author) = self.author(&header, digest.authority_index())? else { return Ok(()) };
        let now = Slot::from_timestamp(Timestamp::current(), self.slot_duration);
        let seen = Apart(&*self.client);
        match sc_consensus_slots::check_equivocation(&seen, now, slot, &header, &author)? {
            Some(proof) => self.report(proof),
            None => Ok(()),
        }
    }

    /// Whose seal is on the header: the authority of that index in the parent's epoch, or in the next one.
    fn author(&self, header: &Header, index: u32) -> Result<Option<AuthorityId>, Fault> {
        let mut unsealed = header.clone();
        let Some(seal) = unsealed.digest_mut().pop().and_then(|item| item.as_babe_seal()) else {
            return Ok(None);
        };
        let parent = *header.parent_hash();
        let (now, next) = {
            let api = self.client.runtime_api();
            (api.current_epoch(parent)?, api.next_epoch(parent)?)
        };
        for epoch in [now, next] {
            let Some((author, _)) = epoch.authorities.get(index as usize) else { continue };
            if AuthorityPair::verify(&seal, unsealed.hash(), author) {
                return Ok(Some(author.clone()));
            }
        }
        Ok(None)
    }

    /// Puts the report into this node's pool; it gets into a block that this node authors.
    fn report(&self, proof: EquivocationProof<Header>) -> Result<(), Fault> {
        let best = self.client.info().best_hash;
        let mut key = None;
        // At a session's first block the parent does not know the session yet.
        for at in [*proof.second_header.parent_hash(), best] {
            // An instance of the API answers for one block only.
            let api = self.client.runtime_api();
            key = api.generate_key_ownership_proof(at, proof.slot, proof.offender.clone())?;
            if key.is_some() {
                break;
            }
        }
        let Some(key) = key else { return Ok(()) };
        log::warn!("⚔️  {} signed two blocks of slot {}", proof.offender, *proof.slot);
        let mut api = self.client.runtime_api();
        api.register_extension(self.pool.offchain_transaction_pool(best));
        api.submit_report_equivocation_unsigned_extrinsic(best, proof, key)?;
        Ok(())
    }
}

impl<I> BlockImport<Block> for Witness<I>
where
    I: BlockImport<Block> + Send + Sync,
{
    type Error = I::Error;

    fn check_block<'s, 'f>(
        &'s self,
        block: BlockCheckParams<Block>,
    ) -> BoxFuture<'f, Result<ImportResult, Self::Error>>
    where
        's: 'f,
        Self: 'f,
    {
        self.inner.check_block(block)
    }

    fn import_block<'s, 'f>(
        &'s self,
        block: BlockImportParams<Block>,
    ) -> BoxFuture<'f, Result<ImportResult, Self::Error>>
    where
        's: 'f,
        Self: 'f,
    {
        if let Err(error) = self.look(&block) {
            log::warn!("cannot compare a block with others of its slot: {error}");
        }
        self.inner.import_block(block)
    }
}

/// The node's store, under keys of our own: BABE's import keeps headers without seals under the usual ones.
struct Apart<'a, C>(&'a C);

/// What our keys start with.
const PREFIX: &[u8] = b"souk/equivocation/";

fn own(key: &[u8]) -> Vec<u8> {
    [PREFIX, key].concat()
}

impl<C: AuxStore> AuxStore for Apart<'_, C> {
    fn insert_aux<
        'a,
        'b: 'a,
        'c: 'a,
        I: IntoIterator<Item = &'a (&'c [u8], &'c [u8])>,
        D: IntoIterator<Item = &'a &'b [u8]>,
    >(
        &self,
        insert: I,
        delete: D,
    ) -> sp_blockchain::Result<()> {
        let insert: Vec<(Vec<u8>, &[u8])> =
            insert.into_iter().map(|(key, value)| (own(key), *value)).collect();
        let insert: Vec<(&[u8], &[u8])> = insert.iter().map(|(key, value)| (&**key, *value)).collect();
        let delete: Vec<Vec<u8>> = delete.into_iter().map(|key| own(key)).collect();
        let delete: Vec<&[u8]> = delete.iter().map(|key| &**key).collect();
        self.0.insert_aux(&insert, &delete)
    }

    fn get_aux(&self, key: &[u8]) -> sp_blockchain::Result<Option<Vec<u8>>> {
        self.0.get_aux(&own(key))
    }
}
