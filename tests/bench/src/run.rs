//! One run: each pair of servers in turn, its cases, and beside them whatever they are compared with.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::cases::{BASE, CASES, Case, Loop, Setting, Subject};
use crate::hop::Hop;
use crate::load::{Client, Pace};
use crate::machine::Machine;
use crate::measure::{Measured, warm_up};
use crate::message::Message;
use crate::pair::{Pair, folder};
use crate::person::CUSTOMER;
use crate::plan::Plan;
use crate::processes::Processes;
use crate::report::Report;
use crate::table::head;
use crate::{load, probes, profile};

/// What the start of a pair takes, about.
const START: Duration = Duration::from_secs(12);

/// Share of the rate of [`BASE`] at which an open loop runs.
const fn share(percent: u8) -> f64 {
    percent as f64 / 100.0
}

/// Runs it all. Where a pair fails, the others are measured all the same.
///
/// # Errors
/// No case is wanted; what a load meets is told in its row, what a pair meets among the failures.
pub(crate) async fn all(plan: &Plan) -> Result<Report> {
    let mut report = Report::new(Machine::here());
    let groups = groups(plan);
    ensure!(!groups.is_empty(), "no case begins so; --list names them");
    let mut number = 0;
    for (at, (setting, cases)) in (1..).zip(&groups) {
        println!("\npair {at} of {} ({} s): {}", groups.len(), plan.elapsed(), setting.words());
        if !plan.has_time_for(START) {
            println!("no time is left for: {}", names(cases));
            continue;
        }
        let group = Group { plan, setting: *setting, cases, probes: plan.probes && at == 1, number };
        if let Err(error) = group.run(&mut report).await {
            println!("FAILED: {error:#}");
            report.failures.push(format!("{}: {error:#}", setting.words()));
        }
        number += cases.len();
    }
    report.finish();
    Ok(report)
}

/// The cases of one pair.
struct Group<'a> {
    plan: &'a Plan,
    setting: Setting,
    cases: &'a [Case],
    probes: bool,
    /// Cases before these.
    number: usize,
}

impl Group<'_> {
    async fn run(&self, report: &mut Report) -> Result<()> {
        let Self { plan, cases, .. } = *self;
        let Some(mut pair) = Pair::start(&folder(&plan.folder), self.setting).await? else {
            println!(
                "left out, PostgreSQL is not installed (scripts/install-packages --bench): {}",
                names(cases)
            );
            return Ok(());
        };
        if self.probes {
            println!("rest, {} idle connections, cold starts", probes::IDLE_PEERS);
            report.probes = Some(probes::all(&mut pair, plan.watched).await?);
        }
        let hop = if cases.iter().any(|case| case.hop) { hop(&pair).await? } else { None };
        println!("{}", head());
        for (case, number) in cases.iter().zip(self.number + 1..) {
            println!("-- {number} of {} ({} s): {}", wanted(plan), plan.elapsed(), case.name);
            Comparison { plan, case, pair: &pair, hop: hop.as_ref() }.run(report).await?;
        }
        if let Some(hop) = hop {
            hop.stop().await?;
        }
        pair.stop().await
    }
}

/// How many cases are wanted.
fn wanted(plan: &Plan) -> usize {
    CASES.iter().filter(|case| plan.wants(case)).count()
}

async fn hop(pair: &Pair) -> Result<Option<Hop>> {
    let hop = Hop::start(&pair.town, pair.ports).await?;
    match &hop {
        Some(hop) => {
            let mut processes = Processes::default();
            hop.processes(&mut processes);
            processes.pids().for_each(|(pid, _)| pair.keep(pid));
        }
        None => {
            println!(
                "nginx is not installed (scripts/install-packages --bench): no comparison with a plain hop"
            );
        }
    }
    Ok(hop)
}

fn names(cases: &[Case]) -> String {
    let names: Vec<&str> = cases.iter().map(|case| case.name).collect();
    names.join(", ")
}

/// Cases of one pair together, in the order of the table.
fn groups(plan: &Plan) -> Vec<(Setting, Vec<Case>)> {
    let mut groups: Vec<(Setting, Vec<Case>)> = Vec::new();
    if let (true, Some(base)) = (plan.probes, CASES.first()) {
        groups.push((base.setting, Vec::new()));
    }
    for case in CASES.iter().filter(|case| plan.wants(case)) {
        match groups.iter_mut().find(|(setting, _)| *setting == case.setting) {
            Some((_, cases)) => cases.push(*case),
            None => groups.push((case.setting, vec![*case])),
        }
    }
    groups
}

/// One case, by everybody who carries it.
struct Comparison<'a> {
    plan: &'a Plan,
    case: &'a Case,
    pair: &'a Pair,
    hop: Option<&'a Hop>,
}

