//! The program behind `scripts/soak`: many requests without an error and without growing, and bodies that are larger
//! than the memory that they may take.
//!
//! - [`load`]: requests of 1 KB, one after the other and many at once
//! - [`bodies`]: one large body each way, of REST and as attachment of SOAP
//! - [`attachments`]: SOAP messages with a large attachment
//! - [`service`]: the provider's service, which takes and gives any body
//! - [`memory`]: what the processes take

mod attachments;
mod bodies;
mod load;
mod memory;
mod service;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;
use demo_town::town::names::{CONSUMER, PROVIDER};
use sekisho_tests::shared;
use sekisho_tests::world::World;

use memory::{Memory, Peak};

/// First port; the town takes the first free ones from there.
const BASE_PORT: u16 = 22_000;

/// Growth of a process that is no growth: caches that fill, pages that the allocator keeps.
const GROWTH_KB: u64 = 16 * 1024;

/// Memory that a large body may take in each process.
const BODY_MEMORY_KB: u64 = 64 * 1024;

/// Loads a whole network and watches what its processes take. Exit status 0: no error, and every bound was kept.
#[derive(Parser)]
struct Arguments {
    /// A part of everything, for continuous integration.
    #[arg(long)]
    quick: bool,
    /// Requests one after the other.
    #[arg(long, default_value_t = 10_000)]
    sequential: u32,
    /// Requests of which many are under way at once.
    #[arg(long, default_value_t = 2_000)]
    concurrent: u32,
    /// How many are under way at once.
    #[arg(long, default_value_t = 64)]
    at_once: u32,
    /// Size of the large body, MiB.
    #[arg(long, default_value_t = 1_024)]
    body_mib: u64,
    /// Size of the large attachment, MiB. 650 is what X-Road's own case has.
    #[arg(long, default_value_t = 650)]
    attachment_mib: u64,
    /// Leave the folder of the town, with its logs.
    #[arg(long)]
    keep: bool,
}

fn main() -> ExitCode {
    let mut arguments = Arguments::parse();
    if arguments.quick {
        arguments.sequential /= 10;
        arguments.concurrent /= 4;
        arguments.body_mib /= 16;
        arguments.attachment_mib = arguments.attachment_mib.min(64);
    }
    match shared::run(async || soak(&arguments).await) {
        Ok(true) => {
            println!("every bound was kept");
            ExitCode::SUCCESS
        }
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("soak: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn soak(arguments: &Arguments) -> Result<bool> {
    let service = service::start().await?;
    println!("starting the town");
    let mut world = World::start("soak", BASE_PORT, |_, _| {
        let declared = format!(
            "[[subsystem]]\nid = \"{PROVIDER}\"\n[[subsystem.service]]\ncode = \"soak\"\nkind = \"REST\"\n\
             url = \"http://{service}\"\nallow = [{{ client = \"{CONSUMER}\" }}]\n\
             [[subsystem.service]]\ncode = \"{}\"\nkind = \"WSDL\"\n\
             url = \"http://{service}/soap\"\nallow = [{{ client = \"{CONSUMER}\" }}]\n",
            attachments::SERVICE
        );
        let spool = "[limits]\nspool_folder = \"state\"\n".to_owned();
        vec![
            ("municipality/subsystems.toml", declared),
            ("municipality/security-server.toml", spool.clone()),
            ("support-centre/security-server.toml", spool),
        ]
    })
    .await?;
    if arguments.keep {
        world.keep_folder();
        println!("the town is in {}", world.folder.display());
    }
    let told = measured(arguments, &world).await;
    world.town.stop().await?;
    told
}

async fn measured(arguments: &Arguments, world: &World) -> Result<bool> {
    let sender = load::Sender::new(world);
    println!("warming up");
    sender.run(arguments.sequential / 20, 1).await?.tell();
    sender.run(arguments.at_once * 4, arguments.at_once).await?.tell();
    let before = Memory::of(world)?;

    println!("{} requests of 1 KB, one after the other", arguments.sequential);
    sender.run(arguments.sequential, 1).await?.tell();
    println!("{} requests of 1 KB, {} at once", arguments.concurrent, arguments.at_once);
    sender.run(arguments.concurrent, arguments.at_once).await?.tell();
    let after = Memory::of(world)?;
    let steady = after.compare(&before, GROWTH_KB, "resident, kB: before, after, growth");

    Ok(steady & large(arguments, world).await?)
}

/// Bodies and attachments that are larger than what they may take.
async fn large(arguments: &Arguments, world: &World) -> Result<bool> {
    let Arguments { body_mib, attachment_mib, .. } = *arguments;
    let (body, attachment) = (body_mib * 1024 * 1024, attachment_mib * 1024 * 1024);
    let judge = |peak: Peak, mib: u64, what: &str| peak.compare(&format!("{mib} MiB {what}"), BODY_MEMORY_KB);
    let mut kept = true;
    let peak = memory::peak(world, async || bodies::upload(world, body).await).await?;
    kept &= judge(peak, body_mib, "to the provider");
    let peak = memory::peak(world, async || bodies::download(world, body).await).await?;
    kept &= judge(peak, body_mib, "to the consumer");
    let peak = memory::peak(world, async || bodies::upload_attachment(world, attachment).await).await?;
    kept &= judge(peak, attachment_mib, "to the provider, attached to SOAP");
    let peak = memory::peak(world, async || bodies::download_attachment(world, attachment).await).await?;
    kept &= judge(peak, attachment_mib, "to the consumer, attached to SOAP");
    Ok(kept)
}
