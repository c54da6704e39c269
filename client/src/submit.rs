//! Signing, sending and watching transactions.
//!
//! A transaction is watched by looking for its bytes in the blocks. A lost connection or a restarted node can't lose
//! it: the same bytes are sent again while they are good, and since they carry one nonce they can't happen twice.
//! Mortality ends the wait: after it, what was not found has not happened and never will. So does an upgrade of the
//! runtime, whose version every transaction is signed for; then it is signed and sent once more.

use crate::{
    calls::Call,
    chain::{Chain, Head},
    error::{Error, Result},
    events::{Event, ListingEvent, SaleEvent, SoukEvent},
    keys::{account, Keypair},
    metadata::{period_within, Terms, MORTALITY},
    rpc::to_hex,
};
use serde_json::{json, Value};
use souk_primitives::{AccountId, BlockNumber, Digest, ListingId};
use sp_core::crypto::Ss58Codec;
use std::{collections::HashSet, time::Duration};

/// Pause between two looks for the transaction.
const LOOK: Duration = Duration::from_millis(300);
/// Finalised blocks after which a transaction that was not seen is sent again.
const RESEND: u32 = 4;
/// Attempts to find a free nonce beside other programs that use the account.
const ATTEMPTS: u32 = 6;
/// Best blocks that are looked at again, since they may have been replaced.
const FORK: u32 = 8;

/// How long to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// Until it is in a best block: quick, but that block may still be replaced.
    InBlock,
    /// Until it is final.
    Final,
}

/// A transaction that succeeded.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Hash of its block.
    pub block_hash: Digest,
    /// Number of its block.
    pub block_number: BlockNumber,
    /// Its hash.
    pub extrinsic_hash: Digest,
    /// Its events.
    pub events: Vec<Event>,
}

impl Outcome {
    /// Souk's events among them.
    pub fn souk_events(&self) -> impl Iterator<Item = SoukEvent> + '_ {
        self.events.iter().filter_map(Event::souk)
    }

    /// Events of sales among them.
    pub fn sale_events(&self) -> impl Iterator<Item = SaleEvent> + '_ {
        self.events.iter().filter_map(Event::sale)
    }

    /// Number of the listing that it registered.
    pub fn listing(&self) -> Option<ListingId> {
        self.events.iter().find_map(|event| match event.listing()? {
            ListingEvent::Registered { listing, .. } => Some(listing),
            _ => None,
        })
    }
}

/// What was looked at so far.
struct Watch {
    sent: Sent,
    until: Until,
    /// The next block to look at.
    next: BlockNumber,
    /// When to send it again.
    resend_at: BlockNumber,
    seen: HashSet<Digest>,
}

/// A transaction on its way.
struct Sent {
    bytes: Vec<u8>,
    hash: Digest,
    nonce: u32,
    birth: Head,
    /// Blocks for which it is good.
    period: u32,
    /// Version of the runtime for which it is good.
    version: u32,
    from: AccountId,
}

impl Chain {
    /// Signs and sends a call and waits until it is final. A call that fails in its block is an error with the pallet's
    /// own words.
    pub async fn submit(&self, pair: &Keypair, call: Call) -> Result<Outcome> {
        self.submit_until(pair, call, Until::Final).await
    }

    /// As [`Chain::submit`], with a choice of how long to wait.
    pub async fn submit_until(&self, pair: &Keypair, call: Call, until: Until) -> Result<Outcome> {
        loop {
            let sent = self.send(pair, &call, MORTALITY).await?;
            let version = sent.version;
            match self.watch(sent, until).await {
                Err(Error::Expired) if self.runtime().await?.spec_version != version => {}
                other => return other,
            }
        }
    }

