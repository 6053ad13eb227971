//! What a security server answered an information system.

use anyhow::Result;
use service_kit::http::Response;

use crate::errors::Row;

/// Longest answer that is read whole, bytes.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// An answer with its whole body.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// `X-Road-Error`.
    pub error: Option<String>,
    /// `x-road-id`.
    pub message_id: Option<String>,
    /// The body.
    pub body: Vec<u8>,
    headers: Vec<(String, String)>,
}

impl Answer {
    /// Reads a response to its end.
    ///
    /// # Errors
    /// It breaks off.
    pub async fn read(response: Response) -> Result<Self> {
        let headers: Vec<(String, String)> = response.headers.clone().into_vec();
        let status = response.status;
        let body = response.body.read_all(MAX_BYTES).await?.to_vec();
        let mut answer = Self { status, error: None, message_id: None, body, headers };
        answer.error = answer.header("x-road-error").map(str::to_owned);
        answer.message_id = answer.header("x-road-id").map(str::to_owned);
        Ok(answer)
    }

    /// The first value of a header.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` when it is none.
    #[must_use]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The provider answered.
    ///
    /// # Panics
    /// It did not.
    pub fn is_answered(&self) {
        assert_eq!((self.status, self.error.as_deref()), (200, None), "{}", self.text());
    }

    /// The answer is the one that is documented in this row, in status, header and body.
    ///
    /// # Panics
    /// It is not.
    pub fn is(&self, row: &Row) {
        let found = (self.status, self.error.as_deref().unwrap_or_default());
        assert_eq!(found, (row.status, row.code.as_str()), "{}: {}", row.name, self.text());
        if row.code.is_empty() {
            return;
        }
        let json = self.json();
        assert_eq!(json["type"], row.code, "{}: {}", row.name, self.text());
        let said = |key: &str| json[key].as_str().is_some_and(|text| !text.is_empty());
        assert!(said("message") && said("detail"), "{}: {}", row.name, self.text());
    }
}
