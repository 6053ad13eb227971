//! Signature, hash chain, timestamp, ASiC-E: build and verify.
