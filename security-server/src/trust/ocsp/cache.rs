//! OCSP responses by certificate: our own on disk under X-Road's names, peers' in memory.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock};

use bytes::Bytes;
use pki::Certificate;
use pki::ocsp::{GoodStatus, OcspResponse};
use pki::trust::OcspPolicy;
use service_kit::files::{Readers, write_atomically};
use time::OffsetDateTime;

/// Certificates whose responses are remembered; a network has fewer servers that talk to one.
const REMEMBERED: usize = 10_000;
/// Largest response that is read from the disk. Bytes.
const RESPONSE_LIMIT: u64 = 64 * 1024;

/// The responses at hand.
pub(super) struct Cache {
    folder: PathBuf,
    entries: RwLock<HashMap<[u8; 32], Entry>>,
}

/// A response, and when it was found to be good (nothing before it is verified).
struct Entry {
    response: Bytes,
    good: Option<GoodStatus>,
}

impl Cache {
    /// Uses the folder, creating it; removes what an interrupted write left.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                fs::remove_file(entry.path())?;
            }
        }
        Ok(Self { folder: folder.to_owned(), entries: RwLock::default() })
    }

    /// The response of the certificate if it is good at `now`. A response that was never verified is
    /// verified by `verify` once; then only its age is looked at.
    pub(super) fn good(
        &self,
        certificate: &Certificate,
        now: OffsetDateTime,
        policy: &OcspPolicy,
        verify: impl FnOnce(&OcspResponse) -> Option<GoodStatus>,
    ) -> Option<Bytes> {
        if let Some(entry) =
            self.entries.read().unwrap_or_else(PoisonError::into_inner).get(certificate.sha256())
            && let Some(good) = &entry.good
        {
            return is_fresh(good, now, policy).then(|| entry.response.clone());
        }
        let response = self.any(certificate).or_else(|| self.read(certificate))?;
        let good = verify(&OcspResponse::parse(&response).ok()?)?;
        self.insert(certificate, Entry { response: response.clone(), good: Some(good) });
        Some(response)
    }

    /// The response of the certificate in memory, verified or not.
    pub(super) fn any(&self, certificate: &Certificate) -> Option<Bytes> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(certificate.sha256()).map(|entry| entry.response.clone())
    }

    /// When the response at hand was made, if it was good.
    pub(super) fn good_at(&self, certificate: &Certificate) -> Option<OffsetDateTime> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        entries.get(certificate.sha256())?.good.as_ref().map(GoodStatus::this_update)
    }

    /// Keeps a response of an own certificate, also over a restart.
    pub(super) fn keep(&self, certificate: &Certificate, response: Vec<u8>) -> io::Result<()> {
        write_atomically(&self.path(certificate), &response, Readers::Everybody)?;
        self.remember(certificate, response.into());
        Ok(())
    }

    /// Keeps a response in memory.
    pub(super) fn remember(&self, certificate: &Certificate, response: Bytes) {
        self.insert(certificate, Entry { response, good: None });
    }

    /// Removes the response of a certificate that is no longer good.
    pub(super) fn forget(&self, certificate: &Certificate) -> io::Result<()> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner).remove(certificate.sha256());
        match fs::remove_file(self.path(certificate)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn insert(&self, certificate: &Certificate, entry: Entry) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= REMEMBERED && !entries.contains_key(certificate.sha256()) {
            entries.clear();
        }
        entries.insert(*certificate.sha256(), entry);
    }

    fn read(&self, certificate: &Certificate) -> Option<Bytes> {
        let path = self.path(certificate);
        if fs::metadata(&path).ok()?.len() > RESPONSE_LIMIT {
            return None;
        }
        fs::read(path).ok().map(Bytes::from)
    }

    /// `<SHA-1 of the certificate>.ocsp`, as X-Road's signer names its cache.
    fn path(&self, certificate: &Certificate) -> PathBuf {
        self.folder.join(format!("{}.ocsp", hex::encode(certificate.sha1())))
    }
}

/// The age rules of the verification, without its cryptography.
fn is_fresh(good: &GoodStatus, now: OffsetDateTime, policy: &OcspPolicy) -> bool {
    let young = good.this_update() >= now - policy.freshness;
    let in_force = !policy.verify_next_update || good.next_update().is_none_or(|next| next >= now);
    young && in_force
}
