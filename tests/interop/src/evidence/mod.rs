//! The evidence that our journal holds of each message: exported, compared with what was sent and received, and
//! verified by `evidence-verify` against the global configuration.
//!
//! * [`container`]: what is in one; [`compare`]: is it what was sent and received;
//! * [`signatures`]: which messages were signed together.

pub mod compare;
pub mod container;
pub mod signatures;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::cases::{Case, Record, Wanted};
use crate::exchange::{Exchange, Systems};
use crate::http::{self, Request};
use crate::place::Role;
use crate::surroundings::succeed;
use crate::verdict::archive;
use container::Kept;
use signatures::Signature;

/// How long the journal may take to stamp a record.
const STAMPING_PATIENCE: Duration = Duration::from_secs(90);

/// Where evidence comes from and what verifies it.
#[derive(Debug)]
pub struct Auditor<'a> {
    /// Our place.
    pub role: Role,
    /// Our administration port.
    pub admin: SocketAddr,
    /// Our port for information systems.
    pub systems: &'a Systems,
    /// The verifier.
    pub verifier: PathBuf,
    /// The configuration that it verifies against.
    pub global_conf: &'a Path,
    /// Where containers are put.
    pub folder: PathBuf,
}

/// What was found of one exchange.
#[derive(Debug)]
pub struct Found {
    /// In words.
    pub what: &'static str,
    /// The signatures of its messages.
    pub signatures: Vec<Signature>,
}

impl Auditor<'_> {
    /// Looks at the records of one exchange, and of the one before it about which it asked; says what was found.
    ///
    /// # Errors
    /// The first thing that is not as it must be.
    pub fn audit(&self, case: &Case, exchange: &Exchange) -> Result<Found> {
        let case = case.kind(exchange.number);
        if let (Some(before), Some(happened)) = (&case.before, &exchange.before) {
            self.audit(before, happened).context("the exchange before")?;
            if matches!(case.wanted, Wanted::Containers(_)) {
                return self.downloaded(exchange, happened);
            }
        }
        let expects_request = match case.record {
            Record::Exchange | Record::Request => true,
            Record::RequestOfConsumer => self.role == Role::Ss1,
            Record::Nothing => false,
        };
        if exchange.query_id.is_empty() {
            ensure!(!expects_request, "without a query id there is no record to find");
            return Ok(Found { what: "no query id, no record", signatures: vec![] });
        }
        let request = self.kept(exchange, "request", expects_request).context("request")?;
        if let Some(request) = &request {
            compare::request(case, request, exchange).context("request")?;
        }
        let response =
            self.kept(exchange, "response", case.record == Record::Exchange).context("response")?;
        let signed = |kept: Kept, by: Role| kept.signature(by == self.role);
        match (request, response) {
            (Some(request), Some(response)) => {
                compare::response(case, &response, &request, exchange).context("response")?;
                let signatures = vec![signed(request, Role::Ss1), signed(response, Role::Ss2)];
                Ok(Found { what: "request and response verified", signatures })
            }
            (Some(request), None) => Ok(Found {
                what: "request verified, no response recorded",
                signatures: vec![signed(request, Role::Ss1)],
            }),
            _ => Ok(Found { what: "nothing recorded", signatures: vec![] }),
        }
    }

    /// The container of one message, verified; none if there is none and none is expected.
    fn kept(&self, exchange: &Exchange, which: &str, expected: bool) -> Result<Option<Kept>> {
        let Some(container) = self.export(&exchange.query_id, which)? else {
            ensure!(!expected, "nothing is recorded");
            return Ok(None);
        };
        ensure!(expected, "something is recorded that should not be");
        let name = format!("{}-{which}", exchange.query_id);
        self.verified(&container, &name, self.global_conf).map(Some)
    }

    fn verified(&self, container: &[u8], name: &str, global_conf: &Path) -> Result<Kept> {
        let file = self.folder.join(format!("{name}.asice"));
        fs::write(&file, container)?;
        succeed(Command::new(&self.verifier).arg(&file).arg("--global-conf").arg(global_conf))?;
        Kept::read(container).with_context(|| file.display().to_string())
    }

    fn export(&self, query_id: &str, which: &str) -> Result<Option<Vec<u8>>> {
        let request = Request::get(&format!("/asic?queryId={query_id}&{which}Only"));
        let start = Instant::now();
        loop {
            let answer = http::send(&self.admin.ip().to_string(), self.admin.port(), &request)?;
            match answer.status {
                200 => return Ok(Some(answer.body)),
                404 => return Ok(None),
                // Not stamped yet.
                409 if start.elapsed() < STAMPING_PATIENCE => std::thread::sleep(Duration::from_millis(200)),
                status => bail!("export answered {status}: {}", answer.text().trim()),
            }
        }
    }

    /// Containers that the port for information systems gave out are valid by the configuration that it gives out.
    fn downloaded(&self, exchange: &Exchange, before: &Exchange) -> Result<Found> {
        let answer = http::send(&self.systems.0, self.systems.1, &Request::get("/verificationconf"))?;
        let folder = self.folder.join("downloaded");
        for (name, content) in archive::files(&answer.body)? {
            ensure!(!name.contains(".."), "the archive has {name:?}");
            let file = folder.join(name);
            fs::create_dir_all(file.parent().unwrap_or(&folder))?;
            fs::write(file, content)?;
        }
        for (number, container) in archive::containers(&exchange.response)?.iter().enumerate() {
            let name = format!("downloaded-{}-{number}", before.query_id);
            let kept = self.verified(container, &name, &folder.join("verificationconf"))?;
            let of = before.query_id.as_bytes();
            ensure!(compare::contains(&kept.message, of), "it is the evidence of another exchange");
        }
        Ok(Found { what: "what was given out is valid by /verificationconf", signatures: vec![] })
    }
}
