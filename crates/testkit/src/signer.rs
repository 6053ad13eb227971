//! A member that signs messages.

use anyhow::{Context as _, Result};
use evidence::signature::{Seal, SigningContext, SigningMaterial, seal};
use keys::Identity;
use service_kit::clock::Clock;

use crate::message::Message;

/// A signing key with its certificate and the OCSP response that goes into signatures.
#[derive(Clone)]
pub struct Signer {
    /// Key and certificate.
    pub identity: Identity,
    /// The response for the certificate, or what is told to be one.
    pub ocsp: Vec<u8>,
}

impl Signer {
    /// Signs one message.
    ///
    /// # Errors
    /// The key fails.
    pub fn seal(&self, message: &Message) -> Result<Seal> {
        self.seal_batch(&[message])?.into_iter().next().context("one seal")
    }

    /// Signs several messages with one signature.
    ///
    /// # Errors
    /// The key fails.
    pub fn seal_batch(&self, messages: &[&Message]) -> Result<Vec<Seal>> {
        let (key, certificate) = (self.identity.key(), self.identity.certificate());
        let material = SigningMaterial {
            certificate,
            intermediates: &[],
            ocsp_responses: std::slice::from_ref(&self.ocsp),
            algorithm: key.message_algorithm(),
        };
        let context = SigningContext::new(&material)?;
        let digests: Vec<_> = messages.iter().map(|message| message.digests()).collect();
        let digests: Vec<_> = digests.iter().map(Vec::as_slice).collect();
        let sign = |data: &[u8]| key.sign_xmldsig(context.algorithm(), data);
        Ok(seal(&digests, &context, Clock::system().now(), &sign)?)
    }
}
