//! The security server of one organisation: it relays messages between information systems and the
//! security servers of other organisations, so that every message is signed, authorised, consented
//! where a person is concerned, and recorded, and so that nobody needs to trust the network between.
//!
//! Table of contents, in the order in which a message meets the modules:
//!
//! * [`relay`]: START HERE. The four legs of an exchange and the states between the stages.
//! * [`information_services`]: what the ports for information systems answer by themselves.
//! * [`access_rights`]: which subsystems live here, what they offer, and who may call it.
//! * [`metadata_services`]: which services there are, asked by messages and answered by this server itself.
//! * [`trust`]: the global configuration, revocation status, who a peer is, our own certificates.
//! * [`consent_replica`]: the consents that concern our subsystems, fresh or not at all.
//! * [`message_log`]: the journal: durable before anything depends on it, timestamped, exportable.
//! * [`admin`]: the administration port: health, readiness, export, links of persons.
//! * [`keys_command`]: `security-server keys`: private keys, certificate requests, certificates.
//! * [`cli`], [`config`], [`identities`], [`internal_tls`], [`boot`]: command line, settings, keys, wiring.

pub mod access_rights;
pub mod admin;
pub mod boot;
pub mod cli;
pub mod config;
pub mod consent_replica;
pub mod identities;
pub mod information_services;
pub mod internal_tls;
pub mod keys_command;
pub mod message_log;
pub mod metadata_services;
pub mod relay;
pub mod trust;
