//! Routes for citizens' devices, see `registry_api::citizen`.

use consent::event::{EventKind, SignedEvent};
use consent::opaque::ConsentId;
use identifiers::BaseId;
use registry_api::citizen::{Enrol, Enrolled, LinkToken, LinkTokenRequest, Links};
use registry_api::problem::{Code, Problem};
use service_kit::http::{Request, Response};
use service_kit::random;
use time::Duration;

use super::{Call, answer, authenticate, blocking};
use crate::personal_link::PersonalLink;
use crate::personal_link::consent::{history, record};
use crate::personal_link::failure::Failure;
use crate::personal_link::linking::devices::Device;
use crate::personal_link::linking::{devices, handles, tokens};

/// Answers a request on the citizens' port.
pub async fn handle(link: &PersonalLink, request: Request) -> Response {
    answer(route(link, request).await)
}

async fn route(link: &PersonalLink, request: Request) -> Result<Response, Failure> {
    let segments = request.segments().ok_or(Code::NotFound)?;
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let call = Call::read(request).await?;
    if let ("POST", ["v1", "enrol"]) = (call.request.method.as_str(), &*segments) {
        return Ok(Response::json(201, &enrol(link, &call).await?));
    }
    // Strangers learn nothing about which paths there are.
    let device = authenticate::device(link, &call).await?;
    match (call.request.method.as_str(), &*segments) {
        ("POST", ["v1", "me", "links"]) => Ok(Response::json(201, &link_token(link, &device, &call).await?)),
        ("GET", ["v1", "me", "links"]) => Ok(Response::json(200, &links(link, &device).await?)),
        ("POST", ["v1", "me", "consents"]) => open_consent(link, &device, &call).await,
        ("GET", ["v1", "me", "consents"]) => consents(link, &device).await,
        ("GET", ["v1", "me", "consents", id]) => one_consent(link, &device, id).await,
        ("POST", ["v1", "me", "consents", id, "withdraw"]) => withdraw(link, &device, id, &call).await,
        _ => Err(Code::NotFound.into()),
    }
}

async fn enrol(link: &PersonalLink, call: &Call) -> Result<Enrolled, Failure> {
    let Enrol { public_key } = call.json()?;
    let verified = authenticate::by_key(link, call, &public_key.0)?;
    let fresh = BaseId::from_bytes(random::bytes()?);
    let link = link.clone();
    blocking(move || {
        let now = link.clock.now();
        link.database.write("enrol a device", |transaction| {
            devices::use_nonce(transaction, &verified, now)?;
            let base_id = devices::enrol(transaction, &public_key.0, fresh, now)?;
            Ok(Enrolled { base_id, key: public_key.0.id() })
        })
    })
    .await
}

async fn link_token(link: &PersonalLink, device: &Device, call: &Call) -> Result<LinkToken, Failure> {
    let LinkTokenRequest { subsystem } = call.json()?;
    if subsystem.subsystem().is_none() || !link.network.exists(&subsystem) {
        return Err(Code::UnknownSubsystem.into());
    }
    let (fresh, person, link) = (random::bytes()?, device.person, link.clone());
    blocking(move || {
        let now = consent::instant::truncate(link.clock.now());
        let lifetime = i64::try_from(link.config.token_seconds).unwrap_or(0);
        let times = (now, now + Duration::seconds(lifetime));
        link.database.write("issue a link token", |transaction| {
            tokens::issue(transaction, &person, &subsystem, fresh, times)
        })
    })
    .await
}

async fn links(link: &PersonalLink, device: &Device) -> Result<Links, Failure> {
    let (person, link) = (device.person, link.clone());
    blocking(move || {
        link.database
            .read("read links", |transaction| Ok(Links { links: handles::links_of(transaction, &person)? }))
    })
    .await
}

async fn open_consent(link: &PersonalLink, device: &Device, call: &Call) -> Result<Response, Failure> {
    let signed: SignedEvent = call.json()?;
    if signed.event.kind == EventKind::Withdraw {
        return Err(Problem::new(Code::EventRefused).with_detail("a withdrawal has its own path").into());
    }
    Ok(Response::json(201, &record::record(link, device, signed).await?))
}

async fn withdraw(link: &PersonalLink, device: &Device, id: &str, call: &Call) -> Result<Response, Failure> {
    let signed: SignedEvent = call.json()?;
    let id: ConsentId = id.parse().map_err(|_| Code::UnknownConsent)?;
    if signed.event.kind != EventKind::Withdraw || signed.event.consent != id {
        return Err(Problem::new(Code::EventRefused).with_detail("not a withdrawal of this consent").into());
    }
    Ok(Response::json(200, &record::record(link, device, signed).await?))
}

async fn consents(link: &PersonalLink, device: &Device) -> Result<Response, Failure> {
    let (person, link) = (device.person, link.clone());
    let consents = blocking(move || {
        let now = link.clock.now();
        link.database.read("read consents", |transaction| history::consents(transaction, &person, now))
    });
    Ok(Response::json(200, &consents.await?))
}

async fn one_consent(link: &PersonalLink, device: &Device, id: &str) -> Result<Response, Failure> {
    let id: ConsentId = id.parse().map_err(|_| Code::UnknownConsent)?;
    let (person, link) = (device.person, link.clone());
    let consent = blocking(move || {
        let now = link.clock.now();
        link.database.read("read a consent", |transaction| history::history(transaction, &person, &id, now))
    });
    Ok(Response::json(200, &consent.await?))
}
