//! SOAP 1.1 faults: written exactly as X-Road writes them, read within limits.
//!
//! Security servers tell each other about refusals with this document, for REST messages too.

mod parse;
#[cfg(test)]
mod tests;
mod write;

pub use parse::{SoapFaultError, is_fault, parse};
pub use write::{write, write_fault};

pub(crate) use parse::parse_text;
pub(crate) use write::escape_into;
