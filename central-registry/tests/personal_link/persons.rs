//! Enrolment, links, consents.

use consent::device_key::DeviceKey;
use consent::event::EventKind;
use consent::opaque::Nonce;
use consent::record::Standing;
use registry_api::citizen_client::Validity;
use registry_api::problem::{Code, Problem};
use registry_api::request_signature::{Signed, sign};
use registry_api::{CitizenClient, ClientError};
use service_kit::http::Request;
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient, Location};

use crate::world::{CONSUMER, PROVIDER, Person, World, flow, subsystem};

fn code<T>(outcome: Result<T, ClientError>) -> Option<Code> {
    outcome.err().and_then(|error| error.problem().map(|problem| problem.code))
}

#[tokio::test]
async fn a_key_is_one_person() {
    let world = World::start().await;
    let (_, pkcs8) = DeviceKey::generate().unwrap();
    let key = || DeviceKey::from_pkcs8(&pkcs8).unwrap();
    let first = world.device_with(key()).enrol().await.unwrap();
    assert_eq!(world.device_with(key()).enrol().await.unwrap(), first);
    assert_ne!(world.device().enrol().await.unwrap().base_id, first.base_id);
    assert_eq!(code(world.device().links().await), Some(Code::Unauthenticated), "not enrolled");
}

#[tokio::test]
async fn devices_may_speak_tls() {
    let mut world = World::start().await;
    world.config.citizen_tls = true;
    world.restart().await;
    let address = world.citizen_address().replace("http:", "https:");
    let device = |certificate| {
        let (key, _) = DeviceKey::generate().unwrap();
        CitizenClient::new(&address, certificate, key, world.clock.clone())
    };
    device(Some(world.certificate())).unwrap().enrol().await.unwrap();
    assert!(device(Some(b"another".to_vec())).unwrap().enrol().await.is_err());
    assert!(device(None).is_err(), "a registry that nobody can recognise");
}

/// The raw request, so that it can be sent twice or changed.
#[tokio::test]
async fn requests_count_once_and_only_as_signed() {
    let world = World::start().await;
    let device = world.device();
    device.enrol().await.unwrap();
    let location = Location::parse(&world.citizen_address()).unwrap();
    let destination =
        Destination { host: location.host, port: location.port, security: ClientSecurity::Plain };
    let http = HttpClient::new(ClientSettings::default());
    let now = world.clock.now();
    let request = |signed_target: &str, target: &str, at: time::OffsetDateTime, nonce: u8| {
        let signed = Signed { method: "GET", target: signed_target, body: b"" };
        let headers = sign(device.key(), &signed, at, &Nonce::from_bytes([nonce; 16])).unwrap();
        Request::get(target)
            .header("Content-Digest", headers.content_digest)
            .header("Signature-Input", headers.signature_input)
            .header("Signature", headers.signature)
    };
    let links = "/v1/me/links";
    let hour = time::Duration::HOUR;
    let cases = [
        (request(links, links, now, 1), 200, None),
        (request(links, links, now, 1), 401, Some(Code::Replayed)),
        (request(links, "/v1/me/consents", now, 2), 401, Some(Code::Unauthenticated)),
        (request(links, links, now - hour, 3), 401, Some(Code::ClockSkew)),
        (request(links, links, now + hour, 4), 401, Some(Code::ClockSkew)),
        (Request::get(links), 401, Some(Code::Unauthenticated)),
        (request("/v1/nothing", "/v1/nothing", now, 5), 404, Some(Code::NotFound)),
        (Request::get("/v1/nothing"), 401, Some(Code::Unauthenticated)),
        // A wrong signature must not use up the nonce of a right one.
        (request(links, links, now, 2), 200, None),
    ];
    for (number, (request, status, expected)) in cases.into_iter().enumerate() {
        let response = http.send(&destination, request).await.unwrap();
        assert_eq!(response.status, status, "case {number}");
        let body = response.body.read_all(10_000).await.unwrap();
        let found = serde_json::from_slice::<Problem>(&body).ok().map(|problem| problem.code);
        assert_eq!(found, expected, "case {number}");
    }
}

