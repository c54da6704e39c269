//! Every measurement: `scripts/bench.sh` builds and runs this.

use anyhow::{bail, Context, Result};
use clap::Parser;
use souk_e2e::bench::{
    economy, engine, eras, market, overhead, report, sales, search, verify, vouchers, Section, Setup,
};
use std::{path::PathBuf, process::ExitCode};

#[derive(Parser)]
#[command(about = "Measures Souk on this machine and writes docs/performance.md")]
struct Cli {
    /// Fewer samples: for a look.
    #[arg(long)]
    quick: bool,
    /// Only these sections, the others as they were measured last: overhead, vouchers, engine, verify, search, sales,
    /// market, eras, economy.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Measure nothing; write the report of what was measured last.
    #[arg(long)]
    report_only: bool,
    /// Folder on the disk for weights, stores and results.
    #[arg(long)]
    folder: PathBuf,
    /// Folder with the installed llama.cpp package.
    #[arg(long)]
    llama: Option<PathBuf>,
    /// The program that drives it.
    #[arg(long, default_value = "tests/bench/llama.mjs")]
    llama_script: PathBuf,
    /// The web server to compare sales with.
    #[arg(long)]
    nginx: Option<PathBuf>,
    /// Folder of the documents; what is simulated goes into its economics.md and emission.svg.
    #[arg(long, default_value = "docs")]
    docs: PathBuf,
    /// Where the report is written.
    #[arg(long, default_value = "docs/performance.md")]
    report: PathBuf,
}

fn say(text: &str) {
    println!("==> {text}");
}

#[tokio::main(flavor = "multi_thread", worker_threads = 4)]
async fn main() -> ExitCode {
    // Dropped in the middle, a section ends the programs that it started.
    let outcome = tokio::select! {
        outcome = run(Cli::parse()) => outcome,
        () = interrupted() => Err(anyhow::anyhow!("interrupted")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", error.chain().map(ToString::to_string).collect::<Vec<_>>().join(": "));
            ExitCode::FAILURE
        }
    }
}

async fn interrupted() {
    use tokio::signal::unix::{signal, SignalKind};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        },
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

async fn run(cli: Cli) -> Result<()> {
    if let Some(unknown) = cli.only.iter().find(|name| !report::SECTIONS.contains(&name.as_str())) {
        bail!("there is no section {unknown:?}: {}", report::SECTIONS.join(", "));
    }
    std::fs::create_dir_all(&cli.folder)?;
    let setup = Setup {
        quick: cli.quick,
        folder: cli.folder.canonicalize()?,
        llama: cli.llama,
        llama_script: cli.llama_script,
        nginx: cli.nginx,
        docs: cli.docs,
    };
    for name in report::SECTIONS {
        let wanted = cli.only.is_empty() || cli.only.iter().any(|only| only == name);
        if cli.report_only || !wanted {
            continue;
        }
        let section: Section = match name {
            "overhead" => overhead::measure(&setup, &say).await,
            "vouchers" => vouchers::measure(&setup, &say).await,
            "engine" => engine::measure(&setup, &say).await,
            "verify" => verify::measure(&setup, &say).await,
            "search" => search::measure(&setup, &say).await,
            "sales" => sales::measure(&setup, &say).await,
            "eras" => eras::measure(&setup, &say).await,
            "economy" => economy::measure(&setup, &say).await,
            _ => market::measure(&setup, &say).await,
        }
        .with_context(|| format!("the section {name}"))?;
        section.save(&setup)?;
        report::print(&section);
    }
    report::write(&setup, &cli.report)?;
    say(&format!("written to {}", cli.report.display()));
    Ok(())
}
