//! Who listens where: one base port, everything else by distance.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use anyhow::{Context, Result};

/// Where a place is looked for when nobody says otherwise.
pub const DEFAULT_BASE: u16 = 23_000;

/// Ports that a run needs.
const NEEDED: u16 = 24;

/// Places that are tried.
const PLACES: u16 = 16;

/// The ports of a run, all on loopback.
#[derive(Debug, Clone, Copy)]
pub struct Ports {
    base: u16,
}

/// The ports of a security server.
#[derive(Debug, Clone, Copy)]
pub struct ServerPorts {
    /// Information systems, HTTP.
    pub http: u16,
    /// Information systems, HTTPS.
    pub https: u16,
    /// Other security servers.
    pub peers: u16,
    /// OCSP responses by certificate hash.
    pub ocsp: u16,
    /// Administration.
    pub admin: u16,
}

impl Ports {
    /// The first place from `base` on where all are free.
    ///
    /// # Errors
    /// There is none.
    pub fn free_from(base: u16) -> Result<Self> {
        let free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
        let mut places = (0..PLACES).map(|place| base + place * NEEDED);
        let found = places.find(|first| (*first..*first + NEEDED).all(free));
        Ok(Self {
            base: found.with_context(|| format!("no {NEEDED} ports in a row are free from {base} on"))?,
        })
    }

    /// CA, OCSP responder and TSA.
    #[must_use]
    pub const fn trust_services(self) -> u16 {
        self.base
    }

    /// Global configuration.
    #[must_use]
    pub const fn global_configuration(self) -> u16 {
        self.base + 1
    }

    /// The registry's administration.
    #[must_use]
    pub const fn registry(self) -> u16 {
        self.base + 2
    }

    /// The consumer's security server.
    #[must_use]
    pub const fn consumer(self) -> ServerPorts {
        self.server(4)
    }

    /// The provider's security server.
    #[must_use]
    pub const fn provider(self) -> ServerPorts {
        self.server(9)
    }

    /// The mock security server; it has no information systems.
    #[must_use]
    pub const fn mock(self) -> ServerPorts {
        self.server(14)
    }

    /// The provider's information system, HTTP.
    #[must_use]
    pub const fn service(self) -> u16 {
        self.base + 20
    }

    /// The provider's information system, HTTPS.
    #[must_use]
    pub const fn service_https(self) -> u16 {
        self.base + 21
    }

    /// Nobody listens there.
    #[must_use]
    pub const fn nobody(self) -> u16 {
        self.base + 22
    }

    const fn server(self, distance: u16) -> ServerPorts {
        let first = self.base + distance;
        ServerPorts { http: first, https: first + 1, peers: first + 2, ocsp: first + 3, admin: first + 4 }
    }
}

/// A port on loopback.
#[must_use]
pub const fn at(port: u16) -> SocketAddr {
    SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}
