//! The security server of one organisation: it relays messages between information systems and the
//! security servers of other organisations, so that every message is signed, authorised, consented
//! where a person is concerned, and recorded, and so that nobody needs to trust the network between.
//!
//! Table of contents, in the order in which a message meets the modules:
//!
//! * [`relay`]: START HERE. The four legs of an exchange and the states between the stages.
//! * [`http1`]: HTTP/1.1 of the message path: order and case of header fields survive.
//! * [`access_rights`]: which subsystems live here, what they offer, and who may call it.
//! * [`trust`]: the global configuration, revocation status, who a peer is, our own certificates.
//! * [`consent_replica`]: the consents that concern our subsystems, fresh or not at all.
//! * [`message_log`]: the journal: durable before anything depends on it, timestamped, exportable.
//! * [`admin`]: the administration port: health, readiness, export, links of persons.
//! * [`keys_command`]: `security-server keys`: private keys, certificate requests, certificates.

pub mod access_rights;
pub mod admin;
pub mod consent_replica;
pub mod http1;
pub mod keys_command;
pub mod message_log;
pub mod relay;
pub mod trust;
