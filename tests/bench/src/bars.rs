//! What a good relay must reach, and whether it does.

use serde::{Deserialize, Serialize};

use crate::cases::{BASE, Subject};
use crate::report::{Report, Row};

/// On which side of the bar it is good.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Limit {
    AtLeast(f64),
    AtMost(f64),
}

/// A figure, and whether other programs took part in it.
struct Figure {
    value: f64,
    disturbed: bool,
}

struct Bar {
    words: &'static str,
    limit: Limit,
    unit: &'static str,
    figure: fn(&Report) -> Option<Figure>,
}

/// A bar, and what became of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Judgement {
    pub(crate) bar: String,
    pub(crate) limit: Limit,
    pub(crate) unit: String,
    /// Absent where the run has no such case.
    pub(crate) figure: Option<f64>,
    /// It rests on rounds that other programs disturbed.
    pub(crate) disturbed: bool,
}

impl Judgement {
    /// Whether it holds; `None` where it was not measured.
    pub(crate) fn is_met(&self) -> Option<bool> {
        self.figure.map(|figure| match self.limit {
            Limit::AtLeast(limit) => figure >= limit,
            Limit::AtMost(limit) => figure <= limit,
        })
    }

    /// Figure, bar and verdict, as text.
    pub(crate) fn words(&self) -> (String, String, &'static str) {
        let digits = |value: f64| match value {
            value if value >= 100.0 => format!("{value:.0}"),
            value if value >= 10.0 => format!("{value:.1}"),
            _ => format!("{value:.2}"),
        };
        let unit = if self.unit.is_empty() { String::new() } else { format!(" {}", self.unit) };
        let figure = self.figure.map_or("-".to_owned(), |figure| format!("{}{unit}", digits(figure)));
        let wanted = match self.limit {
            Limit::AtLeast(limit) => format!(">= {limit}{unit}"),
            Limit::AtMost(limit) => format!("<= {limit}{unit}"),
        };
        let verdict = match (self.is_met(), self.disturbed) {
            (None, _) => "not measured",
            (Some(true), _) => "met",
            (Some(false), false) => "NOT MET",
            (Some(false), true) => "not met (disturbed)",
        };
        (figure, wanted, verdict)
    }

    /// As a line.
    pub(crate) fn line(&self) -> String {
        let (figure, wanted, verdict) = self.words();
        format!("{:<66} {figure:>12} {wanted:>14}   {verdict}", self.bar)
    }
}

/// All bars.
pub(crate) fn judge(report: &Report) -> Vec<Judgement> {
    let judge = |bar: &Bar| {
        let figure = (bar.figure)(report);
        Judgement {
            bar: bar.words.to_owned(),
            limit: bar.limit,
            unit: bar.unit.to_owned(),
            disturbed: figure.as_ref().is_some_and(|figure| figure.disturbed),
            figure: figure.map(|figure| figure.value),
        }
    };
    BARS.iter().map(judge).collect()
}

/// Round trips a second of a stock X-Road 7.8 pair, warmed, on two cores of the kind that this was written on.
const STOCK_RATE: f64 = 45.0;

