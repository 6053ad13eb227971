//! One of our servers in the place of a captured one: its identity, keys, revocation status, configuration and clock.

use std::fs;
use std::net::SocketAddr;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use keys::{Identity, Pin, SoftwareToken};
use pki::Certificate;
use service_kit::files::{Readers, write_atomically};
use service_kit::http::{Request, Response};
use service_kit::http_client::{ClientSecurity, ClientSettings, Destination, HttpClient};
use service_kit::shutdown::Shutdown;

use super::captured::{Http, SIGNATURE, between, folder, read};
use super::provider::Backend;
use crate::boot::{self, Running};
use crate::config::Config;

/// Where nobody listens: these tests need no responder and no time-stamping authority.
const NOBODY: &str = "127.0.0.1:1";

/// A server of the captured pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The consumer's, INST/GOV/1111/SS1 at 127.0.0.11.
    Ss1,
    /// The provider's, INST/GOV/2222/SS2 at 127.0.0.12.
    Ss2,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Self::Ss1 => "ss1",
            Self::Ss2 => "ss2",
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::Ss1 => "INST/GOV/1111/SS1",
            Self::Ss2 => "INST/GOV/2222/SS2",
        }
    }

    pub(super) fn certificate(self, variant: &str, usage: &str) -> Certificate {
        let der = read(variant, &format!("pki/{}-{usage}.crt.der", self.name()));
        Certificate::from_der(&der).expect("a certificate")
    }
}

/// The keys of a captured server with their certificates.
pub(super) struct Keys {
    pub(super) auth: Identity,
    pub(super) sign: Identity,
}

impl Keys {
    pub(super) fn of(variant: &str, role: Role) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let token = take_over_token(folder.path(), variant, role);
        let identity = |usage: &str| {
            let certificate = role.certificate(variant, usage);
            let found = token.identities().into_iter().find(|found| *found.certificate() == certificate);
            found.expect("a key for the certificate")
        };
        Self { auth: identity("auth"), sign: identity("sign") }
    }
}

/// The captured OCSP response for a certificate of the pair.
pub(super) fn ocsp_response(variant: &str, role: Role, usage: &str) -> Vec<u8> {
    if (role, usage) == (Role::Ss2, "sign") {
        // Only the consumer's cache was captured; the provider's own response is in its signatures.
        let response = Http::captured(variant, "02-rest-post-json", "5500-response").message();
        let signature = String::from_utf8(response.part(SIGNATURE).unwrap().to_vec()).unwrap();
        let value = between(
            &signature,
            "<xades:EncapsulatedOCSPValue Id=\"ocsp-response-1\">",
            "</xades:Encapsulated",
        );
        let base64: String = value.replace("&#13;", "").split_whitespace().collect();
        return STANDARD.decode(base64).unwrap();
    }
    read(variant, &format!("ocsp/{}.ocsp", hex::encode(role.certificate(variant, usage).sha1())))
}

/// When an exchange took place, by the clock of the captured provider.
pub(super) fn time_of(variant: &str, exchange: &str) -> String {
    let date = Http::captured(variant, exchange, "5500-response").header("date").to_owned();
    let clock = date.split(' ').nth(4).expect("a time of day").to_owned();
    assert!(date.starts_with("Sat, 21 Nov 2026 "), "{date}");
    format!("2026-11-21T{clock}Z")
}

/// One of our servers at work.
pub(super) struct Place {
    _folder: tempfile::TempDir,
    shutdown: Shutdown,
    pub(super) running: Running,
    /// Where the provider's server answers about its certificates.
    pub(super) ocsp_of_provider: SocketAddr,
}

/// Both of our servers and the captured service.
pub(super) struct Pair {
    pub(super) ss1: Place,
    pub(super) ss2: Place,
    pub(super) backend: Backend,
}

impl Pair {
    /// At the time of the first captured exchange.
    pub(super) async fn start(variant: &'static str) -> Self {
        Self::start_at(variant, &time_of(variant, "01-rest-get")).await
    }

    pub(super) async fn start_at(variant: &'static str, time: &str) -> Self {
        let backend = Backend::start(variant).await;
        let ss2 = Place::ss2(variant, backend.at, time).await;
        let ss1 = Place::ss1(variant, ss2.peers(), ss2.ocsp(), time).await;
        Self { ss1, ss2, backend }
    }

    pub(super) async fn end(self) {
        self.ss1.end().await;
        self.ss2.end().await;
        self.backend.stop();
    }
}

impl Place {
    /// The provider's server. Its service is at `backend`; the clock starts at `time`.
    pub(super) async fn ss2(variant: &str, backend: SocketAddr, time: &str) -> Self {
        let declarations = format!(
            "[[subsystem]]\nid = \"INST/GOV/2222\"\nconnection_type = \"NOSSL\"\n\
             [[subsystem]]\nid = \"INST/GOV/2222/NORIGHTS\"\nconnection_type = \"NOSSL\"\n\
             [[subsystem]]\nid = \"INST/GOV/2222/SUB2\"\nconnection_type = \"NOSSL\"\n\
             [[subsystem.service]]\ncode = \"svc\"\nkind = \"REST\"\nurl = \"http://{backend}/rest\"\n\
             [[subsystem.service.allow]]\nclient = \"INST/GOV/1111/SUB1\"\n\
             [[subsystem.service]]\ncode = \"getRandom\"\nversion = \"v1\"\nkind = \"WSDL\"\n\
             url = \"http://{backend}/soap/getRandom\"\n\
             [[subsystem.service.allow]]\nclient = \"INST/GOV/1111/SUB1\"\n\
             [[subsystem.service]]\ncode = \"getFault\"\nversion = \"v1\"\nkind = \"WSDL\"\n\
             url = \"http://{backend}/soap/getFault\"\n\
             [[subsystem.service.allow]]\nclient = \"INST/GOV/1111/SUB1\"\n"
        );
        Self::start(variant, Role::Ss2, &declarations, "", time).await
    }

