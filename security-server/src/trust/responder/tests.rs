//! The bytes of port 5577, in both directions.

use bytes::Bytes;
use pki::Certificate;
use pki::ocsp::CertStatus;
use time::Duration;

use super::*;
use crate::trust::testing::{CAPTURED, World, ocsp_store};

struct Desk {
    world: World,
    responder: Arc<OcspResponder>,
    responses: [Vec<u8>; 2],
    clock: Clock,
    _folder: tempfile::TempDir,
}

/// A server with two certificates of its own, both with a good response.
fn desk() -> Desk {
    let world = World::new();
    let store = GlobalConfStore::fixed(world.conf());
    let clock = Clock::manual(CAPTURED);
    let (ocsp, folder) = ocsp_store(vec![world.ss1.clone(), world.ss2.clone()], &store, &clock);
    let responses = [&world.ss1, &world.ss2].map(|own| {
        let response = world.status(own, CertStatus::Good, CAPTURED - Duration::minutes(5));
        ocsp.put_for_tests(own, response.clone());
        response
    });
    let responder = OcspResponder::new(ocsp, store, clock.clone());
    Desk { world, responder, responses, clock, _folder: folder }
}

async fn ask(desk: &Desk, method: &str, target: &str) -> (u16, String, Bytes) {
    let response = desk.responder.respond(&Request::new(method, target));
    let content_type = response.headers.get("Content-Type").unwrap_or_default().to_owned();
    (response.status, content_type, response.body.read_all(1_000_000).await.unwrap())
}

fn sha1(certificate: &Certificate) -> String {
    hex::encode(certificate.sha1())
}

#[tokio::test]
async fn responses_come_in_the_order_of_the_question_as_jetty_writes_them() {
    let desk = desk();
    let (one, two) = (sha1(&desk.world.ss1), sha1(&desk.world.ss2));
    let (status, content_type, body) =
        ask(&desk, "GET", &format!("/?cert={two}&cert={one}&cert={two}")).await;
    assert_eq!(status, 200);
    let start = "multipart/related; type=\"application/ocsp-response\"; charset=UTF-8; boundary=jetty";
    let boundary = content_type.strip_prefix(start).unwrap();
    assert!(boundary.len() == 30 && boundary.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    let mut expected = Vec::new();
    for (number, response) in
        [&desk.responses[1], &desk.responses[0], &desk.responses[1]].into_iter().enumerate()
    {
        let before = if number == 0 { "" } else { "\r\n" };
        let head = format!("{before}--jetty{boundary}\r\nContent-Type: application/ocsp-response\r\n\r\n");
        expected.extend_from_slice(head.as_bytes());
        expected.extend_from_slice(response);
    }
    expected.extend_from_slice(format!("\r\n--jetty{boundary}--\r\n").as_bytes());
    assert_eq!(body, expected);
}

#[tokio::test]
async fn sha1_counts_where_both_are_given_and_sha256_alone_is_answered() {
    let desk = desk();
    let sha256 = hex::encode(desk.world.ss1.sha256());
    for target in [
        format!("/?cert={}&cert_hash={sha256}", sha1(&desk.world.ss1)),
        format!("/any/path?cert_hash={sha256}"),
    ] {
        let (status, _, body) = ask(&desk, "GET", &target).await;
        assert_eq!(status, 200, "{target}");
        let found =
            body.windows(desk.responses[0].len()).filter(|window| *window == desk.responses[0]).count();
        assert_eq!(found, 1, "{target}");
    }
}

#[tokio::test]
async fn everything_else_is_an_error_with_a_text() {
    let desk = desk();
    let known = sha1(&desk.world.ss1);
    let many = format!("/?{}", vec![format!("cert={known}"); 33].join("&"));
    let table = [
        ("GET", "/".to_owned(), "no certificate hash given"),
        ("GET", "/?cert=".to_owned(), "is not a hash"),
        ("GET", format!("/?cert={}", known.to_uppercase()), "is not a hash"),
        ("GET", format!("/?cert={known}00"), "is not a hash"),
        ("GET", format!("/?cert={}", "0".repeat(40)), "no OCSP response for certificate"),
        ("GET", format!("/?cert={known}&cert={}", "0".repeat(40)), "no OCSP response for certificate"),
        ("GET", many, "too many"),
        ("POST", format!("/?cert={known}"), "method POST"),
    ];
    for (method, target, text) in table {
        let (status, _, body) = ask(&desk, method, &target).await;
        assert_eq!(status, 500, "{method} {target}");
        assert!(String::from_utf8_lossy(&body).contains(text), "{method} {target}");
    }
    assert_eq!(ask(&desk, "HEAD", "/").await, (200, String::new(), Bytes::new()));
}

#[tokio::test]
async fn a_response_that_is_too_old_is_not_handed_out() {
    let desk = desk();
    let target = format!("/?cert={}", sha1(&desk.world.ss1));
    assert_eq!(ask(&desk, "GET", &target).await.0, 200);
    desk.clock.advance(std::time::Duration::from_secs(3_600));
    assert_eq!(ask(&desk, "GET", &target).await.0, 500);
}
