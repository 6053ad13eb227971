//! One run: each pair of servers in turn, its cases, and beside them whatever they are compared with.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::cases::{Bodies, CASES, Case, Keys, Loop, OPEN_RATE_OF, Subject};
use crate::hop::Hop;
use crate::load::{Client, Outcome, Pace, run as load};
use crate::machine::Machine;
use crate::message::Message;
use crate::pair::{Pair, folder};
use crate::person::CUSTOMER;
use crate::processes::Processes;
use crate::report::{Idle, Report, Row, head};

/// Rate of an open loop when the case that it follows was left out.
const OPEN_RATE: f64 = 500.0;

/// Longest measurement of bodies that the journal keeps: they fill the disk.
const KEPT_BODIES: Duration = Duration::from_secs(4);

/// Bodies from here on need no long warm-up.
const BULK_BYTES: u64 = 1_000_000;

/// How much, how long, with what.
pub(crate) struct Plan {
    pub(crate) quick: bool,
    /// Beginnings of the names of the wanted cases; empty: all.
    pub(crate) only: Vec<String>,
    pub(crate) warm_up: Duration,
    pub(crate) measured: Duration,
    /// How often a case is measured, in turn with what it is compared with.
    pub(crate) rounds: usize,
    pub(crate) folder: PathBuf,
    pub(crate) beside: Option<Beside>,
}

/// Another consumer's security server.
pub(crate) struct Beside {
    /// `host:port`.
    pub(crate) address: String,
    /// Target of the requests.
    pub(crate) target: String,
    /// `X-Road-Client` of the requests.
    pub(crate) client: String,
    /// How long it is warmed before its first measurement.
    pub(crate) warm_up: Duration,
}

impl Plan {
    /// A whole name means that case alone, a beginning all that begin so.
    fn wants(&self, case: &Case) -> bool {
        let exact = |name: &String| CASES.iter().any(|case| case.name == name);
        let means =
            |name: &String| if exact(name) { case.name == name } else { case.name.starts_with(name.as_str()) };
        let named = self.only.iter().any(means);
        if self.only.is_empty() { !self.quick || case.quick } else { named }
    }

    /// Cases of one pair together, in the order of the table.
    fn groups(&self) -> Vec<((Keys, Bodies), Vec<Case>)> {
        let mut groups: Vec<((Keys, Bodies), Vec<Case>)> = Vec::new();
        for case in CASES.iter().filter(|case| self.wants(case)) {
            let of = (case.keys, case.bodies);
            match groups.iter_mut().find(|(group, _)| *group == of) {
                Some((_, cases)) => cases.push(*case),
                None => groups.push((of, vec![*case])),
            }
        }
        groups
    }
}

/// Runs it all.
///
/// # Errors
/// Something does not start; what a load meets is told in its row.
pub(crate) async fn all(plan: &Plan) -> Result<Report> {
    let mut report = Report::new(Machine::here());
    let groups = plan.groups();
    ensure!(!groups.is_empty(), "no case begins so; --list names them");
    for (number, ((keys, bodies), cases)) in (1..).zip(&groups) {
        println!(
            "\n[{number}/{}] starting a pair with {} keys, bodies in the journal: {}",
            groups.len(),
            keys.word(),
            if *bodies == Bodies::Full { "all" } else { "digests" }
        );
        let pair = Pair::start(&folder(&plan.folder, *keys), *keys, *bodies).await?;
        let hop = Hop::start(&pair.town, pair.ports).await?;
        if hop.is_none() {
            println!(
                "nginx is not installed (scripts/install-packages --bench): no comparison with a plain hop"
            );
        }
        let idle = idle(&pair).await?;
        report.idle.entry(keys.word().to_owned()).or_insert(idle);
        println!("{}", head());
        for case in cases {
            of_case(plan, &mut report, case, &pair, hop.as_ref()).await?;
        }
        if let Some(hop) = hop {
            hop.stop().await?;
        }
        pair.stop().await?;
    }
    Ok(report)
}

/// Watches a pair that nobody uses for a moment.
#[expect(clippy::cast_precision_loss, reason = "a share")]
async fn idle(pair: &Pair) -> Result<Idle> {
    const WATCHED: Duration = Duration::from_secs(3);
    let mut processes = Processes::default();
    pair.processes(&mut processes);
    let before = processes.cpu_time()?;
    tokio::time::sleep(WATCHED).await;
    let used = processes.cpu_time()?.since(&before);
    let share = |millis: u64| millis as f64 / WATCHED.as_secs_f64() / 1_000.0;
    Ok(Idle {
        whole_network_ready_after_seconds: pair.started_in.as_secs_f64(),
        resident_kb: processes.memory_kb("VmRSS:"),
        cpu_share: used.each.into_iter().map(|(name, millis)| (name, share(millis))).collect(),
    })
}

