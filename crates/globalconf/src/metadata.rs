//! The metadata kept beside each stored file.
