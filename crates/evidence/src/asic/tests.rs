use std::io::{Cursor, Write};

use time::macros::datetime;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::*;
use crate::vectors;

const MTIME: time::OffsetDateTime = datetime!(2026-11-21 15:20:31 UTC);

fn full() -> Container {
    Container {
        message: b"GET\r\n/r1/x\r\n".to_vec(),
        signature: b"<a/>".to_vec(),
        hash_chain_result: Some(b"<b/>".to_vec()),
        hash_chain: Some(b"<c/>".to_vec()),
        batch_timestamp: Some(BatchTimestamp {
            hash_chain_result: b"<d/>".to_vec(),
            hash_chain: b"<e/>".to_vec(),
            token: vec![0x30, 0],
        }),
        attachments: vec![(1, b"body".to_vec()), (2, Vec::new()), (10, vec![7; 100_000])],
    }
}

fn archive(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        zip.start_file(*name, options).expect("entry");
        zip.write_all(content).expect("content");
    }
    zip.finish().expect("archive").into_inner()
}

fn code(bytes: &[u8]) -> Option<&'static str> {
    read(bytes, &AsicLimits::default()).expect_err("refused").code()
}

#[test]
fn what_is_written_is_read() {
    let plain = Container { batch_timestamp: None, hash_chain: None, hash_chain_result: None, ..full() };
    let old = Container {
        batch_timestamp: Some(BatchTimestamp { token: vec![1], ..BatchTimestamp::default() }),
        ..full()
    };
    for container in [full(), plain, old] {
        let bytes = write(&container, MTIME).expect("written");
        assert_eq!(read(&bytes, &AsicLimits::default()), Ok(container));
    }
}

#[test]
fn entries_order_compression_and_comment_of_a_stock_server() {
    let bytes = write(&full(), MTIME).expect("written");
    let mut zip = ZipArchive::new(Cursor::new(&bytes)).expect("archive");
    assert_eq!(zip.comment(), b"mimetype=application/vnd.etsi.asic-e+zip");
    let mut names = Vec::new();
    for index in 0..zip.len() {
        let file = zip.by_index(index).expect("entry");
        assert_eq!(file.compression(), CompressionMethod::Deflated);
        let time = file.last_modified().expect("time");
        assert_eq!(
            (time.year(), time.month(), time.day(), time.hour(), time.minute()),
            (2026, 11, 21, 15, 20)
        );
        names.push(file.name().expect("name").into_owned());
    }
    let expected = [
        "mimetype",
        "message.xml",
        "META-INF/signatures.xml",
        "sig-hashchainresult.xml",
        "sig-hashchain.xml",
        "ts-hashchainresult.xml",
        "ts-hashchain.xml",
        "META-INF/manifest.xml",
        "META-INF/ASiCManifest.xml",
        "META-INF/timestamp.tst",
        "attachment1",
        "attachment2",
        "attachment10",
    ];
    assert_eq!(names, expected);
    // No data descriptor (bit 3): some readers refuse it.
    assert_eq!(bytes[6] & 0x08, 0);
}

#[test]
fn manifests_are_those_of_a_stock_server() {
    let stock = vectors::read("x-road-7.8-live/rsa/asic/ss2-batch2-requestOnly-batchts.asice");
    let container = read(&stock, &AsicLimits::default()).expect("container");
    let ours = write(&container, MTIME).expect("written");
    let entry = |bytes: &[u8], name: &str| {
        let mut zip = ZipArchive::new(Cursor::new(bytes)).expect("archive");
        let mut content = String::new();
        std::io::Read::read_to_string(&mut zip.by_name(name).expect("entry"), &mut content).expect("text");
        content
    };
    let asic = "META-INF/ASiCManifest.xml";
    assert_eq!(entry(&ours, asic), entry(&stock, asic));
    // The order of the entries is that of a hash table there.
    let lines = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let manifest = "META-INF/manifest.xml";
    assert_eq!(lines(entry(&ours, manifest)), lines(entry(&stock, manifest)));
}

