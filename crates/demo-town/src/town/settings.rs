//! Every configuration file of the town. They are written anew at each start, so that other ports take effect.

use std::path::Path;

use anyhow::{Context, Result};

use super::process::Program;
use super::{Side, Town, names};

/// The registry's certificate for Personal-LINK, below the town's folder.
pub const REGISTRY_CERTIFICATE: &str = "registry/personal-link-tls.crt.pem";

/// Writes the configuration of every program.
///
/// # Errors
/// When a file cannot be written.
pub fn write(town: &Town) -> Result<()> {
    put(&town.folder, "trust-services.toml", &trust_services(town))?;
    put(&town.folder, "central-registry.toml", &central_registry(town))?;
    put(&town.folder, "membership.toml", &membership(town))?;
    for side in town.sides() {
        let folder = town.folder.join(side.name);
        std::fs::create_dir_all(&folder)?;
        put(&folder, "security-server.toml", &security_server(town, &side))?;
        put(&folder, "subsystems.toml", &subsystems(town, &side))?;
    }
    Ok(())
}

/// Tells the registry who is a member, and gives the anchor to both servers.
///
/// # Errors
/// When a command fails; the error shows what it said.
pub async fn apply_membership(town: &Town) -> Result<()> {
    town.command("central-registry", &["apply", "--config", "central-registry.toml", "membership.toml"])
        .await?;
    #[rustfmt::skip]
    let export = ["anchor", "export", "--config", "central-registry.toml", "--out", "configuration-anchor.xml"];
    town.command("central-registry", &export).await?;
    Ok(())
}

/// The programs in groups; each group needs the ones before it.
#[must_use]
pub fn programs(town: &Town) -> [Vec<Program>; 4] {
    let serve = |config: &str| {
        let path = town.folder.join(config).display().to_string();
        vec!["serve".to_owned(), "--config".to_owned(), path]
    };
    let [municipality, centre] = town.sides();
    let ports = town.ports;
    [
        vec![town.program_at(
            "trust-services",
            "trust-services",
            serve("trust-services.toml"),
            (ports.trust_services(), "/health"),
        )],
        vec![town.program_at(
            "central-registry",
            "central-registry",
            serve("central-registry.toml"),
            (ports.registry_health(), "/ready"),
        )],
        [municipality, centre]
            .iter()
            .map(|side| {
                let config = format!("{}/security-server.toml", side.name);
                town.program_at(side.name, "security-server", serve(&config), (side.ports.admin, "/ready"))
            })
            .collect(),
        vec![residents(town), coupons(town)],
    ]
}

fn residents(town: &Town) -> Program {
    let arguments = [
        "residents".to_owned(),
        format!("--listen=127.0.0.1:{}", town.ports.residents()),
        format!("--database={}", town.folder.join("residents/residents.sqlite").display()),
        format!("--admin-port={}", town.ports.municipality().admin),
        format!("--subsystem={}", names::PROVIDER),
    ];
    town.program_at("residents", "demo-town", arguments.to_vec(), (town.ports.residents(), "/health"))
}

fn coupons(town: &Town) -> Program {
    let centre = town.ports.support_centre();
    let arguments = [
        "coupons".to_owned(),
        format!("--listen=127.0.0.1:{}", town.ports.coupons()),
        format!("--database={}", town.folder.join("coupons/coupons.sqlite").display()),
        format!("--security-server-port={}", centre.information_systems),
        format!("--admin-port={}", centre.admin),
        format!("--subsystem={}", names::CONSUMER),
        format!("--target=/r1/{}/{}/eligibility", names::PROVIDER, names::SERVICE),
        format!("--purpose={}", names::PURPOSE),
    ];
    town.program_at("coupons", "demo-town", arguments.to_vec(), (town.ports.coupons(), "/health"))
}

fn trust_services(town: &Town) -> String {
    format!(
        "state_folder = \"trust-services\"\nlisten = \"127.0.0.1:{port}\"\n\
         [test_modes]\nenabled = true\n",
        port = town.ports.trust_services(),
    )
}

fn central_registry(town: &Town) -> String {
    let ports = town.ports;
    format!(
        "state_folder = \"registry\"\n\
         [global_configuration]\naddresses = [\"127.0.0.1:{configuration}\"]\n\
         listen = \"127.0.0.1:{configuration}\"\npublic_folder = \"registry/public\"\nminimum_version = 3\n\
         [administration]\nlisten = \"127.0.0.1:{health}\"\n\
         [personal_link]\ncitizen_listen = \"127.0.0.1:{citizens}\"\ncitizen_tls = true\n\
         node_listen = \"127.0.0.1:{nodes}\"\n",
        configuration = ports.global_configuration(),
        health = ports.registry_health(),
        citizens = ports.citizens(),
        nodes = ports.nodes(),
    )
}

