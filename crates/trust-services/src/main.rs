//! Development CA, OCSP responder and TSA.

fn main() {}
