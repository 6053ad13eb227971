//! The program behind `scripts/bench`: what a pair of security servers carries, and what it costs beside a plain
//! double mTLS hop with the same keys, bodies and connections in the same run.
//!
//! - [`cases`], [`bars`]: what is measured and what must come out, as data
//! - [`plan`], [`run`], [`measure`], [`probes`]: one run
//! - [`pair`], [`talk_down`], [`database`], [`person`], [`service`]: the network under load
//! - [`hop`]: the plain hop
//! - [`message`], [`payload`]: what is sent
//! - [`load`], [`histogram`]: closed and open loop, latencies
//! - [`processes`], [`profile`], [`machine`]: CPU and memory
//! - [`report`], [`table`], [`markdown`]: what is told

mod bars;
mod cases;
mod database;
mod histogram;
mod hop;
mod load;
mod machine;
mod markdown;
mod measure;
mod message;
mod pair;
mod payload;
mod person;
mod plan;
mod probes;
mod processes;
mod profile;
mod report;
mod run;
mod service;
mod table;
mod talk_down;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::{Parser, Subcommand};
use demo_town::town::names::CONSUMER;

use plan::{Beside, Plan};
use report::Report;

/// The name under which `--only` knows what is measured without load.
const PROBES: &str = "probes";

/// Longest quick run; some seconds are left for the end.
const QUICK: Duration = Duration::from_secs(285);

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
    /// Puts the figures of such a file into the page, and measures nothing.
    #[arg(long, value_name = "FILE", conflicts_with = "json")]
    markdown: Option<PathBuf>,
    /// The page for that.
    #[arg(long, value_name = "PAGE", default_value = "docs/performance.md")]
    page: PathBuf,
    /// Only the case of this name, or those whose names begin so; may be repeated. `probes`: memory and CPU without
    /// load, idle connections, cold start.
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
    /// How long it is warmed first, seconds. A stock server needs minutes ...
    #[arg(long, value_name = "SECONDS", default_value_t = 180)]
    beside_warm_up: u64,
    /// ... and thousands of messages.
    #[arg(long, value_name = "COUNT", default_value_t = 6_000)]
    beside_messages: u64,
    /// Warm-up before the first round of each case, seconds. Default: 4, quick 2.
    #[arg(long)]
    warm_up: Option<f64>,
    /// Length of each measurement, seconds. Default: 8, quick 3.
    #[arg(long)]
    seconds: Option<f64>,
    /// How often each case is measured, in turn with what it is compared with; the table shows the median.
    /// Default: 3, quick 1.
    #[arg(long)]
    rounds: Option<usize>,
    /// Does not look where the CPU time goes.
    #[arg(long)]
    no_profile: bool,
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
        std::iter::once(PROBES)
            .chain(cases::CASES.iter().map(|case| case.name))
            .for_each(|name| println!("{name}"));
        return Ok(true);
    }
    if let Some(file) = arguments.markdown {
        markdown::write(&Report::read(&file)?, &arguments.page)?;
        return Ok(true);
    }
    let json = arguments.json.clone();
    let report = run::all(&plan(arguments)?).await?;
    report.print();
    if let Some(file) = json {
        report.write(&file)?;
    }
    Ok(report.is_good())
}

fn plan(arguments: Arguments) -> Result<Plan> {
    let quick = arguments.quick;
    let seconds = |given: Option<f64>, quickly, otherwise| {
        Duration::from_secs_f64(given.unwrap_or(if quick { quickly } else { otherwise }).clamp(0.1, 3_600.0))
    };
    let beside = match arguments.beside.as_deref() {
        Some(url) => {
            let (address, target) = address_and_target(url)?;
            Some(Beside {
                address,
                target,
                client: arguments.beside_client,
                warm_up: Duration::from_secs(arguments.beside_warm_up),
                warm_up_messages: arguments.beside_messages,
            })
        }
        None => None,
    };
    let probes = arguments.only.is_empty() || arguments.only.iter().any(|name| name == PROBES);
    Ok(Plan {
        quick,
        only: arguments.only,
        warm_up: seconds(arguments.warm_up, 2.0, 4.0),
        measured: seconds(arguments.seconds, 3.0, 8.0),
        longest_bulk: Duration::from_secs(5),
        rounds: arguments.rounds.unwrap_or(if quick { 1 } else { 3 }).max(1),
        probes,
        watched: Duration::from_secs(if quick { 10 } else { 30 }),
        profile: !arguments.no_profile,
        folder: arguments.folder,
        // A minute for its warm-up and its rounds is not in the five.
        longest: (quick && beside.is_none()).then_some(QUICK),
        beside,
        began: Instant::now(),
    })
}

/// `host:port` and target of an address.
fn address_and_target(url: &str) -> Result<(String, String)> {
    let uri: http::Uri = url.parse().with_context(|| url.to_owned())?;
    ensure!(uri.scheme_str() == Some("http"), "{url}: give the plain HTTP port for information systems");
    let authority = uri.authority().with_context(|| format!("{url} names no host"))?;
    let target = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    ensure!(
        target.starts_with("/r1/"),
        "{url}: name the service too, /r1/INSTANCE/CLASS/MEMBER/SUBSYSTEM/SERVICE/..."
    );
    Ok((format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80)), target.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_server_is_told_by_the_address_of_a_service() {
        let taken = |url: &str| address_and_target(url).ok();
        let expected = ("host:8080".to_owned(), "/r1/A/B/C/d/s/x?y=1".to_owned());
        assert_eq!(taken("http://host:8080/r1/A/B/C/d/s/x?y=1"), Some(expected));
        for wrong in ["host:8080", "https://host/r1/A/B/C/d/s", "http://host:8080", "http://host:8080/"] {
            assert_eq!(taken(wrong), None, "{wrong}");
        }
    }
}
