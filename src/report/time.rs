//! Times and durations as the record writes them.

use crate::base::Timestamp;
use crate::base::millis;

/// A time as RFC 3339 in UTC with nanoseconds: `2026-11-21T03:10:51.123456789Z`.
#[must_use]
pub fn rfc3339(at: Timestamp) -> String {
    // Every i64 of nanoseconds lies within what jiff can hold.
    let time = jiff::Timestamp::from_nanosecond(i128::from(at.0)).unwrap_or_default();
    format!("{time:.9}")
}

/// Nanoseconds from `from` to `to` as milliseconds; negative where `to` was captured earlier.
#[must_use]
pub fn signed_millis(from: Timestamp, to: Timestamp) -> f64 {
    let distance = to - from;
    let length = millis(distance.unsigned_abs());
    if distance < 0 && length > 0.0 {
        -length
    } else {
        length
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanoseconds_are_kept_and_always_written() {
        assert_eq!(
            rfc3339(Timestamp(1_795_230_651_123_456_789)),
            "2026-11-21T03:10:51.123456789Z"
        );
        assert_eq!(rfc3339(Timestamp(0)), "1970-01-01T00:00:00.000000000Z");
        assert_eq!(rfc3339(Timestamp(-1)), "1969-12-31T23:59:59.999999999Z");
        assert!(rfc3339(Timestamp(i64::MIN)).starts_with("1677-09-21T"));
        assert!(rfc3339(Timestamp(i64::MAX)).starts_with("2262-04-11T"));
    }

    #[test]
    fn milliseconds_keep_microseconds_and_the_sign() {
        assert_eq!(signed_millis(Timestamp(1_000), Timestamp(12_401_999)), 12.4);
        assert_eq!(signed_millis(Timestamp(2_000_000), Timestamp(0)), -2.0);
        assert_eq!(signed_millis(Timestamp(999), Timestamp(0)).to_string(), "0");
    }
}
