//! What a file of the global configuration is: its content identifier.

use std::fmt;

/// Content identifier of one file, the value of the header `Content-identifier`.
///
/// Files with an identifier that we do not know are kept like the others and not interpreted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ContentIdentifier {
    /// `PRIVATE-PARAMETERS`, for members of the instance only.
    PrivateParameters,
    /// `SHARED-PARAMETERS`, for members of federated instances too.
    SharedParameters,
    /// `MONITORING`: who may ask servers for monitoring data.
    Monitoring,
    /// `FETCHINTERVAL`: how often OCSP responses are fetched.
    FetchInterval,
    /// `NEXTUPDATE`: whether `nextUpdate` of OCSP responses is checked.
    NextUpdate,
    /// Anything else.
    Other(String),
}

impl ContentIdentifier {
    /// The identifier as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::PrivateParameters => "PRIVATE-PARAMETERS",
            Self::SharedParameters => "SHARED-PARAMETERS",
            Self::Monitoring => "MONITORING",
            Self::FetchInterval => "FETCHINTERVAL",
            Self::NextUpdate => "NEXTUPDATE",
            Self::Other(text) => text,
        }
    }

    /// Reads an identifier; unknown ones are kept as they are.
    pub fn from_text(text: &str) -> Self {
        match text {
            "PRIVATE-PARAMETERS" => Self::PrivateParameters,
            "SHARED-PARAMETERS" => Self::SharedParameters,
            "MONITORING" => Self::Monitoring,
            "FETCHINTERVAL" => Self::FetchInterval,
            "NEXTUPDATE" => Self::NextUpdate,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The file name that X-Road uses for this content.
    pub fn default_file_name(&self) -> Option<&'static str> {
        match self {
            Self::PrivateParameters => Some("private-params.xml"),
            Self::SharedParameters => Some("shared-params.xml"),
            Self::Monitoring => Some("monitoring-params.xml"),
            Self::FetchInterval => Some("fetchinterval-params.xml"),
            Self::NextUpdate => Some("nextupdate-params.xml"),
            Self::Other(_) => None,
        }
    }

    /// The content that a file of this name has by convention. Stored directories of old versions
    /// do not always say it in the metadata.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let known = [
            Self::PrivateParameters,
            Self::SharedParameters,
            Self::Monitoring,
            Self::FetchInterval,
            Self::NextUpdate,
        ];
        known.into_iter().find(|content| content.default_file_name() == Some(name))
    }
}

impl fmt::Display for ContentIdentifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_round_trip() {
        for text in
            ["PRIVATE-PARAMETERS", "SHARED-PARAMETERS", "MONITORING", "FETCHINTERVAL", "NEXTUPDATE", "FOO"]
        {
            assert_eq!(ContentIdentifier::from_text(text).as_str(), text);
        }
        assert_eq!(
            ContentIdentifier::of_file_name("shared-params.xml"),
            Some(ContentIdentifier::SharedParameters)
        );
        assert_eq!(ContentIdentifier::of_file_name("foo.xml"), None);
    }
}
