//! Why a directory or a file of it was refused.

use time::OffsetDateTime;

use super::{MAX_DIRECTORY_BYTES, MAX_PARTS};
use crate::xml::XmlError;

/// Why a directory was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DirectoryError {
    /// More than [`MAX_DIRECTORY_BYTES`].
    #[error("the directory has more than {MAX_DIRECTORY_BYTES} bytes")]
    TooLarge,
    /// More than [`MAX_PARTS`] files.
    #[error("the directory lists more than {MAX_PARTS} files")]
    TooManyParts,
    /// Not a MIME message of the wanted form.
    #[error("the directory is malformed: {0}")]
    Malformed(&'static str),
    /// A mandatory header is missing.
    #[error("the header {0} is missing")]
    HeaderMissing(&'static str),
    /// A mandatory parameter of a header is missing.
    #[error("the header {header} has no parameter {parameter}")]
    ParameterMissing {
        /// Header.
        header: &'static str,
        /// Parameter.
        parameter: &'static str,
    },
    /// A header has a value that it must not have.
    #[error("the header {header} has the value {value:?}")]
    HeaderValue {
        /// Header.
        header: &'static str,
        /// What was received, shortened.
        value: String,
    },
    /// There is no signed part.
    #[error("the directory has no signed part")]
    NoSignedData,
    /// There is no signature part.
    #[error("the directory has no signature")]
    NoSignature,
    /// The signature is not base64.
    #[error("the signature cannot be decoded")]
    SignatureEncoding,
    /// None of the source's certificates has the hash that the directory names.
    #[error("the directory is signed with a certificate that its source does not have")]
    UnknownCertificate,
    /// The certificate of the signer is not usable.
    #[error("the certificate of the signer is not usable: {0}")]
    UnusableCertificate(String),
    /// The signature is wrong, or its algorithm is not accepted.
    #[error("the signature of the directory is not valid")]
    BadSignature,
    /// The directory has expired.
    #[error("the directory expired at {0}")]
    Outdated(OffsetDateTime),
    /// A hash in the list of files is not of its algorithm.
    #[error("the hash of {0} is malformed")]
    MalformedHash(String),
    /// A file of the configuration is of another instance.
    #[error("{content} is of the instance {found:?}, not of {expected:?}")]
    WrongInstance {
        /// Content identifier.
        content: String,
        /// Instance in the directory.
        found: String,
        /// Instance that was asked for.
        expected: String,
    },
}

impl DirectoryError {
    /// The reason in X-Road's list of error codes.
    #[must_use]
    pub const fn xroad_code(&self) -> &'static str {
        match self {
            Self::TooLarge | Self::TooManyParts | Self::Malformed(_) => {
                "global_conf_parsing_downloaded_conf_directory_failure"
            }
            Self::HeaderMissing(_) => "global_conf_header_field_missing",
            Self::ParameterMissing { .. } => "global_conf_header_field_missing_parameter",
            Self::HeaderValue { .. } => "global_conf_header_field_wrong_value",
            Self::NoSignedData => "global_conf_missing_signed_data",
            Self::NoSignature => "global_conf_missing_signed_data_expiration_date",
            Self::SignatureEncoding => "global_conf_signature_decode_failure",
            Self::UnknownCertificate => "global_conf_missing_verification_cert",
            Self::UnusableCertificate(_) | Self::BadSignature => "global_conf_signature_verification_failure",
            Self::Outdated(_) => "global_conf_outdated",
            Self::MalformedHash(_) => "global_conf_part_downloaded_hash_failure",
            Self::WrongInstance { .. } => "global_conf_part_invalid_instance_identifier",
        }
    }
}

/// Why a file was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartError {
    /// The bytes are not the ones that were signed.
    #[error("{0} does not have the signed hash")]
    HashMismatch(String),
    /// The file is not of its schema.
    #[error("{file}: {cause}")]
    Malformed {
        /// File.
        file: String,
        /// What is wrong.
        #[source]
        cause: XmlError,
    },
    /// The file says that it is of another instance.
    #[error("{file} is of the instance {found:?}, not of {expected:?}")]
    WrongInstance {
        /// File.
        file: String,
        /// Instance in the file.
        found: String,
        /// Instance that was asked for.
        expected: String,
    },
}

impl PartError {
    /// The reason in X-Road's list of error codes.
    #[must_use]
    pub const fn xroad_code(&self) -> &'static str {
        match self {
            Self::HashMismatch(_) => "global_conf_part_downloaded_file_integrity_failure",
            Self::Malformed { .. } => "malformed_globalconf",
            Self::WrongInstance { .. } => "global_conf_part_invalid_instance_identifier",
        }
    }
}
