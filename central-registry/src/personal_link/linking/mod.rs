//! One person, many handles.
//!
//! - [`devices`]: a device's key is enrolled and stands for a Base-ID; each signed request counts once
//! - [`tokens`]: a link token goes from the person to a member's application, from there to its security server, and is
//!   redeemed here once
//! - [`handles`]: what came of it: link handles (person and subsystem), exchange handles (person and pair of subsystems)
//!
//! All functions work inside a transaction of their caller.

pub mod devices;
pub mod handles;
pub mod tokens;
