use identifiers::{GroupId, ServerId};
use pki::Certificate;
use pki::trust::Trust;
use time::Duration;
use time::macros::datetime;

use super::*;
use crate::stored;
use crate::vectors::{self, TODAY};

const V2: &str = "x-road-7.8/globalconf-stored/globalconf_good_v2";
const V6: &str = "x-road-7.8/globalconf-stored/globalconf_good_v6";

fn server(path: &str) -> ServerId {
    ServerId::from_path(path).unwrap()
}

fn certificate(name: &str) -> Certificate {
    Certificate::from_der(&vectors::certificate(name)).unwrap()
}

#[test]
fn the_captured_pair_is_found() {
    for variant in ["rsa", "ec"] {
        let conf = vectors::loaded(&format!("x-road-7.8-live/{variant}/globalconf"));
        assert!(conf.problems().is_empty(), "{:?}", conf.problems());
        assert_eq!(conf.ocsp_freshness(), Duration::seconds(3600));
        assert_eq!(conf.timestamping_interval(), Duration::seconds(60));
        assert_eq!(conf.tsas().len(), 1);
        assert_eq!(conf.tsa_certificates().len(), 1);
        for (number, subsystem) in [("1111", "SUB1"), ("2222", "SUB2")] {
            let id = server(&format!("INST/GOV/{number}/SS{}", &number[..1]));
            let found = conf.server(&id).unwrap();
            assert_eq!(found.address.as_deref(), Some(&*format!("127.0.0.1{}", &number[..1])));
            let hash = found.auth_certs[0].sha256.unwrap();
            assert_eq!(conf.server_by_auth_cert_hash(&hash).unwrap().id, id);
            let client = vectors::client(&format!("INST/GOV/{number}/{subsystem}"));
            let owner = vectors::client(&format!("INST/GOV/{number}"));
            for client in [&client, &owner] {
                let hosts: Vec<&ServerId> =
                    conf.servers_of(client).into_iter().map(|server| &server.id).collect();
                assert_eq!(hosts, [&id]);
                assert!(conf.client_registered_at(client, &id));
                assert!(conf.client_exists(client));
            }
            let other = server(if number == "1111" { "INST/GOV/2222/SS2" } else { "INST/GOV/1111/SS1" });
            assert!(!conf.client_registered_at(&client, &other));
        }
        assert_eq!(conf.member_name(&vectors::member("INST/GOV/1111")), Some("Org1111"));
        let owners = GroupId::new("INST", "security-server-owners").unwrap();
        assert!(conf.is_in_global_group(&vectors::client("INST/GOV/2222"), &owners));
        assert!(!conf.is_in_global_group(&vectors::client("INST/GOV/2222/SUB2"), &owners));
        let unknown = GroupId::new("INST", "nobody").unwrap();
        assert!(conf.global_group_members(&unknown).is_none());
        assert!(!conf.client_exists(&vectors::client("INST/GOV/3333")));
        assert!(conf.servers_of(&vectors::client("INST/GOV/3333")).is_empty());
    }
}

#[test]
fn the_signing_authority_of_the_captured_pair_is_trusted() {
    let conf = vectors::loaded("x-road-7.8-live/rsa/globalconf");
    let ca = Certificate::from_der(&conf.approved_cas("INST")[0].top_ca.cert).unwrap();
    // The TSA's certificate is issued by the same authority.
    let issued = Certificate::from_der(&conf.tsas()[0].cert).unwrap();
    let issuer = conf.issuer_of(&issued, "INST").unwrap();
    assert_eq!(issuer.certificate, ca);
    assert_eq!(issuer.profile, pki::profile::CertificateProfile::FiVrk);
    assert!(!issuer.authentication_only);
    assert_eq!(issuer.ocsp_responders.len(), 1);
    assert!(conf.issuer_of(&issued, "OTHER").is_none());
    assert!(conf.issuer_of(&certificate("x-road-7.8/certs/consumer.pem"), "INST").is_none());
    let policy = conf.ocsp_policy();
    assert_eq!((policy.freshness, policy.verify_next_update), (Duration::seconds(3600), true));
}

/// Certificates in PEM instead of DER, as one stored configuration of X-Road's tests has them.
#[test]
fn certificates_in_text_form_are_read_too() {
    let conf = vectors::loaded("x-road-7.8/globalconf-stored/globalconf_good2_v3");
    assert!(conf.problems().is_empty(), "{:?}", conf.problems());
    assert!(!conf.tsa_certificates().is_empty());
}

#[test]
fn servers_are_found_by_the_hash_of_their_certificates() {
    let v2 = vectors::loaded(V2);
    for name in ["producer", "consumer"] {
        let found = v2.server_by_auth_cert(&certificate(&format!("x-road-7.8/certs/{name}.pem")));
        assert!(found.is_some(), "{name}");
    }
    let unknown = vectors::certificate("x-road-7.8/globalconf-signed/internal.crt");
    assert!(v2.server_by_auth_cert(&Certificate::from_der(&unknown).unwrap()).is_none());
    let v6 = vectors::loaded("x-road-7.8-live/rsa/globalconf");
    assert!(v6.server_by_auth_cert_hash(&[0; 32]).is_none());
    assert!(v6.server_by_auth_cert_hash(&[]).is_none());
}

