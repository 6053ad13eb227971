//! RFC 3161 requests, replies and tokens (`pki::timestamp`), DER and BER. Input: the octets.
//!
//! Holds: a token keeps its octets, and still says the same with another certificate inside; a token that verifies does
//! not for other data; a request that is read and written again is read as the same.

#![no_main]

use std::sync::LazyLock;

use evidence::asic::{AsicLimits, BatchTimestamp, read};
use pki::timestamp::{MessageImprint, TimeStampRequest, TimeStampResponse, TimestampToken};
use pki::{Certificate, DigestAlgorithm};
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "timestamp",
    max_len: 8 * 1024,
    memory: 256 * 1024,
    memory_per_byte: 128,
    dictionary: Some("der.dict"),
    seeds,
    check,
});

static AUTHORITIES: LazyLock<Vec<Certificate>> = LazyLock::new(|| {
    let mut found: Vec<Certificate> = vectors::files("x-road-7.8-live", "tsa.crt.der")
        .iter()
        .filter_map(|der| Certificate::from_der(der).ok())
        .collect();
    found.extend(Certificate::from_pem(&vectors::file("x-road-7.8/certs/tsp.pem")));
    found
});
/// What the tokens of the captured pairs cover.
static STAMPED: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| batches().into_iter().map(|batch| batch.hash_chain_result).collect());

fn batches() -> Vec<BatchTimestamp> {
    let archives = vectors::files("x-road-7.8-live", "batchts.asice");
    let containers = archives.iter().filter_map(|archive| read(archive, &AsicLimits::default()).ok());
    containers.filter_map(|container| container.batch_timestamp).collect()
}

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds: Vec<Vec<u8>> = batches().into_iter().map(|batch| batch.token).collect();
    let tokens = seeds.iter().filter_map(|token| TimestampToken::parse(token).ok());
    let responses: Vec<Vec<u8>> = tokens.map(|token| TimeStampResponse::encode_granted(&token)).collect();
    seeds.extend(responses);
    seeds.extend(vectors::files("x-road-7.8/timestamp", ""));
    seeds.extend(
        vectors::files("x-road-7.8-live/rsa/ocsp", "").into_iter().filter(|file| is_about_time(file)),
    );
    seeds
}

fn is_about_time(file: &[u8]) -> bool {
    TimeStampRequest::parse(file).is_ok() || TimeStampResponse::parse(file).is_ok()
}

fn check(data: &[u8]) {
    let authorities = &*AUTHORITIES;
    if let Ok(request) = TimeStampRequest::parse(data) {
        assert_eq!(TimeStampRequest::parse(&request.encode()).as_ref(), Ok(&request));
    }
    if let Ok(response) = TimeStampResponse::parse(data) {
        for stamped in STAMPED.iter() {
            let imprint = MessageImprint::of(DigestAlgorithm::Sha512, stamped);
            if let Ok(token) = response.token_for(&TimeStampRequest::new(imprint)) {
                inspect(token, authorities);
            }
        }
    }
    if let Ok(token) = TimestampToken::parse(data) {
        assert_eq!(token.bytes(), data);
        inspect(&token, authorities);
    }
}

fn inspect(token: &TimestampToken, authorities: &[Certificate]) {
    for stamped in STAMPED.iter() {
        if let Ok(time) = token.verify(stamped, authorities) {
            assert_eq!(time.time(), token.gen_time());
            token.verify(b"other data", authorities).expect_err("other data was not stamped");
        }
    }
    let _ = (token.policy(), token.serial(), token.nonce());
    let Ok(more) = token.with_certificate(&authorities[0]) else { return };
    assert_eq!(more.gen_time(), token.gen_time());
    assert_eq!(more.imprint(), token.imprint());
    assert!(more.certificates().contains(&authorities[0]));
    for stamped in STAMPED.iter() {
        assert_eq!(more.verify(stamped, authorities).is_ok(), token.verify(stamped, authorities).is_ok());
    }
}
