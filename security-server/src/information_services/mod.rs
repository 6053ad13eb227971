//! What the ports for information systems answer by themselves, without any message: `GET` requests outside of `/r1/`.
//!
//! | request | answer | who may ask |
//! | --- | --- | --- |
//! | `/listClients` | [`clients`]: members and subsystems of an instance | everybody |
//! | `/asic` | [`asic`]: evidence of one exchange | the client itself |
//! | `/verificationconf` | [`verification_conf`]: what a verifier needs of the global configuration | everybody |
//! | `/wsdl` | [`wsdl`]: the description of a SOAP service, by a `getWsdl` of the caller's client | the client itself |
//!
//! Everything else falls through to the message protocols; so does `/wsdl` where it is switched off.

pub mod asic;
pub mod clients;
pub mod verification_conf;
pub mod wsdl;
mod zip_file;

pub(crate) use zip_file::{ZipEntry, zip_file};

use service_kit::http::{Request, Response};

use crate::relay::Relay;

/// The answer to a request that is for this module; `None` for every other.
pub async fn answer(relay: &Relay, request: &Request) -> Option<Response> {
    match (request.method.as_str(), request.path()) {
        ("GET", "/listClients") => Some(clients::answer(relay, request)),
        ("GET", "/asic") => Some(asic::answer(relay, request).await),
        ("GET", "/verificationconf") => Some(verification_conf::answer(relay).await),
        ("GET", "/wsdl") if relay.allows_get_wsdl() => Some(wsdl::answer(relay, request).await),
        _ => None,
    }
}

/// A parameter that must be there and say something.
fn required(request: &Request, name: &str) -> Result<String, String> {
    let given = request.query_value(name).filter(|value| !value.trim().is_empty());
    given.ok_or_else(|| format!("Parameter \"{name}\" must be specified"))
}
