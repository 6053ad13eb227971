use time::macros::datetime;

use super::*;

fn summary(query_id: &str, id: i64, direction: Direction) -> Summary {
    Summary {
        id,
        time: datetime!(2026-11-21 15:10 UTC),
        side: Side::Provider,
        direction,
        payload: Payload::Rest,
        query_id: query_id.to_owned(),
        request_id: String::new(),
        local: String::new(),
        peer: String::new(),
        service: String::new(),
        stamped: true,
    }
}

#[test]
fn files_are_named_as_x_road_names_them() {
    let long = "ä".repeat(100);
    let table = [
        ("INST-rsa-get1", 53_138, Direction::Request, "INST-rsa-get1-request-1jsi.asice"),
        ("a b/c*", 1, Direction::Response, "a+b%2Fc*-response-1.asice"),
        ("x", 32, Direction::Response, "x-response-10.asice"),
    ];
    for (query_id, id, direction, expected) in table {
        assert_eq!(file_name(&summary(query_id, id, direction)), expected);
    }
    let name = file_name(&summary(&long, 7, Direction::Request));
    assert_eq!(name.len(), NAME_LIMIT + "-request-7.asice".len());
}

#[test]
fn numbers_are_unsigned_in_base_32() {
    for (number, expected) in [(0, "0"), (31, "v"), (32, "10"), (1 << 40, "100000000"), (u64::MAX, "fvvvvvvvvvvvv")] {
        assert_eq!(base32(number), expected);
    }
}
