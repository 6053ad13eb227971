//! The captured pair: who is who, and at which address.

use clap::ValueEnum;

/// Address of the OCSP responder, the TSA and the backend.
pub const SERVICES_HOST: &str = "127.0.0.20";
/// OCSP responder, TSA, backend.
pub const SERVICES_PORTS: [u16; 3] = [8888, 8899, 8090];
/// The REST service of the pair, as path of the REST protocol.
pub const SERVICE: &str = "/r1/INST/GOV/2222/SUB2/svc";
/// The subsystem that may call it.
pub const CLIENT: &str = "INST/GOV/1111/SUB1";
/// The subsystem of the OpenAPI service that ours has in addition, as path of the REST protocol; the captured one offers
/// nothing.
pub const DESCRIBED: &str = "/r1/INST/GOV/2222/NORIGHTS";
/// Port for other security servers.
pub const PEER_PORT: u16 = 5500;
/// Port for information systems.
pub const SYSTEM_PORT: u16 = 8080;
/// Our own administration port, at our address.
pub const ADMIN_PORT: u16 = 4000;

/// A server of the pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Role {
    /// The consumer's server, INST/GOV/1111/SS1.
    Ss1,
    /// The provider's server, INST/GOV/2222/SS2.
    Ss2,
}

impl Role {
    /// As in the names of the captured files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ss1 => "ss1",
            Self::Ss2 => "ss2",
        }
    }

    /// The address that the global configuration names.
    #[must_use]
    pub fn host(self) -> &'static str {
        match self {
            Self::Ss1 => "127.0.0.11",
            Self::Ss2 => "127.0.0.12",
        }
    }

    /// The other server.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Ss1 => Self::Ss2,
            Self::Ss2 => Self::Ss1,
        }
    }
}

/// `ADDRESS` or `ADDRESS:PORT`.
#[must_use]
pub fn address(text: &str, default_port: u16) -> (String, u16) {
    match text.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
        Some((host, Ok(port))) if !host.contains(':') => (host.to_owned(), port),
        _ => (text.to_owned(), default_port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_name_its_port() {
        for (text, expected) in [
            ("127.0.0.11", ("127.0.0.11", 8080)),
            ("127.0.0.11:80", ("127.0.0.11", 80)),
            ("ss1.example:81", ("ss1.example", 81)),
            ("::1", ("::1", 8080)),
        ] {
            assert_eq!(address(text, 8080), (expected.0.to_owned(), expected.1), "{text}");
        }
    }
}
