//! Builds OCSP responses, for the development trust services and tests.

use super::{CertId, CertStatus};
use crate::asn1::{oid, read, write};
use crate::certificate::Certificate;
use crate::signer::{Signer, SigningError};
use time::OffsetDateTime;

/// A response about to be signed.
#[derive(Clone, Debug)]
pub struct OcspResponseBuilder {
    produced_at: OffsetDateTime,
    singles: Vec<Vec<u8>>,
    nonce: Option<Vec<u8>>,
    with_certificate: bool,
}

impl OcspResponseBuilder {
    /// A response without any status yet.
    pub fn new(produced_at: OffsetDateTime) -> Self {
        Self { produced_at, singles: Vec::new(), nonce: None, with_certificate: true }
    }

    /// Adds the status of one certificate. Times are cut to whole seconds.
    pub fn status(
        mut self,
        id: &CertId,
        status: CertStatus,
        this_update: OffsetDateTime,
        next_update: Option<OffsetDateTime>,
    ) -> Self {
        let status = match status {
            CertStatus::Good => write::tlv(read::context_primitive(0), &[]),
            CertStatus::Unknown => write::tlv(read::context_primitive(2), &[]),
            CertStatus::Revoked { at, reason } => {
                let reason = reason.map_or_else(Vec::new, |code| {
                    write::tlv(read::context(0), &[&write::tlv(read::ENUMERATED, &[&[code]])])
                });
                write::tlv(read::context(1), &[&write::generalized_time(at), &reason])
            }
        };
        let next_update = next_update
            .map_or_else(Vec::new, |at| write::tlv(read::context(0), &[&write::generalized_time(at)]));
        self.singles.push(write::sequence(&[
            &id.encode(),
            &status,
            &write::generalized_time(this_update),
            &next_update,
        ]));
        self
    }

    /// Sends the nonce of a request back.
    pub fn nonce(mut self, nonce: Option<Vec<u8>>) -> Self {
        self.nonce = nonce;
        self
    }

    /// Leaves the responder's certificate out of the response.
    pub fn without_certificate(mut self) -> Self {
        self.with_certificate = false;
        self
    }

    /// Signs; returns the DER of the whole response, to be sent as `application/ocsp-response`.
    pub fn sign(self, responder: &Certificate, key: &dyn Signer) -> Result<Vec<u8>, SigningError> {
        let singles: Vec<&[u8]> = self.singles.iter().map(Vec::as_slice).collect();
        let extensions = self.nonce.map_or_else(Vec::new, |nonce| {
            let extension = write::sequence(&[&write::oid(&oid::OCSP_NONCE), &write::octet_string(&nonce)]);
            write::tlv(read::context(1), &[&write::sequence(&[&extension])])
        });
        let tbs = write::sequence(&[
            &write::tlv(read::context(1), &[responder.subject().der()]),
            &write::generalized_time(self.produced_at),
            &write::sequence(&singles),
            &extensions,
        ]);
        let algorithm = key.default_algorithm();
        let signature = key.sign(algorithm, &tbs)?;
        let certificates = if self.with_certificate {
            write::tlv(read::context(0), &[&write::sequence(&[responder.der()])])
        } else {
            Vec::new()
        };
        let basic = write::sequence(&[
            &tbs,
            &algorithm.to_identifier(),
            &write::bit_string(&signature),
            &certificates,
        ]);
        let bytes = write::sequence(&[&write::oid(&oid::OCSP_BASIC), &write::octet_string(&basic)]);
        Ok(write::sequence(&[
            &write::tlv(read::ENUMERATED, &[&[0]]),
            &write::tlv(read::context(0), &[&bytes]),
        ]))
    }

    /// A response without statuses: 1 malformedRequest, 2 internalError, 3 tryLater, 6 unauthorized.
    pub fn refusal(response_status: u8) -> Vec<u8> {
        write::sequence(&[&write::tlv(read::ENUMERATED, &[&[response_status]])])
    }
}
