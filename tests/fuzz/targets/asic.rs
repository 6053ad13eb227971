//! Containers of evidence (`evidence::asic`, `evidence::container`). Input: the archive.
//!
//! Holds: no more is unpacked than the limits say, whatever the archive announces; what is read and written again is
//! read as the same; the verdict about it is one or the other.

#![no_main]

use std::sync::LazyLock;

use evidence::asic::{AsicLimits, Container, read, write};
use evidence::verify_container;
use globalconf::GlobalConf;
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "asic",
    max_len: 32 * 1024,
    memory: 2 * 1024 * 1024,
    memory_per_byte: 128,
    dictionary: Some("zip.dict"),
    seeds,
    check,
});

/// Low enough for inputs to reach them.
const LIMITS: AsicLimits = AsicLimits { entries: 24, total_bytes: 256 * 1024 };

static TRUST: LazyLock<Vec<GlobalConf>> =
    LazyLock::new(|| vectors::PAIRS.map(vectors::global_configuration).to_vec());

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors::files("x-road-7.8-live", ".asice");
    seeds.extend(vectors::files("x-road-7.8", ".asice"));
    seeds
}

fn check(data: &[u8]) {
    let trust = &*TRUST;
    let Ok(container) = read(data, &LIMITS) else { return };
    assert!(held(&container) as u64 <= LIMITS.total_bytes);
    let written = write(&container, vectors::CAPTURED_AT).expect("what is whole can be written");
    let again = read(&written, &AsicLimits::default()).expect("what we write ourselves");
    assert_eq!(again, container);
    for conf in trust {
        let _ = verify_container(&container, conf, None);
        let _ = verify_container(&container, conf, Some(vectors::CAPTURED_AT));
    }
}

fn held(container: &Container) -> usize {
    let optional = |bytes: &Option<Vec<u8>>| bytes.as_ref().map_or(0, Vec::len);
    let timestamp = container.batch_timestamp.as_ref().map_or(0, |timestamp| {
        timestamp.hash_chain_result.len() + timestamp.hash_chain.len() + timestamp.token.len()
    });
    let attachments: usize = container.attachments.iter().map(|(_, bytes)| bytes.len()).sum();
    let chain = optional(&container.hash_chain_result) + optional(&container.hash_chain);
    container.message.len() + container.signature.len() + chain + timestamp + attachments
}
