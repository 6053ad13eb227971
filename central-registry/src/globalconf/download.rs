//! The HTTP side, as the web server in front of a stock central server answers.
//!
//! `/internalconf` and `/externalconf` are the signed directories, of the format version that the query names
//! (`version=6`) or 2; other addresses are files of a generation, such as
//! `/V6/20251110170000548026000/shared-params.xml`. What is not there is 404, nothing else: readers find the
//! newest version by asking for one after the other.

use std::io::ErrorKind;
use std::path::PathBuf;

use service_kit::http::{Request, Response};

use super::publish::PublicFolder;

/// Oldest format version, for readers that do not say which they want.
const DEFAULT_VERSION: &str = "2";
/// Longest version in a query; longer numbers are no version.
const MAX_VERSION_DIGITS: usize = 4;

/// Answers one request.
pub async fn answer(folder: &PublicFolder, request: Request) -> Response {
    if request.method != "GET" && request.method != "HEAD" {
        return Response::text(405, "only GET and HEAD are served here\n").header("Allow", "GET, HEAD");
    }
    let Some((path, content_type)) = file_of(request.path(), request.query()) else {
        return Response::text(404, "there is no such file\n");
    };
    let path = folder.root().join(path);
    let read = tokio::task::spawn_blocking(move || std::fs::read(path)).await;
    match read {
        Ok(Ok(bytes)) => Response::with(200, content_type, bytes).header("Cache-Control", "no-cache"),
        Ok(Err(error)) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Response::text(404, "there is no such file\n")
        }
        Ok(Err(error)) => {
            tracing::error!(%error, "a published file cannot be read");
            Response::text(500, "the file cannot be read\n")
        }
        Err(error) => {
            tracing::error!(%error, "reading a published file was broken off");
            Response::text(500, "the file cannot be read\n")
        }
    }
}

/// The file below the public folder that an address means, and its media type. `None` for everything that
/// cannot be one.
fn file_of(path: &str, query: Option<&str>) -> Option<(PathBuf, &'static str)> {
    let segments: Vec<&str> = path.strip_prefix('/')?.split('/').collect();
    match segments.as_slice() {
        [name @ ("internalconf" | "externalconf")] => {
            let version = query.and_then(version_of).unwrap_or(DEFAULT_VERSION);
            Some((PathBuf::from(format!("V{version}")).join(name), "application/octet-stream"))
        }
        [version, stamp, name] => {
            let number = version.strip_prefix('V')?;
            let plain = is_number(number) && is_number(stamp) && stamp.len() <= 40 && is_file_name(name);
            plain.then(|| (PathBuf::from(version).join(stamp).join(name), "text/xml"))
        }
        _ => None,
    }
}

/// The first `version=<digits>` of a query.
fn version_of(query: &str) -> Option<&str> {
    let mut values = query.split('&').filter_map(|pair| pair.strip_prefix("version="));
    values
        .find(|value| is_number(value))
        .map(|value| if value.len() > MAX_VERSION_DIGITS { "0" } else { value })
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_file_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    text.ends_with(".xml") && !text.starts_with('.') && text.len() <= 128 && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_those_of_a_stock_central_server() {
        let found = |path, query| file_of(path, query).map(|(path, _)| path.to_string_lossy().into_owned());
        let table = [
            ("/internalconf", None, Some("V2/internalconf")),
            ("/externalconf", Some(""), Some("V2/externalconf")),
            ("/internalconf", Some("version=6"), Some("V6/internalconf")),
            ("/internalconf", Some("a=b&version=5&version=6"), Some("V5/internalconf")),
            ("/internalconf", Some("myversion=5"), Some("V2/internalconf")),
            ("/internalconf", Some("version=latest"), Some("V2/internalconf")),
            ("/internalconf", Some("version=12345678901234567890"), Some("V0/internalconf")),
            (
                "/V6/20251110170000548026000/shared-params.xml",
                None,
                Some("V6/20251110170000548026000/shared-params.xml"),
            ),
            ("/V6/internalconf", None, None),
            ("/V6/../shared-params.xml", None, None),
            ("/V6/1/../../shared-params.xml", None, None),
            ("/V6/1/..", None, None),
            ("/V6/1/.xml", None, None),
            ("/V6/1/a%2Fb.xml", None, None),
            ("/Vx/1/a.xml", None, None),
            ("/", None, None),
            ("/internalconf/", None, None),
            ("internalconf", None, None),
        ];
        for (path, query, expected) in table {
            assert_eq!(found(path, query).as_deref(), expected, "{path} {query:?}");
        }
    }
}
