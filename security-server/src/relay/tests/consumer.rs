//! Our consumer side in the place of the captured SS1.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use protocol::Limits;
use protocol::error_body::ErrorFormat;
use protocol::fault::Origin;
use protocol::rest::RestRequest;
use service_kit::http::{Request, Response};

use super::captured::{ANSWERED, BODY, Http, REQUEST, VARIANTS, all, read};
use super::compare::{Ids, assert_same_answer, assert_same_form};
use super::own_provider::OwnProvider;
use super::place::{Keys, Pair, Place, Role, time_of};
use super::stock;
use crate::relay::codec::rest;
use crate::relay::leg4_consumer_response::consumer_response;
use crate::relay::state::Awaiting;
use crate::trust::Presented;

/// What the information system gets when `request` was sent and `response` came back: the whole fourth leg.
pub(super) async fn answer(place: &Place, variant: &str, request: &Http, response: &Http) -> Response {
    let relay = place.running.relay();
    let conf = relay.valid_global_conf(Origin::ClientProxy).unwrap();
    let sent = request.message();
    let message = rest::decode_request(
        sent.part(REQUEST).unwrap(),
        request.header("x-road-request-id"),
        request.header("x-original-content-type"),
        relay.limits(),
    );
    let message = Arc::new(message.unwrap());
    let expected = message.expected_answer(&sent.digests());
    let presented = Presented::from_der(&[Role::Ss2.certificate(variant, "auth").der()]).unwrap();
    let at = (place.ocsp_of_provider.ip().to_string(), place.ocsp_of_provider.port());
    let client = message.exchange.service.client().clone();
    let provider = relay.peer_trust().verify_provider(&presented, (&at.0, at.1), &client, &conf).await;
    let provider = provider.unwrap();
    let awaiting = Awaiting { message, expected, provider, response: response.to_response() };
    let answered = consumer_response(relay, awaiting).await;
    answered.unwrap_or_else(|refusal| refusal.to_rest_client(ErrorFormat::negotiate([])))
}

/// The request of the information system that became this captured request: without what SS1 added.
pub(super) fn of_information_system(variant: &str, exchange: &str) -> Request {
    let sent = Http::captured(variant, exchange, "5500-request").message();
    let message = RestRequest::decode(sent.part(REQUEST).unwrap(), &Limits::default()).unwrap();
    let mut request = Request::new(message.verb.as_str(), message.target.as_str());
    for (name, value) in message.headers {
        if name != "x-road-request-id" && name != "x-road-id" {
            request = request.header(name, value);
        }
    }
    match sent.part(BODY) {
        Some(body) => request.body(Bytes::copy_from_slice(body)),
        None => request,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_captured_provider_answered_is_accepted() {
    for variant in VARIANTS {
        let pair = Pair::start(variant).await;
        for exchange in all() {
            let request = Http::captured(variant, exchange, "5500-request");
            let response = Http::captured(variant, exchange, "5500-response");
            let answered = answer(&pair.ss1, variant, &request, &response).await;
            let expected = Http::captured(variant, exchange, "is-response");
            let what = format!("{variant} {exchange}");
            assert_same_answer(answered, &expected, Ids::Captured, &what).await;
        }
        pair.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_to_another_request_is_refused() {
    for variant in VARIANTS {
        let pair = Pair::start(variant).await;
        let sent = |exchange| Http::captured(variant, exchange, "5500-request");
        // The first two differ in everything, the others in verb or path.
        let pairs = [
            ("01-rest-get", "02-rest-post-json"),
            ("02-rest-post-json", "11-rest-post-binary-100k"),
            ("10-rest-delete", "01-rest-get"),
            ("01-rest-get", "05-rest-204"),
        ];
        for (asked, answered) in pairs {
            let response = Http::captured(variant, answered, "5500-response");
            let refused = answer(&pair.ss1, variant, &sent(asked), &response).await;
            let code = refused.headers.get("x-road-error").unwrap_or_default();
            assert_eq!(
                (refused.status, code),
                (500, "server.clientproxy.inconsistent_response"),
                "{answered}"
            );
        }
        pair.end().await;
    }
}

/// SS1 over a real connection with a provider that has SS2's keys and says what it wants.
async fn ss1_with_provider(variant: &str, pair: &Pair, answers: stock::Answers) -> Place {
    let provider = stock::serve(&Keys::of(variant, Role::Ss2).auth, answers);
    Place::ss1(variant, provider, pair.ss2.ocsp(), &time_of(variant, "01-rest-get")).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_captured_answer_does_not_match_a_new_request() {
    for variant in VARIANTS {
        let pair = Pair::start(variant).await;
        for exchange in ANSWERED {
            let response = read(variant, &format!("messages/{exchange}.5500-response.http"));
            let ss1 = ss1_with_provider(variant, &pair, Arc::new(move |_| response.clone())).await;
            let (refused, _) = ss1.ask(of_information_system(variant, exchange)).await;
            let code = refused.headers.get("x-road-error").unwrap_or_default();
            assert_eq!(
                (refused.status, code),
                (500, "server.clientproxy.inconsistent_response"),
                "{exchange}"
            );
            ss1.end().await;
        }
        pair.end().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_provider_with_the_captured_keys_says_now_is_accepted() {
    for variant in VARIANTS {
        let pair = Pair::start(variant).await;
        let requests: Arc<Mutex<Vec<Http>>> = Arc::default();
        let (seen, provider) = (Arc::clone(&requests), OwnProvider::new(variant));
        let answers = move |request: &[u8]| {
            let request = Http::from_wire(request);
            seen.lock().unwrap().push(request.clone());
            provider.answer(&request)
        };
        let ss1 = ss1_with_provider(variant, &pair, Arc::new(answers)).await;
        for exchange in ANSWERED {
            let what = format!("{variant} {exchange}");
            let (mut response, body) = ss1.ask(of_information_system(variant, exchange)).await;
            response.body = body.into();
            let expected = Http::captured(variant, exchange, "is-response");
            assert_same_answer(response, &expected, Ids::New, &what).await;
            let ours = requests.lock().unwrap().pop().expect("a request");
            assert_same_form(&ours, &Http::captured(variant, exchange, "5500-request"), &what);
        }
        ss1.end().await;
        pair.end().await;
    }
}
