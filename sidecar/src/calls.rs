//! Runs bound calls: tokens to the client, then exactly one receipt, whatever happens to either.

use crate::{
    adversary,
    api::{error::ApiError, App, Place},
    ledger::{Admission, LedgerError, StoredCall},
    payment::{encode_signed, Authorised},
    runner::{Event, Generation, RunError, Runner},
};
use souk_primitives::{
    call::{CallBody, Finish, Prices, Receipt, Request, Signed},
    transcript::Answer,
    AccountId, ChannelId,
};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::mpsc;

/// What a client is told while its call runs.
#[derive(Debug)]
pub enum Chunk {
    /// The next tokens.
    Tokens {
        /// Their ids.
        ids: Vec<u32>,
        /// The text that they complete.
        text: String,
    },
    /// The answer is complete.
    End(Ended),
    /// The call failed; a paid one has a zero-charge receipt.
    Failed(ApiError),
}

/// A complete answer.
#[derive(Debug)]
pub struct Ended {
    /// Why it ended.
    pub finish: Finish,
    /// All of its tokens.
    pub ids: Vec<u32>,
    /// Text that was held back until the end.
    pub tail: String,
    /// The receipt as clients get it.
    pub receipt: Option<String>,
}

/// The part of a call that costs money.
#[derive(Clone, Debug)]
pub struct Paid {
    /// The order.
    pub request: Request,
    /// Prices of its channel.
    pub prices: Prices,
    /// Tokens of the prompt.
    pub input: u32,
}

/// What became of an authorised call.
pub enum Bound {
    /// Do the work.
    Run(Box<Paid>),
    /// It was answered before.
    Answered(Box<StoredCall>),
}

/// Marks a running call as abandoned unless it got its receipt: the process may die in between, a task may panic.
struct Guard {
    app: App,
    call: Option<(ChannelId, u32)>,
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some((channel, seq)) = self.call.take() {
            self.app.ledger().abandon(&channel, seq);
        }
    }
}

/// Binds an authorised call durably.
pub async fn bind(app: &App, call: Authorised) -> Result<Bound, ApiError> {
    let Authorised { order, view, .. } = call;
    let input = u32::try_from(order.body.prompt_ids.len()).unwrap_or(u32::MAX);
    let paid = Paid { request: order.request.clone(), prices: view.prices(), input };
    match app.ledger().at_once(move |ledger| ledger.admit(order)).await? {
        Ok(Admission::Run) => Ok(Bound::Run(Box::new(paid))),
        Ok(Admission::Answered(stored)) => Ok(Bound::Answered(stored)),
        Err(refusal) => Err(refusal.into()),
    }
}

/// Signs and stores the one receipt of a call. Gives it as clients get it.
pub async fn close(app: &App, paid: &Paid, answer: Answer, finish: Finish) -> Result<String, ApiError> {
    let output = match &answer {
        Answer::Tokens(ids) => u32::try_from(ids.len()).unwrap_or(u32::MAX),
        Answer::Vector(_) => 0,
    };
    let charge = match finish {
        Finish::Error => Some(0),
        _ => paid.prices.charge(paid.input, output),
    };
    let charge = charge.ok_or_else(|| ApiError::internal("the charge does not fit an amount"))?;
    let mut receipt = Receipt {
        genesis: paid.request.genesis,
        channel: paid.request.channel,
        seq: paid.request.seq,
        request_digest: paid.request.request_digest,
        response_digest: answer.digest(),
        input_tokens: paid.input,
        output_tokens: output,
        charge,
        finish,
    };
    adversary::receipt(app.cheat(), &mut receipt, &paid.prices, paid.request.max_charge);
    let Some(pair) = app.receipt_pair() else {
        return Err(ApiError::internal("this sidecar has no receipt key"));
    };
    let signature = receipt.sign(pair).0;
    let text = encode_signed(&receipt, &signature);
    app.metrics().charged(receipt.charge);
    app.ledger().at_once(move |ledger| ledger.finish(&receipt, signature, &answer)).await?;
    Ok(text)
}

/// Closes a call that a crash left without an answer: charge zero, so that no sequence number is missing.
pub async fn close_orphan(app: &App, call: StoredCall) -> Result<(), ApiError> {
    let input = call.body.as_ref().map_or(0, |body| body.prompt_ids.len());
    let paid = Paid {
        request: call.request,
        prices: Prices::default(),
        input: u32::try_from(input).unwrap_or(u32::MAX),
    };
    close(app, &paid, Answer::Tokens(Vec::new()), Finish::Error).await.map(drop)
}

