//! Messages that pass. What reaches the service and what comes back is the captured backend's echo: the body of the
//! request, or method and target where there is none.

use super::words::{case, case_at};
use super::{Case, Given, Wanted};
use crate::place::SERVICE;

/// All of them.
#[must_use]
pub fn cases() -> Vec<Case> {
    [verbs(), targets(), headers(), bodies(), answers()].concat()
}

/// Every method that the protocol knows.
fn verbs() -> Vec<Case> {
    vec![
        case("verb/get", "GET", "/hello"),
        case("verb/head", "HEAD", "/hello").with("Content-Type", "text/plain"),
        case("verb/delete", "DELETE", "/hello"),
        case("verb/options", "OPTIONS", "/hello"),
        case("verb/trace", "TRACE", "/hello"),
        case("verb/post", "POST", "/hello").body(Given::Text("posted")),
        case("verb/put", "PUT", "/hello").body(Given::Text("put")),
        case("verb/patch", "PATCH", "/hello").body(Given::Text("patched")),
        // Hashed and signed, but not handed on to the service.
        case("verb/delete-with-body", "DELETE", "/hello").body(Given::Text("not handed on")),
    ]
}

/// Path and query pass untouched.
fn targets() -> Vec<Case> {
    vec![
        case("target/no-path", "GET", ""),
        case("target/slash", "GET", "/"),
        case("target/deep", "GET", "/a/b/c/d/e/f/g/h/"),
        case("target/query", "GET", "/hello?q=a%20b&x=%C3%A4&empty="),
        case("target/query-without-path", "GET", "?q=1"),
        case("target/query-with-slash", "GET", "/hello?from=/a/b&to=c:d@e"),
        case("target/brackets-in-query", "GET", "/hello?list[]=1&list[]=2"),
        case("target/encoded-slash", "GET", "/a%2Fb/c"),
        case("target/encoded-umlaut", "GET", "/caf%C3%A9"),
        case("target/plus", "GET", "/a+b"),
        case("target/parameter", "GET", "/a;x=1/b"),
        // A stock provider may write it another way towards the service; in the message it stays as it is.
        case("target/encoded-semicolon", "GET", "/path%3B/")
            .answered(200, Wanted::Containing(&["GET /rest/path"])),
        case_at("target/encoded-service", "GET", &SERVICE.replace("svc", "s%76c")),
    ]
}

/// Header fields of the information system reach the message with their case and order; the protocol's own are used.
fn headers() -> Vec<Case> {
    vec![
        case("header/case-and-order", "GET", "/hello")
            .header("x-b-lower", "1")
            .header("X-A-UPPER", "2")
            .header("X-mIxEd-CaSe", "3"),
        case("header/several-values", "GET", "/hello")
            .header("X-Several", "first")
            .header("X-Between", "between")
            .header("X-Several", "second")
            .header("X-Several", "third, and more"),
        case("header/protocol", "GET", "/hello")
            .header("X-Road-UserId", "EE1234567890")
            .header("X-Road-Issue", "ISSUE-1")
            .header("X-Road-Represented-Party", "GOV/9999")
            .header("X-Road-Security-Server", "INST/GOV/2222/SS2"),
        case("header/end-to-end", "GET", "/hello")
            .header("Authorization", "Bearer abc.def")
            .header("Cookie", "a=b; c=d")
            .header("Accept", "application/json;q=0.9, */*;q=0.1"),
        case("header/punctuation", "GET", "/hello").header("X-Odd", "a:b;c=\"d\", e=f\\g (h) 100%"),
        case("header/no-query-id", "GET", "/hello").without_query_id().with("x-road-id", "INST-"),
        case("header/long", "GET", "/hello").header("X-Long", LONG),
    ]
}

/// Bodies of any size.
fn bodies() -> Vec<Case> {
    vec![
        case("body/empty", "POST", "/hello").body(Given::Empty),
        case("body/one-byte", "POST", "/hello").body(Given::Bytes(1)),
        case("body/json", "POST", "/hello")
            .header("Content-Type", "application/json")
            .body(Given::Text(JSON)),
        case("body/line-ends", "POST", "/hello").body(Given::Text("\r\n--xtop\r\n\r\n--\n\r--xtop--\r\n")),
        case("body/one-kilobyte", "PUT", "/hello").body(Given::Bytes(1_024)),
        case("body/hundred-kilobytes", "POST", "/hello").body(Given::Bytes(100_000)),
        case("body/chunked", "POST", "/hello").body(Given::Bytes(100_000)).chunked(),
        case("body/ten-megabytes", "POST", "/hello").body(Given::Bytes(10_000_000)),
    ]
}

/// Any answer of the service is a signed answer.
fn answers() -> Vec<Case> {
    let asked = Wanted::Text("as asked");
    vec![
        case("answer/201", "POST", "/status/201").body(Given::Text("make")).answered(201, asked.clone()),
        case("answer/204", "GET", "/status/204").answered(204, Wanted::Empty),
        case("answer/204-to-put", "PUT", "/status/204").body(Given::Text("put")).answered(204, Wanted::Empty),
        case("answer/301-untouched", "GET", "/status/301").answered(301, asked.clone()),
        case("answer/302-untouched", "GET", "/status/302").answered(302, asked.clone()),
        case("answer/400", "GET", "/status/400").answered(400, asked.clone()),
        case("answer/401", "GET", "/status/401").answered(401, asked.clone()),
        case("answer/404", "GET", "/status/404").answered(404, asked.clone()),
        case("answer/409-to-post", "POST", "/status/409")
            .body(Given::Bytes(2_000))
            .answered(409, asked.clone()),
        case("answer/500", "GET", "/status/500").answered(500, asked.clone()),
        case("answer/503", "GET", "/status/503").answered(503, asked),
    ]
}

const JSON: &str = "{\"name\":\"\u{e4}\u{3042}\u{1f600}\",\"list\":[1,2,3]}";

const LONG: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
                    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
                    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\
                    0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
