//! REST messages that pass: RestProxyTest of X-Road's suite, and what a live stock pair does.

use super::case::Case;
use super::words::{rest, rest_at};
use crate::input::Source;

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [verbs(), identifiers(), targets(), headers(), bodies(), answers(), rights()].concat()
}

fn verbs() -> Vec<Case> {
    let with_body =
        |name, method| rest(name, method, "/hello").typed("text/plain").body(Source::Text("some text"));
    vec![
        rest("rest/get", "GET", "/hello"),
        rest("rest/head", "HEAD", "/hello").gets(200, Source::Nothing),
        rest("rest/options", "OPTIONS", "/hello"),
        rest("rest/trace", "TRACE", "/hello"),
        rest("rest/delete", "DELETE", "/hello"),
        with_body("rest/post", "POST"),
        with_body("rest/put", "PUT"),
        with_body("rest/patch", "PATCH"),
        // hashed and signed, but not handed on to the service
        with_body("rest/delete-with-body", "DELETE"),
        with_body("rest/get-with-body", "GET"),
    ]
}

/// shouldAcceptPercentEncodedIdentifiers, shouldKeepQueryId, requestHashShouldBeUnique, shouldHaveOnlyOneDateHeader
fn identifiers() -> Vec<Case> {
    vec![
        rest_at(
            "rest/encoded-identifiers",
            "GET",
            "/r1/EE/BUSINESS/producer/s%2Fub/%C3%B6%C3%A4%C3%A5/path%3B/",
        )
        .without("X-Road-Client")
        .header("X-Road-Client", "EE/BUSINESS/consumer/sub%2Fsystem"),
        rest("rest/query-id-is-kept", "GET", "/hello")
            .header("X-Road-Id", "an id of the consumer: 1/2 \u{40}"),
        rest("rest/request-hash-is-unique", "POST", "/hello").header("X-Road-Id", "the-same-id").again(),
        rest("rest/one-date", "GET", "/hello")
            .answers(200, Some("text/plain"), Source::Text("dated"))
            .answer_header("Date", "Sat, 21 Nov 2026 15:20:06 GMT")
            .gets_header("Date", "Sat, 21 Nov 2026 15:20:06 GMT"),
        rest("rest/protocol-headers", "GET", "/hello")
            .header("X-Road-UserId", "EE1234567890")
            .header("X-Road-Issue", "ISSUE-1")
            .header("X-Road-Represented-Party", "BUSINESS/other")
            .header("X-Road-Security-Server", "EE/BUSINESS/producer/server"),
        // one of three servers works: shouldSelectResolvableAddress
        rest_at("rest/unresolvable-servers-are-skipped", "POST", "/r1/EE/BUSINESS/producer/many/rest/hello")
            .typed("text/plain")
            .body(Source::Text("some text")),
    ]
}

/// Path and query pass untouched.
fn targets() -> Vec<Case> {
    let slash =
        |name, below: &str| rest_at(name, "GET", &format!("/r1/EE/BUSINESS/producer/sub/slash{below}"));
    vec![
        rest("rest/empty-path", "GET", "/"),
        rest("rest/no-path", "GET", ""),
        rest("rest/deep-path", "GET", "/a/b/c/d/e/f/g/"),
        rest("rest/query", "GET", "/hello?q=a%20b&x=%C3%A4&empty="),
        rest("rest/query-without-path", "GET", "?q=1"),
        rest("rest/query-with-slashes", "GET", "/hello?from=/a/b&to=c:d@e"),
        rest("rest/query-with-brackets", "GET", "/hello?list[]=1&list[]=2"),
        rest("rest/encoded-slash", "GET", "/a%2Fb/c"),
        rest("rest/encoded-umlaut", "GET", "/caf%C3%A9"),
        rest("rest/plus", "GET", "/a+b"),
        rest("rest/parameters", "GET", "/a;x=1/b"),
        rest("rest/dots", "GET", "/a/../b"),
        // a slash between the service's address and the path is not doubled
        slash("rest/slash-and-path", "/hello"),
        slash("rest/slash-and-nothing", ""),
        slash("rest/slash-and-slash", "/"),
    ]
}

