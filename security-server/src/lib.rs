//! The relay of one organisation.
