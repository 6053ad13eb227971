//! The verdict about a container.

use evidence::asic::{self, AsicError, AsicLimits};
use evidence::container::{ContainerError, Report};
use evidence::verify_container;

use crate::arguments::Arguments;
use crate::load::{self, LoadError};

/// What came out.
#[derive(Debug)]
pub enum Verdict {
    /// Everything was in order.
    Valid(Box<Report>),
    /// The container proves nothing.
    Invalid {
        /// X-Road's reason code.
        code: String,
        /// The same for people.
        message: String,
    },
    /// There was nothing to judge.
    Unreadable(Unreadable),
}

/// Why there was nothing to judge.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// A file.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The container is no intact archive.
    #[error("cannot read the container: {0}")]
    Archive(AsicError),
}

impl Verdict {
    /// Exit status of the program.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::Valid(_) => 0,
            Self::Invalid { .. } => 1,
            Self::Unreadable(_) => 2,
        }
    }
}

impl From<LoadError> for Verdict {
    fn from(error: LoadError) -> Self {
        Self::Unreadable(error.into())
    }
}

impl From<AsicError> for Verdict {
    /// What X-Road has a reason code for is a verdict; a damaged archive is none.
    fn from(error: AsicError) -> Self {
        match error.code() {
            Some(code) => Self::Invalid { code: code.to_owned(), message: error.to_string() },
            None => Self::Unreadable(Unreadable::Archive(error)),
        }
    }
}

impl From<ContainerError> for Verdict {
    fn from(error: ContainerError) -> Self {
        Self::Invalid { code: error.code(), message: error.to_string() }
    }
}

/// Reads and verifies what the command line names.
pub fn of(arguments: &Arguments) -> Verdict {
    verify(arguments).unwrap_or_else(|verdict| verdict)
}

fn verify(arguments: &Arguments) -> Result<Verdict, Verdict> {
    let bytes = load::container(&arguments.container)?;
    let configuration = load::global_conf(&arguments.global_conf)?;
    let container = asic::read(&bytes, &AsicLimits::default())?;
    let report = verify_container(&container, &configuration, arguments.at)?;
    Ok(Verdict::Valid(Box::new(report)))
}
