//! The command `trust-services`: arguments, then everything else in the library.

use std::process::ExitCode;

use clap::Parser;
use trust_services::{WARNING, cli};

fn main() -> ExitCode {
    let arguments = cli::Arguments::parse();
    eprintln!("{WARNING}");
    match cli::run(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("trust-services: {error:#}");
            ExitCode::FAILURE
        }
    }
}
