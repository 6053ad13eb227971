//! The line of the configuration that chooses the database.

use std::net::IpAddr;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

/// Time for a connection, each host.
const CONNECT: Duration = Duration::from_secs(5);
/// A connection over which nothing is acknowledged for so long is broken.
const SILENCE: Duration = Duration::from_secs(20);

/// Where the database is and as whom we come; without the password.
#[derive(Debug, Clone)]
pub(in crate::message_log) struct Address {
    pub(super) config: Config,
}

impl Address {
    /// Reads `postgres://role@host:port/database`; with `encrypted` the connection is by TLS.
    ///
    /// # Errors
    /// The rule that is broken, in words that follow on the name of the key. The line itself is not in it.
    pub(in crate::message_log) fn parse(url: &str, encrypted: bool) -> Result<Self, String> {
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err("is not of the form `postgres://role@host:port/database`".to_owned());
        }
        let mut config: Config = url.parse().map_err(|error| format!("is malformed: {error}"))?;
        if config.get_password().is_some() {
            return Err("holds a password: that belongs into `database_password`".to_owned());
        }
        if config.get_user().is_none_or(str::is_empty) || config.get_dbname().is_none_or(str::is_empty) {
            return Err("names no role or no database: `postgres://role@host:port/database`".to_owned());
        }
        let sockets = config.get_hosts().iter().filter(|host| matches!(host, Host::Unix(_))).count();
        if encrypted && (sockets > 0 || config.get_hosts().is_empty()) {
            return Err(
                "names no host, but there is TLS with hosts only (`database_certificates`)".to_owned()
            );
        }
        if !encrypted && !is_local(&config) {
            return Err("leads to another machine: that needs TLS (`database_certificates`)".to_owned());
        }
        config.ssl_mode(if encrypted { SslMode::Require } else { SslMode::Disable });
        // Of several servers the one that takes writes; the others follow it.
        config.target_session_attrs(TargetSessionAttrs::ReadWrite);
        config.application_name("security-server");
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT);
        }
        config.tcp_user_timeout(SILENCE).keepalives_idle(SILENCE / 2).keepalives_interval(SILENCE / 4);
        config.keepalives_retries(2);
        Ok(Self { config })
    }
}

/// Whether nothing leaves this machine.
fn is_local(config: &Config) -> bool {
    let named = |host: &Host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        Host::Unix(_) => true,
    };
    match config.get_hostaddrs() {
        [] => !config.get_hosts().is_empty() && config.get_hosts().iter().all(named),
        addresses => addresses.iter().all(IpAddr::is_loopback),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_on_the_machine_or_is_encrypted_is_accepted() {
        let table = [
            ("postgres://journal@127.0.0.1:5433/journal", false, ""),
            ("postgresql://journal@localhost/journal", false, ""),
            ("postgres://journal@[::1]/journal", false, ""),
            ("postgres://journal@%2Frun%2Fpostgresql/journal", false, ""),
            ("postgres:///journal?host=/run/postgresql&user=journal", false, ""),
            ("postgres://journal@db1.town.example,db2.town.example/journal", true, ""),
            ("postgres://journal@localhost/journal", true, ""),
            ("postgres://journal@db.town.example/journal", false, "another machine"),
            ("postgres://journal@localhost,db.town.example/journal", false, "another machine"),
            ("postgres://journal@localhost/journal?hostaddr=192.0.2.1", false, "another machine"),
            ("postgres://journal@%2Frun%2Fpostgresql/journal", true, "names no host"),
            ("postgres://journal:s3cret@localhost/journal", false, "holds a password"),
            ("postgres://localhost/journal", false, "names no role"),
            ("postgres://journal@localhost", false, "names no role or no database"),
            ("host=localhost user=journal dbname=journal", false, "is not of the form"),
            ("message-log", false, "is not of the form"),
            ("postgres://journal@localhost:port/journal", false, "is malformed"),
        ];
        for (url, encrypted, expected) in table {
            match Address::parse(url, encrypted) {
                Ok(_) => assert_eq!(expected, "", "{url} was accepted"),
                Err(rule) => {
                    assert!(!expected.is_empty() && rule.contains(expected), "{url}: {rule}");
                    assert!(!rule.contains("s3cret"));
                }
            }
        }
    }

    #[test]
    fn encryption_is_never_a_matter_of_luck() {
        for wish in ["disable", "prefer", "require"] {
            let url = format!("postgres://journal@localhost/journal?sslmode={wish}");
            assert_eq!(Address::parse(&url, true).unwrap().config.get_ssl_mode(), SslMode::Require);
            assert_eq!(Address::parse(&url, false).unwrap().config.get_ssl_mode(), SslMode::Disable);
        }
    }
}
