use super::*;
use crate::device_key::DeviceKey;
use crate::event::ConsentEvent;
use crate::fixtures::{START, event, flow};
use proptest::prelude::*;
use time::Duration;

fn verified(key: &DeviceKey, event: ConsentEvent) -> VerifiedEvent {
    event.sign(key).unwrap().verify(key.public()).unwrap()
}

fn granted(key: &DeviceKey) -> ConsentRecord {
    ConsentRecord::open(&verified(key, event(key, EventKind::Grant, 0))).unwrap()
}

#[test]
fn grant_then_withdraw() {
    let (key, _) = DeviceKey::generate().unwrap();
    let record = granted(&key);
    assert_eq!((record.state, record.events), (State::Active, 1));
    let withdrawal = ConsentEvent { previous: Some(record.head), ..event(&key, EventKind::Withdraw, 1) };
    let withdrawal = verified(&key, withdrawal);
    let ended = record.apply(&withdrawal).unwrap();
    assert_eq!((ended.state, ended.events, ended.head), (State::Withdrawn, 2, withdrawal.hash()));
}

#[test]
fn what_cannot_open_a_consent() {
    let (key, _) = DeviceKey::generate().unwrap();
    let grant = event(&key, EventKind::Grant, 0);
    let previous = Some(EventHash::from_bytes([9; 32]));
    let cases = [
        (event(&key, EventKind::Withdraw, 0), TransitionError::Kind),
        (ConsentEvent { index: 1, ..grant.clone() }, TransitionError::Index { expected: 0, found: 1 }),
        (ConsentEvent { previous, ..grant }, TransitionError::Previous),
    ];
    for (event, expected) in cases {
        assert_eq!(ConsentRecord::open(&verified(&key, event)), Err(expected));
    }
}

#[test]
fn what_cannot_continue_a_consent() {
    let (key, _) = DeviceKey::generate().unwrap();
    let record = granted(&key);
    let good = ConsentEvent { previous: Some(record.head), ..event(&key, EventKind::Withdraw, 1) };
    let other = ConsentId::from_bytes([9; 16]);
    let again = ConsentEvent { previous: Some(record.head), ..event(&key, EventKind::Grant, 1) };
    let cases = [
        (ConsentEvent { consent: other, ..good.clone() }, TransitionError::OtherConsent),
        (
            ConsentEvent { subject: BaseId::from_bytes([9; 16]), ..good.clone() },
            TransitionError::OtherConsent,
        ),
        (ConsentEvent { flow: flow("marketing"), ..good.clone() }, TransitionError::OtherConsent),
        (again, TransitionError::Kind),
        (ConsentEvent { replaces: Some(other), ..good.clone() }, TransitionError::Kind),
        (ConsentEvent { index: 0, ..good.clone() }, TransitionError::Index { expected: 1, found: 0 }),
        (ConsentEvent { index: 2, ..good.clone() }, TransitionError::Index { expected: 1, found: 2 }),
        (ConsentEvent { previous: None, ..good.clone() }, TransitionError::Previous),
        (ConsentEvent { previous: Some(EventHash::from_bytes([9; 32])), ..good }, TransitionError::Previous),
    ];
    for (event, expected) in cases {
        assert_eq!(record.apply(&verified(&key, event)), Err(expected));
    }
}

#[test]
fn standing_follows_the_clock() {
    let (from, until) = (Some(START), Some(START + Duration::HOUR));
    let cases = [
        (State::Active, from, until, START - Duration::MILLISECOND, Standing::NotYetValid),
        (State::Active, from, until, START, Standing::InForce),
        (State::Active, from, until, START + Duration::minutes(59), Standing::InForce),
        (State::Active, from, until, START + Duration::HOUR, Standing::Expired),
        (State::Active, from, None, START + Duration::weeks(5000), Standing::InForce),
        (State::Active, None, None, START, Standing::InForce),
        (State::Active, None, until, START + Duration::HOUR, Standing::Expired),
        (State::Refused, from, until, START, Standing::Refused),
        (State::Withdrawn, from, until, START, Standing::Withdrawn),
    ];
    for (state, from, until, now, expected) in cases {
        assert_eq!(standing(state, from, until, now), expected, "{state:?} at {now}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// INV-10: whatever events come, indices stay dense and a final state never ends.
    #[test]
    fn final_states_never_return(kinds in proptest::collection::vec(0..3_u8, 1..12), start_refused in any::<bool>()) {
        let (key, _) = DeviceKey::generate().unwrap();
        let first = if start_refused { EventKind::Refuse } else { EventKind::Grant };
        let mut record = ConsentRecord::open(&verified(&key, event(&key, first, 0))).unwrap();
        for kind in kinds {
            let kind = [EventKind::Grant, EventKind::Refuse, EventKind::Withdraw][usize::from(kind)];
            let next = ConsentEvent { previous: Some(record.head), ..event(&key, kind, record.events) };
            let outcome = record.apply(&verified(&key, next));
            if record.state == State::Active && kind == EventKind::Withdraw {
                let after = outcome.unwrap();
                prop_assert_eq!(after.events, record.events + 1);
                record = after;
            } else {
                prop_assert!(outcome.is_err());
            }
        }
    }
}
