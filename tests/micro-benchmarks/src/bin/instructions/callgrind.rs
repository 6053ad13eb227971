//! Running a case below callgrind, and reading what it counted ("Callgrind Format Specification", valgrind manual).

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use micro_benchmarks::Case;

use crate::figures::Cost;
use crate::region::MARK;

/// The second part that is written: between the marks.
const BETWEEN: &str = "out.2";

/// Instructions of one time. All threads count.
pub(crate) fn count(case: &Case) -> Result<Cost> {
    let folder = tempfile::tempdir()?;
    let out = folder.path().join("out");
    let ran = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--fair-sched=try"])
        .args(["--compress-strings=no", "--compress-pos=no"])
        .arg(format!("--dump-before={MARK}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(std::env::current_exe()?)
        .args(["run", case.name])
        .output()
        .context("valgrind cannot be started")?;
    ensure!(ran.status.success(), "{}: {}", case.name, String::from_utf8_lossy(&ran.stderr));
    let part = read(&folder.path().join(BETWEEN))?;
    let each = |instructions: u64| instructions / u64::from(case.times);
    let cryptography = each(part.cryptography);
    Ok(Cost { ours: each(part.all).saturating_sub(cryptography), cryptography })
}

/// What one part says.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    all: u64,
    cryptography: u64,
}

fn read(file: &Path) -> Result<Part> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    parse(&text).with_context(|| file.display().to_string())
}

/// Adds up the instructions of each function, and those of calls from Rust into the cryptographic library with all that
/// they do in there.
fn parse(text: &str) -> Result<Part> {
    let mut part = Part { all: 0, cryptography: 0 };
    let (mut function, mut called) = ("", "");
    let mut call = false;
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            function = name;
        } else if let Some(name) = line.strip_prefix("cfn=") {
            called = name;
        } else if line.starts_with("calls=") {
            call = true;
        } else if line.starts_with(|first: char| first.is_ascii_digit()) {
            let cost = line.split(' ').nth(1).context("a line without cost")?.parse::<u64>()?;
            if !call {
                part.all += cost;
            } else if is_rust(function) && is_cryptography(called) {
                part.cryptography += cost;
            }
            call = false;
        }
    }
    ensure!(part.all > 0, "nothing was counted");
    ensure!(part.all >= part.cryptography, "calls were counted twice");
    Ok(part)
}

/// Names of C have no path.
fn is_rust(function: &str) -> bool {
    function.contains("::")
}

/// The library's name is the beginning of each of its public symbols, and that of the crate which wraps it.
fn is_cryptography(function: &str) -> bool {
    function.starts_with("aws_lc_") && !is_rust(function)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_into_the_library_are_counted_once() {
        let text = "version: 1\nevents: Ir\n\nfl=a.rs\nfn=ours::sign\n10 100\ncfn=aws_lc_rs::rsa::sign\ncalls=1 3\n\
                    11 4020\n\nfn=aws_lc_rs::rsa::sign\n3 20\ncfi=b.c\ncfn=aws_lc_0_1_RSA_sign\ncalls=2 5\n11 4000\n\
                    12 7\n\nfn=aws_lc_0_1_RSA_sign\n5 1000\ncfn=aws_lc_0_1_bn_mul\ncalls=9 6\n5 3000\n\n\
                    fn=aws_lc_0_1_bn_mul\n6 2000\ncfn=local_function\ncalls=1 7\n6 1000\n\n\
                    fn=local_function\n7 400\ncfn=aws_lc_0_1_free\ncalls=1 8\n7 600\n\nfn=aws_lc_0_1_free\n8 600\n";
        assert_eq!(
            parse(text).unwrap(),
            Part { all: 100 + 20 + 7 + 1000 + 2000 + 400 + 600, cryptography: 4000 }
        );
    }

    #[test]
    fn what_is_no_profile_is_refused() {
        for text in
            ["", "version: 1\nevents: Ir\n", "fn=a::b\n10\n", "fn=a::b\n1 5\ncfn=aws_lc_x\ncalls=1 1\n1 6\n"]
        {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }
}
