//! OCSP requests and responses (`pki::ocsp`). Input: the DER.
//!
//! Holds: a response keeps its octets; what proves "good" stops doing so for another certificate and after its time;
//! a request that is read and written again is read as the same.

#![no_main]

use std::sync::LazyLock;

use pki::Certificate;
use pki::ocsp::{OcspQuery, OcspRequest, OcspResponse};
use sekisho_fuzz::{Target, fuzz, vectors};
use time::Duration;

fuzz!(Target {
    name: "ocsp",
    max_len: 6 * 1024,
    memory: 128 * 1024,
    memory_per_byte: 64,
    dictionary: Some("der.dict"),
    seeds,
    check,
});

/// Of the captured pair with RSA keys: the authority, its responder, and the certificates asked about.
struct Authority {
    issuer: Certificate,
    responders: Vec<Certificate>,
    issued: Vec<Certificate>,
}

static AUTHORITY: LazyLock<Authority> = LazyLock::new(|| {
    let read = |name: &str| {
        let der = vectors::file(&format!("x-road-7.8-live/rsa/pki/{name}.crt.der"));
        Certificate::from_der(&der).expect("a certificate")
    };
    let issued = ["ss1-auth", "ss1-sign", "ss2-auth", "ss2-sign"].map(read).to_vec();
    Authority { issuer: read("ca"), responders: vec![read("ocsp")], issued }
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vectors::files("x-road-7.8-live/rsa/ocsp", "");
    seeds.extend(vectors::files("x-road-7.8-live/ec/ocsp", ""));
    seeds
}

fn check(data: &[u8]) {
    let authority = &*AUTHORITY;
    if let Ok(response) = OcspResponse::parse(data) {
        assert_eq!(response.der(), data);
        let good: Vec<&Certificate> =
            authority.issued.iter().filter(|cert| proves(&response, cert, Duration::ZERO)).collect();
        assert!(good.len() <= 1, "a response is about one certificate");
        for cert in good {
            assert!(!proves(&response, cert, Duration::days(3650)));
        }
    }
    if let Ok(request) = OcspRequest::parse(data) {
        assert_eq!(OcspRequest::parse(&request.encode()).as_ref(), Ok(&request));
        for id in &request.cert_ids {
            let _ = (id.serial(), id.is_issued_by(&authority.issuer));
        }
    }
}

fn proves(response: &OcspResponse, cert: &Certificate, later: Duration) -> bool {
    let authority = &*AUTHORITY;
    let query = OcspQuery {
        cert,
        issuer: &authority.issuer,
        responders: &authority.responders,
        now: vectors::CAPTURED_AT + later,
        freshness: Duration::hours(1),
        verify_next_update: true,
    };
    response.verify(&query).is_ok()
}
