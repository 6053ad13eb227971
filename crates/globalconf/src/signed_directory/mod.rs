//! The signed directory: which files a configuration has, with their hashes.
//!
//! The stored file is a MIME message that starts with its own `Content-Type` line. Its first part
//! is a multipart list of files; the second part is a signature over the octets of the first one's
//! body, exactly as they were received. X-Road's central server and its configuration proxy write
//! it in slightly different ways (line ends, case, quotes); [`VerifiedDirectory::verify`] takes
//! both, [`DirectoryDraft`] writes the central server's.

mod error;
mod mime;
mod parts;
mod verify;
mod write;

pub use error::{DirectoryError, PartError};
pub use parts::PartReference;
pub use verify::VerifiedDirectory;
pub use write::{DirectoryDraft, DraftPart, SigningInstructions};

/// Largest directory in bytes; real ones have less than 4,000.
pub const MAX_DIRECTORY_BYTES: usize = 1024 * 1024;
/// Most files in a directory; real ones have two to five.
pub const MAX_PARTS: usize = 64;

#[cfg(test)]
mod tests;
