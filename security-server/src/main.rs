//! The relay of one organisation.

fn main() {}
