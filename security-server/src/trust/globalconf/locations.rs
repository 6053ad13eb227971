//! Where the global configuration may be downloaded, in the order in which the places are tried.
//!
//! The rule is X-Road's: the place that worked last time, then the sources that the stored shared
//! parameters name (so that moved addresses and new signing keys are found with an old anchor), then
//! the anchor's own. Within each group HTTPS comes before HTTP, in random order.

use std::sync::Arc;

use globalconf::{Anchor, SharedParams};
use service_kit::http_client::Location;

/// One place to download a signed directory from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Address of the signed directory.
    pub(super) url: String,
    /// Certificates (DER) that may have signed it.
    pub(super) certificates: Arc<Vec<Vec<u8>>>,
}

/// All places for one anchor. `shuffle` orders places of equal rank.
pub(super) fn candidates(
    anchor: &Anchor,
    stored: Option<&SharedParams>,
    last_good: Option<&str>,
    https: bool,
    shuffle: &mut dyn FnMut(&mut [Candidate]),
) -> Vec<Candidate> {
    let mut ordered = Vec::new();
    let mut add = |group: Vec<Candidate>| {
        for secure in [true, false] {
            let mut same: Vec<Candidate> =
                group.iter().filter(|place| is_https(&place.url) == secure).cloned().collect();
            shuffle(&mut same);
            ordered.append(&mut same);
        }
    };
    if let (Some(stored), Some(directory)) = (stored, directory_of(anchor)) {
        add(from_sources(stored, &directory, https));
    }
    add(from_anchor(anchor, https));
    let mut unique: Vec<Candidate> = Vec::new();
    for place in ordered {
        if !unique.contains(&place) {
            unique.push(place);
        }
    }
    // Stable: among places of equal address the first stays first.
    unique.sort_by_key(|place| Some(place.url.as_str()) != last_good);
    unique
}

/// The addresses of the anchor; each `http://` address has an `https://` twin.
fn from_anchor(anchor: &Anchor, https: bool) -> Vec<Candidate> {
    let mut places = Vec::new();
    for source in &anchor.sources {
        let certificates = Arc::new(source.verification_certs.clone());
        let mut add = |url: String| places.push(Candidate { url, certificates: Arc::clone(&certificates) });
        match source.download_url.strip_prefix("http://") {
            Some(rest) => {
                if https {
                    add(format!("https://{rest}"));
                }
                add(source.download_url.clone());
            }
            // X-Road reaches an https address only as the twin of an http one; we take it as written.
            None if https => add(source.download_url.clone()),
            None => {}
        }
    }
    places
}

/// The addresses of the sources in stored shared parameters (format V3 and later).
fn from_sources(stored: &SharedParams, directory: &str, https: bool) -> Vec<Candidate> {
    let mut places = Vec::new();
    for source in &stored.sources {
        let internal = &source.internal_verification_certs;
        let external = &source.external_verification_certs;
        let certificates = Arc::new(match directory {
            "internalconf" => internal.clone(),
            "externalconf" => external.clone(),
            _ => internal.iter().chain(external).cloned().collect(),
        });
        if certificates.is_empty() {
            continue;
        }
        for scheme in if https { &["https", "http"][..] } else { &["http"][..] } {
            let url = format!("{scheme}://{}/{directory}", source.address);
            places.push(Candidate { url, certificates: Arc::clone(&certificates) });
        }
    }
    places
}

/// Path, without leading slash, of the anchor's first HTTP address: `internalconf`, or `INST/conf` of a
/// configuration proxy.
fn directory_of(anchor: &Anchor) -> Option<String> {
    let first =
        anchor.sources.iter().map(|source| &source.download_url).find(|url| url.starts_with("http://"))?;
    let location = Location::parse(first).ok()?;
    let path = location.target.split('?').next().unwrap_or_default();
    Some(path.trim_start_matches('/').to_owned()).filter(|path| !path.is_empty())
}

fn is_https(url: &str) -> bool {
    url.starts_with("https://")
}

/// The address that asks for one format version.
pub(super) fn with_version(url: &str, version: u8) -> String {
    let separator = if url.contains('?') { '&' } else { '?' };
    format!("{url}{separator}version={version}")
}

/// Whether the address fixes its version already.
pub(super) fn names_version(url: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').any(|pair| pair.strip_prefix("version=").is_some_and(|value| !value.is_empty()))
}

