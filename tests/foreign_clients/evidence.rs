//! Evidence and what it is verified against, as an information system gets them: `/asic` and `/verificationconf`.

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use demo_town::town::names::{CONSUMER, PROVIDER};
use sekisho_tests::patience::until;
use sekisho_tests::world::World;

use crate::curl::{Got, curl};
use crate::town::{TOWN, consumer_server, parameters, provider_server};

const CONTAINER: &str = "application/vnd.etsi.asic-e+zip";

/// One REST exchange with this id.
async fn exchange(world: &World, id: &str) {
    let echo = format!("{}/r1/{PROVIDER}/echo", consumer_server(world));
    let (client, id) = (format!("X-Road-Client: {CONSUMER}"), format!("X-Road-Id: {id}"));
    let got = curl(world, &["-H", &client, "-H", &id, "--data-binary", "evidence of this", &echo]).await;
    assert_eq!((got.status, got.text().as_str()), (200, "evidence of this"));
}

/// `/asic` of a server, for one of its subsystems.
async fn asic(world: &World, server: &str, subsystem: &str, more: &str) -> Got {
    curl(world, &[&format!("{server}/asic?{}&{more}", parameters(subsystem))]).await
}

/// The files in an archive.
fn unpacked(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = zip::ZipArchive::new(Cursor::new(archive)).unwrap();
    let names: Vec<_> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    let mut content = |name: &String| {
        let mut bytes = Vec::new();
        archive.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    names.iter().map(|name| (name.clone(), content(name))).collect()
}

/// The configuration that a server gives out for verifying, as a folder.
async fn verification_conf(world: &World, server: &str, name: &str) -> PathBuf {
    let got = curl(world, &[&format!("{server}/verificationconf")]).await;
    assert_eq!((got.status, got.header("content-type")), (200, Some("application/zip")));
    assert_eq!(got.header("content-disposition"), Some("filename=\"verificationconf.zip\""));
    let folder = world.folder.join(name);
    let files = unpacked(&got.body);
    assert!(!files.iter().any(|(name, _)| name.contains("private-params")));
    for (name, content) in files {
        let file = folder.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, content).unwrap();
    }
    folder.join("verificationconf")
}

/// What `evidence-verify` says of a container, and whether it accepts it.
fn verified(world: &World, conf: &Path, name: &str, container: &[u8]) -> (bool, String) {
    let file = world.folder.join(name);
    std::fs::write(&file, container).unwrap();
    let mut command = Command::new(world.town.binary("evidence-verify"));
    let output = command.arg(&file).arg("--global-conf").arg(conf).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn of_an_exchange_that_has_its_timestamp() {
    TOWN.beside_others(async |world| {
        let server = consumer_server(world);
        let query = "queryId=foreign%2F1+b";
        exchange(world, "foreign/1 b").await;
        let both = until("the timestamp", async || match asic(world, &server, CONSUMER, query).await {
            got if got.status == 200 => Ok(got),
            got => Err(got.text()),
        })
        .await;
        assert_eq!(both.header("content-type"), Some("application/zip"));
        let disposition = both.header("content-disposition").unwrap();
        assert_eq!(disposition, "attachment; filename=\"foreign%2F1+b.zip\"");

        let conf = verification_conf(world, &server, "conf-of-consumer").await;
        let containers = unpacked(&both.body);
        let kinds: Vec<_> = containers.iter().map(|(name, _)| name.contains("-request-")).collect();
        assert_eq!(kinds, [true, false], "request and response: {containers:?}");
        for (name, container) in &containers {
            assert!(name.starts_with("foreign%2F1+b-") && name.ends_with(".asice"), "{name}");
            let (accepted, said) = verified(world, &conf, &name.replace('%', "_"), container);
            assert!(accepted, "{name}: {said}");
        }

        for (part, (name, container)) in ["requestOnly", "responseOnly"].into_iter().zip(&containers) {
            let one = asic(world, &server, CONSUMER, &format!("{query}&{part}")).await;
            assert_eq!(unpacked(&one.body), [(name.clone(), container.clone())], "{part}");
            let bare = asic(world, &server, CONSUMER, &format!("{query}&{part}&unique")).await;
            assert_eq!((bare.status, bare.header("content-type")), (200, Some(CONTAINER)));
            let expected = format!("attachment; filename=\"{name}\"");
            assert_eq!(bare.header("content-disposition"), Some(expected.as_str()));
            assert!(bare.body == *container, "{part}: the same container");
        }

        // The containers of the other side are verified against the same configuration, as anybody's are.
        let other =
            asic(world, &provider_server(world), PROVIDER, &format!("{query}&requestOnly&unique&force"))
                .await;
        let (accepted, said) = verified(world, &conf, "of-the-provider.asice", &other.body);
        assert!(accepted, "{said}");
    });
}

/// Nobody can have stamped it: there is no timestamping service.
#[test]
fn of_an_exchange_that_has_no_timestamp_yet() {
    TOWN.alone(async |world| {
        world.trust_services("tsa/down").await.unwrap();
        let server = provider_server(world);
        exchange(world, "foreign-2").await;
        for more in ["queryId=foreign-2", "queryId=foreign-2&responseOnly&unique"] {
            let got = asic(world, &server, PROVIDER, more).await;
            let expected = (500, "Message signature has not been timestamped yet!");
            assert_eq!((got.status, got.text().trim()), expected);
        }
        assert_eq!(asic(world, &server, PROVIDER, "queryId=foreign-2&force").await.status, 500);
        world.trust_services("tsa/ok").await.unwrap();

        let forced = asic(world, &server, PROVIDER, "queryId=foreign-2&force").await;
        assert_eq!(forced.status, 200, "{}", forced.text());
        let conf = verification_conf(world, &server, "conf-of-provider").await;
        for (name, container) in unpacked(&forced.body) {
            let (accepted, said) = verified(world, &conf, &name, &container);
            assert!(accepted, "{name}: {said}");
        }
        let later = asic(world, &server, PROVIDER, "queryId=foreign-2").await;
        assert!(later.status == 200 && later.body == forced.body, "it has its timestamp now");
    });
}

#[test]
fn of_two_exchanges_with_one_id() {
    TOWN.beside_others(async |world| {
        let server = provider_server(world);
        exchange(world, "foreign-3").await;
        exchange(world, "foreign-3").await;
        let all = asic(world, &server, PROVIDER, "queryId=foreign-3&force").await;
        assert_eq!(unpacked(&all.body).len(), 4, "no name stands for two of them");
        let unique = asic(world, &server, PROVIDER, "queryId=foreign-3&requestOnly&unique").await;
        assert_eq!((unique.status, unique.text().trim()), (500, "More than one matching document found"));
    });
}

#[test]
fn is_for_who_took_part() {
    TOWN.beside_others(async |world| {
        exchange(world, "foreign-4").await;
        for (server, subsystem, status) in [
            (consumer_server(world), PROVIDER, 401),
            (provider_server(world), CONSUMER, 401),
            (consumer_server(world), "SEKISHO-DEMO/ORG/700110/other", 401),
        ] {
            assert_eq!(asic(world, &server, subsystem, "queryId=foreign-4").await.status, status);
        }
        let none = asic(world, &consumer_server(world), CONSUMER, "queryId=foreign-5").await;
        assert_eq!((none.status, none.text().trim()), (404, "No signed documents found"));
    });
}
