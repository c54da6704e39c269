//! One thread that runs everybody's jobs step by step, fairly between keys.
//!
//! A key is whoever a job is for: a channel, or the audits. Keys take turns, one step each, so neither a long answer
//! nor many calls of one channel starve another; a step is short (one token, or one piece of a prompt). Batching
//! sequences would be faster on a GPU, but on a CPU a step is bound by memory, and the numbers would depend on who else
//! is being served.
//!
//! Audits have a deadline on the chain, and whoever is to be checked may be the one who keeps the model busy: they wait
//! behind nobody, and take a turn among the keys like the others. Exams have places of their own as well, and while one
//! goes on most of the time ([`super::shares`]): it has to be done in less than half a minute, or all of it is in vain.

use super::{
    error::{EngineError, Result},
    shares::{Shares, Sittings},
};
use parking_lot::{Condvar, Mutex};
use std::{
    collections::{HashMap, VecDeque},
    panic::{catch_unwind, AssertUnwindSafe},
    sync::{
        atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed},
        Arc,
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// How often a resting engine looks whether the exams of the others are over.
const LOOK: Duration = Duration::from_millis(50);

/// Whom a job is for.
pub type Key = [u8; 32];

/// Key of a sidecar's own audits.
pub const AUDIT_KEY: Key = *b"souk/audit......................";

/// Key of the exams that a sidecar sits.
pub const EXAM_KEY: Key = *b"souk/exam.......................";

/// Keys with places of their own, beside those of calls.
fn is_apart(key: &Key) -> bool {
    *key == AUDIT_KEY || *key == EXAM_KEY
}

/// Whether a job wants another step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It does.
    More,
    /// It has sent its answer.
    Finished,
}

/// Work in steps. A job answers through channels of its own and notices itself when nobody listens any more.
pub trait Job: Send {
    /// Does the next piece.
    fn step(&mut self) -> Progress;
}

/// Limits of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Jobs in progress at the same time; each holds a cache.
    pub active: usize,
    /// Of these, jobs of one key.
    pub active_per_key: usize,
    /// Jobs waiting.
    pub waiting: usize,
    /// Of these, jobs of one key.
    pub waiting_per_key: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { active: 8, active_per_key: 2, waiting: 256, waiting_per_key: 32 }
    }
}

#[derive(Default)]
struct Queue {
    waiting: HashMap<Key, VecDeque<Box<dyn Job>>>,
    /// Keys with waiting jobs, longest unserved first.
    turns: VecDeque<Key>,
    waiting_total: usize,
    closed: bool,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
    limits: Limits,
    sittings: Sittings,
    active: AtomicUsize,
    busy_micros: AtomicU64,
    finished: AtomicU64,
}

impl Shared {
    fn new(limits: Limits, sittings: Sittings) -> Self {
        Shared {
            queue: Mutex::default(),
            wake: Condvar::new(),
            limits,
            sittings,
            active: AtomicUsize::new(0),
            busy_micros: AtomicU64::new(0),
            finished: AtomicU64::new(0),
        }
    }
}

/// What the scheduler is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// Jobs waiting.
    pub waiting: usize,
    /// Jobs in progress.
    pub active: usize,
    /// Jobs that have ended.
    pub finished: u64,
    /// Time spent in steps, microseconds.
    pub busy_micros: u64,
}

/// Runs jobs on a thread of its own until it is dropped.
pub struct Scheduler {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Scheduler {
    /// Starts the thread; `threads` is how many cores its arithmetic may use (0: as `RAYON_NUM_THREADS` says). `sittings`
    /// is the same for all engines of the machine.
    pub fn start(name: &str, threads: usize, limits: Limits, sittings: Sittings) -> Result<Self> {
        let shared = Arc::new(Shared::new(limits, sittings));
        let failed =
            |e: &dyn std::fmt::Display| EngineError::Unsupported(format!("can't start a thread: {e}"));
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .thread_name(|i| format!("engine-{i}"))
            .build()
            .map_err(|e| failed(&e))?;
        let worker = shared.clone();
        let thread = std::thread::Builder::new()
            .name(format!("engine {name}"))
            // Inside the pool, so that the arithmetic's parallel parts stay within its threads.
            .spawn(move || pool.install(|| work(&worker)))
            .map_err(|e| failed(&e))?;
        Ok(Scheduler { shared, thread: Some(thread) })
    }

    /// Queues a job.
    pub fn submit(&self, key: Key, job: Box<dyn Job>) -> Result<()> {
        let limits = self.shared.limits;
        let mut queue = self.shared.queue.lock();
        if queue.closed {
            return Err(EngineError::Stopped);
        }
        if queue.waiting_total >= limits.waiting && !is_apart(&key) {
            return Err(EngineError::QueueFull { waiting: queue.waiting_total, scope: "of everybody" });
        }
        let own = queue.waiting.entry(key).or_default();
        if own.len() >= limits.waiting_per_key {
            return Err(EngineError::QueueFull { waiting: own.len(), scope: "of this channel" });
        }
        own.push_back(job);
        if own.len() == 1 {
            queue.turns.push_back(key);
        }
        queue.waiting_total += 1;
        drop(queue);
        self.shared.wake.notify_one();
        Ok(())
    }

    /// What is going on.
    pub fn load(&self) -> Load {
        Load {
            waiting: self.shared.queue.lock().waiting_total,
            active: self.shared.active.load(Relaxed),
            finished: self.shared.finished.load(Relaxed),
            busy_micros: self.shared.busy_micros.load(Relaxed),
        }
    }

