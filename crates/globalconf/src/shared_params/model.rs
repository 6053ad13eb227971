//! The content of the shared parameters as types.

use identifiers::{ClientId, MemberId, ServerId};

/// Everything that one instance publishes to its members and to federated instances.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SharedParams {
    /// Identifier of the instance that publishes this.
    pub instance: String,
    /// Where the configuration can be downloaded and who signs it (V3 and later).
    pub sources: Vec<ConfigurationSource>,
    /// Approved certification services.
    pub approved_cas: Vec<ApprovedCa>,
    /// Approved timestamping services.
    pub approved_tsas: Vec<ApprovedTsa>,
    /// Members with their subsystems.
    pub members: Vec<Member>,
    /// Security servers with their clients.
    pub servers: Vec<SecurityServer>,
    /// Global groups of members and subsystems.
    pub global_groups: Vec<GlobalGroup>,
    /// Member classes of the instance.
    pub member_classes: Vec<MemberClass>,
    /// How old an OCSP response may be, in seconds.
    pub ocsp_freshness_seconds: u32,
}

/// One node that distributes the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ConfigurationSource {
    /// Host name or address without scheme.
    pub address: String,
    /// Certificates (DER) that may sign the internal configuration.
    pub internal_verification_certs: Vec<Vec<u8>>,
    /// Certificates (DER) that may sign the external configuration.
    pub external_verification_certs: Vec<Vec<u8>>,
}

/// An approved certification service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApprovedCa {
    /// Name shown to administrators; unique in the instance.
    pub name: String,
    /// The service issues authentication certificates only, no signing certificates.
    pub authentication_only: Option<bool>,
    /// The top certification authority.
    pub top_ca: CaInfo,
    /// Authorities below it that issue certificates too.
    pub intermediate_cas: Vec<CaInfo>,
    /// Name of the certificate profile: a Java class name by tradition.
    pub certificate_profile_info: String,
    /// Format of certificate requests that is proposed first (V6).
    pub default_csr_format: Option<CsrFormat>,
    /// ACME server (V3 and later).
    pub acme_server: Option<AcmeServer>,
}

/// One certification authority with its OCSP responders.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CaInfo {
    /// Certificate, DER.
    pub cert: Vec<u8>,
    /// OCSP responders.
    pub ocsp: Vec<OcspInfo>,
}

/// One OCSP responder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct OcspInfo {
    /// Address of the responder.
    pub url: String,
    /// Certificate of the responder, DER; absent when the responder is named by the authority.
    pub cert: Option<Vec<u8>>,
    /// Cost of the service (V6).
    pub cost_type: Option<CostType>,
}

/// Whether a trust service costs money (V6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostType {
    /// Free of charge.
    Free,
    /// Paid.
    Paid,
    /// Not said.
    Undefined,
}

/// Encoding of a certificate request (V6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsrFormat {
    /// Text form.
    Pem,
    /// Binary form.
    Der,
}

/// ACME server of a certification service (V3 and later).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AcmeServer {
    /// Directory of the server, RFC 8555 section 7.1.1.
    pub directory_url: String,
    /// Addresses that the server connects from.
    pub ip_address: Option<String>,
    /// Profile of authentication certificates (V4 and later).
    pub authentication_profile_id: Option<String>,
    /// Profile of signing certificates (V4 and later).
    pub signing_profile_id: Option<String>,
}

/// An approved timestamping service.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApprovedTsa {
    /// Name shown to administrators.
    pub name: String,
    /// Address of the service.
    pub url: String,
    /// Certificate that signs timestamps, DER.
    pub cert: Vec<u8>,
    /// Cost of the service (V6).
    pub cost_type: Option<CostType>,
}

/// A class of members, such as government.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MemberClass {
    /// Code of the class.
    pub code: String,
    /// Description for people.
    pub description: String,
}

/// A member of the instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Identifier; its instance is that of the document.
    pub id: MemberId,
    /// Description of the member's class as it stands beside the member.
    pub class_description: String,
    /// Full name.
    pub name: String,
    /// Subsystems, whether or not a server hosts them.
    pub subsystems: Vec<Subsystem>,
}

/// A subsystem of a member.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Subsystem {
    /// Code, unique within the member.
    pub code: String,
    /// Full name (V5 and later).
    pub name: Option<String>,
}

/// A security server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityServer {
    /// Identifier: owner and code.
    pub id: ServerId,
    /// Host name or address that other servers connect to.
    pub address: Option<String>,
    /// Registered authentication certificates.
    pub auth_certs: Vec<AuthCertHash>,
    /// Clients registered at this server. The owner is one without being listed.
    pub clients: Vec<ClientId>,
    /// The server is in maintenance (V5 and later).
    pub maintenance: Option<Maintenance>,
}

/// Maintenance mode of a server.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Maintenance {
    /// Message shown to consumers.
    pub message: Option<String>,
}

/// Hashes of one authentication certificate. A file has one of them, what we publish has both.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthCertHash {
    /// SHA-1 of the DER, used by V2.
    pub sha1: Option<[u8; 20]>,
    /// SHA-256 of the DER, used by V3 and later.
    pub sha256: Option<[u8; 32]>,
}

/// A global group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GlobalGroup {
    /// Code, unique in the instance.
    pub code: String,
    /// Description for people.
    pub description: String,
    /// Members of the group: members or subsystems, of any instance.
    pub members: Vec<ClientId>,
}
