//! Private parameters: management service, federation anchors, timestamping interval.

use identifiers::ClientId;

use crate::anchor::Anchor;

/// What one instance tells its own members only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateParams {
    /// Identifier of the instance.
    pub instance: String,
    /// Anchors of federated instances.
    pub federation_anchors: Vec<Anchor>,
    /// Address of the service that registers authentication certificates.
    pub auth_cert_reg_service_address: String,
    /// TLS certificate of that service, DER.
    pub auth_cert_reg_service_cert: Option<Vec<u8>>,
    /// Client that serves the other management requests.
    pub management_service_provider: ClientId,
    /// Wanted interval between batch timestamps, in seconds, as published.
    pub timestamping_interval_seconds: u32,
}