    /// As [`Chain::submit`] for a call that must not happen later than `blocks` blocks after the finalised head. With
    /// fewer than four blocks left nothing is sent, and it is [`Error::Expired`].
    pub async fn submit_within(&self, pair: &Keypair, call: Call, blocks: BlockNumber) -> Result<Outcome> {
        let last = self.finalized().await?.number.saturating_add(blocks);
        loop {
            let left = last.saturating_sub(self.finalized().await?.number);
            let period = period_within(left).ok_or(Error::Expired)?;
            let sent = self.send(pair, &call, period).await?;
            let version = sent.version;
            match self.watch(sent, Until::Final).await {
                Err(Error::Expired) if self.runtime().await?.spec_version != version => {}
                other => return other,
            }
        }
    }

    /// Waits until what an account sent before is final or never will be: then the finalised state shows all of it. Ends
    /// after the life of a transaction at the latest, also when other programs go on sending.
    pub async fn quiet(&self, account: &AccountId) -> Result<()> {
        let first = self.finalized().await?;
        let mut head = first;
        while head.number <= first.number.saturating_add(MORTALITY) {
            let next: u32 =
                self.inner.rpc.request("system_accountNextIndex", &[json!(account.to_ss58check())]).await?;
            if self.nonce_at(&head, account).await? >= next {
                break;
            }
            tokio::time::sleep(LOOK).await;
            head = self.finalized().await?;
        }
        Ok(())
    }

    /// Signs with the next free nonce and hands the bytes to the node's pool.
    async fn send(&self, pair: &Keypair, call: &Call, period: u32) -> Result<Sent> {
        let from = account(pair);
        let turn = self.inner.turns.of(&from);
        let _held = turn.lock().await;
        let mut last = Error::Replaced;
        for attempt in 0..ATTEMPTS {
            let runtime = self.runtime().await?;
            let birth = self.finalized().await?;
            let nonce: u32 =
                self.inner.rpc.request("system_accountNextIndex", &[json!(from.to_ss58check())]).await?;
            let bytes = runtime.sign(pair, call, &Terms { nonce, birth, period })?;
            let hash = sp_crypto_hashing::blake2_256(&bytes);
            let version = runtime.spec_version;
            let sent = Sent { bytes, hash, nonce, birth, period, version, from: from.clone() };
            match self.inner.rpc.request::<String>("author_submitExtrinsic", &[to_hex(&sent.bytes)]).await {
                Ok(_) => return Ok(sent),
                Err(Error::Rpc { message, .. }) if is_known(&message) => return Ok(sent),
                Err(Error::Rpc { message, .. }) if is_taken(&message) => {
                    // Either another program took the nonce, or a lost connection made us send twice.
                    if self.was_accepted(&sent).await? {
                        return Ok(sent);
                    }
                    last = Error::Rejected(message);
                    tokio::time::sleep(Duration::from_millis(200 << attempt)).await;
                }
                // Signed just before an upgrade.
                Err(Error::Rpc { message, .. })
                    if self.runtime().await?.spec_version != runtime.spec_version =>
                {
                    last = Error::Rejected(message);
                }
                Err(Error::Rpc { message, .. }) => return Err(Error::Rejected(message)),
                // The node may have taken it before it went away: the watch finds out.
                Err(Error::Unreachable { .. }) => return Ok(sent),
                Err(other) => return Err(other),
            }
        }
        Err(last)
    }