    /// The consumer's server, for which the provider's is at `provider`, and answers about its certificates at `ocsp`.
    pub(super) async fn ss1(variant: &str, provider: SocketAddr, ocsp: SocketAddr, time: &str) -> Self {
        let declarations = ["INST/GOV/1111", "INST/GOV/1111/SUB1", "INST/GOV/1111/NORIGHTS"]
            .map(|id| format!("[[subsystem]]\nid = \"{id}\"\nconnection_type = \"NOSSL\"\n"))
            .concat();
        let address = format!(
            "[peers.address.\"127.0.0.12\"]\nhost = \"127.0.0.1\"\nport = {}\nocsp_port = {}\n",
            provider.port(),
            ocsp.port()
        );
        let started = Self::start(variant, Role::Ss1, &declarations, &address, time).await;
        Self { ocsp_of_provider: ocsp, ..started }
    }

    async fn start(variant: &str, role: Role, declarations: &str, address: &str, time: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let here = folder.path();
        take_over_token(here, variant, role);
        take_over_global_conf(here, variant);
        for usage in ["auth", "sign"] {
            let name = format!("{}.ocsp", hex::encode(role.certificate(variant, usage).sha1()));
            write(&here.join("state/ocsp").join(name), &ocsp_response(variant, role, usage));
        }
        write(&here.join("subsystems.toml"), declarations.as_bytes());
        let config = format!(
            "[server]\nid = \"{}\"\nclock = \"{time}\"\n\
             state_folder = \"state\"\ndeclarations = \"subsystems.toml\"\n\
             [keys]\ntoken = \"token\"\npin = {{ file = \"pin\" }}\n\
             [global_configuration]\nfolder = \"globalconf\"\n\
             [information_systems]\nhttp = \"127.0.0.1:0\"\n\
             [admin]\nlisten = \"127.0.0.1:0\"\n\
             [peers]\nlisten = \"127.0.0.1:0\"\nocsp_listen = \"127.0.0.1:0\"\n{address}",
            role.id()
        );
        write(&here.join("security-server.toml"), config.as_bytes());
        let shutdown = Shutdown::new();
        let config = Config::load(&here.join("security-server.toml")).unwrap();
        let running = boot::start(&config, &shutdown).await.unwrap();
        let ocsp_of_provider = running.addresses().ocsp;
        Self { _folder: folder, shutdown, running, ocsp_of_provider }
    }

    /// The port for other security servers.
    pub(super) fn peers(&self) -> SocketAddr {
        self.running.addresses().peers
    }

    /// The port for questions about its certificates.
    pub(super) fn ocsp(&self) -> SocketAddr {
        self.running.addresses().ocsp
    }

    /// Asks as an information system; gives the answer and its body.
    pub(super) async fn ask(&self, request: Request) -> (Response, Bytes) {
        let at = self.running.addresses().http.unwrap();
        let at = Destination { host: at.ip().to_string(), port: at.port(), security: ClientSecurity::Plain };
        let mut response = HttpClient::new(ClientSettings::default()).send(&at, request).await.unwrap();
        let body = std::mem::take(&mut response.body).read_all(u64::MAX).await.unwrap();
        (response, body)
    }

    /// Ends the server.
    pub(super) async fn end(self) {
        self.shutdown.request();
        self.running.finished(&self.shutdown).await;
    }
}

/// A copy of the captured software token, with the certificates that its keys belong to.
fn take_over_token(here: &Path, variant: &str, role: Role) -> SoftwareToken {
    let captured = folder(variant).join(format!("keyconf/{}-softtoken", role.name()));
    let token = here.join("token");
    for entry in fs::read_dir(captured).unwrap() {
        let entry = entry.unwrap();
        write(&token.join(entry.file_name()), &fs::read(entry.path()).unwrap());
    }
    write(&here.join("pin"), b"1234");
    let mut token = SoftwareToken::open(&token, &Pin::new("1234".to_owned()).unwrap()).unwrap();
    for usage in ["auth", "sign"] {
        token.import_certificate(&role.certificate(variant, usage), &[]).unwrap();
    }
    token
}

/// A copy of the captured global configuration in which the trust services are where nobody answers.
fn take_over_global_conf(here: &Path, variant: &str) {
    let captured = folder(variant).join("globalconf");
    for name in [
        "instance-identifier",
        "INST/shared-params.xml",
        "INST/shared-params.xml.metadata",
        "INST/private-params.xml",
        "INST/private-params.xml.metadata",
    ] {
        let text = fs::read_to_string(captured.join(name)).unwrap();
        let text = text.replace("127.0.0.20:8888", NOBODY).replace("127.0.0.20:8899", NOBODY);
        write(&here.join("globalconf").join(name), text.as_bytes());
    }
}

fn write(path: &Path, content: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    write_atomically(path, content, Readers::Owner).unwrap();
}
