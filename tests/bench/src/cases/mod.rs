//! The cases, as data: their dimensions here, all of them in [`table`], what is divided by what in [`ratios`].

mod ratios;
mod table;

pub(crate) use ratios::{RATIOS, Rate};
pub(crate) use table::{BASE, CASES};

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// Keys of both security servers, for TLS and for signatures; as `security-server keys generate --type` names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Keys {
    Rsa2048,
    Rsa3072,
    P256,
}

impl Keys {
    /// The word of the command line.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa2048",
            Self::Rsa3072 => "rsa3072",
            Self::P256 => "p256",
        }
    }
}

/// What the journal keeps of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Bodies {
    /// All of it.
    Full,
    /// Its digest.
    Digest,
}

/// Where the journals are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Journal {
    /// In a file of each server.
    Sqlite,
    /// In two databases of one PostgreSQL server on this machine.
    Postgresql,
}

/// The link between the two servers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Link {
    /// TLS 1.3, connections are kept.
    Modern,
    /// TLS 1.3, a new connection for each message, its session resumed.
    ModernClosing,
    /// TLS 1.2 with a CBC suite, connections are kept, as some national packages of X-Road have it.
    CbcKept,
    /// TLS 1.2 with a CBC suite, a new connection for each message, its session resumed: as stock servers do.
    CbcClosing,
}

impl Link {
    /// In words.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Modern => "TLS 1.3, connections kept",
            Self::ModernClosing => "TLS 1.3, a connection for each message",
            Self::CbcKept => "TLS 1.2 CBC, connections kept",
            Self::CbcClosing => "TLS 1.2 CBC, a connection for each message",
        }
    }

    /// Is it X-Road's TLS 1.2?
    pub(crate) const fn is_cbc(self) -> bool {
        matches!(self, Self::CbcKept | Self::CbcClosing)
    }
}

/// How a pair of servers is set up; cases of one setting share a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Setting {
    pub(crate) keys: Keys,
    pub(crate) bodies: Bodies,
    pub(crate) journal: Journal,
    pub(crate) link: Link,
}

impl Setting {
    /// In words.
    pub(crate) fn words(self) -> String {
        let bodies = if self.bodies == Bodies::Full { "whole bodies" } else { "digests of bodies" };
        let journal = if self.journal == Journal::Sqlite { "SQLite" } else { "PostgreSQL" };
        format!("{} keys, {bodies} in the journal ({journal}), {}", self.keys.word(), self.link.words())
    }
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Form {
    Rest,
    Soap,
    /// Both, small and large, with and without consent: `crate::message::Message::mix`.
    Mix,
}

/// When the next message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Loop {
    /// When the answer to the one before has come (closed loop).
    Closed,
    /// At its time, whether or not others have been answered (open loop), at so many percent of the rate that the
    /// case [`BASE`] has reached. Latencies count from that time.
    Open(u8),
}

/// When a case is sampled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sampling {
    Never,
    /// Not in quick runs.
    Full,
    Always,
}

/// One case.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    #[serde(flatten)]
    pub(crate) setting: Setting,
    pub(crate) form: Form,
    pub(crate) request_bytes: u64,
    pub(crate) answer_bytes: u64,
    pub(crate) clients: usize,
    #[serde(rename = "loop")]
    pub(crate) pace: Loop,
    pub(crate) consent: bool,
    /// Measured once, for so long, whatever the command line says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) seconds: Option<u64>,
    /// Also sent through the plain hop.
    #[serde(skip)]
    pub(crate) hop: bool,
    /// Also sent to another security server, if there is one.
    #[serde(skip)]
    pub(crate) beside: bool,
    /// Part of `--quick`.
    #[serde(skip)]
    pub(crate) quick: bool,
    /// Whether it is sampled, to tell where the time goes.
    #[serde(skip)]
    pub(crate) sampling: Sampling,
}

/// Bodies from here on are bulk: they run evenly from the start, and a journal that keeps them fills the disk.
const BULK_BYTES: u64 = 1_000_000;

impl Case {
    /// Is the body what takes the time?
    pub(crate) const fn is_bulk(&self) -> bool {
        self.answer_bytes >= BULK_BYTES || self.request_bytes >= BULK_BYTES
    }
}

/// A case in a file of results.
#[derive(Deserialize)]
struct Named {
    name: String,
}

impl<'de> Deserialize<'de> for Case {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named = Named::deserialize(deserializer)?;
        let found = CASES.iter().find(|case| case.name == named.name);
        let unknown = || format!("the case {:?} is of another version", named.name);
        found.copied().ok_or_else(|| D::Error::custom(unknown()))
    }
}

/// Who carries the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Subject {
    /// Our two security servers.
    Pair,
    /// The plain double mTLS hop.
    Hop,
    /// What `--beside` names.
    Other,
}

impl Subject {
    /// In a table.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::Hop => "nginx",
            Self::Other => "other",
        }
    }
}
