//! Answers that tests switch to on purpose. They survive a restart, and every start says so.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use service_kit::files::{Readers, write_atomically};

use crate::authority::StateError;

/// How the OCSP responder answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OcspMode {
    /// As the register says.
    #[default]
    Good,
    /// Every certificate that was issued is revoked.
    Revoked,
    /// No certificate is known.
    Unknown,
    /// As the register says, but a week old.
    Stale,
    /// Not at all.
    Down,
}

/// How the TSA answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TsaMode {
    /// As it should.
    #[default]
    Ok,
    /// Not at all.
    Down,
    /// With a rejection.
    Reject,
}

/// Both modes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Modes {
    /// Of the OCSP responder.
    pub ocsp: OcspMode,
    /// Of the TSA.
    pub tsa: TsaMode,
}

/// The modes of a state folder.
pub struct ModeSwitch {
    path: PathBuf,
    now: Mutex<Modes>,
}

impl ModeSwitch {
    /// The modes as they were left; without a file everything is as it should be.
    ///
    /// # Errors
    /// [`StateError`]: the file cannot be read, or holds something else.
    pub fn load(folder: &Path) -> Result<Self, StateError> {
        let path = folder.join("modes.json");
        let modes = match std::fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)
                .map_err(|error| StateError::Damaged { path: path.clone(), problem: error.to_string() })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Modes::default(),
            Err(cause) => return Err(StateError::File { path, cause }),
        };
        Ok(Self { path, now: Mutex::new(modes) })
    }

    /// The modes now.
    pub fn now(&self) -> Modes {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Switches `service` (`ocsp` or `tsa`) to a mode by its name; `None` when there is no such thing.
    ///
    /// # Errors
    /// The modes could not be kept; nothing is switched then.
    pub fn switch(&self, service: &str, mode: &str) -> io::Result<Option<Modes>> {
        let name = serde_json::Value::from(mode);
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let mut modes = *now;
        let known = match service {
            "ocsp" => serde_json::from_value(name).map(|mode| modes.ocsp = mode).is_ok(),
            "tsa" => serde_json::from_value(name).map(|mode| modes.tsa = mode).is_ok(),
            _ => false,
        };
        if !known {
            return Ok(None);
        }
        write_atomically(&self.path, &serde_json::to_vec(&modes)?, Readers::Everybody)?;
        *now = modes;
        Ok(Some(modes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_switched_by_name_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        let switch = ModeSwitch::load(folder.path()).unwrap();
        assert_eq!(switch.now(), Modes::default());
        assert_eq!(switch.switch("ocsp", "stale").unwrap().unwrap().ocsp, OcspMode::Stale);
        assert_eq!(switch.switch("tsa", "down").unwrap().unwrap().tsa, TsaMode::Down);
        for (service, mode) in
            [("ocsp", "ok"), ("tsa", "revoked"), ("ca", "down"), ("ocsp", "reject"), ("ocsp", "")]
        {
            assert_eq!(switch.switch(service, mode).unwrap(), None);
        }
        let kept = Modes { ocsp: OcspMode::Stale, tsa: TsaMode::Down };
        assert_eq!(ModeSwitch::load(folder.path()).unwrap().now(), kept);
    }
}