    /// Whether these very bytes are in the pool or in a block.
    async fn was_accepted(&self, sent: &Sent) -> Result<bool> {
        let pending: Vec<String> = self.inner.rpc.request("author_pendingExtrinsics", &[]).await?;
        let ours = format!("0x{}", hex::encode(&sent.bytes));
        if pending.contains(&ours) {
            return Ok(true);
        }
        let best = self.best().await?;
        for number in sent.birth.number..=best.number {
            if let Some(hash) = self.block_hash(number).await? {
                if self.extrinsics(&hash).await?.contains(&sent.bytes) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    async fn watch(&self, sent: Sent, until: Until) -> Result<Outcome> {
        let mut watch = Watch {
            next: sent.birth.number,
            resend_at: sent.birth.number + RESEND,
            sent,
            until,
            seen: HashSet::new(),
        };
        loop {
            match self.look(&mut watch).await {
                Ok(Some(outcome)) => return Ok(outcome),
                Ok(None) => {}
                // A node that restarts: mortality, not a clock, says when to give up.
                Err(Error::Unreachable { reason, .. }) => {
                    tracing::warn!(reason, "waiting for the node to see a transaction through");
                    watch.resend_at = 0;
                }
                Err(other) => return Err(other),
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// One look at the blocks that came since the last.
    async fn look(&self, watch: &mut Watch) -> Result<Option<Outcome>> {
        let head = self.watched_head(watch.until).await?;
        while watch.next <= head.number {
            let number = watch.next;
            let Some(hash) = self.block_hash(number).await? else { break };
            if !watch.seen.contains(&hash) {
                let list = self.extrinsics(&hash).await?;
                if let Some(index) = list.iter().position(|bytes| *bytes == watch.sent.bytes) {
                    return self.outcome(&watch.sent, Head { number, hash }, index as u32).await.map(Some);
                }
                watch.seen.insert(hash);
            }
            watch.next = number + 1;
        }
        let finalized = if watch.until == Until::Final { head } else { self.finalized().await? };
        let born = watch.sent.birth.number;
        // Every final block was looked at: what is not in them now can't come any more in these three cases.
        if watch.next > finalized.number {
            if finalized.number > born + watch.sent.period {
                return Err(Error::Expired);
            }
            // Most are in a block before this is asked.
            if finalized.number > born + RESEND && self.version_at(&finalized).await? != watch.sent.version {
                return Err(Error::Expired);
            }
            if self.nonce_at(&finalized, &watch.sent.from).await? > watch.sent.nonce {
                return Err(Error::Replaced);
            }
        }
        if head.number >= watch.resend_at {
            // The pool has it already, or lost it when the node restarted; both are fine.
            let again: Result<String> =
                self.inner.rpc.request("author_submitExtrinsic", &[to_hex(&watch.sent.bytes)]).await;
            tracing::trace!(?again, "sent a transaction again");
            watch.resend_at = head.number + RESEND;
        }
        if watch.until == Until::InBlock {
            watch.next = watch.next.min(head.number.saturating_sub(FORK)).max(born);
        }
        Ok(None)
    }

    async fn watched_head(&self, until: Until) -> Result<Head> {
        match until {
            Until::Final => self.finalized().await,
            Until::InBlock => self.best().await,
        }
    }

    /// Version of the runtime that the children of a block run.
    async fn version_at(&self, head: &Head) -> Result<u32> {
        let version: Value = self.inner.rpc.request("state_getRuntimeVersion", &[to_hex(&head.hash)]).await?;
        Ok(version["specVersion"].as_u64().and_then(|n| u32::try_from(n).ok()).unwrap_or_default())
    }

    async fn nonce_at(&self, head: &Head, who: &AccountId) -> Result<u32> {
        self.call_at(&head.hash, "AccountNonceApi_account_nonce", (who,)).await
    }

    async fn outcome(&self, sent: &Sent, block: Head, index: u32) -> Result<Outcome> {
        let events: Vec<Event> =
            self.events(&block.hash).await?.into_iter().filter(|e| e.extrinsic == Some(index)).collect();
        if let Some(refusal) = self.runtime().await?.failure(&events) {
            return Err(Error::Refused(refusal));
        }
        Ok(Outcome { block_hash: block.hash, block_number: block.number, extrinsic_hash: sent.hash, events })
    }
}

fn is_known(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    // A pool bans for a while what it took and dropped or saw included: by its hash, and no two of ours have the same.
    message.contains("already imported") || message.contains("temporarily banned")
}

fn is_taken(message: &str) -> bool {
    let message = message.to_ascii_lowercase();
    message.contains("outdated") || message.contains("priority is too low")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transaction_that_the_pool_had_before_should_be_watched() {
        assert!(is_known("Transaction Already Imported") && is_known("Transaction is temporarily banned"));
        assert!(!is_known("Invalid Transaction: Inability to pay some fees"));
    }
}
