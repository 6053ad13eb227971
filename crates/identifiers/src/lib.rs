//! X-Road and Personal-LINK names as types with one grammar.
//!
//! A member, a subsystem, a service and a server look alike as strings; mixing two of them is an authorisation
//! bug. Here each is a type of its own, and parsing is the only way in. Equality is exact, as in X-Road: case
//! counts, nothing is trimmed.
//!
//! * [`MemberId`], [`ClientId`]: who takes part (`client.rs`).
//! * [`ServiceId`], [`ServerId`], [`GroupId`], [`LocalGroupId`]: what they offer, run and belong to
//!   (`service.rs`, `server.rs`, `group.rs`).
//! * [`path`]: percent-encoding of the URL form, strict when read.
//! * [`BaseId`], [`LinkHandle`], [`ExchangeHandle`], [`PurposeId`], [`LocalId`]: names of persons and purposes in
//!   Personal-LINK (`personal_link.rs`).
//! * [`IdentifierError`]: why a name was refused.
//!
//! Every X-Road identifier has three forms: `Display` is the short form of fault texts and logs
//! (`SUBSYSTEM:EE/GOV/1/sub`), `to_path`/`from_path` is the form of URLs and headers (`EE/GOV/1/sub`, each part
//! percent-encoded), and serde uses the path form.

mod client;
mod component;
mod error;
mod group;
pub mod path;
mod personal_link;
mod serde_path;
mod server;
mod service;

pub use client::{ClientId, MemberId};
pub use component::{MAX_CODE_CHARS, Part};
pub use error::IdentifierError;
pub use group::{GroupId, LocalGroupId};
pub use personal_link::{BaseId, ExchangeHandle, LinkHandle, LocalId, PurposeId};
pub use server::ServerId;
pub use service::ServiceId;
