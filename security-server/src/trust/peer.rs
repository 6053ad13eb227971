//! Whose authentication certificate a peer shows (rules of X-Road's transport, both directions).
//!
//! TLS proves possession of a key; everything else is decided here, on every connection and on every
//! message: an approved service issued the certificate, it is valid and not revoked, and the global
//! configuration registers it for a server at which the other party of the message is registered.
//! Cryptography is done once for equal inputs (`verdicts`); the registration is looked up each time.

mod verdicts;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ::globalconf::{GlobalConf, ValidGlobalConf};
use bytes::Bytes;
use identifiers::{ClientId, ServerId};
use pki::Certificate;
use pki::trust::{Trust, TrustError, TrustFailure};
use protocol::fault::{Fault, Origin, Word};

use super::ocsp::OcspStore;
use verdicts::Verdicts;

/// Longest chain that a peer may present.
const CHAIN_LIMIT: usize = 8;
/// Peers whose intermediates and pending fetches are remembered.
const PEER_LIMIT: usize = 10_000;
/// Leaf certificates that are kept in read form.
const READ_LIMIT: usize = 1_000;

/// What a peer presented in its handshake: leaf first.
#[derive(Debug, Clone)]
pub struct Presented {
    certificates: Arc<[Certificate]>,
}

/// Why a peer is not who the message needs it to be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct PeerRefusal {
    words: Vec<Word>,
    text: String,
}

/// Proof that a connection leads to a server at which the provider is registered.
#[derive(Debug, Clone)]
pub struct VerifiedProvider {
    server: ServerId,
}

/// Proof that a request comes from a server at which the consumer is registered.
#[derive(Debug, Clone)]
pub struct VerifiedConsumer {
    server: ServerId,
}

/// Decides about peers; remembers verdicts so that an unchanged peer costs no cryptography twice.
pub struct PeerTrust {
    ocsp: Arc<OcspStore>,
    verdicts: Verdicts,
    /// What was presented lately, by the DER of its leaf: every message asks for it.
    read: RwLock<HashMap<Vec<u8>, Presented>>,
    /// Chains by the SHA-256 of their leaf: a resumed session may bring the leaf only.
    chains: Mutex<HashMap<[u8; 32], Arc<[Certificate]>>>,
    /// Held while the responses of a peer are fetched, by the SHA-256 of its leaf: many messages to
    /// one peer ask its port once.
    fetches: Mutex<HashMap<[u8; 32], Arc<tokio::sync::Mutex<()>>>>,
}

impl Presented {
    /// From the DER certificates of the handshake.
    ///
    /// # Errors
    /// No certificate, too many, or one that cannot be read.
    pub fn from_der(chain: &[impl AsRef<[u8]>]) -> Result<Self, PeerRefusal> {
        let refused = |text: &str| PeerRefusal::new(&[Word::SslAuthenticationFailed], text);
        if chain.is_empty() {
            return Err(refused("The peer presented no authentication certificate"));
        }
        if chain.len() > CHAIN_LIMIT {
            return Err(refused("The peer presented too many certificates"));
        }
        let parsed: Result<Vec<_>, _> = chain.iter().map(|der| Certificate::from_der(der.as_ref())).collect();
        let certificates =
            parsed.map_err(|error| refused(&format!("The peer's certificate cannot be read: {error}")))?;
        Ok(Self { certificates: certificates.into() })
    }

    /// Leaf first.
    #[must_use]
    pub fn certificates(&self) -> &[Certificate] {
        &self.certificates
    }
}

impl PeerRefusal {
    fn new(words: &[Word], text: impl Into<String>) -> Self {
        Self { words: words.to_vec(), text: text.into() }
    }

    /// The words of the fault, without the origin.
    #[must_use]
    pub fn words(&self) -> &[Word] {
        &self.words
    }

    /// The fault that the refused party sees.
    #[must_use]
    pub fn into_fault(self, origin: Origin) -> Fault {
        Fault::new(origin, &self.words, self.text)
    }

    /// As the provider side says it: any reason becomes the plain word.
    fn at_provider(self) -> Self {
        Self { words: vec![Word::ServiceFailed, Word::SslAuthenticationFailed], text: self.text }
    }
}

impl VerifiedProvider {
    /// The provider's security server.
    #[must_use]
    pub fn server(&self) -> &ServerId {
        &self.server
    }
}

impl VerifiedConsumer {
    /// The consumer's security server.
    #[must_use]
    pub fn server(&self) -> &ServerId {
        &self.server
    }
}

