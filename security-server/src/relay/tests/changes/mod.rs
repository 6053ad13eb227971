//! One change each to a captured request, sent over the wire by somebody who holds SS1's authentication key: the fault
//! that our provider answers with, word for word, and what its text says about the reason. Nothing of it reaches the
//! service or the journal.
//!
//! * [`frame`]: the HTTP message and its parts; [`message`]: what the message says; [`seal`]: hash chain and signature.

mod frame;
mod message;
mod seal;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::captured::{BODY, CHAIN, Http, Message, Part, RESULT, SIGNATURE, between, find};
use super::place::{Keys, Pair, Role};
use super::stock;
use crate::message_log::ExportQuery;

/// Name of the change; the words after `server.serverproxy.`; a piece of the fault's text; the change.
type Row = (&'static str, &'static str, &'static str, fn(&mut Sent));

/// A request that is about to be sent.
struct Sent {
    http: Http,
    message: Message,
    /// Changes the bytes of the multipart.
    body: fn(Vec<u8>) -> Vec<u8>,
    /// Changes the bytes on the connection.
    wire: fn(Vec<u8>) -> Vec<u8>,
    /// Whose authentication key is used.
    sender: Role,
    variant: &'static str,
}

impl Sent {
    fn captured(variant: &'static str, exchange: &str) -> Self {
        let http = Http::captured(variant, exchange, "5500-request");
        let message = http.message();
        Self { http, message, body: |bytes| bytes, wire: |bytes| bytes, sender: Role::Ss1, variant }
    }

    /// With a body, so signed through a hash chain.
    fn chained() -> Self {
        Self::captured("rsa", "02-rest-post-json")
    }

    /// Without body, so signed directly.
    fn direct() -> Self {
        Self::captured("rsa", "01-rest-get")
    }

    /// As `chained`, signed with a key on P-256.
    fn p256() -> Self {
        Self::captured("ec", "02-rest-post-json")
    }

    fn bytes(&self) -> Vec<u8> {
        let mut http = self.http.clone();
        http.body = (self.body)(self.message.encode());
        (self.wire)(http.to_wire())
    }

    fn set_header(&mut self, name: &str, value: Option<&str>) {
        let headers = &mut self.http.headers;
        let at = headers.iter().position(|(known, _)| known == name).expect("the header");
        match value {
            Some(value) => value.clone_into(&mut headers[at].1),
            None => drop(headers.remove(at)),
        }
    }

    fn at(&self, kind: &str) -> usize {
        self.message.parts.iter().position(|part| part.content_type == kind).expect("the part")
    }

    fn part(&mut self, kind: &str) -> &mut Vec<u8> {
        let at = self.at(kind);
        &mut self.message.parts[at].content
    }

    fn remove(&mut self, kind: &str) {
        let at = self.at(kind);
        self.message.parts.remove(at);
    }

    /// Puts a part before the one that is there.
    fn insert(&mut self, before: &str, kind: &str, content: &[u8]) {
        let at = self.at(before);
        let part = Part { content_type: kind.to_owned(), content: content.to_vec() };
        self.message.parts.insert(at, part);
    }

    /// Flips the lowest bit of a byte of a part.
    fn flip(&mut self, kind: &str, at: usize) {
        self.part(kind)[at] ^= 1;
    }

    /// Replaces the first occurrence in a part.
    fn replace(&mut self, kind: &str, from: &str, to: &str) {
        let content = self.part(kind);
        let at = find(content, from.as_bytes()).unwrap_or_else(|| panic!("{from} is not there"));
        content.splice(at..at + from.len(), to.bytes());
    }

    /// What stands between two marks in a part.
    fn between(&mut self, kind: &str, from: &str, to: &str) -> String {
        let text = String::from_utf8(self.part(kind).clone()).expect("UTF-8");
        between(&text, from, to).to_owned()
    }

    /// Flips a bit of the base64 value between two marks in a part.
    fn flip_base64(&mut self, kind: &str, (from, to): (&str, &str), at: usize) {
        let old = self.between(kind, from, to);
        let text: String = old.replace("&#13;", "").split_whitespace().collect();
        let mut value = STANDARD.decode(text).expect("base64");
        value[at] ^= 1;
        self.replace(kind, &old, &STANDARD.encode(value));
    }
}

async fn fault(pair: &Pair, keys: [&Keys; 2], sent: &Sent) -> (String, String) {
    let keys = keys[usize::from(sent.sender == Role::Ss2)];
    let answer = stock::exchange(&keys.auth, pair.ss2.peers(), sent.bytes()).await;
    let answer = Http::from_wire(&answer);
    let body = String::from_utf8_lossy(&answer.body).into_owned();
    if !answer.header("content-type").starts_with("text/xml") {
        return (answer.start, body);
    }
    let element = |name: &str| between(&body, &format!("<{name}>"), &format!("</{name}>")).to_owned();
    (element("faultcode"), element("faultstring"))
}

async fn assert_refused(made: fn() -> Sent, tables: &[&[Row]]) -> usize {
    let variant = made().variant;
    let pair = Pair::start(variant).await;
    let (ss1, ss2) = (Keys::of(variant, Role::Ss1), Keys::of(variant, Role::Ss2));
    let mut wrong = Vec::new();
    for (name, code, text, change) in tables.concat() {
        let mut sent = made();
        change(&mut sent);
        let found = fault(&pair, [&ss1, &ss2], &sent).await;
        if found.0 != format!("server.serverproxy.{code}") || !found.1.contains(text) {
            wrong.push(format!("{name}: {} {}", found.0, found.1));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(pair.backend.calls.lock().unwrap().is_empty(), "something reached the service");
    let query_id =
        between(&String::from_utf8_lossy(&made().message.encode()), "\r\nx-road-id:", "\r\n").to_owned();
    let query = ExportQuery { query_id, local: None, direction: None, force: false };
    assert!(pair.ss2.running.journal().find(&query).await.unwrap().is_empty(), "something was recorded");
    // Unchanged, the same request is answered.
    let (answer, _) = fault(&pair, [&ss1, &ss2], &made()).await;
    assert_eq!(answer, "HTTP/1.1 200 OK");
    pair.end().await;
    tables.concat().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_change_is_refused_for_its_reason() {
    let chained: &[&[Row]] = &[
        frame::HTTP,
        frame::PARTS,
        message::CHANGES,
        seal::PARTS,
        seal::HASH_CHAIN,
        seal::SIGNED,
        seal::DOCUMENT,
        seal::CERTIFICATE,
    ];
    let count = assert_refused(Sent::chained, chained).await
        + assert_refused(Sent::direct, &[seal::DIRECT]).await
        + assert_refused(Sent::p256, &[seal::P256]).await;
    assert!(count >= 90, "{count}");
}
