//! What security servers receive.

use std::time::{Duration, Instant};

use consent::record::State;
use consent::replica::Applied;
use registry_api::ClientError;
use registry_api::citizen::Reach;

use crate::world::{CONSUMER, PROVIDER, THIRD, World, anything_contains, flow, subsystem};

#[tokio::test]
async fn each_server_gets_its_own_rows_with_its_own_links() {
    let world = World::start().await;
    let (provider, consumer) = (world.server("T/GOV/1/p", PROVIDER), world.server("T/COM/2/c", CONSUMER));
    let third = world.server("T/COM/3/t", THIRD);
    let person = world.linked_person(&provider, &consumer).await;
    person.grant().await.unwrap();

    let (at_provider, at_consumer) = (provider.follow().await, consumer.follow().await);
    assert!(third.follow().await.replica.is_empty());
    let row_at_provider = at_provider.replica.rows().next().unwrap();
    let row_at_consumer = at_consumer.replica.rows().next().unwrap();
    assert_eq!(row_at_provider.key, row_at_consumer.key);
    assert_eq!(row_at_provider.key.flow, flow());
    assert!(row_at_provider.provider_link.is_some() && row_at_provider.consumer_link.is_none());
    assert!(row_at_consumer.consumer_link.is_some() && row_at_consumer.provider_link.is_none());
    let text = serde_json::to_string(&[row_at_provider, row_at_consumer]).unwrap();
    assert!(!text.contains(&person.base_id.to_string()), "the Base-ID stays at the registry");
}

#[tokio::test]
async fn a_refusal_is_told_to_the_provider_only() {
    let world = World::start().await;
    let (provider, consumer) = (world.server("T/GOV/1/p", PROVIDER), world.server("T/COM/2/c", CONSUMER));
    let person = world.linked_person(&provider, &consumer).await;
    let recorded = person.device.refuse(person.base_id, flow()).await.unwrap();
    assert_eq!(recorded.servers.iter().map(|server| &server.server).collect::<Vec<_>>(), [&provider.id]);
    assert_eq!(provider.follow().await.replica.rows().next().unwrap().state, State::Refused);
    assert!(consumer.follow().await.replica.is_empty(), "refused and never asked are the same there");
}

/// E.6 no. 5: the consumer hears of a grant when the provider has acknowledged it.
#[tokio::test]
async fn a_grant_goes_to_the_provider_first() {
    let world = World::start_waiting(10_000).await;
    let (provider, consumer) = (world.server("T/GOV/1/p", PROVIDER), world.server("T/COM/2/c", CONSUMER));
    let person = world.linked_person(&provider, &consumer).await;
    let (mut at_provider, mut at_consumer) = (provider.follow().await, consumer.follow().await);
    assert!(at_provider.acknowledge().await && at_consumer.acknowledge().await);
    let granting = tokio::spawn(async move { person.grant().await.unwrap() });
    at_provider.change().await;
    let early = tokio::time::timeout(Duration::from_millis(150), at_consumer.change()).await;
    assert!(early.is_err(), "the provider has not acknowledged yet");
    at_provider.acknowledge().await;
    at_consumer.change().await;
    at_consumer.acknowledge().await;
    let recorded = granting.await.unwrap();
    assert!(recorded.everywhere, "{recorded:?}");
    assert!(recorded.servers.iter().all(|server| server.state == Reach::Acknowledged));
}

#[tokio::test]
async fn a_withdrawal_is_everywhere_within_milliseconds() {
    let world = World::start_waiting(10_000).await;
    let (provider, consumer) = (world.server("T/GOV/1/p", PROVIDER), world.server("T/COM/2/c", CONSUMER));
    let person = world.linked_person(&provider, &consumer).await;
    let followers = [provider.follow_faithfully().await, consumer.follow_faithfully().await];
    let mut slowest = Duration::ZERO;
    for _ in 0..20 {
        assert!(person.grant().await.unwrap().everywhere);
        let newest = person.device.consents().await.unwrap().consents.remove(0);
        let begun = Instant::now();
        let recorded = person.device.withdraw(person.base_id, &newest).await.unwrap();
        slowest = slowest.max(begun.elapsed());
        assert!(recorded.everywhere && recorded.servers.len() == 2, "{recorded:?}");
    }
    println!("slowest of 20 withdrawals, from the device's request to both acknowledgements: {slowest:?}");
    assert!(slowest < Duration::from_secs(1));
    world.stop().await;
    for follower in followers {
        assert_eq!(follower.await.unwrap(), 40);
    }
}