#[test]
fn structures_give_their_verdicts() {
    let file = |name: &str| vectors::read(&format!("x-road-7.8/asic-structure/{name}"));
    for name in ["valid-signed-message.asice", "valid-signed-message-with-attachments.asice"] {
        assert!(read(&file(name), &AsicLimits::default()).is_ok(), "{name}");
    }
    for (name, expected) in [
        ("no-mimetype.asice", "asic_mime_type_not_found"),
        ("no-signature.asice", "asic_signature_not_found"),
        ("not-asic.asice", "asic_mime_type_not_found"),
    ] {
        assert_eq!(code(&file(name)), Some(expected), "{name}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let mime = ("mimetype", MIME_TYPE.as_bytes());
    let (message, signature) =
        (("message.xml", b"m".as_slice()), ("META-INF/signatures.xml", b"s".as_slice()));
    let missing = [
        (vec![message, signature], "asic_mime_type_not_found"),
        (vec![("mimetype", b" \n"), message, signature], "asic_mime_type_not_found"),
        (vec![("mimetype", b"application/zip"), message, signature], "asic_invalid_mime_type"),
        (vec![mime, signature], "asic_message_not_found"),
        (vec![mime, ("message.xml", b""), signature], "asic_message_not_found"),
        (vec![mime, message], "asic_signature_not_found"),
        (vec![mime, message, signature, ("sig-hashchain.xml", b"x")], "asic_hash_chain_result_not_found"),
        (vec![mime, message, signature, ("sig-hashchainresult.xml", b"x")], "asic_hash_chain_not_found"),
        (vec![mime, message, signature, ("ts-hashchain.xml", b"x")], "asic_hash_chain_result_not_found"),
        (vec![mime, message, signature, ("ts-hashchainresult.xml", b"x")], "asic_hash_chain_not_found"),
        (
            vec![mime, message, signature, ("ts-hashchainresult.xml", b"x"), ("ts-hashchain.xml", b"x")],
            "asic_timestamp_not_found",
        ),
        (vec![mime, message, signature, ("META-INF/timestamp.tst", b"")], "asic_timestamp_not_found"),
    ];
    for (entries, expected) in missing {
        assert_eq!(code(&archive(&entries)), Some(expected), "{entries:?}");
    }
    let upper = ("mimetype", b"APPLICATION/vnd.etsi.asic-e+zip".as_slice());
    assert!(read(&archive(&[signature, upper, ("other", b""), message]), &AsicLimits::default()).is_ok());
}

#[test]
fn entries_that_a_container_does_not_have() {
    let base = |name| {
        archive(&[
            ("mimetype", MIME_TYPE.as_bytes()),
            ("message.xml", b"m"),
            ("META-INF/signatures.xml", b"s"),
            (name, b"x"),
        ])
    };
    for name in [
        "attachment",
        "attachment0",
        "attachment01",
        "attachment1.txt",
        "attachment99999999999",
        "../outside",
        "/etc/passwd",
        "a/../../b",
        "META-INF/signatures2.xml",
        "META-INF/my-signatures.xml",
    ] {
        let verdict = read(&base(name), &AsicLimits::default());
        assert!(matches!(verdict, Err(AsicError::UnexpectedEntry(_))), "{name}: {verdict:?}");
    }
    assert!(read(&base("META-INF/container.xml"), &AsicLimits::default()).is_ok());
}

#[test]
fn damage_and_bombs() {
    let good = write(&full(), MTIME).expect("written");
    let limits = AsicLimits::default();
    for cut in [4, 30, good.len() / 2, good.len() - 1] {
        assert!(matches!(read(&good[..cut], &limits), Err(AsicError::Damaged(_))), "{cut}");
    }
    let few = AsicLimits { entries: 5, ..limits };
    assert_eq!(read(&good, &few), Err(AsicError::TooLarge));
    let small = AsicLimits { total_bytes: 50_000, ..limits };
    assert_eq!(read(&good, &small), Err(AsicError::TooLarge));
    let zeros = vec![0; 20 << 20];
    let bomb =
        archive(&[("mimetype", MIME_TYPE.as_bytes()), ("attachment1", &zeros), ("attachment2", &zeros)]);
    assert!(bomb.len() < 100_000);
    assert_eq!(read(&bomb, &AsicLimits { total_bytes: 30 << 20, ..limits }), Err(AsicError::TooLarge));
}

#[test]
fn two_entries_of_one_name_are_refused() {
    let text = String::from("message.xml");
    let mut bytes = archive(&[
        ("mimetype", MIME_TYPE.as_bytes()),
        ("message.xml", b"one"),
        ("messagf.xml", b"two"),
        ("META-INF/signatures.xml", b"s"),
    ]);
    let positions: Vec<usize> = bytes
        .windows(text.len())
        .enumerate()
        .filter(|(_, window)| *window == b"messagf.xml")
        .map(|(position, _)| position)
        .collect();
    assert_eq!(positions.len(), 2, "local header and directory");
    for position in positions {
        bytes[position..position + text.len()].copy_from_slice(text.as_bytes());
    }
    assert!(matches!(read(&bytes, &AsicLimits::default()), Err(AsicError::Damaged(_))));
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(
        tail in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300),
    ) {
        let _ = read(&[b"PK\x03\x04".as_slice(), &tail].concat(), &AsicLimits::default());
    }

    #[test]
    fn any_change_is_read_or_refused(position in 0usize..4_000, value in proptest::prelude::any::<u8>()) {
        let mut bytes = write(&full(), MTIME).expect("written");
        let length = bytes.len();
        bytes[position % length] = value;
        let _ = read(&bytes, &AsicLimits::default());
    }
}
