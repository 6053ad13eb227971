//! Membership, trust, global configuration and Personal-LINK of one instance.

fn main() {}