async fn of_case(
    plan: &Plan,
    report: &mut Report,
    case: &Case,
    pair: &Pair,
    hop: Option<&Hop>,
) -> Result<()> {
    let mut subjects = vec![Subject::Pair];
    if case.hop && hop.is_some() {
        subjects.push(Subject::Hop);
    }
    if case.beside && plan.beside.is_some() {
        subjects.push(Subject::Other);
    }
    let open = report.rate(OPEN_RATE_OF, Subject::Pair).map_or(OPEN_RATE, |rate| rate * 0.8);
    for round in 0..plan.rounds {
        for subject in &subjects {
            let mut processes = Processes::default();
            processes.add("load", std::process::id());
            pair.service(&mut processes);
            let mut warm_up = warm_up(plan, case);
            let (address, message) = match (subject, hop, &plan.beside) {
                (Subject::Hop, Some(hop), _) => {
                    hop.processes(&mut processes);
                    (hop.address(), Message::for_hop(case)?)
                }
                (Subject::Other, _, Some(other)) => {
                    warm_up = if round == 0 { other.warm_up } else { plan.warm_up };
                    (other.address.clone(), Message::for_other(case, &other.target, &other.client)?)
                }
                _ => {
                    pair.processes(&mut processes);
                    (pair.address(), Message::for_pair(case, CUSTOMER)?)
                }
            };
            let clients = Client::crowd(case.clients, &address, message);
            let pace = if case.pace == Loop::Open { Pace::Open(open) } else { Pace::Closed };
            let journal = (*subject == Subject::Pair).then_some(pair);
            let measured = Measured { case, subject: *subject, processes, journal };
            let length = if case.bodies == Bodies::Full && bulk(case) {
                plan.measured.min(KEPT_BODIES)
            } else {
                plan.measured
            };
            let row = measured.measure(clients, pace, warm_up, length).await?;
            println!("{}", row.line());
            report.rows.push(row);
        }
    }
    Ok(())
}

/// Many clients need longer until each has its connections; large bodies run evenly from the start.
fn warm_up(plan: &Plan, case: &Case) -> Duration {
    let crowd = u32::try_from(case.clients / 256).unwrap_or(u32::MAX);
    if bulk(case) { plan.warm_up / 4 } else { plan.warm_up.saturating_mul(1 + crowd) }
}

const fn bulk(case: &Case) -> bool {
    case.answer_bytes >= BULK_BYTES || case.request_bytes >= BULK_BYTES
}

/// What is measured.
struct Measured<'a> {
    case: &'a Case,
    subject: Subject,
    processes: Processes,
    /// The pair, if its journal takes the messages.
    journal: Option<&'a Pair>,
}

impl Measured<'_> {
    async fn measure(
        &self,
        mut clients: Vec<Client>,
        pace: Pace,
        warm_up: Duration,
        length: Duration,
    ) -> Result<Row> {
        let warmed = load(&mut clients, pace, warm_up).await?;
        self.processes.forget_peaks();
        let journal_before = self.journal.map(Pair::journal_bytes);
        let before = self.processes.cpu_time()?;
        let mut outcome = load(&mut clients, pace, length).await?;
        let used = self.processes.cpu_time()?.since(&before);
        if outcome.errors == 0 && warmed.errors > 0 {
            outcome.errors = warmed.errors;
            outcome.first_error = warmed.first_error.map(|error| format!("while warming up: {error}"));
        }
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let mut row = Row::new(*self.case, self.subject, &outcome, &used, cores);
        row.resident_peak_kb = self.processes.memory_kb("VmHWM:");
        row.journal_bytes_per_record = self
            .journal
            .zip(journal_before)
            .and_then(|(pair, before)| per_record(&outcome, pair.journal_bytes().saturating_sub(before)));
        Ok(row)
    }
}

/// The consumer's journal has two records of a round trip.
#[expect(clippy::cast_precision_loss, reason = "an average")]
fn per_record(outcome: &Outcome, grown: u64) -> Option<f64> {
    let records = outcome.latencies.count() * 2;
    (records > 0).then(|| grown as f64 / records as f64)
}
