use super::*;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conf").join(name)
}

#[test]
fn the_samples_are_right() {
    let short = Config::load(&sample("trust-services.toml")).unwrap();
    assert_eq!(short.public_url(), "http://127.0.0.1:8888");
    assert!(!short.signing.http && !short.test_modes.enabled);
    let full = Config::load(&sample("trust-services.full.toml")).unwrap();
    assert_eq!(full.public_url(), "http://trust.town.example:8888");
    assert!(full.state_folder.ends_with("conf/trust-services"));
    // The full sample shows the defaults.
    assert_eq!(full.certificates.profile, CertificatesConfig::default().profile);
    assert_eq!(full.timestamp.policy, TimestampConfig::default().policy);
    assert_eq!(full.authority.common_name, AuthorityConfig::default().common_name);
    assert_eq!(full.authority.key, AuthorityConfig::default().key);
}

#[test]
fn mistakes_are_named() {
    let problem = |text: &str| {
        let read: Result<Config, _> = service_kit::config::parse(text, Path::new("t.toml"));
        read.unwrap_err().to_string()
    };
    assert!(problem("state_folder = \"s\"\nlisen = \"x\"").contains("did you mean listen?"));
    assert!(problem("state_folder = \"s\"\n[certificates]\nprofile = \"X\"").contains("known are Basic"));
    assert!(problem("state_folder = \"s\"\n[timestamp]\npolicy = \"1.x\"").contains("no object identifier"));
    assert!(problem("").contains("add the key state_folder"));
}
