//! Unknown, granted, withdrawn, refused, expired.

use std::time::Instant;

use demo_town::town::names::SERVICE;
use registry_api::citizen::Recorded;
use sekisho_tests::errors::{Row, row};
use sekisho_tests::patience::until;
use sekisho_tests::world::World;

use crate::person::Person;
use crate::town::{TOWN, about};

const DAY: time::Duration = time::Duration::days(1);

/// What was decided counts: at once if both servers have said that they act on it, else when they do, at the latest
/// when their lease is over.
async fn counts(world: &World, person: &Person, recorded: &Recorded, row: Option<&Row>) {
    let began = Instant::now();
    let wanted = row.map(|row| row.code.as_str());
    let answer = until("the decision counts", async || {
        let answer = world.ask(about(&person.customer, "echo")).await;
        match answer.error.as_deref() == wanted {
            true => Ok(answer),
            false if recorded.everywhere => {
                panic!("known everywhere, but {:?} instead of {wanted:?}", answer.error)
            }
            false => Err(format!("{:?}", answer.error)),
        }
    });
    let answer = answer.await;
    match row {
        Some(row) => answer.is(row),
        None => answer.is_answered(),
    }
    println!(
        "{wanted:?} {:?} after it was recorded (known everywhere: {})",
        began.elapsed(),
        recorded.everywhere
    );
}

#[test]
fn a_person_is_answered_about_only_while_she_agrees() {
    TOWN.beside_others(async |world| {
        let person = Person::linked(world).await;
        let (required, ended) = (row("consent-required"), row("consent-ended"));
        world.ask(about(&person.customer, "echo")).await.is(&required);
        let granted = person.grant(DAY).await;
        counts(world, &person, &granted, None).await;
        let began = Instant::now();
        let withdrawn = person.withdraw().await;
        println!("withdrawing took {:?}", began.elapsed());
        counts(world, &person, &withdrawn, Some(&ended)).await;
        let granted = person.grant(DAY).await;
        counts(world, &person, &granted, None).await;
    });
}

#[test]
fn a_no_looks_like_never_having_been_asked() {
    TOWN.beside_others(async |world| {
        let (asked, never_asked) = (Person::linked(world).await, Person::linked(world).await);
        let refused = asked.refuse().await;
        counts(world, &asked, &refused, Some(&row("consent-required"))).await;
        let unknown = world.ask(about("nobody-has-this-number", "echo")).await;
        for person in [&asked, &never_asked] {
            let answer = world.ask(about(&person.customer, "echo")).await;
            assert_eq!(
                (answer.status, &answer.error, answer.text()),
                (unknown.status, &unknown.error, unknown.text())
            );
        }
    });
}

#[test]
fn a_consent_ends_with_its_validity() {
    TOWN.beside_others(async |world| {
        let person = Person::linked(world).await;
        person.grant(time::Duration::seconds(3)).await;
        let ended = row("consent-ended");
        let answer = until("the consent has expired", async || {
            let answer = world.ask(about(&person.customer, "echo")).await;
            // One request may be between the two servers at that moment; the provider refuses it.
            let on_its_way = answer.error.as_deref() == Some(&row("consent-ended-meanwhile").code);
            if answer.error.is_some() && !on_its_way { Ok(answer) } else { Err(answer.text()) }
        });
        answer.await.is(&ended);
    });
}

#[test]
fn one_person_s_consent_is_not_another_s() {
    TOWN.beside_others(async |world| {
        let (one, other) = (Person::linked(world).await, Person::linked(world).await);
        let granted = one.grant(DAY).await;
        counts(world, &one, &granted, None).await;
        world.ask(about(&other.customer, "echo")).await.is(&row("consent-required"));
    });
}

#[test]
fn a_consent_for_one_purpose_is_none_for_another() {
    TOWN.beside_others(async |world| {
        let person = Person::linked(world).await;
        let granted = person.grant(DAY).await;
        counts(world, &person, &granted, None).await;
        let other = World::request("POST", &format!("{SERVICE}/echo"))
            .header("X-Road-Consent-Subject", &person.customer)
            .header("X-Road-Consent-Purpose", "advertising");
        world.ask(other).await.is(&row("consent-required"));
    });
}

/// The service is at work when she withdraws: its answer does not leave the provider any more.
#[test]
fn a_withdrawal_stops_the_answer_on_its_way() {
    TOWN.alone(async |world| {
        let person = Person::linked(world).await;
        person.grant(DAY).await;
        let before = world.service.calls();
        let withdrawal = async {
            until("the service is at work", async || match world.service.calls() {
                calls if calls > before => Ok(()),
                calls => Err(calls.to_string()),
            })
            .await;
            let recorded = person.withdraw().await;
            world.service.open_gate();
            recorded
        };
        let (answer, recorded) = tokio::join!(world.ask(about(&person.customer, "gate")), withdrawal);
        assert!(recorded.everywhere, "both servers have confirmed, {} ms", recorded.waited_millis);
        answer.is(&row("consent-ended-meanwhile"));
    });
}
