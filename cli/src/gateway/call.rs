//! One user's call: from provider to provider until one has answered, and paid once.
//!
//! A request is written down before it is sent. While nobody knows how far it got, the very same request is sent again: a
//! provider answers it with the same tokens and the same receipt. Only when the provider itself says that it never took
//! it is its number used for something else. When the user gets the answer elsewhere, a charge that turns up later is
//! not paid.

use super::{
    catalogue::{Catalogue, Need},
    check::Ordered,
    conduct::Unpaid,
    endpoint,
    error::ApiError,
    market::Market,
    pool::{Lease, Pool},
    settings::Settings,
    store::{NewCall, Store, StoreError},
    upstream::{Once, Sent, Sink, Upstream},
    wire::SignedReceipt,
};
use souk_primitives::{
    call::{CallBody, Finish, Request, Signed},
    views::{QuoteView, SpecView},
    AccountId, Balance,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// Times that a request is sent while nobody knows how far it got.
const TRIES: u32 = 3;
/// How long a provider that is behind the chain is waited for.
const BEHIND: Duration = Duration::from_secs(30);

/// A user's call.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id, as the client sees it.
    pub id: String,
    /// What is run.
    pub spec: SpecView,
    /// Its content.
    pub body: CallBody,
    /// Whether tokens are passed on as they come.
    pub live: bool,
}

/// What a user is told while a call runs.
#[derive(Debug)]
pub enum Piece {
    /// The next tokens.
    Tokens(Vec<u32>),
    /// The answer is complete and its receipt was checked and stored.
    Done(Box<Done>),
    /// There is no answer, or no more of it.
    Failed(ApiError),
}

/// A complete answer.
#[derive(Clone, Debug)]
pub struct Done {
    /// Who served.
    pub provider: AccountId,
    /// The receipt.
    pub receipt: SignedReceipt,
    /// All tokens, or the bits of an embedding.
    pub ids: Vec<u32>,
}

/// Makes calls.
pub struct Caller {
    /// The chain.
    pub market: Arc<dyn Market>,
    /// What there is.
    pub catalogue: Arc<Catalogue>,
    /// The channels.
    pub pool: Arc<Pool>,
    /// The memory.
    pub store: Arc<Store>,
    /// The wire.
    pub upstream: Upstream,
    /// The limits.
    pub settings: Settings,
}

enum Attempt {
    Done(Box<Done>),
    /// This provider failed, nothing is owed: ask another.
    Next(ApiError),
    /// The user has part of the answer: it can't be asked for elsewhere.
    Stop(ApiError),
    /// The user went away.
    Gone,
}

/// What a provider's refusal means for its channel.
enum Meaning {
    /// It will take the call when its node has caught up.
    Later,
    /// The channel can't be used any more.
    Retire,
    /// Try somewhere else.
    Elsewhere,
}

impl Caller {
    /// Starts a call. It goes on when the receiver is dropped, as far as is needed to know what is owed.
    pub fn start(self: &Arc<Self>, job: Job) -> mpsc::Receiver<Piece> {
        let (out, pieces) = mpsc::channel(64);
        let caller = self.clone();
        tokio::spawn(async move {
            if let Some(last) = caller.run(job, &out).await {
                let _ = out.send(last).await;
            }
        });
        pieces
    }

    async fn run(&self, job: Job, out: &mpsc::Sender<Piece>) -> Option<Piece> {
        let need = Need {
            input: u32::try_from(job.body.prompt_ids.len()).unwrap_or(u32::MAX),
            output: job.body.max_tokens,
        };
        let offers = match self.catalogue.offers(&job.spec, need).await {
            Ok(offers) => self.ranked(offers, &job.spec),
            Err(error) => return Some(Piece::Failed(error)),
        };
        let mut last = ApiError::unavailable("no_provider", "no provider answered");
        for (quote, max_charge) in offers {
            if out.is_closed() {
                return None;
            }
            let lease = tokio::select! {
                lease = self.pool.lease(&quote, job.spec.id, max_charge) => lease,
                () = out.closed() => return None,
            };
            let lease = match lease {
                Ok(lease) => lease,
                Err(error) => {
                    last = error.into();
                    continue;
                }
            };
            match self.attempt(&job, &quote, lease, max_charge, out).await {
                Attempt::Done(done) => return Some(Piece::Done(done)),
                Attempt::Stop(error) => return Some(Piece::Failed(error)),
                Attempt::Gone => return None,
                Attempt::Next(error) => {
                    tracing::warn!(provider = %quote.provider, error = error.message, "asking another provider");
                    self.pool.cool(&quote.provider);
                    last = error;
                }
            }
        }
        Some(Piece::Failed(last))
    }

