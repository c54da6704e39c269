//! What gateway and sidecar add to a call, beside the bare engine, in one run.

use super::{
    client::Api,
    engine::{greedy, run},
    machine, memory_folder,
    stand::Stand,
    stats::Samples,
    Section, Setup, Table,
};
use crate::market::{
    models::{self, Model, CHAT},
    ports::Ports,
    Layout, Market,
};
use anyhow::{ensure, Context, Result};
use souk_sidecar::engine::{ChatMessage, Engine};
use std::{path::Path, time::Duration, time::Instant};

/// The question of every call.
const QUESTION: &str = "Name three things that are sold on a market.";
/// Tokens of an answer.
const TOKENS: u32 = 16;
/// Calls at a time when throughput is measured: as many as one channel carries.
const TOGETHER: usize = 4;

/// Ways to make a call.
const WAYS: [&str; 3] = ["bare engine", "sidecar, unpaid", "gateway and sidecar, paid"];

/// What one way took.
#[derive(Default)]
struct Way {
    /// Milliseconds of the whole call.
    wall: Samples,
    /// Milliseconds of it in which the engine did not compute.
    idle: Samples,
}

/// The stand with its clients.
struct Bench<'a> {
    stand: &'a Stand,
    prompt: Vec<u32>,
    sidecar: Api,
    gateway: Api,
}

fn busy(engine: &Engine) -> f64 {
    engine.queue().busy_micros as f64 / 1e3
}

impl<'a> Bench<'a> {
    fn new(stand: &'a Stand) -> Result<Self> {
        let prompt = stand.engine.renderer().chat_ids(&[ChatMessage::new("user", QUESTION)])?;
        Ok(Bench { stand, prompt, sidecar: Api::new(&stand.direct)?, gateway: Api::new(&stand.paid)? })
    }

    /// One call: milliseconds of all, and milliseconds of the engine.
    async fn call(&self, way: usize, tokens: u32) -> Result<(f64, f64)> {
        let before = busy(&self.stand.engine);
        let wall = match way {
            0 => {
                let timed = run(&self.stand.engine, greedy(self.prompt.clone(), tokens)).await?;
                ensure!(timed.ids.len() == tokens as usize, "the answer ended early");
                timed.total
            }
            1 => self.sidecar.whole(QUESTION, tokens).await?.millis,
            _ => self.gateway.whole(QUESTION, tokens).await?.millis,
        };
        // The engine's own count of the last step follows its last token.
        tokio::time::sleep(Duration::from_millis(3)).await;
        Ok((wall, busy(&self.stand.engine) - before))
    }

    /// One call of one token: milliseconds to it, and milliseconds of the engine.
    async fn first(&self, way: usize) -> Result<(f64, f64)> {
        let before = busy(&self.stand.engine);
        let wall = match way {
            0 => run(&self.stand.engine, greedy(self.prompt.clone(), 1)).await?.first,
            1 => self.sidecar.first(QUESTION, 1).await?,
            _ => self.gateway.first(QUESTION, 1).await?,
        };
        tokio::time::sleep(Duration::from_millis(3)).await;
        Ok((wall, busy(&self.stand.engine) - before))
    }

    /// All ways in turn, each round in another order, so that noise hits them alike.
    async fn rounds(&self, rounds: usize, first_token: bool) -> Result<[Way; 3]> {
        let mut ways = <[Way; 3]>::default();
        for round in 0..rounds {
            for place in 0..WAYS.len() {
                let way = (place + round) % WAYS.len();
                let (wall, engine) = match first_token {
                    true => self.first(way).await?,
                    false => self.call(way, TOKENS).await?,
                };
                ways[way].wall.push(wall);
                ways[way].idle.push(wall - engine);
            }
        }
        Ok(ways)
    }

    /// Tokens a second of so many calls, [`TOGETHER`] at a time.
    async fn throughput(&self, way: usize, calls: usize, tokens: u32) -> Result<f64> {
        let began = Instant::now();
        let workers = (0..TOGETHER).map(|_| async move {
            let mut made = 0u64;
            for _ in 0..calls / TOGETHER {
                made += match way {
                    0 => run(&self.stand.engine, greedy(self.prompt.clone(), tokens)).await?.ids.len() as u64,
                    _ => self.gateway.whole(QUESTION, tokens).await?.tokens,
                };
            }
            anyhow::Ok(made)
        });
        let made: u64 = futures::future::try_join_all(workers).await?.into_iter().sum();
        Ok(made as f64 / began.elapsed().as_secs_f64())
    }

    /// Opens the channels, fills the caches, and checks that every way gives the same answer.
    async fn warm(&self) -> Result<()> {
        let bare = run(&self.stand.engine, greedy(self.prompt.clone(), TOKENS)).await?;
        let text = self.stand.engine.renderer().decode(&bare.ids)?;
        for api in [&self.sidecar, &self.gateway] {
            let answer = api.whole(QUESTION, TOKENS).await?;
            ensure!(answer.text == text, "the answers differ: {:?} and {text:?}", answer.text);
        }
        self.throughput(2, 2 * TOGETHER, 2).await?;
        self.rounds(2, false).await.map(drop)
    }
}

/// Milliseconds of processor time that a program has used.
fn cpu_millis(pid: i32) -> Result<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let fields: Vec<&str> = stat.rsplit_once(')').context("no name")?.1.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    // The kernel's user-visible tick, the same on every Linux.
    Ok(ticks * 10.0)
}

/// What one folder of stores gave.
struct Measured {
    calls: [Way; 3],
    first: [Way; 3],
    throughput: Option<[Samples; 2]>,
    gateway_cpu: f64,
    /// Tokens of the prompt.
    prompt: usize,
}

