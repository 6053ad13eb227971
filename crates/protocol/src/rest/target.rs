//! Request targets: `/r1/{instance}/{class}/{member}/{subsystem}/{service}[/path][?query]`.

use identifiers::path::decode_segment;
use identifiers::{ClientId, IdentifierError, MemberId, ServiceId};

use super::RestError;

/// What a request target names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestTarget {
    /// The service; it belongs to a subsystem and has no version.
    pub service: ServiceId,
    /// The rest of the path as sent, beginning with `/`, or empty.
    pub service_path: String,
    /// The query as sent, without `?`.
    pub query: Option<String>,
}

/// Reads a request target. The identifiers are decoded strictly; service path and query stay as they are.
///
/// # Errors
/// [`RestError::ProtocolVersion`], [`RestError::ServiceMissing`] or [`RestError::Identifier`].
pub fn parse_target(target: &str) -> Result<RestTarget, RestError> {
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (target, None),
    };
    let segments: Vec<&str> = path.splitn(8, '/').collect();
    let ["", version, instance, class, member, subsystem, service, service_path @ ..] = segments.as_slice()
    else {
        let version_one = segments.first() == Some(&"") && segments.get(1) == Some(&"r1");
        return Err(if version_one { RestError::ServiceMissing } else { RestError::ProtocolVersion });
    };
    if *version != "r1" {
        return Err(RestError::ProtocolVersion);
    }
    let service = service_of([instance, class, member, subsystem, service])
        .map_err(|reason| RestError::Identifier { place: "request target", reason })?;
    let service_path = service_path.first().map(|rest| format!("/{rest}")).unwrap_or_default();
    Ok(RestTarget { service, service_path, query: query.map(str::to_owned) })
}

/// Reads a service from five encoded segments; the subsystem is mandatory in REST.
pub(super) fn service_of(segments: [&str; 5]) -> Result<ServiceId, IdentifierError> {
    let [instance, class, member, subsystem, service] = segments;
    let (instance, class, member) =
        (decode_segment(instance)?, decode_segment(class)?, decode_segment(member)?);
    let member = MemberId::new(&instance, &class, &member)?;
    ServiceId::new(ClientId::new(member, Some(&decode_segment(subsystem)?))?, &decode_segment(service)?, None)
}

/// Checks a target as the provider side does: path and query of RFC 2396 in ASCII, without scheme, authority and
/// fragment. (The consumer side forwards more, as a stock server does; the refusal then comes from the provider side.)
///
/// # Errors
/// [`RestError::InvalidUri`].
pub fn check_uri(target: &str) -> Result<(), RestError> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let in_path = |byte: u8| is_uri_character(byte) || b"/;:@&=+$,".contains(&byte);
    let in_query = |byte: u8| in_path(byte) || b"?[]".contains(&byte);
    let good = path.starts_with('/')
        && !path.starts_with("//")
        && consists_of(path.as_bytes(), in_path)
        && consists_of(query.as_bytes(), in_query);
    if good { Ok(()) } else { Err(RestError::InvalidUri) }
}

/// RFC 2396 `unreserved`.
fn is_uri_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte)
}

/// True if the text consists of allowed characters and complete escapes.
fn consists_of(text: &[u8], allowed: impl Fn(u8) -> bool) -> bool {
    let mut rest = text;
    loop {
        rest = match rest {
            [] => return true,
            [b'%', high, low, tail @ ..] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => tail,
            [byte, tail @ ..] if allowed(*byte) => tail,
            _ => return false,
        };
    }
}
