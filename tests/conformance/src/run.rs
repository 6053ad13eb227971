//! A run: the pair, the mock parts around it, every case, the sum.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use pki::Certificate;
use service_kit::shutdown::Shutdown;

use crate::arguments::Arguments;
use crate::bench::Bench;
use crate::cases;
use crate::cases::case::{Case, Setting};
use crate::input::Vectors;
use crate::instructions;
use crate::judge::judge;
use crate::material::Material;
use crate::mocks::peer::Peer;
use crate::mocks::peer::status::Status;
use crate::mocks::service::Service;
use crate::pair::Pair;
use crate::pair::ports::{Ports, at};
use crate::report::Report;

/// Runs what the command line asks for; whether everything came out as it must.
///
/// # Errors
/// When nothing could be tried.
pub async fn run(arguments: &Arguments) -> Result<bool> {
    let wanted = |case: &Case| {
        arguments.only.is_empty() || arguments.only.iter().any(|only| case.name.starts_with(only))
    };
    let cases: Vec<Case> = cases::all().into_iter().filter(wanted).collect();
    ensure!(!cases.is_empty(), "no case has such a name");
    if arguments.list {
        for case in &cases {
            println!("{}", case.name);
        }
        return Ok(true);
    }
    if arguments.print_configuration {
        let material = Material::open(&arguments.material)?;
        print!("{}", instructions::text(arguments, &material));
        return Ok(true);
    }
    let shutdown = Shutdown::on_signals()?;
    if arguments.serve_descriptions {
        let material = Material::open(&arguments.material)?;
        let _service = Service::start(arguments.backend(), arguments.backend_seen(), &material).await?;
        println!("{}", instructions::descriptions(arguments.backend_seen()));
        shutdown.requested().await;
        return Ok(true);
    }
    let mut report = Report::default();
    let done = async {
        match arguments.consumer {
            Some(consumer) => another_pair(arguments, consumer, &cases, &mut report).await,
            None => own_pair(arguments, &cases, &mut report, &shutdown).await,
        }
    };
    tokio::select! {
        done = done => done?,
        () = shutdown.requested(), if !arguments.hold => bail!("interrupted"),
    }
    if arguments.hold {
        return Ok(true);
    }
    println!("{}", report.sum());
    Ok(report.is_good())
}

/// Our own servers, from an empty folder.
async fn own_pair(
    arguments: &Arguments,
    cases: &[Case],
    report: &mut Report,
    shutdown: &Shutdown,
) -> Result<()> {
    empty(&arguments.folder)?;
    let ports = Ports::free_from(arguments.base_port)?;
    let mut pair = Pair::prepare(&arguments.folder, ports).await?;
    pair.start().await?;
    println!("our own pair; configuration and logs are in {}", pair.folder.display());
    let responder = format!("http://127.0.0.1:{}/ocsp", ports.trust_services());
    if arguments.hold {
        println!("{}", instructions::command(&pair, &responder));
        shutdown.requested().await;
        return pair.stop().await;
    }
    let material = pair.material.clone();
    let status = Status::fetch(&material, &pair.authority()?, &responder).await?;
    let mock = ports.mock();
    let mut bench = Bench {
        consumer: at(ports.consumer().http),
        consumer_https: Some(at(ports.consumer().https)),
        provider: Some(at(ports.provider().peers)),
        service: Service::start(pair.backend(), pair.backend(), &material).await?,
        peer: Some(Peer::start(at(mock.peers), at(mock.ocsp), &material, status).await?),
        vectors: Vectors::new(&arguments.vectors),
        large_megabytes: arguments.large_megabytes,
        setting: Setting::UnenforcedValidity,
        material,
    };
    let (enforced, usual): (Vec<&Case>, Vec<&Case>) =
        cases.iter().partition(|case| case.setting == Setting::EnforcedValidity);
    carry_out(&bench, &usual, report).await;
    if !enforced.is_empty() {
        bench.setting = Setting::EnforcedValidity;
        pair.change(bench.setting).await?;
        carry_out(&bench, &enforced, report).await;
    }
    pair.stop().await
}

/// Servers that somebody else has started and configured.
async fn another_pair(
    arguments: &Arguments,
    consumer: std::net::SocketAddr,
    cases: &[Case],
    report: &mut Report,
) -> Result<()> {
    let material = Material::open(&arguments.material)?;
    let peer = match (&arguments.authority, &arguments.ocsp_responder) {
        (Some(authority), Some(responder)) if material.is_complete() => {
            let authority = std::fs::read(authority).with_context(|| authority.display().to_string())?;
            let status = Status::fetch(&material, &Certificate::from_pem(&authority)?, responder).await?;
            Some(Peer::start(arguments.mock_server, arguments.mock_ocsp, &material, status).await?)
        }
        _ => None,
    };
    let setting = if arguments.enforcing { Setting::EnforcedValidity } else { Setting::UnenforcedValidity };
    let bench = Bench {
        consumer,
        consumer_https: arguments.consumer_https,
        provider: arguments.provider_server,
        service: Service::start(arguments.backend(), arguments.backend_seen(), &material).await?,
        peer,
        vectors: Vectors::new(&arguments.vectors),
        large_megabytes: arguments.large_megabytes,
        setting,
        material,
    };
    carry_out(&bench, &cases.iter().collect::<Vec<_>>(), report).await;
    Ok(())
}

async fn carry_out(bench: &Bench, cases: &[&Case], report: &mut Report) {
    for case in cases {
        if let Some(reason) = bench.reason_to_skip(case) {
            report.skip(case.name, reason);
            continue;
        }
        let judged = match bench.carry_out(case).await {
            Ok(outcome) => judge(case, &outcome),
            Err(error) => Err(error),
        };
        match judged {
            Ok(()) => report.pass(case.name),
            Err(error) => report.fail(case.name, &format!("{error:#}")),
        }
    }
}

/// Empties the folder of an earlier run, and no other.
fn empty(folder: &Path) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    ensure!(
        folder.join("trust-services.toml").is_file() || std::fs::read_dir(folder)?.next().is_none(),
        "{} is not the folder of a run; nothing was removed",
        folder.display()
    );
    std::fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))
}
