//! The offline verifier of evidence containers.

fn main() {}
