//! Where the numbers of persons are, and where they are not.

use std::path::{Path, PathBuf};
use std::process::Command;

use evidence::asic::{AsicLimits, Container};
use sekisho_tests::world::{CENTRE, MUNICIPALITY, World};
use service_kit::http::Request;
use service_kit::random;

use crate::person::Person;
use crate::town::{TOWN, about};

/// Where each number belongs; it may be in no other file of the town.
const HOMES: [(&str, &str); 2] =
    [("RESIDENT", "municipality/state/consent-links"), ("CUSTOMER", "support-centre/state/consent-links")];

#[test]
fn the_provider_s_system_gets_its_own_number_and_nothing_else() {
    TOWN.alone(async |world| {
        let person = Person::linked(world).await;
        person.grant(time::Duration::days(1)).await;
        world.ask(about(&person.customer, "echo")).await.is_answered();
        let fields = world.service.last_fields();
        let numbers: Vec<_> = fields.iter().filter(|(_, value)| *value == person.resident).collect();
        assert_eq!(numbers.len(), 1, "{fields:?}");
        assert_eq!(numbers[0].0, "X-Resident-Number");
        assert!(!fields.iter().any(|(_, value)| value.contains(&person.customer)), "{fields:?}");
    });
}

/// Asks about a person in every way that comes out differently; gives the id of the answered exchange.
async fn exchanges(world: &World, person: &Person) -> String {
    let id = random::uuid();
    world.ask(about(&person.customer, "echo")).await;
    person.grant(time::Duration::days(1)).await;
    world.ask(about(&person.customer, "echo").header("X-Road-Id", &id)).await.is_answered();
    world.ask(about(&person.resident, "echo")).await;
    world.ask(about(&person.customer, "break")).await;
    person.withdraw().await;
    world.ask(about(&person.customer, "echo")).await;
    id
}

#[test]
fn numbers_of_persons_are_nowhere_but_where_they_belong() {
    TOWN.alone(async |world| {
        let person = Person::linked(world).await;
        let id = exchanges(world, &person).await;
        for (number, (kind, home)) in [&person.resident, &person.customer].into_iter().zip(HOMES) {
            assert!(number.starts_with(kind));
            let found = files_with(&world.folder, number.as_bytes());
            assert!(!found.is_empty(), "{kind}: the search finds what is there");
            for file in found {
                let file = file.strip_prefix(&world.folder).unwrap().display().to_string();
                assert!(file.starts_with(home), "a {kind} number is in {file}");
            }
        }
        // The journals are packed: what is in them is looked at as it comes out.
        for server in [CENTRE, MUNICIPALITY] {
            for part in ["requestOnly", "responseOnly"] {
                let container = exported(world, server, &id, part).await;
                for number in [&person.resident, &person.customer] {
                    assert!(
                        !mentions(&container, number),
                        "{server} {part}: a number of a person is in the evidence"
                    );
                }
            }
        }
    });
}

/// The request carries a handle that means something to this pair of members only, the response the decision, and both
/// are signed: the verifier, which knows nothing of this network but its configuration, accepts the containers.
#[test]
fn the_decision_is_part_of_the_signed_evidence() {
    TOWN.beside_others(async |world| {
        let person = Person::linked(world).await;
        person.grant(time::Duration::days(1)).await;
        let id = random::uuid();
        let answer = world.ask(about(&person.customer, "echo").header("X-Road-Id", &id)).await;
        answer.is_answered();
        let decision = answer.header("X-Road-Consent-Decision").unwrap().to_owned();
        assert!(decision.contains("outcome=allow"), "{decision}");
        for server in [CENTRE, MUNICIPALITY] {
            let request = exported(world, server, &id, "requestOnly").await;
            assert!(mentions(&request, "X-Road-Consent-Subject"), "the handle is in the request");
            assert!(mentions(&request, "X-Road-Consent-Check"), "the consumer's decision is in the request");
            let response = exported(world, server, &id, "responseOnly").await;
            assert!(mentions(&response, &decision), "the decision is in the response");
        }
    });
}

/// Takes the container of a message out of a server, and has it verified.
async fn exported(world: &World, server: &str, id: &str, part: &str) -> Container {
    let admin = match server {
        CENTRE => world.town.ports.support_centre().admin,
        _ => world.town.ports.municipality().admin,
    };
    let answer = world.send(admin, Request::get(format!("/asic?queryId={id}&{part}&force"))).await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text());
    let file = std::env::temp_dir()
        .join(format!("sekisho-consent-{}-{server}-{id}-{part}.asice", std::process::id()));
    std::fs::write(&file, &answer.body).unwrap();
    let verified = Command::new(world.town.binary("evidence-verify"))
        .arg(&file)
        .arg("--global-conf")
        .arg(world.town.stored_global_configuration())
        .output()
        .unwrap();
    std::fs::remove_file(&file).unwrap();
    assert!(verified.status.success(), "{server} {part}: {}", String::from_utf8_lossy(&verified.stdout));
    evidence::asic::read(&answer.body, &AsicLimits::default()).unwrap()
}

fn mentions(container: &Container, text: &str) -> bool {
    let bodies = container.attachments.iter().map(|(_, bytes)| bytes);
    std::iter::once(&container.message).chain(bodies).any(|bytes| holds(bytes, text.as_bytes()))
}

/// Every file below the folder that holds these bytes.
fn files_with(folder: &Path, wanted: &[u8]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_with(&path, wanted));
        } else if std::fs::read(&path).is_ok_and(|bytes| holds(&bytes, wanted)) {
            found.push(path);
        }
    }
    found
}

fn holds(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}
