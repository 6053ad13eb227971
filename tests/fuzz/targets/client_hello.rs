//! The first flight of a TLS client (`service_kit::peer_tls::read_hello`), which decides about the stack. Input: the
//! bytes of the connection.
//!
//! Holds: pieces give the same verdict as the whole; exactly the bytes that were read are given on, and they are
//! bounded.

#![no_main]

use std::sync::Arc;

use futures_util::FutureExt;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use sekisho_fuzz::pieces::Pieces;
use sekisho_fuzz::{Target, fuzz};
use service_kit::peer_tls::read_hello;

fuzz!(Target {
    name: "client_hello",
    max_len: 40 * 1024,
    memory: 512 * 1024,
    memory_per_byte: 16,
    dictionary: None,
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![b"GET / HTTP/1.1\r\n\r\n".to_vec(), vec![0x15, 3, 1, 0, 2, 2, 40]];
    for versions in [&[&rustls::version::TLS13][..], &[&rustls::version::TLS12], rustls::ALL_VERSIONS] {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .expect("versions of the provider")
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth();
        let name = "ss1.example.org".try_into().expect("a name");
        let mut client = ClientConnection::new(Arc::new(config), name).expect("a client");
        let mut hello = Vec::new();
        client.write_tls(&mut hello).expect("memory");
        seeds.push(split_in_records(&hello));
        seeds.push(hello);
    }
    seeds
}

/// The same handshake message in two records.
fn split_in_records(hello: &[u8]) -> Vec<u8> {
    let (head, body) = hello.split_at(5);
    let (first, second) = body.split_at(body.len() / 2);
    let record = |part: &[u8]| {
        let length = u16::try_from(part.len()).expect("a short record").to_be_bytes();
        [&head[..3], &length, part].concat()
    };
    [record(first), record(second)].concat()
}

/// Bytes read ahead are at most this many: the limit and one reading more.
const MOST: usize = 2 * 24 * 1024;

fn check(data: &[u8]) {
    let mut whole = data;
    let mut pieces = Pieces::of(data);
    let at_once = read_hello(&mut whole).now_or_never().expect("memory is never waited for");
    let in_pieces = read_hello(&mut pieces).now_or_never().expect("memory is never waited for");
    for hello in [&at_once, &in_pieces].into_iter().flatten() {
        assert!(data.starts_with(&hello.bytes) && hello.bytes.len() <= MOST);
    }
    match (at_once, in_pieces) {
        (Ok(at_once), Ok(in_pieces)) => assert_eq!(at_once.offers_tls13, in_pieces.offers_tls13),
        (Err(_), Err(_)) => {}
        // Where exactly "too long" begins depends on what comes at a time.
        (Ok(hello), Err(_)) | (Err(_), Ok(hello)) => assert!(hello.bytes.len() >= MOST / 2),
    }
}
