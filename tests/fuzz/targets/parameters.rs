//! Files of the global configuration (`globalconf`): shared and private parameters in every format version, anchors,
//! extensions, metadata. Input: the file, which is tried as each of them.
//!
//! Holds: what is read and written is read as the same.

#![no_main]

use globalconf::content::ContentIdentifier;
use globalconf::extensions::Extensions;
use globalconf::metadata::Metadata;
use globalconf::{Anchor, FormatVersion, PrivateParams, SharedParams};
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "parameters",
    max_len: 24 * 1024,
    memory: 256 * 1024,
    memory_per_byte: 64,
    dictionary: Some("xml.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let folders = ["globalconf-stored", "globalconf-signed", "globalconf-parse"];
    let mut seeds: Vec<Vec<u8>> =
        folders.iter().flat_map(|folder| vectors::files(&format!("x-road-7.8/{folder}"), ".xml")).collect();
    seeds.extend(vectors::files("x-road-7.8-live/rsa/globalconf", ""));
    seeds.extend(vectors::files("x-road-7.8/globalconf-stored", ".metadata"));
    seeds.retain(|seed| seed.len() <= 24 * 1024);
    seeds
}

fn check(data: &[u8]) {
    for version in FormatVersion::ALL {
        shared(data, version);
        private(data, version);
    }
    if let Ok(anchor) = Anchor::parse(data) {
        let written = anchor.write().expect("what was read can be written");
        assert_eq!(Anchor::parse(&written).as_ref(), Ok(&anchor));
    }
    if let Ok(metadata) = Metadata::parse(data) {
        assert_eq!(Metadata::parse(&metadata.write()).ok(), Some(metadata));
    }
    for content in
        [ContentIdentifier::Monitoring, ContentIdentifier::FetchInterval, ContentIdentifier::NextUpdate]
    {
        let mut extensions = Extensions::default();
        if extensions.take(&content, data).is_ok() {
            assert!(extensions.ocsp_fetch_interval_seconds >= 60);
        }
    }
}

fn shared(data: &[u8], version: FormatVersion) {
    let Ok(params) = SharedParams::parse(data, version) else { return };
    // A version can carry less than the reader takes; what is left is what a reader of that version sees.
    let Ok(written) = params.write(version) else { return };
    let again = SharedParams::parse(&written, version).expect("what we write ourselves");
    let rewritten = again.write(version).expect("what was read can be written");
    assert_eq!(SharedParams::parse(&rewritten, version).as_ref(), Ok(&again));
    assert_eq!(rewritten, written);
    assert_eq!(again.instance, params.instance);
    assert_eq!(again.members.len(), params.members.len());
}

fn private(data: &[u8], version: FormatVersion) {
    let Ok(params) = PrivateParams::parse(data, version) else { return };
    if let Ok(written) = params.write() {
        let again = PrivateParams::parse(&written, FormatVersion::CURRENT).expect("what we write ourselves");
        assert_eq!(again, params);
    }
}
