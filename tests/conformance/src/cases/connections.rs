//! TLS on every leg: information system to its server, server to server, server to the service. Between servers TLS is
//! on in all other cases too.

use super::case::{Case, Expect, PeerPlay, Setting, SystemTls};
use super::words::soap;
use crate::input::Edit;
use crate::material::{SELF_MADE, STRANGER};

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [to_consumer(), between_servers(), to_service()].concat()
}

const AUTHENTICATION_FAILED: &str = "server.clientproxy.ssl_authentication_failed";
const NO_CERTIFICATE: SystemTls = SystemTls { certificate: None, suite: None };
/// A suite of TLS 1.2 that no server offers to information systems.
const UNUSABLE: SystemTls = SystemTls { certificate: None, suite: Some("ECDHE-PSK-AES128-CBC-SHA256") };

fn showing(certificate: &'static str) -> SystemTls {
    SystemTls { certificate: Some(certificate), suite: None }
}

fn to_consumer() -> Vec<Case> {
    let from = |name, client| soap(name).edit(Edit::Client(client));
    vec![
        soap("SslNormalMessage").https(NO_CERTIFICATE),
        soap("tls/client-certificate-ignored").https(showing("nobody")),
        from("SslClientAuth", "tls-known").https(showing("system")),
        from("tls/client-shows-none", "tls-known").https(NO_CERTIFICATE).refused(AUTHENTICATION_FAILED),
        from("tls/client-shows-another", "tls-known").https(showing("nobody")).refused(AUTHENTICATION_FAILED),
        from("tls/client-without-tls", "tls-known").refused(AUTHENTICATION_FAILED),
        from("tls/any-client-without-tls", "tls-any").refused(AUTHENTICATION_FAILED),
        from("tls/any-client", "tls-any").https(NO_CERTIFICATE),
        from("SslClientAuthNoISCert", "tls-none").https(showing("system")).refused(AUTHENTICATION_FAILED),
        from("SslClientAuthWrongISCert", "tls-other").https(showing("system")).refused(AUTHENTICATION_FAILED),
        from("SslClientAuthExpiredISCert", "tls-expired")
            .https(showing("system-expired"))
            .setting(Setting::UnenforcedValidity),
        from("SslClientAuthExpiredISCert/enforced", "tls-expired")
            .https(showing("system-expired"))
            .refused(AUTHENTICATION_FAILED)
            .setting(Setting::EnforcedValidity),
        soap("SslClientCipherSuiteSetupError").https(UNUSABLE).expecting(Expect::NoAnswer),
    ]
}

fn between_servers() -> Vec<Case> {
    let mock = |name, play| soap(name).edit(Edit::Provider("dummy")).played(play);
    vec![
        // the provider's server shows a certificate that belongs to no server of the provider
        mock("SslAuthCertNotMatchesOrg", PeerPlay::Shows(STRANGER)).refused(AUTHENTICATION_FAILED),
        // the provider's server does not know ours
        mock("SslAuthTrustManagerError", PeerPlay::RefusesClients).refused_as(AUTHENTICATION_FAILED),
        // the certificate cannot be verified at all
        mock("SslClientCertVerificationError", PeerPlay::Shows(SELF_MADE)).refused_as(AUTHENTICATION_FAILED),
        // one of three servers works
        soap("SslSelectFastestProxy").edit(Edit::ProviderSubsystem("many")),
        // none of two
        soap("SslSelectFastestProxyNoConnections")
            .edit(Edit::Provider("unreachable"))
            .refused_as("server.clientproxy.network_error"),
    ]
}

fn to_service() -> Vec<Case> {
    const FAILED: &str = "server.serverproxy.service_failed.ssl_authentication_failed";
    let verified = |name| soap(name).edit(Edit::Version("verified"));
    vec![
        verified("SslToServiceAuth"),
        soap("SslToServiceNoAuth").edit(Edit::Version("unverified")),
        verified("SslToServiceNoISCerts").edit(Edit::ProviderSubsystem("certificate-none")).refused(FAILED),
        verified("SslToServiceWrongISCert")
            .edit(Edit::ProviderSubsystem("certificate-other"))
            .refused(FAILED),
    ]
}
