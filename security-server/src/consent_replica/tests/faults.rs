//! What breaks, and what comes back by itself.

use std::time::Duration;

use consent::DenyReason;
use consent::frame::{Change, Frame, chain_next};
use consent::replica::Replica;
use registry_api::problem::{Code, Problem};
use service_kit::clock::Clock;
use service_kit::http::{Request as HttpRequest, Response};

use super::world::{CONSUMER, PROVIDER, Registry, consumer_side, provider_side, reason};
use crate::consent_replica::links::Links;
use crate::consent_replica::{ConsentGate, admin};

async fn code(response: Response) -> (u16, Option<Code>) {
    let body = response.body.read_all(10_000).await.unwrap();
    (response.status, serde_json::from_slice::<Problem>(&body).ok().map(|problem| problem.code))
}

/// The registry goes away: decisions go on for one lease, then everything is refused. It comes back: so do we.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_registry_the_lease_runs_out_and_with_it_service_resumes() {
    let mut registry = Registry::start().await;
    let provider = registry.gate("T/GOV/1/p", PROVIDER, 1);
    let consumer = registry.gate("T/COM/2/c", CONSUMER, 1);
    provider.until(|status| status.fresh).await;
    consumer.until(|status| status.fresh).await;
    let person = registry.person().await;
    person.link(&provider, PROVIDER, "s-903").await;
    person.link(&consumer, CONSUMER, "c-17").await;
    person.grant().await;
    let wire = consumer_side(&consumer, "c-17").unwrap();
    let epoch = provider.status().epoch.unwrap();

    registry.stop().await;
    assert_eq!(reason(provider_side(&provider, &wire)), None, "the lease is not over yet");
    let over = provider.until(|status| !status.fresh).await;
    assert!(over <= Duration::from_millis(1_100), "{over:?}");
    assert_eq!(reason(provider_side(&provider, &wire)), Some(DenyReason::LeaseOver));
    consumer.until(|status| !status.fresh).await;
    assert_eq!(reason(consumer_side(&consumer, "c-17")), Some(DenyReason::LeaseOver));
    assert_eq!(code(consumer.put_link(CONSUMER, "c-18", "t").await).await, (503, Some(Code::Unavailable)));

    registry.serve().await;
    let back = provider.until(|status| status.fresh).await;
    assert!(back < Duration::from_secs(4), "{back:?}");
    assert!(provider.status().epoch.unwrap() > epoch, "a restart is a new epoch");
    assert_eq!(reason(provider_side(&provider, &wire)), None);
    person.withdraw().await;
    assert_eq!(reason(provider_side(&provider, &wire)), Some(DenyReason::Withdrawn));
}

/// A difference from the registry is found with the next heartbeat, refused meanwhile, and repaired by a snapshot.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_difference_is_found_and_repaired() {
    let registry = Registry::start().await;
    let provider = registry.gate("T/GOV/1/p", PROVIDER, 5);
    let consumer = registry.gate("T/COM/2/c", CONSUMER, 5);
    provider.until(|status| status.fresh).await;
    let person = registry.person().await;
    person.link(&provider, PROVIDER, "s-903").await;
    person.link(&consumer, CONSUMER, "c-17").await;
    person.grant().await;
    assert_eq!(provider.status().rows, 1);
    let sequence = provider.status().sequence.unwrap();
    provider.gate.change(lose_everything);
    assert_eq!(provider.status().rows, 0);
    provider.until(|status| status.rows == 1 && status.fresh).await;
    assert!(provider.status().sequence.unwrap() > sequence, "with a new snapshot");
}

/// A change that the registry never sent, with a chain hash that fits.
fn lose_everything(replica: &mut Replica) {
    let rows: Vec<_> = replica.rows().map(|row| row.key.clone()).collect();
    for key in rows {
        let state = replica.acknowledgement().unwrap();
        let (sequence, change) = (state.sequence + 1, Change::Remove { key });
        let chain = chain_next(&state.chain, sequence, &change).unwrap();
        replica.apply(Frame::Change { sequence, chain, change }).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn links_that_cannot_be_made_are_refused_by_name() {
    let registry = Registry::start().await;
    let provider = registry.gate("T/GOV/1/p", PROVIDER, 5);
    let (one, other) = (registry.person().await, registry.person().await);
    one.link(&provider, PROVIDER, "s-1").await;
    let token = async |person: &super::world::Person| {
        person.device.link_token(&PROVIDER.parse().unwrap()).await.unwrap().token
    };
    // Another person's token for a record that is linked; another record for a person who is linked.
    let outcome = provider.put_link(PROVIDER, "s-1", &token(&other).await).await;
    assert_eq!(code(outcome).await, (409, Some(Code::OtherPerson)));
    let outcome = provider.put_link(PROVIDER, "s-2", &token(&one).await).await;
    assert_eq!(code(outcome).await, (409, Some(Code::OtherPerson)));
    assert_eq!(provider.status().links, 1);
    one.link(&provider, PROVIDER, "s-1").await;
    assert_eq!(
        code(provider.put_link(CONSUMER, "s-3", "t").await).await,
        (403, Some(Code::NotYourSubsystem))
    );
    assert_eq!(code(provider.put_link(PROVIDER, "s-3", "t").await).await, (403, Some(Code::TokenRefused)));
    assert_eq!(code(provider.put_link(PROVIDER, "s-3", "").await).await, (403, Some(Code::TokenRefused)));
    assert_eq!(code(provider.put_link(PROVIDER, "s 3", "t").await).await, (400, Some(Code::Malformed)));
}

/// Without a registry every person is refused, and everything else goes on.
#[tokio::test]
async fn without_a_registry_nothing_personal_passes() {
    let folder = tempfile::tempdir().unwrap();
    let links = Links::open(&folder.path().join("links.sqlite")).unwrap();
    let gate = ConsentGate::new(Replica::default(), links, Clock::system());
    let status = admin::handle(&gate, HttpRequest::get("/consent/status")).await.unwrap();
    let body = status.body.read_all(10_000).await.unwrap();
    let status: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((&status["registry"], &status["fresh"]), (&false.into(), &false.into()));
    let put = HttpRequest::new("PUT", "/consent/links").body("{}");
    let put = admin::handle(&gate, put).await.unwrap();
    assert_eq!(code(put).await, (503, Some(Code::Unavailable)));
    let unknown = admin::handle(&gate, HttpRequest::get("/consent/rows")).await.unwrap();
    assert_eq!(unknown.status, 404);
    assert!(admin::handle(&gate, HttpRequest::get("/health")).await.is_none());
}
