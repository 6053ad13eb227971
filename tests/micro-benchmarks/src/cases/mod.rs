//! The cases, one file for each step.

mod c14n;
mod decide;
mod hash_chain;
mod journal;
mod multipart;
mod seal;
mod verify;

use crate::Case;

/// All cases. A name is the step, then what makes the case special.
pub const CASES: &[Case] = &[
    Case::new("multipart-decode", 50, multipart::decode),
    Case::new("multipart-encode", 50, multipart::encode),
    Case::new("multipart-body", 10, multipart::body).with_bytes(multipart::BODY),
    Case::new("hash-chain-build", 50, hash_chain::build),
    Case::new("hash-chain-verify", 50, hash_chain::verify),
    Case::new("c14n", 50, c14n::inclusive),
    Case::new("c14n-exclusive", 50, c14n::exclusive),
    Case::new("seal-rsa2048", 5, seal::rsa2048),
    Case::new("seal-p256", 20, seal::p256),
    Case::new("seal-batch", 5, seal::batch),
    Case::new("verify-rsa2048", 20, verify::rsa2048),
    Case::new("verify-p256", 20, verify::p256),
    Case::new("verify-known", 20, verify::known),
    Case::new("verify-batch", 32, verify::batch),
    Case::new("decide-consumer", 200, decide::consumer_check),
    Case::new("decide-provider", 200, decide::provider),
    Case::new("journal-append", 100, journal::append),
];
