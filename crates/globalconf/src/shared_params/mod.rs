//! Shared parameters: members, servers, approved trust services, global groups.
//!
//! One model serves all format versions. [`SharedParams::as_version`] says what of it a version
//! can express; [`read`] and [`write`](SharedParams::write) convert from and to the files.

mod model;

pub use model::{
    ApprovedCa, ApprovedTsa, AcmeServer, AuthCertHash, CaInfo, ConfigurationSource, CostType, CsrFormat,
    GlobalGroup, Maintenance, Member, MemberClass, OcspInfo, SecurityServer, SharedParams, Subsystem,
};
