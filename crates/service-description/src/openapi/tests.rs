use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::*;

fn read(document: &str) -> Result<OpenApi, OpenApiError> {
    OpenApi::read(document.as_bytes(), &DescriptionLimits::default())
}

fn endpoints(document: &str) -> Vec<String> {
    read(document).unwrap().endpoints.iter().map(|e| format!("{} {}", e.method, e.path)).collect()
}

const YAML: &str = "# a comment
openapi: 3.0.3
info: { title: Pets, version: 1.0 }
servers:
  - url: http://inner:8080/v1 # hidden
    description: d
  - url: 'https://{host}/{path}'
  - {url: \"http://two/x?y\"}
paths:
  /pets:
    parameters: []
    get: {}
    post: &op
      responses: {}
  /pets/{id}/{a}.{b}:
    get: *op
    put: *op
  x-extension: {get: 1}
";

const JSON: &str = r#"{"openapi": "3.1.0", "info": {"title": "P\u00e9ts \ud83d\ude00"},
 "servers": [{"url": "http:\/\/inner:8080/v1"}, {"url": "/already"}, {"url": null}, {"url": 1}, 2, {}],
 "paths": {"/a": {"get": {}, "GET": {}, "summary": ""}, "/b/{x}": {"delete": {}}, "/b/{y}": {"delete": {}}}}"#;

#[test]
fn yaml_and_json() {
    let api = read(YAML).unwrap();
    assert_eq!((api.title.as_deref(), api.server_url.as_str()), (Some("Pets"), "http://inner:8080/v1"));
    assert_eq!(endpoints(YAML), ["GET /pets", "POST /pets", "GET /pets/*/*", "PUT /pets/*/*"]);
    let api = read(JSON).unwrap();
    assert_eq!((api.title.as_deref(), api.server_url.as_str()), (Some("Péts 😀"), "http://inner:8080/v1"));
    assert_eq!(endpoints(JSON), ["GET /a", "DELETE /b/*"]);
    // JSON is YAML too; either way says the same.
    assert_eq!(endpoints(&format!("---\n{}", JSON.replace("\\ud83d\\ude00", ""))), endpoints(JSON));
}

#[test]
fn base_addresses() {
    let with = |url: &str| read(&format!("openapi: 3.0.0\nservers: [{{url: '{url}'}}]")).unwrap();
    for (url, expected) in [
        ("https://other/v1", "https://other/v1"),
        ("/v1", "http://h/v1"),
        ("v1", "http://h/d/v1"),
        ("https://{host}/x", "https://{host}/x"),
    ] {
        assert_eq!(with(url).base_url("http://h/d/api.yaml"), expected);
    }
    assert_eq!(read("openapi: 3.0.0").unwrap().base_url("http://h/d/api.yaml"), "http://h/d/");
    assert!(with("https://{host}/x").warnings.iter().any(|warning| warning.contains("variables")));
}

#[test]
fn versions() {
    for good in ["3.0.0", "3.0", "3.1.0", "3.1.1", "'3.0.4'", "3.0.0-rc1"] {
        assert!(read(&format!("openapi: {good}")).is_ok(), "{good}");
    }
    for bad in ["2.0", "3.2.0", "3", "3.00", "3.0.x", "31.0", "", "[3.0.0]"] {
        assert!(matches!(read(&format!("openapi: {bad}")), Err(OpenApiError::Version(_))), "{bad}");
    }
    assert_eq!(read("swagger: '2.0'"), Err(OpenApiError::Version(String::new())));
}

#[test]
fn warnings() {
    let api = read("openapi: 3.0.0\npaths:\n  /a:\n    $ref: other.yaml\n  b: {get: {}}\n  /c:\n").unwrap();
    assert_eq!(api.warnings.len(), 3, "{:?}", api.warnings);
    assert!(api.endpoints.is_empty());
    assert_eq!(read("openapi: 3.0.0").unwrap().warnings, ["the description has no paths"]);
}

