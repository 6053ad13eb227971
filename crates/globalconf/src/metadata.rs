//! The metadata kept beside each stored file, as JSON.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::version::FormatVersion;
use crate::xml::parse_date_time;

/// What is appended to the name of a file to name its metadata.
pub const SUFFIX: &str = ".metadata";

/// Largest metadata file in bytes.
const MAX_BYTES: usize = 16 * 1024;

/// Metadata of one stored file. Every field may be absent in files that others wrote.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Content identifier of the file.
    pub content_identifier: Option<String>,
    /// Instance of the file.
    pub instance_identifier: Option<String>,
    /// When the file stops being valid; `None` means never.
    pub expiration_date: Option<OffsetDateTime>,
    /// Name of the file.
    pub content_file_name: Option<String>,
    /// Path from which it was downloaded.
    pub content_location: Option<String>,
    /// Format version; `None` means V2.
    pub configuration_version: Option<FormatVersion>,
}

/// Why metadata cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Too long or not the JSON of metadata.
    #[error("the metadata is malformed: {0}")]
    Malformed(String),
    /// The expiration date is not a date and time.
    #[error("the expiration date {0:?} is not a date and time")]
    ExpirationDate(String),
    /// The format version is not one that we know.
    #[error(transparent)]
    Version(#[from] crate::version::UnknownVersion),
}

/// The JSON form: X-Road's names, everything a string.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Json {
    #[serde(skip_serializing_if = "Option::is_none")]
    content_identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instance_identifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_file_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration_version: Option<String>,
}

impl Metadata {
    /// Reads a metadata file.
    ///
    /// # Errors
    /// See [`MetadataError`].
    pub fn parse(bytes: &[u8]) -> Result<Self, MetadataError> {
        if bytes.len() > MAX_BYTES {
            return Err(MetadataError::Malformed(format!("more than {MAX_BYTES} bytes")));
        }
        let json: Json =
            serde_json::from_slice(bytes).map_err(|error| MetadataError::Malformed(error.to_string()))?;
        let expiration_date = match json.expiration_date {
            None => None,
            Some(text) => match parse_date_time(&text) {
                Some(time) => Some(time),
                None => return Err(MetadataError::ExpirationDate(text.chars().take(60).collect())),
            },
        };
        Ok(Self {
            content_identifier: json.content_identifier,
            instance_identifier: json.instance_identifier,
            expiration_date,
            content_file_name: json.content_file_name,
            content_location: json.content_location,
            configuration_version: json.configuration_version.map(|text| text.parse()).transpose()?,
        })
    }

    /// Writes the metadata file.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let json = Json {
            content_identifier: self.content_identifier.clone(),
            instance_identifier: self.instance_identifier.clone(),
            expiration_date: self.expiration_date.and_then(|time| time.format(&Rfc3339).ok()),
            content_file_name: self.content_file_name.clone(),
            content_location: self.content_location.clone(),
            configuration_version: self.configuration_version.map(|version| version.to_string()),
        };
        // A structure of strings always becomes JSON.
        serde_json::to_vec(&json).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn what_is_written_is_read_back() {
        let metadata = Metadata {
            content_identifier: Some("SHARED-PARAMETERS".into()),
            instance_identifier: Some("DEV".into()),
            expiration_date: Some(datetime!(2035-11-11 03:07:40 UTC)),
            content_file_name: None,
            content_location: Some("/V6/20251110170000548026000/shared-params.xml".into()),
            configuration_version: Some(FormatVersion::V6),
        };
        let expected = "{\"contentIdentifier\":\"SHARED-PARAMETERS\",\"instanceIdentifier\":\"DEV\",\
            \"expirationDate\":\"2035-11-11T03:07:40Z\",\
            \"contentLocation\":\"/V6/20251110170000548026000/shared-params.xml\",\"configurationVersion\":\"6\"}";
        assert_eq!(String::from_utf8(metadata.write()).unwrap(), expected);
        assert_eq!(Metadata::parse(expected.as_bytes()), Ok(metadata));
    }

    #[test]
    fn absent_members_and_unknown_ones_are_fine_wrong_ones_are_not() {
        assert_eq!(Metadata::parse(b"{\"other\":1}"), Ok(Metadata::default()));
        let date = Metadata::parse(b"{\"expirationDate\":\"soon\"}");
        assert_eq!(date, Err(MetadataError::ExpirationDate("soon".into())));
        let version = Metadata::parse(b"{\"configurationVersion\":\"7\"}");
        assert!(matches!(version, Err(MetadataError::Version(_))));
        assert!(matches!(Metadata::parse(b"nothing"), Err(MetadataError::Malformed(_))));
        assert!(matches!(Metadata::parse(&vec![b' '; MAX_BYTES + 1]), Err(MetadataError::Malformed(_))));
    }
}
