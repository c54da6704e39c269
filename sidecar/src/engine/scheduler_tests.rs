//! Turns of the scheduler's jobs.

use super::{super::shares::Sitting, *};
use std::sync::mpsc::{channel, Receiver, Sender};

/// Reports each of its steps; the first waits for a gate.
struct Steps {
    name: &'static str,
    left: usize,
    out: Sender<&'static str>,
    gate: Option<Receiver<()>>,
}

impl Job for Steps {
    fn step(&mut self) -> Progress {
        if let Some(gate) = self.gate.take() {
            let _ = gate.recv();
            return Progress::Finished;
        }
        assert_ne!(self.name, "panics");
        let _ = self.out.send(self.name);
        self.left -= 1;
        if self.left == 0 {
            Progress::Finished
        } else {
            Progress::More
        }
    }
}

fn job(name: &'static str, left: usize, out: &Sender<&'static str>) -> Box<dyn Job> {
    Box::new(Steps { name, left, out: out.clone(), gate: None })
}

/// A scheduler whose thread stands still until the sender is used, so that a test can fill its queue.
fn held(limits: Limits) -> (Scheduler, Sender<()>) {
    held_beside(limits, Sittings::default())
}

/// The same, on a machine with other engines.
fn held_beside(limits: Limits, sittings: Sittings) -> (Scheduler, Sender<()>) {
    let scheduler = Scheduler::start("test", 1, limits, sittings).unwrap();
    let (open, gate) = channel();
    let (out, _) = channel();
    scheduler.submit([255; 32], Box::new(Steps { name: "gate", left: 1, out, gate: Some(gate) })).unwrap();
    while scheduler.load().active == 0 {
        std::thread::yield_now();
    }
    (scheduler, open)
}

#[test]
fn keys_should_take_turns_however_many_jobs_they_have() {
    let (scheduler, open) = held(Limits::default());
    let (out, seen) = channel();
    for name in ["a", "a", "a"] {
        scheduler.submit([1; 32], job(name, 4, &out)).unwrap();
    }
    scheduler.submit([2; 32], job("b", 4, &out)).unwrap();
    drop(out);
    open.send(()).unwrap();
    let order: Vec<_> = seen.iter().collect();
    assert_eq!(order.len(), 16);
    // b gets every second step as long as it has any.
    let last_b = order.iter().rposition(|name| *name == "b").unwrap();
    assert!(last_b <= 8, "{order:?}");
}

#[test]
fn a_key_should_not_fill_the_active_set() {
    let (scheduler, open) = held(Limits { active: 2, active_per_key: 1, ..Limits::default() });
    let (out, seen) = channel();
    scheduler.submit([1; 32], job("long", 50, &out)).unwrap();
    scheduler.submit([1; 32], job("next", 1, &out)).unwrap();
    scheduler.submit([2; 32], job("other", 1, &out)).unwrap();
    drop(out);
    open.send(()).unwrap();
    let order: Vec<_> = seen.iter().collect();
    assert!(order.iter().position(|n| *n == "other").unwrap() < 3, "{order:?}");
    assert_eq!(order.last(), Some(&"next"));
}

#[test]
fn audits_should_wait_behind_nobody() {
    let limits = Limits { active: 1, active_per_key: 1, waiting: 2, waiting_per_key: 2 };
    let (scheduler, open) = held(limits);
    let (out, seen) = channel();
    scheduler.submit([1; 32], job("long", 50, &out)).unwrap();
    scheduler.submit([2; 32], job("next", 50, &out)).unwrap();
    assert!(scheduler.submit([3; 32], job("more", 1, &out)).is_err(), "the queue is full");
    scheduler.submit(AUDIT_KEY, job("audit", 3, &out)).unwrap();
    scheduler.submit(AUDIT_KEY, job("second", 3, &out)).unwrap();
    drop(out);
    open.send(()).unwrap();
    let order: Vec<_> = seen.iter().collect();
    let last = |name| order.iter().rposition(|n| *n == name).unwrap();
    assert!(last("audit") < 8 && last("second") < 16, "{order:?}");
    assert_eq!(order.len(), 106);
}

