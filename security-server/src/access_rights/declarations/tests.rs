//! The samples, and what is refused.

use super::*;

fn conf(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../conf").join(name)
}

fn read(text: &str) -> Result<Declarations, DeclarationsError> {
    let file = service_kit::config::parse(text, Path::new("subsystems.toml"))?;
    Declarations::from_file(file, Path::new("."))
}

#[test]
fn the_samples_are_read() {
    let short = Declarations::load(&conf("subsystems.toml")).unwrap();
    let id = ClientId::from_path("TOWN/GOV/1001/child-support").unwrap();
    assert_eq!(short.subsystem(&id).unwrap().services[0].timeout, Duration::from_secs(60));
    assert_eq!(short.members().len(), 1);
    let full = Declarations::load(&conf("subsystems.full.toml")).unwrap();
    let service = &full.subsystem(&id).unwrap().services[0];
    assert_eq!(service.allow.len(), 3);
    assert!(service.consent.as_ref().unwrap().required);
}

#[test]
fn mistakes_are_named() {
    let subsystem = "[[subsystem]]\nid = \"I/C/M/S\"\nconnection_type = \"NOSSL\"\n";
    let service = |more: &str| {
        format!(
            "{subsystem}[[subsystem.service]]\ncode = \"s\"\nkind = \"REST\"\nurl = \"http://h/\"\n{more}\n"
        )
    };
    let allow = |more: &str| service(&format!("[[subsystem.service.allow]]\n{more}"));
    for (text, expected) in [
        (format!("{subsystem}{subsystem}"), "declared twice"),
        (subsystem.replace("I/C/M/S", "I/C"), "path segments"),
        (subsystem.replace("NOSSL", "SSLAUTH"), "needs `certificates`"),
        (subsystem.replace("NOSSL", "HTTPS"), "connection_type"),
        (format!("{subsystem}certificates = [\"no-such.pem\"]\n"), "no-such.pem"),
        (service("version = \"v1\""), "no version"),
        (service("timeout_seconds = 0"), "at least 1"),
        (service("").replace("http://h/", "ftp://h/"), "begin with http"),
        (service("").replace("http://h/", "http://h/{subject}"), "needs a `consent` table"),
        (service("consent = { purposes = [], subject = { header = \"X\" } }"), "purposes"),
        (allow(""), "exactly one of"),
        (allow("client = \"I/C/M/T\"\nlocal_group = \"g\""), "exactly one of"),
        (allow("local_group = \"g\""), "not among the groups"),
        (allow("client = \"I/C/M/T\"\nmehtod = \"GET\""), "mehtod"),
    ] {
        let error = read(&text).unwrap_err().to_string();
        assert!(error.contains(expected), "{error:?} does not contain {expected:?}");
    }
}
