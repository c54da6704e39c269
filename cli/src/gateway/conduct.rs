//! What is paid, what is refused, and what a provider is reported for.

use super::{
    call::Caller,
    check::{check, is_signed, Ordered, Received},
    market::DoubleReceipt,
    store::{ChannelUse, Double, StoreError},
    wire::SignedReceipt,
};
use souk_primitives::{
    call::{CallKind, Receipt},
    ChannelId, Digest,
};

/// Why a receipt is not paid.
#[derive(Debug, thiserror::Error)]
pub enum Unpaid {
    /// It is not what was agreed: it never will be.
    #[error("{0}")]
    Refused(String),
    /// It could not be written down: it is asked for again.
    #[error("{0}")]
    Store(StoreError),
}

const TWO_RECEIPTS: &str = "the provider signed two receipts for one call";

impl Caller {
    /// Checks a receipt and stores it. One that does not pass is never paid, and its channel is retired.
    pub async fn settle(
        &self,
        ordered: &Ordered,
        (receipt, signature): &SignedReceipt,
        ids: &[u32],
    ) -> Result<(), Unpaid> {
        let received = match ordered.body.kind {
            CallKind::Generate => Received::Tokens(ids),
            CallKind::Embed => Received::Vector(ids),
        };
        let why = match check(ordered, receipt, signature, received) {
            Ok(()) => {
                let (kept, kept_signature) = (receipt.clone(), *signature);
                match self.store.at_once(move |store| store.answer(&kept, &kept_signature)).await {
                    Ok(()) => {
                        self.pool.answered(&ordered.request, receipt);
                        tracing::debug!(seq = receipt.seq, charge = receipt.charge, "receipt checked");
                        return Ok(());
                    }
                    // The very receipt that it has: nothing new.
                    Err(StoreError::NotWaiting(_)) if self.is_kept(receipt).await => return Ok(()),
                    Err(error @ (StoreError::PaidTwice | StoreError::NotWaiting(_))) => error.to_string(),
                    Err(error) => {
                        tracing::error!(%error, "a receipt can't be stored");
                        // The keeper asks for it again.
                        self.pool.with_book(&receipt.channel, |book| book.stick(receipt.seq));
                        return Err(Unpaid::Store(error));
                    }
                }
            }
            Err(bad) => bad.to_string(),
        };
        self.refuse(ordered, Some((receipt.clone(), *signature)), &why).await;
        Err(Unpaid::Refused(why))
    }

    async fn is_kept(&self, receipt: &Receipt) -> bool {
        let (channel, seq) = (receipt.channel, receipt.seq);
        let call = self.store.with(move |store| store.call(&channel, seq)).await;
        matches!(call, Ok(Some(call)) if call.receipt.as_ref().is_some_and(|(kept, _)| kept == receipt))
    }

    /// A call that is never paid, with the receipt that shows why. Its channel can't go on: vouchers cover calls
    /// without a gap.
    pub async fn refuse(&self, ordered: &Ordered, receipt: Option<SignedReceipt>, why: &str) {
        let (channel, seq) = (ordered.request.channel, ordered.request.seq);
        tracing::warn!(
            channel = hex::encode(channel),
            seq,
            why,
            "a call is not paid; its channel is retired"
        );
        // What its provider did not sign shows nothing.
        let receipt = receipt.filter(|receipt| is_signed(receipt, &ordered.receipt_key));
        if let Some(receipt) = &receipt {
            self.compare(ordered.receipt_key, channel, seq, receipt.clone()).await;
        }
        let note = why.to_string();
        let stored = self
            .store
            .with(move |store| {
                store.refuse(receipt.as_ref(), &channel, seq, &note)?;
                store.set_use(&channel, ChannelUse::Retired, &note)
            })
            .await;
        if let Err(error) = stored {
            tracing::error!(%error, "can't note a refused receipt");
        }
        self.pool.with_book(&channel, |book| book.retire(why));
    }

    /// Compares a receipt with all that came for the same call before. Gives whether the provider contradicts itself;
    /// the pair is then on disk, to be reported.
    pub async fn compare(&self, key: Digest, channel: ChannelId, seq: u32, receipt: SignedReceipt) -> bool {
        let known = match self.store.with(move |store| store.receipts(&channel, seq)).await {
            Ok(known) => known,
            Err(error) => {
                tracing::error!(%error, "can't read the receipts of a call");
                return false;
            }
        };
        for before in known {
            if self.contradiction(key, before, receipt.clone()).await {
                return true;
            }
        }
        false
    }

    /// Keeps two receipts if they contradict each other and are both signed.
    pub async fn contradiction(&self, key: Digest, first: SignedReceipt, second: SignedReceipt) -> bool {
        let (channel, seq) = (first.0.channel, first.0.seq);
        let pair = DoubleReceipt { first: first.clone(), second: second.clone() };
        if !pair.is_contradiction() || !is_signed(&first, &key) || !is_signed(&second, &key) {
            return false;
        }
        tracing::warn!(channel = hex::encode(channel), seq, TWO_RECEIPTS);
        let double = Double { channel, seq, first, second };
        if let Err(error) = self.store.with(move |store| store.add_double(&double, TWO_RECEIPTS)).await {
            tracing::error!(%error, "can't keep a double receipt");
        }
        self.pool.with_book(&channel, |book| book.retire(TWO_RECEIPTS));
        true
    }

    /// Reports what is to be reported. What the chain refuses is not tried again; what did not get there is.
    pub async fn report(&self) {
        let doubles = match self.store.with(|store| store.unreported()).await {
            Ok(doubles) => doubles,
            Err(error) => return tracing::error!(%error, "can't read what is to be reported"),
        };
        for Double { channel, seq, first, second } in doubles {
            let refused = match self.market.report(DoubleReceipt { first, second }).await {
                Ok(()) => None,
                Err(souk_client::Error::Refused(refusal)) => Some(refusal.to_string()),
                Err(error) => {
                    tracing::warn!(%error, "a double receipt could not be reported; trying again");
                    continue;
                }
            };
            tracing::warn!(channel = hex::encode(channel), seq, ?refused, "reported: {TWO_RECEIPTS}");
            let noted = self.store.with(move |store| store.reported(&channel, seq, refused.as_deref())).await;
            if let Err(error) = noted {
                tracing::error!(%error, "can't note a report");
            }
        }
    }
}
