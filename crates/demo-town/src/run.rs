//! `demo-town run`: starts the network, tells the story, prints the table, stays up or leaves.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use service_kit::shutdown::Shutdown;

use crate::story::{self, Memory, Report};
use crate::town::Town;
use crate::town::ports::Ports;

/// Arguments of the command.
#[derive(Args)]
pub struct RunArguments {
    /// Folder of everything that the town keeps; a second start goes on with what is there.
    #[arg(long, default_value = ".demo")]
    folder: PathBuf,
    /// Stop after the story; exit status 0 only if every step came out as it must.
    #[arg(long)]
    once: bool,
    /// Write the table as JSON.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// First of the 32 ports on loopback that the town uses.
    #[arg(long, value_name = "PORT")]
    base_port: Option<u16>,
    /// Forget the state of earlier starts and begin with an empty folder.
    #[arg(long)]
    reset: bool,
}

/// Runs the command.
///
/// # Errors
/// When the network cannot be started or, with `--once`, a step came out wrong.
pub fn run(arguments: RunArguments, default_base: u16) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let shutdown = Shutdown::on_signals()?;
        demo(&arguments, default_base, &shutdown).await
    })
}

async fn demo(arguments: &RunArguments, default_base: u16, shutdown: &Shutdown) -> Result<()> {
    let ports = Ports::from(arguments.base_port.unwrap_or(default_base));
    if arguments.reset {
        Town::forget(&arguments.folder)?;
    }
    println!(
        "the demo town; its state is in {} (begin anew: scripts/demo --reset)",
        arguments.folder.display()
    );
    let mut report = Report::default();
    let mut town = Town::open(&arguments.folder, ports)?;
    tokio::select! {
        started = bring_up(&mut town, &mut report) => started?,
        () = shutdown.requested() => bail!("interrupted"),
    }
    let told = tokio::select! {
        told = story::play(&town, &mut report) => told,
        () = shutdown.requested() => bail!("interrupted"),
    };
    if let Err(error) = &told {
        report.note("the story breaks off", Duration::ZERO, &format!("{error:#}"), false);
    }
    report.close(memory(&town), town.try_by_hand());
    print!("{}", report.table());
    if let Some(file) = &arguments.json {
        std::fs::write(file, serde_json::to_vec_pretty(&report)?)?;
        println!("\n  written to {}", file.display());
    }
    if !arguments.once {
        stay(&town, &report, shutdown).await;
    }
    town.stop().await?;
    if !report.passed {
        bail!("a step did not come out as it must; the logs are in {}", town.logs().display());
    }
    Ok(())
}

async fn bring_up(town: &mut Town, report: &mut Report) -> Result<()> {
    let began = Instant::now();
    town.prepare().await.context("preparing keys, certificates and configuration")?;
    report.note("keys, certificates, configuration", began.elapsed(), town.preparation(), true);
    let began = Instant::now();
    town.start().await?;
    report.note("all programs start", began.elapsed(), "ready", true);
    Ok(())
}

fn memory(town: &Town) -> Vec<Memory> {
    let of = |program: &crate::town::process::Running| {
        Some(Memory { program: program.name().to_owned(), resident_kb: program.resident_kb()? })
    };
    town.programs().filter_map(of).collect()
}

async fn stay(town: &Town, report: &Report, shutdown: &Shutdown) {
    println!("\n  try by hand (Ctrl-C ends the town, logs are in {}):", town.logs().display());
    for line in &report.try_by_hand {
        println!("    {line}");
    }
    shutdown.requested().await;
    println!("\nstopping");
}
