//! The bytes of messages: files of X-Road's own test suite, with the few changes that a case needs.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Where bytes come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// There is no body.
    Nothing,
    /// A file of `x-road-7.8/soap-queries`.
    Query(&'static str),
    /// A file of `x-road-7.8/proxy-messages`.
    Message(&'static str),
    /// A file of `x-road-7.8/metadata`.
    Metadata(&'static str),
    /// A text.
    Text(&'static str),
    /// So many bytes of every value, without a period that a multiple of a buffer size could hide.
    Bytes(usize),
    /// A container of `getstate.query` and an attachment of several hundred megabytes; only as a request.
    Large,
}

/// Bytes of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Where they come from.
    pub source: Source,
    /// What is replaced in them.
    pub replaced: Vec<(&'static str, &'static str)>,
    /// A byte order mark is put before them.
    pub byte_order_mark: bool,
}

impl From<Source> for Input {
    fn from(source: Source) -> Self {
        Self { source, replaced: Vec::new(), byte_order_mark: false }
    }
}

impl Input {
    /// With this text instead of that.
    #[must_use]
    pub fn replace(mut self, from: &'static str, to: &'static str) -> Self {
        self.replaced.push((from, to));
        self
    }

    /// After a byte order mark.
    #[must_use]
    pub fn with_byte_order_mark(self) -> Self {
        Self { byte_order_mark: true, ..self }
    }
}

/// A change to request and answer of a case alike. X-Road's suite changes what its stubs say; here the network stays as
/// it is and the messages name another part of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edit {
    /// The service has this version. A version changes neither the body nor the access rights.
    Version(&'static str),
    /// The client is this subsystem of the member `consumer`.
    Client(&'static str),
    /// The client is this member.
    ClientMember(&'static str),
    /// The provider is this member.
    Provider(&'static str),
    /// The provider is this subsystem of the member `producer`.
    ProviderSubsystem(&'static str),
}

const CLIENT: &str = "<xroad:client id:objectType=\"MEMBER\">";
const CONSUMER: &str = "<id:memberCode>consumer</id:memberCode>";
const PRODUCER: &str = "<id:memberCode>producer</id:memberCode>";

impl Edit {
    /// What is replaced by what.
    fn replacements(self) -> Vec<(&'static str, String)> {
        let subsystem =
            |member: &str, code: &str| format!("{member}<id:subsystemCode>{code}</id:subsystemCode>");
        let member = |code: &str| format!("<id:memberCode>{code}</id:memberCode>");
        match self {
            Self::Version(version) => {
                let code = "</id:serviceCode>";
                vec![(code, format!("{code}<id:serviceVersion>{version}</id:serviceVersion>"))]
            }
            Self::Client(code) => {
                vec![(CLIENT, CLIENT.replace("MEMBER", "SUBSYSTEM")), (CONSUMER, subsystem(CONSUMER, code))]
            }
            Self::ClientMember(code) => vec![(CONSUMER, member(code))],
            Self::Provider(code) => vec![(PRODUCER, member(code))],
            Self::ProviderSubsystem(code) => vec![(PRODUCER, subsystem(PRODUCER, code))],
        }
    }
}

/// The test data.
#[derive(Debug, Clone)]
pub struct Vectors {
    folder: PathBuf,
}

impl Vectors {
    /// Below this folder.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned() }
    }

    /// The bytes of a request, with the query id that belongs to this run of the case.
    ///
    /// # Errors
    /// A file is missing, or one of the changes finds nothing to change.
    pub fn request(&self, input: &Input, edits: &[Edit], query_id: &str) -> Result<Vec<u8>> {
        self.bytes(input, edits, query_id, true)
    }

    /// The bytes of an answer: as [`Vectors::request`], but it need not have everything that is changed in requests.
    ///
    /// # Errors
    /// As [`Vectors::request`].
    pub fn answer(&self, input: &Input, edits: &[Edit], query_id: &str) -> Result<Vec<u8>> {
        self.bytes(input, edits, query_id, false)
    }

    fn bytes(&self, input: &Input, edits: &[Edit], query_id: &str, strict: bool) -> Result<Vec<u8>> {
        let mut bytes = match input.source {
            Source::Nothing | Source::Large => Vec::new(),
            Source::Query(name) => self.file("soap-queries", name)?,
            Source::Message(name) => self.file("proxy-messages", name)?,
            Source::Metadata(name) => self.file("metadata", name)?,
            Source::Text(text) => text.as_bytes().to_vec(),
            Source::Bytes(length) => (0..length).map(|at| ((at * 31 + at / 251) % 256) as u8).collect(),
        };
        for (from, to) in &input.replaced {
            bytes = replaced(&bytes, from, to, true)?;
        }
        for (from, to) in edits.iter().flat_map(|edit| edit.replacements()) {
            bytes = replaced(&bytes, from, &to, strict)?;
        }
        bytes = with_query_id(&bytes, query_id);
        if input.byte_order_mark {
            bytes.splice(0..0, *b"\xef\xbb\xbf");
        }
        Ok(bytes)
    }

    fn file(&self, folder: &str, name: &str) -> Result<Vec<u8>> {
        let file = self.folder.join(folder).join(name);
        std::fs::read(&file).with_context(|| file.display().to_string())
    }
}

fn replaced(bytes: &[u8], from: &str, to: &str, strict: bool) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = find(rest, from.as_bytes()) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to.as_bytes());
        rest = &rest[at + from.len()..];
    }
    ensure!(!strict || rest.len() < bytes.len(), "the input has no {from:?} to change");
    out.extend_from_slice(rest);
    Ok(out)
}

/// X-Road's suite does this to every message: the text of each `xroad:id` becomes one fresh value.
fn with_query_id(bytes: &[u8], query_id: &str) -> Vec<u8> {
    const START: &[u8] = b"<xroad:id>";
    const END: &[u8] = b"</xroad:id>";
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(start) = find(rest, START) {
        let after = start + START.len();
        let Some(end) = find(&rest[after..], END) else { break };
        out.extend_from_slice(&rest[..after]);
        out.extend_from_slice(query_id.as_bytes());
        rest = &rest[after + end..];
    }
    out.extend_from_slice(rest);
    out
}

/// Where `wanted` begins.
#[must_use]
pub fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vectors() -> Vectors {
        Vectors::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../vectors/x-road-7.8"))
    }

    #[test]
    fn changes_are_made_and_must_find_something() {
        let input = Input::from(Source::Query("getstate.query"));
        let edits = [Edit::Version("v2"), Edit::Client("sub"), Edit::Provider("dummy")];
        let text = String::from_utf8(vectors().request(&input, &edits, "q1").unwrap()).unwrap();
        for part in [
            "<id:serviceCode>getState</id:serviceCode><id:serviceVersion>v2</id:serviceVersion>",
            "<xroad:client id:objectType=\"SUBSYSTEM\">",
            "<id:memberCode>consumer</id:memberCode><id:subsystemCode>sub</id:subsystemCode>",
            "<id:memberCode>dummy</id:memberCode>",
            "<xroad:id>q1</xroad:id>",
        ] {
            assert!(text.contains(part), "{part}");
        }
        let fault = Input::from(Source::Query("fault.query"));
        assert!(vectors().request(&fault, &edits, "q1").is_err());
        assert!(vectors().answer(&fault, &edits, "q1").is_ok());
    }

    #[test]
    fn a_byte_order_mark_comes_first() {
        let input = Input::from(Source::Text("<a/>")).replace("a", "b").with_byte_order_mark();
        assert_eq!(vectors().request(&input, &[], "").unwrap(), b"\xef\xbb\xbf<b/>");
    }
}
