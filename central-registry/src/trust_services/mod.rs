//! Approved certification and timestamping services: whose certificates and timestamps count.

pub mod model;
pub mod store;

pub use model::TrustServices;