#[tokio::test]
async fn a_server_that_is_away_does_not_hold_up_the_person_for_long() {
    let world = World::start().await;
    let (provider, consumer) = (world.server("T/GOV/1/p", PROVIDER), world.server("T/COM/2/c", CONSUMER));
    let person = world.linked_person(&provider, &consumer).await;
    let follower = provider.follow_faithfully().await;
    person.grant().await.unwrap();
    let recorded = person.withdraw().await.unwrap();
    assert!(!recorded.everywhere);
    assert_eq!(recorded.latest_millis, 5_000);
    let state = |id| recorded.servers.iter().find(|server| server.server == id).unwrap().state;
    assert_eq!(state(provider.id.clone()), Reach::Acknowledged);
    assert_eq!(state(consumer.id.clone()), Reach::Pending, "it may still hold a lease from before the start");
    follower.abort();
}

#[tokio::test]
async fn a_restart_begins_a_new_epoch_with_a_snapshot() {
    let mut world = World::start().await;
    let (provider, consumer) = (world.server("T/GOV/1/p", PROVIDER), world.server("T/COM/2/c", CONSUMER));
    let person = world.linked_person(&provider, &consumer).await;
    person.grant().await.unwrap();
    let mut follower = provider.follow().await;
    follower.acknowledge().await;
    let before = follower.replica.position().unwrap();
    world.restart().await;
    while follower.next().await.is_some() {}
    let mut replica = follower.replica;
    let mut again = provider.follow().await;
    let after = again.replica.position().unwrap();
    assert!(after.epoch > before.epoch, "{after:?} follows {before:?}");
    assert_eq!(again.replica.len(), 1);
    assert!(again.acknowledge().await);
    // The replica that saw the new epoch takes nothing from the old one any more.
    replica.begin_session();
    std::mem::swap(&mut replica, &mut again.replica);
    assert_eq!(replica.position(), Some(after));
}

#[tokio::test]
async fn heartbeats_echo_the_servers_nonce() {
    let world = World::start().await;
    let provider = world.server("T/GOV/1/p", PROVIDER);
    let mut follower = provider.follow().await;
    assert!(follower.replica.lease_age(&follower.moment()).is_none());
    follower.acknowledge().await;
    while follower.next().await != Some(Applied::Heartbeat(true)) {}
    assert!(follower.replica.lease_age(&follower.moment()).is_some());
    assert_eq!(follower.next().await, Some(Applied::Heartbeat(false)), "the same nonce again renews nothing");
}

#[tokio::test]
async fn strangers_and_servers_that_are_no_longer_registered_get_nothing() {
    let world = World::start().await;
    let provider = world.server("T/GOV/1/p", PROVIDER);
    let stranger = world.stranger("T/GOV/1/p".parse().unwrap());
    assert!(stranger.client.open_stream().await.is_err());
    let mut follower = provider.follow().await;
    world.registrations.certificates.lock().unwrap().clear();
    while follower.next().await.is_some() {}
    // On the connection that is still open the certificate is looked up again, on a new one it is refused at once.
    let outcome = provider.redeem("token", PROVIDER).await;
    assert!(matches!(outcome, Err(ClientError::Refused(_) | ClientError::Unreachable(_))), "{outcome:?}");
    assert!(provider.client.open_stream().await.is_err());
}

#[tokio::test]
async fn a_server_with_other_subsystems_gets_a_new_snapshot() {
    let world = World::start().await;
    let (provider, consumer) = (world.server("T/GOV/1/p", PROVIDER), world.server("T/COM/2/c", CONSUMER));
    let person = world.linked_person(&provider, &consumer).await;
    person.grant().await.unwrap();
    let third = world.server("T/COM/3/t", THIRD);
    let mut follower = third.follow().await;
    assert!(follower.replica.is_empty());
    let moved = [subsystem(THIRD), subsystem(CONSUMER)].into();
    world.registrations.subsystems.lock().unwrap().insert(third.id.clone(), moved);
    while follower.next().await.is_some() {}
    assert_eq!(third.follow().await.replica.len(), 1);
}

/// What a member's application calls the person never comes to the registry; what it does hold names nobody.
#[tokio::test]
async fn the_database_holds_no_token_and_nothing_to_read() {
    let world = World::start().await;
    let (provider, consumer) = (world.server("T/GOV/1/p", PROVIDER), world.server("T/COM/2/c", CONSUMER));
    let device = world.device();
    device.enrol().await.unwrap();
    let token = device.link_token(&subsystem(PROVIDER)).await.unwrap().token;
    provider.redeem(&token, PROVIDER).await.unwrap();
    world.linked_person(&provider, &consumer).await.grant().await.unwrap();
    assert!(anything_contains(world.folder.path(), "child-support-coupon"), "the scan itself works");
    assert!(!anything_contains(world.folder.path(), &token));
}
