//! Brings the encrypted copy here, before its deadline.

use super::{Buyer, Result};
use crate::{
    failure::Failure,
    sales::{
        copy::{self, CopyError, Source},
        market::Step,
        store::Store,
        unlock::Files,
    },
};
use souk_primitives::{exchange::purchase_resource, views::PurchaseView, BlockNumber};
use std::time::Instant;

/// Live blocks for which a signed request to a store is good.
const FETCH_BLOCKS: BlockNumber = 40;
/// Times that a store may serve something false before it is given up.
const FALSE_ANSWERS: u32 = 3;

impl Buyer<'_> {
    /// Fetches the copy and says how to accept it; `None` when its time ran out.
    pub(super) async fn accept(
        &mut self,
        view: &PurchaseView,
        accept_by: BlockNumber,
    ) -> Result<Option<Step>> {
        let (Some(root), Some(commitment)) = (view.ciphertext_root, view.key_commitment) else {
            return Err(Failure::new("the chain shows an offered copy without a root"));
        };
        let fetched = self.fetch(view, accept_by).await?;
        Ok(fetched.then_some(Step::Accept(root, commitment)))
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
        let bar = self
            .output
            .progress(self.told("fetching the encrypted copy"), copy::copy_bytes(&files.encrypted));
        let (mut pause, mut last_news, mut falsehoods) = (self.settings.pauses.0, Instant::now(), 0);
        loop {
            let now = self.market.live_block().await?;
            if now > by {
                return Ok(false);
            }
            let before = had(&files);
            let fetch =
                self.market.fetch_header(purchase_resource(&view.id), now.saturating_add(FETCH_BLOCKS));
            let source = Source { store: &store, purchase: view.id, fetch };
            let error = match get(&source, &files, &bar).await {
                Ok(()) => return Ok(true),
                Err(error) => error,
            };
            tracing::debug!("fetching a copy: {error}");
            if matches!(error, CopyError::Disk { .. }) {
                return Err(Failure::new(error.to_string()));
            }
            falsehoods += u32::from(matches!(error, CopyError::Wrong(_)));
            if had(&files) > before {
                (pause, last_news) = (self.settings.pauses.0, Instant::now());
            } else if last_news.elapsed() >= self.settings.patience || falsehoods >= FALSE_ANSWERS {
                return Err(self.later(view, by, &error.to_string()));
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(self.settings.pauses.1);
        }
    }
}

async fn get(
    source: &Source<'_>,
    files: &Files,
    bar: &indicatif::ProgressBar,
) -> std::result::Result<(), CopyError> {
    source.list("digests/plain", &files.plain).await?;
    source.list("digests/encrypted", &files.encrypted).await?;
    source.copy(&files.encrypted, &files.copy, bar).await
}

/// Bytes of everything that came so far.
fn had(files: &Files) -> u64 {
    let lists = [&files.plain.path, &files.encrypted.path];
    let parts = lists.map(|path| path.with_extension("part"));
    let all = lists.into_iter().chain(&parts).chain([&files.copy]);
    all.filter_map(|path| std::fs::metadata(path).ok()).map(|found| found.len()).sum()
}
