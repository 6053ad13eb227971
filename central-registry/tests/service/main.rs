//! The program itself, as its operator and as security servers see it: commands, then downloads over plain HTTP.

#[cfg(test)]
mod process;
#[cfg(test)]
mod town;

use std::time::{Duration, Instant};

use globalconf::content::ContentIdentifier;
use globalconf::{Anchor, FormatVersion, GlobalConf, VerifiedDirectory, stored};
use identifiers::{ClientId, ServerId};
use time::OffsetDateTime;

use process::{Service, get};
use town::Town;

/// The clock of the registry is the machine's.
#[cfg(test)]
fn now() -> OffsetDateTime {
    service_kit::clock::Clock::system().now()
}

/// Does what a security server does with an anchor, in one format version.
#[cfg(test)]
fn download(town: &Town, version: FormatVersion) -> GlobalConf {
    let anchor = Anchor::parse(&town.read("configuration-anchor.xml")).unwrap();
    let source = &anchor.sources[0];
    let url = format!("{}?version={version}", source.download_url);
    let (status, bytes) = get(&url);
    assert_eq!(status, 200, "{url}");
    let directory =
        VerifiedDirectory::verify(&bytes, &anchor.instance, &source.verification_certs, now()).unwrap();
    assert_eq!(directory.version(), version);
    let host = source.download_url.strip_suffix("/internalconf").unwrap();
    let mut files = vec![(stored::INSTANCE_IDENTIFIER_FILE.to_owned(), anchor.instance.clone().into_bytes())];
    for part in directory.parts() {
        let (status, bytes) = get(&format!("{host}{}", part.location));
        assert_eq!(status, 200, "{}", part.location);
        directory.check_part(part, &bytes).unwrap();
        let schema = match (&part.content, version) {
            (ContentIdentifier::PrivateParameters, FormatVersion::V2) => {
                "v2/private-parameters.xsd".to_owned()
            }
            (ContentIdentifier::PrivateParameters, _) => "v3/private-parameters.xsd".to_owned(),
            _ => format!("v{version}/shared-parameters.xsd"),
        };
        town.assert_valid(&bytes, &schema);
        files.extend(directory.stored_files(&anchor.instance, part, bytes));
    }
    stored::load(&files).unwrap()
}

#[test]
fn from_nothing_to_a_configuration_that_security_servers_accept() {
    let town = Town::new();
    assert!(town.run(&["init"]).contains("internalconf is signed by"));
    let plan = town.run(&["plan", "membership.toml"]);
    assert!(plan.contains("+ member TOWN/GOV/1001: Town hall"), "{plan}");
    assert!(town.fails(&["members", "list"]).contains("nothing is registered"));
    assert_eq!(town.run(&["apply", "membership.toml"]), plan);
    assert_eq!(town.run(&["plan", "membership.toml"]), "nothing changes\n");
    assert!(town.run(&["members", "list"]).contains("TOWN/GOV/1001/child-rearing\t"));
    let exported = town.run(&["anchor", "export"]);
    let hash = Anchor::hash_sha224_colon(&town.read("configuration-anchor.xml"));
    assert!(exported.contains(&hash), "{exported}");
    town.assert_valid(&town.read("configuration-anchor.xml"), "v2/private-parameters.xsd");

    let service = Service::start(&town);
    service.wait_until_ready();
    for version in FormatVersion::ALL {
        let conf = download(&town, version);
        let ss1 = ServerId::from_path("TOWN/GOV/1001/ss1").unwrap();
        assert_eq!(conf.server_by_auth_cert(&town.certificate("ss1-auth")).unwrap().id, ss1);
        assert!(
            conf.client_registered_at(&ClientId::from_path("TOWN/GOV/1001/child-rearing").unwrap(), &ss1)
        );
        assert!(conf.problems().is_empty(), "{:?}", conf.problems());
    }
    let base = service.downloads();
    // Security servers ask for one version after the other and take only 404 as "not there".
    for (path, status) in [
        ("/internalconf?version=7", 404),
        ("/internalconf?version=1", 404),
        ("/internalconf", 200),
        ("/externalconf?version=6", 200),
        ("/V6/20000101000000000000000/shared-params.xml", 404),
        ("/../registry/registry.sqlite", 404),
        ("/registry.sqlite", 404),
    ] {
        assert_eq!(get(&format!("{base}{path}")).0, status, "{path}");
    }
    let (_, default) = get(&format!("{base}/internalconf"));
    assert!(String::from_utf8(default).unwrap().contains("\r\nVersion: 2\r\n"));
    assert_eq!(get(&format!("{}/health", service.administration())).0, 200);
    println!("resident: {} KiB", service.resident_kib());
    assert!(service.stop_gently(), "SIGTERM ends the program with success");
}

#[test]
fn a_change_is_published_at_once_and_survives_a_crash() {
    let town = Town::new();
    town.run(&["apply", "membership.toml"]);
    town.run(&["anchor", "export"]);
    let service = Service::start(&town);
    service.wait_until_ready();
    let certificate = town.certificate("ss2-auth");
    assert!(download(&town, FormatVersion::V6).server_by_auth_cert(&certificate).is_none());
    assert!(
        town.fails(&["register-auth-cert", "TOWN/GOV/1001/ss9", "certs/ss2-auth.crt.pem"])
            .contains("no server")
    );
    assert!(
        town.fails(&["register-auth-cert", "TOWN/ORG/2001/ss2", "certs/ss1-auth.crt.pem"]).contains("too")
    );
    let done = town.run(&["register-auth-cert", "TOWN/ORG/2001/ss2", "certs/ss2-auth.crt.pem"]);
    assert!(done.starts_with("+ server TOWN/ORG/2001/ss2, authentication certificate"), "{done}");
    let started = Instant::now();
    while download(&town, FormatVersion::V6).server_by_auth_cert(&certificate).is_none() {
        assert!(started.elapsed() < Duration::from_secs(10), "the change is not published");
        std::thread::sleep(Duration::from_millis(100));
    }
    service.kill();
    let again = Service::start(&town);
    again.wait_until_ready();
    assert!(download(&town, FormatVersion::V6).server_by_auth_cert(&certificate).is_some());
    assert!(again.stop_gently());
}

#[test]
fn before_anything_is_registered_the_service_says_so() {
    let town = Town::new();
    let service = Service::start(&town);
    let started = Instant::now();
    let report = loop {
        let (status, body) = get(&format!("{}/ready", service.administration()));
        let body = String::from_utf8(body).unwrap();
        if body.contains("global configuration") {
            assert_eq!(status, 503);
            break body;
        }
        assert!(started.elapsed() < Duration::from_secs(10), "{body}");
        std::thread::sleep(Duration::from_millis(50));
    };
    assert!(report.contains("central-registry apply FILE"), "{report}");
    assert_eq!(get(&format!("{}/internalconf", service.downloads())).0, 404);
    assert!(town.fails(&["publish"]).contains("nothing is registered"));
    town.run(&["apply", "membership.toml"]);
    service.wait_until_ready();
    assert!(town.run(&["publish"]).contains("published in"));
    assert!(town.run(&["servers", "list"]).contains("TOWN/ORG/2001/ss2\tss2.town.example.org"));
    assert!(service.stop_gently());
}
