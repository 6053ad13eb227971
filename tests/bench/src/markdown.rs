//! The figures as a page: what stands between two marks of a file is replaced.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::profile::{Activity, Method};
use crate::report::{Report, Row};
use crate::table::{cpu, peak};

/// What stands before the figures ...
const BEGIN: &str = "<!-- figures: written by scripts/bench --markdown, not by hand -->";

/// ... and behind them.
const END: &str = "<!-- end of the figures -->";

/// Puts the figures of a report into a page.
///
/// # Errors
/// The page cannot be read or written, or has not both marks.
pub(crate) fn write(report: &Report, page: &Path) -> Result<()> {
    let text = std::fs::read_to_string(page).with_context(|| format!("cannot read {}", page.display()))?;
    let text = replaced(&text, &figures(report)).with_context(|| format!("{}: no marks", page.display()))?;
    std::fs::write(page, text).with_context(|| format!("cannot write {}", page.display()))
}

fn replaced(page: &str, figures: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{figures}{END}{after}"))
}

fn figures(report: &Report) -> String {
    let mut text = format!("Measured on: {}. {}.\n", report.machine.line(), report.version);
    bars(report, &mut text);
    cases(report, &mut text);
    ratios(report, &mut text);
    activities(report, &mut text);
    text.push('\n');
    text
}

/// A table; writing to a string cannot fail.
fn table(text: &mut String, title: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let _ = write!(text, "\n### {title}\n\n| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len()));
    for row in rows {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
}

fn bars(report: &Report, text: &mut String) {
    let rows = report.bars.iter().map(|judgement| {
        let (figure, wanted, verdict) = judgement.words();
        vec![judgement.bar.clone(), wanted, figure, verdict.to_owned()]
    });
    table(text, "Bars", &["", "wanted", "figure", ""], rows);
}

fn cases(report: &Report, text: &mut String) {
    let head = [
        "case",
        "carried by",
        "round trips/s",
        "MB/s",
        "p50 ms",
        "p90 ms",
        "p99 ms",
        "p99.9 ms",
        "CPU ms: all",
        "consumer's server",
        "provider's server",
        "peak MB",
        "journal B/record",
        "others' CPU",
    ];
    let row = |row: &&Row| {
        let figure = |value: f64| if value >= 100.0 { format!("{value:.0}") } else { format!("{value:.2}") };
        let errors = if row.errors > 0 { format!(" ({} errors)", row.errors) } else { String::new() };
        vec![
            format!("{}{errors}", row.case.name),
            row.subject.word().to_owned(),
            figure(row.round_trips_per_second),
            figure(row.megabytes_per_second),
            figure(row.p50_ms),
            figure(row.p90_ms),
            figure(row.p99_ms),
            figure(row.p999_ms),
            figure(row.whole_cpu_ms()),
            cpu(row, "consumer"),
            cpu(row, "provider"),
            format!("{} / {}", peak(row, "consumer"), peak(row, "provider")),
            row.journal_bytes_per_record.map_or("-".to_owned(), |bytes| format!("{bytes:.0}")),
            format!("{:.0} %", row.cpu_of_others * 100.0),
        ]
    };
    table(text, "Cases", &head, report.medians().iter().map(row));
}

fn ratios(report: &Report, text: &mut String) {
    let rows = report.ratios.iter().map(|(name, by_rate)| {
        let by_cpu = report.ratios_by_cpu.get(name).map_or("-".to_owned(), |value| format!("{value:.3}"));
        vec![format!("`{name}`"), format!("{by_rate:.3}"), by_cpu]
    });
    table(text, "Ratios", &["", "by rate", "by CPU time"], rows);
}

fn activities(report: &Report, text: &mut String) {
    let mut head = vec!["case", "process"];
    head.extend(Activity::ALL.iter().map(|activity| activity.word()));
    let rows = report.profiles.iter().flat_map(|profile| {
        profile.cpu_ms.iter().map(|(process, parts)| {
            let method = if profile.method == Method::Threads { " (by threads)" } else { "" };
            let part = |activity: &Activity| {
                let millis = parts.get(activity).filter(|millis| **millis >= 0.000_5);
                millis.map_or(String::new(), |millis| format!("{millis:.3}"))
            };
            let mut row = vec![format!("{}{method}", profile.case), process.clone()];
            row.extend(Activity::ALL.iter().map(part));
            row
        })
    });
    table(text, "Where the CPU time goes, ms for a round trip", &head, rows);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_between_the_marks_is_replaced() {
        let page = format!("before\n{BEGIN}\nold\n{END}\nafter\n");
        assert_eq!(replaced(&page, "new\n").unwrap(), format!("before\n{BEGIN}\nnew\n{END}\nafter\n"));
        assert_eq!(replaced("no marks", "new"), None);
    }
}
