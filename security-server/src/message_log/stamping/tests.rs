use time::macros::datetime;

use super::*;

const START: OffsetDateTime = datetime!(2026-11-21 15:00 UTC);
const POLICY: Policy = Policy {
    interval: Duration::seconds(60),
    retry: Duration::seconds(20),
    batch_limit: 100,
    acceptable_failure: Duration::hours(4),
};

fn at(seconds: i64) -> OffsetDateTime {
    START + Duration::seconds(seconds)
}

/// Each row: attempts (second, outcome) since the start, then what is to be done at a second.
#[test]
fn actions_follow_the_history() {
    use Outcome::{Failed, Stamped};
    type Row = (&'static str, &'static [(i64, Outcome)], i64, Action);
    let table: &[Row] = &[
        ("before the first second", &[], 0, Action::WaitUntil(at(1))),
        ("first batch after one second", &[], 1, Action::Stamp { limit: 100 }),
        ("then at the interval", &[(1, Stamped(3))], 60, Action::WaitUntil(at(61))),
        ("interval over", &[(1, Stamped(3))], 61, Action::Stamp { limit: 100 }),
        ("nothing to stamp counts as a round", &[(1, Stamped(0))], 2, Action::WaitUntil(at(61))),
        ("a full batch is followed at once", &[(1, Stamped(100))], 1, Action::Stamp { limit: 100 }),
        ("after a failure the retry delay", &[(1, Failed)], 2, Action::WaitUntil(at(21))),
        ("a retry tries one record", &[(1, Failed)], 21, Action::Stamp { limit: 1 }),
        ("and again", &[(1, Failed), (21, Failed)], 41, Action::Stamp { limit: 1 }),
        (
            "after recovery the rest at once",
            &[(1, Failed), (21, Stamped(1))],
            21,
            Action::Stamp { limit: 100 },
        ),
        ("recovery with nothing waiting", &[(1, Failed), (21, Stamped(0))], 22, Action::WaitUntil(at(81))),
    ];
    for (name, history, second, expected) in table {
        let mut stamping = Stamping::new(POLICY, START);
        for (when, outcome) in *history {
            stamping.note(*outcome, at(*when));
        }
        assert_eq!(stamping.action(at(*second)), *expected, "{name}");
    }
}

#[test]
fn a_retry_delay_of_zero_or_beyond_the_interval_means_the_interval() {
    for retry in [0, 600] {
        let mut stamping = Stamping::new(Policy { retry: Duration::seconds(retry), ..POLICY }, START);
        stamping.note(Outcome::Failed, at(1));
        assert_eq!(stamping.action(at(2)), Action::WaitUntil(at(61)));
    }
}

#[test]
fn a_shorter_interval_acts_at_once_and_a_longer_one_after_the_next_batch() {
    let mut stamping = Stamping::new(POLICY, START);
    stamping.note(Outcome::Stamped(1), at(1));
    stamping.set_policy(Policy { interval: Duration::hours(1), ..POLICY }, at(2));
    assert_eq!(stamping.action(at(2)), Action::WaitUntil(at(61)));
    stamping.set_policy(Policy { interval: Duration::seconds(5), ..POLICY }, at(2));
    assert_eq!(stamping.action(at(2)), Action::WaitUntil(at(7)));
}

#[test]
fn messages_are_refused_only_when_stamping_fails_for_too_long() {
    let hours = |count| Duration::hours(count);
    let mut stamping = Stamping::new(POLICY, START);
    // However old records are, nothing is refused before an attempt failed.
    assert_eq!(stamping.acceptance(Some(START - hours(100))), Acceptance::Open);

    stamping.note(Outcome::Failed, at(1));
    let since_failure = Acceptance::Failing { refused_from: Some(at(1) + hours(4)) };
    assert_eq!(stamping.acceptance(None), since_failure);
    assert_eq!(stamping.acceptance(Some(at(0))), since_failure);

    // Records that waited before a restart: the period is not started anew.
    let since_record = stamping.acceptance(Some(START - hours(3)));
    assert_eq!(
        since_record,
        Acceptance::Failing { refused_from: Some(START + hours(1) + Duration::seconds(60)) }
    );
    assert!(since_record.accepts(START + hours(1)));
    assert!(!since_record.accepts(START + hours(2)));

    // Later failures do not move the end; the first success opens again.
    stamping.note(Outcome::Failed, at(21));
    assert_eq!(stamping.acceptance(None), since_failure);
    stamping.note(Outcome::Stamped(1), at(41));
    assert_eq!(stamping.acceptance(None), Acceptance::Open);
}

#[test]
fn an_acceptable_period_of_zero_never_refuses() {
    let mut stamping = Stamping::new(Policy { acceptable_failure: Duration::ZERO, ..POLICY }, START);
    stamping.note(Outcome::Failed, at(1));
    let acceptance = stamping.acceptance(Some(START - Duration::days(1_000)));
    assert_eq!(acceptance, Acceptance::Failing { refused_from: None });
    assert!(acceptance.accepts(START + Duration::days(1_000)));
}
