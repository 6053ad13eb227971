//! The program behind `scripts/bench`: what a pair of security servers carries, and what it costs beside a plain
//! double mTLS hop with the same keys, bodies and connections in the same run.
//!
//! - [`cases`]: the cases and the ratios, as data
//! - [`run`]: one run
//! - [`pair`], [`person`], [`service`]: the network under load
//! - [`hop`]: the plain hop
//! - [`message`], [`payload`]: what is sent
//! - [`load`], [`histogram`]: closed and open loop, latencies
//! - [`processes`], [`machine`]: CPU and memory
//! - [`report`]: table, ratios, JSON

mod cases;
mod histogram;
mod hop;
mod load;
mod machine;
mod message;
mod pair;
mod payload;
mod person;
mod processes;
mod report;
mod run;
mod service;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use demo_town::town::names::CONSUMER;

use run::{Beside, Plan};

/// Measures a pair of security servers under load. Exit status 0: every request was answered as it must be.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The most important cases, each for some seconds; at most 5 minutes.
    #[arg(long)]
    quick: bool,
    /// Writes all figures to this file.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only the case of this name, or those whose names begin so; may be repeated.
    #[arg(long, value_name = "CASE")]
    only: Vec<String>,
    /// Names the cases.
    #[arg(long)]
    list: bool,
    /// The same load on another consumer's security server: http://HOST:PORT/r1/... (a POST of 1 KB is sent there).
    #[arg(long, value_name = "URL")]
    beside: Option<String>,
    /// `X-Road-Client` for it.
    #[arg(long, value_name = "ID", default_value = CONSUMER)]
    beside_client: String,
    /// How long it is warmed first, seconds. A stock server needs minutes and thousands of messages.
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    beside_warm_up: u64,
    /// Warm-up of each measurement, seconds. Default: 4, quick 1.5.
    #[arg(long)]
    warm_up: Option<f64>,
    /// Length of each measurement, seconds. Default: 10, quick 4.
    #[arg(long)]
    seconds: Option<f64>,
    /// How often each case is measured; the table shows the median. Default: 3, quick 1.
    #[arg(long)]
    rounds: Option<usize>,
    /// Where the network keeps its files; give a disk like the one that a journal would be on.
    #[arg(long, default_value = ".bench")]
    folder: PathBuf,
}

#[derive(Subcommand)]
enum Command {
    /// The service of the provider; started by the program itself.
    #[command(hide = true)]
    Service {
        #[arg(long)]
        listen: SocketAddr,
    },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // One thread, so that the load takes as little as possible from what it measures.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    match runtime.context("no runtime").and_then(|runtime| runtime.block_on(start(arguments))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn start(arguments: Arguments) -> Result<bool> {
    if let Some(Command::Service { listen }) = arguments.command {
        service::serve(listen).await?;
        return Ok(true);
    }
    if arguments.list {
        cases::CASES.iter().for_each(|case| println!("{}", case.name));
        return Ok(true);
    }
    let json = arguments.json.clone();
    let mut report = run::all(&plan(arguments)?).await?;
    report.print();
    if let Some(file) = json {
        report.write(&file)?;
    }
    Ok(report.rows.iter().all(|row| row.errors == 0))
}

fn plan(arguments: Arguments) -> Result<Plan> {
    let quick = arguments.quick;
    let seconds = |given: Option<f64>, quickly, otherwise| {
        Duration::from_secs_f64(given.unwrap_or(if quick { quickly } else { otherwise }).clamp(0.1, 3_600.0))
    };
    let beside = match arguments.beside.as_deref() {
        Some(url) => Some(beside(url, arguments.beside_client, arguments.beside_warm_up)?),
        None => None,
    };
    Ok(Plan {
        quick,
        only: arguments.only,
        warm_up: seconds(arguments.warm_up, 1.5, 4.0),
        measured: seconds(arguments.seconds, 4.0, 10.0),
        rounds: arguments.rounds.unwrap_or(if quick { 1 } else { 3 }).max(1),
        folder: arguments.folder,
        beside,
    })
}

fn beside(url: &str, client: String, warm_up: u64) -> Result<Beside> {
    let uri: http::Uri = url.parse().with_context(|| url.to_owned())?;
    let authority = uri.authority().with_context(|| format!("{url} names no host"))?;
    let address = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80));
    let target = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str).to_owned();
    Ok(Beside { address, target, client, warm_up: Duration::from_secs(warm_up) })
}
