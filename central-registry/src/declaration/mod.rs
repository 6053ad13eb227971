//! The declarative membership file: read it, show what it would change, apply it.
//!
//! A declaration is complete: what is not in it is removed. The one exception are authentication
//! certificates of a server that says nothing about them; those are registered by command.

mod certificate;
mod file;
mod models;
pub mod plan;

pub(crate) use certificate::from_file as certificate_from_file;
pub use file::Declaration;
pub use models::DeclarationError;

#[cfg(test)]
mod tests;
