use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::*;
use crate::vectors;
use crate::version::FormatVersion;
use crate::xml::{WriteError, XmlError};

/// Files that others wrote, with their version.
const FILES: [(FormatVersion, &str); 6] = [
    (FormatVersion::V2, "globalconf-stored/globalconf_good_v2/EE"),
    (FormatVersion::V3, "globalconf-signed/V3/20240408142911166434000"),
    (FormatVersion::V5, "globalconf-signed/V5/20250303143911136407000"),
    (FormatVersion::V6, "globalconf-signed/V6/20251110170000548026000"),
    (FormatVersion::V6, "globalconf-stored/globalconf_good_v6/EE"),
    (FormatVersion::V5, "globalconf-stored/globalconf_good_v6/quux_v5"),
];

fn schema(version: FormatVersion) -> String {
    format!("globalconf/v{version}/shared-parameters.xsd")
}

fn file(folder: &str) -> Vec<u8> {
    vectors::read(&format!("x-road-7.8/{folder}/shared-params.xml"))
}

#[test]
fn files_of_others_are_read_and_written_back_equal() {
    for (version, folder) in FILES {
        let params = SharedParams::parse(&file(folder), version).unwrap();
        let written = params.write(version).unwrap();
        assert_eq!(SharedParams::parse(&written, version).unwrap(), params.as_version(version), "{folder}");
        vectors::assert_valid(&written, &schema(version));
    }
}

#[test]
fn every_field_of_the_newest_version_is_understood() {
    let params =
        SharedParams::parse(&file("globalconf-stored/globalconf_good_v6/EE"), FormatVersion::V6).unwrap();
    let ca = &params.approved_cas[0];
    assert_eq!(ca.default_csr_format, Some(CsrFormat::Pem));
    let acme = ca.acme_server.as_ref().unwrap();
    assert_eq!(acme.directory_url, "http://ca:8887/acme/directory");
    assert_eq!(acme.authentication_profile_id.as_deref(), Some("5"));
    assert_eq!(acme.signing_profile_id.as_deref(), Some("6"));
    assert_eq!(ca.top_ca.ocsp.len(), 5);
    assert_eq!(ca.top_ca.ocsp[0].cost_type, Some(CostType::Free));
    assert_eq!(ca.top_ca.ocsp[3].cost_type, None);
    assert_eq!(params.approved_cas[1].authentication_only, Some(true));
    assert_eq!(params.approved_cas[1].intermediate_cas.len(), 3);
    assert_eq!(params.approved_tsas[0].cost_type, Some(CostType::Paid));
    assert_eq!(params.sources[0].address, "cs0");
    assert_eq!(params.ocsp_freshness_seconds, 42);
}

