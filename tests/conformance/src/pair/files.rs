//! Configuration of the servers and of the network around them.

use std::path::Path;

use anyhow::{Context, Result};

use super::Pair;
use super::ports::ServerPorts;
use crate::cases::case::Setting;
use crate::material::MOCK;
use crate::network::{CLASS, INSTANCE, MEMBERS, SERVERS, Server, Stands};

/// Writes everything but the declarations.
///
/// # Errors
/// When a file cannot be written.
pub fn write(pair: &Pair, setting: Setting) -> Result<()> {
    put(&pair.folder.join("trust-services.toml"), &trust_services(pair))?;
    put(&pair.folder.join("central-registry.toml"), &central_registry(pair))?;
    put(&pair.folder.join("membership.toml"), &membership(pair))?;
    let sides = [
        ("consumer", Stands::Consumer, pair.ports.consumer()),
        ("provider", Stands::Provider, pair.ports.provider()),
    ];
    for (name, what, ports) in sides {
        let server = SERVERS.iter().find(|server| server.what == what).context("a server")?;
        put(
            &pair.folder.join(name).join("security-server.toml"),
            &security_server(pair, server, ports, setting),
        )?;
    }
    Ok(())
}

/// Writes a file and the folder that it is in.
pub(super) fn put(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().context("a folder")?;
    std::fs::create_dir_all(folder)?;
    std::fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn trust_services(pair: &Pair) -> String {
    format!("state_folder = \"trust-services\"\nlisten = \"127.0.0.1:{}\"\n", pair.ports.trust_services())
}

fn central_registry(pair: &Pair) -> String {
    format!(
        "state_folder = \"registry\"\n\
         [global_configuration]\naddresses = [\"127.0.0.1:{configuration}\"]\n\
         listen = \"127.0.0.1:{configuration}\"\npublic_folder = \"registry/public\"\nminimum_version = 3\n\
         [administration]\nlisten = \"127.0.0.1:{administration}\"\n\
         [personal_link]\nenabled = false\n",
        configuration = pair.ports.global_configuration(),
        administration = pair.ports.registry(),
    )
}

fn membership(pair: &Pair) -> String {
    let trust = pair.ports.trust_services();
    let mut text = format!(
        "instance = \"{INSTANCE}\"\noperator = \"{INSTANCE}/{CLASS}/consumer\"\n\
         [[member_class]]\ncode = \"{CLASS}\"\ndescription = \"Members of the test suite\"\n\
         [[certification_service]]\nname = \"Conformance CA\"\nprofile = \"FiVRKCertificateProfileInfoProvider\"\n\
         certificate = {{ file = \"certificates/ca.pem\" }}\n\
         ocsp = [{{ url = \"http://127.0.0.1:{trust}/ocsp\", certificate = {{ file = \"certificates/ocsp.pem\" }} }}]\n\
         [[timestamping_service]]\nname = \"Conformance TSA\"\nurl = \"http://127.0.0.1:{trust}/tsa\"\n\
         certificate = {{ file = \"certificates/tsa.pem\" }}\n",
    );
    for member in MEMBERS {
        let id = format!("{INSTANCE}/{CLASS}/{member}");
        let subsystems: Vec<String> =
            subsystems_of(&id).map(|code| format!("{{ code = \"{code}\" }}")).collect();
        text.push_str(&format!(
            "[[member]]\nid = \"{id}\"\nname = \"Member {member}\"\nsubsystem = [{}]\n",
            subsystems.join(", ")
        ));
    }
    for server in &SERVERS {
        let certificates = match server.what {
            Stands::Consumer => "{ file = \"consumer/auth.crt.pem\" }".to_owned(),
            Stands::Provider => "{ file = \"provider/auth.crt.pem\" }".to_owned(),
            Stands::Mock => format!("{{ file = \"material/{MOCK}.crt.pem\" }}"),
            Stands::Nobody | Stands::NoHost | Stands::Maintenance => String::new(),
        };
        let maintenance =
            if server.what == Stands::Maintenance { "maintenance = \"back on Monday\"\n" } else { "" };
        text.push_str(&format!(
            "[[server]]\nid = \"{}\"\naddress = \"{}\"\nclients = {:?}\nauth_certificates = [{certificates}]\n{maintenance}",
            server.id, server.address, server.clients,
        ));
    }
    text
}

/// Decoded codes of every subsystem of a member that is registered anywhere.
fn subsystems_of(member: &str) -> impl Iterator<Item = String> {
    let clients = SERVERS.iter().flat_map(|server| server.clients);
    let mut codes: Vec<String> = clients
        .filter_map(|client| client.strip_prefix(&format!("{member}/")))
        .map(|code| code.replace("%2F", "/"))
        .collect();
    codes.sort();
    codes.dedup();
    codes.into_iter()
}

fn security_server(pair: &Pair, server: &Server, ports: ServerPorts, setting: Setting) -> String {
    let enforced = setting == Setting::EnforcedValidity && server.what == Stands::Consumer;
    format!(
        "[server]\nid = \"{id}\"\nstate_folder = \"state\"\ndeclarations = \"subsystems.toml\"\n\
         [keys]\ntoken = \"token\"\npin = {{ file = \"pin\" }}\n\
         [global_configuration]\nanchor = \"../configuration-anchor.xml\"\nfolder = \"state/global-configuration\"\n\
         https = false\n\
         [information_systems]\nhttp = \"127.0.0.1:{http}\"\nhttps = \"127.0.0.1:{https}\"\n\
         enforce_certificate_validity = {enforced}\n\
         [admin]\nlisten = \"127.0.0.1:{admin}\"\n\
         [peers]\nlisten = \"127.0.0.1:{peers}\"\nocsp_listen = \"127.0.0.1:{ocsp}\"\n\
         min_client_version = \"7.6.0\"\nconnect_seconds = 10\n\
         {addresses}",
        id = server.id,
        http = ports.http,
        https = ports.https,
        admin = ports.admin,
        peers = ports.peers,
        ocsp = ports.ocsp,
        addresses = addresses(pair),
    )
}

/// Where the servers of the global configuration really are.
fn addresses(pair: &Pair) -> String {
    let ports = pair.ports;
    let place = |server: &Server| match server.what {
        Stands::Consumer => Some((ports.consumer().peers, ports.consumer().ocsp)),
        Stands::Provider => Some((ports.provider().peers, ports.provider().ocsp)),
        Stands::Mock => Some((ports.mock().peers, ports.mock().ocsp)),
        Stands::Nobody | Stands::Maintenance => Some((ports.nobody(), ports.nobody())),
        Stands::NoHost => None,
    };
    let known = SERVERS.iter().filter_map(|server| Some((server.address, place(server)?)));
    known
        .map(|(address, (port, ocsp))| {
            format!(
                "[peers.address.\"{address}\"]\nhost = \"127.0.0.1\"\nport = {port}\nocsp_port = {ocsp}\n"
            )
        })
        .collect()
}
