//! The contract between registry and security servers, with its typed client.