const BARS: [Bar; 21] = [
    at_least(0.35, "REST 1 KB, RSA-2048, 64 clients: rate beside the plain hop", |report| {
        ratio(report, "rest_1k_rsa2048_vs_nginx")
    }),
    at_least(0.45, "REST 1 KB, P-256, 64 clients: rate beside the plain hop", |report| {
        ratio(report, "rest_1k_p256_vs_nginx")
    }),
    Bar {
        unit: "/s",
        ..at_least(STOCK_RATE * 55.0, "REST 1 KB, RSA-2048, 64 clients: 55 times a stock pair", |report| {
            of(report, BASE, |row| row.round_trips_per_second)
        })
    },
    at_least(0.85, "SOAP 1 KB beside REST 1 KB, RSA-2048, 64 clients", |report| {
        ratio(report, "soap_vs_rest")
    }),
    at_most(3.0, "ms", "REST 1 KB, RSA-2048, one client: p50", |report| {
        of(report, "rest-1k-1", |row| row.p50_ms)
    }),
    at_most(15.0, "ms", "REST 1 KB, RSA-2048, one client: p99", |report| {
        of(report, "rest-1k-1", |row| row.p99_ms)
    }),
    at_most(60.0, "ms", "REST 1 KB, RSA-2048, 64 clients: p99", |report| of(report, BASE, |row| row.p99_ms)),
    at_least(0.6, "10 MB bodies, digests in the journal: throughput beside the plain hop", |report| {
        ratio(report, "rest_10m_vs_nginx")
    }),
    at_least(0.6, "100 MB bodies, digests in the journal: the same", |report| {
        ratio(report, "rest_100m_vs_nginx")
    }),
    at_least(0.25, "10 MB bodies, whole in the journal: the same", |report| {
        ratio(report, "rest_10m_full_vs_nginx")
    }),
    at_least(0.25, "100 MB bodies, whole in the journal: the same", |report| {
        ratio(report, "rest_100m_full_vs_nginx")
    }),
    at_most(64.0, "MB", "bodies of 1 to 100 MB: memory more than before, either server", bulk_memory),
    Bar {
        unit: "/s",
        ..at_least(800.0, "TLS 1.2 CBC, a resumed connection for each message, 64 clients", |report| {
            of(report, "rest-1k-64-cbc-closing", |row| row.round_trips_per_second)
        })
    },
    at_most(30.0, "MB", "memory without load, either server", |report| {
        probed(report, |probes| probes.idle_resident_kb.values().max().map(|kilobytes| megabytes(*kilobytes)))
    }),
    at_most(80.0, "MB", "memory with 64 clients, either server", |report| of(report, BASE, peak)),
    at_most(0.2, "%", "CPU without load, of one core, either server", |report| {
        probed(report, |probes| {
            probes.idle_cpu_share.values().copied().reduce(f64::max).map(|share| share * 100.0)
        })
    }),
    at_most(40.0, "MB", "1,000 idle connections of peers: memory", |report| {
        probed(report, |probes| probes.idle_peers_kb.map(megabytes))
    }),
    at_most(1.0, "s", "cold start to the first signed message, either server", |report| {
        probed(report, |probes| probes.cold_start_seconds.values().copied().reduce(f64::max))
    }),
    at_least(0.9, "1,000 clients beside 64", |report| ratio(report, "clients_1000_vs_64")),
    at_most(0.0, "", "ten minutes at 80 % of the highest rate: errors", |report| {
        of(report, "rest-1k-64-ten-minutes", errors)
    }),
    at_most(4_096.0, "B", "journal of a 1 KB message, for each record", |report| {
        of(report, BASE, |row| row.journal_bytes_per_record.unwrap_or(f64::INFINITY))
    }),
];

const fn at_least(limit: f64, words: &'static str, figure: fn(&Report) -> Option<Figure>) -> Bar {
    Bar { words, limit: Limit::AtLeast(limit), unit: "", figure }
}

const fn at_most(
    limit: f64,
    unit: &'static str,
    words: &'static str,
    figure: fn(&Report) -> Option<Figure>,
) -> Bar {
    Bar { words, limit: Limit::AtMost(limit), unit, figure }
}

fn ratio(report: &Report, name: &str) -> Option<Figure> {
    let (above, below) = report.rows_of(name)?;
    let disturbed = above.is_disturbed() || below.is_disturbed();
    Some(Figure { value: *report.ratios.get(name)?, disturbed })
}

fn of(report: &Report, name: &str, value: fn(&Row) -> f64) -> Option<Figure> {
    let row = report.median(name, Subject::Pair)?;
    Some(Figure { value: value(row), disturbed: row.is_disturbed() })
}

fn probed(report: &Report, value: fn(&crate::probes::Probes) -> Option<f64>) -> Option<Figure> {
    Some(Figure { value: value(report.probes.as_ref()?)?, disturbed: false })
}

#[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
fn megabytes(kilobytes: u64) -> f64 {
    kilobytes as f64 / 1_024.0
}

#[expect(clippy::cast_precision_loss, reason = "a small number")]
fn errors(row: &Row) -> f64 {
    row.errors as f64
}

/// The larger of the two servers.
fn peak(row: &Row) -> f64 {
    servers(row)
        .map(|name| megabytes(row.resident_peak_kb.get(name).copied().unwrap_or_default()))
        .fold(0.0, f64::max)
}

fn servers(row: &Row) -> impl Iterator<Item = &str> {
    ["consumer", "provider"].into_iter().filter(|name| row.resident_peak_kb.contains_key(*name))
}

/// Of all rounds with large bodies the one that took most.
fn bulk_memory(report: &Report) -> Option<Figure> {
    let rows = report.rows.iter().filter(|row| row.subject == Subject::Pair && row.case.is_bulk());
    let more = rows.flat_map(|row| {
        servers(row).map(|name| {
            let of = |memory: &std::collections::BTreeMap<String, u64>| {
                memory.get(name).copied().unwrap_or_default()
            };
            megabytes(of(&row.resident_peak_kb).saturating_sub(of(&row.resident_before_kb)))
        })
    });
    more.reduce(f64::max).map(|value| Figure { value, disturbed: false })
}