#[test]
fn refused_with_reason() {
    use OpenApiError as E;
    let key = |key: &str| E::DuplicateKey(key.to_owned());
    for (document, reason) in [
        ("", E::NotOpenApi),
        ("text", E::NotOpenApi),
        ("- openapi: 3.0.0", E::NotOpenApi),
        ("openapi: 3.0.0\n---\nopenapi: 3.0.0", E::NotOpenApi),
        ("openapi: 3.0.0\npaths:\n  /a: {get: 1}\n  /a: {}", key("/a")),
        ("openapi: 3.0.0\npaths:\n  /a:\n    get: 1\n    get: 2", key("get")),
        (r#"{"openapi": "3.0.0", "openapi": "3.0.0"}"#, key("openapi")),
        (r#"{"a": 1, "\u0061": 1}"#, key("a")),
    ] {
        assert_eq!(read(document), Err(reason), "{document}");
    }
    for document in ["openapi: 3.0.0\n\tx", "a: *unknown", "? [a]\n: b", "{", "openapi: '3.0.0", "a: b: c"] {
        assert!(matches!(read(document), Err(E::Syntax(_))), "{document}: {:?}", read(document));
    }
    assert_eq!(OpenApi::read(b"\xff", &DescriptionLimits::default()), Err(E::NotUtf8));
    assert!(OpenApi::read("\u{feff}openapi: 3.0.0".as_bytes(), &DescriptionLimits::default()).is_ok());
}

#[test]
fn every_limit_has_its_error() {
    let limits = DescriptionLimits { bytes: 200, depth: 4, nodes: 12, services: 2 };
    let with = |document: &str| OpenApi::read(document.as_bytes(), &limits).map(drop);
    assert_eq!(with("openapi: 3.0.0\npaths: {/a: {get: {}, put: {}}}"), Ok(()));
    assert_eq!(
        with("openapi: 3.0.0\npaths: {/a: {get: {}, put: {}, post: {}}}"),
        Err(OpenApiError::TooComplex)
    );
    let more = DescriptionLimits { nodes: 100, ..limits.clone() };
    let three = "openapi: 3.0.0\npaths: {/a: {get: {}, put: {}, post: {}}}";
    assert_eq!(OpenApi::read(three.as_bytes(), &more).map(drop), Err(OpenApiError::TooManyEndpoints(2)));
    for document in ["a: [[[[]]]]", r#"{"a": [[[[]]]]}"#] {
        assert_eq!(with(document), Err(OpenApiError::TooComplex), "{document}");
    }
    assert_eq!(with(&" ".repeat(201)), Err(OpenApiError::TooLarge(200)));
}

fn published(document: &str) -> Result<String, OpenApiError> {
    publish(document.as_bytes(), &DescriptionLimits::default())
}

#[test]
fn addresses_of_servers_become_paths() {
    let expected = YAML
        .replace("url: http://inner:8080/v1 #", "url: \"/v1\" #")
        .replace("url: \"http://two/x?y\"", "url: \"/x\"");
    assert_eq!(published(YAML).unwrap(), expected);
    let expected = JSON.replace(r#""http:\/\/inner:8080/v1""#, "\"/v1\"");
    assert_eq!(published(JSON).unwrap(), expected);
    for (servers, expected) in [
        ("- url: &u http://h/a\n- url: *u", "- url: &u \"/a\"\n- url: \"/a\""),
        ("- &s\n  url: http://h/a\n- *s", "- &s\n  url: \"/a\"\n- *s"),
        ("- url: http://h", "- url: \"\""),
        ("- url: >-\n    http://h/a\n", ""),
        ("- url:\n    http://h/a  # c", "- url:\n    \"/a\"  # c"),
        ("- url: http://h/\\\"", "- url: \"/\\\\\\\"\""),
        ("- url: !!str http://h/a", "- url: !!str \"/a\""),
        (
            "- url: ~\n- url: null\n- url:\n- url: 5\n- url: [http://h]",
            "- url: ~\n- url: null\n- url:\n- url: 5\n- url: [http://h]",
        ),
    ] {
        let document = |servers: &str| format!("openapi: 3.0.0\nservers:\n{servers}\ninfo: {{}}\n");
        let result = published(&document(servers));
        if expected.is_empty() {
            assert_eq!(result, Err(OpenApiError::ServerAddress));
        } else {
            assert_eq!(result.unwrap(), document(expected));
        }
    }
    assert_eq!(published("swagger: '2.0'"), Err(OpenApiError::Version(String::new())));
}

/// X-Road's own descriptions, if they are at hand.
#[test]
fn large_descriptions() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/vectors/x-road-7.8/openapi");
    for (name, count) in [("security-server.yaml", 138), ("central-server.yaml", 102)] {
        let Ok(document) = std::fs::read(format!("{folder}/{name}")) else {
            println!("{name} is not here: skipped");
            continue;
        };
        let api = OpenApi::read(&document, &DescriptionLimits::default()).unwrap();
        assert_eq!((api.endpoints.len(), api.server_url.as_str()), (count, "/api/v1"), "{name}");
        let text = publish(&document, &DescriptionLimits::default()).unwrap();
        assert_eq!(text.len() - document.len(), 2 * usize::from(!text.contains("url: /api/v1")), "{name}");
    }
}

#[test]
fn json_is_json() {
    let limits = DescriptionLimits::default();
    for good in [
        "{}",
        " {\"a\" : [ ] } ",
        "{\"a\":[1,-0.5e+3,true,false,null,\"\\u00e4\\n\"]}",
        "{\"a\":{\"b\":[[],{}]},\"c\":0}",
    ] {
        assert!(json::parse(good, &limits).is_ok(), "{good}");
    }
    for bad in [
        "{",
        "}",
        "{]",
        "[}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{,}",
        "[1,]",
        "[1 2]",
        "{\"a\":1 \"b\":2}",
        "{a:1}",
        "{'a':1}",
        "{} {}",
        "{\"a\":01}",
        "{\"a\":+1}",
        "{\"a\":1.}",
        "{\"a\":.5}",
        "{\"a\":1e}",
        "{\"a\":tru}",
        "{\"a\":\"\n\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{\"a\":\"",
        "{1:2}",
        "\"a",
        "",
    ] {
        assert!(json::parse(bad, &limits).is_err(), "{bad}");
    }
}

#[test]
fn hostile_documents_cost_little() {
    let laughs: String = "a0: &a0 [x, x]\n".to_owned()
        + &(1..40)
            .map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", ")))
            .collect::<String>();
    let paths: String = (0..3_000).map(|n| format!("  /p{n}: *i\n")).collect();
    let shared = format!("openapi: 3.0.0\nx: &i {{get: {{}}}}\npaths:\n{paths}");
    let begun = Instant::now();
    assert_eq!(endpoints(&shared).len(), 3_000);
    assert!(begun.elapsed() < Duration::from_secs(20));
    for document in [
        format!("openapi: 3.0.0\n{laughs}"),
        "[".repeat(100_000),
        "{".repeat(100_000),
        "{\"a\":".repeat(100_000),
        "- ".repeat(50_000),
        "? ".repeat(50_000),
        "a: ".repeat(20_000),
        "&a ".repeat(50_000),
        "!!str ".repeat(50_000),
        "%YAML 1.2\n".repeat(20_000),
        "---\n".repeat(20_000),
        "\"".to_owned() + &"\\u0041".repeat(50_000),
        "#".repeat(200_000),
        "a: |\n".to_owned() + &" x\n".repeat(50_000),
        format!("{{{}}}", "a, ".repeat(50_000)),
        format!("a: {}", "x ".repeat(100_000)),
        "{---".to_owned(),
        "...".to_owned(),
        (0..20_000).map(|n| format!("k{n}: v\n")).collect(),
    ] {
        let begun = Instant::now();
        let _ = read(&document);
        let taken = begun.elapsed();
        assert!(taken < Duration::from_secs(20), "{taken:?} for {}", &document[..document.len().min(30)]);
    }
}

