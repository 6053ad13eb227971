//! The latest refusals, kept for the administrator's question why a message did not get through.
//!
//! [`follow`] goes around an exchange and learns its names as soon as they are known ([`note`]); a refusal that ends
//! the exchange is kept together with them: the newest [`KEPT`] in memory, and in [`file`] for the time after a restart.
//! Every refusal is in the log too.

mod file;

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use self::file::RefusalFiles;
use super::codec::Exchange;
use super::stage::Refusal;
use crate::message_log::Side;

/// Refusals that are kept.
pub const KEPT: usize = 4_096;

/// Longest text that is kept of one field, in bytes: what a peer sends is not for us to store.
const FIELD_LIMIT: usize = 512;

tokio::task_local! {
    static NAMES: RefCell<Option<Exchange>>;
}

/// One refusal, in words for the administrator. In this form it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refused {
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub time: OffsetDateTime,
    /// On which side of the exchange this server was.
    #[serde(with = "SideName")]
    pub side: Side,
    /// Who asked, in path form; empty when it was refused before that was known. The next three likewise.
    pub client: String,
    /// What was asked.
    pub service: String,
    /// Query id.
    pub query_id: String,
    /// Request id.
    pub request_id: String,
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

/// How a side is stored.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Side", rename_all = "lowercase")]
enum SideName {
    Consumer,
    Provider,
}

/// The ring of refusals. Without files (by default) it forgets at the end of the process.
#[derive(Debug, Default)]
pub struct Refusals {
    ring: Mutex<VecDeque<Refused>>,
    files: Option<RefusalFiles>,
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

impl Refused {
    /// The hop that refused: the fault code names it.
    #[must_use]
    pub fn hop(&self) -> &'static str {
        let code = self.code.to_ascii_lowercase();
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
}

impl Refusals {
    /// With what was kept in this folder before, and to be kept there from now on.
    ///
    /// # Errors
    /// The folder cannot be used.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let (files, mut found) = RefusalFiles::open(folder)?;
        let ring = found.split_off(found.len().saturating_sub(KEPT));
        Ok(Self { ring: Mutex::new(ring.into()), files: Some(files) })
    }

    /// Waits until the files have everything that was kept so far.
    pub(crate) async fn written(&self) {
        if let Some(files) = &self.files {
            files.written().await;
        }
    }

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
            code: short(&refusal.code()),
            text: short(refusal.text()),
            detail: short(refusal.detail()),
            rule: refusal.rule(),
            fix: refusal.fix(),
            cause: short(refusal.cause()),
        };
        if let Some(files) = &self.files {
            files.write(&refused);
        }
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

/// Without control characters, and no longer than [`FIELD_LIMIT`].
fn short(text: &str) -> String {
    let mut room = FIELD_LIMIT;
    let fits = |c: &char| {
        room = room.saturating_sub(c.len_utf8());
        room > 0
    };
    text.chars().filter(|c| !c.is_control()).take_while(fits).collect()
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
        let exchange = query("q-1");
        let last = refusal(1);
        follow(async {
            note(&exchange);
            refusals.keep(Side::Provider, &last, now);
        })
        .await;
        for id in ["q-1", "request of q-1", last.detail()] {
            let found = refusals.find(id);
            assert_eq!(found.len(), 1, "{id}");
            assert_eq!((found[0].client.as_str(), found[0].service.as_str()), ("I/C/M/S", "I/C/P/S/svc"));
            assert_eq!(found[0].hop(), "the provider's security server");
            assert!(found[0].fix.contains("provider"), "{}", found[0].fix);
        }
        for n in 0..KEPT {
            follow(async { refusals.keep(Side::Consumer, &refusal(n), now) }).await;
        }
        assert!(refusals.find("q-1").is_empty());
        assert_eq!(refusals.ring.lock().unwrap().len(), KEPT);
    }

    fn query(id: &str) -> Exchange {
        Exchange {
            consumer: identifiers::ClientId::from_path("I/C/M/S").unwrap(),
            service: identifiers::ServiceId::from_path("I/C/P/S/svc").unwrap(),
            query_id: id.to_owned(),
            request_id: format!("request of {id}"),
        }
    }

    async fn keep(refusals: &Refusals, id: &str, text: &str) {
        let refusal = Refusal::new(Origin::ClientProxy, &[Word::NetworkError], text).because("a \"cause\"");
        follow(async {
            note(&query(id));
            refusals.keep(Side::Consumer, &refusal, datetime!(2026-11-24 12:00:00.123456 UTC));
        })
        .await;
    }

    #[tokio::test]
    async fn a_restart_finds_them_again() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("refusals");
        let first = Refusals::open(&at).unwrap();
        keep(&first, "q-1", "no\nlines").await;
        first.written().await;
        let kept = first.find("q-1");
        drop(first);
        // A crash in the middle of a line, then a line of some other version.
        let file = at.join("latest.jsonl");
        let mut content = std::fs::read(&file).unwrap();
        content.extend_from_slice(b"{\"other\":1}\n{\"time\":\"20");
        std::fs::write(&file, content).unwrap();
        let second = Refusals::open(&at).unwrap();
        assert_eq!(second.find("q-1"), kept);
        assert_eq!(kept[0].text, "nolines");
        keep(&second, "q-2", "no").await;
        second.written().await;
        let third = Refusals::open(&at).unwrap();
        assert_eq!((third.find("q-1").len(), third.find("q-2").len()), (1, 1));
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[tokio::test]
    async fn files_stay_small_and_the_newest_are_in_them() {
        let folder = tempfile::tempdir().unwrap();
        let refusals = Refusals::open(folder.path()).unwrap();
        let long = "\u{5e02}".repeat(1_000);
        for n in 0..6_000 {
            keep(&refusals, &format!("{n} {long}"), &long).await;
            if n % 500 == 0 {
                refusals.written().await;
            }
        }
        refusals.written().await;
        let sizes: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).collect();
        assert!(sizes.len() == 2 && sizes.iter().all(|size| *size <= file::FULL), "{sizes:?}");
        let ids = |refusals: &Refusals| {
            let ring = refusals.ring.lock().unwrap();
            ring.iter().map(|refused| refused.query_id.clone()).collect::<Vec<_>>()
        };
        let (before, after) = (ids(&refusals), ids(&Refusals::open(folder.path()).unwrap()));
        assert!(after.len() > 500 && before.ends_with(&after), "{} of {}", after.len(), before.len());
        assert!(before.iter().all(|id| id.len() < FIELD_LIMIT));
    }

    /// A folder that cannot be written takes nothing from the running server.
    #[tokio::test]
    async fn without_disk_they_are_in_memory() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().join("refusals");
        let refusals = Refusals::open(&at).unwrap();
        std::fs::remove_dir(&at).unwrap();
        keep(&refusals, "q-1", "no").await;
        refusals.written().await;
        assert_eq!(refusals.find("q-1").len(), 1);
        std::fs::create_dir(&at).unwrap();
        keep(&refusals, "q-2", "no").await;
        refusals.written().await;
        assert_eq!(Refusals::open(&at).unwrap().find("q-2").len(), 1);
    }
}
