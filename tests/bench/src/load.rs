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
    /// Sent in turn, again and again.
    messages: Arc<[Message]>,
    next: usize,
    connection: Option<SendRequest<Payload>>,
}

impl Client {
    /// So many that send these messages to `host:port` in turn, each beginning at another one. Each connects when it
    /// sends.
    pub(crate) fn crowd(count: usize, address: &str, messages: Vec<Message>) -> Vec<Self> {
        let (address, messages) = (Arc::<str>::from(address), Arc::<[Message]>::from(messages));
        let client = |next| Self {
            address: Arc::clone(&address),
            messages: Arc::clone(&messages),
            next,
            connection: None,
        };
        (0..count).map(client).collect()
    }

    /// Sends the next message and reads the whole answer.
    async fn exchange(&mut self) -> Result<()> {
        let messages = Arc::clone(&self.messages);
        let message = messages.get(self.next % messages.len().max(1)).context("nothing to send")?;
        self.next += 1;
        let mut connection = match self.connection.take() {
            Some(connection) if !connection.is_closed() => connection,
            _ => self.connect().await?,
        };
        connection.ready().await?;
        let mut request = http::Request::new(message.body.clone());
        *request.method_mut() = message.method.clone();
        *request.uri_mut() = message.target.clone();
        *request.headers_mut() = message.headers.clone();
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
        check(message, &head, length, &beginning)?;
        self.connection = Some(connection);
        Ok(())
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

/// Is it the answer that must come?
fn check(message: &Message, head: &http::response::Parts, length: u64, beginning: &[u8]) -> Result<()> {
    let error = head.headers.get("x-road-error");
    let wanted = message.answer_bytes.is_none_or(|wanted| wanted == length);
    let fault = beginning.windows(7).any(|window| window == b":Fault>");
    if head.status == 200 && error.is_none() && wanted && !fault {
        return Ok(());
    }
    bail!("{} {error:?}, {length} bytes: {}", head.status, String::from_utf8_lossy(beginning));
}

/// Sends one message once.
///
/// # Errors
/// It is not answered as it must be.
pub(crate) async fn once(address: &str, message: Message) -> Result<()> {
    let mut client = Client::crowd(1, address, vec![message]);
    client.first_mut().context("one client")?.exchange().await
}

/// Lets these clients send for so long, after they have come in one by one within `ramp`; who is under way at the end
/// gets its answer. Connections stay open.
///
/// # Errors
/// A client's task ended by itself.
pub(crate) async fn run(
    clients: &mut Vec<Client>,
    pace: Pace,
    ramp: Duration,
    length: Duration,
) -> Result<Outcome> {
    let began = Instant::now();
    let end = began + length;
    let slots = Arc::new(AtomicU32::new(0));
    let step = ramp / u32::try_from(clients.len().max(1)).unwrap_or(u32::MAX);
    let comes = move |number: u32| began + step * number;
    let tasks: Vec<_> = (0..)
        .zip(clients.drain(..))
        .map(|(number, client)| {
            let slots = Slots { pace, began, end, taken: Arc::clone(&slots) };
            tokio::spawn(async move {
                if !ramp.is_zero() {
                    tokio::time::sleep_until(comes(number).into()).await;
                }
                one(client, slots).await
            })
        })
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