async fn on(
    setup: &Setup,
    market: &Market,
    model: &Model,
    folder: &Path,
    throughput: bool,
    say: &dyn Fn(&str),
) -> Result<Measured> {
    let stand = Stand::start(setup, market, model, folder).await?;
    let bench = Bench::new(&stand)?;
    say("overhead: first calls, channels are opened");
    bench.warm().await?;
    say("overhead: calls, one at a time");
    let rounds = setup.pick(24, 4);
    let cpu = cpu_millis(stand.gateway.0.pid)?;
    let calls = bench.rounds(rounds, false).await?;
    let gateway_cpu = (cpu_millis(stand.gateway.0.pid)? - cpu) / rounds as f64;
    say("overhead: time to the first token");
    let first = bench.rounds(setup.pick(40, 6), true).await?;
    let mut both = <[Samples; 2]>::default();
    if throughput {
        say("overhead: throughput, four calls at a time");
        for round in 0..setup.pick(4, 1) {
            for place in 0..2 {
                let way = (place + round) % 2;
                both[way].push(bench.throughput(2 * way, setup.pick(12, 4), 32).await?);
            }
        }
    }
    let prompt = bench.prompt.len();
    stand.stop().await?;
    Ok(Measured { calls, first, throughput: throughput.then_some(both), gateway_cpu, prompt })
}

/// Rows of one kind of call.
fn rows(table: &mut Table, store: &str, ways: &[Way; 3]) {
    for (name, way) in WAYS.iter().zip(ways) {
        let [wall, half, _] = way.wall.cells(1);
        let [idle, idle_half, slow] = way.idle.cells(2);
        table.row([store.into(), (*name).into(), wall, half, idle, idle_half, slow]);
    }
}

/// Milliseconds that the paid way adds in the middle.
fn added(ways: &[Way; 3]) -> f64 {
    ways[2].idle.median() - ways[0].idle.median()
}

/// Measures the section.
pub async fn measure(setup: &Setup, say: &dyn Fn(&str)) -> Result<Section> {
    let mut section = Section::new(setup, "overhead", "Gateway and sidecar");
    let root = tempfile::tempdir_in(&setup.folder)?;
    let mut market = Market::prepare(Layout::new(root.path())?, Ports::free()?)?;
    market.start_nodes(say).await?;
    let all = models::test_models()?;
    // No exam takes a part of what is measured.
    let without_exams = |model: Model| Model { reference: None, ..model };
    let chat: Vec<Model> = all.into_iter().filter(|model| model.name == CHAT).map(without_exams).collect();
    market.register(&chat, say).await?;
    let model = chat.first().context("no chat model")?;

    let sync = machine::sync_millis(root.path(), setup.pick(200, 40))?;
    let disk = on(setup, &market, model, &root.path().join("disk"), true, say).await?;
    let memory = match memory_folder()? {
        None => None,
        Some(folder) => {
            say("overhead: the same with the stores in memory");
            Some(on(setup, &market, model, folder.path(), false, say).await?)
        }
    };
    market.down()?;

    let head =
        ["stores", "way", "ms", "middle half", "beside the engine: ms", "middle half", "99th percentile"];
    let mut calls = Table::new(format!("A whole call, {TOKENS} tokens, one at a time"), &head);
    let mut first = Table::new("Time to the first token, streaming", &head);
    for (store, measured) in [("on disk", Some(&disk)), ("in memory", memory.as_ref())] {
        if let Some(measured) = measured {
            rows(&mut calls, store, &measured.calls);
            rows(&mut first, store, &measured.first);
        }
    }
    let mut rates = Table::new(
        format!("Tokens a second, {TOGETHER} calls at a time, 32 tokens each: median (middle half)"),
        &["bare engine", "gateway and sidecar, paid", "lost"],
    );
    if let Some([bare, paid]) = &disk.throughput {
        let lost = (1.0 - paid.median() / bare.median()) * 100.0;
        rates.row([bare.short(1), paid.short(1), format!("{lost:.1} %")]);
        section.aim(
            "throughput lost to gateway and sidecar",
            "under 3 %",
            format!("{lost:.1} %"),
            Some(lost < 3.0),
        );
    }
    let own = memory.as_ref().map(|measured| added(&measured.calls));
    section.aim(
        "gateway and sidecar, added to a call at the median",
        "under 2 ms",
        format!(
            "{:.2} ms on this disk (a forced write takes {:.2} ms){}",
            added(&disk.calls),
            sync.median(),
            own.map(|own| format!(", {own:.2} ms with the stores in memory")).unwrap_or_default()
        ),
        Some(added(&disk.calls) < 2.0),
    );
    section.aim(
        "gateway and sidecar, added to the first token at the median",
        "reported",
        format!("{:.2} ms on this disk", added(&disk.first)),
        None,
    );
    section.how(format!(
        "Four validators run; the provider's sidecar runs in the benchmark's process, so that all ways use one loaded engine \
         (1 thread); `souk gateway` is the program itself. An OpenAI request with the same prompt ({} tokens, greedy) goes to \
         each in turn, the order changing round by round. \"Beside the engine\" is the call's time less the time that the engine \
         itself counted for its steps: the engine's own noise, larger than everything here, is not in it. The difference of \
         those medians is the overhead.",
        disk.prompt
    ));
    section.how(format!(
        "Nothing is settled meanwhile, so no audits run beside it. Both stores force their commits to the disk; 4 KiB forced take \
         {:.2} ms here in the middle (99th percentile {:.2} ms). The gateway used {:.1} ms of processor time for a call.",
        sync.median(),
        sync.quantile(0.99),
        disk.gateway_cpu
    ));
    section.tables = vec![calls, first, rates];
    Ok(section)
}
