//! One case carried out: the requests that the table asks for, and what came back.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::cases::Case;
use crate::http::{self, Request, Response};

/// One request with its answer.
#[derive(Debug)]
pub struct Exchange {
    /// What was sent.
    pub request: Request,
    /// The query id that was given, or that the security server gave.
    pub query_id: String,
    /// What came back.
    pub response: Response,
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
pub fn carry_out(case: &Case, systems: &(String, u16), run: &str) -> Carried {
    let start = Instant::now();
    let exchanges = std::thread::scope(|scope| {
        let requests =
            (0..case.at_once).map(|number| scope.spawn(move || exchange(case, systems, run, number)));
        let requests: Vec<_> = requests.collect();
        let joined = requests.into_iter().map(|request| request.join());
        joined
            .map(|ended| ended.unwrap_or_else(|_| Err(anyhow::anyhow!("the request was not carried out"))))
            .collect()
    });
    Carried { exchanges, took: start.elapsed() }
}

fn exchange(case: &Case, systems: &(String, u16), run: &str, number: usize) -> Result<Exchange> {
    let given = format!("{run}-{}-{number}", case.name.replace('/', "-"));
    let request = request(case, &given, run);
    let response = http::send(&systems.0, systems.1, &request)?;
    let query_id = if case.gives_query_id { Some(given.as_str()) } else { response.header("x-road-id") };
    let query_id = query_id.unwrap_or_default().to_owned();
    Ok(Exchange { request, query_id, response })
}

fn request(case: &Case, query_id: &str, run: &str) -> Request {
    if let Some(soap) = &case.soap {
        return soap.request(case.client.unwrap_or_default(), query_id);
    }
    let mut headers = Vec::new();
    let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
    if let Some(client) = case.client {
        add("X-Road-Client", client);
    }
    if case.gives_query_id {
        add("X-Road-Id", query_id);
    }
    for (name, value) in &case.headers {
        add(name, value);
    }
    let body = case.body.bytes();
    if body.is_some() && !case.headers.iter().any(|(name, _)| *name == "Content-Type") {
        add("Content-Type", "application/octet-stream");
    }
    Request {
        verb: case.verb.to_owned(),
        target: case.target.replace("{run}", run),
        headers,
        body,
        chunked: case.chunked,
    }
}
