//! Membership, trust, global configuration and Personal-LINK of one instance.
//!
//! One folder per subject; subjects do not import each other, [`boot`] is the only file that sees
//! all of them.
//!
//! - [`config`]: the configuration file
//! - [`store`]: SQLite databases, one per subject, with their migrations
//! - [`globalconf`]: the global configuration, from the subjects to signed files
//! - [`view`]: the configuration in force, for whoever needs to look something up
//! - [`personal_link`]: persons, links and consents (ports 4100 and 4101)
//! - [`boot`](mod@boot): wiring

pub mod boot;
pub mod config;
pub mod personal_link;
pub mod store;
pub mod view;