/// Address of a part: its location, resolved against scheme and host of the directory's address.
/// Anything but an absolute path is refused (`None`): a directory cannot send us elsewhere.
pub(super) fn part_url(directory: &str, location: &str) -> Option<String> {
    let (scheme, rest) = directory.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    if !location.starts_with('/') || location.starts_with("//") {
        return None;
    }
    Some(format!("{scheme}://{host}{location}"))
}

#[cfg(test)]
mod tests {
    use globalconf::anchor::AnchorSource;
    use globalconf::shared_params::ConfigurationSource;

    use super::*;

    fn anchor(urls: &[&str]) -> Anchor {
        let source =
            |url: &&str| AnchorSource { download_url: (*url).to_owned(), verification_certs: vec![vec![1]] };
        Anchor { generated_at: None, instance: "INST".to_owned(), sources: urls.iter().map(source).collect() }
    }

    fn stored() -> SharedParams {
        let source = |address: &str| ConfigurationSource {
            address: address.to_owned(),
            internal_verification_certs: vec![vec![2]],
            external_verification_certs: vec![vec![3]],
        };
        SharedParams { sources: vec![source("a"), source("b")], ..SharedParams::default() }
    }

    fn urls(places: &[Candidate]) -> Vec<&str> {
        places.iter().map(|place| place.url.as_str()).collect()
    }

    #[test]
    fn stored_sources_come_before_the_anchor_and_https_before_http() {
        let anchor = anchor(&["http://cs/internalconf"]);
        let places = candidates(&anchor, Some(&stored()), None, true, &mut |_| {});
        assert_eq!(
            urls(&places),
            [
                "https://a/internalconf",
                "https://b/internalconf",
                "http://a/internalconf",
                "http://b/internalconf",
                "https://cs/internalconf",
                "http://cs/internalconf",
            ]
        );
        assert_eq!(*places[0].certificates, [[2]]);
        assert_eq!(*places[5].certificates, [[1]]);
    }

    #[test]
    fn the_directory_decides_which_certificates_may_sign() {
        for (url, expected) in [
            ("http://cs/internalconf", vec![vec![2]]),
            ("http://cs/externalconf", vec![vec![3]]),
            ("http://cp/PROXY/conf", vec![vec![2], vec![3]]),
        ] {
            let places = candidates(&anchor(&[url]), Some(&stored()), None, false, &mut |_| {});
            assert_eq!(*places[0].certificates, expected, "{url}");
        }
        let places = candidates(
            &anchor(&["http://cp/PROXY/conf?version=3"]),
            Some(&stored()),
            None,
            false,
            &mut |_| {},
        );
        assert_eq!(places[0].url, "http://a/PROXY/conf");
    }

    #[test]
    fn the_place_that_worked_last_goes_first() {
        let anchor = anchor(&["http://one/internalconf", "http://two/internalconf"]);
        let places = candidates(&anchor, None, Some("http://two/internalconf"), true, &mut |_| {});
        assert_eq!(places[0].url, "http://two/internalconf");
        assert_eq!(places.len(), 4);
    }

    #[test]
    fn equal_ranks_are_shuffled_and_doubles_left_out() {
        let anchor =
            anchor(&["http://one/internalconf", "http://two/internalconf", "http://one/internalconf"]);
        let places = candidates(&anchor, None, None, false, &mut |same| same.reverse());
        assert_eq!(urls(&places), ["http://one/internalconf", "http://two/internalconf"]);
    }

    #[test]
    fn parts_are_fetched_from_the_directory_s_host_only() {
        let directory = "http://cs:81/internalconf?version=6";
        assert_eq!(
            part_url(directory, "/V6/1/shared-params.xml").unwrap(),
            "http://cs:81/V6/1/shared-params.xml"
        );
        for wrong in ["//evil/x", "http://evil/x", "V6/x", ""] {
            assert_eq!(part_url(directory, wrong), None, "{wrong}");
        }
    }

    #[test]
    fn versions_are_asked_for_unless_the_address_has_one() {
        assert_eq!(with_version("http://cs/internalconf", 6), "http://cs/internalconf?version=6");
        assert_eq!(with_version("http://cs/x?a=b", 2), "http://cs/x?a=b&version=2");
        assert!(names_version("http://cs/x?a=b&version=3"));
        assert!(!names_version("http://cs/version=3") && !names_version("http://cs/x?version="));
    }
}
