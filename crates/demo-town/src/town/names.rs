//! The names of the town.

/// The instance.
pub const INSTANCE: &str = "SEKISHO-DEMO";

/// The municipality, a member.
pub const MUNICIPALITY: &str = "SEKISHO-DEMO/GOV/262011";

/// Its subsystem for child-rearing support.
pub const PROVIDER: &str = "SEKISHO-DEMO/GOV/262011/child-rearing";

/// Its security server.
pub const MUNICIPALITY_SERVER: &str = "SEKISHO-DEMO/GOV/262011/town-hall";

/// The consumer support centre, a member.
pub const SUPPORT_CENTRE: &str = "SEKISHO-DEMO/ORG/700110";

/// Its subsystem for coupons.
pub const CONSUMER: &str = "SEKISHO-DEMO/ORG/700110/coupons";

/// Its security server.
pub const SUPPORT_CENTRE_SERVER: &str = "SEKISHO-DEMO/ORG/700110/centre";

/// The service about one person.
pub const SERVICE: &str = "childSupport";

/// The service about nobody in particular.
pub const STATISTICS: &str = "statistics";

/// Why the support centre asks.
pub const PURPOSE: &str = "child-support-coupon";

/// Addresses of the servers in the global configuration; both are really on loopback (`[peers.address]`).
pub const MUNICIPALITY_ADDRESS: &str = "town-hall.demo.invalid";

/// See [`MUNICIPALITY_ADDRESS`].
pub const SUPPORT_CENTRE_ADDRESS: &str = "centre.demo.invalid";
