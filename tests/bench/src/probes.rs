//! What is measured once on a fresh pair, without load: rest, idle connections, cold start.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use demo_town::town::names::{CONSUMER, PROVIDER};
use pki::Certificate;
use serde::{Deserialize, Serialize};
use service_kit::http::Request;
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};
use service_kit::peer_tls::{PeerConnector, PeerTlsMode};
use testkit::consumer::{Call, Verdict, link_headers};
use testkit::signer::Signer;
use testkit::status;
use testkit::tokens::Token;

use crate::load;
use crate::message::{Message, REST_SERVICE};
use crate::pair::{CONSUMER_SIDE, PROVIDER_SIDE, Pair};
use crate::processes::{Processes, sockets};

/// Idle connections that peers keep.
pub(crate) const IDLE_PEERS: usize = 1_000;

/// Longest time from the start of a server to its first message.
const START_PATIENCE: Duration = Duration::from_secs(30);

/// Longest answer that is read, bytes.
const MAX_ANSWER: u64 = 1_000_000;

/// What was found.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Probes {
    /// Resident memory of each server before its first message, kB.
    pub(crate) idle_resident_kb: BTreeMap<String, u64>,
    /// Share of one core that each server uses without messages, 0 to 1.
    pub(crate) idle_cpu_share: BTreeMap<String, f64>,
    /// What 1,000 idle connections of peers cost the provider's server, kB resident.
    pub(crate) idle_peers_kb: Option<u64>,
    /// Seconds from the start of each server's process, after a crash, to the first signed answer.
    pub(crate) cold_start_seconds: BTreeMap<String, f64>,
}

/// Measures all of it; `watched` is how long the pair is watched at rest.
///
/// # Errors
/// A message is not answered, or a server does not come back.
pub(crate) async fn all(pair: &mut Pair, watched: Duration) -> Result<Probes> {
    let (idle_resident_kb, idle_cpu_share) = idle(pair, watched).await;
    let idle_peers_kb = Some(idle_peers(pair).await.context("idle connections of peers")?);
    let mut cold_start_seconds = BTreeMap::new();
    for (name, side) in [("consumer", CONSUMER_SIDE), ("provider", PROVIDER_SIDE)] {
        cold_start_seconds.insert(name.to_owned(), cold_start(pair, side).await?);
    }
    Ok(Probes { idle_resident_kb, idle_cpu_share, idle_peers_kb, cold_start_seconds })
}

#[expect(clippy::cast_precision_loss, reason = "a share")]
async fn idle(pair: &Pair, watched: Duration) -> (BTreeMap<String, u64>, BTreeMap<String, f64>) {
    let mut processes = Processes::default();
    pair.processes(&mut processes);
    let before = processes.thread_times();
    tokio::time::sleep(watched).await;
    let mut shares = BTreeMap::<String, f64>::new();
    for (thread, nanos) in processes.thread_times() {
        let used = nanos.saturating_sub(before.get(&thread).copied().unwrap_or_default());
        *shares.entry(thread.0).or_default() += used as f64 / 1e9 / watched.as_secs_f64();
    }
    (processes.memory_kb("VmRSS:"), shares)
}

/// Opens the connections as a consumer's security server does, sends one message over each, and leaves them.
async fn idle_peers(pair: &Pair) -> Result<u64> {
    let town = &pair.town;
    let token = Token::open(&town.folder.join(CONSUMER_SIDE))?;
    let authority = Certificate::from_pem(&std::fs::read(town.folder.join("certificates/ca.pem"))?)?;
    let of = async |certificate| status::fetch(town.ports.trust_services(), certificate, &authority).await;
    let server_status = of(token.authentication.certificate()).await?;
    let signer = Signer { ocsp: of(token.signing.certificate()).await?, identity: token.signing.clone() };
    let security = ClientSecurity::Peer(PeerConnector::new(&token.tls()?, PeerTlsMode::Modern)?);
    let port = town.ports.municipality().peers;
    let destination = Destination { host: "127.0.0.1".to_owned(), port, security };
    let client = HttpClient::new(ClientSettings { max_idle: IDLE_PEERS, ..ClientSettings::default() });
    let provider = provider_pid(pair)?;
    let mut processes = Processes::default();
    processes.add("provider", provider);
    let memory = || processes.memory_kb("VmRSS:").into_values().sum::<u64>();
    let (before, open_before) = (memory(), sockets(provider));
    let mut connections = Vec::new();
    for _ in 0..IDLE_PEERS {
        connections.push(client.connect_anew(&destination).await?);
    }
    for connection in connections {
        let call = Call::new(CONSUMER, &format!("/r1/{PROVIDER}/{REST_SERVICE}/answer/100"), "idle");
        let (content_type, bytes) = call.envelope(&signer, vec![server_status.clone()])?.encode();
        let mut request = Request::new("POST", "/").body(bytes);
        for (name, value) in link_headers(&call.request_id, &content_type) {
            request = request.header(name, value);
        }
        let response = connection.send(request).await?;
        let content_type = response.headers.get("content-type").unwrap_or_default().to_owned();
        let verdict = Verdict::of(&content_type, &response.body.read_all(MAX_ANSWER).await?);
        ensure!(matches!(verdict, Verdict::Answered { status: 200, .. }), "{verdict:?}");
    }
    let open = sockets(provider).saturating_sub(open_before);
    ensure!(open >= IDLE_PEERS, "the provider's server keeps only {open} connections open");
    Ok(memory().saturating_sub(before))
}

fn provider_pid(pair: &Pair) -> Result<u32> {
    let found = pair.town.programs().find(|program| program.name() == PROVIDER_SIDE);
    found.and_then(|program| program.pid()).context("the provider's server runs")
}

/// Kills a server and starts it again; the time from there until a message through the pair is answered.
async fn cold_start(pair: &mut Pair, side: &str) -> Result<f64> {
    let (address, message) = (pair.address(), Message::base()?);
    load::once(&address, message.clone()).await.context("before a cold start")?;
    let program = pair.town.program(side)?;
    program.kill().await?;
    let began = Instant::now();
    let answered = async {
        while let Err(error) = load::once(&address, message.clone()).await {
            ensure!(began.elapsed() < START_PATIENCE, "no message after a cold start: {error:#}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        Ok(began.elapsed().as_secs_f64())
    };
    let (started, answered) = tokio::join!(program.restart(), answered);
    started?;
    pair.tell_keeper();
    answered
}
