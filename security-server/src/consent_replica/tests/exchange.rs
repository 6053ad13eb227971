//! The story: link, ask, grant, ask, withdraw, ask.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use consent::decision::{DecisionHeader, DecisionRecord, Side};
use consent::{DenyReason, RefusalCode};
use identifiers::ExchangeHandle;

use super::world::{CONSUMER, PROVIDER, Registry, consumer_side, flow, provider_side, reason, value};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_links_grants_and_withdraws() {
    let registry = Registry::start().await;
    let provider = registry.gate("T/GOV/1/p", PROVIDER, 5);
    let consumer = registry.gate("T/COM/2/c", CONSUMER, 5);
    provider.until(|status| status.fresh).await;
    consumer.until(|status| status.fresh).await;
    assert_eq!(reason(consumer_side(&consumer, "c-17")), Some(DenyReason::NotLinked));

    let person = registry.person().await;
    person.link(&provider, PROVIDER, "s-903").await;
    person.link(&consumer, CONSUMER, "c-17").await;
    let never_asked = consumer_side(&consumer, "c-17").unwrap_err();
    assert_eq!(
        (never_asked.reason(), never_asked.code()),
        (DenyReason::NoConsent, RefusalCode::ConsentRequired)
    );

    assert!(person.grant().await.everywhere);
    let wire = consumer_side(&consumer, "c-17").unwrap();
    assert!(!format!("{wire:?}").contains("c-17"), "{wire:?}");
    let (delivered, response) = provider_side(&provider, &wire).unwrap();
    assert_eq!(value(&delivered, "X-Resident-Number"), Some("s-903"));
    let decision = DecisionHeader::parse(value(&response, "X-Road-Consent-Decision").unwrap()).unwrap();
    let exchange: ExchangeHandle = value(&wire, "X-Road-Consent-Subject").unwrap().parse().unwrap();
    assert!(DecisionRecord::rebuild(Side::Provider, "q-1", exchange, flow(), &decision).is_some());
    let check = DecisionHeader::parse(value(&wire, "X-Road-Consent-Check").unwrap()).unwrap();
    assert_eq!(check.basis.event, decision.basis.event);
    assert!(DecisionRecord::rebuild(Side::Consumer, "q-1", exchange, flow(), &check).is_some());
    assert_eq!(reason(consumer_side(&consumer, "c-18")), Some(DenyReason::NotLinked));

    assert!(person.withdraw().await.everywhere);
    assert_eq!(reason(provider_side(&provider, &wire)), Some(DenyReason::Withdrawn));
    assert_eq!(reason(consumer_side(&consumer, "c-17")), Some(DenyReason::Withdrawn));
    assert_eq!(DenyReason::Withdrawn.code(), RefusalCode::ConsentEnded);

    person.device.refuse(person.base_id, flow()).await.unwrap();
    assert_eq!(reason(provider_side(&provider, &wire)), Some(DenyReason::RefusedAfterConsent));
    assert_eq!(DenyReason::RefusedAfterConsent.code(), RefusalCode::ConsentEnded);
}

/// The time that counts: from the person's withdrawal to the provider's first refusal, while requests keep coming.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_refusal_follows_a_withdrawal_within_milliseconds() {
    let registry = Registry::start().await;
    let provider = registry.gate("T/GOV/1/p", PROVIDER, 5);
    let consumer = registry.gate("T/COM/2/c", CONSUMER, 5);
    provider.until(|status| status.fresh).await;
    consumer.until(|status| status.fresh).await;
    let person = registry.person().await;
    person.link(&provider, PROVIDER, "s-903").await;
    person.link(&consumer, CONSUMER, "c-17").await;
    let mut slowest = Duration::ZERO;
    for _ in 0..10 {
        person.grant().await;
        let wire = consumer_side(&consumer, "c-17").unwrap();
        let newest = person.device.consents().await.unwrap().consents.remove(0);
        let begun = Instant::now();
        let refused = async {
            while provider_side(&provider, &wire).is_ok() {
                tokio::time::sleep(Duration::from_micros(200)).await;
            }
            begun.elapsed()
        };
        let (recorded, refused) = tokio::join!(person.device.withdraw(person.base_id, &newest), refused);
        assert!(recorded.unwrap().everywhere);
        slowest = slowest.max(refused);
    }
    println!(
        "slowest of 10 withdrawals, from the device's request to the provider's first refusal: {slowest:?}"
    );
    assert!(slowest < Duration::from_secs(1));
}

/// INV-06: the members' own numbers stay in the file of their own server. Neither the registry's folder nor any log line
/// of the two servers and the registry has one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn local_ids_are_in_no_log_and_not_at_the_registry() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE);
    let subscriber = subscriber.with_writer(move || writer.clone()).finish();
    // For all threads of this process: what other tests log meanwhile does no harm.
    tracing::subscriber::set_global_default(subscriber).unwrap();

    let registry = Registry::start().await;
    let provider = registry.gate("T/GOV/1/p", PROVIDER, 5);
    let consumer = registry.gate("T/COM/2/c", CONSUMER, 5);
    provider.until(|status| status.fresh).await;
    consumer.until(|status| status.fresh).await;
    let person = registry.person().await;
    person.link(&provider, PROVIDER, "canary-s-903").await;
    person.link(&consumer, CONSUMER, "canary-c-17").await;
    person.grant().await;
    let wire = consumer_side(&consumer, "canary-c-17").unwrap();
    assert!(provider_side(&provider, &wire).is_ok());
    person.withdraw().await;
    assert!(consumer_side(&consumer, "canary-c-17").is_err());
    // Wrong inputs, whose errors could quote them.
    assert_eq!(consumer.put_link(CONSUMER, "canary-c-18", "no such token").await.status, 403);
    assert_eq!(consumer.put_link("canary", "canary-c-19", "").await.status, 400);
    assert_eq!(consumer.put_link(CONSUMER, "canary-\\u0000", "x").await.status, 400);
    tokio::time::sleep(Duration::from_millis(600)).await;
    registry.stop().await;

    let log = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(log.contains("consent event recorded"), "the log itself works");
    assert!(!log.contains("canary"), "{log}");
    for file in std::fs::read_dir(registry.folder.path()).unwrap() {
        let file = file.unwrap().path();
        let bytes = std::fs::read(&file).unwrap();
        assert!(!bytes.windows(6).any(|window| window == b"canary"), "{}", file.display());
    }
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
