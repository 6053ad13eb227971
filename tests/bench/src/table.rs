//! Measurements as lines of a table.

use std::fmt::Write as _;

use crate::report::Row;

/// The head of the table.
pub(crate) fn head() -> String {
    format!(
        "{:<26} {:<5} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7} {:>7} {:>7} {:>7} {:>9} {:>7} {:>7}\n\
         {:<26} {:<5} {:>8} {:>7} {:>8} {:>8} {:>8} {:>8} {:^39} {:>9} {:>7} {:>7}",
        "case",
        "who",
        "round",
        "MB/s",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "consum.",
        "provid.",
        "service",
        "load",
        "all",
        "MB peak",
        "journal",
        "others'",
        "",
        "",
        "trips/s",
        "",
        "ms",
        "ms",
        "ms",
        "ms",
        "ms of CPU for a round trip",
        "cons/prov",
        "B/rec.",
        "CPU",
    )
}

/// One line.
pub(crate) fn line(row: &Row) -> String {
    let journal = row.journal_bytes_per_record.map_or("-".to_owned(), |bytes| format!("{bytes:.0}"));
    let mut line = format!(
        "{:<26} {:<5} {:>8.1} {:>7.1} {:>8.2} {:>8.2} {:>8.2} {:>8.2} {:>7} {:>7} {:>7} {:>7} {:>7.2} {:>4}/{:<4} {journal:>7} {:>5.0} %",
        row.case.name,
        row.subject.word(),
        row.round_trips_per_second,
        row.megabytes_per_second,
        row.p50_ms,
        row.p90_ms,
        row.p99_ms,
        row.p999_ms,
        cpu(row, "consumer"),
        cpu(row, "provider"),
        cpu(row, "service"),
        cpu(row, "load"),
        row.whole_cpu_ms(),
        peak(row, "consumer"),
        peak(row, "provider"),
        row.cpu_of_others * 100.0,
    );
    if row.is_disturbed() {
        line.push_str("  disturbed");
    }
    if row.errors > 0 {
        let first = row.first_error.as_deref().unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = write!(line, "  {} ERRORS, first: {first}", row.errors);
    }
    line
}

/// Milliseconds of a process for each round trip.
pub(crate) fn cpu(row: &Row, process: &str) -> String {
    row.cpu_ms.get(process).map_or("-".to_owned(), |millis| format!("{millis:.2}"))
}

/// Most memory of a process, MB.
pub(crate) fn peak(row: &Row, process: &str) -> String {
    row.resident_peak_kb.get(process).map_or("-".to_owned(), |kilobytes| format!("{}", kilobytes / 1_024))
}
