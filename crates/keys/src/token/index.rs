//! `token.toml`: use and label of each key.

use super::{KeyEntry, KeyId, TokenError, files};
use pki::csr::CertificateUse;
use serde::{Deserialize, Serialize};
use std::path::Path;

#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Index {
    #[serde(default)]
    key: Vec<IndexEntry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct IndexEntry {
    id: String,
    usage: Usage,
    #[serde(default)]
    pub(super) label: String,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Usage {
    Authentication,
    Signing,
    Tls,
}

impl IndexEntry {
    pub(super) fn usage(&self) -> CertificateUse {
        match self.usage {
            Usage::Authentication => CertificateUse::Authentication,
            Usage::Signing => CertificateUse::Signing,
            Usage::Tls => CertificateUse::Tls,
        }
    }
}

impl Index {
    /// An index that is not there is empty.
    pub(super) fn read(path: &Path) -> Result<Self, TokenError> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let damaged = || TokenError::Damaged(path.to_owned());
        let bytes = files::read(path)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| damaged())?;
        toml::from_str(text).map_err(|_| damaged())
    }

    pub(super) fn of(entries: &[KeyEntry]) -> Self {
        let key = entries.iter().filter_map(|entry| {
            let usage = match entry.usage? {
                CertificateUse::Authentication => Usage::Authentication,
                CertificateUse::Signing => Usage::Signing,
                CertificateUse::Tls => Usage::Tls,
            };
            Some(IndexEntry { id: entry.id.to_string(), usage, label: entry.label.clone() })
        });
        Self { key: key.collect() }
    }

    pub(super) fn find(&self, id: &KeyId) -> Option<&IndexEntry> {
        self.key.iter().find(|entry| entry.id == id.as_str())
    }

    /// Strings in tables of strings always have a TOML form.
    pub(super) fn to_text(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }
}
