//! What the relay asks. Each answer is a proof value that the next step demands.

use std::sync::{Arc, PoisonError, RwLock};

use consent::headers::{ApplicationHeaders, Headers};
use consent::replica::Replica;
use consent::{
    ConsentCheck, ConsentDeclaration, ConsentPermit, ConsentRefusal, DenyReason, Moment, ReleasePermit,
    Request, check_as_consumer, decide_as_provider, release_as_provider,
};
use registry_api::{ClientError, NodeClient};
use service_kit::clock::Clock;
use service_kit::tls::TlsIdentity;

use super::links::Links;

/// The replica, the links and the clock. Clones share them.
#[derive(Clone)]
pub struct ConsentGate {
    replica: Arc<RwLock<Replica>>,
    links: Links,
    registry: Option<NodeClient>,
    clock: Clock,
}

impl ConsentGate {
    /// A gate over an empty replica, which refuses everything that needs consent until [`super::sync`] has filled it.
    #[must_use]
    pub fn new(replica: Replica, links: Links, clock: Clock) -> Self {
        Self { replica: Arc::new(RwLock::new(replica)), links, registry: None, clock }
    }

    /// With the registry at which link tokens are redeemed.
    #[must_use]
    pub fn with_registry(self, registry: NodeClient) -> Self {
        Self { registry: Some(registry), ..self }
    }

    /// Leg 1, before the message is built: may the request leave? A request that names no person may; one that does
    /// needs a consent in force. Apply [`ConsentCheck::rewrite_request`] to the headers before they are signed: it puts
    /// the exchange handle in the place of the application's own number.
    ///
    /// # Errors
    /// The refusal; the application's own number must not leave.
    pub fn check(
        &self,
        request: &Request<'_>,
        headers: &[(String, String)],
    ) -> Result<ConsentCheck, ConsentRefusal> {
        let Some(headers) = ApplicationHeaders::read(headers)? else {
            return Ok(ConsentCheck::names_no_person());
        };
        let link = self.links.link_of(request.consumer, &headers.subject);
        let link = link.map_err(|_| DenyReason::StoreFailed)?;
        let at = self.moment();
        self.read(|replica| check_as_consumer(replica, request, &headers, link.as_ref(), &at))
    }

    /// Leg 2, after the access right: may the service be called? `declaration` is the service's table `consent`,
    /// `headers` are those of the verified message.
    ///
    /// # Errors
    /// The refusal; the service must not be called.
    pub fn decide(
        &self,
        declaration: Option<&ConsentDeclaration>,
        request: &Request<'_>,
        headers: &[(String, String)],
    ) -> Result<ConsentPermit, ConsentRefusal> {
        let at = self.moment();
        self.read(|replica| decide_as_provider(replica, declaration, request, headers, &at))
    }

    /// Leg 2, right before delivery: puts the provider's own number of the person where the service wants it, in the
    /// URL or the headers of the request to the service. Nothing of it may be logged from here on. Without a demand
    /// for consent nothing changes.
    ///
    /// # Errors
    /// The refusal, in the words of [`ConsentGate::decide`].
    pub fn place_subject(
        &self,
        permit: &ConsentPermit,
        url: &mut String,
        headers: &mut Headers,
    ) -> Result<(), ConsentRefusal> {
        let Some(link) = permit.provider_link() else { return Ok(()) };
        let local_id = self.links.local_id(&link).map_err(|_| DenyReason::StoreFailed)?;
        permit.place_subject(local_id.as_ref(), url, headers)
    }

    /// Leg 3, when the service has answered: may the answer leave? Apply [`ReleasePermit::rewrite_response`] to the
    /// response's headers before they are signed.
    ///
    /// # Errors
    /// The refusal; the answer must not leave.
    pub fn release(&self, permit: &ConsentPermit) -> Result<ReleasePermit, ConsentRefusal> {
        let at = self.moment();
        self.read(|replica| release_as_provider(replica, permit, &at))
    }

    /// From now on the registry sees this key and certificate.
    ///
    /// # Errors
    /// It cannot be used; the one before stays.
    pub fn present(&self, identity: &TlsIdentity) -> Result<(), ClientError> {
        self.registry.as_ref().map_or(Ok(()), |registry| registry.present(identity))
    }

    pub(super) fn links(&self) -> &Links {
        &self.links
    }

    pub(super) fn registry(&self) -> Option<&NodeClient> {
        self.registry.as_ref()
    }

    pub(super) fn moment(&self) -> Moment {
        Moment { wall: self.clock.now(), monotonic: self.clock.monotonic() }
    }

    pub(super) fn read<T>(&self, look: impl FnOnce(&Replica) -> T) -> T {
        look(&self.replica.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn change<T>(&self, change: impl FnOnce(&mut Replica) -> T) -> T {
        change(&mut self.replica.write().unwrap_or_else(PoisonError::into_inner))
    }
}