    /// Cheapest first, but for providers that just failed, and for a channel that is there when it costs at most a
    /// tenth more: opening one takes time and money.
    fn ranked(&self, offers: Vec<(QuoteView, Balance)>, spec: &SpecView) -> Vec<(QuoteView, Balance)> {
        let cheapest = offers.iter().map(|(_, charge)| *charge).min().unwrap_or(0);
        let near = cheapest.saturating_add(cheapest / 10);
        let mut ranked = offers;
        ranked.sort_by_key(|(quote, charge)| {
            let ready = *charge <= near && self.pool.is_ready(&quote.provider, &spec.id);
            (self.pool.is_cooling(&quote.provider), !ready)
        });
        ranked
    }

    async fn attempt(
        &self,
        job: &Job,
        quote: &QuoteView,
        mut lease: Lease,
        max_charge: Balance,
        out: &mpsc::Sender<Piece>,
    ) -> Attempt {
        let endpoint = match endpoint::checked(&lease.endpoint, self.settings.private_endpoints) {
            Ok(endpoint) => endpoint,
            Err(error) => return Attempt::Next(ApiError::unavailable("bad_endpoint", error.to_string())),
        };
        let sent = match self.bind(job, &mut lease, endpoint, max_charge).await {
            Ok(sent) => sent,
            Err(error) => return Attempt::Stop(error.into()),
        };
        let mut forced = Some(self.store.force());
        let ordered = Ordered {
            request: sent.request.clone(),
            body: sent.body.clone(),
            prices: lease.view.prices(),
            receipt_key: lease.view.receipt_key,
        };
        let mut ids = Vec::new();
        let mut delivered = Vec::new();
        let mut tries = 0;
        let mut lost = String::new();
        let behind = Instant::now() + BEHIND;
        while tries < TRIES {
            let mut sink = Sink { out, live: job.live, delivered: &mut delivered };
            let once = self.upstream.call(&sent, &mut ids, &mut sink).await;
            if let Some(forced) = forced.take() {
                if let Err(error) =
                    forced.await.unwrap_or_else(|failure| Err(std::io::Error::other(failure).into()))
                {
                    // The disk fails: nothing more is promised. The keeper asks for the receipt.
                    self.pool.with_book(&sent.request.channel, |book| book.stick(sent.request.seq));
                    return Attempt::Stop(error.into());
                }
            }
            let pause = match once {
                Once::Receipt { receipt, error } => {
                    return self.conclude(&ordered, *receipt, error, ids, &delivered, quote).await;
                }
                Once::NeverSent(reason) if tries == 0 => {
                    let message = format!("the provider can't be reached: {reason}");
                    return self.free(&sent, "provider_unreachable", message).await;
                }
                Once::Refused { code, message } => match meaning(&code) {
                    Meaning::Later if Instant::now() < behind => Duration::from_secs(1),
                    kind => {
                        // After a lost exchange, only the receipts' route says whether the call was taken.
                        if code == "seq_taken" || tries > 0 {
                            lost = message;
                            break;
                        }
                        let why = format!("the provider refused: {message}");
                        if matches!(kind, Meaning::Retire) {
                            self.pool.retire(&sent.request.channel, &why).await;
                        }
                        return self.free(&sent, "provider_refused", why).await;
                    }
                },
                Once::InProgress => Duration::from_secs(1),
                Once::Contradiction(why) => {
                    self.refuse(&ordered, None, why).await;
                    return self.failed(
                        &delivered,
                        "bad_answer",
                        format!("the provider can't be trusted: {why}"),
                    );
                }
                Once::ClientGone => {
                    self.leave(&sent, &delivered, &ids).await;
                    return Attempt::Gone;
                }
                Once::NeverSent(reason) | Once::Lost(reason) => {
                    tracing::debug!(reason, tries, "an exchange with a provider was lost");
                    lost = reason;
                    tries += 1;
                    Duration::from_millis(300 << tries)
                }
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = out.closed() => {
                    self.leave(&sent, &delivered, &ids).await;
                    return Attempt::Gone;
                }
            }
        }
        let error = format!("the provider did not answer: {lost}");
        if delivered.is_empty() {
            let (channel, seq, why) = (sent.request.channel, sent.request.seq, lost);
            let given_up = self.store.with(move |store| store.give_up(&channel, seq, &why)).await;
            self.pool.with_book(&channel, |book| book.stick(seq));
            if let Err(error) = given_up {
                // Without the note on disk it could be paid twice.
                return Attempt::Stop(error.into());
            }
        } else {
            self.leave(&sent, &delivered, &ids).await;
        }
        self.failed(&delivered, "provider_lost", error)
    }

    fn failed(&self, delivered: &[u32], code: &'static str, message: String) -> Attempt {
        let error = ApiError::unavailable(code, message);
        match delivered.is_empty() {
            true => Attempt::Next(error),
            false => Attempt::Stop(error),
        }
    }

