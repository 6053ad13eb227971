//! `evidence-verify`: see `evidence-verify --help`.

use std::process::ExitCode;

use clap::Parser;
use evidence_verify::arguments::Arguments;
use evidence_verify::verdict::Verdict;
use evidence_verify::{json, text, verdict};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let verdict = verdict::of(&arguments);
    if arguments.json {
        println!("{}", json::render(&arguments.container, &verdict));
    } else if let Verdict::Unreadable(reason) = &verdict {
        eprintln!("{}", text::unreadable(reason));
    } else {
        print!("{}", text::render(&arguments, &verdict));
    }
    ExitCode::from(verdict.exit_status())
}