#[test]
fn the_hash_of_the_authentication_certificate_is_that_of_the_version() {
    let v2 =
        SharedParams::parse(&file("globalconf-stored/globalconf_good_v2/EE"), FormatVersion::V2).unwrap();
    let producer =
        pki::Certificate::from_der(&vectors::certificate("x-road-7.8/certs/producer.pem")).unwrap();
    let hashes: Vec<AuthCertHash> = v2.servers.iter().flat_map(|server| server.auth_certs.clone()).collect();
    assert!(hashes.contains(&AuthCertHash { sha1: Some(*producer.sha1()), sha256: None }));
    // The file has three SHA-1 values and one that is none.
    assert_eq!(hashes.len(), 3);
    let as_v3 = SharedParams::parse(&file("globalconf-stored/globalconf_good_v2/EE"), FormatVersion::V3);
    let hashes = as_v3.unwrap().servers.into_iter().flat_map(|server| server.auth_certs);
    assert!(hashes.map(|hash| hash.sha1).all(|sha1| sha1.is_none()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn what_is_written_is_read_back(params in super::strategy::shared_params()) {
        for version in FormatVersion::ALL {
            let written = params.write(version).unwrap();
            prop_assert_eq!(SharedParams::parse(&written, version).unwrap(), params.as_version(version));
        }
    }

    #[test]
    fn no_input_makes_the_reader_panic(noise in prop::collection::vec(any::<u8>(), 0..8), at in any::<prop::sample::Index>()) {
        let mut bytes = file("globalconf-signed/V6/20251110170000548026000");
        let at = at.index(bytes.len());
        let end = (at + noise.len()).min(bytes.len());
        bytes.splice(at..end, noise);
        let _ = SharedParams::parse(&bytes, FormatVersion::V6);
    }
}

#[test]
fn what_is_written_obeys_the_schema_of_every_version() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..6 {
        let params = super::strategy::shared_params().new_tree(&mut runner).unwrap().current();
        for version in FormatVersion::ALL {
            vectors::assert_valid(&params.write(version).unwrap(), &schema(version));
        }
    }
}

#[test]
fn a_server_in_maintenance_loses_its_subsystems_for_old_readers() {
    let mut params = example();
    params.servers[0].maintenance = Some(Maintenance { message: Some("back soon".into()) });
    let clients = |version| {
        let server = &params.as_version(version).servers[0];
        (server.clients.clone(), server.maintenance.is_some())
    };
    let (member, subsystem) = (vectors::client("EE/GOV/2"), vectors::client("EE/GOV/1/sub"));
    assert_eq!(clients(FormatVersion::V6), (vec![subsystem.clone(), member.clone()], true));
    assert_eq!(clients(FormatVersion::V5), (vec![subsystem, member.clone()], true));
    for version in [FormatVersion::V2, FormatVersion::V3, FormatVersion::V4] {
        assert_eq!(clients(version), (vec![member.clone()], false));
    }
}

#[test]
fn what_cannot_be_published_is_refused_with_its_reason() {
    let refusal = |change: &dyn Fn(&mut SharedParams), version| {
        let mut params = example();
        change(&mut params);
        params.write(version).unwrap_err()
    };
    let stranger = |params: &mut SharedParams| params.servers[0].clients.push(vectors::client("EE/GOV/9"));
    assert_eq!(
        refusal(&stranger, FormatVersion::V6),
        WriteError::UnknownClient { client: "MEMBER:EE/GOV/9".into() }
    );
    let twice = |params: &mut SharedParams| params.members[1].id = params.members[0].id.clone();
    assert_eq!(
        refusal(&twice, FormatVersion::V6),
        WriteError::RepeatedClient { client: "MEMBER:EE/GOV/1".into() }
    );
    let no_source = |params: &mut SharedParams| params.sources.clear();
    assert!(matches!(
        refusal(&no_source, FormatVersion::V3),
        WriteError::MissingValue { element: "source", .. }
    ));
    let only_sha256 = |params: &mut SharedParams| params.servers[0].auth_certs[0].sha1 = None;
    assert!(matches!(
        refusal(&only_sha256, FormatVersion::V2),
        WriteError::MissingValue { element: "authCertHash", .. }
    ));
    let control = |params: &mut SharedParams| params.members[0].name = "a\u{0}".into();
    assert_eq!(
        refusal(&control, FormatVersion::V6),
        WriteError::Character { element: "name".into(), character: 0 }
    );
}

#[test]
fn wrong_files_are_refused_with_their_reason() {
    let text = String::from_utf8(example().write(FormatVersion::V6).unwrap()).unwrap();
    let read = |from: &str, to: &str, version| {
        assert!(text.contains(from), "{from}");
        SharedParams::parse(text.replacen(from, to, 1).as_bytes(), version).unwrap_err()
    };
    let v6 = FormatVersion::V6;
    assert_eq!(read("id=\"id2\"", "id=\"id0\"", v6), XmlError::RepeatedId("id0".into()));
    assert_eq!(
        read(" id=\"id2\"", "", v6),
        XmlError::MissingAttribute { element: "member", attribute: "id" }
    );
    let dangling = |element| XmlError::DanglingReference { element, id: "id7".into() };
    assert_eq!(read("<owner>id0<", "<owner>id7<", v6), dangling("owner"));
    assert_eq!(read("<client>id1<", "<client>id7<", v6), dangling("client"));
    let subsystem_as_owner = XmlError::DanglingReference { element: "owner", id: "id1".into() };
    assert_eq!(read("<owner>id0<", "<owner>id1<", v6), subsystem_as_owner);
    let missing = XmlError::Missing { parent: "globalSettings", element: "ocspFreshnessSeconds" };
    assert_eq!(read("<ocspFreshnessSeconds>3600</ocspFreshnessSeconds>", "", v6), missing);
    let number = XmlError::WrongValue {
        element: "ocspFreshnessSeconds".into(),
        problem: "is not a number between 0 and 4294967295",
    };
    assert_eq!(read(">3600<", ">-1<", v6), number);
    assert!(matches!(
        read("<code>GOV</code>", "<code/>", v6),
        XmlError::Identifier { element: "member", .. }
    ));
    let unexpected =
        |parent: &str| XmlError::UnexpectedElement { parent: parent.into(), element: "new".into() };
    assert_eq!(read("<owner>", "<new/><owner>", v6), unexpected("securityServer"));
    let v2 = String::from_utf8(example().write(FormatVersion::V2).unwrap()).unwrap();
    let longer = v2.replace("</ns3:conf>", "<new/></ns3:conf>");
    assert_eq!(SharedParams::parse(longer.as_bytes(), FormatVersion::V2), Err(unexpected("conf")));
}

#[test]
fn an_unknown_tail_is_passed_over_from_v3_on() {
    for version in &FormatVersion::ALL[1..] {
        let text = String::from_utf8(example().write(*version).unwrap()).unwrap();
        let tail = "<ns3:new xmlns:z=\"urn:z\" z:a=\"1\"><z:deep>text</z:deep></ns3:new><centralService/></ns3:conf>";
        let longer = text.replace("</ns3:conf>", tail);
        let read = SharedParams::parse(longer.as_bytes(), *version).unwrap();
        assert_eq!(read, example().as_version(*version));
    }
}

/// Two members, one subsystem, one server.
fn example() -> SharedParams {
    let member = |path: &str, subsystems: &[&str]| Member {
        id: vectors::member(path),
        class_description: "Government".into(),
        name: format!("Member {path}"),
        subsystems: subsystems.iter().map(|code| Subsystem { code: (*code).into(), name: None }).collect(),
    };
    SharedParams {
        instance: "EE".into(),
        sources: vec![ConfigurationSource { address: "cs".into(), ..ConfigurationSource::default() }],
        members: vec![member("EE/GOV/1", &["sub"]), member("EE/GOV/2", &[])],
        servers: vec![SecurityServer {
            id: identifiers::ServerId::from_path("EE/GOV/1/ss1").unwrap(),
            address: Some("ss1.example".into()),
            auth_certs: vec![AuthCertHash { sha1: Some([1; 20]), sha256: Some([2; 32]) }],
            clients: vec![vectors::client("EE/GOV/1/sub"), vectors::client("EE/GOV/2")],
            maintenance: None,
        }],
        member_classes: vec![MemberClass { code: "GOV".into(), description: "Government".into() }],
        ocsp_freshness_seconds: 3600,
        ..SharedParams::default()
    }
}
