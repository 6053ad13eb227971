//! The samples, and what is refused.

use super::*;
use crate::message_log::TimestampConfig;

fn conf() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../conf")
}

#[test]
fn the_samples_are_read() {
    let short = Config::load(&conf().join("security-server.toml")).unwrap();
    assert_eq!(short.server.id.to_string(), "SERVER:TOWN/GOV/1001/ss1");
    assert!(short.server.declarations.is_absolute() || short.server.declarations.starts_with(conf()));
    let full = Config::load(&conf().join("security-server.full.toml")).unwrap();
    assert_eq!(full.peers.address["ss2.town.example"].port, Some(15500));
    assert_eq!(full.min_client_version().unwrap().to_string(), "7.6.0");
}

/// The full sample shows defaults: what it says and what the code does must not drift apart.
#[test]
fn the_full_sample_shows_the_defaults() {
    let short = Config::load(&conf().join("security-server.toml")).unwrap();
    let full = Config::load(&conf().join("security-server.full.toml")).unwrap();
    let limits = |config: &Config| LimitsConfig { spool_folder: None, ..config.limits.clone() };
    assert_eq!(format!("{:?}", limits(&short)), format!("{:?}", limits(&full)));
    let peers = |config: &Config| PeersConfig {
        address: BTreeMap::new(),
        min_client_version: None,
        ..config.peers.clone()
    };
    assert_eq!(format!("{:?}", peers(&short)), format!("{:?}", peers(&full)));
    let systems = |config: &Config| InformationSystemsConfig {
        https: None,
        tls_key: None,
        tls_certificate: None,
        ..config.information_systems.clone()
    };
    assert_eq!(format!("{:?}", systems(&short)), format!("{:?}", systems(&full)));
    let journal = |config: &Config| MessageLogConfig {
        database: None,
        database_password: None,
        database_certificates: None,
        timestamp: TimestampConfig { interval_seconds: None, ..config.message_log.timestamp.clone() },
        ..config.message_log.clone()
    };
    assert_eq!(format!("{:?}", journal(&short)), format!("{:?}", journal(&full)));
}

#[test]
fn mistakes_are_named() {
    let minimal = std::fs::read_to_string(conf().join("security-server.toml")).unwrap();
    let journal = |lines: &str| format!("{minimal}\n[message_log]\n{lines}\n");
    for (change, expected) in [
        (minimal.replace("[keys]", "[keys]\ntokne = \"x\""), "tokne"),
        (minimal.replace("pin =", "# pin ="), "needs `keys.pin`"),
        (minimal.replace("token = ", "# token = "), "neither a `token`"),
        (format!("{minimal}\n[admin]\nlisten = \"0.0.0.0:4000\"\n"), "not a loopback address"),
        (journal("database = \"postgres://journal@db.town.example/journal\""), "needs TLS"),
        (journal("database_password = { env = \"PASSWORD\" }"), "need `database`"),
        (
            journal("database = \"postgres://journal@localhost/journal\"\ndatabase_password = \"prompt\""),
            "again and again",
        ),
        (format!("{minimal}\n[peers]\nmin_client_version = \"new\"\n"), "is no version"),
        (format!("{minimal}\n[information_systems]\ntls_key = \"k\"\n"), "belong together"),
        (minimal.replace("TOWN/GOV/1001/ss1", "TOWN/GOV/1001"), "server"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.toml");
        std::fs::write(&path, change).unwrap();
        let error = Config::load(&path).unwrap_err().to_string();
        assert!(error.contains(expected), "{error} does not contain {expected}");
    }
}