/// Header fields of either side pass with their order and case.
fn headers() -> Vec<Case> {
    vec![
        rest("rest/header-case-and-order", "GET", "/hello")
            .header("x-b-lower", "1")
            .header("X-A-UPPER", "2")
            .header("X-mIxEd-CaSe", "3"),
        rest("rest/header-several-values", "GET", "/hello")
            .header("X-Several", "first")
            .header("X-Between", "between")
            .header("X-Several", "second"),
        rest("rest/header-end-to-end", "GET", "/hello")
            .header("Authorization", "Bearer abc.def")
            .header("Cookie", "a=b; c=d")
            .header("Accept", "application/json;q=0.9, */*;q=0.1"),
        rest("rest/header-odd-characters", "GET", "/hello").header("X-Odd", "a:b;c=\"d\", e=f\\g (h) 100%"),
        // made by the servers alone
        rest("rest/header-of-the-protocol-is-dropped", "GET", "/hello")
            .header("x-road-request-id", "mine")
            .header("X-Road-Request-Hash", "mine"),
        rest("rest/hop-headers-are-dropped", "GET", "/hello")
            .header("User-Agent", "conformance/1")
            .header("Keep-Alive", "timeout=5")
            .header("TE", "trailers"),
        rest("rest/answer-headers", "GET", "/hello")
            .answers(200, Some("text/plain"), Source::Text("with headers"))
            .answer_header("X-Road-Error", "of the service")
            .answer_header("Set-Cookie", "a=b; Path=/")
            .answer_header("x-Own", "1")
            .gets_header("X-Road-Error", "of the service")
            .gets_header("Set-Cookie", "a=b; Path=/")
            .gets_header("x-Own", "1"),
        // the servers' own come later
        rest("rest/answer-headers-of-the-protocol", "GET", "/hello")
            .answers(200, Some("text/plain"), Source::Text("with headers"))
            .answer_header("x-road-id", "other")
            .answer_header("x-road-client", "EE/BUSINESS/other")
            .answer_header("x-road-request-id", "other")
            .answer_header("x-road-request-hash", "other"),
    ]
}

fn bodies() -> Vec<Case> {
    let body = |name, body| rest(name, "POST", "/hello").typed("application/octet-stream").body(body);
    vec![
        body("rest/body-empty", Source::Text("")),
        body("rest/body-one-byte", Source::Bytes(1)),
        body("rest/body-line-ends", Source::Text("\r\n--xtop\r\n\r\n--\n\r--xtop--\r\n")),
        body("rest/body-100-kB", Source::Bytes(100_000)),
        body("rest/body-chunked", Source::Bytes(100_000)).chunked(),
        rest("rest/body-json", "POST", "/hello")
            .typed("application/json")
            .body(Source::Text("{\"value\" : 42, \"name\":\"\u{e4}\u{3042}\u{1f600}\"}")),
        rest("rest/body-untyped", "POST", "/hello").body(Source::Text("what is it?")),
        // shouldGetLargeBinaryMessage
        rest("rest/answer-13-MB", "GET", "/hello").answers(
            200,
            Some("application/octet-stream"),
            Source::Bytes(13 * 1024 * 1024 + 104_729),
        ),
        body("rest/body-13-MB", Source::Bytes(13 * 1024 * 1024)),
    ]
}

/// Whatever the service answers is an answer.
fn answers() -> Vec<Case> {
    let answered = |name, status| {
        rest(name, "GET", "/hello")
            .answers(status, Some("text/plain"), Source::Text("as asked"))
            .gets(status, None)
    };
    let empty = |name, method, status| {
        rest(name, method, "/hello").answers(status, None, Source::Nothing).gets(status, Source::Nothing)
    };
    vec![
        answered("rest/status-201", 201),
        answered("rest/status-400", 400),
        answered("rest/status-401", 401),
        answered("rest/status-404", 404),
        answered("rest/status-500", 500),
        answered("rest/status-503", 503),
        empty("rest/status-204", "GET", 204),
        empty("rest/status-204-to-put", "PUT", 204),
        empty("rest/status-304", "GET", 304),
        empty("rest/empty-answer", "GET", 200),
        // shouldNotFollow302Redirects
        rest("rest/redirect-is-not-followed", "GET", "/hello")
            .answers(302, None, Source::Nothing)
            .answer_header("Location", "/r1/EE/BUSINESS/producer/sub/notexists")
            .gets(302, Source::Nothing)
            .gets_header("Location", "/r1/EE/BUSINESS/producer/sub/notexists"),
        rest_at("rest/https-service", "POST", "/r1/EE/BUSINESS/producer/sub/unverified/hello")
            .typed("text/plain")
            .body(Source::Text("some text")),
    ]
}

/// Access rights of single endpoints: what they allow.
fn rights() -> Vec<Case> {
    let limited = |name, method, below: &str| {
        rest_at(name, method, &format!("/r1/EE/BUSINESS/producer/sub/limited{below}"))
    };
    vec![
        limited("rights/segment", "GET", "/open/door"),
        limited("rights/query-does-not-count", "GET", "/open/door?x=/y"),
        limited("rights/anything-below", "POST", "/deep/a/b/c"),
        limited("rights/root", "GET", "/"),
        limited("rights/encoded", "GET", "/%6Fpen/d%C3%A4"),
    ]
}
