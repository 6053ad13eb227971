use super::*;
use crate::fixtures::{exchange, link, row};
use crate::record::State;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[test]
fn a_row_is_found_from_both_sides() {
    let mut set = RowSet::default();
    set.put(row(1, "coupon")).unwrap();
    set.put(row(1, "school")).unwrap();
    set.put(row(2, "coupon")).unwrap();
    assert_eq!(set.of_exchange(&exchange(1)).len(), 2);
    assert_eq!(set.of_consumer_link(&link(101)).count(), 2);
    assert_eq!(set.of_consumer_link(&link(1)).count(), 0, "a provider's link is no consumer's link");
    set.remove(&row(1, "coupon").key).unwrap();
    assert_eq!(set.of_consumer_link(&link(101)).count(), 1);
    assert_eq!(set.remove(&row(1, "coupon").key), Err(RowSetError::Absent));
}

#[test]
fn a_row_that_is_not_ours_is_refused() {
    let foreign = Row { provider_link: None, consumer_link: None, ..row(1, "coupon") };
    assert_eq!(RowSet::default().put(foreign), Err(RowSetError::Foreign));
}

#[test]
fn too_many_rows_of_one_person_are_refused() {
    let mut set = RowSet::default();
    for n in 0..MAX_ROWS_PER_EXCHANGE {
        set.put(row(1, &format!("purpose-{n}"))).unwrap();
    }
    let digest = set.digest();
    assert_eq!(set.put(row(1, "one more")), Err(RowSetError::Full));
    assert_eq!(set.digest(), digest);
    set.put(Row { state: State::Withdrawn, ..row(1, "purpose-0") }).unwrap();
}

#[test]
fn the_digest_reads_back_and_tells_sets_apart() {
    let mut digests = Vec::new();
    for rows in [vec![], vec![row(1, "a")], vec![row(2, "a")], vec![row(1, "a"), row(2, "a")]] {
        let mut set = RowSet::default();
        rows.into_iter().for_each(|row| set.put(row).unwrap());
        let text = set.digest().to_string();
        assert_eq!(text.len(), 64);
        assert_eq!(text.parse(), Ok(set.digest()));
        digests.push(text);
    }
    let distinct: std::collections::BTreeSet<_> = digests.iter().collect();
    assert_eq!(distinct.len(), digests.len());
    for text in ["", "x", &"A".repeat(64), &"é".repeat(32), &"0".repeat(65)] {
        assert!(text.parse::<SetDigest>().is_err(), "{text}");
    }
}

proptest! {
    /// The set is a map from key to row, and its digest depends on the content only, not on the way to it.
    #[test]
    fn behaves_like_a_map(steps in proptest::collection::vec((0..6_u8, 0..3_u8, 0..4_u8), 0..60)) {
        let mut set = RowSet::default();
        let mut model = BTreeMap::new();
        for (person, purpose, what) in steps {
            let mut row = row(person, &format!("purpose-{purpose}"));
            match what {
                0 => {
                    let expected = model.remove(&row.key).map(|_| ()).ok_or(RowSetError::Absent);
                    prop_assert_eq!(set.remove(&row.key), expected);
                    continue;
                }
                1 => row.state = State::Withdrawn,
                2 => row.consumer_link = None,
                _ => {}
            }
            set.put(row.clone()).unwrap();
            model.insert(row.key.clone(), row);
        }
        prop_assert_eq!(set.len(), model.len());
        let mut rows: Vec<_> = set.iter().cloned().collect();
        rows.sort_by(|a, b| a.key.cmp(&b.key));
        prop_assert_eq!(&rows, &model.values().cloned().collect::<Vec<_>>());
        for person in 0..6_u8 {
            let expected = model.values().filter(|row| row.consumer_link == Some(link(person + 100))).count();
            prop_assert_eq!(set.of_consumer_link(&link(person + 100)).count(), expected);
        }
        let mut fresh = RowSet::default();
        model.into_values().rev().for_each(|row| fresh.put(row).unwrap());
        prop_assert_eq!(fresh.digest(), set.digest());
    }
}
