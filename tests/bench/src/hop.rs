//! The plain double mTLS hop: two nginx between the consumer's system and the service, with the security servers' own
//! keys, connections kept, nothing else done.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use demo_town::town::Town;
use demo_town::town::names::MUNICIPALITY_ADDRESS;
use testkit::tokens::Token;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};

use crate::processes::Processes;

/// The running hop; it ends with this value.
pub(crate) struct Hop {
    consumer: Child,
    provider: Child,
    port: u16,
}

/// Ports of the hop and of the service behind it.
#[derive(Clone, Copy)]
pub(crate) struct HopPorts {
    pub(crate) consumer: u16,
    pub(crate) provider: u16,
    pub(crate) service: u16,
}

impl Hop {
    /// Starts both; `None` where there is no nginx.
    ///
    /// # Errors
    /// There is one, but it does not start.
    pub(crate) async fn start(town: &Town, ports: HopPorts) -> Result<Option<Self>> {
        let Some(nginx) = program() else { return Ok(None) };
        let authority = town.folder.join("certificates/ca.pem").display().to_string();
        let identity = |side: &str| write_identity(town, side);
        let (centre, hall) = (identity("support-centre")?, identity("municipality")?);
        let inward = format!(
            "server {{ listen 127.0.0.1:{} reuseport backlog=4096;\n location / {{ proxy_pass https://next;\n\
             proxy_ssl_certificate {centre}.crt; proxy_ssl_certificate_key {centre}.key;\n\
             proxy_ssl_verify on; proxy_ssl_trusted_certificate {authority}; proxy_ssl_name {MUNICIPALITY_ADDRESS};\n\
             proxy_ssl_protocols TLSv1.3; }} }}\n",
            ports.consumer
        );
        let outward = format!(
            "server {{ listen 127.0.0.1:{} ssl reuseport backlog=4096; ssl_protocols TLSv1.3;\n\
             ssl_certificate {hall}.crt; ssl_certificate_key {hall}.key;\n\
             ssl_verify_client on; ssl_client_certificate {authority};\n location / {{ proxy_pass http://next; }} }}\n",
            ports.provider
        );
        let start = |name, next, server| start(&nginx, &town.folder.join(name), next, server);
        let provider = start("hop-provider", ports.service, &outward)?;
        let consumer = start("hop-consumer", ports.provider, &inward)?;
        let mut hop = Self { consumer, provider, port: ports.consumer };
        hop.ready().await?;
        Ok(Some(hop))
    }

    async fn ready(&mut self) -> Result<()> {
        for _ in 0..200 {
            for child in [&mut self.consumer, &mut self.provider] {
                if let Some(status) = child.try_wait()? {
                    bail!("nginx ended at once: {status}");
                }
            }
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("nginx does not listen on port {}", self.port)
    }

    /// Where the consumer's system sends.
    pub(crate) fn address(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Its processes.
    pub(crate) fn processes(&self, processes: &mut Processes) {
        for (name, child) in [("consumer", &self.consumer), ("provider", &self.provider)] {
            if let Some(pid) = child.id() {
                processes.add_family(name, pid);
            }
        }
    }

    /// Ends both in order, so that their workers end too.
    ///
    /// # Errors
    /// They cannot be waited for.
    pub(crate) async fn stop(mut self) -> Result<()> {
        for child in [&mut self.consumer, &mut self.provider] {
            if let Some(pid) = child.id() {
                Command::new("kill").args(["-TERM", &pid.to_string()]).status().await?;
                child.wait().await?;
            }
        }
        Ok(())
    }
}

fn program() -> Option<PathBuf> {
    ["/usr/sbin/nginx", "/usr/bin/nginx", "/usr/local/bin/nginx"]
        .into_iter()
        .map(PathBuf::from)
        .find(|path| path.is_file())
}

/// Writes key and certificate of a security server beside each other; gives the path without ending.
fn write_identity(town: &Town, side: &str) -> Result<String> {
    let identity = Token::open(&town.folder.join(side))?.authentication;
    let file = town.folder.join(format!("hop-{side}"));
    let key = STANDARD.encode(identity.key().to_pkcs8()?);
    let key = format!("-----BEGIN PRIVATE KEY-----\n{key}\n-----END PRIVATE KEY-----\n");
    std::fs::write(file.with_extension("key"), key)?;
    std::fs::write(file.with_extension("crt"), identity.certificate().to_pem())?;
    Ok(file.display().to_string())
}

fn start(nginx: &Path, folder: &Path, next: u16, server: &str) -> Result<Child> {
    std::fs::create_dir_all(folder)?;
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {}/{kind};\n", folder.display()))
        .collect();
    let config = format!(
        "daemon off; worker_processes auto; worker_rlimit_nofile 16384;\npid {folder}/pid; error_log {folder}/log;\n\
         events {{ worker_connections 8192; }}\nhttp {{ access_log off; {temporary}\
         keepalive_requests 100000000; client_max_body_size 0; client_body_buffer_size 64k;\n\
         proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_request_buffering off;\n\
         proxy_max_temp_file_size 0; proxy_buffers 16 64k; proxy_buffer_size 64k; proxy_busy_buffers_size 512k;\n\
         upstream next {{ server 127.0.0.1:{next}; keepalive 1024; keepalive_requests 100000000; }}\n{server}}}\n",
        folder = folder.display()
    );
    let file = folder.join("nginx.conf");
    std::fs::write(&file, config)?;
    Command::new(nginx)
        .arg("-c")
        .arg(&file)
        .arg("-e")
        .arg(folder.join("log"))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .context("cannot start nginx")
}
