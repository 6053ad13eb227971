//! Evidence of one exchange, as ASiC-E containers.

use identifiers::ClientId;
use time::OffsetDateTime;

use super::append::MessageLog;
use super::error::LogError;
use super::record::{Direction, Side};

/// Which records are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportQuery {
    /// Query id of the exchange.
    pub query_id: String,
    /// Only records of this local party; `None` for an administrator, who may see all.
    pub local: Option<ClientId>,
    /// Only requests or only responses.
    pub direction: Option<Direction>,
    /// Stamp records that have no timestamp yet, instead of refusing.
    pub force: bool,
}

/// One message as evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportedContainer {
    /// Number of the record.
    pub record: i64,
    /// Our side in the exchange.
    pub side: Side,
    /// Request or response.
    pub direction: Direction,
    /// When the message was recorded.
    pub time: OffsetDateTime,
    /// `<query id>-request-<record in base 32>.asice`, as X-Road names it.
    pub file_name: String,
    /// The container.
    pub bytes: Vec<u8>,
    /// The body was not kept; the container proves its digest only.
    pub body_missing: bool,
}

impl MessageLog {
    /// The containers of all matching records, oldest first.
    ///
    /// # Errors
    /// [`LogError::NotFound`], [`LogError::NotTimestamped`] without `force`, [`LogError::Timestamping`] with it.
    pub async fn export(&self, query: &ExportQuery) -> Result<Vec<ExportedContainer>, LogError> {
        todo!()
    }
}
