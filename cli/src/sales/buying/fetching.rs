//! Brings the encrypted copy here, before its deadline: a store that trickles must not keep its buyer from acting.

use super::{Buyer, Progress, Result, Settings, Trouble};
use crate::{
    failure::Failure,
    output::legible,
    sales::{
        copy::{self, CopyError, Source},
        market::{Market, Step},
        offer::BLOCK_SECS,
        record::open_purchases,
        store::Store,
        unlock::Files,
    },
};
use indicatif::ProgressBar;
use souk_client::{souk, Error};
use souk_primitives::{exchange::purchase_resource, views::PurchaseView, BlockNumber, PurchaseId};
use souk_sidecar::blocking::aside;
use sp_core::crypto::Ss58Codec;
use std::{future::Future, time::Instant};

/// Live blocks for which a signed request to a store is good.
const FETCH_BLOCKS: BlockNumber = 40;
/// Times that a store may serve something false before it is given up.
const FALSE_ANSWERS: u32 = 3;
/// Bytes that have to come in a [`Settings::span`]: as many as are needed to be through in time, but at least the former (a
/// chunk, by which progress is counted) and no more than the latter.
const LEAST: (u64, u64) = (1 << 16, 1 << 20);

/// Why an attempt ended without the copy.
enum Stop {
    /// The last live block for which it is needed passed.
    Late,
    /// Too little came.
    Slow,
    /// The store, or this machine's disk.
    Failed(CopyError),
    /// The chain can't be asked.
    Chain(Error),
}

impl From<CopyError> for Stop {
    fn from(error: CopyError) -> Self {
        Stop::Failed(error)
    }
}

impl Buyer<'_> {
    /// Fetches the copy and says how to accept it; `None` when its time ran out, or a complaint could not be paid for.
    pub(super) async fn accept(
        &mut self,
        view: &PurchaseView,
        accept_by: BlockNumber,
        progress: &mut Progress,
    ) -> Result<Option<Step>, Trouble> {
        let (Some(root), Some(commitment)) = (view.ciphertext_root, view.key_commitment) else {
            return Err(Failure::new("the chain shows an offered copy without a root").into());
        };
        if !progress.fetched {
            drop(progress.shown.take());
            progress.fetched = self.fetch(view, accept_by).await?;
        }
        if !progress.fetched || self.is_short(accept_by, progress).await? {
            return Ok(None);
        }
        Ok(Some(Step::Accept(root, commitment)))
    }

    /// Whether there is too little for a complaint, and tells it once: after it accepted, such a buyer could be cheated.
    async fn is_short(&self, accept_by: BlockNumber, progress: &mut Progress) -> Result<bool, Trouble> {
        let purse = self.market.purse().await?;
        let now = self.market.live_block().await?;
        let facts = &self.record.facts;
        let open =
            self.record.folder().parent().map(|book| open_purchases(book, &facts.genesis, &facts.buyer));
        let open = open.transpose().map_err(Failure::from)?.unwrap_or_default();
        let lacks = purse.lacks(&facts.order.buyer_key, &open, now);
        if let Some(missing) = lacks.filter(|_| progress.lacks.is_none()) {
            tracing::warn!(
                "{}: {} is missing to pay for a complaint, so the copy is not accepted: send that to {} before live block \
                 {accept_by}",
                legible(&facts.name),
                souk(missing),
                facts.buyer.to_ss58check()
            );
        }
        progress.lacks = lacks;
        Ok(lacks.is_some())
    }

    /// Fetches what is not here yet. False when live block `by` passed.
    pub(super) async fn fetch(&mut self, view: &PurchaseView, by: BlockNumber) -> Result<bool> {
        let files = self.files(view)?;
        let endpoint = self.market.store(view.seller.clone()).await?.ok_or_else(|| {
            self.later(
                view,
                by,
                "the seller names no store on the chain any more, so the copy can't be fetched",
            )
        })?;
        let store = Store::new(&endpoint, self.settings.allow_private, self.settings.times)
            .map_err(|e| Failure::new(e.to_string()))?;
        let bytes = copy::copy_bytes(&files.encrypted);
        let bar = self.output.progress(self.told("fetching the encrypted copy"), bytes);
        let fetching =
            Fetching { market: self.market, settings: self.settings, id: view.id, store, files, bar, by };
        // What was checked once in this program is not read again.
        let mut checked = None;
        let (mut pause, mut last_news, mut falsehoods) = (self.settings.pauses.0, Instant::now(), 0);
        loop {
            let before = fetching.had();
            let (news, what) = match fetching.attempt(&mut checked).await {
                Ok(()) => return Ok(true),
                Err(Stop::Late) => return Ok(false),
                // That the node is away says nothing against the store.
                Err(Stop::Chain(error @ Error::Unreachable { .. })) if self.is_at_stake() => {
                    tracing::warn!("{}", self.told(format!("{error}; trying again")));
                    (true, error.to_string())
                }
                Err(Stop::Chain(error)) => return Err(error.into()),
                Err(Stop::Failed(error @ CopyError::Disk { .. })) => {
                    return Err(self.later(view, by, &error.to_string()))
                }
                Err(Stop::Failed(error)) => {
                    if matches!(error, CopyError::Wrong(_)) {
                        falsehoods += 1;
                        // What is right looks false beside a list that rotted on this disk.
                        let lists = fetching.files.clone();
                        aside(move || lists.drop_false_lists()).await?;
                    }
                    (fetching.had() > before, error.to_string())
                }
                Err(Stop::Slow) => (false, "the store is too slow: it sends next to nothing".into()),
            };
            tracing::debug!("fetching a copy: {what}");
            if news {
                (pause, last_news) = (self.settings.pauses.0, Instant::now());
            }
            // Somebody who gives a good chunk with each false one would be asked for ever.
            if falsehoods >= FALSE_ANSWERS || last_news.elapsed() >= self.settings.patience {
                return Err(self.later(view, by, &what));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(self.settings.pauses.1);
        }
    }
}

