//! Audit jobs: one for each (audit, round), idempotent, each with a deadline in its commit phase.

use super::{
    evidence::Evidence,
    fetch::{self, FetchError, Limits},
    store::Store,
    turns::{Turn, Turns},
    JobView, Status,
};
use crate::{
    api::{error::ApiError, App},
    budget,
    engine::compare,
    runner::{Measured, ModelInfo, RunError, Runner},
};
use parking_lot::Mutex;
use souk_primitives::{
    audit::Round,
    transcript::Answer,
    verdict::{Faults, Report, Thresholds},
    views::AuditTask,
    AuditId, BlockNumber, Digest,
};
use std::{
    collections::BTreeMap,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::sync::{watch, Semaphore};

/// Calls that are measured at the same time; the others wait with their transcripts.
const AT_ONCE: usize = 4;
/// Pause between two tries.
const PAUSE: Duration = Duration::from_millis(700);
/// Tries of a model whose queue is full.
const TRIES: u32 = 20;

/// What the worker renews with each block: a fetch signature that has not expired, and the time left.
#[derive(Clone, Debug)]
pub struct Material {
    /// Header of the fetch.
    pub fetch: String,
    /// When a missing transcript is reported.
    pub deadline: Instant,
    /// Live block at which that was worked out.
    pub now: BlockNumber,
}

struct Inner {
    app: App,
    store: Store,
    running: Mutex<BTreeMap<(AuditId, Round), watch::Sender<Material>>>,
    turns: Turns,
    places: Semaphore,
}

/// Runs audits. Cheap to clone.
#[derive(Clone)]
pub struct Auditor(Arc<Inner>);

fn disk(error: rusqlite::Error) -> ApiError {
    tracing::error!(%error, "audit store failure");
    ApiError::internal("the sidecar's audit store failed")
}

impl Auditor {
    /// Opens the store of reports.
    pub fn open(app: App, path: &Path) -> rusqlite::Result<Self> {
        Ok(Self(Arc::new(Inner {
            app,
            store: Store::open(path)?,
            running: Mutex::default(),
            turns: Turns::default(),
            places: Semaphore::new(AT_ONCE),
        })))
    }

    /// Both rounds of an audit.
    pub fn rounds(&self, audit: &AuditId) -> Result<Vec<JobView>, ApiError> {
        let jobs = self.0.store.rounds(audit).map_err(disk)?;
        Ok(jobs.into_iter().map(|job| self.with_running(job)).collect())
    }

    fn with_running(&self, mut job: JobView) -> JobView {
        if job.status == Status::Queued && self.0.running.lock().contains_key(&(job.audit, job.round)) {
            job.status = Status::Running;
        }
        job
    }

    /// Starts a job, or gives it new material when it runs, or says what became of it.
    pub fn submit(&self, genesis: Digest, task: AuditTask, fetch: String) -> Result<JobView, ApiError> {
        let (audit, round) = (task.audit.id, task.audit.round);
        let material = Material { fetch, deadline: self.deadline(&task), now: task.now };
        let before = self.0.store.get(&audit, round).map_err(disk)?;
        if let Some(job) = before.clone().filter(|job| job.status == Status::Done) {
            return Ok(job);
        }
        let mut running = self.0.running.lock();
        if let Some(sender) = running.get(&(audit, round)) {
            // The same block asked twice does not give more time.
            sender.send_modify(|held| {
                if material.now > held.now {
                    *held = material;
                } else {
                    held.fetch = material.fetch;
                }
            });
        } else {
            self.0.store.insert(&audit, round).map_err(disk)?;
            let (sender, receiver) = watch::channel(material);
            running.insert((audit, round), sender);
            let auditor = self.clone();
            self.0.app.tasks().spawn(async move {
                auditor.run(genesis, task, receiver).await;
                auditor.0.running.lock().remove(&(audit, round));
            });
        }
        drop(running);
        // What failed is tried again, since its cause may have been repaired; until then it has failed.
        if let Some(job) = before.filter(|job| job.status == Status::Failed) {
            return Ok(job);
        }
        let job = self.0.store.get(&audit, round).map_err(disk)?;
        job.map(|job| self.with_running(job)).ok_or_else(|| ApiError::internal("the job was not stored"))
    }

    /// The report must be there a little before the commit phase ends: the worker looks once a block.
    fn deadline(&self, task: &AuditTask) -> Instant {
        let config = &self.0.app.config().audit;
        let blocks = task.audit.commit_by.saturating_sub(task.now).saturating_sub(config.margin_blocks);
        Instant::now() + Duration::from_millis(config.block_millis.saturating_mul(blocks.into()))
    }

    async fn run(&self, genesis: Digest, task: AuditTask, material: watch::Receiver<Material>) {
        let (id, round) = (task.audit.id, task.audit.round);
        let outcome = tokio::select! {
            outcome = self.audit(&genesis, &task, material) => outcome,
            // The worker asks again after the restart.
            () = self.0.app.cancelled() => return,
        };
        let stored = match outcome {
            Ok(report) => {
                tracing::info!(audit = %hex::encode(id), ?round, ?report, "audited");
                self.0.app.metrics().audited(if report == Report::Unavailable {
                    "unavailable"
                } else {
                    "reported"
                });
                self.0.store.finish(&id, round, &report)
            }
            Err(error) => {
                tracing::warn!(audit = %hex::encode(id), ?round, error, "can't audit");
                self.0.app.metrics().audited("failed");
                self.0.store.note(&id, round, &error, true)
            }
        };
        if let Err(error) = stored {
            tracing::error!(%error, "an audit's outcome can't be stored");
        }
    }

    /// The report, or why this sidecar can't make one.
    async fn audit(
        &self,
        genesis: &Digest,
        task: &AuditTask,
        material: watch::Receiver<Material>,
    ) -> Result<Report, String> {
        let runner = self
            .0
            .app
            .models()
            .verifier(&task.spec_view.manifest_digest)
            .ok_or("the spec's model is not loaded here")?
            .clone();
        let Some(evidence) = self.obtain(task, material).await else { return Ok(Report::Unavailable) };
        let (evidence, faults) = self.account(genesis, task, evidence, runner.info().clone()).await?;
        // Not before the transcript is here: who withholds one must not keep the model from the others.
        let _place = self.0.places.acquire().await.map_err(|error| error.to_string())?;
        for _ in 0..TRIES {
            match measure(runner.as_ref(), task, &evidence, faults).await {
                Err(RunError::Busy) => tokio::time::sleep(PAUSE).await,
                outcome => return outcome.map_err(|error| error.to_string()),
            }
        }
        Err(RunError::Busy.to_string())
    }

    /// What is wrong without asking the model, found away from the async threads: its author chose how long that takes.
    async fn account(
        &self,
        genesis: &Digest,
        task: &AuditTask,
        evidence: Evidence,
        info: ModelInfo,
    ) -> Result<(Evidence, Faults), String> {
        let (genesis, task) = (*genesis, task.clone());
        let check = move || {
            let faults = evidence.faults(&genesis, &task, &info);
            (evidence, faults)
        };
        tokio::task::spawn_blocking(check).await.map_err(|error| error.to_string())
    }

    /// Waits for a turn, but not beyond the deadline: a provider that fills its own queue is asked then all the same, and
    /// what it withholds is reported in time.
    async fn turn(&self, task: &AuditTask, material: &watch::Receiver<Material>) -> Option<Turn> {
        let deadline = material.borrow().deadline;
        tokio::time::timeout_at(deadline.into(), self.0.turns.of(&task.audit.provider)).await.ok().flatten()
    }

    /// Asks the provider until it hands over the drawn call, or answer, or the time is up. Always asks at least once.
    async fn obtain(&self, task: &AuditTask, material: watch::Receiver<Material>) -> Option<Evidence> {
        let config = &self.0.app.config().audit;
        let id = task.audit.id;
        loop {
            let turn = self.turn(task, &material).await;
            let Material { fetch, deadline, .. } = material.borrow().clone();
            let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_secs(2));
            let limits = Limits {
                time: Duration::from_secs(config.fetch_secs).min(left),
                // More can't be an honest call's.
                bytes: config.fetch_bytes.min(budget::transcript_bytes(task.spec_view.max_context)),
                allow_private: config.allow_private_endpoints,
            };
            let error = match fetch::transcript(&task.audit.endpoint, &id, &fetch, limits).await {
                Ok(bytes) => match Evidence::decode(&task.subject, &bytes) {
                    Some(evidence) => match evidence.opens(task) {
                        Ok(()) => return Some(evidence),
                        Err(error) => error,
                    },
                    None => "the provider's answer is no transcript".into(),
                },
                Err(error @ FetchError::Refused(_)) => format!("refused: {error}"),
                Err(error) => error.to_string(),
            };
            drop(turn);
            tracing::debug!(audit = %hex::encode(id), error, "no transcript yet");
            if let Err(error) = self.0.store.note(&id, task.audit.round, &error, false) {
                tracing::error!(%error, "an audit's error can't be stored");
            }
            let deadline = material.borrow().deadline;
            if Instant::now() + PAUSE >= deadline {
                return None;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}

/// Runs the model over the call and puts the report together.
async fn measure(
    runner: &dyn Runner,
    task: &AuditTask,
    evidence: &Evidence,
    mut faults: Faults,
) -> Result<Report, RunError> {
    let tokens = matches!(task.spec_view.thresholds, Thresholds::Tokens { .. });
    // The verdict stands already, and the model would be kept busy for nothing.
    let hopeless = faults.has(Faults::FOREIGN_SEED.and(Faults::OVERRUN));
    match (&evidence.answer(), tokens) {
        (Answer::Tokens(ids), true) => {
            let mut measured =
                Measured { n: u32::try_from(ids.len()).unwrap_or(u32::MAX), ..Measured::default() };
            if !hopeless {
                match runner.measure(evidence.generation(task, runner.info()), ids.clone()).await {
                    Ok(found) => measured = found,
                    // A prompt or an answer that the model can't have seen.
                    Err(RunError::BadInput(_)) => faults = faults.and(Faults::OVERRUN),
                    Err(error) => return Err(error),
                }
            }
            let Measured { n, mean_margin, max_window, max_margin, exact } = measured;
            Ok(Report::Tokens { n, mean_margin, max_window, max_margin, exact, faults })
        }
        (Answer::Vector(bits), false) => {
            let claimed: Vec<f32> = bits.iter().copied().map(f32::from_bits).collect();
            let (mut l2, mut cosine) = (0, 0);
            if !hopeless {
                match runner.embed(task.audit.id, evidence.generation(task, runner.info()).prompt).await {
                    Ok(vector) => (l2, cosine) = compare(&vector, &claimed),
                    Err(RunError::BadInput(_)) => faults = faults.and(Faults::OVERRUN),
                    Err(error) => return Err(error),
                }
            }
            Ok(Report::Embedding { l2, cosine, faults })
        }
        // The wrong kind of answer: the fault is set already, the numbers say nothing.
        (_, true) => Ok(Report::Tokens {
            n: 0,
            mean_margin: 0,
            max_window: 0,
            max_margin: 0,
            exact: 0,
            faults: faults.and(Faults::FINISH),
        }),
        (_, false) => Ok(Report::Embedding { l2: 0, cosine: 0, faults: faults.and(Faults::FINISH) }),
    }
}
