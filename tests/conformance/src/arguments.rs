//! The command line.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;

use clap::Parser;

use crate::descriptions::Backend;
use crate::pair::ports::DEFAULT_BASE;

/// X-Road's own cases, asked of a pair of security servers: of our own, started for the run, or with --consumer of any
/// other.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    /// Only cases whose name begins so; may be repeated.
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Folder of X-Road's test data.
    #[arg(long, value_name = "DIR", default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/x-road-7.8"))]
    pub vectors: PathBuf,
    /// Size of the attachment of AttachmentBig; 0 skips the case.
    #[arg(long, value_name = "MEGABYTES", default_value_t = 650)]
    pub large_megabytes: usize,
    /// List the cases and leave.
    #[arg(long)]
    pub list: bool,

    /// Our own pair: folder of the run, emptied at its start.
    #[arg(long, value_name = "DIR", default_value = ".conformance")]
    pub folder: PathBuf,
    /// Our own pair: where a row of free ports is looked for.
    #[arg(long, value_name = "PORT", default_value_t = DEFAULT_BASE)]
    pub base_port: u16,

    /// Our own pair: start it, print the command that drives it as if it were another, and stay.
    #[arg(long)]
    pub hold: bool,

    /// Another pair: the consumer's server, its port for information systems.
    #[arg(long, value_name = "URL", value_parser = address)]
    pub consumer: Option<SocketAddr>,
    /// Another pair: the same for HTTPS.
    #[arg(long, value_name = "URL", requires = "consumer", value_parser = address)]
    pub consumer_https: Option<SocketAddr>,
    /// Another pair: the provider's server, its port for other security servers.
    #[arg(long, value_name = "URL", requires = "consumer", value_parser = address)]
    pub provider_server: Option<SocketAddr>,
    /// Where the provider's information system, which is ours, listens.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8090")]
    pub provider_backend: SocketAddr,
    /// The same for HTTPS.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:8093")]
    pub provider_backend_https: SocketAddr,
    /// The IP address at which the provider's server reaches both; without it that at which they listen.
    #[arg(long, value_name = "HOST")]
    pub provider_backend_host: Option<IpAddr>,
    /// Where the mock security server, which is ours, listens for messages.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:5500")]
    pub mock_server: SocketAddr,
    /// The same for questions about OCSP responses.
    #[arg(long, value_name = "HOST:PORT", default_value = "127.0.0.1:5577")]
    pub mock_ocsp: SocketAddr,
    /// Another pair: folder of keys and certificates of the mock parts; made if it is not there.
    #[arg(long, value_name = "DIR", default_value = ".conformance-material")]
    pub material: PathBuf,
    /// Another pair: certificate (PEM) of the certification service that issued those of the mock security server.
    #[arg(long, value_name = "FILE", requires = "ocsp_responder")]
    pub authority: Option<PathBuf>,
    /// Another pair: its OCSP responder.
    #[arg(long, value_name = "URL", requires = "authority")]
    pub ocsp_responder: Option<String>,
    /// Another pair: the consumer's server enforces the validity of client certificates
    /// (`proxy.enforce-client-is-cert-validity-period-check`).
    #[arg(long)]
    pub enforcing: bool,
    /// Print how another pair must be configured, make the mock parts' keys and certificate requests, and leave.
    #[arg(long)]
    pub print_configuration: bool,
    /// Serve the descriptions of the services, for a server that learns services from them, until interrupted.
    #[arg(long)]
    pub serve_descriptions: bool,
}

impl Arguments {
    /// Where the mock information system listens.
    #[must_use]
    pub fn backend(&self) -> Backend {
        let http = self.provider_backend;
        Backend { http, https: self.provider_backend_https, nobody: SocketAddr::new(http.ip(), 1) }
    }

    /// The same as the provider's server sees it.
    #[must_use]
    pub fn backend_seen(&self) -> Backend {
        let Backend { http, https, nobody } = self.backend();
        let Some(host) = self.provider_backend_host else { return self.backend() };
        let seen = |address: SocketAddr| SocketAddr::new(host, address.port());
        Backend { http: seen(http), https: seen(https), nobody: seen(nobody) }
    }
}

/// `http://host:port/`, or only host and port.
fn address(text: &str) -> Result<SocketAddr, String> {
    let bare = text.split_once("://").map_or(text, |(_, rest)| rest).trim_end_matches('/');
    let mut found = bare.to_socket_addrs().map_err(|error| error.to_string())?;
    found.next().ok_or_else(|| format!("{bare} has no address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_named_by_url_or_address() {
        for text in ["http://127.0.0.1:8080/", "https://127.0.0.1:8080", "127.0.0.1:8080"] {
            assert_eq!(address(text).unwrap().to_string(), "127.0.0.1:8080");
        }
        assert!(address("127.0.0.1").is_err());
    }

    #[test]
    fn the_command_line_is_consistent() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }
}
