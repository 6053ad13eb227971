//! The network, in which the consumer's server finds the liar in the place of the provider's; and the liar's tools.

use std::sync::{Arc, OnceLock};

use anyhow::{Context as _, Result};
use demo_town::town::names::{CONSUMER, PROVIDER};
use demo_town::town::ports::Ports;
use pki::Certificate;
use sekisho_tests::service::Service;
use sekisho_tests::shared::{self, SharedWorld};
use sekisho_tests::world::{CENTRE, MUNICIPALITY, Overlay, World};
use testkit::consumer::{Call, Consumer};
use testkit::envelope::Envelope;
use testkit::provider;
use testkit::signer::Signer;
use testkit::status;
use testkit::tokens::Token;

use crate::responses;

/// The network.
pub(crate) static TOWN: SharedWorld = SharedWorld::new(|| {
    shared::start(async || {
        let world = World::start("adversary", 20_600, overlays).await?;
        let bench = Bench::of(&world).await?;
        let bench = BENCH.get_or_init(|| bench);
        let identity = bench.provider.token.tls()?;
        provider::start(&identity, liar(world.town.ports), Arc::new(|reply| responses::answer(bench, reply)))
            .await?;
        Ok(world)
    })
});

static BENCH: OnceLock<Bench> = OnceLock::new();

/// Where the liar listens.
const fn liar(ports: Ports) -> u16 {
    ports.support_centre().ocsp + 3
}

fn overlays(ports: Ports, service: &Service) -> Vec<Overlay> {
    vec![
        (
            "municipality/subsystems.toml",
            format!(
                "[[subsystem]]\nid = \"{PROVIDER}\"\n[[subsystem.service]]\ncode = \"echo\"\nkind = \"REST\"\n\
                 url = \"{}\"\nallow = [{{ client = \"{CONSUMER}\" }}]\n",
                service.url()
            ),
        ),
        ("municipality/security-server.toml", "[peers]\nmin_client_version = \"7.6.0\"\n".to_owned()),
        (
            "support-centre/security-server.toml",
            format!("[peers.address.\"town-hall.demo.invalid\"]\nport = {}\n", liar(ports)),
        ),
    ]
}

/// OCSP responses for one certificate, each true at its time.
pub(crate) struct Statuses {
    pub(crate) good: Vec<u8>,
    pub(crate) stale: Vec<u8>,
    pub(crate) revoked: Vec<u8>,
}

/// Everything that one side's security server has, and what it would rather not show.
pub(crate) struct SideTools {
    pub(crate) token: Token,
    pub(crate) authentication: Statuses,
    pub(crate) signing: Statuses,
}

impl SideTools {
    /// The honest signer of this side's member.
    pub(crate) fn signer(&self) -> Signer {
        self.signer_with(&self.signing.good)
    }

    /// The same key with another OCSP response.
    pub(crate) fn signer_with(&self, ocsp: &[u8]) -> Signer {
        Signer { identity: self.token.signing.clone(), ocsp: ocsp.to_vec() }
    }
}

/// The liar's tools.
pub(crate) struct Bench {
    pub(crate) consumer: SideTools,
    pub(crate) provider: SideTools,
    /// The port of the provider's real security server for peers.
    pub(crate) peers: u16,
}

impl Bench {
    async fn of(world: &World) -> Result<Self> {
        let authority = Certificate::from_pem(&std::fs::read(world.folder.join("certificates/ca.pem"))?)?;
        let mut sides = Vec::new();
        for server in [CENTRE, MUNICIPALITY] {
            let token = Token::open(&world.server(server))?;
            let certificates =
                [&token.authentication, &token.signing].map(|identity| identity.certificate().clone());
            let mut statuses = Vec::new();
            for mode in ["good", "stale", "revoked"] {
                world.trust_services(&format!("ocsp/{mode}")).await?;
                for certificate in &certificates {
                    statuses.push(
                        status::fetch(world.town.ports.trust_services(), certificate, &authority).await?,
                    );
                }
            }
            world.trust_services("ocsp/good").await?;
            let [auth_good, sign_good, auth_stale, sign_stale, auth_revoked, sign_revoked] =
                <[Vec<u8>; 6]>::try_from(statuses).ok().context("six responses")?;
            let authentication = Statuses { good: auth_good, stale: auth_stale, revoked: auth_revoked };
            let signing = Statuses { good: sign_good, stale: sign_stale, revoked: sign_revoked };
            sides.push(SideTools { token, authentication, signing });
        }
        let [consumer, provider] = <[SideTools; 2]>::try_from(sides).ok().context("two sides")?;
        Ok(Self { consumer, provider, peers: world.town.ports.municipality().peers })
    }

    /// The tools; there once the network runs.
    pub(crate) fn get() -> &'static Self {
        BENCH.get().expect("the network has started")
    }

    /// The OCSP part of the consumer's server.
    pub(crate) fn status_part(&self) -> Vec<Vec<u8>> {
        vec![self.consumer.authentication.good.clone()]
    }

    /// The consumer's server, showing its real certificate.
    pub(crate) fn peer(&self) -> Consumer {
        Consumer::new(&self.consumer.token.tls().unwrap(), self.peers).unwrap()
    }

    /// An honest request.
    pub(crate) fn honest(&self, call: &Call) -> Envelope {
        call.envelope(&self.consumer.signer(), self.status_part()).unwrap()
    }
}

/// A call of the echo service.
pub(crate) fn call() -> Call {
    Call::new(CONSUMER, &format!("/r1/{PROVIDER}/echo/x"), "the body")
}
