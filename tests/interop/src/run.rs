//! A run: one or more combinations of place and captured pair, each from an empty state.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use service_kit::clock::Clock;

use crate::arguments::Arguments;
use crate::cases::table::Crowd;
use crate::cases::{self, Case, Situation};
use crate::evidence::{Auditor, Found, signatures};
use crate::exchange::{Carried, Places, carry_out};
use crate::material::{self, Material};
use crate::partner::{self, Partner, Stage};
use crate::place::{ADMIN_PORT, PEER_PORT, Role, SERVICES_HOST, SERVICES_PORTS, SYSTEM_PORT};
use crate::process::listens;
use crate::report::Report;
use crate::server::{self, Plan};
use crate::surroundings::Surroundings;
use crate::verdict::judge;

/// Runs what the command line asks for; says whether everything came out as it must.
///
/// # Errors
/// What prevents a run.
pub fn run(arguments: &Arguments) -> Result<bool> {
    let surroundings = Surroundings::of(&arguments.checkout)?;
    if arguments.if_present && !surroundings.has_shared() {
        println!("skipped: ../shared is not beside the checkout");
        return Ok(true);
    }
    let materials =
        arguments.material.clone().map_or_else(|| surroundings.materials().to_vec(), |given| vec![given]);
    let roles = arguments.role.map_or_else(|| vec![Role::Ss1, Role::Ss2], |given| vec![given]);
    let mut report = Report::default();
    for captured in &materials {
        let captured = captured.canonicalize().with_context(|| captured.display().to_string())?;
        for role in &roles {
            let combination = Combination::new(arguments, &surroundings, *role, &captured)?;
            if arguments.hold {
                return combination.hold().map(|()| true);
            }
            combination.run(&mut report)?;
        }
    }
    println!("{}", report.sum());
    Ok(report.is_good())
}

/// Our server in one place of one captured pair.
struct Combination<'c> {
    arguments: &'c Arguments,
    surroundings: &'c Surroundings,
    role: Role,
    captured: &'c Path,
    /// Folder of the run.
    run: PathBuf,
}

impl<'c> Combination<'c> {
    fn new(
        arguments: &'c Arguments,
        surroundings: &'c Surroundings,
        role: Role,
        captured: &'c Path,
    ) -> Result<Self> {
        let variant =
            captured.file_name().context("the material has no name")?.to_string_lossy().into_owned();
        let run = surroundings.work.join(format!("{}-{variant}", role.name()));
        if run.exists() && !arguments.hold {
            fs::remove_dir_all(&run).with_context(|| run.display().to_string())?;
        }
        fs::create_dir_all(&run)?;
        Ok(Self { arguments, surroundings, role, captured, run })
    }

    fn partner(&self) -> Option<&str> {
        self.arguments.partner.as_deref()
    }

    /// Starts our server and nothing else.
    fn hold(&self) -> Result<()> {
        self.ports_are_free()?;
        let configuration = self.configure(self.captured_global_conf()?)?;
        if !listens(SERVICES_HOST, SERVICES_PORTS[0]) {
            println!(
                "note: nothing answers at {SERVICES_HOST}:{} yet; OCSP is asked for every 2 s",
                SERVICES_PORTS[0]
            );
        }
        let host = self.role.host();
        println!("information systems http://{host}:{SYSTEM_PORT} and https://{host}:8443");
        println!("security servers    {host}:{PEER_PORT}, OCSP responses {host}:5577");
        println!("administration      http://{host}:{ADMIN_PORT}/ready");
        println!("configuration       {}", configuration.display());
        println!("our server takes the place of {} now; its log follows", self.role.name());
        server::hold(&self.surroundings.program("security-server")?, &configuration)
    }

    fn run(&self, report: &mut Report) -> Result<()> {
        self.ports_are_free()?;
        let partner = Partner::find(self.role, self.partner());
        let stage = Stage { surroundings: self.surroundings, captured: self.captured, run: &self.run };
        let who = if partner.plays() { "the foreign peer" } else { "the server that stands there" };
        println!("\nours as {}, {} in the place of {}", self.title(), who, self.role.other().name());
        let _services = stage.services()?;
        let global_conf = if partner.plays() { stage.describe()? } else { self.captured_global_conf()? };
        let configuration = self.configure(global_conf.clone())?;
        let binary = self.surroundings.program("security-server")?;
        let _ours = server::start(&binary, &configuration, self.role, &self.run.join("security-server.log"))?;
        let _peer = if partner.plays() { Some(stage.peer(self.role.other())?) } else { None };
        self.cases(&partner, &global_conf, report)
    }

