//! The bench runs to its end and tells what it must, in small: one case of each TLS stack, measured for moments. No
//! figure is judged.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// Cases, and who carries them where nginx is installed.
const CASES: [(&str, &[&str]); 2] = [("rest-1k-1", &["pair", "hop"]), ("rest-1k-64-cbc-closing", &["pair"])];

fn bench(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_bench")).args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_short_run_measures_tells_and_fills_the_page() {
    let folder = std::env::temp_dir().join(format!("sekisho-bench-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let folder = Folder(folder);
    let (json, page) = (folder.0.join("figures.json"), folder.0.join("page.md"));
    let mut arguments = vec!["--rounds", "1", "--warm-up", "0.3", "--seconds", "0.5"];
    arguments.extend(["--folder", text(&folder.0), "--json", text(&json)]);
    CASES.iter().for_each(|(case, _)| arguments.extend(["--only", case]));
    let output = bench(&arguments);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));

    let found: Value = serde_json::from_slice(&std::fs::read(&json).unwrap()).unwrap();
    let there_is_nginx = !said.contains("nginx is not installed");
    if !there_is_nginx {
        println!("skipped: nginx is not installed, the plain hop was not measured");
    }
    for (case, subjects) in CASES {
        for subject in subjects.iter().filter(|subject| **subject == "pair" || there_is_nginx) {
            let rows = found["rows"].as_array().unwrap().iter();
            let mut of_case = rows.filter(|row| row["name"] == case && row["subject"] == *subject);
            let row = of_case.next().unwrap_or_else(|| panic!("{case} by {subject} is missing: {said}"));
            assert!(row["round_trips"].as_u64().unwrap() > 0, "{row}");
            assert_eq!(row["errors"], 0, "{row}");
            assert!(row["cpu_ms"]["consumer"].is_number() && row["cpu_ms"]["provider"].is_number(), "{row}");
        }
    }
    let profile = &found["profiles"][0];
    assert_eq!(profile["case"], CASES[1].0);
    assert!(profile["cpu_ms"]["provider"]["sign"].as_f64().unwrap() > 0.0, "{profile}");
    let bar = |name: &str| {
        let bars = found["bars"].as_array().unwrap();
        bars.iter().find(|bar| bar["bar"].as_str().unwrap().contains(name)).unwrap()["figure"].clone()
    };
    assert!(bar("one client: p50").is_number() && bar("TLS 1.2 CBC").is_number(), "{}", found["bars"]);
    assert!(bar("P-256").is_null(), "not measured in this run");

    let marks = "<!-- figures: written by scripts/bench --markdown, not by hand -->\nwhat was there before\n<!-- end of the figures -->";
    std::fs::write(&page, format!("before\n{marks}\nafter\n")).unwrap();
    assert!(bench(&["--markdown", text(&json), "--page", text(&page)]).status.success());
    let page = std::fs::read_to_string(&page).unwrap();
    assert!(
        page.starts_with("before\n")
            && page.ends_with("\nafter\n")
            && !page.contains("what was there before"),
        "{page}"
    );
    assert!(CASES.iter().all(|(case, _)| page.contains(case)), "{page}");
}

/// The page of the project is one that figures can be put into.
#[test]
fn the_page_has_its_marks() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance.md");
    let page = std::fs::read_to_string(page).unwrap();
    assert!(page.contains("<!-- figures: written by scripts/bench --markdown, not by hand -->"));
    assert!(page.contains("<!-- end of the figures -->"));
}
