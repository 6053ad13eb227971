use super::*;
use crate::registry::Registry;
use crate::store::Store;
use crate::testing::{NOW, Town, conf};

#[test]
fn samples_are_read() {
    for name in ["membership.toml", "membership.full.toml"] {
        Declaration::load(&conf().join(name)).unwrap();
    }
    let town = Town::new();
    std::fs::copy(conf().join("membership.toml"), town.file()).unwrap();
    assert_eq!(town.registered(None).membership.members.len(), 1);
}

#[test]
fn unknown_keys_are_refused_by_name() {
    let town = Town::new();
    town.change("address = \"ss1", "adress = \"ss1");
    let error = Declaration::load(&town.file()).unwrap_err().to_string();
    assert!(error.contains("did you mean address?"), "{error}");
}

#[test]
fn what_is_declared_is_what_is_stored() {
    let town = Town::new();
    let wanted = town.registered(None);
    let registry = Registry::open(&Store::in_folder(town.path()).unwrap()).unwrap();
    assert_eq!(registry.read().unwrap(), None);
    registry.replace(&wanted, "apply", &["+ everything".into()], NOW).unwrap();
    assert_eq!(registry.read().unwrap().as_ref(), Some(&wanted));
    // A second time, over rows that are there.
    registry.replace(&wanted, "apply", &[], NOW).unwrap();
    assert_eq!(registry.read().unwrap().as_ref(), Some(&wanted));
}

