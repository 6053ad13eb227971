//! Who is who: the members, subsystems, services and rights that the cases need. Names that X-Road's test files contain
//! are theirs; the rest of the network stands for what its suite has stubs say.

/// The instance.
pub const INSTANCE: &str = "EE";

/// Class of all members.
pub const CLASS: &str = "BUSINESS";

/// Client of REST requests.
pub const REST_CLIENT: &str = "EE/BUSINESS/consumer/subsystem";

/// The REST service that does what a case says.
pub const REST_SERVICE: &str = "EE/BUSINESS/producer/sub/rest";

/// A REST service of the mock security server's member.
pub const MOCK_REST_SERVICE: &str = "EE/BUSINESS/dummy/sub/rest";

/// A security server.
#[derive(Debug, Clone, Copy)]
pub struct Server {
    /// Identifier.
    pub id: &'static str,
    /// Address in the global configuration.
    pub address: &'static str,
    /// What stands there.
    pub what: Stands,
    /// Registered clients besides the owner.
    pub clients: &'static [&'static str],
}

/// What stands at the address of a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// The consumer's server of the pair.
    Consumer,
    /// The provider's server of the pair.
    Provider,
    /// The mock security server.
    Mock,
    /// Nobody listens there.
    Nobody,
    /// The name does not resolve.
    NoHost,
    /// In maintenance, says the global configuration.
    Maintenance,
}

/// Every member.
pub const MEMBERS: [&str; 8] = [
    "consumer",
    "producer",
    "dummy",
    "signing-error-request",
    "signing-error-response",
    "nowhere",
    "resting",
    "unreachable",
];

/// Members that have no signing certificate.
pub const UNSIGNED: [&str; 2] = ["signing-error-request", "signing-error-response"];

/// Every security server. `EE/BUSINESS/nowhere` has none.
pub const SERVERS: [Server; 6] = [
    Server {
        id: "EE/BUSINESS/consumer/server",
        address: "consumer.conformance.invalid",
        what: Stands::Consumer,
        clients: &[
            "EE/BUSINESS/consumer/subsys1",
            "EE/BUSINESS/consumer/subsystem",
            "EE/BUSINESS/consumer/sub%2Fsystem",
            "EE/BUSINESS/consumer/norights",
            "EE/BUSINESS/consumer/tls-any",
            "EE/BUSINESS/consumer/tls-known",
            "EE/BUSINESS/consumer/tls-other",
            "EE/BUSINESS/consumer/tls-none",
            "EE/BUSINESS/consumer/tls-expired",
            "EE/BUSINESS/signing-error-request",
        ],
    },
    Server {
        id: "EE/BUSINESS/producer/server",
        address: "producer.conformance.invalid",
        what: Stands::Provider,
        clients: &[
            "EE/BUSINESS/producer/subsys2",
            "EE/BUSINESS/producer/sub",
            "EE/BUSINESS/producer/s%2Fub",
            "EE/BUSINESS/producer/certificate-none",
            "EE/BUSINESS/producer/certificate-other",
            "EE/BUSINESS/producer/many",
            "EE/BUSINESS/signing-error-response",
        ],
    },
    Server {
        id: "EE/BUSINESS/dummy/server",
        address: "dummy.conformance.invalid",
        what: Stands::Mock,
        clients: &["EE/BUSINESS/dummy/sub", "EE/BUSINESS/consumer", "EE/BUSINESS/consumer/subsystem"],
    },
    Server {
        id: "EE/BUSINESS/unreachable/one",
        address: "one.conformance.invalid",
        what: Stands::Nobody,
        clients: &["EE/BUSINESS/producer/many"],
    },
    Server {
        id: "EE/BUSINESS/unreachable/two",
        address: "two.conformance.invalid",
        what: Stands::NoHost,
        clients: &["EE/BUSINESS/producer/many"],
    },
    Server {
        id: "EE/BUSINESS/resting/server",
        address: "resting.conformance.invalid",
        what: Stands::Maintenance,
        clients: &[],
    },
];

/// A client that is declared at its server.
#[derive(Debug, Clone, Copy)]
pub struct Client {
    /// Identifier as a path.
    pub id: &'static str,
    /// X-Road's word for how its information systems connect.
    pub connection: &'static str,
    /// Their certificates: names in [`crate::material`].
    pub certificates: &'static [&'static str],
}

const fn client(id: &'static str) -> Client {
    Client { id, connection: "NOSSL", certificates: &[] }
}

const fn client_with(
    id: &'static str,
    connection: &'static str,
    certificates: &'static [&'static str],
) -> Client {
    Client { id, connection, certificates }
}

/// Clients of the consumer's server.
pub const CONSUMERS: [Client; 11] = [
    client("EE/BUSINESS/consumer"),
    client("EE/BUSINESS/consumer/subsys1"),
    client("EE/BUSINESS/consumer/subsystem"),
    client("EE/BUSINESS/consumer/sub%2Fsystem"),
    client("EE/BUSINESS/consumer/norights"),
    client_with("EE/BUSINESS/consumer/tls-any", "SSLNOAUTH", &[]),
    client_with("EE/BUSINESS/consumer/tls-known", "SSLAUTH", &["system"]),
    client_with("EE/BUSINESS/consumer/tls-other", "SSLAUTH", &["system-other"]),
    client_with("EE/BUSINESS/consumer/tls-none", "SSLAUTH", &[]),
    client_with("EE/BUSINESS/consumer/tls-expired", "SSLAUTH", &["system-expired"]),
    client("EE/BUSINESS/signing-error-request"),
];