/// Sleeps for a while in each of its steps.
struct Sleeps {
    name: &'static str,
    left: usize,
    each: Duration,
    out: Sender<(&'static str, Duration)>,
}

impl Job for Sleeps {
    fn step(&mut self) -> Progress {
        let start = Instant::now();
        std::thread::sleep(self.each);
        let heard = self.out.send((self.name, start.elapsed()));
        self.left -= 1;
        if self.left == 0 || heard.is_err() {
            Progress::Finished
        } else {
            Progress::More
        }
    }
}

fn sleeps(
    name: &'static str,
    left: usize,
    millis: u64,
    out: &Sender<(&'static str, Duration)>,
) -> Box<dyn Job> {
    Box::new(Sleeps { name, left, each: Duration::from_millis(millis), out: out.clone() })
}

/// The exam's part of the time from now until so many of its steps are done.
fn exams_share(seen: &Receiver<(&'static str, Duration)>, mut steps: usize) -> f64 {
    let (mut exam, mut others) = (Duration::ZERO, Duration::ZERO);
    while steps > 0 {
        match seen.recv().unwrap() {
            ("exam", took) => (exam, steps) = (exam + took, steps - 1),
            (_, took) => others += took,
        }
    }
    exam.as_secs_f64() / (exam + others).as_secs_f64()
}

#[test]
fn exams_should_have_most_of_the_time_however_many_call() {
    for calls in [1, 2, 8] {
        let (scheduler, open) = held(Limits { active: 8, ..Limits::default() });
        let (out, seen) = channel();
        for call in 0..calls {
            // Pieces of long prompts beside tokens of short answers.
            let millis = if call % 2 == 0 { 8 } else { 1 };
            scheduler.submit([call; 32], sleeps("call", 10_000, millis, &out)).unwrap();
        }
        scheduler.submit(EXAM_KEY, sleeps("exam", 300, 1, &out)).unwrap();
        open.send(()).unwrap();
        let share = exams_share(&seen, 300);
        assert!((0.7..0.8).contains(&share), "{share:.2} of the time with {calls} calls");
        drop(seen);
    }
}

#[test]
fn calls_should_save_up_nothing_while_an_exam_is_alone() {
    let (scheduler, open) = held(Limits::default());
    let (out, seen) = channel();
    scheduler.submit(EXAM_KEY, sleeps("exam", 200, 1, &out)).unwrap();
    open.send(()).unwrap();
    assert_eq!(exams_share(&seen, 120), 1.0);
    scheduler.submit([1; 32], sleeps("call", 10_000, 1, &out)).unwrap();
    let share = exams_share(&seen, 80);
    assert!((0.7..0.85).contains(&share), "{share:.2} of the time");
    drop(seen);
}

#[test]
fn engines_should_leave_most_of_the_machine_to_one_with_an_exam() {
    let sittings = Sittings::default();
    let (examined, open) = held_beside(Limits::default(), sittings.clone());
    let (other, _open) = {
        let (other, open) = held_beside(Limits::default(), sittings);
        open.send(()).unwrap();
        (other, open)
    };
    let (out, seen) = channel();
    examined.submit(EXAM_KEY, sleeps("exam", 200, 2, &out)).unwrap();
    other.submit([1; 32], sleeps("call", 10_000, 2, &out)).unwrap();
    open.send(()).unwrap();
    while seen.recv().unwrap().0 != "exam" {}
    let (start, before) = (Instant::now(), other.load().busy_micros);
    exams_share(&seen, 199);
    let busy = Duration::from_micros(other.load().busy_micros - before);
    let share = busy.as_secs_f64() / start.elapsed().as_secs_f64();
    assert!((0.1..0.35).contains(&share), "the other engine had {share:.2} of the time");
    // Afterwards it has all of it.
    let (start, before) = (Instant::now(), other.load().busy_micros);
    seen.iter().take(100).for_each(drop);
    let busy = Duration::from_micros(other.load().busy_micros - before);
    assert!(busy.as_secs_f64() / start.elapsed().as_secs_f64() > 0.6, "the other engine still rests");
    drop(seen);
}

#[test]
fn a_resting_engine_should_wake_for_exams_and_audits_and_when_nobody_sits_one() {
    const LONG: Duration = Duration::from_secs(3_600);
    let wakes = |audits: usize, wake: fn(&Scheduler, Sitting)| {
        let sittings = Sittings::default();
        let sitting = sittings.begin();
        let shared = Arc::new(Shared::new(Limits::default(), sittings));
        let (done, woken) = channel();
        let resting = shared.clone();
        let scheduler = Scheduler { shared, thread: None };
        let active = (0..audits).map(|_| job("audit", 9, &channel().0)).collect();
        std::thread::spawn(move || {
            rest(&resting, &VecDeque::from([(AUDIT_KEY, active)]), LONG);
            let _ = done.send(());
        });
        // A call is no reason, nor is an audit that has no place.
        scheduler.submit([1; 32], job("call", 1, &channel().0)).unwrap();
        if audits == 2 {
            scheduler.submit(AUDIT_KEY, job("audit", 1, &channel().0)).unwrap();
        }
        assert!(woken.recv_timeout(3 * LOOK).is_err());
        wake(&scheduler, sitting);
        woken.recv_timeout(Duration::from_secs(60)).expect("it wakes");
    };
    wakes(0, |_, sitting| drop(sitting));
    wakes(2, |_, sitting| drop(sitting));
    wakes(2, |scheduler, sitting| {
        scheduler.submit(EXAM_KEY, job("exam", 1, &channel().0)).unwrap();
        std::mem::forget(sitting);
    });
    wakes(1, |scheduler, sitting| {
        scheduler.submit(AUDIT_KEY, job("audit", 1, &channel().0)).unwrap();
        std::mem::forget(sitting);
    });
    wakes(0, |scheduler, sitting| {
        scheduler.close();
        std::mem::forget(sitting);
    });
}

#[test]
fn exams_should_take_no_place_of_a_call_and_wait_in_no_full_queue() {
    let limits = Limits { active: 1, active_per_key: 2, waiting: 1, waiting_per_key: 2 };
    let (scheduler, open) = held(limits);
    let (out, seen) = channel();
    scheduler.submit(EXAM_KEY, job("exam", 50, &out)).unwrap();
    scheduler.submit(EXAM_KEY, job("exam", 50, &out)).unwrap();
    assert!(scheduler.submit([1; 32], job("more", 1, &out)).is_err(), "the queue is full");
    drop(out);
    open.send(()).unwrap();
    assert_eq!(seen.iter().count(), 100);
}

#[test]
fn full_queues_should_refuse() {
    let (scheduler, open) = held(Limits { waiting: 3, waiting_per_key: 2, ..Limits::default() });
    let (out, _seen) = channel();
    for _ in 0..2 {
        scheduler.submit([1; 32], job("a", 1, &out)).unwrap();
    }
    assert!(matches!(
        scheduler.submit([1; 32], job("a", 1, &out)),
        Err(EngineError::QueueFull { waiting: 2, .. })
    ));
    scheduler.submit([2; 32], job("b", 1, &out)).unwrap();
    assert!(matches!(
        scheduler.submit([3; 32], job("c", 1, &out)),
        Err(EngineError::QueueFull { waiting: 3, .. })
    ));
    open.send(()).unwrap();
}

#[test]
fn a_panicking_job_should_not_stop_the_others() {
    let (scheduler, open) = held(Limits::default());
    let (out, seen) = channel();
    scheduler.submit([1; 32], job("panics", 1, &out)).unwrap();
    scheduler.submit([2; 32], job("fine", 1, &out)).unwrap();
    drop(out);
    open.send(()).unwrap();
    assert_eq!(seen.iter().collect::<Vec<_>>(), ["fine"]);
}

#[test]
fn closing_should_drop_what_waits_and_refuse_more() {
    let (scheduler, open) = held(Limits::default());
    let (out, seen) = channel();
    scheduler.submit([1; 32], job("never", 1, &out)).unwrap();
    scheduler.close();
    assert!(matches!(scheduler.submit([1; 32], job("late", 1, &out)), Err(EngineError::Stopped)));
    drop(out);
    open.send(()).unwrap();
    assert_eq!(seen.iter().count(), 0);
}