#[tokio::test]
async fn a_token_makes_one_link() {
    let world = World::start().await;
    let (provider, consumer) = (world.server("T/GOV/1/p", PROVIDER), world.server("T/COM/2/c", CONSUMER));
    let device = world.device();
    device.enrol().await.unwrap();
    assert_eq!(code(device.link_token(&subsystem("T/GOV/9/none")).await), Some(Code::UnknownSubsystem));
    assert_eq!(code(device.link_token(&subsystem("T/GOV/1")).await), Some(Code::UnknownSubsystem));
    let token = device.link_token(&subsystem(PROVIDER)).await.unwrap().token;

    let refused = Some(Code::TokenRefused);
    assert_eq!(code(consumer.redeem(&token, CONSUMER).await), refused, "for another subsystem");
    assert_eq!(code(consumer.redeem(&token, PROVIDER).await), Some(Code::NotYourSubsystem));
    assert_eq!(code(provider.redeem("made up", PROVIDER).await), refused);
    let attempt = Nonce::from_bytes([7; 16]);
    let link = provider.redeem_as(&token, PROVIDER, attempt, None).await.unwrap();
    assert_eq!(code(provider.redeem(&token, PROVIDER).await), refused, "used");
    assert_eq!(
        provider.redeem_as(&token, PROVIDER, attempt, None).await.unwrap(),
        link,
        "the answer was lost, the same attempt gets it again"
    );
    let links = device.links().await.unwrap().links;
    assert_eq!(links.iter().map(|link| link.subsystem.to_path()).collect::<Vec<_>>(), [PROVIDER]);

    // The same person again keeps the link; a server that knows the record as another person's is warned.
    let again = device.link_token(&subsystem(PROVIDER)).await.unwrap().token;
    assert_eq!(provider.redeem_as(&again, PROVIDER, attempt, Some(link)).await.unwrap(), link);
    let other = world.device();
    other.enrol().await.unwrap();
    let token = other.link_token(&subsystem(PROVIDER)).await.unwrap().token;
    let outcome = provider.redeem_as(&token, PROVIDER, attempt, Some(link)).await;
    assert_eq!(code(outcome), Some(Code::OtherPerson));
    assert!(other.links().await.unwrap().links.is_empty(), "nothing was linked");
    assert_ne!(provider.redeem(&token, PROVIDER).await.unwrap(), link, "and the token is still good");
}

#[tokio::test]
async fn a_token_ends_with_its_time_and_there_are_not_many() {
    let mut world = World::start().await;
    let provider = world.server("T/GOV/1/p", PROVIDER);
    world.config.token_seconds = 1;
    world.restart().await;
    let device = world.device();
    device.enrol().await.unwrap();
    let token = device.link_token(&subsystem(PROVIDER)).await.unwrap().token;
    for _ in 1..20 {
        device.link_token(&subsystem(PROVIDER)).await.unwrap();
    }
    assert_eq!(code(device.link_token(&subsystem(PROVIDER)).await), Some(Code::TooMany));
    tokio::time::sleep(std::time::Duration::from_millis(1_100)).await;
    assert_eq!(code(provider.redeem(&token, PROVIDER).await), Some(Code::TokenRefused));
    device.link_token(&subsystem(PROVIDER)).await.unwrap();
}