    /// Takes no more jobs; those waiting are dropped, those in progress finish.
    pub fn close(&self) {
        let dropped = {
            let mut queue = self.shared.queue.lock();
            queue.closed = true;
            queue.turns.clear();
            queue.waiting_total = 0;
            std::mem::take(&mut queue.waiting)
        };
        drop(dropped);
        self.shared.wake.notify_one();
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        self.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Jobs in progress: keys in turn, each with its own.
type Active = VecDeque<(Key, VecDeque<Box<dyn Job>>)>;

fn work(shared: &Shared) {
    let mut active: Active = VecDeque::new();
    let mut shares = Shares::default();
    let mut sitting = None;
    loop {
        if !admit(shared, &mut active) {
            return;
        }
        sitting = match is_sitting(&active) {
            true => sitting.or_else(|| Some(shared.sittings.begin())),
            false => None,
        };
        let Some((key, mut jobs)) = take_turn(&mut active, &mut shares) else { continue };
        let start = Instant::now();
        if let Some(mut job) = jobs.pop_front() {
            // A job that panics is dropped; whoever waits for it sees its channel close.
            let progress = catch_unwind(AssertUnwindSafe(|| job.step()));
            let micros = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
            shared.busy_micros.fetch_add(micros, Relaxed);
            if matches!(progress, Ok(Progress::More)) {
                jobs.push_back(job);
            } else {
                drop(job);
                shared.active.fetch_sub(1, Relaxed);
                shared.finished.fetch_add(1, Relaxed);
            }
        }
        let took = start.elapsed();
        shares.count(key == EXAM_KEY, took);
        if !jobs.is_empty() {
            active.push_back((key, jobs));
        }
        if !is_sitting(&active) {
            sitting = None;
            rest(shared, &active, took);
        }
    }
}

/// Leaves the machine to exams in other engines after a step, as long as there are any. An audit for which there is a
/// place, or an exam of this engine's own, does not wait for that; an audit that goes on rests after its steps like a
/// call.
fn rest(shared: &Shared, active: &Active, took: Duration) {
    let until = Instant::now() + shared.sittings.rest(took);
    let may_start =
        |key: &Key| is_apart(key) && in_progress(active, key) < shared.limits.active_per_key.max(1);
    let mut queue = shared.queue.lock();
    while shared.sittings.is_any() && !queue.closed && !queue.waiting.keys().any(may_start) {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return;
        }
        // Other engines don't say when their exams end.
        shared.wake.wait_for(&mut queue, left.min(LOOK));
    }
}

fn is_sitting(active: &Active) -> bool {
    active.iter().any(|(key, _)| *key == EXAM_KEY)
}

/// Whose step is next: the key that waited longest, but of an exam and the others whoever is behind its share.
fn take_turn(active: &mut Active, shares: &mut Shares) -> Option<(Key, VecDeque<Box<dyn Job>>)> {
    let exam = active.iter().position(|(key, _)| *key == EXAM_KEY);
    let Some(exam) = exam.filter(|_| active.len() > 1) else {
        // Who was alone has saved nothing up.
        *shares = Shares::default();
        return active.pop_front();
    };
    active.remove(if shares.is_exams_turn() { exam } else { usize::from(exam == 0) })
}

/// Fills the active set; waits while there is nothing at all to do. False when the scheduler has ended.
fn admit(shared: &Shared, active: &mut Active) -> bool {
    let mut queue = shared.queue.lock();
    loop {
        while let Some((key, job)) = next(&mut queue, active, &shared.limits) {
            shared.active.fetch_add(1, Relaxed);
            match active.iter_mut().find(|(k, _)| *k == key) {
                Some((_, jobs)) => jobs.push_back(job),
                None => active.push_back((key, VecDeque::from([job]))),
            }
        }
        if !active.is_empty() {
            return true;
        }
        if queue.closed {
            return false;
        }
        shared.wake.wait(&mut queue);
    }
}

fn in_progress(active: &Active, key: &Key) -> usize {
    active.iter().find(|(k, _)| k == key).map_or(0, |(_, jobs)| jobs.len())
}

/// Next job to start: an audit or, after all calls, an exam, which have places of their own beside the active ones; else
/// of the key with the fewest in progress, the longest unserved among equals.
fn next(queue: &mut Queue, active: &Active, limits: &Limits) -> Option<(Key, Box<dyn Job>)> {
    let calls: usize = active.iter().filter(|(key, _)| !is_apart(key)).map(|(_, jobs)| jobs.len()).sum();
    let full = calls >= limits.active.max(1);
    let (place, key, _) = queue
        .turns
        .iter()
        .enumerate()
        .map(|(place, key)| (place, *key, in_progress(active, key)))
        .filter(|(_, key, count)| *count < limits.active_per_key.max(1) && (is_apart(key) || !full))
        .min_by_key(|(place, key, count)| (*key == EXAM_KEY, *key != AUDIT_KEY, *count, *place))?;
    let jobs = queue.waiting.get_mut(&key)?;
    let job = jobs.pop_front()?;
    let more = !jobs.is_empty();
    queue.turns.remove(place);
    if more {
        queue.turns.push_back(key);
    } else {
        queue.waiting.remove(&key);
    }
    queue.waiting_total = queue.waiting_total.saturating_sub(1);
    Some((key, job))
}

#[cfg(test)]
#[path = "scheduler_tests.rs"]
mod tests;
