//! The servers under test with the mock parts around them, and one case carried out there.

use std::net::SocketAddr;

use anyhow::{Context, Result};

use crate::cases::case::{self, Case, PeerPlay, PeerRequest, Place, ServicePlay, Setting};
use crate::cases::exchanges::LARGE_BOUNDARY;
use crate::input::{Input, Source, Vectors};
use crate::judge::Outcome;
use crate::material::Material;
use crate::mime;
use crate::mocks::peer::{self, Peer, asking};
use crate::mocks::service::{self, Reply, Service};
use crate::mocks::system::{self, Answer, Large, Outgoing, Request};
use crate::wire::Headers;

/// Everything that stands.
pub struct Bench {
    /// The consumer's server, HTTP.
    pub consumer: SocketAddr,
    /// The same, HTTPS.
    pub consumer_https: Option<SocketAddr>,
    /// The provider's server, its port for other servers.
    pub provider: Option<SocketAddr>,
    /// The provider's information system.
    pub service: Service,
    /// The mock security server.
    pub peer: Option<Peer>,
    /// Its keys, and those of the information systems.
    pub material: Material,
    /// The test data.
    pub vectors: Vectors,
    /// Size of the largest attachment. Megabytes.
    pub large_megabytes: usize,
    /// How the servers are set.
    pub setting: Setting,
}

