//! Members, subsystems, security servers, global groups: who takes part in the instance.

pub mod model;
pub mod store;

pub use model::{Instance, Membership, Server};
