//! The security servers' API, `/v1`, over TLS with the server's registered authentication certificate.
//!
//! | method, path | body | answer |
//! |---|---|---|
//! | `POST /v1/links/redeem` | [`Redeem`] | [`Redeemed`] |
//! | `POST /v1/sync/stream` | [`OpenStream`] | frames, one JSON document a line (`application/x-ndjson`) |
//! | `POST /v1/sync/ack` | [`Ack`] | 204; 410 when the session is over |

use consent::opaque::{ChainHash, Nonce, SessionId};
use consent::row::SetDigest;
use identifiers::{ClientId, LinkHandle};
use serde::{Deserialize, Serialize};

/// Longest line of the stream, bytes. A frame of 128 rows, each with the longest names (27 KB), is below it.
pub const MAX_FRAME_BYTES: usize = 4 * 1024 * 1024;

/// Redeems a link token.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Redeem {
    /// The token, as the person gave it to the application.
    pub token: String,
    /// The application's subsystem; must be the one that the token was made for and be registered at this server.
    pub subsystem: ClientId,
    /// Random, stored by the server before it asks: asking again with the same value after a lost answer gives the
    /// same answer, while any other use of a used token is refused.
    pub attempt: Nonce,
    /// The link under which the server already knows the local id, if it does. If the token is another person's,
    /// the registry refuses instead of making a link that the server could not store.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<LinkHandle>,
}

impl std::fmt::Debug for Redeem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The token is a secret until it is used.
        f.debug_struct("Redeem").field("subsystem", &self.subsystem).finish_non_exhaustive()
    }
}

/// A link token was redeemed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redeemed {
    /// The person, for this subsystem only.
    pub link: LinkHandle,
}

/// Opens the stream.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OpenStream {
    /// `consent::frame::STREAM_VERSION`.
    pub version: u64,
}

/// Tells what the node has applied, and gives a nonce to echo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ack {
    /// The session.
    pub session: SessionId,
    /// Position of the last applied frame.
    pub sequence: u64,
    /// Chain hash there.
    pub chain: ChainHash,
    /// Digest of all rows in use.
    pub digest: SetDigest,
    /// Fresh and random.
    pub nonce: Nonce,
}
