//! What can go wrong for a caller of the registry.

use crate::problem::Problem;

/// Why a call to the registry gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not one we can go to, or TLS cannot be set up.
    #[error("the registry's address or TLS settings cannot be used: {0}")]
    Setup(String),
    /// No connection, or no response on it.
    #[error("the registry cannot be reached: {0}")]
    Unreachable(#[from] service_kit::http_client::ClientError),
    /// The answer broke off.
    #[error("the registry's answer broke off: {0}")]
    Broken(#[from] service_kit::http::BodyError),
    /// The registry said no.
    #[error("the registry refused: {0}")]
    Refused(Box<Problem>),
    /// The answer is not what the contract says.
    #[error("the registry's answer is not understood: {0}")]
    Answer(String),
    /// The system gave no randomness, or signing failed.
    #[error("the request could not be made: {0}")]
    Request(String),
}

impl ClientError {
    /// The registry's problem, if it said no.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) => Some(problem),
            Self::Setup(_) | Self::Unreachable(_) | Self::Broken(_) | Self::Answer(_) | Self::Request(_) => {
                None
            }
        }
    }
}
