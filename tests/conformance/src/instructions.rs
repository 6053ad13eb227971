//! How a pair that is not ours must be configured, in words for its operator.

use crate::arguments::Arguments;
use crate::descriptions::Backend;
use crate::material::{ISSUED, MOCK, Material};
use crate::network::{
    CLASS, CONSUMERS, Client, INSTANCE, MEMBERS, PROVIDERS, REST_CLIENT, Rights, SERVERS, SERVICES, Service,
    Stands, UNSIGNED, UNSIGNED_PROVIDER,
};
use crate::pair::Pair;

/// Everything that an operator must configure.
#[must_use]
pub fn text(arguments: &Arguments, material: &Material) -> String {
    let folder = material.folder.display();
    let backend = arguments.backend_seen();
    [
        format!(
            "The instance is {INSTANCE}, every member is of class {CLASS}. Certificates are in {folder}.\n"
        ),
        global_configuration(arguments, material),
        servers(),
        clients("Clients of the consumer's server", CONSUMERS.iter()),
        clients("Clients of the provider's server", PROVIDERS.iter().chain([&UNSIGNED_PROVIDER])),
        services(backend),
        format!("\n{}\n", descriptions(backend)),
    ]
    .concat()
}

/// The descriptions that [`Backend`] has, one line each.
#[must_use]
pub fn descriptions(backend: Backend) -> String {
    let paths = backend.all().into_keys().map(|path| format!("  http://{}{path}", backend.http));
    let lines: Vec<String> = paths.collect();
    format!("Descriptions, while --serve-descriptions runs:\n{}", lines.join("\n"))
}

/// The command that drives our own pair as if it were another.
#[must_use]
pub fn command(pair: &Pair, responder: &str) -> String {
    let (ports, folder) = (pair.ports, pair.folder.display());
    let (consumer, provider, mock) = (ports.consumer(), ports.provider(), ports.mock());
    format!(
        "scripts/conformance --consumer http://127.0.0.1:{} --consumer-https https://127.0.0.1:{} \
         --provider-server 127.0.0.1:{} --provider-backend 127.0.0.1:{} --provider-backend-https 127.0.0.1:{} \
         --mock-server 127.0.0.1:{} --mock-ocsp 127.0.0.1:{} --material {folder}/material \
         --authority {folder}/certificates/ca.pem --ocsp-responder {responder}",
        consumer.http,
        consumer.https,
        provider.peers,
        ports.service(),
        ports.service_https(),
        mock.peers,
        mock.ocsp,
    )
}

fn global_configuration(arguments: &Arguments, material: &Material) -> String {
    let mut text = "\nGlobal configuration\n  members: ".to_owned();
    text.push_str(&MEMBERS.join(", "));
    text.push('\n');
    for server in &SERVERS {
        let what = match server.what {
            Stands::Consumer => "the consumer's server".to_owned(),
            Stands::Provider => "the provider's server".to_owned(),
            Stands::Mock => format!(
                "the mock server, at the address of {} and {}, with the authentication certificate {MOCK}.crt.pem",
                arguments.mock_server, arguments.mock_ocsp
            ),
            Stands::Nobody => "an address where nobody listens".to_owned(),
            Stands::NoHost => "a name that does not resolve".to_owned(),
            Stands::Maintenance => "any address, in maintenance mode".to_owned(),
        };
        text.push_str(&format!("  server {}: {what}\n", server.id));
        for client in server.clients {
            text.push_str(&format!("    client {client}\n"));
        }
    }
    text.push_str("  certificates to be issued, and to be put beside their requests as NAME.crt.pem:\n");
    for (name, ..) in ISSUED {
        text.push_str(&format!("    {}\n", material.request_file(name).display()));
    }
    text
}

fn servers() -> String {
    format!(
        "\nServers\n  the provider's server demands proxy.server-min-supported-client-version 7.6.0\n\
         \x20 signing keys: for consumer and producer; none for {}\n\
         \x20 message log: bodies of 14 MB must be logged, truncated or not at all\n",
        UNSIGNED.join(" and ")
    )
}

fn clients<'c>(title: &str, clients: impl Iterator<Item = &'c Client>) -> String {
    let line = |client: &Client| {
        let certificates: Vec<String> =
            client.certificates.iter().map(|name| format!("{name}.crt.pem")).collect();
        let id = client.id;
        format!("  {id}: connection {}, certificates {}\n", client.connection, listed(&certificates))
    };
    format!("\n{title}\n{}", clients.map(line).collect::<String>())
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn services(backend: Backend) -> String {
    let line = |service: &Service| {
        let version = service.version.map(|version| format!("/{version}")).unwrap_or_default();
        let mut line = format!(
            "  {}/{}{version}: {} at {}",
            service.provider,
            service.code,
            service.kind,
            backend.url(service.at)
        );
        if backend.url(service.at).starts_with("https:") {
            line.push_str(if service.verified { ", TLS certificate verified" } else { ", TLS not verified" });
        }
        if let Some(notice) = service.disabled {
            line.push_str(&format!(", disabled with the notice \"{notice}\""));
        }
        match service.rights {
            Rights::Everyone => {}
            Rights::Nobody => line.push_str("; nobody may call it"),
            Rights::Endpoints(endpoints) => {
                let endpoints: Vec<String> =
                    endpoints.iter().map(|(method, path)| format!("{method} {path}")).collect();
                line.push_str(&format!("; only {REST_CLIENT} may call {}", endpoints.join(", ")));
            }
        }
        line.push('\n');
        line
    };
    format!(
        "\nServices; unless it says otherwise every client of the consumer's server may call it, but norights\n{}",
        SERVICES.iter().map(line).collect::<String>()
    )
}
