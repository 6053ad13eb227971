//! Times as the registry writes them: RFC 3339, UTC, always three fractional digits.
//!
//! One fixed format, so that a time inside signed content has exactly one spelling. Other spellings of RFC 3339 are
//! refused on reading, because they would change the bytes that were signed.

use time::format_description::FormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

const FORMAT: &[FormatItem<'static>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// The one spelling of a time, e.g. `2026-11-21T15:10:00.123Z`; digits below the millisecond are dropped.
#[must_use]
pub fn format(at: OffsetDateTime) -> String {
    let utc = at.to_offset(UtcOffset::UTC);
    // Formatting into a string fails only for years outside 0..=9999 (feature `large-dates` is off), so the
    // fallback is never seen; it keeps the function total.
    utc.format(FORMAT).unwrap_or_else(|_| "0000-01-01T00:00:00.000Z".to_owned())
}

/// Reads the one spelling; anything else is `None`.
#[must_use]
pub fn parse(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, FORMAT).ok().map(PrimitiveDateTime::assume_utc)
}

/// The time without what lies below the millisecond, as it would come back after being written and read.
#[must_use]
pub fn truncate(at: OffsetDateTime) -> OffsetDateTime {
    let at = at.to_offset(UtcOffset::UTC);
    at.replace_millisecond(at.millisecond()).unwrap_or(at)
}

/// For `#[serde(with = "consent::instant::serde_instant")]`.
pub mod serde_instant {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use time::OffsetDateTime;

    /// Writes the one spelling.
    ///
    /// # Errors
    /// Only those of the serializer.
    pub fn serialize<S: Serializer>(at: &OffsetDateTime, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&super::format(*at))
    }

    /// Reads the one spelling.
    ///
    /// # Errors
    /// When the string is any other spelling of a time, or no time.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<OffsetDateTime, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::parse(&text).ok_or_else(|| de::Error::custom("expected a time like 2026-11-21T15:10:00.123Z"))
    }
}

/// As [`serde_instant`], for a time that may be absent.
pub mod serde_option {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use time::OffsetDateTime;

    /// Writes the one spelling, or null.
    ///
    /// # Errors
    /// Only those of the serializer.
    pub fn serialize<S: Serializer>(at: &Option<OffsetDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
        match at {
            Some(at) => serializer.serialize_str(&super::format(*at)),
            None => serializer.serialize_none(),
        }
    }

    /// Reads the one spelling, or null.
    ///
    /// # Errors
    /// When the string is any other spelling of a time, or no time.
    pub fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<OffsetDateTime>, D::Error> {
        let Some(text) = Option::<String>::deserialize(deserializer)? else { return Ok(None) };
        let at = super::parse(&text);
        at.map(Some).ok_or_else(|| de::Error::custom("expected a time like 2026-11-21T15:10:00.123Z"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn one_spelling_only() {
        let at = datetime!(2026-11-21 15:10:00.123456 UTC);
        assert_eq!(format(at), "2026-11-21T15:10:00.123Z");
        assert_eq!(format(at.to_offset(time::macros::offset!(+9))), "2026-11-21T15:10:00.123Z");
        assert_eq!(parse("2026-11-21T15:10:00.123Z"), Some(truncate(at)));
        for other in
            ["2026-11-21T15:10:00Z", "2026-11-21T15:10:00.1230Z", "2026-11-22T00:10:00.123+09:00", "now", ""]
        {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
