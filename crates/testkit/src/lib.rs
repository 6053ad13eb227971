//! The world in one call for tests.
