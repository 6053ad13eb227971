//! Shared parameters: members, servers, approved trust services, global groups.
//!
//! One model serves all format versions. [`SharedParams::as_version`] says what of it a version
//! can express; [`SharedParams::parse`] and [`SharedParams::write`] convert from and to files.

mod model;
mod projection;
mod read;
mod read_services;
mod write;

pub use model::{
    AcmeServer, ApprovedCa, ApprovedTsa, AuthCertHash, CaInfo, ConfigurationSource, CostType, CsrFormat,
    GlobalGroup, Maintenance, Member, MemberClass, OcspInfo, SecurityServer, SharedParams, Subsystem,
};

/// Root element of the file.
const ROOT: &str = "conf";

#[cfg(test)]
pub(crate) mod strategy;
#[cfg(test)]
mod tests;