#[test]
fn a_plan_shows_each_difference() {
    let town = Town::new();
    let before = town.registered(None);
    let all = plan::difference(None, &before);
    assert!(all.contains(&"+ member TOWN/GOV/1001: Town hall".to_owned()), "{all:#?}");
    assert!(all.contains(&"+ server TOWN/ORG/2001/ss2, client TOWN/ORG/2001/coupons".to_owned()));
    assert!(all.iter().all(|line| line.starts_with("+ ")));
    assert_eq!(plan::difference(Some(&before), &before), Vec::<String>::new());

    town.change("name = \"Town hall\"", "name = \"City hall\"");
    town.change("clients = [\"TOWN/GOV/1001/child-rearing\", ", "clients = [");
    town.change("maintenance = \"back on Monday\"", "");
    town.change("ocsp_freshness_seconds = 3600", "ocsp_freshness_seconds = 7200");
    town.change("\"TOWN/GOV/1001\", \"TOWN/ORG", "\"TOWN/ORG/2001\", \"TOWN/ORG");
    town.change("url = \"http://trust.town.example.org:8888/tsa\"", "url = \"http://other.example.org/\"");
    let after = town.registered(Some(&before));
    let lines = plan::difference(Some(&before), &after);
    let starts = [
        "- global group all-of-town, member TOWN/GOV/1001",
        "+ global group all-of-town, member TOWN/ORG/2001",
        "~ instance TOWN, OCSP freshness: 3600 s -> 7200 s",
        "~ member TOWN/GOV/1001: Town hall -> City hall",
        "- server TOWN/GOV/1001/ss1, client TOWN/GOV/1001/child-rearing",
        "~ server TOWN/ORG/2001/ss2: ss2.town.example.org (maintenance \"back on Monday\") -> ss2.town.example.org",
        "~ timestamping service Town TSA: http://trust.town.example.org:8888/tsa",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn certificates_of_a_server_that_says_nothing_about_them_stay() {
    let town = Town::new();
    let mut present = town.registered(None);
    let ss2 = identifiers::ServerId::from_path("TOWN/ORG/2001/ss2").unwrap();
    let registered = town.certificate("ss2-auth");
    present.membership.server_mut(&ss2).unwrap().auth_certificates.push(registered.clone());
    let mut again = town.registered(Some(&present));
    assert_eq!(again.membership.server_mut(&ss2).unwrap().auth_certificates, [registered]);
    // A server that lists its certificates has those and no others.
    town.change("auth_certificates = [{ file = \"certs/ss1-auth.crt.pem\" }]", "auth_certificates = []");
    let mut without = town.registered(Some(&present));
    let ss1 = identifiers::ServerId::from_path("TOWN/GOV/1001/ss1").unwrap();
    assert!(without.membership.server_mut(&ss1).unwrap().auth_certificates.is_empty());
}

#[test]
fn certificates_may_be_written_out() {
    use base64::Engine as _;
    let town = Town::new();
    let der = base64::engine::general_purpose::STANDARD.encode(town.certificate("tsa").der());
    let before = town.registered(None);
    town.change(
        "certificate = { file = \"certs/tsa.crt.pem\" }",
        &format!("certificate = {{ base64 = \"{der}\" }}"),
    );
    assert_eq!(town.registered(None), before);
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let town = Town::new();
    town.change("operator = \"TOWN/GOV/1001/management\"", "operator = \"TOWN/GOV/9\"");
    town.change("code = \"ORG\"", "code = \"OTHER\"");
    town.change("clients = [\"TOWN/ORG/2001/coupons\"]", "clients = [\"TOWN/ORG/2001/coupon\"]");
    town.change("certs/ss1-auth.crt.pem", "certs/ss1-sign.crt.pem");
    town.change("certs/ca.crt.pem", "certs/tsa.crt.pem");
    town.change("certs/ocsp.crt.pem", "certs/nobody.crt.pem");
    town.change("impl.FiVRKCertificateProfileInfoProvider", "impl.UnknownProfile");
    town.change("url = \"http://trust.town.example.org:8888/tsa\"", "url = \"trust.town.example.org\"");
    town.change("address = \"ss2.town.example.org\"", "address = \"https://ss2\"");
    town.change("timestamping_interval_seconds = 60", "timestamping_interval_seconds = 5");
    town.change("members = [\"TOWN/GOV/1001\"", "members = [\"TOWN/GOV/1002\"");
    let problems = town.problems(None).join("\n");
    for expected in [
        "the operator MEMBER:TOWN/GOV/9 is not a member",
        "member TOWN/ORG/2001 has the class ORG, which is not declared",
        "server TOWN/ORG/2001/ss2 hosts TOWN/ORG/2001/coupon, which is not declared",
        "CN=ss1-sign is not an authentication certificate",
        "CN=tsa is not the certificate of a certification authority",
        "nobody.crt.pem",
        "UnknownProfile",
        "\"trust.town.example.org\" is not an http:// or https:// address",
        "the address \"https://ss2\" is not a host",
        "timestamping_interval_seconds must be between 60 and 86400",
        "global group all-of-town has TOWN/GOV/1002, which is not declared",
    ] {
        assert!(problems.contains(expected), "{expected} is not in\n{problems}");
    }
}

#[test]
fn things_declared_twice_are_refused() {
    let town = Town::new();
    town.change("id = \"TOWN/ORG/2001\"\n", "id = \"TOWN/GOV/1001\"\n");
    let problems = town.problems(None).join("\n");
    assert!(problems.contains("member TOWN/GOV/1001 is declared twice"), "{problems}");
    let town = Town::new();
    let same = "auth_certificates = [{ file = \"certs/ss1-auth.crt.pem\" }]\n";
    town.change("maintenance = ", &format!("{same}maintenance = "));
    let problems = town.problems(None).join("\n");
    assert!(problems.contains("is registered for SERVER:TOWN/GOV/1001/ss1 too"), "{problems}");
}

#[test]
fn a_registry_stays_that_of_its_instance() {
    let town = Town::new();
    let present = town.registered(None);
    let text = std::fs::read_to_string(town.file()).unwrap().replace("TOWN", "CITY");
    std::fs::write(town.file(), text).unwrap();
    assert_eq!(
        town.problems(Some(&present)),
        ["the registry is that of TOWN and cannot become that of CITY"]
    );
}
