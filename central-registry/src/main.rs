//! The central registry: arguments, then everything else in the library.

use std::process::ExitCode;

use central_registry::cli;
use clap::Parser;

fn main() -> ExitCode {
    match cli::run(cli::Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("central-registry: {error:#}");
            ExitCode::FAILURE
        }
    }
}