/// One generation to run.
pub struct Work {
    /// The model.
    pub runner: Arc<dyn Runner>,
    /// What to generate.
    pub generation: Generation,
    /// Who pays; `None` for open access.
    pub paid: Option<Paid>,
    /// Tokens are sent as they come, those of so long together: a client that leaves pays for what it was sent. `None`:
    /// all of it at the end.
    pub streaming: Option<Duration>,
    /// The place among the calls that run at a time.
    pub place: Option<Place<AccountId>>,
}

/// Starts a call on a task of its own: it outlives the connection and always ends with its receipt.
pub fn start(app: &App, work: Work) -> mpsc::Receiver<Chunk> {
    let (out, chunks) = mpsc::channel(if work.streaming.is_some() { 1 } else { 64 });
    let app_of_task = app.clone();
    app.tasks().spawn(async move { drive(app_of_task, work, out).await });
    chunks
}

async fn drive(app: App, work: Work, out: mpsc::Sender<Chunk>) {
    let Work { runner, generation, paid, streaming, mut place } = work;
    let mut guard =
        Guard { app: app.clone(), call: paid.as_ref().map(|paid| (paid.request.channel, paid.request.seq)) };
    let started = Instant::now();
    let model = runner.info().name.clone();
    let outcome = match adversary::generate(app.cheat(), &runner, generation) {
        // The model works while the disk does; nothing is sent before the call is safely bound.
        Ok(events) => match safely_bound(&app, paid.is_some()).await {
            Ok(()) => pump(&app, events, &out, streaming, &mut place).await,
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    let (answer, finish, tail, failure) = match outcome {
        Ok(Pumped { ids, finish, tail }) => (ids, finish, tail, None),
        Err(error) => (Vec::new(), Finish::Error, String::new(), Some(ApiError::from(error))),
    };
    app.metrics().answered(&model, finish, answer.len(), started.elapsed());
    let receipt = match &paid {
        None => Ok(None),
        Some(paid) => close(&app, paid, Answer::Tokens(answer.clone()), finish).await.map(Some),
    };
    let last = match (receipt, failure) {
        (Err(error), _) => Chunk::Failed(error),
        (Ok(receipt), Some(failure)) => {
            guard.call = None;
            Chunk::Failed(failure.with_receipt(receipt))
        }
        (Ok(receipt), None) => {
            guard.call = None;
            Chunk::End(Ended { finish, ids: answer, tail, receipt })
        }
    };
    drop(place);
    // Nobody may be listening any more: the receipt waits in the ledger.
    let _ = tokio::time::timeout(app.write_timeout(), out.send(last)).await;
}

/// Waits until what was bound is on the disk.
async fn safely_bound(app: &App, paid: bool) -> Result<(), RunError> {
    if !paid {
        return Ok(());
    }
    app.ledger().with(|ledger| ledger.flush()).await.map_err(|error| RunError::Failed(error.to_string()))
}

struct Pumped {
    ids: Vec<u32>,
    finish: Finish,
    tail: String,
}

/// Moves tokens from the model to the client. The model is never held up by a slow client; a client that reads nothing
/// for too long, takes too long for what is left when the model is done, or went away, cancels the call and pays for what
/// it was sent, or what was made for it if it wanted all at once. A call that ends by this sidecar's own doing has failed:
/// nobody who did not cancel pays for a cancelled call.
async fn pump(
    app: &App,
    mut events: mpsc::Receiver<Event>,
    out: &mpsc::Sender<Chunk>,
    streaming: Option<Duration>,
    place: &mut Option<Place<AccountId>>,
) -> Result<Pumped, RunError> {
    let mut waiting: VecDeque<(u32, String)> = VecDeque::new();
    let mut sent: Vec<u32> = Vec::new();
    let mut held = String::new();
    let mut end: Option<(Finish, String)> = None;
    // The model's turn comes, and then each token, within this time. A long answer may take as long as it takes: what it
    // sends is owed.
    let mut model_ends = tokio::time::Instant::now() + app.call_timeout();
    let mut client_ends = None::<tokio::time::Instant>;
    let gather = streaming.unwrap_or_default();
    // The first token goes at once: the client sees that the model is at it.
    let mut due = tokio::time::Instant::now();
    loop {
        if let (Some((finish, tail)), true) = (&end, waiting.is_empty()) {
            return Ok(Pumped { ids: sent, finish: *finish, tail: held + tail });
        }
        let patience = client_ends.unwrap_or(model_ends).min(model_ends);
        let waits = streaming.is_some() && !waiting.is_empty();
        let gathers = waits && end.is_none() && tokio::time::Instant::now() < due;
        tokio::select! {
            biased;
            permit = out.reserve(), if waits && !gathers => {
                let Ok(permit) = permit else { break };
                let together = if gather.is_zero() { 1 } else { waiting.len() };
                let (ids, texts): (Vec<u32>, Vec<String>) = waiting.drain(..together).unzip();
                sent.extend(&ids);
                permit.send(Chunk::Tokens { ids, text: texts.concat() });
                due = tokio::time::Instant::now() + gather;
                client_ends = (!waiting.is_empty()).then(|| tokio::time::Instant::now() + app.write_timeout());
            }
            event = events.recv(), if end.is_none() => match event {
                Some(Event::Token { id, text }) => {
                    model_ends = tokio::time::Instant::now() + app.call_timeout();
                    if streaming.is_some() {
                        waiting.push_back((id, text));
                        client_ends.get_or_insert_with(|| tokio::time::Instant::now() + app.write_timeout());
                    } else {
                        sent.push(id);
                        held.push_str(&text);
                    }
                }
                Some(Event::End { finish, text }) => {
                    end = Some((finish, text));
                    if let Some(place) = place {
                        place.leave_model();
                    }
                    model_ends = tokio::time::Instant::now() + app.drain_timeout();
                }
                Some(Event::Failed(message)) => return Err(RunError::Failed(message)),
                None => return Err(RunError::Failed("the engine dropped the call".into())),
            },
            () = out.closed() => break,
            () = app.cancelled() => return Err(RunError::Failed("this provider is shutting down".into())),
            () = tokio::time::sleep_until(due), if gathers => {}
            () = tokio::time::sleep_until(patience) => {
                if waiting.is_empty() {
                    return Err(RunError::Failed("the model took too long".into()));
                }
                break;
            }
        }
    }
    // The client went away or does not read. Dropping `events` stops the model. A client that wanted the whole answer at
    // once owes what was made for it: else whoever leaves just before the end has kept the model busy for nothing.
    Ok(Pumped { ids: sent, finish: Finish::Cancelled, tail: String::new() })
}

/// Runs an embedding on a task of its own. Gives the vector and the receipt.
pub async fn embed(
    app: &App,
    runner: Arc<dyn Runner>,
    body: CallBody,
    paid: Option<Paid>,
    place: Option<Place<AccountId>>,
) -> Result<(Vec<f32>, Option<String>), ApiError> {
    let app_of_task = app.clone();
    let task = app.tasks().spawn(async move {
        let app = app_of_task;
        let _place = place;
        let mut guard = Guard {
            app: app.clone(),
            call: paid.as_ref().map(|paid| (paid.request.channel, paid.request.seq)),
        };
        let started = Instant::now();
        let client = paid.as_ref().map_or([0; 32], |paid| paid.request.channel);
        let paying = paid.is_some();
        let work = async {
            let (vector, bound) =
                tokio::join!(runner.embed(client, body.prompt_ids), safely_bound(&app, paying));
            bound.and(vector)
        };
        let outcome = tokio::select! {
            outcome = work => outcome,
            () = app.cancelled() => Err(RunError::Failed("the sidecar shuts down".into())),
            () = tokio::time::sleep(app.call_timeout()) => Err(RunError::Failed("it took too long".into())),
        };
        let (answer, finish) = match &outcome {
            Ok(vector) => (Answer::Vector(vector.iter().map(|x| x.to_bits()).collect()), Finish::Stop),
            Err(_) => (Answer::Vector(Vec::new()), Finish::Error),
        };
        app.metrics().answered(&runner.info().name, finish, 0, started.elapsed());
        let receipt = match &paid {
            None => None,
            Some(paid) => Some(close(&app, paid, answer, finish).await?),
        };
        guard.call = None;
        match outcome {
            Ok(vector) => Ok((vector, receipt)),
            Err(error) => Err(ApiError::from(error).with_receipt(receipt)),
        }
    });
    task.await.unwrap_or_else(|_| Err(ApiError::internal("the call's task failed")))
}

/// Closes the calls, of one channel or of all, that a crash left unanswered and whose consumers did not come back.
pub async fn sweep_orphans(app: &App, age: Duration, of: Option<ChannelId>) {
    let seconds = age.as_secs();
    let claimed: Result<_, LedgerError> =
        app.ledger().with(move |ledger| ledger.claim_orphans(seconds, of.as_ref())).await;
    match claimed {
        Ok(calls) => {
            // What is not closed, also because this task is dropped, is an orphan again.
            let mut guards: Vec<_> = calls
                .iter()
                .map(|call| Guard { app: app.clone(), call: Some((call.request.channel, call.request.seq)) })
                .collect();
            for (call, guard) in calls.into_iter().zip(&mut guards) {
                let (channel, seq) = (hex::encode(call.request.channel), call.request.seq);
                match close_orphan(app, call).await {
                    Ok(()) => {
                        guard.call = None;
                        tracing::info!(channel, seq, "closed an unanswered call at zero charge");
                    }
                    Err(error) => tracing::warn!(channel, seq, error = error.message, "can't close a call"),
                }
            }
        }
        Err(error) => tracing::error!(%error, "can't read unanswered calls"),
    }
}