impl Bench {
    /// Why a case cannot be tried here.
    #[must_use]
    pub fn reason_to_skip(&self, case: &Case) -> Option<&'static str> {
        match case.place {
            Place::Https(_) if self.consumer_https.is_none() => return Some("no --consumer-https"),
            Place::Peer(_) if self.provider.is_none() => return Some("no --provider-server"),
            _ => {}
        }
        let asks_peer = !matches!(case.peer, PeerPlay::NotAsked) || matches!(case.place, Place::Peer(_));
        if asks_peer && self.peer.is_none() {
            return Some("the mock security server has no certificates, see --print-configuration");
        }
        if case.request.body.source == Source::Large && self.large_megabytes == 0 {
            return Some("--large-megabytes is 0");
        }
        match (case.setting, self.setting) {
            (Setting::EnforcedValidity, Setting::UnenforcedValidity) => Some(
                "the consumer's server must enforce the validity of client certificates, see --enforcing",
            ),
            (Setting::UnenforcedValidity, Setting::EnforcedValidity) => Some("only without --enforcing"),
            _ => None,
        }
    }

    /// Carries a case out.
    ///
    /// # Errors
    /// It cannot be asked at all; that there is no answer is an outcome.
    pub async fn carry_out(&self, case: &Case) -> Result<Outcome> {
        let query_id = hex::encode(service_kit::random::bytes::<16>()?);
        let bytes = self.vectors.request(&case.request.body, &case.edits, &query_id)?;
        let reply = self.prepare(case, &query_id)?;
        let request = self.request(case, bytes.clone(), &query_id)?;
        let answer = self.ask(case, &request).await;
        let again = match &case.expect {
            case::Expect::Rest(expected) if expected.again => Some(self.ask(case, &request).await?),
            _ => None,
        };
        Ok(Outcome {
            request,
            sent: bytes,
            query_id,
            answer,
            again,
            reply,
            calls: self.service.calls(),
            peer_requests: self.peer.as_ref().map_or(0, Peer::requests),
        })
    }

    /// Tells the mock parts what to do; gives the answer of the service, if it is fixed.
    fn prepare(&self, case: &Case, query_id: &str) -> Result<Option<Reply>> {
        let reply = match &case.service {
            ServicePlay::Answer(answer) => Some(self.reply(answer, case, query_id)?),
            ServicePlay::Echo | ServicePlay::Vanishes => None,
        };
        self.service.play(match (&case.service, &reply) {
            (ServicePlay::Vanishes, _) => service::Play::Vanish,
            (_, Some(reply)) => service::Play::Answer(reply.clone()),
            (_, None) => service::Play::Echo,
        });
        if let Some(peer) = &self.peer {
            peer.play(match &case.peer {
                PeerPlay::NotAsked => peer::Play::NotAsked,
                PeerPlay::Answer(answer) => peer::Play::Answer(self.reply(answer, case, query_id)?),
                PeerPlay::Vanishes(content_type) => peer::Play::Vanish(vec![
                    ("content-type".to_owned(), (*content_type).to_owned()),
                    ("x-hash-algorithm".to_owned(), "SHA-512".to_owned()),
                ]),
                PeerPlay::Resets => peer::Play::Reset,
                PeerPlay::Shows(certificate) => peer::Play::Show(certificate),
                PeerPlay::RefusesClients => peer::Play::RefuseClients,
                PeerPlay::Lies(lie) => peer::Play::Lie(*lie),
            });
        }
        Ok(reply)
    }

    fn reply(&self, answer: &case::Answer, case: &Case, query_id: &str) -> Result<Reply> {
        let body = self.vectors.answer(&answer.body, &case.edits, query_id)?;
        let mut headers = owned(&answer.headers);
        if let Some(content_type) = answer.content_type {
            headers.insert(0, ("content-type".to_owned(), content_type.to_owned()));
        }
        Ok(Reply { status: answer.status, headers, body })
    }

    fn request(&self, case: &Case, bytes: Vec<u8>, query_id: &str) -> Result<Request> {
        let mut headers = owned(&case.request.headers);
        if let Some(content_type) = case.request.content_type {
            headers.push(("Content-Type".to_owned(), content_type.to_owned()));
        }
        let body = match case.request.body.source {
            Source::Nothing => Outgoing::Nothing,
            Source::Large => Outgoing::Large(Box::new(self.large(query_id)?)),
            _ if case.request.chunked => Outgoing::Chunked(bytes),
            _ => Outgoing::Whole(bytes),
        };
        let method = case.request.method.to_owned();
        let mut request = Request { method, target: case.request.target.clone(), headers, body };
        if let Place::Peer(special) = case.place {
            self.dress(&mut request, special)?;
        }
        Ok(request)
    }

    /// What every request of a security server has.
    fn dress(&self, request: &mut Request, special: PeerRequest) -> Result<()> {
        request.headers.push(("x-road-request-id".to_owned(), service_kit::random::uuid()));
        if let Some(version) = special.version {
            request.headers.push(("x-proxy-version".to_owned(), version.to_owned()));
        }
        let peer = self.peer.as_ref().context("no mock security server")?;
        let bytes = match std::mem::replace(&mut request.body, Outgoing::Nothing) {
            Outgoing::Whole(bytes) | Outgoing::Chunked(bytes) => bytes,
            Outgoing::Nothing | Outgoing::Large(_) => return Ok(()),
        };
        let content_type = crate::wire::last(&request.headers, "content-type").unwrap_or_default();
        let bytes = match (special.ocsp, mime::parameter(content_type, "boundary")) {
            (true, Some(boundary)) => {
                let (_, certificate) = self.material.der(special.certificate)?;
                asking::with_ocsp(&peer.status.of(&certificate)?, boundary, &bytes)
            }
            _ => bytes,
        };
        request.body = Outgoing::Chunked(bytes);
        Ok(())
    }

    /// `getstate.query` with an attachment of many megabytes.
    fn large(&self, query_id: &str) -> Result<Large> {
        let soap = self.vectors.request(&Input::from(Source::Query("getstate.query")), &[], query_id)?;
        let head = format!("--{LARGE_BOUNDARY}\r\nContent-Type: text/xml; charset=UTF-8\r\n\r\n");
        let attachment = format!(
            "\r\n--{LARGE_BOUNDARY}\r\nContent-Type: application/octet-stream\r\n\
             Content-Transfer-Encoding: binary\r\n\r\n"
        );
        let block: Vec<u8> =
            (0..1_000_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        Ok(Large {
            before: [head.as_bytes(), &soap, attachment.as_bytes()].concat(),
            block,
            blocks: self.large_megabytes,
            after: format!("\r\n--{LARGE_BOUNDARY}--\r\n").into_bytes(),
        })
    }

    async fn ask(&self, case: &Case, request: &Request) -> Result<Answer> {
        match case.place {
            Place::Http => system::over_http(self.consumer, request).await,
            Place::Https(tls) => {
                let at = self.consumer_https.context("no HTTPS")?;
                system::over_https(at, tls, &self.material, request).await
            }
            Place::Peer(special) => {
                let peer = self.peer.as_ref().context("no mock security server")?;
                let provider = self.provider.context("no address of the provider's server")?;
                asking::post(peer, special.certificate, provider, request).await
            }
        }
    }
}

fn owned(headers: &[(&str, &str)]) -> Headers {
    headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}
