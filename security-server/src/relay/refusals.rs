//! The latest refusals, kept for the administrator's question why a message did not get through.
//!
//! [`follow`] goes around an exchange and learns its names as soon as they are known ([`note`]); a refusal that ends
//! the exchange is kept together with them. In memory only, the newest [`KEPT`]; every refusal is in the log too.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use time::OffsetDateTime;

use super::codec::Exchange;
use super::stage::Refusal;
use crate::message_log::Side;

/// Refusals that are kept.
pub const KEPT: usize = 4_096;

/// Longest text that is kept of one field, in characters: what a peer sends is not for us to store.
const FIELD_LIMIT: usize = 512;

tokio::task_local! {
    static NAMES: RefCell<Option<Exchange>>;
}

/// One refusal, in words for the administrator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// When.
    pub time: OffsetDateTime,
    /// On which side of the exchange this server was.
    pub side: Side,
    /// Who asked, in path form; empty when it was refused before that was known. The next three likewise.
    pub client: String,
    /// What was asked.
    pub service: String,
    /// Query id.
    pub query_id: String,
    /// Request id.
    pub request_id: String,
    /// The hop that refused.
    pub hop: &'static str,
    /// The fault code.
    pub code: String,
    /// The fault text.
    pub text: String,
    /// The fault detail: by it, whoever was refused can ask.
    pub detail: String,
    /// The rule that was broken.
    pub rule: String,
    /// Who must act, and whether to try again.
    pub fix: String,
    /// What only this server knows.
    pub cause: String,
}

/// The ring of refusals.
#[derive(Debug, Default)]
pub struct Refusals {
    ring: Mutex<VecDeque<Refused>>,
}

/// Runs an exchange whose names are to be known when it is refused.
pub async fn follow<F: Future>(exchange: F) -> F::Output {
    NAMES.scope(RefCell::new(None), exchange).await
}

/// Learns the names of the exchange that is being followed.
pub(super) fn note(exchange: &Exchange) {
    // Outside of an exchange, in tests of single stages, there is nothing to learn for.
    let _ = NAMES.try_with(|names| *names.borrow_mut() = Some(exchange.clone()));
}

impl Refusals {
    /// Keeps the refusal that ended the exchange that is being followed.
    pub(super) fn keep(&self, side: Side, refusal: &Refusal, time: OffsetDateTime) {
        let names = NAMES.try_with(|names| names.borrow().clone()).ok().flatten();
        let of = |part: fn(&Exchange) -> String| names.as_ref().map(part).map(|text| short(&text));
        let refused = Refused {
            time,
            side,
            client: of(|names| names.consumer.to_path()).unwrap_or_default(),
            service: of(|names| names.service.to_path()).unwrap_or_default(),
            query_id: of(|names| names.query_id.clone()).unwrap_or_default(),
            request_id: of(|names| names.request_id.clone()).unwrap_or_default(),
            hop: hop(&refusal.code()),
            code: short(&refusal.code()),
            text: short(refusal.text()),
            detail: short(refusal.detail()),
            rule: refusal.rule(),
            fix: refusal.fix(),
            cause: short(refusal.cause()),
        };
        let mut ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        if ring.len() >= KEPT {
            ring.pop_front();
        }
        ring.push_back(refused);
    }

    /// The refusals that have `id` as query id, request id or fault detail, oldest first.
    #[must_use]
    pub fn find(&self, id: &str) -> Vec<Refused> {
        let id = short(id);
        let ring = self.ring.lock().unwrap_or_else(PoisonError::into_inner);
        let same =
            |refused: &&Refused| [&refused.query_id, &refused.request_id, &refused.detail].contains(&&id);
        ring.iter().filter(same).cloned().collect()
    }
}

/// The hop that a fault code names.
fn hop(code: &str) -> &'static str {
    let code = code.to_ascii_lowercase();
    if code.starts_with("client.") {
        "the request of the calling information system"
    } else if code.starts_with("server.clientproxy.") {
        "the consumer's security server"
    } else if code.starts_with("server.serverproxy.") {
        "the provider's security server"
    } else {
        "the service, or a peer that names no hop"
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(FIELD_LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use protocol::fault::{Origin, Word};
    use time::macros::datetime;

    use super::*;

    fn refusal(n: usize) -> Refusal {
        Refusal::new(Origin::ServerProxy, &[Word::AccessDenied], format!("no {n}"))
    }

    #[tokio::test]
    async fn the_newest_are_kept_and_found_by_any_id() {
        let (refusals, now) = (Refusals::default(), datetime!(2026-11-24 12:00:00 UTC));
        let exchange = Exchange {
            consumer: identifiers::ClientId::from_path("I/C/M/S").unwrap(),
            service: identifiers::ServiceId::from_path("I/C/P/S/svc").unwrap(),
            query_id: "q-1".to_owned(),
            request_id: "r-1".to_owned(),
        };
        let last = refusal(1);
        follow(async {
            note(&exchange);
            refusals.keep(Side::Provider, &last, now);
        })
        .await;
        for id in ["q-1", "r-1", last.detail()] {
            let found = refusals.find(id);
            assert_eq!(found.len(), 1, "{id}");
            assert_eq!((found[0].client.as_str(), found[0].service.as_str()), ("I/C/M/S", "I/C/P/S/svc"));
            assert_eq!(found[0].hop, "the provider's security server");
            assert!(found[0].fix.contains("provider"), "{}", found[0].fix);
        }
        for n in 0..KEPT {
            follow(async { refusals.keep(Side::Consumer, &refusal(n), now) }).await;
        }
        assert!(refusals.find("q-1").is_empty());
        assert_eq!(refusals.ring.lock().unwrap().len(), KEPT);
    }
}
