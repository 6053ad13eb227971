//! The journal: one request of a kilobyte, durable in SQLite on the disk.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use identifiers::{ClientId, ServiceId};
use protocol::Payload;
use protocol::digest::{PartDigest, PartName, sha512};
use security_server::message_log::authority::Stamping;
use security_server::message_log::{
    Body, Direction, MessageLog, MessageLogConfig, Record, Seal, Side, TimestampAuthority, TimestampFailure,
};
use service_kit::clock::Clock;
use test_vectors::CAPTURED_AT;
use time::Duration;

use crate::Work;
use crate::material::{Pair, consumer};

/// Requests with signatures of their own. Each differs from the last one in what signatures differ in, which is what
/// makes them small or not.
const DIFFERENT: u32 = 32;

/// Sent, sealed and appended one after the other: each is a commit of its own, and waits for the disk.
pub(super) fn append() -> Result<Work> {
    let messages = messages()?;
    let names = Names {
        local: consumer()?,
        peer: ClientId::from_path("INST/GOV/2222/SUB2")?,
        service: ServiceId::from_path("INST/GOV/2222/SUB2/svc")?,
    };
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let (authority, clock) = (Arc::new(NoAuthority), Clock::starting_at(CAPTURED_AT));
    let log =
        runtime.block_on(MessageLog::open(folder.path(), &MessageLogConfig::default(), authority, clock))?;
    let mut appended = 0;
    Ok(Box::new(move || {
        // The folder goes when the work goes.
        ensure!(folder.path().exists());
        let message = messages.get(appended % messages.len()).context("a message")?;
        appended += 1;
        let record = record(appended, message, &names);
        let receipt = runtime.block_on(log.append(record))?;
        ensure!(receipt.record() == appended as i64);
        Ok(())
    }))
}

struct Names {
    local: ClientId,
    peer: ClientId,
    service: ServiceId,
}

struct Message {
    text: Bytes,
    body: Bytes,
    seal: Seal,
}

fn record(number: usize, message: &Message, names: &Names) -> Record {
    Record {
        side: Side::Consumer,
        direction: Direction::Request,
        payload: Payload::Rest,
        query_id: format!("query-{number}"),
        request_id: format!("request-{number}"),
        local: names.local.clone(),
        peer: names.peer.clone(),
        service: names.service.clone(),
        time: CAPTURED_AT,
        message: message.text.clone(),
        body: Body::Memory(message.body.clone()),
        seal: message.seal.clone(),
    }
}

fn messages() -> Result<Vec<Message>> {
    let signer = Pair::P256.signer()?;
    let message = |number: u32| {
        let text = format!("POST\r\n/r1/INST/GOV/2222/SUB2/svc\r\nX-Road-Id:query-{number}\r\n");
        let body = format!("{{\"number\":{number}}}").repeat(70);
        let digest = |name, data: &str| PartDigest { name, sha512: sha512(data.as_bytes()) };
        let parts = [digest(PartName::Message, &text), digest(PartName::Attachment(1), &body)];
        let sealed = signer.seal(&[&parts])?.into_iter().next().context("one seal")?;
        let part = |part: Option<Arc<[u8]>>| part.map(|part| Bytes::copy_from_slice(&part));
        let seal = Seal {
            signature: Bytes::copy_from_slice(&sealed.signature),
            hash_chain_result: part(sealed.hash_chain_result),
            hash_chain: part(sealed.hash_chain),
        };
        Ok(Message { text: text.into(), body: body.into(), seal })
    };
    (0..DIFFERENT).map(message).collect()
}

/// Nothing is stamped here.
struct NoAuthority;

impl TimestampAuthority for NoAuthority {
    fn interval(&self) -> Option<Duration> {
        None
    }

    fn stamp<'a>(&'a self, _: &'a [u8]) -> Stamping<'a> {
        Box::pin(std::future::ready(Err(TimestampFailure("no service".to_owned()))))
    }
}
