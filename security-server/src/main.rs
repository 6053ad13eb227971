//! The security server: arguments, then everything else in the library.

use std::process::ExitCode;

use clap::Parser;
use security_server::cli;

fn main() -> ExitCode {
    match cli::run(cli::Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("security-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}