proptest! {
    #[test]
    fn no_input_panics(
        yaml in prop::collection::vec("(openapi: 3.0.0\n|servers:\n|  - url: |http://h/a|paths:\n|  /a:\n|    get: |\\{|\\}|\\[|\\]|&a |\\*a|\\| |> |'|\"|: |- |\n|  |#|---|!!str |\\PC)", 0..24),
        json in prop::collection::vec("(\\{|\\}|\\[|\\]|:|,|\"a\"|\"servers\"|\"url\"|\"\\\\u00e4|1|null| |\\PC)", 0..24),
    ) {
        for document in [yaml.concat(), json.concat(), format!("{{{}", json.concat())] {
            let _ = read(&document);
            let _ = published(&document);
        }
    }

    /// What is published can be read, says the same, and has no host.
    #[test]
    fn published_descriptions_say_the_same(
        hosts in prop::collection::vec("(http|https)://secret[a-z.]{1,8}(:[0-9]{1,4})?", 1..4),
        paths in prop::collection::vec("(/[a-z0-9%~._-]{0,5}){0,3}", 4),
        json in any::<bool>(),
    ) {
        let servers: Vec<String> = hosts.iter().zip(&paths).map(|(host, path)| format!("{host}{path}")).collect();
        let document = if json {
            let servers: Vec<String> = servers.iter().map(|url| format!("{{\"url\": \"{url}\"}}")).collect();
            format!("{{\"openapi\": \"3.0.0\", \"servers\": [{}], \"paths\": {{\"/a\": {{\"get\": {{}}}}}}}}", servers.join(","))
        } else {
            let servers: String = servers.iter().map(|url| format!("- url: {url}\n")).collect();
            format!("openapi: 3.0.0\nservers:\n{servers}paths:\n  /a:\n    get: {{}}\n")
        };
        let text = published(&document).unwrap();
        prop_assert!(!text.contains("secret"), "{}", text);
        let (before, after) = (read(&document).unwrap(), read(&text).unwrap());
        prop_assert_eq!(before.endpoints, after.endpoints);
        let path = paths[0].trim_start_matches('/');
        let slash = if paths[0].is_empty() { "" } else { "/" };
        prop_assert_eq!(after.server_url, format!("{slash}{path}"));
        prop_assert_eq!(published(&text).unwrap(), text);
    }
}
