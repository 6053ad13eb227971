//! Membership, trust, global configuration and Personal-LINK of one instance.
//!
//! One folder per subject; subjects do not import each other, except that the global configuration is made of
//! membership and trust services.
//!
//! - [`cli`], [`config`]: what the program is told
//! - [`boot`]: wiring of the running service; sees every subject
//! - [`membership`]: members, subsystems, security servers, global groups
//! - [`trust_services`]: approved certification and timestamping services
//! - [`declaration`]: both from one file: what it would change, and changing it
//! - [`globalconf`]: the global configuration, from what is registered to signed files
//! - [`personal_link`]: persons, links and consents
//! - [`registry`], [`store`]: what is kept, in SQLite databases
//! - [`view`]: the configuration in force, for whoever needs to look something up
//! - [`administration`]: health of this process

pub mod administration;
pub mod boot;
pub mod cli;
pub mod config;
pub mod declaration;
pub mod globalconf;
pub mod membership;
pub mod personal_link;
pub mod registry;
pub mod store;
pub mod trust_services;
pub mod view;

#[cfg(test)]
mod testing;
