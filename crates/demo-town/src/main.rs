//! `demo-town`: the sample information systems, and the story that drives the whole network.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use demo_town::coupons::ledger::Ledger;
use demo_town::coupons::{Coupons, Inquiry};
use demo_town::linking::OwnSecurityServer;
use demo_town::residents::Residents;
use demo_town::residents::register::Register;
use demo_town::town::ports::DEFAULT_BASE;
use service_kit::http::Request;
use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::shutdown::Shutdown;

/// The demo town: two information systems and the story of one citizen's consent.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Starts the whole network, plays the story, and stays up until interrupted.
    Run(demo_town::run::RunArguments),
    /// The municipality's residents' service.
    Residents(ResidentsArguments),
    /// The support centre's coupon application.
    Coupons(CouponsArguments),
}

#[derive(Args)]
struct ResidentsArguments {
    /// Address to listen on.
    #[arg(long)]
    listen: SocketAddr,
    /// The register (SQLite); made and filled when absent.
    #[arg(long)]
    database: PathBuf,
    /// Administration port of the own security server, on loopback.
    #[arg(long)]
    admin_port: u16,
    /// The own subsystem.
    #[arg(long)]
    subsystem: String,
}

#[derive(Args)]
struct CouponsArguments {
    /// Address to listen on.
    #[arg(long)]
    listen: SocketAddr,
    /// The ledger (SQLite); made when absent.
    #[arg(long)]
    database: PathBuf,
    /// Port of the own security server for information systems, on loopback.
    #[arg(long)]
    security_server_port: u16,
    /// Administration port of the own security server, on loopback.
    #[arg(long)]
    admin_port: u16,
    /// The own subsystem.
    #[arg(long)]
    subsystem: String,
    /// What to ask: the request target, `/r1/...`.
    #[arg(long)]
    target: String,
    /// Why: the purpose declared by the provider.
    #[arg(long)]
    purpose: String,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo-town: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Run(arguments) => demo_town::run::run(arguments, DEFAULT_BASE),
        Command::Residents(arguments) => serve_alone(residents(arguments)),
        Command::Coupons(arguments) => serve_alone(coupons(arguments)),
    }
}

/// The sample systems do little: one thread is enough and keeps them small.
fn serve_alone(service: impl Future<Output = Result<()>>) -> Result<()> {
    service_kit::telemetry::init(service_kit::telemetry::LogFormat::Text);
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(service)
}

async fn residents(arguments: ResidentsArguments) -> Result<()> {
    let register = Register::open(&arguments.database)?;
    let own = OwnSecurityServer::new(arguments.admin_port, &arguments.subsystem);
    let service = Residents::new(register, own);
    serve(arguments.listen, move |request: Request| {
        let service = Arc::clone(&service);
        async move { service.answer(request).await }
    })
    .await
}

async fn coupons(arguments: CouponsArguments) -> Result<()> {
    let ledger = Ledger::open(&arguments.database)?;
    let own = OwnSecurityServer::new(arguments.admin_port, &arguments.subsystem);
    let inquiry = Inquiry {
        host: "127.0.0.1".to_owned(),
        port: arguments.security_server_port,
        client: arguments.subsystem,
        target: arguments.target,
        purpose: arguments.purpose,
    };
    let application = Coupons::new(ledger, inquiry, own);
    serve(arguments.listen, move |request: Request| {
        let application = Arc::clone(&application);
        async move { application.answer(request).await }
    })
    .await
}

async fn serve(listen: SocketAddr, handler: impl service_kit::http_server::Handler) -> Result<()> {
    let shutdown = Shutdown::on_signals()?;
    let server = Server::bind(&listen.to_string(), ServerSecurity::Plain, ServerSettings::default()).await?;
    tracing::info!(address = %server.local_address(), "listening");
    server.serve(handler, shutdown.clone()).await;
    shutdown.finished(Duration::from_secs(5)).await;
    Ok(())
}
