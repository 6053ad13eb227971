//! `curl`: REST in the ways in which curl sends it, and what it is told.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use demo_town::town::names::{CONSUMER, PROVIDER};
use sekisho_tests::world::World;

use crate::persons::OPERATION;
use crate::town::{TOWN, consumer_server, parameters, provider_server, wsdl};

/// What curl got.
pub(crate) struct Got {
    /// HTTP status.
    pub(crate) status: u16,
    /// The head of the answer, as it came.
    head: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Got {
    /// The value of a header, whole.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.rfind(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The body as text.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Runs curl with these arguments, of which one is the address.
pub(crate) async fn curl(world: &World, arguments: &[&str]) -> Got {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    let call = CALLS.fetch_add(1, Ordering::Relaxed);
    let file = |name: &str| world.folder.join(format!("curl-{call}-{name}"));
    let (head, body) = (file("head"), file("body"));
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--max-time", "120", "--noproxy", "*"]);
    command.arg("--dump-header").arg(&head).arg("--output").arg(&body).args(arguments).stdin(Stdio::null());
    let output = tokio::task::spawn_blocking(move || command.output().expect("curl is there")).await.unwrap();
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let head = std::fs::read_to_string(head).unwrap();
    // The last answer counts: `100 Continue` may have come before it.
    let last = head.lines().rfind(|line| line.starts_with("HTTP/")).unwrap();
    let status = last.split(' ').nth(1).unwrap().parse().unwrap();
    Got { status, body: std::fs::read(body).unwrap_or_default(), head }
}

fn client() -> String {
    format!("X-Road-Client: {CONSUMER}")
}

#[test]
fn get_and_post() {
    TOWN.beside_others(async |world| {
        let echo = format!("{}/r1/{PROVIDER}/echo", consumer_server(world));
        let got = curl(world, &["-H", &client(), &format!("{echo}/districts/a%2Fb?x=1&y=%C3%A4")]).await;
        assert_eq!((got.status, got.text().as_str()), (200, ""));
        assert_eq!(got.header("x-road-service"), Some(format!("{PROVIDER}/echo").as_str()));

        let json = r#"{"name":"市川"}"#;
        let posted = ["-H", &client(), "-H", "Content-Type: application/json", "--data-binary", json, &echo];
        let got = curl(world, &posted).await;
        assert_eq!((got.status, got.text().as_str()), (200, json));

        let file = large_file(world);
        let at = format!("@{}", file.display());
        let content = std::fs::read(&file).unwrap();
        // With a length, for which curl asks first (`Expect: 100-continue`), and without.
        for how in [&[][..], &["-H", "Transfer-Encoding: chunked"]] {
            let got = curl(world, &[how, &["--data-binary", &at, "-H", &client(), &echo]].concat()).await;
            assert_eq!(got.status, 200, "{how:?}");
            assert!(got.body == content, "{how:?}: the body is another one");
        }
    });
}

/// More than curl sends before it has been asked to go on, in a form that is not text.
fn large_file(world: &World) -> PathBuf {
    let file = world.folder.join("large");
    let content: Vec<u8> = (0..3_000_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
    std::fs::write(&file, content).unwrap();
    file
}

#[test]
fn an_error_in_the_form_that_is_asked_for() {
    TOWN.beside_others(async |world| {
        let closed = format!("{}/r1/{PROVIDER}/closed", consumer_server(world));
        let code = "server.serverproxy.access_denied";
        let got = curl(world, &["-H", &client(), &closed]).await;
        assert_eq!((got.status, got.header("x-road-error")), (500, Some(code)));
        assert_eq!(got.header("content-type"), Some("application/json"));
        let json: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
        assert_eq!(json["type"], code, "{json}");

        let got = curl(world, &["-H", &client(), "-H", "Accept: application/xml", &closed]).await;
        assert_eq!((got.status, got.header("x-road-error")), (500, Some(code)));
        assert!(got.text().contains(&format!("<type>{code}</type>")), "{}", got.text());

        let failed = Command::new("curl").args(["-sf", "--noproxy", "*", "-H", &client(), &closed]).status();
        assert_eq!(failed.unwrap().code(), Some(22), "curl takes it for an error");
    });
}

#[test]
fn a_description() {
    TOWN.beside_others(async |world| {
        let got = curl(world, &[&format!("{}{}", consumer_server(world), wsdl())]).await;
        assert_eq!((got.status, got.header("content-type")), (200, Some("text/xml; charset=UTF-8")));
        let text = got.text();
        assert!(text.contains(&format!("location=\"{}/\"", consumer_server(world))), "{text}");
        for namespace in ["xroad.xsd", "identifiers", "representation.xsd"] {
            let schema = format!("targetNamespace=\"http://x-road.eu/xsd/{namespace}\"");
            assert_eq!(text.matches(&schema).count(), 1, "{namespace}: {text}");
        }
        assert!(!text.contains("schemaLocation"), "{text}");

        let without = wsdl().replace("&client=", "&not=");
        let got = curl(world, &[&format!("{}{without}", consumer_server(world))]).await;
        assert_eq!(got.status, 500);
        let code = ">server.clientproxy.unknown_member<";
        assert!(got.text().contains(code), "the owner has no information systems here: {}", got.text());
    });
}

#[test]
fn a_description_where_it_is_switched_off() {
    TOWN.beside_others(async |world| {
        let target = format!("/wsdl?{}&serviceCode={OPERATION}&client={PROVIDER}", parameters(PROVIDER));
        let got = curl(world, &[&format!("{}{target}", provider_server(world))]).await;
        // As a stock server, which takes it for a SOAP message.
        assert_eq!(got.status, 200);
        assert!(got.text().contains(">client.invalid_http_method<"), "{}", got.text());
    });
}