#[tokio::test]
async fn the_life_of_a_consent() {
    let world = World::start().await;
    let (provider, consumer) = (world.server("T/GOV/1/p", PROVIDER), world.server("T/COM/2/c", CONSUMER));
    let device = world.device();
    let base_id = device.enrol().await.unwrap().base_id;
    let person = Person { device, base_id };
    person.link(&provider, PROVIDER).await;
    assert_eq!(code(person.grant().await), Some(Code::NotLinked), "only one of both");
    person.link(&consumer, CONSUMER).await;

    let granted = person.grant().await.unwrap();
    assert_eq!((granted.index, granted.standing), (0, Standing::InForce));
    assert_eq!(granted.servers.len(), 2);
    assert!(granted.servers.iter().any(|server| server.provider && server.server == provider.id));
    assert_eq!(code(person.grant().await), Some(Code::Conflict), "there is one in force");
    assert_eq!(code(person.device.refuse(base_id, flow()).await), Some(Code::Conflict));
    let withdrawn = person.withdraw().await.unwrap();
    assert_eq!((withdrawn.index, withdrawn.standing), (1, Standing::Withdrawn));
    assert_eq!(withdrawn.consent, granted.consent);
    assert_eq!(code(person.withdraw().await), Some(Code::Conflict), "final");
    person.device.refuse(base_id, flow()).await.unwrap();
    assert_eq!(code(person.withdraw().await), Some(Code::Conflict), "a refusal is final too");
    let again = person.grant().await.unwrap();
    assert_ne!(again.consent, granted.consent);

    let consents = person.device.consents().await.unwrap().consents;
    let standings: Vec<_> = consents.iter().map(|consent| consent.standing).collect();
    assert_eq!(standings, [Standing::InForce, Standing::Refused, Standing::Withdrawn]);
    let history = person.device.history(&granted.consent).await.unwrap();
    let kinds: Vec<_> = history.events.iter().map(|event| event.signed.event.kind).collect();
    assert_eq!(kinds, [EventKind::Grant, EventKind::Withdraw]);
    for event in history.events {
        event.signed.verify(person.device.key().public()).unwrap();
    }
}

#[tokio::test]
async fn events_that_are_not_the_persons_word_are_refused() {
    let world = World::start().await;
    let (provider, consumer) = (world.server("T/GOV/1/p", PROVIDER), world.server("T/COM/2/c", CONSUMER));
    let person = world.linked_person(&provider, &consumer).await;
    let other = world.linked_person(&provider, &consumer).await;
    let now = world.clock.now();
    let refused = Some(Code::EventRefused);

    let about_another = other.device.grant(person.base_id, flow(), person.validity()).await;
    assert_eq!(code(about_another), refused);
    let over = Validity { from: Some(now - time::Duration::HOUR), until: Some(now - time::Duration::SECOND) };
    assert_eq!(code(person.device.grant(person.base_id, flow(), over).await), refused, "over already");
    let granted = person.grant().await.unwrap();
    let history = person.device.history(&granted.consent).await.unwrap();
    let mut tampered = history.events[0].signed.clone();
    assert_eq!(code(person.device.record(&tampered).await), Some(Code::Conflict), "recorded already");
    tampered.event.flow.service = "taxes".into();
    assert_eq!(code(person.device.record(&tampered).await), refused);
    assert_eq!(code(other.device.record(&history.events[0].signed).await), refused);

    assert_eq!(code(other.device.history(&granted.consent).await), Some(Code::UnknownConsent));
    assert_eq!(
        code(other.device.withdraw(other.base_id, &history.consent).await),
        Some(Code::UnknownConsent)
    );
    assert_eq!(code(other.device.withdraw(person.base_id, &history.consent).await), refused);
    assert_eq!(person.device.consents().await.unwrap().consents[0].standing, Standing::InForce);
}

/// The database itself refuses to forget or to change what was said.
#[tokio::test]
async fn the_database_keeps_what_was_said() {
    let world = World::start().await;
    let (provider, consumer) = (world.server("T/GOV/1/p", PROVIDER), world.server("T/COM/2/c", CONSUMER));
    let person = world.linked_person(&provider, &consumer).await;
    person.grant().await.unwrap();
    person.withdraw().await.unwrap();
    world.stop().await;
    let database = rusqlite::Connection::open(world.database_file()).unwrap();
    for statement in [
        "UPDATE consent SET state = 'active'",
        "DELETE FROM consent",
        "UPDATE consent_event SET canonical = x'00'",
        "DELETE FROM consent_event",
    ] {
        assert!(database.execute(statement, []).is_err(), "{statement}");
    }
}
