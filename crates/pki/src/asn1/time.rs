//! Times of X.509, OCSP and RFC 3161.

use super::{
    Malformed,
    read::{self, Tlv},
};
use time::{Date, Duration, Month, OffsetDateTime, Time};

/// UTCTime (`YYMMDDHHMMSSZ`) or GeneralizedTime (`YYYYMMDDHHMMSS[.fff]Z`).
///
/// Seconds and `Z` must be there (RFC 5280 4.1.2.5). A fraction is legal in RFC 3161 only, but harmless elsewhere.
pub(crate) fn parse(tlv: Tlv<'_>) -> Result<OffsetDateTime, Malformed> {
    let text = std::str::from_utf8(tlv.value).map_err(|_| Malformed)?.strip_suffix('Z').ok_or(Malformed)?;
    match tlv.tag {
        read::UTC_TIME => {
            let year = number(text, 0, 2)?;
            at(if year < 50 { 2000 + year } else { 1900 + year }, text.get(2..).ok_or(Malformed)?)
        }
        read::GENERALIZED_TIME => {
            let (whole, fraction) =
                text.split_once('.').map_or((text, None), |(whole, rest)| (whole, Some(rest)));
            let whole = at(number(whole, 0, 4)?, whole.get(4..).ok_or(Malformed)?)?;
            Ok(whole + fraction.map_or(Ok(Duration::ZERO), fraction_of_second)?)
        }
        _ => Err(Malformed),
    }
}

fn at(year: i32, rest: &str) -> Result<OffsetDateTime, Malformed> {
    if rest.len() != 10 {
        return Err(Malformed);
    }
    let two = |from: usize| number(rest, from, 2).map(|value| value as u8);
    let month = Month::try_from(two(0)?).map_err(|_| Malformed)?;
    let date = Date::from_calendar_date(year, month, two(2)?).map_err(|_| Malformed)?;
    let time = Time::from_hms(two(4)?, two(6)?, two(8)?).map_err(|_| Malformed)?;
    Ok(OffsetDateTime::new_utc(date, time))
}

fn number(text: &str, from: usize, length: usize) -> Result<i32, Malformed> {
    let digits = text.get(from..from + length).ok_or(Malformed)?;
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        digits.parse().map_err(|_| Malformed)
    } else {
        Err(Malformed)
    }
}

/// At most nine digits are kept: nanoseconds.
fn fraction_of_second(digits: &str) -> Result<Duration, Malformed> {
    if digits.is_empty() || digits.len() > 30 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Malformed);
    }
    let nine: String = digits.chars().chain(std::iter::repeat('0')).take(9).collect();
    Ok(Duration::nanoseconds(nine.parse().map_err(|_| Malformed)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    fn read_time(tag: u8, text: &str) -> Result<OffsetDateTime, Malformed> {
        parse(Tlv { tag, value: text.as_bytes(), raw: &[] })
    }

    #[test]
    fn both_kinds_with_and_without_fraction() {
        assert_eq!(read_time(read::UTC_TIME, "261121150525Z"), Ok(datetime!(2026-11-21 15:05:25 UTC)));
        assert_eq!(read_time(read::UTC_TIME, "991231235959Z"), Ok(datetime!(1999-12-31 23:59:59 UTC)));
        assert_eq!(
            read_time(read::GENERALIZED_TIME, "20261121150525.43Z"),
            Ok(datetime!(2026-11-21 15:05:25.43 UTC))
        );
    }

    #[test]
    fn offsets_missing_seconds_and_nonsense_are_refused() {
        for bad in [
            "20261121150525",
            "202611211505Z",
            "20261121150525+0200",
            "20261321150525Z",
            "20261121150525.Z",
            "",
            "Z",
        ] {
            assert_eq!(read_time(read::GENERALIZED_TIME, bad), Err(Malformed), "{bad}");
        }
        assert_eq!(read_time(read::UTC_TIME, "2611211505Z"), Err(Malformed));
        assert_eq!(read_time(read::UTF8_STRING, "20261121150525Z"), Err(Malformed));
    }
}
