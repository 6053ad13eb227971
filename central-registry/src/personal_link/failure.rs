//! What can go wrong in Personal-LINK: a refusal that the caller is told, or a failure that only the log is told.

use registry_api::problem::{Code, Problem};

use crate::store::StoreError;

/// Why a use case gave no result.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The caller asked for something impossible.
    #[error("{0}")]
    Refused(Problem),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A statement failed.
    #[error("statement: {0}")]
    Statement(#[from] rusqlite::Error),
    /// What the database holds is not what was put there.
    #[error("the database holds something unreadable: {0}")]
    Unreadable(&'static str),
    /// Randomness, signing or a task failed.
    #[error("{0}")]
    Internal(String),
}

impl Failure {
    /// What the caller is told. Failures are logged here, once, without the request's content.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Refused(problem) => problem,
            Self::Store(_) | Self::Statement(_) | Self::Unreadable(_) | Self::Internal(_) => {
                tracing::error!(error = %self, "Personal-LINK failed");
                Problem::new(Code::Internal)
            }
        }
    }
}

impl From<Code> for Failure {
    fn from(code: Code) -> Self {
        Self::Refused(Problem::new(code))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<service_kit::random::NoRandomness> for Failure {
    fn from(error: service_kit::random::NoRandomness) -> Self {
        Self::Internal(error.to_string())
    }
}
