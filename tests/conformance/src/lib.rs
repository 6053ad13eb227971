//! X-Road's own cases, asked of any pair of security servers.
