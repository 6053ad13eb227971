//! `GET /verificationconf`: what a verifier of containers needs of the global configuration, as an archive.
//!
//! Every instance with its shared parameters, and which one is our own. It is given out even when it has expired:
//! evidence outlives configurations.

use globalconf::metadata::{self, Metadata};
use service_kit::http::Response;
use time::OffsetDateTime;

use super::{ZipEntry, zip_file};
use crate::relay::Relay;

const FOLDER: &str = "verificationconf";
const INSTANCE_IDENTIFIER: &str = "instance-identifier";
const SHARED_PARAMS: &str = "/shared-params.xml";

/// Answers one request.
pub(super) async fn answer(relay: &Relay) -> Response {
    let files = match relay.stored_global_conf().await {
        Ok(files) => files,
        Err(error) => return Response::text(500, format!("{error:#}\n")),
    };
    let chosen = choose(&files);
    let now = relay.now();
    let entry = |(name, content): &(String, Vec<u8>)| (format!("{FOLDER}/{name}"), content.clone());
    let named: Vec<_> = chosen.iter().map(entry).collect();
    match archive(&named, now) {
        Ok(bytes) => Response::with(200, "application/zip", bytes)
            .header("Content-Disposition", "filename=\"verificationconf.zip\""),
        Err(error) => Response::text(500, format!("{error}\n")),
    }
}

fn archive(files: &[(String, Vec<u8>)], time: OffsetDateTime) -> zip::result::ZipResult<Vec<u8>> {
    let entries: Vec<_> = files.iter().map(|(name, content)| ZipEntry { name, time, content }).collect();
    zip_file(&entries)
}

/// The shared parameters, of their metadata only the version of their form, and the name of our own instance last.
fn choose(files: &[(String, Vec<u8>)]) -> Vec<(String, Vec<u8>)> {
    let mut chosen = Vec::new();
    for (name, content) in files.iter().filter(|(name, _)| name.ends_with(SHARED_PARAMS)) {
        chosen.push((name.clone(), content.clone()));
        let metadata_name = format!("{name}{}", metadata::SUFFIX);
        let stored = files.iter().find(|(name, _)| *name == metadata_name);
        let version = stored
            .and_then(|(_, content)| Metadata::parse(content).ok())
            .and_then(|metadata| metadata.configuration_version);
        if version.is_some() {
            let reduced = Metadata { configuration_version: version, ..Metadata::default() };
            chosen.push((metadata_name, reduced.write()));
        }
    }
    chosen.extend(files.iter().filter(|(name, _)| name == INSTANCE_IDENTIFIER).cloned());
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_expiry_and_no_private_parameters_are_given_out() {
        let file = |name: &str, content: &str| (name.to_owned(), content.as_bytes().to_vec());
        let files = [
            file("I/private-params.xml", "secret"),
            file("I/shared-params.xml", "<s/>"),
            file(
                "I/shared-params.xml.metadata",
                r#"{"expirationDate":"2026-11-11T03:07:40Z","configurationVersion":"6"}"#,
            ),
            file("instance-identifier", "I"),
        ];
        let chosen: Vec<_> = choose(&files)
            .into_iter()
            .map(|(name, content)| (name, String::from_utf8(content).unwrap()))
            .collect();
        let expected = [
            ("I/shared-params.xml", "<s/>"),
            ("I/shared-params.xml.metadata", r#"{"configurationVersion":"6"}"#),
            ("instance-identifier", "I"),
        ];
        assert_eq!(chosen, expected.map(|(name, content)| (name.to_owned(), content.to_owned())));
    }
}