fn membership(town: &Town) -> String {
    let trust = town.ports.trust_services();
    let mut text = format!(
        "instance = \"{instance}\"\noperator = \"{operator}\"\nocsp_freshness_seconds = 3600\n\
         timestamping_interval_seconds = 60\n\
         [[member_class]]\ncode = \"GOV\"\ndescription = \"Public bodies\"\n\
         [[member_class]]\ncode = \"ORG\"\ndescription = \"Associations\"\n\
         [[certification_service]]\nname = \"Demo CA\"\nprofile = \"FiVRKCertificateProfileInfoProvider\"\n\
         certificate = {{ file = \"certificates/ca.pem\" }}\n\
         ocsp = [{{ url = \"http://127.0.0.1:{trust}/ocsp\", certificate = {{ file = \"certificates/ocsp.pem\" }} }}]\n\
         [[timestamping_service]]\nname = \"Demo TSA\"\nurl = \"http://127.0.0.1:{trust}/tsa\"\n\
         certificate = {{ file = \"certificates/tsa.pem\" }}\n",
        instance = names::INSTANCE,
        operator = names::MUNICIPALITY,
    );
    for side in town.sides() {
        let subsystem = side.subsystem.rsplit('/').next().unwrap_or_default();
        text.push_str(&format!(
            "[[member]]\nid = \"{member}\"\nname = \"{organization}\"\nsubsystem = [{{ code = \"{subsystem}\" }}]\n\
             [[server]]\nid = \"{server}\"\naddress = \"{address}\"\nclients = [\"{client}\"]\n\
             auth_certificates = [{{ file = \"{folder}/auth.crt.pem\" }}]\n",
            member = side.member,
            organization = side.organization,
            server = side.server,
            address = side.address,
            client = side.subsystem,
            folder = side.name,
        ));
    }
    text
}

fn security_server(town: &Town, side: &Side) -> String {
    let [municipality, centre] = town.sides();
    let addresses: String = [municipality, centre]
        .iter()
        .map(|other| {
            format!(
                "[peers.address.\"{}\"]\nhost = \"127.0.0.1\"\nport = {}\nocsp_port = {}\n",
                other.address, other.ports.peers, other.ports.ocsp
            )
        })
        .collect();
    format!(
        "[server]\nid = \"{id}\"\nstate_folder = \"state\"\ndeclarations = \"subsystems.toml\"\n\
         [keys]\ntoken = \"token\"\npin = {{ file = \"pin\" }}\n\
         [global_configuration]\nanchor = \"../configuration-anchor.xml\"\nfolder = \"state/global-configuration\"\n\
         https = false\n\
         [information_systems]\nhttp = \"127.0.0.1:{information_systems}\"\n\
         [peers]\nlisten = \"127.0.0.1:{peers}\"\nocsp_listen = \"127.0.0.1:{ocsp}\"\n\
         {addresses}\
         [admin]\nlisten = \"127.0.0.1:{admin}\"\n\
         [consent]\nregistry = \"https://127.0.0.1:{nodes}\"\nregistry_certificate = \"../{REGISTRY_CERTIFICATE}\"\n",
        id = side.server,
        information_systems = side.ports.information_systems,
        peers = side.ports.peers,
        ocsp = side.ports.ocsp,
        admin = side.ports.admin,
        nodes = town.ports.nodes(),
    )
}

fn subsystems(town: &Town, side: &Side) -> String {
    let mut text = format!("[[subsystem]]\nid = \"{}\"\nconnection_type = \"NOSSL\"\n", side.subsystem);
    if side.subsystem == names::PROVIDER {
        let url = format!("http://127.0.0.1:{}", town.ports.residents());
        text.push_str(&format!(
            "[[subsystem.service]]\ncode = \"{service}\"\nkind = \"OPENAPI3\"\nurl = \"{url}\"\n\
             allow = [{{ client = \"{client}\", method = \"GET\", path = \"/eligibility\" }}]\n\
             consent = {{ subject = {{ header = \"{header}\" }}, purposes = [\"{purpose}\"], basis = \"CONSENT_69_2_1\" }}\n\
             [[subsystem.service]]\ncode = \"{statistics}\"\nkind = \"OPENAPI3\"\nurl = \"{url}\"\n\
             allow = [{{ client = \"{client}\", method = \"GET\", path = \"/districts\" }}]\n",
            service = names::SERVICE,
            client = names::CONSUMER,
            header = crate::residents::RESIDENT_HEADER,
            purpose = names::PURPOSE,
            statistics = names::STATISTICS,
        ));
    }
    text
}

fn put(folder: &Path, name: &str, text: &str) -> Result<()> {
    let file = folder.join(name);
    std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
}
