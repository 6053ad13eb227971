//! Counts the instructions of each case with callgrind, and compares them with the figures in the repository.
//!
//! * [`region`]: the case, with the marks between which is counted
//! * [`callgrind`]: runs this program below valgrind and reads what it wrote
//! * [`figures`]: what is kept, and when a count is too high

mod callgrind;
mod figures;
mod region;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, Result};
use clap::{Parser, Subcommand};
use micro_benchmarks::{CASES, Case};

use figures::{Figures, processor};

#[derive(Parser)]
#[command(about = "Counts the instructions of single steps of the message path")]
struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Counts all cases, or those whose names contain one of these texts, and compares them with a file of figures.
    Count {
        /// The file of figures.
        #[arg(long)]
        figures: PathBuf,
        /// Writes what was counted into the file instead.
        #[arg(long)]
        update: bool,
        /// Texts in names of cases.
        names: Vec<String>,
    },
    /// Does the work of one case; called below valgrind.
    Run {
        /// Name of the case.
        case: String,
    },
}

fn main() -> Result<ExitCode> {
    match Arguments::parse().what {
        What::Count { figures, update, names } => count(&figures, update, &names),
        What::Run { case } => {
            region::run(Case::named(&case).context("no such case")?)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn count(file: &std::path::Path, update: bool, names: &[String]) -> Result<ExitCode> {
    let wanted =
        |case: &&Case| names.is_empty() || names.iter().any(|name| case.name.contains(name.as_str()));
    let kept = if update && names.is_empty() { None } else { Some(Figures::read(file)?) };
    let comparable = kept.as_ref().is_none_or(|kept| kept.processor == processor());
    let mut counted = kept.clone().filter(|_| comparable).unwrap_or_default();
    let (mut too_many, mut fewer) = (Vec::new(), Vec::new());
    println!("{:<20} {:>12} {:>14}   compared with the figures", "instructions", "ours", "cryptography");
    for case in CASES.iter().filter(wanted) {
        let cost = callgrind::count(case)?;
        let before = kept.as_ref().filter(|_| comparable).and_then(|kept| kept.cases.get(case.name));
        println!("{:<20} {:>12} {:>14}   {}", case.name, cost.ours, cost.cryptography, cost.beside(before));
        if comparable && !update && !before.is_some_and(|before| cost.is_within(before)) {
            too_many.push(case.name);
        }
        // A figure that is too high hides what comes next.
        if !update && before.is_some_and(|before| !before.is_within(&cost)) {
            fewer.push(case.name);
        }
        counted.cases.insert(case.name.to_owned(), cost);
    }
    if update {
        counted.cases.retain(|name, _| Case::named(name).is_some());
        counted.write(file)?;
    } else if !comparable {
        println!("not compared: the figures are for {}, this is {}", counted_for(kept.as_ref()), processor());
    }
    if !fewer.is_empty() {
        println!("fewer than the figures, which can be updated: {}", fewer.join(", "));
    }
    if too_many.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    println!("more than {} % above the figures, or without any: {}", figures::TOLERANCE, too_many.join(", "));
    println!("if that is meant: scripts/micro-bench --instructions --update, and say why in the commit");
    Ok(ExitCode::FAILURE)
}

fn counted_for(kept: Option<&Figures>) -> &str {
    kept.map_or("", |kept| kept.processor.as_str())
}
