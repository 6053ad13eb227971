//! Two of our servers that speak X-Road's TLS 1.2 to each other, although both know better.
//!
//! A server remembers for ten minutes that a peer does not speak TLS 1.3. So the consumer's server meets a gate first,
//! in the place of the provider's: it answers a ClientHello of TLS 1.3 as a stock server does, with an alert, and lets
//! everything else through to the provider's server, which listens somewhere else meanwhile. After one message the gate
//! goes, and the provider's server starts anew in its place. During measurements nothing stands between the two.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use demo_town::town::Town;
use sekisho_tests::overlay;
use service_kit::peer_tls::read_hello;
use tokio::io::{AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::load;
use crate::message::Message;
use crate::pair::{CONSUMER_SIDE, PROVIDER_SIDE};

/// How long a server remembers it; somewhat less than `LEGACY_REMEMBERED` in `service_kit::peer_tls`.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(590);

/// A fatal alert `protocol_version` (RFC 5246, 7.2).
const PROTOCOL_VERSION: [u8; 7] = [21, 3, 1, 0, 2, 2, 70];

/// How long the first message may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Starts the town so; `behind` is a free port.
///
/// # Errors
/// Something does not start, or the two did not come to speak TLS 1.2.
pub(crate) async fn start(town: &mut Town, behind: u16) -> Result<()> {
    let at = town.ports.municipality().peers;
    listen(town, behind)?;
    let gate = TcpListener::bind(("127.0.0.1", at)).await.context("no port for the gate")?;
    let gate = tokio::spawn(keep(gate, behind));
    town.start().await?;
    first_message(town).await?;
    gate.abort();
    // Its port is free when it is gone.
    let _ = gate.await;
    let log = std::fs::read_to_string(town.logs().join(format!("{CONSUMER_SIDE}.log")))?;
    ensure!(log.contains("does not speak TLS 1.3"), "the consumer's server has not turned to TLS 1.2");
    listen(town, at)?;
    town.program(PROVIDER_SIDE)?.kill_and_restart().await?;
    first_message(town).await
}

fn listen(town: &Town, port: u16) -> Result<()> {
    let file = town.folder.join(PROVIDER_SIDE).join("security-server.toml");
    overlay::lay(&file, &format!("[peers]\nlisten = \"127.0.0.1:{port}\"\n"))
}

async fn first_message(town: &Town) -> Result<()> {
    let address = format!("127.0.0.1:{}", town.ports.support_centre().information_systems);
    let until = Instant::now() + PATIENCE;
    loop {
        match load::once(&address, Message::base()?).await {
            Ok(()) => return Ok(()),
            Err(error) if Instant::now() > until => bail!("no message over TLS 1.2: {error:#}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn keep(gate: TcpListener, behind: u16) -> Result<()> {
    loop {
        let (stream, _) = gate.accept().await?;
        tokio::spawn(async move {
            // The message that fails then is sent again.
            let _ = pass(stream, behind).await;
        });
    }
}

async fn pass(mut stream: TcpStream, behind: u16) -> Result<()> {
    let hello = read_hello(&mut stream).await?;
    if hello.offers_tls13 {
        stream.write_all(&PROTOCOL_VERSION).await?;
        stream.shutdown().await?;
        return Ok(());
    }
    let mut next = TcpStream::connect(("127.0.0.1", behind)).await?;
    next.write_all(&hello.bytes).await?;
    copy_bidirectional(&mut stream, &mut next).await?;
    Ok(())
}
