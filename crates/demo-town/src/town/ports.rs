//! Who listens where: one base port, everything else by distance.

/// The port of the first listener when nobody says otherwise.
pub const DEFAULT_BASE: u16 = 14_000;

/// The ports of the town, all on loopback.
#[derive(Clone, Copy, Debug)]
pub struct Ports {
    base: u16,
}

/// The four ports of a security server.
#[derive(Clone, Copy, Debug)]
pub struct ServerPorts {
    /// Information systems, plain HTTP.
    pub information_systems: u16,
    /// Administration.
    pub admin: u16,
    /// Other security servers.
    pub peers: u16,
    /// OCSP responses by certificate hash.
    pub ocsp: u16,
}

impl Ports {
    /// Ports from `base` on; the town needs 32 of them.
    #[must_use]
    pub const fn from(base: u16) -> Self {
        Self { base }
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

    /// Personal-LINK, for citizens.
    #[must_use]
    pub const fn citizens(self) -> u16 {
        self.base + 2
    }

    /// Personal-LINK, for security servers.
    #[must_use]
    pub const fn nodes(self) -> u16 {
        self.base + 3
    }

    /// The registry's health.
    #[must_use]
    pub const fn registry_health(self) -> u16 {
        self.base + 4
    }

    /// The municipality's security server.
    #[must_use]
    pub const fn municipality(self) -> ServerPorts {
        self.server(10)
    }

    /// The support centre's security server.
    #[must_use]
    pub const fn support_centre(self) -> ServerPorts {
        self.server(20)
    }

    /// The residents' service.
    #[must_use]
    pub const fn residents(self) -> u16 {
        self.base + 30
    }

    /// The coupon application.
    #[must_use]
    pub const fn coupons(self) -> u16 {
        self.base + 31
    }

    const fn server(self, distance: u16) -> ServerPorts {
        let first = self.base + distance;
        ServerPorts { information_systems: first, admin: first + 1, peers: first + 2, ocsp: first + 3 }
    }
}
