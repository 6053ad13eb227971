//! The small optional files: monitoring client, OCSP fetch interval, OCSP next update check.

use identifiers::ClientId;

use crate::content::ContentIdentifier;
use crate::xml::{Document, XmlError, boolean, client_id, number, required, set_once};

/// Fetch interval of OCSP responses when none is published, in seconds.
const DEFAULT_FETCH_INTERVAL_SECONDS: u32 = 1200;
/// Shorter fetch intervals are raised to this, in seconds.
const MIN_FETCH_INTERVAL_SECONDS: u32 = 60;
/// Root element of each of these files.
const ROOT: &str = "conf";

/// What the optional files of an instance say; defaults where a file is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extensions {
    /// Client that may ask every server for monitoring data, besides the server's owner.
    pub monitoring_client: Option<ClientId>,
    /// Seconds between two fetches of OCSP responses; 1200 when not published, at least 60.
    pub ocsp_fetch_interval_seconds: u32,
    /// Whether `nextUpdate` of OCSP responses is checked; it is when nothing is published.
    pub verify_next_update: bool,
}

impl Default for Extensions {
    fn default() -> Self {
        Self {
            monitoring_client: None,
            ocsp_fetch_interval_seconds: DEFAULT_FETCH_INTERVAL_SECONDS,
            verify_next_update: true,
        }
    }
}

impl Extensions {
    /// Takes over one file. Files of other kinds are not looked at.
    ///
    /// # Errors
    /// The file is not of its schema.
    pub fn take(&mut self, content: &ContentIdentifier, bytes: &[u8]) -> Result<(), XmlError> {
        match content {
            ContentIdentifier::Monitoring => self.monitoring_client = monitoring_client(bytes)?,
            ContentIdentifier::FetchInterval => {
                let seconds = single(bytes, "ocspFetchInterval", number)?;
                self.ocsp_fetch_interval_seconds = seconds.max(MIN_FETCH_INTERVAL_SECONDS);
            }
            ContentIdentifier::NextUpdate => {
                self.verify_next_update = single(bytes, "verifyNextUpdate", boolean)?;
            }
            ContentIdentifier::PrivateParameters
            | ContentIdentifier::SharedParameters
            | ContentIdentifier::Other(_) => {}
        }
        Ok(())
    }
}

fn monitoring_client(bytes: &[u8]) -> Result<Option<ClientId>, XmlError> {
    let mut document = Document::open(bytes, ROOT)?;
    let mut client = None;
    while let Some(child) = document.next_child(ROOT)? {
        if child.name() != "monitoringClient" {
            return Err(child.unexpected_in(ROOT));
        }
        while let Some(inner) = document.next_child("monitoringClient")? {
            if inner.name() != "monitoringClientId" {
                return Err(inner.unexpected_in("monitoringClient"));
            }
            let id = client_id(&mut document, &inner)?;
            set_once(&mut client, id, "monitoringClient", "monitoringClientId")?;
        }
    }
    document.finish()?;
    Ok(client)
}

/// A document whose root has this one child.
fn single<T>(
    bytes: &[u8],
    name: &'static str,
    read: impl Fn(&mut Document<'_>, &crate::xml::Element) -> Result<T, XmlError>,
) -> Result<T, XmlError> {
    let mut document = Document::open(bytes, ROOT)?;
    let mut value = None;
    while let Some(child) = document.next_child(ROOT)? {
        if child.name() != name {
            return Err(child.unexpected_in(ROOT));
        }
        set_once(&mut value, read(&mut document, &child)?, ROOT, name)?;
    }
    document.finish()?;
    required(value, ROOT, name)
}

#[cfg(test)]
mod tests;
