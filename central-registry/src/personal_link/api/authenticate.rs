//! Who asks.

use consent::device_key::DevicePublicKey;
use identifiers::ServerId;
use registry_api::problem::Code;
use registry_api::request_signature::{
    CONTENT_DIGEST, Presented, SIGNATURE, SIGNATURE_INPUT, SignatureError, SignatureHeaders, Signed,
    VerifiedRequest, present,
};
use service_kit::http::Request;

use super::{Call, blocking};
use crate::personal_link::PersonalLink;
use crate::personal_link::failure::Failure;
use crate::personal_link::linking::devices::{self, Device};

/// The device that signed a request. Uses up the request: the same one a second time is refused.
///
/// # Errors
/// [`Code::Unauthenticated`], [`Code::ClockSkew`], [`Code::Replayed`].
pub(crate) async fn device(link: &PersonalLink, call: &Call) -> Result<Device, Failure> {
    let presented = presented(call)?;
    let link = link.clone();
    let work = move || {
        link.database.write("authenticate a device", |transaction| {
            let now = link.clock.now();
            let device = devices::find(transaction, &presented.key)?.ok_or(Code::Unauthenticated)?;
            let verified = presented.verify(&device.key, now).map_err(refusal)?;
            devices::use_nonce(transaction, &verified, now)?;
            Ok(device)
        })
    };
    blocking(work).await
}

/// That a request is signed by this key, which need not be enrolled. The caller must use up the nonce.
///
/// # Errors
/// [`Code::Unauthenticated`], [`Code::ClockSkew`].
pub(crate) fn by_key(
    link: &PersonalLink,
    call: &Call,
    key: &DevicePublicKey,
) -> Result<VerifiedRequest, Failure> {
    presented(call)?.verify(key, link.clock.now()).map_err(refusal)
}

/// The security server that asks: the one whose registered authentication certificate TLS has proven.
///
/// # Errors
/// [`Code::UnknownServer`].
pub(crate) fn server(link: &PersonalLink, request: &Request) -> Result<ServerId, Failure> {
    let certificate = request.peer().map(|peer| peer.leaf()).unwrap_or_default();
    let server = link.network.server_of_certificate(certificate, link.clock.now());
    server.ok_or_else(|| Code::UnknownServer.into())
}

fn presented(call: &Call) -> Result<Presented, Failure> {
    let header = |name: &str| {
        let mut values = call.request.headers.get_all(name);
        match (values.next(), values.next()) {
            (Some(value), None) => Ok(value.to_owned()),
            _ => Err(Failure::from(Code::Unauthenticated)),
        }
    };
    let headers = SignatureHeaders {
        content_digest: header(CONTENT_DIGEST)?,
        signature_input: header(SIGNATURE_INPUT)?,
        signature: header(SIGNATURE)?,
    };
    let Request { method, target, .. } = &call.request;
    present(&Signed { method, target, body: &call.body }, &headers).map_err(refusal)
}

fn refusal(error: SignatureError) -> Failure {
    match error {
        SignatureError::Skew => Code::ClockSkew.into(),
        SignatureError::Form | SignatureError::Body | SignatureError::Signature => {
            Code::Unauthenticated.into()
        }
    }
}
