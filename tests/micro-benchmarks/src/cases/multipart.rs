//! Messages between security servers, as they come from the network and go to it.

use std::hint::black_box;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use protocol::Limits;
use protocol::digest::PartDigests;
use protocol::proxy_message::{
    Boundary, Direction, MessageDecoder, MessageEncoder, MessageEvent, decode_all,
};

use crate::Work;
use crate::material::Pair;

/// Bytes that a connection gives at once.
const PIECE: usize = 16 * 1024;

/// Length of the large body.
pub(super) const BODY: u64 = 1024 * 1024;

/// A captured request of 11 KB.
pub(super) fn decode() -> Result<Work> {
    let request = Pair::Rsa2048.request()?;
    let expected = request.signed().context("a signature")?.parts;
    ready(request.content_type, request.body.into(), move |events| {
        let mut digests = PartDigests::new();
        events.iter().for_each(|event| digests.observe(event));
        digests.digests() == expected
    })
}

/// The same request, put together again.
pub(super) fn encode() -> Result<Work> {
    let request = Pair::Rsa2048.request()?;
    let boundary = protocol::boundary_of(&request.content_type)?;
    let letters = boundary.strip_prefix("xtop").context("a boundary of X-Road")?.to_owned();
    let events = decode_all(Direction::Request, &request.content_type, &request.body, &Limits::default())?;
    Ok(Box::new(move || {
        let encoded = black_box(encoded(&letters, &events)?);
        ensure!(encoded == request.body);
        Ok(())
    }))
}

fn encoded(letters: &str, events: &[MessageEvent]) -> Result<Vec<u8>> {
    let mut encoder = MessageEncoder::request(Boundary::from_letters(letters)?);
    let mut bytes = Vec::new();
    for event in events {
        bytes.extend_from_slice(&encoder.event(event));
    }
    bytes.extend_from_slice(&encoder.finish());
    Ok(bytes)
}

/// A request with a large body: what each byte costs.
pub(super) fn body() -> Result<Work> {
    let request = Pair::Rsa2048.request()?;
    let mut events =
        decode_all(Direction::Request, &request.content_type, &request.body, &Limits::default())?;
    let large: Vec<u8> = (0..BODY).map(|number| (number % 251) as u8).collect();
    for event in &mut events {
        if let MessageEvent::Body(body) = event {
            *body = large.clone().into();
        }
    }
    let content_type = MessageEncoder::request(Boundary::from_letters("letters")?).content_type();
    ready(content_type, encoded("letters", &events)?.into(), |events| {
        let bytes =
            events.iter().map(|event| if let MessageEvent::Body(body) = event { body.len() } else { 0 });
        bytes.sum::<usize>() as u64 == BODY
    })
}

/// Decodes a request that comes in pieces. `right` looks at the events of the first time; later ones must be as many.
fn ready(content_type: String, body: Bytes, right: impl Fn(&[MessageEvent]) -> bool) -> Result<Work> {
    let mut first = Vec::new();
    read(&content_type, &body, |event| first.push(event))?;
    ensure!(right(&first), "the decoder gives what was encoded");
    Ok(Box::new(move || {
        let mut count = 0;
        read(&content_type, &body, |event| {
            black_box(event);
            count += 1;
        })?;
        ensure!(count == first.len());
        Ok(())
    }))
}

fn read(content_type: &str, body: &Bytes, mut take: impl FnMut(MessageEvent)) -> Result<()> {
    let mut decoder = MessageDecoder::request(content_type, &Limits::default())?;
    let mut rest = body.clone();
    while !rest.is_empty() {
        decoder.push(rest.split_to(rest.len().min(PIECE)));
        while let Some(event) = decoder.next_event()? {
            take(event);
        }
    }
    decoder.finish();
    while let Some(event) = decoder.next_event()? {
        take(event);
    }
    ensure!(decoder.is_ended());
    Ok(())
}