impl PeerTrust {
    /// Decides with the responses of `ocsp`.
    #[must_use]
    pub fn new(ocsp: Arc<OcspStore>) -> Arc<Self> {
        Arc::new(Self {
            ocsp,
            verdicts: Verdicts::default(),
            read: RwLock::default(),
            chains: Mutex::default(),
            fetches: Mutex::default(),
        })
    }

    /// As [`Presented::from_der`]; equal certificates are read once.
    ///
    /// # Errors
    /// As [`Presented::from_der`].
    pub fn presented(&self, chain: &[Vec<u8>]) -> Result<Presented, PeerRefusal> {
        let leaf = chain.first().map(Vec::as_slice).unwrap_or_default();
        if let Some(known) = self.read.read().unwrap_or_else(PoisonError::into_inner).get(leaf)
            && known.certificates.iter().map(Certificate::der).eq(chain.iter().map(Vec::as_slice))
        {
            return Ok(known.clone());
        }
        let presented = Presented::from_der(chain)?;
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        if read.len() >= READ_LIMIT {
            read.clear();
        }
        read.insert(leaf.to_vec(), presented.clone());
        Ok(presented)
    }

    /// During the handshake of an incoming connection: is the leaf registered for any server? Looks
    /// things up in memory only.
    ///
    /// # Errors
    /// It is not; the connection must be dropped.
    pub fn admit(&self, leaf: &Certificate, conf: &GlobalConf) -> Result<ServerId, PeerRefusal> {
        conf.server_by_auth_cert(leaf)
            .map(|server| server.id.clone())
            .ok_or_else(|| unknown_certificate(leaf))
    }

    /// Right after the handshake of an outgoing connection, before a byte of HTTP is sent.
    /// Fetches the peer's OCSP responses from `ocsp_at` (host and port, usually 5577) when none is at hand.
    ///
    /// # Errors
    /// `ssl_authentication_failed...`: the connection must be dropped.
    pub async fn verify_provider(
        &self,
        peer: &Presented,
        ocsp_at: (&str, u16),
        provider: &ClientId,
        conf: &ValidGlobalConf,
    ) -> Result<VerifiedProvider, PeerRefusal> {
        let instance = provider.instance();
        let chain = self.whole_chain(peer, instance, conf);
        if conf.issuer_of(&chain[0], instance).is_none() {
            let words = [Word::SslAuthenticationFailed, Word::CannotCreateCertPath, Word::InternalError];
            return Err(PeerRefusal::new(&words, NO_ISSUER));
        }
        let at_hand = self.ocsp.peer_responses(&chain);
        let trusted = match &at_hand {
            Some(responses) => self.verify(&chain, responses, instance, conf),
            None => Err(TrustError::NoIssuer),
        };
        if trusted.is_err() {
            let responses = self.fetch(&chain, ocsp_at, at_hand.as_deref()).await?;
            self.verify(&chain, &responses, instance, conf).map_err(|error| path_refusal(&error))?;
        }
        let server = registered(&chain[0], provider, conf)?;
        self.remember(&chain);
        Ok(VerifiedProvider { server })
    }

    /// For every incoming message: `ocsp` are its OCSP parts, `consumer` its client.
    ///
    /// # Errors
    /// `service_failed.ssl_authentication_failed` (or `.internal_error` where no approved service
    /// issued the certificate).
    pub fn verify_consumer(
        &self,
        peer: &Presented,
        ocsp: &[Bytes],
        consumer: &ClientId,
        conf: &ValidGlobalConf,
    ) -> Result<VerifiedConsumer, PeerRefusal> {
        if ocsp.is_empty() {
            let text = "Cannot verify TLS certificate, corresponding OCSP response is missing";
            return Err(PeerRefusal::new(&[Word::ServiceFailed, Word::SslAuthenticationFailed], text));
        }
        let instance = consumer.instance();
        let chain = self.whole_chain(peer, instance, conf);
        if conf.issuer_of(&chain[0], instance).is_none() {
            return Err(PeerRefusal::new(&[Word::ServiceFailed, Word::InternalError], NO_ISSUER));
        }
        let trusted = self.verify(&chain, ocsp, instance, conf);
        trusted.map_err(|error| path_refusal(&error).at_provider())?;
        let server = registered(&chain[0], consumer, conf).map_err(PeerRefusal::at_provider)?;
        self.remember(&chain);
        Ok(VerifiedConsumer { server })
    }

