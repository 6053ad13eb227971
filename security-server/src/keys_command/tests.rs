//! The way of a certificate from `init` to `status`, and what an import refuses.

use clap::Parser;
use pki::csr::{CertificateRequest, Subject, SubjectAttribute};
use pki::issue::{CertificateParameters, IssueProfile, issue, self_signed};
use time::OffsetDateTime;
use time::macros::datetime;

use super::*;

#[derive(Parser)]
struct TestCli {
    #[command(flatten)]
    keys: KeysArguments,
}

/// A folder with a PIN file, and the command line over it.
struct Desk {
    folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("pin"), "correct horse\n").unwrap();
        let desk = Self { folder };
        desk.run(&["init"]).unwrap();
        desk
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// Runs the command with token and PIN; gives what it prints.
    fn run(&self, words: &[&str]) -> anyhow::Result<String> {
        let (token, pin) = (self.path("token"), self.path("pin"));
        let all = ["keys"].iter().chain(words).copied().chain(["--token", &token, "--pin-file", &pin]);
        let arguments = TestCli::try_parse_from(all)?;
        let mut out = Vec::new();
        execute(&arguments.keys.command, &mut out)?;
        Ok(String::from_utf8(out)?)
    }

    fn generate(&self, usage: &str) -> String {
        self.run(&["generate", "--usage", usage, "--type", "p256", "--label", "test"])
            .unwrap()
            .trim()
            .to_owned()
    }

    fn request(&self, key: &str, more: &[&str]) -> anyhow::Result<CertificateRequest> {
        let basis =
            ["csr", key, "--server", "INST/GOV/1111/SS1", "--organization", "Org", "--dns", "ss1.example"];
        let text = self.run(&[&basis[..], more].concat())?;
        Ok(CertificateRequest::parse(text.as_bytes())?)
    }

    /// Issues a certificate for the request and imports it.
    fn certify(&self, request: &CertificateRequest, profile: IssueProfile) -> anyhow::Result<String> {
        let ca_key = keys::SigningKey::generate(keys::KeyType::P256)?;
        let validity = datetime!(2026-01-01 0:00 UTC)..=datetime!(2046-01-01 0:00 UTC);
        let name = Subject::new().with(SubjectAttribute::CommonName, "CA");
        let parameters =
            CertificateParameters::new(name, IssueProfile::Ca { path_len: None }, &[1], validity.clone());
        let ca = self_signed(&parameters, &ca_key)?;
        let parameters = CertificateParameters::new(request.subject().clone(), profile, &[2], validity);
        let certificate = issue(&parameters, request.public_key(), &ca, &ca_key)?;
        let file = self.path("certificate.pem");
        std::fs::write(&file, certificate.to_pem())?;
        self.run(&["import", &file])
    }
}

fn text(error: &anyhow::Error) -> String {
    format!("{error:#}")
}

