//! A provider with SS2's keys, made of nothing but our message and evidence crates: what it says of itself is not what
//! the security server would say.

use std::sync::Mutex;

use evidence::signature::{Seal, SealView, SigningContext, SigningMaterial, seal, verify};
use globalconf::stored;
use identifiers::MemberId;
use keys::Identity;
use protocol::rest::{ResponseContext, RestRequest, RestResponse};
use protocol::{Limits, PartName};
use service_kit::clock::Clock;

use super::captured::{
    ANSWERED, BODY, CHAIN, Http, Message, OCSP, Part, REQUEST, RESPONSE, RESULT, SIGNATURE, folder,
};
use super::place::{Keys, Role, ocsp_response, time_of};
use super::provider::service_answer;

pub(super) struct OwnProvider {
    variant: &'static str,
    sign: Identity,
    clock: Clock,
    answered: Mutex<usize>,
}

impl OwnProvider {
    pub(super) fn new(variant: &'static str) -> Self {
        let clock = Clock::from_setting(Some(&time_of(variant, "01-rest-get"))).unwrap();
        Self { variant, sign: Keys::of(variant, Role::Ss2).sign, clock, answered: Mutex::default() }
    }

    /// Checks the request and answers as the captured service did to the captured requests in their order.
    pub(super) fn answer(&self, request: &Http) -> Vec<u8> {
        let received = request.message();
        self.check(&received);
        let message = RestRequest::decode(received.part(REQUEST).unwrap(), &Limits::default()).unwrap();
        let body = received.digests().into_iter().find(|part| part.name != PartName::Message);
        let context = ResponseContext {
            client: message.client().unwrap(),
            query_id: message.query_id().unwrap().to_owned(),
            service: message.target().unwrap().service,
            request_id: message.request_id().unwrap().to_owned(),
            request_hash: message.hash(body.map(|part| part.sha512).as_ref()),
        };
        let exchange = {
            let mut answered = self.answered.lock().unwrap();
            *answered += 1;
            ANSWERED[*answered - 1]
        };
        let (answer, body) = service_answer(self.variant, exchange);
        let response =
            RestResponse::from_service(answer.status, &answer.reason, answer.headers, &context).unwrap();
        self.frame(&response, body)
    }

    fn check(&self, received: &Message) {
        let document = |kind| received.part(kind);
        let view = SealView {
            signature: document(SIGNATURE).unwrap(),
            hash_chain_result: document(RESULT),
            hash_chain: document(CHAIN),
        };
        let names = ["instance-identifier", "INST/shared-params.xml", "INST/private-params.xml"];
        let metadata = names[1..].iter().map(|name| format!("{name}.metadata"));
        let files = names.iter().map(|name| (*name).to_owned()).chain(metadata);
        let files: Vec<_> = files
            .map(|name| {
                let content = std::fs::read(folder(self.variant).join("globalconf").join(&name)).unwrap();
                (name, content)
            })
            .collect();
        let conf = stored::load(&files).unwrap();
        let consumer = MemberId::new("INST", "GOV", "1111").unwrap();
        verify(&view, &received.digests(), &consumer, &conf, self.clock.now()).unwrap();
        assert_eq!(document(OCSP), Some(ocsp_response(self.variant, Role::Ss1, "auth").as_slice()));
    }

    fn frame(&self, response: &RestResponse, body: Option<Vec<u8>>) -> Vec<u8> {
        let part =
            |kind: &str, content: &[u8]| Part { content_type: kind.to_owned(), content: content.to_vec() };
        let boundary = format!("xtop{}", "OwnProvider".repeat(3).get(..30).unwrap());
        let mut message = Message { boundary, parts: vec![part(RESPONSE, &response.encode())] };
        message.parts.extend(body.map(|body| part(BODY, &body)));
        let Seal { signature, hash_chain_result, hash_chain } = self.seal(&message);
        message.parts.extend(hash_chain_result.map(|document| part(RESULT, &document)));
        message.parts.extend(hash_chain.map(|document| part(CHAIN, &document)));
        message.parts.push(part(SIGNATURE, &signature));
        let content_type = format!("multipart/mixed; charset=UTF-8; boundary={}", message.boundary);
        let headers = [
            ("Date", "Sat, 21 Nov 2026 15:19:46 GMT"),
            ("Content-Type", &content_type),
            ("x-hash-algorithm", "SHA-512"),
            ("Connection", "close"),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Http { start: "HTTP/1.1 200 OK".to_owned(), headers, body: message.encode() }.to_wire()
    }

    fn seal(&self, message: &Message) -> Seal {
        let key = self.sign.key();
        let material = SigningMaterial {
            certificate: self.sign.certificate(),
            intermediates: &[],
            ocsp_responses: &[ocsp_response(self.variant, Role::Ss2, "sign")],
            algorithm: key.message_algorithm(),
        };
        let context = SigningContext::new(&material).unwrap();
        let sign = |data: &[u8]| key.sign_xmldsig(context.algorithm(), data);
        seal(&[&message.digests()], &context, self.clock.now(), &sign).unwrap().remove(0)
    }
}
