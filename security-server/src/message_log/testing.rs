//! What the tests of the journal share: records, and an authority that stamps or fails as told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use identifiers::{ClientId, ServiceId};
use protocol::Payload;
use service_kit::clock::Clock;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::authority::Stamping;
use super::*;

pub(super) const NOW: OffsetDateTime = datetime!(2026-11-21 15:10 UTC);

/// A minimal document that can be timestamped.
pub(super) fn signature(number: usize) -> String {
    let value = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, format!("value {number}"));
    format!(
        "<asic:XAdESSignatures xmlns:asic=\"http://uri.etsi.org/02918/v1.2.1#\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" xmlns:xades=\"http://uri.etsi.org/01903/v1.3.2#\">\
         <ds:Signature><ds:SignatureValue>{value}</ds:SignatureValue><ds:Object><xades:UnsignedSignatureProperties>\
         <xades:RevocationValues/></xades:UnsignedSignatureProperties></ds:Object></ds:Signature>\
         </asic:XAdESSignatures>"
    )
}

pub(super) fn client(path: &str) -> ClientId {
    ClientId::from_path(path).unwrap()
}

/// A consumer's request without body.
pub(super) fn record(number: usize) -> Record {
    Record {
        side: Side::Consumer,
        direction: Direction::Request,
        payload: Payload::Rest,
        query_id: format!("query-{number}"),
        request_id: format!("request-{number}"),
        local: client("INST/GOV/1111/SUB1"),
        peer: client("INST/GOV/2222/SUB2"),
        service: ServiceId::from_path("INST/GOV/2222/SUB2/svc").unwrap(),
        time: NOW + Duration::seconds(i64::try_from(number).unwrap()),
        message: Bytes::from(format!(
            "GET\r\n/r1/INST/GOV/2222/SUB2/svc/{number}\r\nX-Road-Id:query-{number}\r\n"
        )),
        body: Body::Absent,
        seal: Seal { signature: signature(number).into(), hash_chain_result: None, hash_chain: None },
    }
}

/// Gives `token of <length of data>` unless told to fail.
#[derive(Default)]
pub(super) struct TestAuthority {
    pub(super) failing: AtomicBool,
    pub(super) calls: AtomicUsize,
}

impl TimestampAuthority for TestAuthority {
    fn interval(&self) -> Option<Duration> {
        Some(Duration::seconds(60))
    }

    fn stamp<'a>(&'a self, data: &'a [u8]) -> Stamping<'a> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::Relaxed);
            if self.failing.load(Ordering::Relaxed) {
                return Err(TimestampFailure("the test says no".to_owned()));
            }
            Ok(format!("token of {}", data.len()).into_bytes())
        })
    }
}

pub(super) fn open(
    folder: &std::path::Path,
    config: &MessageLogConfig,
) -> (MessageLog, Arc<TestAuthority>, Clock) {
    let authority = Arc::new(TestAuthority::default());
    let clock = Clock::manual(NOW);
    let log = MessageLog::open(folder, config, Arc::clone(&authority) as _, clock.clone()).unwrap();
    (log, authority, clock)
}
