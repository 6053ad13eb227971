//! Load: clients that keep one connection each, in a closed or an open loop.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use http_body_util::BodyExt as _;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::histogram::Histogram;
use crate::message::Message;
use crate::payload::Payload;

/// Longest beginning of an answer that is looked at for a fault, bytes.
const LOOKED_AT: usize = 4 * 1024;

/// When clients send.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// Each when it has its answer.
    Closed,
    /// All together so many each second.
    Open(f64),
}

/// What came of a load.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) latencies: Histogram,
    pub(crate) errors: u64,
    pub(crate) first_error: Option<String>,
    /// From the first request to the last answer.
    pub(crate) elapsed: Duration,
}

impl Outcome {
    /// Answered requests each second.
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    pub(crate) fn rate(&self) -> f64 {
        self.latencies.count() as f64 / self.elapsed.as_secs_f64().max(f64::MIN_POSITIVE)
    }
}

/// One client.
pub(crate) struct Client {
    address: Arc<str>,
    message: Arc<Message>,
    connection: Option<SendRequest<Payload>>,
}

impl Client {
    /// So many that send this message to `host:port`. Each connects when it sends.
    pub(crate) fn crowd(count: usize, address: &str, message: Message) -> Vec<Self> {
        let (address, message) = (Arc::from(address), Arc::new(message));
        let client =
            || Self { address: Arc::clone(&address), message: Arc::clone(&message), connection: None };
        std::iter::repeat_with(client).take(count).collect()
    }

    /// Sends the message once and reads the whole answer.
    async fn exchange(&mut self) -> Result<()> {
        let mut connection = match self.connection.take() {
            Some(connection) if !connection.is_closed() => connection,
            _ => self.connect().await?,
        };
        connection.ready().await?;
        let mut request = http::Request::new(self.message.body.clone());
        *request.method_mut() = self.message.method.clone();
        *request.uri_mut() = self.message.target.clone();
        *request.headers_mut() = self.message.headers.clone();
        let response = connection.send_request(request).await?;
        let (head, mut body) = response.into_parts();
        let (mut length, mut beginning) = (0_u64, Vec::new());
        while let Some(frame) = body.frame().await {
            if let Ok(data) = frame?.into_data() {
                length += data.len() as u64;
                let wanted = LOOKED_AT.saturating_sub(beginning.len()).min(data.len());
                beginning.extend_from_slice(&data[..wanted]);
            }
        }
        self.check(&head, length, &beginning)?;
        self.connection = Some(connection);
        Ok(())
    }

    fn check(&self, head: &http::response::Parts, length: u64, beginning: &[u8]) -> Result<()> {
        let error = head.headers.get("x-road-error");
        let wanted = self.message.answer_bytes.is_none_or(|wanted| wanted == length);
        let fault = beginning.windows(7).any(|window| window == b":Fault>");
        if head.status == 200 && error.is_none() && wanted && !fault {
            return Ok(());
        }
        bail!("{} {error:?}, {length} bytes: {}", head.status, String::from_utf8_lossy(beginning));
    }

    async fn connect(&self) -> Result<SendRequest<Payload>> {
        let stream = TcpStream::connect(&*self.address).await.with_context(|| self.address.to_string())?;
        stream.set_nodelay(true)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        // What goes wrong with it, the request that is under way will say.
        tokio::spawn(connection);
        Ok(sender)
    }
}

/// Lets these clients send for so long; who is under way then gets its answer. Connections stay open.
///
/// # Errors
/// A client's task ended by itself.
pub(crate) async fn run(clients: &mut Vec<Client>, pace: Pace, length: Duration) -> Result<Outcome> {
    let began = Instant::now();
    let end = began + length;
    let slots = Arc::new(AtomicU32::new(0));
    let tasks: Vec<_> = clients
        .drain(..)
        .map(|client| tokio::spawn(one(client, Slots { pace, began, end, taken: Arc::clone(&slots) })))
        .collect();
    let mut whole = Outcome::default();
    for task in tasks {
        let (client, outcome) = task.await?;
        clients.push(client);
        whole.latencies.add(&outcome.latencies);
        whole.errors += outcome.errors;
        whole.first_error = whole.first_error.or(outcome.first_error);
    }
    whole.elapsed = began.elapsed();
    Ok(whole)
}

/// The times at which requests begin.
struct Slots {
    pace: Pace,
    began: Instant,
    end: Instant,
    taken: Arc<AtomicU32>,
}

impl Slots {
    /// Waits for the next; none after the end.
    async fn next(&self) -> Option<Instant> {
        match self.pace {
            Pace::Closed => Some(Instant::now()).filter(|now| *now < self.end),
            Pace::Open(rate) => {
                let number = f64::from(self.taken.fetch_add(1, Ordering::Relaxed));
                let at = self.began + Duration::from_secs_f64(number / rate.max(f64::MIN_POSITIVE));
                if at >= self.end {
                    return None;
                }
                tokio::time::sleep_until(at.into()).await;
                Some(at)
            }
        }
    }
}

async fn one(mut client: Client, slots: Slots) -> (Client, Outcome) {
    let mut outcome = Outcome::default();
    while let Some(from) = slots.next().await {
        match client.exchange().await {
            Ok(()) => outcome.latencies.record(from.elapsed()),
            Err(error) => {
                outcome.errors += 1;
                outcome.first_error.get_or_insert_with(|| format!("{error:#}"));
                // Whoever does not listen is not asked a million times.
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
    (client, outcome)
}