impl Comparison<'_> {
    /// Rounds in turn, so that a disturbance meets all alike.
    async fn run(&self, report: &mut Report) -> Result<()> {
        let pace = match self.case.pace {
            Loop::Closed => Pace::Closed,
            Loop::Open(percent) => Pace::Open(self.base_rate(report).await? * share(percent)),
        };
        for round in 0..self.plan.rounds_of(self.case) {
            for subject in self.subjects() {
                let (warm_up, length) = self.lengths(subject, round == 0);
                if !self.plan.has_time_for(warm_up + length) {
                    println!("no time is left for round {} of {}", round + 1, subject.word());
                    continue;
                }
                let (measured, mut clients) = self.prepare(subject)?;
                if subject == Subject::Other && round == 0 {
                    self.warm_other(&mut clients).await?;
                }
                let row = measured.measure(&mut clients, pace, warm_up, length).await?;
                println!("{}", row.line());
                report.rows.push(row);
            }
        }
        if self.plan.samples(self.case) && self.plan.has_time_for(profile::TAKES) {
            self.profile(report, pace).await?;
        }
        self.pair.check_link()
    }

    fn subjects(&self) -> Vec<Subject> {
        let mut subjects = vec![Subject::Pair];
        if self.case.hop && self.hop.is_some() {
            subjects.push(Subject::Hop);
        }
        if self.case.beside && self.plan.beside.is_some() {
            subjects.push(Subject::Other);
        }
        subjects
    }

    fn lengths(&self, subject: Subject, first: bool) -> (Duration, Duration) {
        let warm_up = warm_up(self.plan, self.case, first);
        let length = match self.case.seconds {
            Some(seconds) => Duration::from_secs(seconds),
            None if self.case.is_bulk() && subject == Subject::Pair => {
                self.plan.measured.min(self.plan.longest_bulk)
            }
            None => self.plan.measured,
        };
        (warm_up, length)
    }

    /// Processes and clients.
    fn prepare(&self, subject: Subject) -> Result<(Measured<'_>, Vec<Client>)> {
        let mut processes = Processes::default();
        processes.add("load", std::process::id());
        let (address, messages) = match subject {
            Subject::Pair => {
                self.pair.processes(&mut processes);
                (self.pair.address(), Message::for_pair(self.case, CUSTOMER)?)
            }
            Subject::Hop => {
                let hop = self.hop.context("there is a hop")?;
                hop.processes(&mut processes);
                (hop.address(), Message::for_hop(self.case)?)
            }
            Subject::Other => {
                let other = self.plan.beside.as_ref().context("there is another server")?;
                (other.address.clone(), Message::for_other(self.case, &other.target, &other.client)?)
            }
        };
        if subject != Subject::Other {
            self.pair.service(&mut processes);
        }
        let journal = (subject == Subject::Pair).then_some(self.pair);
        let clients = Client::crowd(self.case.clients, &address, messages);
        Ok((Measured { case: self.case, subject, processes, journal }, clients))
    }

    /// Until the other server has had its time and its messages.
    async fn warm_other(&self, clients: &mut Vec<Client>) -> Result<()> {
        let Some(other) = &self.plan.beside else { return Ok(()) };
        let (began, mut messages) = (Instant::now(), 0);
        while began.elapsed() < other.warm_up || messages < other.warm_up_messages {
            let outcome = load::run(clients, Pace::Closed, Duration::ZERO, Duration::from_secs(10)).await?;
            messages += outcome.latencies.count();
            println!("   warming the other server: {messages} messages in {} s", began.elapsed().as_secs());
            if let (Some(error), 0) = (outcome.first_error, outcome.latencies.count()) {
                println!("   it answers nothing: {error}");
                break;
            }
        }
        Ok(())
    }

    /// What open loops refer to; measured now if the case was left out.
    async fn base_rate(&self, report: &Report) -> Result<f64> {
        if let Some(rate) = report.rate(BASE, Subject::Pair) {
            return Ok(rate);
        }
        let mut clients = Client::crowd(64, &self.pair.address(), vec![Message::base()?]);
        load::run(&mut clients, Pace::Closed, Duration::ZERO, self.plan.warm_up).await?;
        let outcome = load::run(&mut clients, Pace::Closed, Duration::ZERO, self.plan.measured).await?;
        println!("   the closed loop of {BASE} reaches {:.0} a second", outcome.rate());
        Ok(outcome.rate())
    }

    async fn profile(&self, report: &mut Report, pace: Pace) -> Result<()> {
        let (measured, mut clients) = self.prepare(Subject::Pair)?;
        load::run(&mut clients, pace, Duration::ZERO, Duration::from_secs(1)).await?;
        let found = measured.profile(&mut clients, pace, &self.plan.folder).await?;
        println!("{}", found.lines());
        report.profiles.push(found);
        Ok(())
    }
}