    /// Signs the request and the voucher beside it, and writes both down.
    async fn bind(
        &self,
        job: &Job,
        lease: &mut Lease,
        endpoint: String,
        max_charge: Balance,
    ) -> Result<Sent, StoreError> {
        let pair = self.pool.pair();
        let request = Request {
            genesis: self.market.genesis(),
            channel: lease.view.id,
            seq: lease.seq,
            seed: lease.view.seed.unwrap_or_default(),
            request_digest: job.body.digest(),
            max_charge,
            blinding: rand::random(),
        };
        let request_signature = request.sign(pair).0;
        let voucher = lease.voucher.clone().map(|voucher| {
            let signature = voucher.sign(pair).0;
            (voucher, signature)
        });
        let call = NewCall {
            job: job.id.clone(),
            request: request.clone(),
            request_signature,
            body: job.body.clone(),
            voucher: voucher.clone(),
        };
        self.store.at_once(move |store| store.bind(&call)).await?;
        lease.bound();
        Ok(Sent {
            model: job.spec.model.clone(),
            endpoint,
            request,
            request_signature,
            body: job.body.clone(),
            voucher,
        })
    }

    /// The receipt came: pays it, or does not.
    async fn conclude(
        &self,
        ordered: &Ordered,
        receipt: SignedReceipt,
        error: Option<String>,
        ids: Vec<u32>,
        delivered: &[u32],
        quote: &QuoteView,
    ) -> Attempt {
        match self.settle(ordered, &receipt, &ids).await {
            Ok(()) => {}
            Err(Unpaid::Refused(bad)) => {
                let message = format!("the provider's receipt was refused: {bad}");
                return self.failed(delivered, "bad_receipt", message);
            }
            // The receipt may be good: another provider must not be paid as long as nobody knows.
            Err(Unpaid::Store(error)) => return Attempt::Stop(error.into()),
        }
        match receipt.0.finish {
            Finish::Error => {
                let why = error.unwrap_or_else(|| "it gave no reason".into());
                self.failed(delivered, "provider_failed", format!("the provider failed: {why}"))
            }
            Finish::Cancelled => {
                // We did not cancel: the provider ended it. What it sent is owed, but it is no answer.
                let message = "the provider ended the answer early";
                if receipt.0.charge == 0 && delivered.is_empty() {
                    return Attempt::Next(ApiError::unavailable("provider_failed", message));
                }
                // No audit looks at where an answer was cut: whoever charges for it once gets no second chance.
                self.pool.retire(&ordered.request.channel, message).await;
                self.pool.cool(&quote.provider);
                Attempt::Stop(ApiError::unavailable("answer_cut", message))
            }
            Finish::Stop | Finish::Length => {
                Attempt::Done(Box::new(Done { provider: quote.provider.clone(), receipt, ids }))
            }
        }
    }

    /// The provider never took the call: its number is free again, and another provider is asked.
    async fn free(&self, sent: &Sent, code: &'static str, why: String) -> Attempt {
        let (channel, seq, note) = (sent.request.channel, sent.request.seq, why.clone());
        if let Err(error) = self.store.with(move |store| store.release(&channel, seq, &note)).await {
            return Attempt::Stop(error.into());
        }
        self.pool.with_book(&channel, |book| book.release(seq));
        Attempt::Next(ApiError::unavailable(code, why))
    }

    /// The user has what was delivered; the receipt is asked for later, by the keeper.
    async fn leave(&self, sent: &Sent, delivered: &[u32], ids: &[u32]) {
        let (channel, seq) = (sent.request.channel, sent.request.seq);
        let known = if delivered.len() > ids.len() { delivered.to_vec() } else { ids.to_vec() };
        if let Err(error) = self.store.with(move |store| store.delivered(&channel, seq, &known)).await {
            tracing::error!(%error, "can't note what was delivered");
        }
        self.pool.with_book(&channel, |book| book.stick(seq));
    }
}

fn meaning(code: &str) -> Meaning {
    match code {
        "channel_not_ready" | "unknown_channel" | "over_deposit" | "chain_unavailable" | "voucher_short" => {
            Meaning::Later
        }
        "channel_closing"
        | "channel_expired"
        | "not_serving"
        | "other_provider"
        | "other_receipt_key"
        | "ledger_behind"
        | "seq_taken"
        | "seq_gap"
        | "voucher_wrong_total"
        | "voucher_wrong_root"
        | "voucher_ahead"
        | "voucher_over_deposit"
        | "stale_voucher"
        | "bad_voucher_signature"
        | "bad_request_signature"
        | "other_seed"
        | "wrong_channel"
        | "wrong_chain"
        | "other_model" => Meaning::Retire,
        _ => Meaning::Elsewhere,
    }
}