    /// Usage, path and status of the leaf; known verdicts are used again.
    fn verify(
        &self,
        chain: &[Certificate],
        ocsp: &[Bytes],
        instance: &str,
        conf: &ValidGlobalConf,
    ) -> Result<(), TrustError> {
        let key = verdicts::key(chain, ocsp, instance);
        if self.verdicts.holds(&key, &chain[0], instance, conf) {
            return Ok(());
        }
        let trusted = pki::trust::check(&chain[0], &chain[1..], ocsp, conf, instance, conf.at())?;
        self.verdicts.put(key, &trusted, instance, conf);
        Ok(())
    }

    /// Fetches the peer's responses, unless another message has done so meanwhile.
    async fn fetch(
        &self,
        chain: &[Certificate],
        (host, port): (&str, u16),
        useless: Option<&[Bytes]>,
    ) -> Result<Vec<Bytes>, PeerRefusal> {
        let turn = {
            let mut fetches = self.fetches.lock().unwrap_or_else(PoisonError::into_inner);
            if fetches.len() >= PEER_LIMIT {
                fetches.clear();
            }
            Arc::clone(fetches.entry(*chain[0].sha256()).or_default())
        };
        let _alone = turn.lock().await;
        match self.ocsp.peer_responses(chain) {
            Some(responses) if useless != Some(&responses) => Ok(responses),
            _ => self.ocsp.fetch_from_peer(host, port, chain).await.map_err(|error| {
                let text = format!("OCSP responses of {host} could not be fetched: {error}");
                PeerRefusal::new(&[Word::SslAuthenticationFailed, Word::InternalError], text)
            }),
        }
    }

    /// What the peer presented, or the chain that it presented with this leaf before; without the trust
    /// anchor, which some TLS stacks send along and for whose status nobody answers.
    fn whole_chain(&self, peer: &Presented, instance: &str, conf: &GlobalConf) -> Arc<[Certificate]> {
        let leaf = &peer.certificates[0];
        let mut presented = Arc::clone(&peer.certificates);
        if presented.len() == 1 {
            let chains = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(known) = chains.get(leaf.sha256()) {
                presented = Arc::clone(known);
            }
        }
        let anchor = conf.issuer_of(leaf, instance).map(|issuer| &issuer.certificate);
        let is_anchor =
            |certificate: &&Certificate| Some(*certificate) == anchor || certificate.is_self_issued();
        if !presented.iter().skip(1).any(|certificate| is_anchor(&certificate)) {
            return presented;
        }
        let below = presented.iter().skip(1).filter(|certificate| !is_anchor(certificate));
        std::iter::once(leaf).chain(below).cloned().collect()
    }

    /// Keeps the intermediates of a peer that was verified.
    fn remember(&self, chain: &Arc<[Certificate]>) {
        if chain.len() < 2 {
            return;
        }
        let mut chains = self.chains.lock().unwrap_or_else(PoisonError::into_inner);
        if chains.len() >= PEER_LIMIT {
            chains.clear();
        }
        chains.insert(*chain[0].sha256(), Arc::clone(chain));
    }
}

const NO_ISSUER: &str = "Certificate is not issued by approved certification service provider.";

/// The server for which the global configuration registers the certificate, if the client is
/// registered there too.
fn registered(
    leaf: &Certificate,
    client: &ClientId,
    conf: &ValidGlobalConf,
) -> Result<ServerId, PeerRefusal> {
    let refused = |text: String| PeerRefusal::new(&[Word::SslAuthenticationFailed], text);
    if !leaf.is_auth_cert() {
        return Err(refused("The peer's certificate is not an authentication certificate".to_owned()));
    }
    let server = conf.server_by_auth_cert(leaf).ok_or_else(|| unknown_certificate(leaf))?;
    if conf.client_registered_at(client, &server.id) {
        Ok(server.id.clone())
    } else {
        Err(refused(format!("Client '{client}' is not registered at security server {}", server.id)))
    }
}

fn unknown_certificate(leaf: &Certificate) -> PeerRefusal {
    let text =
        format!("Authentication certificate {} is not associated with any security server", leaf.subject());
    PeerRefusal::new(&[Word::SslAuthenticationFailed], text)
}

/// Path and status errors in the words of the consumer side.
fn path_refusal(error: &TrustError) -> PeerRefusal {
    let words: &[Word] = match error.failure() {
        TrustFailure::CannotCreateCertPath => &[Word::CannotCreateCertPath, Word::InternalError],
        TrustFailure::CertValidation => &[Word::InvalidCertPath, Word::CertValidation],
        TrustFailure::IncorrectValidationInfo => &[Word::InvalidCertPath, Word::IncorrectValidationInfo],
    };
    let words: Vec<Word> =
        std::iter::once(Word::SslAuthenticationFailed).chain(words.iter().copied()).collect();
    PeerRefusal { words, text: error.to_string() }
}

#[cfg(test)]
mod tests;
