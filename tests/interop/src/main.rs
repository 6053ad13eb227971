//! See the library of this package for what it does.

use std::process::ExitCode;

use clap::Parser;
use interop::{arguments::Arguments, run};

fn main() -> ExitCode {
    match run::run(&Arguments::parse()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("interop: {error:#}");
            ExitCode::FAILURE
        }
    }
}