#[test]
fn facts_of_the_test_configurations_come_out() {
    for folder in [V2, V6] {
        let conf = vectors::loaded(folder);
        assert_eq!(conf.ocsp_freshness(), Duration::seconds(42), "{folder}");
        assert_eq!(conf.timestamping_interval(), Duration::seconds(123));
        assert_eq!(conf.private_params().unwrap().federation_anchors[0].instance, "bar");
        assert_eq!(conf.approved_cas("EE").len(), if folder == V2 { 5 } else { 2 });
        assert!(conf.shared_params("bar").is_some());
        assert!(conf.shared_params("nowhere").is_none());
        assert!(conf.approved_cas("nowhere").is_empty());
    }
    let conf = vectors::loaded(V2);
    let shared: Vec<_> = conf.instances().filter_map(|name| conf.shared_params(name)).collect();
    let infos = shared.iter().flat_map(|shared| &shared.approved_cas);
    let infos = infos.flat_map(|ca| std::iter::once(&ca.top_ca).chain(&ca.intermediate_cas));
    assert_eq!(infos.flat_map(|info| &info.ocsp).filter(|ocsp| ocsp.cert.is_some()).count(), 12);
    assert_eq!(shared.iter().map(|shared| shared.approved_tsas.len()).sum::<usize>(), 3);
}

#[test]
fn nothing_is_valid_after_the_expiry_of_the_own_instance() {
    let conf = vectors::loaded(V2);
    let expires = datetime!(2124-05-20 17:42:55 UTC);
    assert_eq!(conf.valid_at(TODAY).unwrap().at(), TODAY);
    assert!(conf.valid_at(expires).is_ok());
    assert!(!conf.expired(expires));
    let late = expires + Duration::MILLISECOND;
    assert!(conf.expired(late));
    assert_eq!(conf.valid_at(late).unwrap_err(), GlobalConfOutdated { expired: expires });
    // Without a date it never expires.
    assert!(vectors::loaded("x-road-7.8/globalconf-stored/globalconf_good2_v3").valid_at(late).is_ok());
}

#[test]
fn an_expired_foreign_instance_is_hidden_and_the_own_one_goes_on() {
    let mut files = vectors::stored(V2);
    let metadata = files.iter_mut().find(|(path, _)| path == "foo/shared-params.xml.metadata").unwrap();
    metadata.1 =
        b"{\"contentIdentifier\":\"SHARED-PARAMETERS\",\"expirationDate\":\"2025-01-01T00:00:00Z\"}".to_vec();
    let conf = stored::load(&files).unwrap();
    let shared = conf.shared_params("foo").unwrap();
    let (member, server) = (shared.members[0].id.clone(), shared.servers[0].id.clone());
    let client = ClientId::from(member.clone());
    assert!(conf.client_exists(&client));

    let before = conf.valid_at(datetime!(2024-12-31 0:00 UTC)).unwrap();
    assert!(before.client_exists(&client));
    assert_eq!(before.tsa_certificates().len(), conf.tsa_certificates().len());
    let after = conf.valid_at(TODAY).unwrap();
    assert!(!after.client_exists(&client));
    assert!(after.server(&server).is_none());
    assert!(after.member(&member).is_none());
    assert!(after.shared_params("foo").is_none());
    assert!(after.servers_of(&client).is_empty());
    assert_eq!(after.instances().collect::<Vec<_>>(), ["EE", "bar"]);
    assert!(after.client_exists(&vectors::client(&first_client(&after))));
}

fn first_client(conf: &GlobalConf) -> String {
    conf.shared_params("EE").unwrap().members[0].id.to_path()
}

#[test]
fn a_certification_authority_with_a_new_key_is_told_apart_by_its_signature() {
    let mut files = vectors::stored("x-road-7.8-live/rsa/globalconf");
    let shared = files.iter_mut().find(|(path, _)| path == "INST/shared-params.xml").unwrap();
    let text = String::from_utf8(shared.1.clone()).unwrap();
    // The authority of the other captured pair has the same name and another key.
    let other = vectors::loaded("x-road-7.8-live/ec/globalconf");
    let other = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        &other.approved_cas("INST")[0].top_ca.cert,
    );
    let start = text.find("<approvedCA>").unwrap();
    let end = text.find("</approvedCA>").unwrap() + "</approvedCA>".len();
    let ca = &text[start..end];
    let certificate = &ca[ca.find("<cert>").unwrap() + 6..ca.find("</cert>").unwrap()];
    let first = ca.replacen(certificate, &other, 1);
    shared.1 = text.replacen(ca, &format!("{first}{ca}"), 1).into_bytes();
    let conf = stored::load(&files).unwrap();
    assert_eq!(conf.approved_cas("INST").len(), 2);
    let issued = Certificate::from_der(&conf.tsas()[0].cert).unwrap();
    let issuer = conf.issuer_of(&issued, "INST").unwrap();
    assert!(issued.verify_issued_by(&issuer.certificate).is_ok());
}
