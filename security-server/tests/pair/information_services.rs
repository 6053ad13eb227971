//! What the ports for information systems answer by themselves.

use std::io::{Cursor, Read as _};

use service_kit::http::Request;

use crate::town::{Town, Wishes};

const CLIENT: &str = "xRoadInstance=INST&memberClass=GOV&memberCode=1111&subsystemCode=SUB1";

async fn text(town: &Town, request: Request) -> (u16, String, String) {
    let (response, body) = town.ask_whole(request).await;
    let content_type = response.headers.get("content-type").unwrap_or_default().to_owned();
    (response.status, content_type, String::from_utf8_lossy(&body).into_owned())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_and_subsystems_are_listed() {
    let town = Town::new().await;
    let (status, content_type, xml) = text(&town, Request::get("/listClients")).await;
    assert_eq!((status, content_type.as_str()), (200, "text/xml; charset=UTF-8"));
    assert!(xml.contains("<id:subsystemCode>SUB2</id:subsystemCode>"), "{xml}");
    let request =
        Request::get("/listClients?xRoadInstance=INST").header("Accept", "text/plain, application/json;q=0");
    let (status, content_type, json) = text(&town, request).await;
    assert_eq!((status, content_type.as_str()), (200, "application/json; charset=utf-8"));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let ids: Vec<_> = json["member"].as_array().unwrap().iter().map(|member| &member["id"]).collect();
    assert!(ids.iter().any(|id| id["object_type"] == "MEMBER" && id["member_code"] == "2222"));
    assert!(ids.iter().any(|id| id["object_type"] == "SUBSYSTEM" && id["subsystem_code"] == "SUB1"));
    let (_, content_type, fault) = text(&town, Request::get("/listClients?xRoadInstance=ELSE")).await;
    assert!(content_type.starts_with("text/xml"));
    assert!(fault.contains("server.clientproxy.internal_error"), "{fault}");
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn evidence_is_for_who_took_part() {
    let town = Town::new().await;
    assert_eq!(town.ask(Town::request("GET", "svc").header("X-Road-Id", "q-1")).await.status, 200);
    for (more, expected, said) in [
        ("&requestOnly&responseOnly&queryId=q-1", 400, "cannot be used at the same time"),
        ("&unique&queryId=q-1", 400, "unique"),
        ("", 400, "queryId"),
        ("&queryId=q-2", 404, "No signed documents"),
        ("&queryId=q-1", 500, "not been timestamped"),
    ] {
        let (status, _, body) = text(&town, Request::get(format!("/asic?{CLIENT}{more}"))).await;
        assert_eq!(status, expected, "{more}");
        assert!(body.contains(said), "{body}");
    }
    let other = "xRoadInstance=INST&memberClass=GOV&memberCode=1111&subsystemCode=NORIGHTS";
    assert_eq!(text(&town, Request::get(format!("/asic?{other}&queryId=q-1"))).await.0, 404);
    let foreign = "xRoadInstance=INST&memberClass=GOV&memberCode=2222&subsystemCode=SUB2";
    assert_eq!(text(&town, Request::get(format!("/asic?{foreign}&queryId=q-1"))).await.0, 401);
    town.end().await;

    let consumer_subsystem = "connection_type = \"SSLNOAUTH\"".to_owned();
    let town = Town::with(Wishes { consumer_subsystem, ..Wishes::default() }).await;
    assert_eq!(text(&town, Request::get(format!("/asic?{CLIENT}&queryId=q-1"))).await.0, 401);
    town.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_verifier_gets_its_configuration_even_when_it_has_expired() {
    let town = Town::with(Wishes { expired: true, ..Wishes::default() }).await;
    let (response, body) = town.ask_whole(Request::get("/verificationconf")).await;
    assert_eq!(response.headers.get("content-disposition"), Some("filename=\"verificationconf.zip\""));
    let mut archive = zip::ZipArchive::new(Cursor::new(body)).unwrap();
    let mut names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    names.sort();
    assert_eq!(
        names,
        [
            "verificationconf/INST/shared-params.xml",
            "verificationconf/INST/shared-params.xml.metadata",
            "verificationconf/instance-identifier"
        ]
    );
    let mut own = String::new();
    archive.by_name("verificationconf/instance-identifier").unwrap().read_to_string(&mut own).unwrap();
    assert_eq!(own, "INST");
    let (_, _, fault) = text(&town, Request::get("/listClients")).await;
    assert!(fault.contains("server.clientproxy.global_conf_outdated"), "{fault}");
    town.end().await;
}
