//! Who may call what: clients, local and global groups, services and endpoints.

use service_kit::http::Request;
use service_kit::http_client::{ClientSettings, HttpClient};

use crate::errors::row;
use crate::town::{CONSUMER, PROVIDER, Town, plain};

/// A subsystem of the consumer without rights of its own.
const OTHER: &str = "INST/GOV/1111/NORIGHTS";
/// The consumer's member, which owns a security server.
const OWNER: &str = "INST/GOV/1111";

fn service(code: &str, url: &str, rights: &[&str]) -> String {
    let rights: String =
        rights.iter().map(|right| format!("[[subsystem.service.allow]]\n{right}\n")).collect();
    format!("[[subsystem.service]]\ncode = \"{code}\"\nkind = \"REST\"\nurl = \"{url}\"\n{rights}")
}

/// With a member as client of the consumer, and services for each kind of right.
async fn town() -> Town {
    let town = Town::new().await;
    let file = town.folder_of("ss1").join("subsystems.toml");
    let member = format!("[[subsystem]]\nid = \"{OWNER}\"\nconnection_type = \"NOSSL\"\n");
    std::fs::write(&file, std::fs::read_to_string(&file).unwrap() + &member).unwrap();
    let admin = plain(town.consumer.addresses().admin);
    let client = HttpClient::new(ClientSettings::default());
    assert_eq!(client.send(&admin, Request::new("POST", "/apply")).await.unwrap().status, 200);

    let file = town.folder_of("ss2").join("subsystems.toml");
    let grouped = std::fs::read_to_string(&file).unwrap().replacen(
        "connection_type = \"NOSSL\"\n",
        &format!("connection_type = \"NOSSL\"\ngroups = {{ friends = [\"{OTHER}\"] }}\n"),
        1,
    );
    std::fs::write(&file, grouped).unwrap();
    let at = format!("http://{}/base", town.service());
    let more = [
        service("friendly", &at, &["local_group = \"friends\""]),
        service("owned", &at, &["global_group = \"INST/security-server-owners\""]),
        service(
            "endpoints",
            &at,
            &[
                &format!("client = \"{CONSUMER}\"\nmethod = \"GET\"\npath = \"/pets/*\""),
                &format!("client = \"{CONSUMER}\"\npath = \"/deep/**\""),
                "local_group = \"friends\"\nmethod = \"POST\"\npath = \"/pets\"",
            ],
        ),
    ];
    town.declare(&more.concat()).await;
    town
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_is_of_exactly_those_whom_it_names() {
    let town = town().await;
    let denied = row("access-denied").code;
    for (client, code, allowed) in [
        (CONSUMER, "svc", true),
        (OTHER, "svc", false),
        (OWNER, "svc", false),
        (OTHER, "friendly", true),
        (CONSUMER, "friendly", false),
        (OWNER, "friendly", false),
        (OWNER, "owned", true),
        (CONSUMER, "owned", false),
        (OTHER, "owned", false),
    ] {
        let request = Request::get(format!("/r1/{PROVIDER}/{code}")).header("X-Road-Client", client);
        let expected = if allowed { "no error" } else { denied.as_str() };
        assert_eq!(town.refused(request).await.1, expected, "{client} {code}");
    }
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_right_to_an_endpoint_is_one_to_that_endpoint() {
    let town = town().await;
    let denied = row("endpoint-denied").code;
    for (client, method, path, allowed) in [
        (CONSUMER, "GET", "/pets/1", true),
        (CONSUMER, "GET", "/pets/a%20b", true),
        (CONSUMER, "GET", "/pets/%C3%A4?query=/../x", true),
        (CONSUMER, "GET", "/pets", false),
        (CONSUMER, "GET", "/pets/1/name", false),
        (CONSUMER, "POST", "/pets/1", false),
        (CONSUMER, "DELETE", "/deep/1/2/3", true),
        (CONSUMER, "GET", "/deeper", false),
        (CONSUMER, "GET", "", false),
        // What the service could read in another way than we do.
        (CONSUMER, "GET", "/pets/a%2Fb", false),
        (CONSUMER, "GET", "/deep/a%2fb", false),
        (CONSUMER, "GET", "/deep/../pets/1", false),
        (CONSUMER, "GET", "/deep/..;x=1/pets", false),
        (OTHER, "POST", "/pets", true),
        (OTHER, "GET", "/pets/1", false),
    ] {
        let request = Request::new(method, format!("/r1/{PROVIDER}/endpoints{path}"));
        let (_, code) = town.refused(request.header("X-Road-Client", client)).await;
        let expected = if allowed { "no error" } else { denied.as_str() };
        assert_eq!(code, expected, "{client} {method} {path}");
        if let Some((call, _)) = town.calls.lock().unwrap().pop() {
            assert!(allowed);
            assert_eq!(call.target, format!("/base{path}"), "as the information system wrote it");
        }
    }
    // The right to everything covers what could be read in two ways: the service decides.
    assert_eq!(town.refused(Town::request("GET", "svc/a%2Fb")).await.1, "no error");
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_for_those_who_may_call() {
    let town = town().await;
    let (_, body) = town.ask_whole(Town::request("GET", "off")).await;
    assert!(String::from_utf8_lossy(&body).contains("closed for today"));
    let other = Request::get(format!("/r1/{PROVIDER}/off")).header("X-Road-Client", OTHER);
    let (response, body) = town.ask_whole(other).await;
    assert_eq!(response.headers.get("x-road-error"), Some(row("access-denied").code.as_str()));
    assert!(!String::from_utf8_lossy(&body).contains("closed for today"));
    town.end().await;
}