    fn title(&self) -> String {
        self.run.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    fn ports_are_free(&self) -> Result<()> {
        for port in [SYSTEM_PORT, 8443, PEER_PORT, 5577, ADMIN_PORT] {
            let host = self.role.host();
            ensure!(!listens(host, port), "{host}:{port} is in use: our server is to stand there");
        }
        Ok(())
    }

    fn captured_global_conf(&self) -> Result<PathBuf> {
        if let Some(given) = &self.arguments.global_conf {
            return given.canonicalize().with_context(|| given.display().to_string());
        }
        let folder = self.run.join("globalconf");
        material::copy_global_conf(&self.captured.join("globalconf"), &folder)?;
        Ok(folder)
    }

    /// Writes everything that our server reads.
    fn configure(&self, global_conf: PathBuf) -> Result<PathBuf> {
        if self.arguments.global_conf.is_none() && material::keep_valid(&global_conf, Clock::system().now())?
        {
            println!("note: the captured global configuration is over; the copy got a new expiry");
        }
        let binary = self.surroundings.program("security-server")?;
        let material = Material::prepare(self.role, self.captured, &self.run, &binary)?;
        let (role, partner) = (self.role, self.partner());
        server::configure(&Plan {
            role,
            material: &material,
            global_conf: &global_conf,
            partner,
            run: &self.run,
        })
    }

    fn cases(&self, partner: &Partner, global_conf: &Path, report: &mut Report) -> Result<()> {
        let consumer = partner::systems(self.role, self.partner());
        let ours = (self.role.host().to_owned(), SYSTEM_PORT);
        let places = Places { consumer: &consumer, ours: &ours };
        let (partner_plays, described) = (partner.plays(), partner::is_described());
        let all = cases::table(Situation { ours: self.role, partner_plays, described });
        let only = self.arguments.only.as_deref().unwrap_or_default();
        let chosen: Vec<&Case> = all.iter().filter(|case| case.name.starts_with(only)).collect();
        ensure!(!chosen.is_empty(), "no case begins with {only:?}");
        if !described {
            println!(
                "the backend has no description of its SOAP services: getWsdl is asked for refusals only"
            );
        }
        if !partner_plays {
            println!("cases in which a partner must misbehave are not asked of this one");
            let probe = all.iter().find(|case| case.name == "verb/get").context("the table has a probe")?;
            partner::wait_for(probe, &places, Duration::from_secs(self.arguments.patience));
        }
        let auditor = Auditor {
            role: self.role,
            admin: server::admin(self.role),
            systems: &ours,
            verifier: self.surroundings.program("evidence-verify")?,
            global_conf,
            folder: self.run.join("containers"),
        };
        fs::create_dir_all(&auditor.folder)?;
        let run = format!("interop-{}", Clock::system().now().unix_timestamp());
        let carried: Vec<_> =
            chosen.iter().map(|case| (*case, self.carry_out(case, &places, &run, report))).collect();
        for (case, carried) in &carried {
            audit(&auditor, &format!("{} evidence of {}", self.title(), case.name), case, carried, report);
        }
        Ok(())
    }

    fn carry_out(&self, case: &Case, places: &Places<'_>, run: &str, report: &mut Report) -> Carried {
        let carried = carry_out(case, places, run);
        let name = format!("{} {}", self.title(), case.name);
        let judged = carried.exchanges.iter().map(|exchange| match exchange {
            Ok(exchange) => judge(case, exchange).err(),
            Err(error) => Some(anyhow::anyhow!("{error:#}")),
        });
        let failures: Vec<_> = judged.flatten().collect();
        let requests = case.crowd.requests;
        match failures.first() {
            None if carried.exchanges.len() == requests => report.pass(&name, &told(case, &carried)),
            None => report.fail(&name, &format!("{} of {requests} were sent", carried.exchanges.len())),
            Some(first) => report.fail(&name, &format!("{first:#} ({} of {requests})", failures.len())),
        }
        carried
    }
}

fn told(case: &Case, carried: &Carried) -> String {
    let code = case.error.map(|code| format!(" {code}")).unwrap_or_default();
    let crowd = match case.crowd {
        Crowd { requests: 1, .. } => String::new(),
        Crowd { requests, systems } if requests == systems => format!(" {requests} times at once"),
        Crowd { requests, systems } => format!(" {requests} times, {systems} at once"),
    };
    format!("{}{code}{crowd}, {} ms", case.status, carried.took.as_millis())
}

fn audit(auditor: &Auditor<'_>, name: &str, case: &Case, carried: &Carried, report: &mut Report) {
    let audited = carried.exchanges.iter().flatten().map(|exchange| auditor.audit(case, exchange));
    match audited.collect::<Result<Vec<Found>>>() {
        Ok(found) if found.is_empty() => report.skip(name, "there was no exchange"),
        Ok(found) => report.pass(name, &told_of_evidence(&found)),
        Err(error) => report.fail(name, &format!("{error:#}")),
    }
}

fn told_of_evidence(found: &[Found]) -> String {
    let what = found.first().map(|found| found.what).unwrap_or_default();
    let signatures: Vec<_> = found.iter().flat_map(|found| found.signatures.clone()).collect();
    match signatures::told(&signatures) {
        Some(told) => format!("{what}; {told}"),
        None => what.to_owned(),
    }
}
