//! The ports of a security server, opened before anything is served.

use std::sync::Arc;
use std::time::Duration;

use service_kit::http_server::{Server, ServerSecurity, ServerSettings};
use service_kit::readiness::Readiness;
use service_kit::shutdown::Shutdown;
use service_kit::tls::{ClientCertificates, TlsServer};

use super::{Addresses, Built};
use crate::admin::Admin;
use crate::config::Config;
use crate::relay::{serve_information_system, serve_peer};
use crate::trust::responder::OcspResponder;

/// The open ports.
pub(super) struct Listeners {
    http: Option<Server>,
    https: Option<Server>,
    peers: Server,
    ocsp: Server,
    admin: Server,
}

impl Listeners {
    pub(super) async fn open(config: &Config, built: &Built) -> anyhow::Result<Self> {
        let systems = &config.information_systems;
        let settings = |idle: u64, connections: usize, stall: u64| ServerSettings {
            idle_timeout: Duration::from_secs(idle),
            stall_timeout: Duration::from_secs(stall),
            max_connections: connections,
            clock: built.clock.clone(),
            ..ServerSettings::default()
        };
        let for_systems =
            settings(systems.idle_seconds, config.limits.max_client_connections, systems.stall_seconds);
        let for_peers = settings(
            config.peers.idle_seconds,
            config.limits.max_peer_connections,
            config.peers.answer_seconds,
        );
        let small = settings(30, 256, 30);
        let http = match systems.http {
            Some(at) => {
                Some(Server::bind(&at.to_string(), ServerSecurity::Plain, for_systems.clone()).await?)
            }
            None => None,
        };
        let https = match systems.https {
            Some(at) => {
                let tls = TlsServer::new(&built.internal, ClientCertificates::Requested)?;
                Some(Server::bind(&at.to_string(), ServerSecurity::Tls(tls), for_systems).await?)
            }
            None => None,
        };
        let acceptor = built.acceptor.clone();
        let peers =
            Server::bind(&config.peers.listen.to_string(), ServerSecurity::Peers(acceptor), for_peers)
                .await?;
        let ocsp =
            Server::bind(&config.peers.ocsp_listen.to_string(), ServerSecurity::Plain, small.clone()).await?;
        let admin = Server::bind(&config.admin.listen.to_string(), ServerSecurity::Plain, small).await?;
        Ok(Self { http, https, peers, ocsp, admin })
    }

    pub(super) fn addresses(&self) -> Addresses {
        Addresses {
            http: self.http.as_ref().map(Server::local_address),
            https: self.https.as_ref().map(Server::local_address),
            peers: self.peers.local_address(),
            ocsp: self.ocsp.local_address(),
            admin: self.admin.local_address(),
        }
    }

    pub(super) fn serve(self, config: &Config, built: &Built, shutdown: &Shutdown, readiness: Readiness) {
        for (name, server) in [("http", self.http), ("https", self.https)] {
            let Some(server) = server else { continue };
            tracing::info!(address = %server.local_address(), name, "listening for information systems");
            let relay = Arc::clone(&built.relay);
            let handler = move |request| {
                let relay = Arc::clone(&relay);
                async move { serve_information_system(&relay, request).await }
            };
            shutdown.spawn(server.serve(handler, shutdown.clone()));
        }
        tracing::info!(address = %self.peers.local_address(), "listening for security servers");
        let (relay, keep_alive) = (Arc::clone(&built.relay), config.peers.keep_alive);
        let peers = move |request| serve_peer(Arc::clone(&relay), request, keep_alive);
        shutdown.spawn(self.peers.serve(peers, shutdown.clone()));
        let responder =
            OcspResponder::new(Arc::clone(&built.ocsp), Arc::clone(&built.global_conf), built.clock.clone());
        let ocsp = move |request| {
            let responder = Arc::clone(&responder);
            async move { responder.respond(&request) }
        };
        shutdown.spawn(self.ocsp.serve(ocsp, shutdown.clone()));
        tracing::info!(address = %self.admin.local_address(), "administration port");
        let admin = Arc::new(Admin {
            readiness,
            reload: built.reload.clone(),
            journal: built.journal.clone(),
            consent: built.consent.clone(),
            relay: Arc::clone(&built.relay),
        });
        let admin = move |request| {
            let admin = Arc::clone(&admin);
            async move { admin.handle(request).await }
        };
        shutdown.spawn(self.admin.serve(admin, shutdown.clone()));
    }
}
