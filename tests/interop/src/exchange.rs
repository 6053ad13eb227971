//! One case carried out: the requests that the table asks for, and what came back.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};

use crate::cases::Case;
use crate::cases::table::{BEFORE, NUMBER, RUN};
use crate::http::{self, Request, Response};

/// How long a case may be told "not yet".
const PATIENCE: Duration = Duration::from_secs(90);
/// Pause before it is asked again.
const PAUSE: Duration = Duration::from_millis(200);

/// Host and port of a port for information systems.
pub type Systems = (String, u16);

/// Where requests go.
#[derive(Debug)]
pub struct Places<'p> {
    /// The consumer's server: ours or the partner.
    pub consumer: &'p Systems,
    /// Our server.
    pub ours: &'p Systems,
}

/// One request with its answer.
#[derive(Debug)]
pub struct Exchange {
    /// Which request of its crowd it is.
    pub number: usize,
    /// What was sent.
    pub request: Request,
    /// The query id that was given, or that the security server gave.
    pub query_id: String,
    /// What came back.
    pub response: Response,
    /// The exchange about which this one asked.
    pub before: Option<Box<Exchange>>,
}

/// All requests of a case.
#[derive(Debug)]
pub struct Carried {
    /// In no particular order.
    pub exchanges: Vec<Result<Exchange>>,
    /// From the first request to the last answer.
    pub took: Duration,
}

/// Sends the requests of a case, those of a crowd at the same time. `run` makes query ids unique.
#[must_use]
pub fn carry_out(case: &Case, places: &Places<'_>, run: &str) -> Carried {
    let start = Instant::now();
    let next = AtomicUsize::new(0);
    let system = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= case.crowd.requests {
                return done;
            }
            done.push(numbered(case, places, run, number));
        }
    };
    let exchanges = thread::scope(|scope| {
        let systems: Vec<_> = (0..case.crowd.systems).map(|_| scope.spawn(system)).collect();
        let ended = systems.into_iter().map(|system| {
            system.join().unwrap_or_else(|_| vec![Err(anyhow!("the request was not carried out"))])
        });
        ended.flatten().collect()
    });
    Carried { exchanges, took: start.elapsed() }
}

fn numbered(case: &Case, places: &Places<'_>, run: &str, number: usize) -> Result<Exchange> {
    let given = |what: &str| format!("{run}-{}{what}-{number}", case.name.replace('/', "-"));
    let before = match &case.before {
        Some(before) => {
            let words = Words { run, number, query_id: &given("-before"), before: "" };
            let exchange = exchange(before, places, &words, None).context("the exchange before")?;
            Some(Box::new(exchange))
        }
        None => None,
    };
    let asked_about = before.as_ref().map(|before| before.query_id.clone()).unwrap_or_default();
    let words = Words { run, number, query_id: &given(""), before: &asked_about };
    exchange(case.kind(number), places, &words, before)
}

/// What is put into requests.
struct Words<'w> {
    run: &'w str,
    number: usize,
    query_id: &'w str,
    before: &'w str,
}

fn exchange(
    case: &Case,
    places: &Places<'_>,
    words: &Words<'_>,
    before: Option<Box<Exchange>>,
) -> Result<Exchange> {
    let request = request(case, words);
    let (host, port) = if case.at_ours { places.ours } else { places.consumer };
    let start = Instant::now();
    let response = loop {
        let response = http::send(host, *port, &request)?;
        let not_yet = case.not_yet.is_some_and(|text| response.text().contains(text));
        if !not_yet || start.elapsed() > PATIENCE {
            break response;
        }
        thread::sleep(PAUSE);
    };
    let given = case.gives_query_id.then_some(words.query_id).or_else(|| response.header("x-road-id"));
    let query_id = given.unwrap_or_default().to_owned();
    Ok(Exchange { number: words.number, request, query_id, response, before })
}

fn request(case: &Case, words: &Words<'_>) -> Request {
    let target = case.target.replace(RUN, words.run).replace(BEFORE, words.before);
    let target = target.replace(NUMBER, &words.number.to_string());
    if let Some(soap) = &case.soap {
        let request = soap.request(&target, case.client.unwrap_or_default(), words.query_id);
        return Request { verb: case.verb.to_owned(), ..request };
    }
    let mut headers = Vec::new();
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    if let Some(client) = case.client {
        add("X-Road-Client", client);
    }
    if case.gives_query_id {
        add("X-Road-Id", words.query_id);
    }
    for (name, value) in &case.headers {
        add(name, value);
    }
    let body = case.body.bytes(words.query_id);
    if body.is_some() && !case.headers.iter().any(|(name, _)| *name == "Content-Type") {
        add("Content-Type", "application/octet-stream");
    }
    Request { verb: case.verb.to_owned(), target, headers, body, chunked: case.chunked }
}
