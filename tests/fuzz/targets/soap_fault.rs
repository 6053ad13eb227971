//! SOAP faults (`protocol::soap_fault`). Input: the document.
//!
//! Holds: a fault that is read is one for the quick look too; its code, text and detail, written as a fault of ours,
//! are read as the same; so is any text.

#![no_main]

use bytes::Bytes;
use protocol::Limits;
use protocol::soap_fault::{is_fault, parse, write};
use sekisho_fuzz::{Target, fuzz, vectors};

fuzz!(Target {
    name: "soap_fault",
    max_len: 8 * 1024,
    memory: 128 * 1024,
    memory_per_byte: 64,
    dictionary: Some("xml.dict"),
    seeds,
    check,
});

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = vec![write("server.serverproxy.access_denied", "a<b", "detail")];
    seeds.extend(vectors::files("x-road-7.8/soap-queries", "fault.answer"));
    seeds.extend(vectors::files("x-road-7.8/soap-queries", "fault.query"));
    for message in vectors::captured("") {
        if message.content_type.starts_with("text/xml") {
            seeds.push(message.body);
        }
    }
    seeds
}

fn check(data: &[u8]) {
    let limits = Limits { fault: 4 * 1024, xml_depth: 16, xml_attributes: 8, ..Limits::default() };
    let document = Bytes::copy_from_slice(data);
    let looks_so = is_fault(data, &limits);
    if let Ok(fault) = parse(&document, &limits) {
        assert!(looks_so && data.len() <= limits.fault);
        assert_eq!(fault.xml, document);
        let (text, detail) = (fault.text.unwrap_or_default(), fault.detail.unwrap_or_default());
        assert_reads_back(&fault.code, &text, &detail);
    }
    let text = String::from_utf8_lossy(data);
    assert_reads_back("server.code", &text, &text);
}

/// Characters that XML cannot carry are left out when it is written, and line ends become line feeds when it is read.
fn assert_reads_back(code: &str, text: &str, detail: &str) {
    let written = Bytes::from(write(code, text, detail));
    let again = parse(&written, &Limits::default()).expect("what we write ourselves");
    let carried = |text: &str| -> String {
        let known = |c: &char| !matches!(c, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
        let written: String = text.chars().filter(known).collect();
        written.replace("\r\n", "\n").replace('\r', "\n")
    };
    assert_eq!(again.code, carried(code).trim());
    assert_eq!(again.text.as_deref(), Some(&*carried(text)));
    assert_eq!(again.detail.as_deref(), Some(&*carried(detail)));
}
