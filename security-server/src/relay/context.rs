//! What the stages need besides the state they are given: one place, wired in `boot`.

use std::sync::Arc;

use ::globalconf::ValidGlobalConf;
use arc_swap::ArcSwap;
use bytes::Bytes;
use evidence::signature::VerificationCache;
use identifiers::ServerId;
use pki::Certificate;
use protocol::Limits;
use protocol::fault::{Origin, Word};
use service_kit::clock::Clock;
use service_kit::random;
use service_kit::spool::SpoolRoom;
use service_kit::tls::TlsError;
use time::OffsetDateTime;

use super::peers::PeerLinks;
use super::refusals::Refusals;
use super::sealer::Sealer;
use super::services::ServiceLinks;
use super::stage::Refusal;
use super::version::PeerVersion;
use crate::access_rights::Declarations;
use crate::consent_replica::ConsentGate;
use crate::message_log::{MessageLog, Side};
use crate::trust::ocsp::OwnStatusMissing;
use crate::trust::{GlobalConfStore, OcspStore, PeerTrust};

/// The parts that a [`Relay`] is made of.
pub struct RelayParts {
    /// Who this server is.
    pub server: ServerId,
    /// The time.
    pub clock: Clock,
    /// Bounds of the message formats.
    pub limits: Limits,
    /// Largest body of a message. Bytes.
    pub max_body_bytes: u64,
    /// Subsystems, services, access rights.
    pub declarations: Arc<ArcSwap<Declarations>>,
    /// The global configuration.
    pub global_conf: Arc<GlobalConfStore>,
    /// Our own OCSP responses.
    pub ocsp: Arc<OcspStore>,
    /// Who peers are.
    pub peer_trust: Arc<PeerTrust>,
    /// Signing keys.
    pub sealer: Sealer,
    /// The journal.
    pub journal: MessageLog,
    /// Consents.
    pub consent: ConsentGate,
    /// The latest refusals.
    pub refusals: Refusals,
    /// Connections to peers.
    pub peers: PeerLinks,
    /// Connections to services.
    pub services: ServiceLinks,
    /// Where bodies wait.
    pub spool: SpoolRoom,
    /// The certificate that we show to information systems, DER.
    pub internal_certificate: Option<Vec<u8>>,
    /// Refuse information systems whose certificate has expired.
    pub enforce_client_certificate_validity: bool,
    /// Answer `GET /wsdl`.
    pub allow_get_wsdl: bool,
    /// Oldest version of a consumer's server that is served.
    pub min_client_version: Option<PeerVersion>,
}

/// The relay of this server. Shared by all exchanges.
pub struct Relay {
    parts: RelayParts,
    verdicts: VerificationCache,
}

/// Verdicts about signing certificates that are remembered.
const REMEMBERED_VERDICTS: usize = 4_096;

impl Relay {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: RelayParts) -> Self {
        Self { parts, verdicts: VerificationCache::new(REMEMBERED_VERDICTS) }
    }

    /// The proof that messages may be handled now; every leg begins with it.
    ///
    /// # Errors
    /// `global_conf_outdated`.
    pub fn valid_global_conf(&self, origin: Origin) -> Result<ValidGlobalConf, Refusal> {
        self.parts.global_conf.valid_at(self.now()).map_err(|error| {
            Refusal::new(origin, &[Word::GlobalConfOutdated], "Global configuration is expired")
                .because(error)
        })
    }

    /// Puts new declarations in the place of the running ones; exchanges under way finish with the old ones.
    ///
    /// # Errors
    /// A certificate of an information system cannot be used; the running declarations stay.
    pub fn apply(&self, declarations: Declarations) -> Result<(), TlsError> {
        self.parts.services.apply(&declarations)?;
        self.parts.declarations.store(Arc::new(declarations));
        Ok(())
    }

    /// The OCSP responses for what we show to a provider, as it demands them with each request.
    ///
    /// # Errors
    /// There is none that is fresh and good.
    pub fn own_auth_ocsp(&self, shown: &[Certificate]) -> Result<Vec<Bytes>, OwnStatusMissing> {
        self.parts.ocsp.own_responses(shown)
    }

    /// Puts candidates in an order that nobody can predict, so that load spreads.
    pub fn shuffle<T>(&self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let Ok(random) = random::bytes::<8>() else { return };
            // The bias of the remainder is far below what spreading load needs.
            let chosen = u64::from_le_bytes(random) % (last as u64 + 1);
            items.swap(last, usize::try_from(chosen).unwrap_or(0));
        }
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.parts.clock.now()
    }

    pub(crate) fn instance(&self) -> &str {
        self.parts.server.member().instance()
    }

    pub(crate) fn server(&self) -> &ServerId {
        &self.parts.server
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.parts.limits
    }

    pub(crate) fn max_body_bytes(&self) -> u64 {
        self.parts.max_body_bytes
    }

    pub(crate) fn declarations(&self) -> arc_swap::Guard<Arc<Declarations>> {
        self.parts.declarations.load()
    }

    /// The files of the global configuration; reading them waits for the disk.
    pub(crate) async fn stored_global_conf(&self) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
        let store = Arc::clone(&self.parts.global_conf);
        tokio::task::spawn_blocking(move || store.stored_files()).await?
    }

    pub(crate) fn peer_trust(&self) -> &PeerTrust {
        &self.parts.peer_trust
    }

    pub(crate) fn sealer(&self) -> &Sealer {
        &self.parts.sealer
    }

    pub(crate) fn journal(&self) -> &MessageLog {
        &self.parts.journal
    }

    pub(crate) fn consent(&self) -> &ConsentGate {
        &self.parts.consent
    }

    pub(crate) fn peers(&self) -> &PeerLinks {
        &self.parts.peers
    }

    pub(crate) fn services(&self) -> &ServiceLinks {
        &self.parts.services
    }

    pub(crate) fn spool(&self) -> &SpoolRoom {
        &self.parts.spool
    }

    pub(crate) fn verdicts(&self) -> &VerificationCache {
        &self.verdicts
    }

    /// The latest refusals.
    pub(crate) fn refusals(&self) -> &Refusals {
        &self.parts.refusals
    }

    /// The end of an exchange that was not let through: told to the log, and kept for `explain`.
    pub(super) fn refused(&self, side: Side, refusal: &Refusal) {
        refusal.audit();
        self.parts.refusals.keep(side, refusal, self.now());
    }

    pub(crate) fn min_client_version(&self) -> Option<PeerVersion> {
        self.parts.min_client_version
    }

    pub(crate) fn allows_get_wsdl(&self) -> bool {
        self.parts.allow_get_wsdl
    }

    pub(crate) fn enforces_client_certificate_validity(&self) -> bool {
        self.parts.enforce_client_certificate_validity
    }

    pub(crate) fn is_own_internal_certificate(&self, certificate: &[u8]) -> bool {
        self.parts.internal_certificate.as_deref() == Some(certificate)
    }
}
