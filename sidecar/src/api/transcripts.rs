//! Transcripts as they are handed out: made once, however often a committee asks.
//!
//! A transcript is as much work as its channel has calls. Members ask again when an answer was lost, and one who wants
//! the provider convicted for withholding might ask all the time.

use super::error::ApiError;
use crate::ledger::{Ledger, LedgerError};
use axum::body::Bytes;
use codec::Encode;
use futures::{
    future::{BoxFuture, Shared},
    FutureExt,
};
use parking_lot::Mutex;
use souk_primitives::{sumtree::Shape, views::AuditView, AuditId, Balance, Digest};
use std::{collections::VecDeque, sync::Arc};

/// Transcripts kept: an audit lasts minutes, and few of one provider are open at a time.
const KEPT: usize = 16;

type Made = Result<Option<Bytes>, Arc<LedgerError>>;
type Making = Shared<BoxFuture<'static, Made>>;

/// The transcripts that were asked for last.
#[derive(Default)]
pub struct Transcripts(Mutex<VecDeque<(AuditId, Making)>>);

impl Transcripts {
    /// The encoded transcript of an audit's call or answer; `None` when the ledger has none. Whoever comes while it is made waits
    /// for the same one, and it is made to its end although all of them leave.
    pub async fn get(&self, ledger: &Arc<Ledger>, audit: &AuditView) -> Result<Option<Bytes>, ApiError> {
        let making = {
            let mut kept = self.0.lock();
            match kept.iter().find(|(id, _)| *id == audit.id) {
                Some((_, making)) => making.clone(),
                None => {
                    let making = make(ledger.clone(), audit);
                    kept.push_back((audit.id, making.clone()));
                    if kept.len() > KEPT {
                        kept.pop_front();
                    }
                    making
                }
            }
        };
        let made = making.await;
        if !matches!(made, Ok(Some(_))) {
            // What failed, or is not there now, may be there at the next question.
            self.0.lock().retain(|(id, making)| *id != audit.id || making.peek().is_none());
        }
        made.map_err(|error| ApiError::internal(error.to_string()))
    }
}

/// The call of a channel, or the answer of an exam: no two of them have one id.
fn evidence(
    ledger: &Ledger,
    id: &Digest,
    shape: &Shape,
    point: Balance,
) -> Result<Option<Vec<u8>>, LedgerError> {
    if let Some(answer) = ledger.exam_transcript(id, shape, point)? {
        return Ok(Some(answer.encode()));
    }
    Ok(ledger.transcript(id, shape, point)?.map(|call| call.encode()))
}

fn make(ledger: Arc<Ledger>, audit: &AuditView) -> Making {
    let shape = Shape { root: audit.root, total: audit.total, count: audit.count };
    let (channel, point) = (audit.channel, audit.point);
    let task = tokio::spawn(async move {
        let found = ledger.with(move |ledger| evidence(ledger, &channel, &shape, point)).await;
        found.map(|bytes| bytes.map(Bytes::from)).map_err(Arc::new)
    });
    async move { task.await.unwrap_or(Ok(None)) }.boxed().shared()
}
