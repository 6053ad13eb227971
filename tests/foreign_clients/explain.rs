//! `security-server explain`, run as an administrator does on the machine of either side.

use std::process::Command;

use demo_town::town::names::{CONSUMER, PROVIDER};
use sekisho_tests::patience::until;
use sekisho_tests::world::{CENTRE, MUNICIPALITY, World};

use crate::curl::curl;
use crate::town::{TOWN, consumer_server};

/// A request that comes to nothing; gives the `detail` that the information system was told.
async fn refused(world: &World, client: &str, service: &str, id: &str) -> String {
    let url = format!("{}/r1/{PROVIDER}/{service}", consumer_server(world));
    let (client, id) = (format!("X-Road-Client: {client}"), format!("X-Road-Id: {id}"));
    let got = curl(world, &["-H", &client, "-H", &id, &url]).await;
    assert!(got.header("x-road-error").is_some(), "{}", got.text());
    let json: serde_json::Value = serde_json::from_slice(&got.body).unwrap();
    json["detail"].as_str().unwrap().to_owned()
}

/// What a server says of a message, and whether it knows anything.
fn explained(world: &World, server: &str, id: &str) -> (bool, String) {
    let mut command = Command::new(world.town.binary("security-server"));
    let config = world.server(server).join("security-server.toml");
    let output = command.args(["explain", id, "--config"]).arg(config).output().unwrap();
    let text = if output.status.success() { output.stdout } else { output.stderr };
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// The server knows the message, and says all of this.
fn says(world: &World, server: &str, id: &str, expected: &[&str]) -> String {
    let (known, text) = explained(world, server, id);
    assert!(known, "{server}: {text}");
    for part in expected {
        assert!(text.contains(part), "{server}: {part:?} is not in {text}");
    }
    text
}

/// What both sides say of a request that the provider's server refused.
fn denied<'a>(side: &'a str, route: &'a str) -> [&'a str; 6] {
    [
        side,
        route,
        "code: server.serverproxy.access_denied",
        "hop: the provider's security server",
        "Authorise: access_denied",
        "fix: to act: the provider of the service; asking again helps after the fix",
    ]
}

#[test]
fn refused_by_the_provider_s_server() {
    TOWN.beside_others(async |world| {
        let detail = refused(world, CONSUMER, "closed", "explain-1").await;
        let route = format!("{CONSUMER} -> {PROVIDER}/closed");
        for id in ["explain-1", &detail] {
            let consumer = says(world, CENTRE, id, &denied("refused, consumer's side", &route));
            assert!(consumer.contains("leg 1:") && consumer.contains("then: transmit"), "{consumer}");
            assert!(consumer.contains("rule: the other side refused: "), "{consumer}");
            let provider = says(world, MUNICIPALITY, id, &denied("refused, provider's side", &route));
            assert!(provider.contains("rule: Authorise: "), "{provider}");
            assert!(!provider.contains("leg 2:"), "it was refused before it was recorded: {provider}");
        }
    });
}

#[test]
fn refused_by_the_consumer_s_server() {
    TOWN.beside_others(async |world| {
        let client = "SEKISHO-DEMO/ORG/700110/other";
        let detail = refused(world, client, "echo", "explain 2/b").await;
        let expected = [
            "refused, consumer's side",
            "SEKISHO-DEMO/ORG/700110/other -> SEKISHO-DEMO/GOV/262011/child-rearing/echo",
            "code: server.clientproxy.unknown_member",
            "hop: the consumer's security server",
            "fix: to act: ",
        ];
        says(world, CENTRE, &detail, &expected);
        let (known, text) = explained(world, MUNICIPALITY, &detail);
        assert!(!known && text.contains("nothing is known of this message"), "it never came there: {text}");
    });
}

/// The reason is still there when somebody comes to ask after a crash.
#[test]
fn after_a_crash() {
    TOWN.alone(async |world| {
        let detail = refused(world, CONSUMER, "closed", "explain-3").await;
        let both = [CENTRE, MUNICIPALITY];
        let before = both.map(|server| explained(world, server, &detail).1);
        for server in both {
            let file = world.server(server).join("state/refusals/latest.jsonl");
            until("the refusal on disk", async || match std::fs::read_to_string(&file) {
                Ok(text) if text.lines().any(|line| line.contains(&detail)) => Ok(()),
                other => Err(format!("{other:?}")),
            })
            .await;
            world.kill(server).await.unwrap();
        }
        for server in both {
            world.restart(server).await.unwrap();
        }
        for (server, before) in both.into_iter().zip(before) {
            let (known, after) = explained(world, server, &detail);
            assert!(known, "{server}: {after}");
            // The journal may have been stamped in between.
            let refusal = |text: &str| text[text.find("refused, ").unwrap()..].to_owned();
            assert_eq!(refusal(&after), refusal(&before), "{server}");
        }
    });
}
