//! The local market: `scripts/local.sh` builds and runs this.

use anyhow::{bail, Result};
use clap::{Parser, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};
use souk_e2e::market::{demo, models, node, ports::Ports, sale, state::State, Layout, Market};
use std::{path::PathBuf, process::ExitCode, time::Duration};

#[derive(Parser)]
#[command(about = "A Souk market on this machine: four validators with sidecars, a served model, a gateway")]
struct Cli {
    /// Folder of chain data, stores and logs.
    #[arg(long, default_value = ".local")]
    root: PathBuf,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Starts everything; continues the last chain.
    Up {
        /// Leave it running and return.
        #[arg(long)]
        detach: bool,
        /// Wipe chain and stores first.
        #[arg(long)]
        fresh: bool,
        /// Use free ports instead of the documented ones.
        #[arg(long)]
        free_ports: bool,
    },
    /// Runs the demo on a market that is up: a paid, audited call, then the sale of a model.
    Demo,
    /// Says what runs, how high the chain is and what everybody has.
    Status,
    /// Prints the addresses of a running market for a shell to evaluate.
    Env,
    /// Ends everything.
    Down,
}

/// Tells each step; on a terminal a spinner shows that the current one still runs, and for how long.
struct Teller(ProgressBar);

impl Teller {
    fn new() -> Teller {
        let bar = ProgressBar::new_spinner();
        let style = ProgressStyle::with_template("{spinner} {elapsed}")
            .unwrap_or_else(|_| ProgressStyle::default_spinner());
        bar.set_style(style);
        bar.enable_steady_tick(Duration::from_millis(200));
        Teller(bar)
    }

    fn say(&self, text: &str) {
        self.0.suspend(|| println!("==> {text}"));
        self.0.reset_elapsed();
    }
}

fn say(text: &str) {
    println!("==> {text}");
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Cli::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The chain of causes, never a stack trace: this is read by people.
            eprintln!("error: {}", error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": "));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<()> {
    match cli.command {
        None => {
            let mut market = start(&cli.root, false, false).await?;
            both_acts(&market).await?;
            stay(&mut market).await
        }
        Some(Command::Up { detach, fresh, free_ports }) => {
            let mut market = start(&cli.root, fresh, free_ports).await?;
            if detach {
                market.detach();
                demo::next_steps(&market);
                return Ok(());
            }
            stay(&mut market).await
        }
        Some(Command::Demo) => {
            let market = Market::attach(&cli.root)?;
            market.check_running()?;
            both_acts(&market).await
        }
        Some(Command::Status) => status(&Market::attach(&cli.root)?).await,
        Some(Command::Env) => {
            let market = Market::attach(&cli.root)?;
            println!("export SOUK_GATEWAY={}", market.base_url());
            println!("export SOUK_NODE={}", market.ws(0));
            println!("export SOUK_MODEL={}", models::CHAT);
            println!("export SOUK_EMBEDDER={}", models::EMBEDDER);
            Ok(())
        }
        Some(Command::Down) => {
            let layout = Layout::new(&cli.root)?;
            if State::load(&layout.root)?.is_none() {
                println!("nothing runs in {}", layout.root.display());
                return Ok(());
            }
            let mut market = Market::attach(&cli.root)?;
            let count = market.processes.len();
            market.down()?;
            println!("ended {count} programs");
            Ok(())
        }
    }
}

async fn both_acts(market: &Market) -> Result<()> {
    demo::run(market, &say).await?;
    sale::act(market, &say).await
}

async fn start(root: &std::path::Path, fresh: bool, free_ports: bool) -> Result<Market> {
    let layout = Layout::new(root)?;
    if let Some(state) = State::load(&layout.root)? {
        if state.processes.iter().any(|process| process.is_running()) {
            if let Some(ended) = state.processes.iter().find(|process| !process.is_running()) {
                bail!(
                    "a market runs in {}, but {} of it has ended: first `down`",
                    layout.root.display(),
                    ended.name
                );
            }
            bail!("a market runs in {} already: `down` ends it, `demo` uses it", layout.root.display());
        }
    }
    if fresh {
        layout.wipe()?;
    }
    let ports = if free_ports { Ports::free()? } else { Ports::fixed() };
    ports.check_free()?;
    let mut market = Market::prepare(layout, ports)?;
    let teller = Teller::new();
    market.up(&|text| teller.say(text)).await?;
    sale::license(&market, &|text| teller.say(text)).await?;
    teller.0.finish_and_clear();
    Ok(market)
}

/// Stays until Ctrl-C or SIGTERM, then ends everything; fails when a program ends by itself.
async fn stay(market: &mut Market) -> Result<()> {
    demo::next_steps(market);
    println!("Ctrl-C ends everything.");
    let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    let mut check = tokio::time::interval(Duration::from_secs(2));
    loop {
        tokio::select! {
            _ = tokio::signal::ctrl_c() => break,
            _ = term.recv() => break,
            _ = check.tick() => market.check_running()?,
        }
    }
    say("ending everything");
    market.down()
}

async fn status(market: &Market) -> Result<()> {
    for process in &market.processes {
        let state = if process.is_running() { "runs" } else { "has ended" };
        println!("{:<16} {state:<10} log {}", process.name, process.log.display());
    }
    for (i, name) in node::NAMES.iter().enumerate() {
        match node::heights(market.ports.rpc[i]).await {
            Ok((best, finalised)) => println!("{name:<16} best {best}, finalised {finalised}"),
            Err(error) => println!("{name:<16} does not answer: {error}"),
        }
    }
    demo::print_balances(&market.chain().await?, &demo::balances(&market.chain().await?).await?, None);
    Ok(())
}
