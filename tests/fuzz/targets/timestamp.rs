//! RFC 3161 requests, replies and tokens (`pki::timestamp`), DER and BER. Input: the octets.
//!
//! Holds: a token keeps its octets, and still says the same with another certificate inside; a token that verifies does
//! not for other data; a request that is read and written again is read as the same.

#![no_main]

use std::sync::LazyLock;

use pki::Certificate;
use pki::timestamp::{TimeStampRequest, TimeStampResponse, TimestampToken};
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
static STAMPED: LazyLock<Vec<u8>> = LazyLock::new(|| vectors::file("x-road-7.8/timestamp/stamped-data"));

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors::files("x-road-7.8/timestamp", "");
    seeds.extend(
        vectors::files("x-road-7.8-live/rsa/ocsp", "").into_iter().filter(|file| is_about_time(file)),
    );
    for archive in vectors::files("x-road-7.8-live", "batchts.asice") {
        let container = evidence::asic::read(&archive, &evidence::asic::AsicLimits::default());
        seeds.extend(container.ok().and_then(|container| container.batch_timestamp).map(|stamp| stamp.token));
    }
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
        let imprint = pki::timestamp::MessageImprint::of(pki::DigestAlgorithm::Sha512, &STAMPED);
        if let Ok(token) = response.token_for(&TimeStampRequest::new(imprint)) {
            inspect(token, authorities);
        }
    }
    if let Ok(token) = TimestampToken::parse(data) {
        assert_eq!(token.bytes(), data);
        inspect(&token, authorities);
    }
}

fn inspect(token: &TimestampToken, authorities: &[Certificate]) {
    if let Ok(time) = token.verify(&STAMPED, authorities) {
        assert_eq!(time.time(), token.gen_time());
        token.verify(b"other data", authorities).expect_err("other data was not stamped");
    }
    let _ = (token.imprint(), token.policy(), token.serial(), token.nonce(), token.certificates());
    if let Ok(more) = token.with_certificate(&authorities[0]) {
        assert_eq!(more.gen_time(), token.gen_time());
        assert_eq!(more.imprint(), token.imprint());
        assert!(more.certificates().contains(&authorities[0]));
        assert_eq!(more.verify(&STAMPED, authorities).is_ok(), token.verify(&STAMPED, authorities).is_ok());
    }
}
