//! The anchor that security servers and federated instances are given.

use globalconf::Anchor;
use globalconf::anchor::AnchorSource;
use time::OffsetDateTime;

use super::Source;
use super::signing_keys::SigningKeys;
use crate::config::GlobalConfigurationConfig;

/// The anchor of a source. First all addresses over HTTP, then, where we serve it, all over HTTPS, as X-Road's
/// central server orders them; security servers of X-Road need at least one of the former.
#[must_use]
pub fn anchor(
    instance: &str,
    source: Source,
    config: &GlobalConfigurationConfig,
    keys: &SigningKeys,
    now: OffsetDateTime,
) -> Anchor {
    let schemes: &[&str] = if config.https_listen.is_some() { &["http", "https"] } else { &["http"] };
    let place = |scheme: &str, address: &String| AnchorSource {
        download_url: format!("{scheme}://{address}/{}", source.directory_name()),
        verification_certs: vec![keys.of(source).certificate().der().to_vec()],
    };
    let places =
        schemes.iter().flat_map(|scheme| config.addresses.iter().map(move |address| place(scheme, address)));
    Anchor { generated_at: Some(now), instance: instance.to_owned(), sources: places.collect() }
}
