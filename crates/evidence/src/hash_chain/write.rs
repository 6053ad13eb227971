//! The two documents, laid out as X-Road writes them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pki::DigestAlgorithm;

use super::tree::Entry;

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const NAMESPACES: &str =
    "xmlns=\"http://cyber.ee/hashchain\" xmlns:ns2=\"http://www.w3.org/2000/09/xmldsig#\"";

pub(super) fn result(algorithm: DigestAlgorithm, chain_name: &str, top: &[u8]) -> Vec<u8> {
    let uri = algorithm.uri();
    let digest = STANDARD.encode(top);
    format!(
        "{HEAD}<HashChainResult URI=\"{chain_name}#STEP0\" {NAMESPACES}>\n    \
         <ns2:DigestMethod Algorithm=\"{uri}\"/>\n    \
         <ns2:DigestValue>{digest}</ns2:DigestValue>\n\
         </HashChainResult>\n"
    )
    .into_bytes()
}

pub(super) fn chain(algorithm: DigestAlgorithm, steps: &[Vec<Entry<'_>>]) -> Vec<u8> {
    let mut out = String::with_capacity(512);
    out.push_str(HEAD);
    out.push_str("<HashChain ");
    out.push_str(NAMESPACES);
    out.push_str(">\n    <DefaultDigestMethod Algorithm=\"");
    out.push_str(algorithm.uri());
    out.push_str("\"/>\n");
    for (number, entries) in steps.iter().enumerate() {
        out.push_str(&format!("    <HashStep id=\"STEP{number}\">\n"));
        for entry in entries {
            self::entry(entry, number, &mut out);
        }
        out.push_str("    </HashStep>\n");
    }
    out.push_str("</HashChain>\n");
    out.into_bytes()
}

fn entry(entry: &Entry<'_>, number: usize, out: &mut String) {
    match entry {
        Entry::Sibling(digest) => {
            out.push_str("        <HashValue>\n");
            value(digest, out);
            out.push_str("        </HashValue>\n");
        }
        Entry::NextStep => {
            let next = number.saturating_add(1);
            out.push_str(&format!("        <StepRef URI=\"#STEP{next}\"/>\n"));
        }
        // Names of data are ours and need no escaping.
        Entry::Data(uri, digest) => {
            out.push_str(&format!("        <DataRef URI=\"{uri}\">\n"));
            value(digest, out);
            out.push_str("        </DataRef>\n");
        }
    }
}

fn value(digest: &[u8], out: &mut String) {
    out.push_str("            <ns2:DigestValue>");
    STANDARD.encode_string(digest, out);
    out.push_str("</ns2:DigestValue>\n");
}