#[test]
fn from_an_empty_token_to_a_usable_certificate() {
    let desk = Desk::new();
    let (auth, sign) = (desk.generate("auth"), desk.generate("sign"));
    assert!(desk.run(&["status"]).unwrap().contains("no certificate yet"));
    let request = desk.request(&auth[..8], &[]).unwrap();
    assert_eq!(request.dns_names(), ["ss1.example"]);
    desk.certify(&request, IssueProfile::Authentication).unwrap();
    desk.certify(&desk.request(&sign, &[]).unwrap(), IssueProfile::Signing).unwrap();
    let list = desk.run(&["list"]).unwrap();
    assert_eq!(list.matches("valid until 2046-01-01").count(), 2, "{list}");
    let now = datetime!(2026-11-21 15:10 UTC);
    let status = |now: OffsetDateTime| {
        let pin = keys::Pin::new("correct horse".to_owned()).unwrap();
        let token = SoftwareToken::open(&desk.folder.path().join("token"), &pin).unwrap();
        let mut out = Vec::new();
        status::report(&token, &status::Evidence::read(None, None).unwrap(), now, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert_eq!(status(now).matches("in order").count(), 2);
    let later = status(datetime!(2050-01-01 0:00 UTC));
    assert!(later.contains("not usable") && later.contains("valid from 2026-01-01"), "{later}");
}

#[test]
fn subjects_are_those_of_the_profile() {
    use SubjectAttribute::{
        BusinessCategory, CommonName, Country, Organization, OrganizationalUnit, SerialNumber,
    };
    let desk = Desk::new();
    let (auth, sign) = (desk.generate("auth"), desk.generate("sign"));
    let member = ["--member", "INST/COM/2222", "--country", "XX"];
    type Row = (&'static str, bool, &'static [(SubjectAttribute, &'static str)]);
    let table: &[Row] = &[
        (
            "FiVRK",
            true,
            &[
                (Country, "FI"),
                (Organization, "Org"),
                (SerialNumber, "INST/SS1/GOV"),
                (CommonName, "ss1.example"),
            ],
        ),
        (
            "FiVRK",
            false,
            &[(Country, "FI"), (Organization, "Org"), (SerialNumber, "INST/SS1/COM"), (CommonName, "2222")],
        ),
        (
            "Basic",
            false,
            &[
                (CommonName, "Org"),
                (Organization, "Org"),
                (BusinessCategory, "COM"),
                (Country, "XX"),
                (SerialNumber, "2222"),
            ],
        ),
        (
            "BasicACME",
            true,
            &[(Country, "XX"), (Organization, "Org"), (SerialNumber, "2222"), (CommonName, "ss1.example")],
        ),
        ("Ejbca", false, &[(Country, "INST"), (Organization, "COM"), (CommonName, "2222")]),
        ("Fo", true, &[(Country, "FO"), (Organization, "INST"), (CommonName, "INST/GOV/1111/SS1")]),
        (
            "Is",
            false,
            &[
                (Country, "IS"),
                (Organization, "INST"),
                (OrganizationalUnit, "COM"),
                (CommonName, "2222"),
                (SerialNumber, "INST/GOV/1111/SS1"),
            ],
        ),
        ("SkKlass3", false, &[(SerialNumber, "2222"), (CommonName, "Org")]),
    ];
    for (profile, authentication, expected) in table {
        let key = if *authentication { &auth } else { &sign };
        let request = desk.request(key, &[&["--profile", profile][..], &member].concat()).unwrap();
        let expected: Vec<_> = expected.iter().map(|(kind, value)| (*kind, (*value).to_owned())).collect();
        assert_eq!(request.subject().attributes(), expected, "{profile} {authentication}");
    }
    let full = "ee.ria.xroad.common.certificateprofile.impl.FiVRKCertificateProfileInfoProvider";
    assert!(desk.request(&sign, &["--profile", full]).is_ok());
    for (profile, reason) in
        [("Other", "not a certificate profile"), ("Basic", "--country"), ("SkEsteId", "no certificates")]
    {
        let error = desk.request(&sign, &["--profile", profile]).err().unwrap();
        assert!(text(&error).contains(reason), "{profile}: {error:#}");
    }
}

#[test]
fn imports_are_checked() {
    let desk = Desk::new();
    let (auth, sign) = (desk.generate("auth"), desk.generate("sign"));
    let (auth, sign) = (desk.request(&auth, &[]).unwrap(), desk.request(&sign, &[]).unwrap());
    let table = [
        (&auth, IssueProfile::Signing, "was made for auth, the certificate is for sign"),
        (&sign, IssueProfile::Authentication, "was made for sign, the certificate is for auth"),
        (&sign, IssueProfile::TimeStamping, "for authentication and for signing"),
        (&sign, IssueProfile::Ca { path_len: None }, "neither"),
    ];
    for (request, profile, reason) in table {
        let error = desk.certify(request, profile).unwrap_err();
        assert!(text(&error).contains(reason), "{profile:?}: {error:#}");
    }
    let stranger = Desk::new();
    let foreign = stranger.request(&stranger.generate("sign"), &[]).unwrap();
    let error = desk.certify(&foreign, IssueProfile::Signing).unwrap_err();
    assert!(text(&error).contains("no key of the token belongs to the certificate"), "{error:#}");
}

#[test]
fn the_pin_opens_the_token_and_is_no_argument() {
    let desk = Desk::new();
    std::fs::write(desk.path("pin"), "wrong\n").unwrap();
    assert!(text(&desk.run(&["list"]).unwrap_err()).contains("PIN does not open"));
    assert!(TestCli::try_parse_from(["keys", "list", "--pin", "1234"]).is_err());
    let help = TestCli::try_parse_from(["keys", "csr", "--help"]).err().unwrap().to_string();
    assert!(help.contains("certificate profile") && help.contains("--pin-file"), "{help}");
}

#[test]
fn a_stock_token_is_read_and_its_keys_need_a_usage() {
    let folder =
        concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/x-road-7.8-live/rsa/keyconf/ss1-softtoken");
    let pin = keys::Pin::new("1234".to_owned()).unwrap();
    let token = SoftwareToken::open(Path::new(folder), &pin).unwrap();
    assert_eq!(token.list().len(), 2);
    let desk = tempfile::tempdir().unwrap();
    let pin_file = desk.path().join("pin");
    std::fs::write(&pin_file, "1234").unwrap();
    let run = |more: &[&str]| {
        let pin_file = pin_file.display().to_string();
        let key = token.list()[0].id.as_str();
        let basis = [
            "keys",
            "csr",
            key,
            "--token",
            folder,
            "--pin-file",
            &pin_file,
            "--server",
            "INST/GOV/1111/SS1",
            "--organization",
            "Org",
        ];
        let arguments = TestCli::try_parse_from(basis.iter().chain(more)).unwrap();
        let mut out = Vec::new();
        execute(&arguments.keys.command, &mut out).map(|()| out)
    };
    assert!(text(&run(&[]).unwrap_err()).contains("--usage"));
    assert!(CertificateRequest::parse(&run(&["--usage", "sign"]).unwrap()).unwrap().asks_for_signing());
}
