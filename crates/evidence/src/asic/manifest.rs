//! The two manifests of a container.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pki::DigestAlgorithm;

use super::{Container, MIME_TYPE, entry};

/// `META-INF/manifest.xml`: what is in the container, in the manner of OpenDocument.
pub(super) fn open_document(container: &Container) -> Vec<u8> {
    let mut names = vec![(MIME_TYPE, "/".to_owned()), ("text/xml", entry::MESSAGE.to_owned())];
    if container.hash_chain_result.is_some() {
        names.push(("text/xml", entry::SIG_HASH_CHAIN_RESULT.to_owned()));
        names.push(("text/xml", entry::SIG_HASH_CHAIN.to_owned()));
    }
    if container.batch_timestamp.as_ref().is_some_and(|timestamp| !timestamp.hash_chain.is_empty()) {
        names.push(("text/xml", entry::TS_HASH_CHAIN_RESULT.to_owned()));
        names.push(("text/xml", entry::TS_HASH_CHAIN.to_owned()));
    }
    for (number, _) in &container.attachments {
        names.push(("application/octet-stream", format!("{}{number}", entry::ATTACHMENT)));
    }
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" \
         manifest:version=\"1.2\">\n",
    );
    for (media_type, path) in names {
        out.push_str(&format!(
            "    <manifest:file-entry manifest:media-type=\"{media_type}\" manifest:full-path=\"{path}\"/>\n"
        ));
    }
    out.push_str("</manifest:manifest>\n");
    out.into_bytes()
}

/// `META-INF/ASiCManifest.xml`: what the timestamp token covers.
pub(super) fn asic(ts_hash_chain_result: &[u8]) -> Vec<u8> {
    let algorithm = DigestAlgorithm::Sha512;
    let digest = STANDARD.encode(algorithm.digest(ts_hash_chain_result));
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <asic:ASiCManifest xmlns:asic=\"http://uri.etsi.org/2918/v1.2.1#\" \
         xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">\n\
         <asic:SigReference URI=\"META-INF/timestamp.tst\" MimeType=\"vnd.etsi.timestamp-token\"/>\n\
         <asic:DataObjectReference URI=\"ts-hashchainresult.xml\" MimeType=\"text/xml\">\n\
         <ds:DigestMethod Algorithm=\"{}\" />\n\
         <ds:DigestValue>{digest}</ds:DigestValue>\n\
         </asic:DataObjectReference>\n\
         </asic:ASiCManifest>",
        algorithm.uri()
    )
    .into_bytes()
}