/// What is fetched, from where, and until when.
struct Fetching<'a> {
    market: &'a dyn Market,
    settings: Settings,
    id: PurchaseId,
    store: Store,
    files: Files,
    bar: ProgressBar,
    /// Last live block for which it is needed.
    by: BlockNumber,
}

impl Fetching<'_> {
    /// Goes on with what is not here. `checked` chunks of the copy are.
    async fn attempt(&self, checked: &mut Option<u32>) -> Result<(), Stop> {
        let files = &self.files;
        let source = self.source().await?;
        let lists = async {
            source.list("digests/plain", &files.plain).await?;
            source.list("digests/encrypted", &files.encrypted).await
        };
        self.guarded(lists).await?;
        let mut chunks = copy::checked(&files.encrypted, &files.copy, *checked, &self.bar).await?;
        // Reading a large file may have taken longer than the first signature was good.
        let source = self.source().await?;
        let done = self.guarded(source.copy(&files.encrypted, &files.copy, &self.bar, &mut chunks)).await;
        *checked = Some(chunks);
        done
    }

    async fn source(&self) -> Result<Source<'_>, Stop> {
        let now = self.market.live_block().await.map_err(Stop::Chain)?;
        if now > self.by {
            return Err(Stop::Late);
        }
        let until = now.saturating_add(FETCH_BLOCKS);
        let fetch = self.market.fetch_header(purchase_resource(&self.id), until);
        Ok(Source { store: &self.store, purchase: self.id, fetch })
    }

    /// Does `work` until it is too late for it, or brings too little.
    async fn guarded(&self, work: impl Future<Output = Result<(), CopyError>>) -> Result<(), Stop> {
        tokio::select! {
            biased;
            done = work => Ok(done?),
            stop = self.watch() => Err(stop),
        }
    }

    /// Returns when there is a reason to break off.
    async fn watch(&self) -> Stop {
        let (mut since, mut had, mut now) = (Instant::now(), self.had(), 0);
        loop {
            tokio::time::sleep(self.settings.looks).await;
            // A node that is away says nothing about the deadline.
            if let Ok(block) = self.market.live_block().await {
                now = block;
            }
            if now > self.by {
                return Stop::Late;
            }
            if since.elapsed() < self.settings.span {
                continue;
            }
            let has = self.had();
            if has.saturating_sub(had) < self.least(has, self.by.saturating_sub(now)) {
                return Stop::Slow;
            }
            (since, had) = (Instant::now(), has);
        }
    }

    /// Bytes that have to come in a span with `blocks` blocks left.
    fn least(&self, has: u64, blocks: BlockNumber) -> u64 {
        let missing = u128::from(copy::copy_bytes(&self.files.encrypted).saturating_sub(has));
        let left = u128::from(blocks).saturating_mul(u128::from(BLOCK_SECS) * 1_000).max(1);
        let needed = missing.saturating_mul(self.settings.span.as_millis()) / left;
        u64::try_from(needed).unwrap_or(u64::MAX).clamp(LEAST.0, LEAST.1)
    }

    /// Bytes of everything that came so far.
    fn had(&self) -> u64 {
        let lists = [&self.files.plain.path, &self.files.encrypted.path];
        let parts = lists.map(|path| path.with_extension("part"));
        let all = lists.into_iter().chain(&parts).chain([&self.files.copy]);
        all.filter_map(|path| std::fs::metadata(path).ok()).map(|found| found.len()).sum()
    }
}
