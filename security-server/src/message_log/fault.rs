//! Fault points of the writer, for tests: what happens when the process or the disk fails just before
//! or just after a commit took effect.

use std::sync::atomic::{AtomicI64, Ordering};

use super::store::StoreError;

/// Where and how to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The process ends without a word before the commit.
    AbortBefore,
    /// The process ends without a word after the commit, before anybody hears of it.
    AbortAfter,
    /// The disk refuses before the commit.
    ErrorBefore,
}

/// Fails at the commit of this number, counted from the start of the writer.
#[derive(Debug, Default)]
pub(super) struct FaultPoint {
    plan: Option<(Fault, i64)>,
    commits: AtomicI64,
}

impl FaultPoint {
    /// `MESSAGE_LOG_FAULT=before:7` in the environment of a child process.
    pub(super) fn from_environment() -> Self {
        let plan = std::env::var("MESSAGE_LOG_FAULT").ok().and_then(|text| {
            let (place, number) = text.split_once(':')?;
            let fault = match place {
                "before" => Fault::AbortBefore,
                "after" => Fault::AbortAfter,
                "error" => Fault::ErrorBefore,
                _ => return None,
            };
            Some((fault, number.parse().ok()?))
        });
        Self { plan, commits: AtomicI64::new(0) }
    }

    pub(super) fn before_commit(&self) -> Result<(), StoreError> {
        let number = self.commits.fetch_add(1, Ordering::Relaxed) + 1;
        match self.plan {
            Some((Fault::AbortBefore, at)) if at == number => std::process::abort(),
            Some((Fault::ErrorBefore, at)) if at == number => {
                Err(StoreError::Io(std::io::Error::other("injected fault")))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn after_commit(&self) {
        if let Some((Fault::AbortAfter, at)) = self.plan
            && at == self.commits.load(Ordering::Relaxed)
        {
            std::process::abort();
        }
    }
}