/// Clients of the provider's server.
pub const PROVIDERS: [Client; 7] = [
    client_with("EE/BUSINESS/producer", "NOSSL", &["service"]),
    client("EE/BUSINESS/producer/subsys2"),
    client("EE/BUSINESS/producer/sub"),
    client("EE/BUSINESS/producer/s%2Fub"),
    client("EE/BUSINESS/producer/certificate-none"),
    client_with("EE/BUSINESS/producer/certificate-other", "NOSSL", &["system-other"]),
    client("EE/BUSINESS/producer/many"),
];

/// A member at the provider's server, one of [`UNSIGNED`].
pub const UNSIGNED_PROVIDER: Client = client("EE/BUSINESS/signing-error-response");

/// A service of a client of the provider's server.
#[derive(Debug, Clone, Copy)]
pub struct Service {
    /// Client that offers it.
    pub provider: &'static str,
    /// Service code.
    pub code: &'static str,
    /// Service version.
    pub version: Option<&'static str>,
    /// X-Road's word for its description.
    pub kind: &'static str,
    /// Where it is.
    pub at: At,
    /// Its TLS certificate must be one of its provider's.
    pub verified: bool,
    /// It is switched off, with this notice.
    pub disabled: Option<&'static str>,
    /// Who may call it.
    pub rights: Rights,
}

/// Where a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At {
    /// The provider's information system over HTTP, with this path.
    Http(&'static str),
    /// The same over HTTPS.
    Https(&'static str),
    /// A host that does not exist.
    NoHost,
    /// A port on which nobody listens.
    Nobody,
}

/// Who may call a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Every client of the consumer's server but `norights`.
    Everyone,
    /// [`REST_CLIENT`], and only so.
    Endpoints(&'static [(&'static str, &'static str)]),
    /// Nobody.
    Nobody,
}

const fn wsdl(provider: &'static str, code: &'static str, version: Option<&'static str>, at: At) -> Service {
    Service {
        provider,
        code,
        version,
        kind: "WSDL",
        at,
        verified: false,
        disabled: None,
        rights: Rights::Everyone,
    }
}

const fn verified(provider: &'static str) -> Service {
    Service { verified: true, ..wsdl(provider, "getState", Some("verified"), At::Https("/soap")) }
}

const fn rest(code: &'static str, at: At, rights: Rights) -> Service {
    Service { kind: "REST", rights, ..wsdl("EE/BUSINESS/producer/sub", code, None, at) }
}

const PRODUCER: &str = "EE/BUSINESS/producer";
const SOAP: At = At::Http("/soap");

/// Every service.
pub const SERVICES: [Service; 27] = [
    wsdl(PRODUCER, "getState", None, SOAP),
    wsdl(PRODUCER, "test", None, SOAP),
    wsdl(PRODUCER, "testQuery", None, SOAP),
    wsdl(PRODUCER, "generateMtom", None, SOAP),
    wsdl(PRODUCER, "getState", Some("unresolvable"), At::NoHost),
    wsdl(PRODUCER, "test", Some("unresolvable"), At::NoHost),
    wsdl(PRODUCER, "getState", Some("unreachable"), At::Nobody),
    Service { disabled: Some("out of order"), ..wsdl(PRODUCER, "getState", Some("disabled"), SOAP) },
    wsdl(PRODUCER, "getState", Some("unverified"), At::Https("/soap")),
    verified(PRODUCER),
    verified("EE/BUSINESS/producer/certificate-none"),
    verified("EE/BUSINESS/producer/certificate-other"),
    wsdl("EE/BUSINESS/producer/subsys2", "getState", None, SOAP),
    wsdl("EE/BUSINESS/producer/many", "getState", None, SOAP),
    wsdl("EE/BUSINESS/signing-error-response", "getState", None, SOAP),
    rest("rest", At::Http("/rest"), Rights::Everyone),
    Service { kind: "OPENAPI3", ..rest("openapi", At::Http("/rest"), Rights::Everyone) },
    rest("slash", At::Http("/rest/"), Rights::Everyone),
    rest("nobody", At::Http("/rest"), Rights::Nobody),
    rest(
        "limited",
        At::Http("/rest"),
        Rights::Endpoints(&[("GET", "/open/*"), ("POST", "/deep/**"), ("GET", "/")]),
    ),
    Service { disabled: Some("out of order"), ..rest("disabled", At::Http("/rest"), Rights::Everyone) },
    rest("unresolvable", At::NoHost, Rights::Everyone),
    rest("unreachable", At::Nobody, Rights::Everyone),
    rest("unverified", At::Https("/rest"), Rights::Everyone),
    Service {
        provider: "EE/BUSINESS/producer/s%2Fub",
        ..rest("\u{f6}\u{e4}\u{e5}", At::Http("/"), Rights::Everyone)
    },
    Service { provider: "EE/BUSINESS/producer/many", ..rest("rest", At::Http("/rest"), Rights::Everyone) },
    wsdl("EE/BUSINESS/producer/sub", "wsdl", None, SOAP),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_declared_client_is_registered_where_it_is_declared() {
        for (what, clients) in [(Stands::Consumer, &CONSUMERS[..]), (Stands::Provider, &PROVIDERS[..])] {
            let server = SERVERS.iter().find(|server| server.what == what).unwrap();
            for client in clients {
                let owner = server.id.starts_with(&format!("{}/server", client.id));
                assert!(owner || server.clients.contains(&client.id), "{}", client.id);
            }
        }
        for service in &SERVICES {
            let known =
                PROVIDERS.iter().chain([&UNSIGNED_PROVIDER]).any(|client| client.id == service.provider);
            assert!(known, "{}", service.provider);
        }
    }
}
